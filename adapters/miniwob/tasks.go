package miniwob

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"dreamgym/envserver/gym"
)

// Of a page's goals about one in seven is held out; a page with few goals has none to
// spare.
const (
	heldOutPercent = 15
	fewestGoals    = 20
)

// tasks are a page's seeds. What a seed gives is found by starting each once, when the
// set is first used.
type tasks struct {
	suite *Suite
	page  page

	mu      sync.Mutex
	scanned bool
	train   []gym.Task
	seen    []gym.Task
}

var _ gym.TaskSet = (*tasks)(nil)

func newTasks(s *Suite, p page) *tasks { return &tasks{suite: s, page: p} }

// Len is the number of tasks in a split.
func (t *tasks) Len(ctx context.Context, s gym.Split) (int, error) {
	list, err := t.split(ctx, s)
	return len(list), err
}

// At answers task i of a split.
func (t *tasks) At(ctx context.Context, s gym.Split, i int) (gym.Task, error) {
	list, err := t.split(ctx, s)
	if err != nil {
		return gym.Task{}, err
	}
	if i < 0 || i >= len(list) {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "miniwob/%s-v0 has %d tasks in %s; there is none at %d", t.page.name, len(list), s, i)
	}
	return copied(list[i]), nil
}

// Find answers the task with an id.
func (t *tasks) Find(ctx context.Context, id string) (gym.Task, error) {
	for _, s := range []gym.Split{gym.SplitTrain, gym.SplitSeen} {
		list, err := t.split(ctx, s)
		if err != nil {
			return gym.Task{}, err
		}
		for _, task := range list {
			if task.ID == id {
				return copied(task), nil
			}
		}
	}
	return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "miniwob/%s-v0 has no task of this id; ids are of seed-1 to seed-%d", t.page.name, t.suite.seeds)
}

// copied shares no memory with the set.
func copied(t gym.Task) gym.Task {
	t.Params = maps.Clone(t.Params)
	if t.Start != nil {
		start := *t.Start
		start.Actions = append([]string(nil), start.Actions...)
		t.Start = &start
	}
	return t
}

func (t *tasks) split(ctx context.Context, s gym.Split) ([]gym.Task, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.scan(ctx); err != nil {
		return nil, err
	}
	switch s {
	case gym.SplitTrain:
		return t.train, nil
	case gym.SplitSeen:
		return t.seen, nil
	}
	return nil, nil
}

func (t *tasks) scan(ctx context.Context) error {
	if t.scanned {
		return nil
	}
	list, err := t.cached()
	if err != nil {
		v := survey{suite: t.suite, page: t.page}
		if list, err = v.all(ctx); err != nil {
			return err
		}
		t.keep(list)
	}
	t.train, t.seen = t.divide(list)
	t.scanned = true
	return nil
}

// divide makes tasks of what the seeds gave.
func (t *tasks) divide(list []found) (train, seen []gym.Task) {
	goals := make(map[string]bool)
	for _, f := range list {
		goals[f.Goal] = true
	}
	for i, f := range list {
		if f.Goal == "" {
			continue
		}
		task := gym.Task{
			ID: "seed-" + strconv.Itoa(i+1), Goal: f.Goal, Split: gym.SplitTrain, Scene: t.page.name, Seed: int64(i + 1),
			Params: map[string]string{paramKind: string(t.page.kind)},
		}
		if !t.page.chance {
			task.Start = &gym.Observation{Goal: f.Goal, Text: f.Text, Actions: f.Actions}
		}
		if len(goals) >= fewestGoals && heldOut(f.Goal) {
			task.Split = gym.SplitSeen
			seen = append(seen, task)
			continue
		}
		train = append(train, task)
	}
	return train, seen
}

func heldOut(goal string) bool {
	h := fnv.New64a()
	h.Write([]byte(strings.ToLower(goal)))
	return h.Sum64()>>7%100 < heldOutPercent
}

// cacheVersion changes when what is kept of a seed does.
const cacheVersion = 2

func (t *tasks) cacheFile() string {
	return filepath.Join(t.suite.cache, fmt.Sprintf("miniwob-%s-%d-%d.json", t.page.name, t.suite.seeds, cacheVersion))
}

// cached reads what an earlier scan kept.
func (t *tasks) cached() ([]found, error) {
	if t.suite.cache == "" {
		return nil, os.ErrNotExist
	}
	data, err := os.ReadFile(t.cacheFile())
	if err != nil {
		return nil, err
	}
	var list []found
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, err
	}
	if len(list) != t.suite.seeds {
		return nil, os.ErrInvalid
	}
	return list, nil
}

// keep writes what a scan gave. That it cannot be kept costs the next run a scan.
func (t *tasks) keep(list []found) {
	if t.suite.cache == "" {
		return
	}
	data, err := json.Marshal(list)
	if err != nil || os.MkdirAll(t.suite.cache, 0o755) != nil {
		return
	}
	draft := t.cacheFile() + ".new"
	if os.WriteFile(draft, data, 0o644) == nil {
		os.Rename(draft, t.cacheFile())
	}
}
