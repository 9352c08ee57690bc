package house

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// tiny is a scene small enough to be known by heart.
func tiny() *scene {
	kinds := thingKinds()
	kind := func(name string) *thingKind {
		return &kinds[slices.IndexFunc(kinds, func(k thingKind) bool { return k.name == name })]
	}
	s := &scene{id: "tiny-1"}
	for _, p := range []place{
		{name: "cabinet 2", opens: true}, {name: "cabinet 1", opens: true}, {name: "countertop 1"}, {name: "desk 1"},
		{name: "fridge 1", opens: true}, {name: "microwave 1", opens: true}, {name: "sinkbasin 1"},
	} {
		p.kind, p.goTo = kindOf(p.name), "go to "+p.name
		s.places = append(s.places, p)
	}
	for _, t := range []struct {
		name string
		home int
	}{{"book 1", 3}, {"desklamp 1", 3}, {"mug 2", 0}, {"mug 1", 2}, {"pen 1", 2}} {
		s.things = append(s.things, thing{name: t.name, kind: kind(kindOf(t.name)), home: t.home})
	}
	s.index()
	return s
}

// said is an action and what is told of it.
type said struct{ action, text string }

func TestWording(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps []said
	}{
		{"looking around", []said{
			{"look", "You are in the middle of a room. Looking quickly around you, you see a cabinet 2, a cabinet 1, a countertop 1, a desk 1, a fridge 1, a microwave 1, and a sinkbasin 1."},
			{"inventory", "You are not carrying anything."},
			{"go to fridge 1", "You arrive at fridge 1. The fridge 1 is closed."},
			{"look", "You are facing the fridge 1. Next to it, you see nothing."},
			{"examine fridge 1", "The fridge 1 is closed."},
			{"open fridge 1", "You open the fridge 1. The fridge 1 is open. In it, you see nothing."},
			{"close fridge 1", "You close the fridge 1."},
			{"go to countertop 1", "You arrive at countertop 1. On the countertop 1, you see a mug 1, and a pen 1."},
			{"examine countertop 1", "On the countertop 1, you see a mug 1, and a pen 1."},
		}},
		{"carrying", []said{
			{"go to cabinet 2", "You arrive at cabinet 2. The cabinet 2 is closed."},
			{"take mug 2 from cabinet 2", nothing},
			{"open cabinet 2", "You open the cabinet 2. The cabinet 2 is open. In it, you see a mug 2."},
			{"take mug 2 from cabinet 2", "You pick up the mug 2 from the cabinet 2."},
			{"inventory", "You are carrying: a mug 2."},
			{"examine mug 2", "There's nothing special about mug 2."},
			{"examine cabinet 2", "The cabinet 2 is open. In it, you see nothing."},
			{"go to countertop 1", "You arrive at countertop 1. On the countertop 1, you see a mug 1, and a pen 1."},
			{"take mug 1 from countertop 1", nothing},
			{"move mug 2 to countertop 1", "You move the mug 2 to the countertop 1."},
			{"examine countertop 1", "On the countertop 1, you see a mug 2, a mug 1, and a pen 1."},
			{"go to cabinet 2", "You arrive at cabinet 2. The cabinet 2 is open. In it, you see nothing."},
		}},
		{"treating", []said{
			{"go to countertop 1", "You arrive at countertop 1. On the countertop 1, you see a mug 1, and a pen 1."},
			{"take mug 1 from countertop 1", "You pick up the mug 1 from the countertop 1."},
			{"heat mug 1 with microwave 1", nothing},
			{"go to microwave 1", "You arrive at microwave 1. The microwave 1 is closed."},
			{"move mug 1 to microwave 1", nothing},
			{"heat mug 1 with microwave 1", "You heat the mug 1 using the microwave 1."},
			{"examine mug 1", "This is a hot mug 1."},
			{"go to sinkbasin 1", "You arrive at sinkbasin 1. On the sinkbasin 1, you see nothing."},
			{"heat mug 1 with sinkbasin 1", nothing},
			{"clean mug 1 with sinkbasin 1", "You clean the mug 1 using the sinkbasin 1."},
			{"examine mug 1", "This is a hot and clean mug 1."},
			{"go to fridge 1", "You arrive at fridge 1. The fridge 1 is closed."},
			{"cool mug 1 with fridge 1", "You cool the mug 1 using the fridge 1."},
			{"examine mug 1", "This is a cold and clean mug 1."},
		}},
		{"what cannot be treated", []said{
			{"go to countertop 1", "You arrive at countertop 1. On the countertop 1, you see a mug 1, and a pen 1."},
			{"take pen 1 from countertop 1", "You pick up the pen 1 from the countertop 1."},
			{"go to sinkbasin 1", "You arrive at sinkbasin 1. On the sinkbasin 1, you see nothing."},
			{"clean pen 1 with sinkbasin 1", nothing},
		}},
		{"a lamp", []said{
			{"use desklamp 1", nothing},
			{"go to desk 1", "You arrive at desk 1. On the desk 1, you see a book 1, and a desklamp 1."},
			{"take desklamp 1 from desk 1", nothing},
			{"use book 1", nothing},
			{"use desklamp 1", "You turn on the desklamp 1."},
		}},
		{"what cannot be", []said{
			{"go to cabinet 9", nothing}, {"go to mug 1", nothing}, {"go cabinet 1", nothing}, {"open cabinet 1", nothing},
			{"take mug 1 from countertop 1", nothing}, {"move mug 1 to countertop 1", nothing}, {"examine mug 1", nothing},
			{"look around", nothing}, {"inventory please", nothing}, {"dance", nothing}, {"", nothing}, {"GO TO FRIDGE 1", nothing},
			{"go to desk 1", "You arrive at desk 1. On the desk 1, you see a book 1, and a desklamp 1."},
			{"go to desk 1", nothing}, {"open desk 1", nothing}, {"close desk 1", nothing}, {"examine book 1", nothing},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newState(tiny())
			for i, want := range tt.steps {
				if got := s.act(want.action); got != want.text {
					t.Fatalf("step %d, %q:\n got %s\nwant %s", i, want.action, got, want.text)
				}
			}
		})
	}
}

func TestGoals(t *testing.T) {
	for _, tt := range []struct {
		name    string
		goal    goal
		actions string // the last one reaches the goal, the others do not
	}{
		{"put", goal{pickAndPlace, "pen", "desk"}, "go to countertop 1, take pen 1 from countertop 1, go to desk 1, move pen 1 to desk 1"},
		{"put two", goal{pickTwo, "mug", "desk"}, "go to countertop 1, take mug 1 from countertop 1, go to desk 1, move mug 1 to desk 1, " +
			"go to cabinet 2, open cabinet 2, take mug 2 from cabinet 2, go to desk 1, move mug 2 to desk 1"},
		{"put hot", goal{heatAndPlace, "mug", "desk"}, "go to countertop 1, take mug 1 from countertop 1, go to desk 1, move mug 1 to desk 1, " +
			"take mug 1 from desk 1, go to microwave 1, heat mug 1 with microwave 1, go to desk 1, move mug 1 to desk 1"},
		{"put cool, heated in between", goal{coolAndPlace, "mug", "desk"}, "go to countertop 1, take mug 1 from countertop 1, go to fridge 1, cool mug 1 with fridge 1, " +
			"go to microwave 1, heat mug 1 with microwave 1, go to desk 1, move mug 1 to desk 1, take mug 1 from desk 1, " +
			"go to fridge 1, cool mug 1 with fridge 1, go to desk 1, move mug 1 to desk 1"},
		{"put clean", goal{cleanAndPlace, "mug", "countertop"}, "go to countertop 1, take mug 1 from countertop 1, go to sinkbasin 1, clean mug 1 with sinkbasin 1, " +
			"go to countertop 1, move mug 1 to countertop 1"},
		{"light after taking", goal{examineInLight, "book", lampKind}, "go to desk 1, take book 1 from desk 1, use desklamp 1"},
		{"light before taking", goal{examineInLight, "book", lampKind}, "go to desk 1, use desklamp 1, take book 1 from desk 1"},
		{"light elsewhere", goal{examineInLight, "pen", lampKind}, "go to desk 1, use desklamp 1, go to countertop 1, take pen 1 from countertop 1, go to desk 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newState(tiny())
			actions := strings.Split(tt.actions, ", ")
			for i, a := range actions {
				if text := s.act(a); text == nothing {
					t.Fatalf("%q: %s", a, text)
				}
				if last := i == len(actions)-1; s.holds(tt.goal) != last {
					t.Fatalf("after %q the goal holds: %v", a, !last)
				}
			}
		})
	}
}

// grammar lists every action of the right form over a scene's names.
func grammar(s *scene) []string {
	var names []string
	for _, p := range s.places {
		names = append(names, p.name)
	}
	for _, t := range s.things {
		names = append(names, t.name)
	}
	all := []string{"look", "inventory"}
	for _, a := range names {
		all = append(all, "go to "+a, "open "+a, "close "+a, "examine "+a, "use "+a)
		for _, b := range names {
			all = append(all, "take "+a+" from "+b, "move "+a+" to "+b, "clean "+a+" with "+b, "heat "+a+" with "+b, "cool "+a+" with "+b)
		}
	}
	return all
}

// copyOf copies a state, to try an action on.
func copyOf(s *state) *state {
	c := *s
	c.open, c.where = slices.Clone(s.open), slices.Clone(s.where)
	c.clean, c.hot, c.cold, c.lit = slices.Clone(s.clean), slices.Clone(s.hot), slices.Clone(s.cold), slices.Clone(s.lit)
	return &c
}

// TestListedActionsAreThoseThatWork tries all there are, in states met at random: the
// listed ones do something, the others nothing, and change nothing.
func TestListedActionsAreThoseThatWork(t *testing.T) {
	s := newState(tiny())
	all := grammar(s.scene)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		listed := s.actions()
		if !slices.IsSorted(listed) {
			t.Fatalf("not sorted: %q", listed)
		}
		for _, a := range all {
			after := copyOf(s)
			text := after.act(a)
			if works := text != nothing; works != slices.Contains(listed, a) {
				t.Fatalf("%q answers %q, and is listed: %v", a, text, !works)
			}
			if text == nothing && !reflect.DeepEqual(s, after) {
				t.Fatalf("%q answers %q and changes something", a, text)
			}
		}
		s.act(listed[rng.IntN(len(listed))])
	}
}

// FuzzAct reads any text as an action; where nothing happens, nothing changes.
func FuzzAct(f *testing.F) {
	for _, a := range []string{"look", "go to desk 1", "take mug 1 from countertop 1", "move pen 1 to desk 1", "heat mug 1 with microwave 1", "use desklamp 1", "take  from ", "go to", "\x00"} {
		f.Add(a)
	}
	sc := tiny()
	f.Fuzz(func(t *testing.T, a string) {
		s := newState(sc)
		s.act("go to countertop 1")
		before := copyOf(s)
		text := s.act(a)
		if listed := slices.Contains(before.actions(), a); listed != (text != nothing) {
			t.Errorf("%q answers %q, and is listed: %v", a, text, listed)
		}
		if text == nothing && !reflect.DeepEqual(before, s) {
			t.Errorf("%q changes something", a)
		}
	})
}
