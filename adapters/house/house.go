// Package house is a household in text: rooms with furniture, objects to find, carry,
// clean, heat and cool, and six families of tasks. It has the shape and the wording of
// ALFWorld and needs nothing but itself.
//
// A scene fixes a room's furniture and where every object is at the start; the tasks
// in a scene differ in their goals alone. A task is chosen so that its scene has what
// it needs and its goal does not hold yet. Nothing is drawn during an episode, so the
// reset's seed changes nothing and every environment is deterministic.
package house

import (
	"cmp"
	"context"
	"errors"

	"dreamgym/envserver/gym"
)

const (
	maxSteps   = 50
	experience = "house"
)

// world is what all environments of the package share; it does not change.
type world struct {
	places []placeKind
	things []thingKind
	scenes map[string]*scene
}

// layout says how many scenes there are of a room, and how many of them, the last
// ones, train never has.
type layout struct {
	room           room
	trained, other int
}

func layouts() []layout {
	return []layout{{kitchen, 20, 5}, {bedroom, 10, 3}, {livingroom, 10, 2}, {bathroom, 8, 2}}
}

// newWorld makes the scenes and deals their tasks.
func newWorld() (*world, map[gym.Split][]candidate) {
	w := &world{places: placeKinds(), things: thingKinds(), scenes: make(map[string]*scene)}
	var trained, others []candidate
	for _, l := range layouts() {
		for n := 1; n <= l.trained+l.other; n++ {
			s := newScene(l.room, n, w.places, w.things)
			w.scenes[s.id] = s
			if n <= l.trained {
				trained = append(trained, candidates(s, w.things)...)
			} else {
				others = append(others, candidates(s, w.things)...)
			}
		}
	}
	return w, deal(trained, others)
}

// variant is one of the environments: a family's tasks, or all where family is "".
type variant struct {
	family family
	about  string
}

func variants() []variant {
	return []variant{
		{pickAndPlace, "find an object and put it somewhere"},
		{examineInLight, "hold an object under a lamp"},
		{cleanAndPlace, "clean an object and put it somewhere"},
		{heatAndPlace, "heat an object and put it somewhere"},
		{coolAndPlace, "cool an object and put it somewhere"},
		{pickTwo, "find two objects of a kind and put both somewhere"},
		{"", "the tasks of all six families, under the same ids"},
	}
}

// Register adds house/pick-and-place-v0 and the other families, and house/any-v0.
func Register(r *gym.Registry) error {
	w, dealt := newWorld()
	var errs []error
	for _, v := range variants() {
		s := v.spec()
		errs = append(errs, r.Register(gym.Registration{
			Spec:   s,
			Tasks:  newTaskSet(w, dealt, v.family),
			Open:   func(ctx context.Context) (gym.Env, error) { return w.open(ctx, s) },
			Solver: func(gym.Task) gym.Policy { return newSolver(w) },
		}))
	}
	return errors.Join(errs...)
}

// id is the environment's id.
func (v variant) id() string { return "house/" + cmp.Or(string(v.family), "any") + "-v0" }

func (v variant) spec() gym.Spec {
	return gym.Spec{
		ID: v.id(), Description: "a household in text: " + v.about,
		MaxSteps: maxSteps, Rewards: []float64{0, 1}, Deterministic: true, ListsActions: true,
		MaxText: 4 << 10, MaxAction: 256, Experience: experience,
	}
}
