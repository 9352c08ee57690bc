package sites

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites/shop"
)

// The seeds of the worlds that tasks are in.
func trainSeeds() []int64  { return []int64{1, 2, 3, 4, 5, 6} }
func unseenSeeds() []int64 { return []int64{101, 102, 103} }

// dealt are the tasks of a variant, made when they are first asked for.
type dealt struct {
	once sync.Once
	make func() map[gym.Split][]gym.Task

	bySplit map[gym.Split][]gym.Task
	byID    map[string]gym.Task
}

func (d *dealt) split(s gym.Split) []gym.Task {
	d.once.Do(func() {
		d.bySplit, d.byID = d.make(), make(map[string]gym.Task)
		for _, list := range d.bySplit {
			for _, t := range list {
				d.byID[t.ID] = t
			}
		}
	})
	return d.bySplit[s]
}

// taskSet shows a variant's tasks.
type taskSet struct {
	suite   *Suite
	variant variant
}

var _ gym.TaskSet = taskSet{}

func (t taskSet) dealt() *dealt {
	t.suite.mu.Lock()
	defer t.suite.mu.Unlock()
	d := t.suite.sets[t.variant.id]
	if d == nil {
		d = t.variant.deal(t.suite)
		t.suite.sets[t.variant.id] = d
	}
	return d
}

// Len is the number of tasks in a split.
func (t taskSet) Len(_ context.Context, s gym.Split) (int, error) {
	return len(t.dealt().split(s)), nil
}

// At answers task i of a split.
func (t taskSet) At(_ context.Context, s gym.Split, i int) (gym.Task, error) {
	list := t.dealt().split(s)
	if i < 0 || i >= len(list) {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "%s has %d tasks in %s; there is none at %d", t.variant.id, len(list), s, i)
	}
	return copied(list[i]), nil
}

// Find answers the task with an id.
func (t taskSet) Find(_ context.Context, id string) (gym.Task, error) {
	d := t.dealt()
	d.split(gym.SplitTrain)
	task, ok := d.byID[id]
	if !ok {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "%s has no task of this id; ids are such as %s", t.variant.id, d.bySplit[gym.SplitTrain][0].ID)
	}
	return copied(task), nil
}

// copied shares no memory with the set.
func copied(t gym.Task) gym.Task {
	t.Params = maps.Clone(t.Params)
	return t
}

// params are what a template is filled in with. Those that entities lists name what a
// world has, the others are its own choice.
type params map[string]string

// entities are the parameters that no unseen task shares a value of with train.
func entities() []string { return []string{"product", "other", "brand", "order"} }

// deck deals tasks: of each template and seed some, one in six of the trained ones as seen.
type deck struct {
	suite *Suite
	used  map[string]bool // entities of train
	tasks map[gym.Split][]gym.Task
}

const seenEvery = 6

// add deals n tasks of a template in the world of a seed.
func (d *deck) add(name string, seed int64, split gym.Split, n int, draw func(*shop.World, *rand.Rand) params, goal func(params) string) {
	w := d.suite.world(seed)
	r := rand.New(rand.NewPCG(uint64(seed), hash(name)))
	goals := make(map[string]bool)
	for tries := 0; tries < 40*n && len(goals) < n; tries++ {
		p := draw(w, r)
		if p == nil || goals[goal(p)] || split == gym.SplitUnseen && d.known(p) {
			continue
		}
		goals[goal(p)] = true
		t := gym.Task{
			ID: fmt.Sprintf("%s-%d-%d", name, seed, len(goals)), Goal: goal(p), Split: split, Scene: fmt.Sprintf("shop-%d", seed), Seed: seed, Params: p,
		}
		if split == gym.SplitTrain && len(goals)%seenEvery == 0 {
			t.Split = gym.SplitSeen
		}
		d.tasks[t.Split] = append(d.tasks[t.Split], t)
		d.use(t)
	}
}

func (d *deck) use(t gym.Task) {
	for _, e := range entities() {
		if v := t.Params[e]; v != "" && t.Split == gym.SplitTrain {
			d.used[v] = true
		}
	}
}

// known tells whether train has one of the entities.
func (d *deck) known(p params) bool {
	return slices.ContainsFunc(entities(), func(e string) bool { return d.used[p[e]] })
}

// hash makes a seed of a name.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range []byte(s) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}
