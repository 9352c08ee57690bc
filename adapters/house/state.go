package house

import (
	"slices"
	"strings"

	"dreamgym/envserver/gym"
)

// nowhere is the place of who stands in the middle of the room, and the place and the
// thing of what is held and of empty hands.
const nowhere = -1

// state is how a scene stands during an episode.
type state struct {
	scene *scene
	at    int // the place in front
	held  int // the thing in hand
	open  []bool
	where []int // of each thing; nowhere when held
	clean []bool
	hot   []bool
	cold  []bool
	lit   []bool
}

func newState(s *scene) *state {
	n := len(s.things)
	flags := make([]bool, 4*n+len(s.places))
	st := &state{scene: s, at: nowhere, held: nowhere, where: make([]int, n),
		clean: flags[:n], hot: flags[n : 2*n], cold: flags[2*n : 3*n], lit: flags[3*n : 4*n], open: flags[4*n:]}
	for i, t := range s.things {
		st.where[i] = t.home
	}
	return st
}

// start is the first observation of a task.
func (s *state) start(goal string) gym.Observation {
	return gym.Observation{Goal: goal, Text: s.look(), Actions: s.actions()}
}

// reachable tells whether what is in a place can be seen and taken.
func (s *state) reachable(p int) bool { return !s.scene.places[p].opens || s.open[p] }

// inside lists the things in a place, in the order in which they are told.
func (s *state) inside(p int) []string {
	var names []string
	for i, at := range s.where {
		if at == p {
			names = append(names, s.scene.things[i].name)
		}
	}
	return names
}

// look tells what is around.
func (s *state) look() string {
	if s.at == nowhere {
		return "You are in the middle of a room. Looking quickly around you, you see " + s.scene.listing + "."
	}
	return "You are facing the " + s.scene.places[s.at].name + ". Next to it, you see nothing."
}

// view tells what is in or on a place.
func (s *state) view(p int) string {
	name := s.scene.places[p].name
	switch {
	case !s.scene.places[p].opens:
		return "On the " + name + ", you see " + list(s.inside(p)) + "."
	case s.open[p]:
		return "The " + name + " is open. In it, you see " + list(s.inside(p)) + "."
	}
	return "The " + name + " is closed."
}

// carrying tells what is in hand.
func (s *state) carrying() string {
	if s.held == nowhere {
		return "You are not carrying anything."
	}
	return "You are carrying: a " + s.scene.things[s.held].name + "."
}

// describe tells how a thing is.
func (s *state) describe(t int) string {
	var how []string
	if s.hot[t] {
		how = append(how, "hot")
	}
	if s.cold[t] {
		how = append(how, "cold")
	}
	if s.clean[t] {
		how = append(how, "clean")
	}
	name := s.scene.things[t].name
	if how == nil {
		return "There's nothing special about " + name + "."
	}
	return "This is a " + strings.Join(how, " and ") + " " + name + "."
}

// holds tells whether a goal is reached.
func (s *state) holds(g goal) bool {
	switch g.family {
	case examineInLight:
		return s.held != nowhere && s.scene.things[s.held].kind.name == g.thing && s.inLight()
	case pickTwo:
		return s.placed(g, nil) >= 2
	case cleanAndPlace:
		return s.placed(g, s.clean) >= 1
	case heatAndPlace:
		return s.placed(g, s.hot) >= 1
	case coolAndPlace:
		return s.placed(g, s.cold) >= 1
	}
	return s.placed(g, nil) >= 1
}

// inLight tells whether a lamp is lit at the place in front.
func (s *state) inLight() bool {
	for i, lit := range s.lit {
		if lit && s.where[i] == s.at {
			return true
		}
	}
	return false
}

// placed counts the goal's things in its target, of those that are as the list says
// where there is one.
func (s *state) placed(g goal, as []bool) int {
	n := 0
	for i, t := range s.scene.things {
		if t.kind.name == g.thing && s.where[i] != nowhere && s.scene.places[s.where[i]].kind == g.target && (as == nil || as[i]) {
			n++
		}
	}
	return n
}

// actions lists what can be done now, sorted.
func (s *state) actions() []string {
	all := make([]string, 0, len(s.scene.places)+12)
	for i := range s.scene.places {
		if i != s.at {
			all = append(all, s.scene.places[i].goTo)
		}
	}
	all = append(all, "inventory", "look")
	if s.held != nowhere {
		all = append(all, "examine "+s.scene.things[s.held].name)
	}
	if s.at != nowhere {
		all = s.actionsHere(all)
	}
	slices.Sort(all)
	return all
}

// actionsHere adds what can be done at the place in front.
func (s *state) actionsHere(all []string) []string {
	here := s.scene.places[s.at]
	all = append(all, "examine "+here.name)
	if here.opens && s.open[s.at] {
		all = append(all, "close "+here.name)
	} else if here.opens {
		all = append(all, "open "+here.name)
	}
	if s.held != nowhere {
		all = s.actionsInHand(all, here)
	}
	if !s.reachable(s.at) {
		return all
	}
	for i, at := range s.where {
		t := s.scene.things[i]
		switch {
		case at != s.at:
		case t.kind.lamp:
			all = append(all, "use "+t.name)
		case s.held == nowhere:
			all = append(all, "take "+t.name+" from "+here.name)
		}
	}
	return all
}

// actionsInHand adds what can be done at a place with the thing in hand.
func (s *state) actionsInHand(all []string, here place) []string {
	name := s.scene.things[s.held].name
	if s.reachable(s.at) {
		all = append(all, "move "+name+" to "+here.name)
	}
	for _, t := range treatments() {
		if s.scene.things[s.held].kind.takes(t) && here.kind == t.place {
			all = append(all, t.verb+" "+name+" with "+here.name)
		}
	}
	return all
}
