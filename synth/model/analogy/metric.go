package analogy

import "math"

// metric says which kinds of conditions make two cases of one action alike: kinds that
// differ where outcomes differ weigh much, kinds that differ at random weigh nothing.
type metric struct {
	weight map[string]int // in thousandths of a nat, so that sums do not depend on order
	trust  float64        // share of cases that their nearest of another episode gets right
	n      int
}

// pairs bounds how many cases of one action are compared with each other.
const pairs = 24

// learnMetric compares the cases of each group in pairs of different episodes.
func (m *memory) learnMetric(cases []int32, groups map[string][]int32, group func(*kase) string, label func(*kase) int32) *metric {
	differ := map[string]*[2]tally{}
	seen := map[string]bool{}
	var lists [][]int32
	for _, i := range cases {
		g := group(&m.cases[i])
		if seen[g] {
			continue
		}
		seen[g] = true
		list := m.taken(groups[g])
		if len(list) > pairs {
			list = list[len(list)-pairs:]
		}
		if len(list) > 1 {
			lists = append(lists, list)
		}
	}
	for _, list := range lists {
		for x := range list {
			for y := x + 1; y < len(list); y++ {
				a, b := &m.cases[list[x]], &m.cases[list[y]]
				if a.t.Episode == b.t.Episode {
					continue
				}
				same := label(a) == label(b)
				for k, d := range m.differences(a.atoms, b.atoms) {
					if differ[k] == nil {
						differ[k] = &[2]tally{}
					}
					if same {
						differ[k][0].add(d)
					} else {
						differ[k][1].add(d)
					}
				}
			}
		}
	}
	out := &metric{weight: map[string]int{}}
	for k, d := range differ {
		ps := (float64(d[0].yes) + 1) / (float64(d[0].yes+d[0].no) + 2)
		pd := (float64(d[1].yes) + 1) / (float64(d[1].yes+d[1].no) + 2)
		if w := math.Log(pd / ps); w > 0 {
			out.weight[k] = int(math.Round(w * 1e6)) // whole, so that sums do not depend on their order
		}
	}
	m.measure(out, lists, label)
	return out
}

// measure tries the metric on the recordings: does the nearest case of another episode
// have the same label?
func (m *memory) measure(out *metric, lists [][]int32, label func(*kase) int32) {
	right := 0
	for _, list := range lists {
		for _, x := range list {
			a := &m.cases[x]
			if best, ok := m.nearest(out, list, a.atoms, a.t.Episode); ok {
				out.n++
				if label(&m.cases[best]) == label(a) {
					right++
				}
			}
		}
	}
	out.trust = float64(right) / float64(max(1, out.n))
}

// nearest is the case whose conditions differ least; the newest of several.
func (m *memory) nearest(by *metric, list []int32, atoms []int32, except string) (int32, bool) {
	best, least := int32(-1), math.MaxInt
	for _, i := range list {
		k := &m.cases[i]
		if k.t.Episode == except {
			continue
		}
		d := 0
		for kind, differs := range m.differences(k.atoms, atoms) {
			if differs {
				d += by.weight[kind]
			}
		}
		if d <= least {
			best, least = i, d
		}
	}
	return best, best >= 0
}

// differences tells for every kind of condition whether two cases differ in it.
func (m *memory) differences(a, b []int32) map[string]bool {
	out := make(map[string]bool, 24)
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case j >= len(b) || i < len(a) && a[i] < b[j]:
			out[m.kinds[a[i]]] = true
			i++
		case i >= len(a) || b[j] < a[i]:
			out[m.kinds[b[j]]] = true
			j++
		default:
			if !out[m.kinds[a[i]]] {
				out[m.kinds[a[i]]] = false
			}
			i, j = i+1, j+1
		}
	}
	return out
}

// taken leaves out the cases whose action was not admissible.
func (m *memory) taken(cases []int32) []int32 {
	out := make([]int32, 0, len(cases))
	for _, i := range cases {
		if !m.refused(m.cases[i].atoms) {
			out = append(out, i)
		}
	}
	return out
}
