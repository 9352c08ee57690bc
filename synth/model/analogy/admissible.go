package analogy

import (
	"maps"
	"slices"
	"sort"
	"strconv"
)

// admissible decides which actions a state allows: for each frame, by what its
// arguments are to the state and to the action that led there.
type admissible struct {
	frames  map[string]*tree
	classes map[string]bool   // frame, position and kind of argument, as listed before
	labels  map[string]*tally // frame and position → whether the argument labelled a line of the page
	quotes  map[string]*tally // frame and position → whether a line of the page quoted it
	options map[string]*tally // frame and position → whether a line below the one that the action is about quoted it
	shapes  map[string]int    // frame → number of arguments
	atomID  map[string]int32
	scenes  map[string]*setting // what the recordings of a scene tell of its actions
	sorted  bool                // lists are in alphabetical order
}

// setting is what the recordings of one scene tell of its actions.
type setting struct {
	offered []string        // those about one thing at most that were ever admissible
	first   map[string]*way // action → what always came before it was first admissible
}

// way is what had been done whenever something first came about.
type way struct {
	deeds    map[string]bool
	episodes int
}

// meet keeps what all ways have in common.
func (w *way) meet(done map[string]bool) {
	if w.episodes == 0 {
		w.deeds = maps.Clone(done)
	}
	for d := range w.deeds {
		if !done[d] {
			delete(w.deeds, d)
		}
	}
	w.episodes++
}

// maxSalient bounds the entities that are paired with each other.
const maxSalient = 48

// candidates are the actions that may be admissible now: those that ever were, and those
// that a listed frame makes of what is at hand.
func (ad *admissible) candidates(m *moment) []call {
	seen := map[string]bool{}
	var out []call
	add := func(c call) {
		if t := c.text(); !seen[t] {
			seen[t] = true
			out = append(out, c)
		}
	}
	if m.b.k.paged {
		ad.onPage(m, add)
		return out
	}
	for _, a := range keys(m.b.offered) {
		add(m.b.k.grammar.parse(a))
	}
	for _, a := range m.scene.offered {
		add(m.b.k.grammar.parse(a))
	}
	things := m.salient()
	things = things[:min(len(things), maxSalient)]
	for _, f := range keys(ad.shapes) {
		switch ad.shapes[f] {
		case 0:
			add(call{frame: f})
		case 1:
			for _, e := range things {
				if ad.fits(f, 0, e) {
					add(call{frame: f, args: []string{e}})
				}
			}
		case 2:
			for _, x := range things {
				if !ad.fits(f, 0, x) {
					continue
				}
				for _, y := range things {
					if x != y && ad.fits(f, 1, y) {
						add(call{frame: f, args: []string{x, y}})
					}
				}
			}
		}
	}
	return out
}

// onPage adds the actions that listed frames make of the labels on the screen, of what stands
// below them, and of the other values that were ever offered in this episode.
func (ad *admissible) onPage(m *moment, add func(call)) {
	lines := linesOf(m.b.text.raw)
	values := map[string]map[string]bool{}
	for _, a := range keys(m.b.offered) {
		c := m.b.k.grammar.parse(a)
		for i, v := range c.args {
			at := c.frame + "\x00" + strconv.Itoa(i)
			if values[at] == nil {
				values[at] = map[string]bool{}
			}
			values[at][v] = true
		}
	}
	for _, f := range keys(ad.shapes) {
		all := []call{{frame: f}}
		for i := range ad.shapes[f] {
			at := f + "\x00" + strconv.Itoa(i)
			pool := ad.pool(at, lines, keys(values[at]))
			var next []call
			for _, c := range all {
				for _, v := range pool(c) {
					if len(next) < maxOnPage {
						next = append(next, call{frame: f, args: append(slices.Clone(c.args), v)})
					}
				}
			}
			all = next
		}
		for _, c := range all {
			add(c)
		}
	}
}

// pool answers what a position of a frame may take, after the arguments before it.
func (ad *admissible) pool(at string, lines, offered []string) func(call) []string {
	all := offered
	switch {
	case mostly(ad.labels[at]):
		all = nil
		for _, l := range lines {
			if label, ok := labelled(l); ok {
				all = append(all, label)
			}
		}
	case mostly(ad.options[at]):
		return func(c call) []string {
			line, _ := acted(lines, c)
			return quoted(below(lines, line))
		}
	case mostly(ad.quotes[at]):
		all = quoted(lines)
	}
	return func(call) []string { return all }
}

// mostly tells whether something nearly always held.
func mostly(t *tally) bool { return t != nil && 10*t.yes >= 9*(t.yes+t.no) }

// maxOnPage bounds the actions of one frame that are considered.
const maxOnPage = 400

func (ad *admissible) fits(frame string, i int, e string) bool {
	return ad.classes[frame+"\x00"+strconv.Itoa(i)+"\x00"+class(e)]
}

// list predicts the admissible actions after a step.
func (ad *admissible) list(m *moment) []string {
	var out []string
	for _, c := range ad.candidates(m) {
		if ad.share(m, c) > 0.5 {
			out = append(out, c.text())
		}
	}
	if ad.sorted {
		sort.Strings(out)
	}
	return out
}

// share is how often an action like this one was admissible at moments like this one.
func (ad *admissible) share(m *moment, c call) float64 {
	t := ad.frames[c.frame]
	if t == nil {
		return 0
	}
	var atoms []int32
	for _, a := range m.atoms(c) {
		if n, ok := ad.atomID[a]; ok {
			atoms = append(atoms, n)
		}
	}
	sortAtoms(atoms)
	return t.leaf(atoms).share
}
