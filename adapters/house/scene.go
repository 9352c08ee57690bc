package house

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// scene is a room: its furniture and where every object is at the start of any task
// in it. A scene never changes once it is made; environments share it.
type scene struct {
	id     string
	room   room
	places []place // kinds in alphabetical order, high numbers first, as they are listed
	things []thing // likewise

	placeByName map[string]int
	thingByName map[string]int
	listing     string // of the places
}

// place is a piece of furniture in a scene.
type place struct {
	name  string
	kind  string
	opens bool
	goTo  string // the action
}

// thing is an object in a scene.
type thing struct {
	name string
	kind *thingKind
	home int // the place where it is at the start
}

// newScene makes the room with a number. The same room and number give the same scene.
func newScene(r room, number int, places []placeKind, things []thingKind) *scene {
	s := &scene{id: fmt.Sprintf("%s-%d", r, number), room: r}
	rng := rand.New(rand.NewPCG(uint64(number), roomSeed(r)))
	s.furnish(rng, places)
	s.fill(rng, things)
	s.index()
	return s
}

// roomSeed keeps the rooms' random sequences apart.
func roomSeed(r room) uint64 {
	var n uint64
	for _, b := range []byte(r) {
		n = n*131 + uint64(b)
	}
	return n
}

// furnish draws the furniture.
func (s *scene) furnish(rng *rand.Rand, kinds []placeKind) {
	for _, k := range kinds {
		for n := draw(rng, k.rooms[s.room]); n > 0; n-- {
			name := k.name + " " + strconv.Itoa(n)
			s.places = append(s.places, place{name: name, kind: k.name, opens: k.opens, goTo: "go to " + name})
		}
	}
}

// draw answers a number between the two bounds.
func draw(rng *rand.Rand, bounds [2]int) int {
	return bounds[0] + rng.IntN(bounds[1]-bounds[0]+1)
}

// fill draws the objects and puts each somewhere it may be found.
func (s *scene) fill(rng *rand.Rand, kinds []thingKind) {
	for i := range kinds {
		k := &kinds[i]
		for n := draw(rng, k.rooms[s.room]); n > 0; n-- {
			if home := s.home(rng, k); home >= 0 {
				s.things = append(s.things, thing{name: k.name + " " + strconv.Itoa(n), kind: k, home: home})
			}
		}
	}
	slices.SortStableFunc(s.things, func(a, b thing) int { return cmp.Compare(a.kind.name, b.kind.name) })
}

// home draws a place for an object: its likelier kinds of place weigh more. It is -1
// where the room has none of them.
func (s *scene) home(rng *rand.Rand, k *thingKind) int {
	total := 0
	for i, kind := range k.homes {
		if s.has(kind) {
			total += homeWeight(k, i)
		}
	}
	if total == 0 {
		return -1
	}
	at := rng.IntN(total)
	for i, kind := range k.homes {
		if !s.has(kind) {
			continue
		}
		if at -= homeWeight(k, i); at < 0 {
			return s.anyOf(rng, kind)
		}
	}
	return -1
}

// homeWeight is how likely the i-th of a kind's homes is, against its others.
func homeWeight(k *thingKind, i int) int { return len(k.homes) - i + 1 }

// has tells whether there is a place of a kind.
func (s *scene) has(kind string) bool {
	return slices.ContainsFunc(s.places, func(p place) bool { return p.kind == kind })
}

// anyOf draws a place of a kind that there is.
func (s *scene) anyOf(rng *rand.Rand, kind string) int {
	first := slices.IndexFunc(s.places, func(p place) bool { return p.kind == kind })
	n := 1
	for first+n < len(s.places) && s.places[first+n].kind == kind {
		n++
	}
	return first + rng.IntN(n)
}

// index prepares what steps look up.
func (s *scene) index() {
	s.placeByName = make(map[string]int, len(s.places))
	names := make([]string, len(s.places))
	for i, p := range s.places {
		s.placeByName[p.name] = i
		names[i] = p.name
	}
	s.thingByName = make(map[string]int, len(s.things))
	for i, t := range s.things {
		s.thingByName[t.name] = i
	}
	s.listing = list(names)
}

// list joins names as "a bed 1, a desk 1, and a shelf 1".
func list(names []string) string {
	switch len(names) {
	case 0:
		return "nothing"
	case 1:
		return "a " + names[0]
	}
	last := len(names) - 1
	return "a " + strings.Join(names[:last], ", a ") + ", and a " + names[last]
}
