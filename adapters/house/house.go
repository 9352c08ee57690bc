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

// families gives each environment's name, its family and what it is about.
func families() [][3]string {
	return [][3]string{
		{"pick-and-place", string(pickAndPlace), "find an object and put it somewhere"},
		{"examine-in-light", string(examineInLight), "hold an object under a lamp"},
		{"clean-and-place", string(cleanAndPlace), "clean an object and put it somewhere"},
		{"heat-and-place", string(heatAndPlace), "heat an object and put it somewhere"},
		{"cool-and-place", string(coolAndPlace), "cool an object and put it somewhere"},
		{"pick-two-and-place", string(pickTwo), "find two objects of a kind and put both somewhere"},
		{"any", "", "the tasks of all six families, under the same ids"},
	}
}

// Register adds house/pick-and-place-v0 and the other families, and house/any-v0.
func Register(r *gym.Registry) error {
	w, dealt := newWorld()
	var errs []error
	for _, f := range families() {
		s := spec(f[0], f[2])
		errs = append(errs, r.Register(gym.Registration{
			Spec:   s,
			Tasks:  newTaskSet(w, dealt, family(f[1])),
			Open:   func(ctx context.Context) (gym.Env, error) { return w.open(ctx, s) },
			Solver: func(gym.Task) gym.Policy { return newSolver(w) },
		}))
	}
	return errors.Join(errs...)
}

func spec(name, about string) gym.Spec {
	return gym.Spec{
		ID: "house/" + name + "-v0", Description: "a household in text: " + about,
		MaxSteps: maxSteps, Rewards: []float64{0, 1}, Deterministic: true, ListsActions: true,
		MaxText: 4 << 10, MaxAction: 256, Experience: experience,
	}
}
