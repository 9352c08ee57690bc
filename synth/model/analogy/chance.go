package analogy

import (
	"hash/fnv"
	"slices"
	"strconv"

	"dreamgym/synth/model"
)

// mixed is the share of a leaf's alike cases that must have come out differently for its
// outcomes to be left to chance.
const mixed = 0.3

// byChance tells whether cases in which all conditions were alike came out differently:
// then no condition separates them.
func (m *memory) byChance(cases []int32) bool {
	type group struct {
		n     int
		first int32
		other bool
	}
	groups := map[string]*group{}
	for _, i := range cases {
		key, came := atomsKey(m.cases[i].atoms), m.cases[i].came
		g := groups[key]
		if g == nil {
			g = &group{first: came}
			groups[key] = g
		}
		g.n++
		g.other = g.other || came != g.first
	}
	alike, differ := 0, 0
	for _, g := range groups {
		if g.n > 1 {
			alike += g.n
			if g.other {
				differ += g.n
			}
		}
	}
	return alike >= 6 && float64(differ) >= mixed*float64(alike)
}

// learnCame names what each case came to.
func (m *memory) learnCame() {
	ids := map[string]int32{}
	for i := range m.cases {
		m.cases[i].came = id(ids, m.cameTo(&m.cases[i]))
	}
}

// cameTo is the kind of a case's outcome, with what stood in the places that nothing tells. What
// a page shows belongs to the page: where nothing tells it, it is hidden rather than drawn.
func (m *memory) cameTo(c *kase) string {
	out := strconv.Itoa(int(c.class))
	if m.k.paged {
		return out
	}
	slots := m.slotsFor(c.class, c.call.frame, c.named)
	for i, value := range m.freeIn(c) {
		if i < len(slots) && slots[i].untold() {
			out += "\x00" + value
		}
	}
	return out
}

func atomsKey(atoms []int32) string {
	b := make([]byte, 0, 4*len(atoms))
	for _, a := range atoms {
		b = append(b, byte(a), byte(a>>8), byte(a>>16), byte(a>>24))
	}
	return string(b)
}

// drawn answers a case of a leaf that is left to chance: of the same scene where enough
// were recorded. The draw is keyed by seed, step, state and action; how many of the
// cases came out alike bounds the support.
func (d *dreamer) drawn(c call, action string, leaf *tree, a *answer) bool {
	if !leaf.chance || d.start.MostLikely {
		return false
	}
	pool := d.pool(c, action, leaf, a)
	if pool == nil {
		return false
	}
	f := fnv.New64a()
	f.Write([]byte(strconv.FormatInt(d.start.Seed, 10) + "\x00" + strconv.Itoa(d.b.now) + "\x00" + d.b.text.raw + "\x00" + action))
	a.rep = pool[spread(f.Sum64())%uint64(len(pool))]
	same := 0
	for _, i := range pool {
		if d.m.cases[i].came == d.m.cases[a.rep].came {
			same++
		}
	}
	a.drawn, a.support, a.cases = true, float64(same)/float64(len(pool)), []int32{a.rep}
	a.why = append(a.why, "alike cases came out differently: it is drawn as often as it was recorded")
	return true
}

// settled is the trust in an action's own recordings from which on nothing is drawn.
const settled = 0.9

// leastDrawn is how many cases a narrower pool must have to be drawn from.
const leastDrawn = 8

// pool answers the cases to draw from: those of the same action on the same text, else
// those of the scene, else the leaf's. It is nil where the same action in the same scene
// comes out alike: what differs from scene to scene is no chance.
func (d *dreamer) pool(c call, action string, leaf *tree, a *answer) []int32 {
	if by := d.m.alike[c.frame]; by != nil && by.n > 0 && by.trust > settled {
		if here := d.recorded(routeScene, action); len(here) > 0 && d.m.told(here) {
			return nil
		}
	}
	a.kind = model.EvidenceSame
	if same := d.recorded(routeHere, action); len(same) >= leastDrawn {
		return same
	}
	if same := d.recorded(routeText, action); len(same) >= leastDrawn {
		return same
	}
	var here []int32
	for _, i := range d.m.inScene[d.start.Task.Scene+"\x00"+c.frame] {
		if d.m.cases[i].leaf == leaf {
			here = append(here, i)
		}
	}
	if a.kind = model.EvidenceScene; len(here) >= leastDrawn {
		return d.m.withoutWins(here)
	}
	a.kind = model.EvidenceElsewhere
	return d.m.withoutWins(leaf.cases)
}

// withoutWins leaves the cases out that earned more than is common, unless all did, where states
// are pages: how often other pages were won tells what those who acted there knew of what pages
// hide, not what comes of a guess.
func (m *memory) withoutWins(cases []int32) []int32 {
	lost := slices.DeleteFunc(slices.Clone(cases), func(i int32) bool { return m.labels[m.cases[i].label].reward > m.common.reward })
	if !m.k.paged || len(lost) == 0 {
		return cases
	}
	return lost
}

// told tells whether cases of one kind of outcome came out the same to the value.
func (m *memory) told(cases []int32) bool {
	came := map[int32]int32{}
	for _, i := range cases {
		k := &m.cases[i]
		if first, ok := came[k.class]; ok && first != k.came {
			return false
		}
		came[k.class] = k.came
	}
	return true
}

// spread mixes the bits of a hash.
func spread(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
