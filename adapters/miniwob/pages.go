package miniwob

import (
	"slices"

	"dreamgym/envserver/gym"
)

// page is a MiniWoB++ page that is an environment here.
type page struct {
	name  string
	about string
	kind  kind
	// long pages may need more than 8 actions.
	long bool
	// reload says that an episode leaves traces that only loading again removes.
	reload bool
	// drawn pages hold what has no text and takes no action, and is needed: it is listed.
	drawn bool
	// asks says that a part of the goal is drawn: it is listed, too.
	asks bool
	// chance: what a page shows depends on the time that has passed, too.
	chance bool
	// unplayable says why a page cannot be played in turns, "" where it can.
	unplayable string
	solve      solve
	offers     offers
	// misses is how many tasks of a hundred the solver may lose.
	misses int
}

// kind is what a page asks for.
type kind string

// The kinds. A task has its page's in Params["kind"].
const (
	kindClick kind = "click" // one thing to click, or a few in order
	kindForm  kind = "form"  // fields, boxes and lists to set, then a button
	kindFind  kind = "find"  // what is asked for is not yet shown
	kindMail  kind = "mail"  // a list of emails
	kindDrag  kind = "drag"  // something is to be moved or resized
	kindDraw  kind = "draw"  // a place in a drawing, or what a drawing shows
	kindTime  kind = "time"  // it matters when one acts
)

const paramKind = "kind"

func (p page) steps() int {
	if p.long {
		return 20
	}
	return 10
}

func (p page) spec() gym.Spec {
	return gym.Spec{
		ID: "miniwob/" + p.name + "-v0", Description: p.about, MaxSteps: p.steps(),
		Rewards: []float64{0, 1}, Deterministic: !p.chance, ListsActions: true, MaxText: 64 << 10, Browser: true,
	}
}

// ready answers why a page cannot be played, whatever is installed.
func (p page) ready() error {
	if p.unplayable == "" {
		return nil
	}
	return gym.Errorf(gym.CodeNotAvailable, "miniwob/%s-v0 cannot be played in turns: %s", p.name, p.unplayable)
}

// pages lists every page of the package.
func pages() []page {
	return slices.Concat(clickPages(), formPages(), findPages(), mailPages(), dragPages(), drawPages(), timePages())
}

// of sets the kind of some pages.
func of(k kind, list []page) []page {
	for i := range list {
		list[i].kind = k
	}
	return list
}
