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
	used     map[string]bool      // entities of train and seen
	asked    map[string]gym.Split // by goal, where it was dealt first
}

// NewDeck answers an empty deck; its arguments are those of Templates.
func NewDeck[W any](scene string, world func(seed int64) W, entities []string) *Deck[W] {
	return &Deck[W]{Tasks: make(map[gym.Split][]gym.Task), scene: scene, world: world, entities: entities, used: make(map[string]bool), asked: make(map[string]gym.Split)}
}

const seenEvery = 6

// Add deals n tasks of a template in the world of a seed. What was asked for in one split is
// not asked for in another, though it be in another world.
func (d *Deck[W]) Add(name string, seed int64, split gym.Split, n int, draw func(W, *rand.Rand) Params, goal func(Params) string) {
	w := d.world(seed)
	r := rand.New(rand.NewPCG(uint64(seed), hash(name)))
	goals := make(map[string]bool)
	for tries := 0; tries < 40*n && len(goals) < n; tries++ {
		p := draw(w, r)
		to := split
		if split == gym.SplitTrain && (len(goals)+1)%seenEvery == 0 {
			to = gym.SplitSeen
		}
		if p == nil || goals[goal(p)] || split == gym.SplitUnseen && d.known(p) || !d.ask(goal(p), to) {
			continue
		}
		goals[goal(p)] = true
		d.Tasks[to] = append(d.Tasks[to], gym.Task{
			ID: fmt.Sprintf("%s-%d-%d", name, seed, len(goals)), Goal: goal(p), Split: to, Scene: fmt.Sprintf("%s-%d", d.scene, seed), Seed: seed, Params: p,
		})
		d.use(p, to)
	}
}

// ask notes that a split has a goal, and tells whether it may.
func (d *Deck[W]) ask(goal string, to gym.Split) bool {
	before, known := d.asked[goal]
	if !known {
		d.asked[goal] = to
	}
	return !known || before == to
}

func (d *Deck[W]) use(p Params, to gym.Split) {
	for _, e := range d.entities {
		if v := p[e]; v != "" && to != gym.SplitUnseen {
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

// One answers the first that a condition holds for, nil where there is none.
func One[T any](list []*T, holds func(*T) bool) *T {
	i := slices.IndexFunc(list, holds)
	if i < 0 {
		return nil
	}
	return list[i]
}

// Most answers what has more of something than any other, nil where there is no one. What has
// none of it, or less than none, does not count.
func Most[T any](list []*T, of func(*T) int) *T {
	var best *T
	most, alone := 0, false
	for _, one := range list {
		switch n := of(one); {
		case n > most:
			best, most, alone = one, n, true
		case n == most:
			alone = false
		}
	}
	if !alone {
		return nil
	}
	return best
}
