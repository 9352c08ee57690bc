package task

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"dreamgym/envserver/gym"
)

// TrainSeeds are the seeds of the worlds of trained tasks.
func TrainSeeds() []int64 { return []int64{1, 2, 3, 4, 5, 6} }

// UnseenSeeds are the seeds of the worlds of unseen tasks.
func UnseenSeeds() []int64 { return []int64{101, 102, 103} }

// mostSeed bounds what a task that is no task of ours may ask to be generated.
const mostSeed = 1 << 20

// Known tells whether a seed may be a task's.
func Known(seed int64) bool { return seed >= 1 && seed <= mostSeed }

// Deck deals tasks: of each template and seed some, one in six of the trained ones as seen.
type Deck[W any] struct {
	Tasks map[gym.Split][]gym.Task

	scene    string
	world    func(seed int64) W
	entities []string
	used     map[string]bool // entities of train and seen
}

// NewDeck answers an empty deck; its arguments are those of Templates.
func NewDeck[W any](scene string, world func(seed int64) W, entities []string) *Deck[W] {
	return &Deck[W]{Tasks: make(map[gym.Split][]gym.Task), scene: scene, world: world, entities: entities, used: make(map[string]bool)}
}

const seenEvery = 6

// Add deals n tasks of a template in the world of a seed.
func (d *Deck[W]) Add(name string, seed int64, split gym.Split, n int, draw func(W, *rand.Rand) Params, goal func(Params) string) {
	w := d.world(seed)
	r := rand.New(rand.NewPCG(uint64(seed), hash(name)))
	goals := make(map[string]bool)
	for tries := 0; tries < 40*n && len(goals) < n; tries++ {
		p := draw(w, r)
		if p == nil || goals[goal(p)] || split == gym.SplitUnseen && d.known(p) {
			continue
		}
		goals[goal(p)] = true
		t := gym.Task{
			ID: fmt.Sprintf("%s-%d-%d", name, seed, len(goals)), Goal: goal(p), Split: split, Scene: fmt.Sprintf("%s-%d", d.scene, seed), Seed: seed, Params: p,
		}
		if split == gym.SplitTrain && len(goals)%seenEvery == 0 {
			t.Split = gym.SplitSeen
		}
		d.Tasks[t.Split] = append(d.Tasks[t.Split], t)
		d.use(t)
	}
}

func (d *Deck[W]) use(t gym.Task) {
	for _, e := range d.entities {
		if v := t.Params[e]; v != "" && t.Split != gym.SplitUnseen {
			d.used[v] = true
		}
	}
}

// known tells whether train or seen has one of the entities.
func (d *Deck[W]) known(p Params) bool {
	return slices.ContainsFunc(d.entities, func(e string) bool { return d.used[p[e]] })
}

// hash makes a seed of a name.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range []byte(s) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}

// AnyOf draws one of a list.
func AnyOf[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
