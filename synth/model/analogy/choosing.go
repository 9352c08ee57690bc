package analogy

import (
	"slices"
	"strings"
)

// mostTried bounds how many pages each criterion is tried on.
const mostTried = 40

// gain is how much better than no criterion one has to do.
const gain = 0.02

// learnChoice finds what each parameter asks for and in which order pages list, as it best
// tells the recorded pages from what their scenes have.
func (k *listKind) learnChoice(c *catalogue) {
	k.criteria = map[string]criterion{}
	params := slices.DeleteFunc(k.params(), func(p string) bool { return p == k.paging })
	for range 2 {
		for _, p := range params {
			k.learnCriterion(c, p)
		}
	}
	k.learnOrders(c, params)
}

// learnCriterion tries what a parameter may ask for.
func (k *listKind) learnCriterion(c *catalogue, param string) {
	delete(k.criteria, param)
	tried := k.some(func(x *excerpt) bool { return len(x.at.values(param)) > 0 && x.total >= len(x.entries) })
	bases := make([][]entry, len(tried))
	for i, x := range tried {
		bases[i] = k.fitting(c.stockOf(k, x.scene), x.at)
	}
	score := func(holds func(s *stock, e *entry, values []string) bool) float64 {
		sum := 0.0
		for i, x := range tried {
			sum += closeness(c.stockOf(k, x.scene), x, bases[i], x.at.values(param), holds)
		}
		return sum / float64(max(1, len(tried)))
	}
	best := score(func(*stock, *entry, []string) bool { return true }) + gain
	for _, by := range k.possibleCriteria() {
		s := score(func(s *stock, e *entry, values []string) bool { return by.holds(s, param, e, values) })
		if s > best {
			k.criteria[param], best = by, s
		}
	}
}

// some are recorded pages of those that will do, at most mostTried, from among all of them.
func (k *listKind) some(will func(*excerpt) bool) []*excerpt {
	var all []*excerpt
	for i := range k.shown {
		if will(&k.shown[i]) {
			all = append(all, &k.shown[i])
		}
	}
	return sample(all)
}

// sample takes at most mostTried of some pages, evenly.
func sample(all []*excerpt) []*excerpt {
	n := min(len(all), mostTried)
	out := make([]*excerpt, n)
	for i := range out {
		out[i] = all[i*len(all)/n]
	}
	return out
}

// closeness is how near a criterion comes to what a page shows: nothing where it leaves out
// an entry that stands there, else by how many it leaves in of a scene's things.
func closeness(s *stock, x *excerpt, base []entry, values []string, holds func(*stock, *entry, []string) bool) float64 {
	for i := range x.entries {
		if !holds(s, &x.entries[i], values) {
			return 0
		}
	}
	n := 0
	for i := range base {
		n += boolean(holds(s, &base[i], values))
	}
	return 1 - min(1, abs(float64(n-x.total))/float64(max(1, x.total)))
}

func abs(x float64) float64 { return max(x, -x) }

// fitting are a scene's entries that an address asks for, by name.
func (k *listKind) fitting(s *stock, at address) []entry {
	var out []entry
	for _, name := range s.names {
		if e := s.entries[name]; s.belongs(name, at.path) && k.asked(s, &e, at) {
			out = append(out, e)
		}
	}
	return out
}

// asked tells whether an entry is what all parameters of an address ask for.
func (k *listKind) asked(s *stock, e *entry, at address) bool {
	for _, p := range at.names() {
		by, ok := k.criteria[p]
		if values := at.values(p); ok && len(values) > 0 && !by.holds(s, p, e, values) {
			return false
		}
	}
	return true
}

// leastPages is how many pages have to be put in an order for it to count.
const leastPages = 3

// learnOrders finds the parameter that says in which order pages list, and the order for each
// of its values.
func (k *listKind) learnOrders(c *catalogue, params []string) {
	most := 0
	for _, p := range append([]string{""}, params...) {
		by := map[string][]*excerpt{}
		for i := range k.shown {
			x := &k.shown[i]
			v := strings.Join(x.at.values(p), "\x00")
			by[v] = append(by[v], x)
		}
		orders, right := map[string]sorting{}, 0
		for _, v := range keys(by) {
			if o, n := k.bestOrder(c, by[v], params); len(by[v]) >= leastPages {
				orders[v], right = o, right+n
			}
		}
		if right > most+most/50 {
			k.ordering, k.orders, most = p, orders, right
		}
	}
}

// bestOrder finds the order that pages are in, key by key, and how many neighbours it puts right.
func (k *listKind) bestOrder(c *catalogue, pages []*excerpt, params []string) (sorting, int) {
	pages = sample(pages)
	var o sorting
	right := 0
	for range 3 {
		key, n := orderKey{}, right
		for _, next := range k.possibleKeys(params) {
			if r, wrong := k.inOrder(c, append(slices.Clone(o), next), pages); r > n && 20*wrong <= r {
				key, n = next, r
			}
		}
		if n == right {
			break
		}
		o, right = append(o, key), n
	}
	return o, right
}

func (k *listKind) possibleKeys(params []string) []orderKey {
	out := []orderKey{{how: "name"}}
	for line := range k.depth {
		for at := range 2 {
			out = append(out, orderKey{how: "up", line: line, at: at}, orderKey{how: "down", line: line, at: at})
		}
	}
	for _, p := range params {
		out = append(out, orderKey{how: "words", of: p})
	}
	return out
}

// inOrder counts neighbours that are in an order, and those that are not.
func (k *listKind) inOrder(c *catalogue, o sorting, pages []*excerpt) (right, wrong int) {
	for _, x := range pages {
		for i := 1; i < len(x.entries); i++ {
			switch by := o.compare(c.stockOf(k, x.scene), &x.entries[i-1], &x.entries[i], x.at); {
			case by < 0:
				right++
			case by > 0:
				wrong++
			}
		}
	}
	return right, wrong
}

// leastTold is the share of the recorded pages that have to come out of what their scenes have.
const leastTold = 0.3

// told tells whether the kind's pages can be told.
func (k *listKind) told(c *catalogue) bool {
	t := tally{}
	for _, x := range k.some(func(*excerpt) bool { return true }) {
		y := k.chosen(c.stockOf(k, x.scene), x.menu, x.at)
		t.add(slices.EqualFunc(x.entries, y.entries, func(a, b entry) bool { return a.name() == b.name() }))
	}
	return rate(&t) >= leastTold
}
