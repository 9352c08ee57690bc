package house

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"dreamgym/envserver/gym"
)

// A family is one of the six kinds of task.
type family string

const (
	pickAndPlace   family = "pick-and-place"
	examineInLight family = "examine-in-light"
	cleanAndPlace  family = "clean-and-place"
	heatAndPlace   family = "heat-and-place"
	coolAndPlace   family = "cool-and-place"
	pickTwo        family = "pick-two-and-place"
)

// quota is how many tasks of a family the splits hold. Train takes fewer where the
// scenes have not so many.
type quota struct {
	family              family
	train, seen, unseen int
}

func quotas() []quota {
	return []quota{
		{pickAndPlace, 900, 35, 24},
		{examineInLight, 300, 13, 18},
		{cleanAndPlace, 650, 27, 31},
		{heatAndPlace, 460, 16, 23},
		{coolAndPlace, 560, 25, 21},
		{pickTwo, 800, 24, 17},
	}
}

// goal is what a task wants.
type goal struct {
	family family
	thing  string // kind of object
	target string // kind of place; of examine-in-light the kind of lamp
}

// The keys of gym.Task.Params.
const (
	paramFamily = "family"
	paramThing  = "object"
	paramTarget = "target"
)

// goalOf reads a task's goal.
func goalOf(t gym.Task) goal {
	return goal{family(t.Params[paramFamily]), t.Params[paramThing], t.Params[paramTarget]}
}

// allows tells whether a goal can be one of the scene's.
func (s *scene) allows(g goal) bool {
	i := slices.IndexFunc(s.things, func(t thing) bool { return t.kind.name == g.thing })
	if i < 0 {
		return false
	}
	return slices.Contains(s.goals(s.things[i].kind), g)
}

// candidate is a task before it has an id.
type candidate struct {
	scene *scene
	goal  goal
	words int // which of the family's sentences
}

// sentences are a family's ways to say a goal, with object and target to fill in.
func sentences(f family) []string {
	switch f {
	case examineInLight:
		return []string{"look at %s under the %s.", "examine the %s with the %s."}
	case cleanAndPlace:
		return []string{"put a clean %s in %s.", "clean some %s and put it in %s."}
	case heatAndPlace:
		return []string{"put a hot %s in %s.", "heat some %s and put it in %s."}
	case coolAndPlace:
		return []string{"put a cool %s in %s.", "cool some %s and put it in %s."}
	case pickTwo:
		return []string{"put two %s in %s.", "find two %s and put them in %s."}
	default:
		return []string{"put a %s in %s.", "put some %s on %s."}
	}
}

// sentence says the goal.
func (c candidate) sentence() string {
	all := sentences(c.goal.family)
	return fmt.Sprintf(all[c.words%len(all)], c.goal.thing, c.goal.target)
}

// candidates lists every goal that a scene allows.
func candidates(s *scene, kinds []thingKind) []candidate {
	var all []candidate
	for i := range kinds {
		for _, g := range s.goals(&kinds[i]) {
			all = append(all, candidate{scene: s, goal: g})
		}
	}
	return all
}

// goals lists what a task may want of a kind of thing: what the scene has all means
// for, and what does not hold at the start.
func (s *scene) goals(k *thingKind) []goal {
	n := len(s.of(k.name))
	if n == 0 || k.lamp {
		return nil
	}
	var all []goal
	if len(s.of(lampKind)) > 0 {
		all = append(all, goal{examineInLight, k.name, lampKind})
	}
	for _, target := range s.targets(k) {
		for _, f := range s.families(k, n) {
			all = append(all, goal{f, k.name, target})
		}
	}
	return all
}

// of answers the indexes of the things of a kind.
func (s *scene) of(kind string) []int {
	var all []int
	for i, t := range s.things {
		if t.kind.name == kind {
			all = append(all, i)
		}
	}
	return all
}

// targets are the kinds of place of the scene that a task may want a kind of thing
// in, and that hold none of it at the start.
func (s *scene) targets(k *thingKind) []string {
	var all []string
	for _, kind := range slices.Concat(k.homes, k.targets) {
		if s.has(kind) && !slices.Contains(all, kind) && !s.starts(k.name, kind) {
			all = append(all, kind)
		}
	}
	return all
}

// starts tells whether a thing of a kind is in a place of a kind at the start.
func (s *scene) starts(thing, place string) bool {
	return slices.ContainsFunc(s.of(thing), func(i int) bool { return s.places[s.things[i].home].kind == place })
}

// families are the placing families that suit a kind of which the scene has n.
func (s *scene) families(k *thingKind, n int) []family {
	all := []family{pickAndPlace}
	if n >= 2 {
		all = append(all, pickTwo)
	}
	for _, t := range treatments() {
		if k.takes(t) && s.has(t.place) {
			all = append(all, t.family)
		}
	}
	return all
}

// deal shuffles the candidates of the trained and of the other scenes and deals them
// to the splits, mixing the families. No candidate is dealt twice.
func deal(trained, others []candidate) map[gym.Split][]candidate {
	rng := rand.New(rand.NewPCG(1, 3))
	shuffle := func(all []candidate) {
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	shuffle(trained)
	shuffle(others)
	splits := make(map[gym.Split][]candidate)
	for _, q := range quotas() {
		seen, rest := take(trained, q.family, q.seen)
		train, _ := take(rest, q.family, q.train)
		unseen, _ := take(others, q.family, q.unseen)
		splits[gym.SplitSeen] = append(splits[gym.SplitSeen], seen...)
		splits[gym.SplitTrain] = append(splits[gym.SplitTrain], train...)
		splits[gym.SplitUnseen] = append(splits[gym.SplitUnseen], unseen...)
	}
	for _, s := range gym.Splits() {
		shuffle(splits[s])
		for i := range splits[s] {
			splits[s][i].words = rng.IntN(2)
		}
	}
	return splits
}

// take answers the first n candidates of a family, and what is left of all.
func take(all []candidate, f family, n int) (taken, rest []candidate) {
	for _, c := range all {
		if c.goal.family == f && len(taken) < n {
			taken = append(taken, c)
		} else {
			rest = append(rest, c)
		}
	}
	return taken, rest
}

// taskSet is the tasks of one family, or of all where the family is "".
type taskSet struct {
	family family
	byID   map[string]gym.Task
	ids    map[gym.Split][]string
	world  *world
}

var _ gym.TaskSet = (*taskSet)(nil)

// newTaskSet numbers what was dealt. Every family counts through all tasks, so that a
// task has the same id in its family and in the set of all.
func newTaskSet(w *world, dealt map[gym.Split][]candidate, f family) *taskSet {
	t := &taskSet{family: f, byID: make(map[string]gym.Task), ids: make(map[gym.Split][]string), world: w}
	for _, split := range gym.Splits() {
		for i, c := range dealt[split] {
			if f == "" || f == c.goal.family {
				task := c.task(split, i)
				t.byID[task.ID] = task
				t.ids[split] = append(t.ids[split], task.ID)
			}
		}
	}
	return t
}

// task makes the i-th task of a split.
func (c candidate) task(split gym.Split, i int) gym.Task {
	return gym.Task{
		ID: fmt.Sprintf("%s-%05d", split, i), Goal: c.sentence(), Split: split, Scene: c.scene.id, Seed: int64(i),
		Params: map[string]string{paramFamily: string(c.goal.family), paramThing: c.goal.thing, paramTarget: c.goal.target},
	}
}

// Len answers the number of tasks in a split.
func (t *taskSet) Len(_ context.Context, s gym.Split) (int, error) { return len(t.ids[s]), nil }

// At answers task i of a split.
func (t *taskSet) At(ctx context.Context, s gym.Split, i int) (gym.Task, error) {
	ids := t.ids[s]
	if i < 0 || i >= len(ids) {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "there is no task %d: the split %q has %d", i, s, len(ids))
	}
	return t.Find(ctx, ids[i])
}

// Find answers a task with its first observation.
func (t *taskSet) Find(_ context.Context, id string) (gym.Task, error) {
	task, ok := t.byID[id]
	if !ok {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "there is no such task here; ids look like train-00012")
	}
	task.Params = maps.Clone(task.Params)
	start := newState(t.world.scenes[task.Scene]).start(task.Goal)
	task.Start = &start
	return task, nil
}
