package analogy

import (
	"cmp"
	"slices"
	"strings"
)

// learnKnown keeps what each address of the kind lists, how much, and in which order things
// stood there: an order may go by what no list shows.
func (k *listKind) learnKnown(c *catalogue) {
	after := map[*stock]map[string]map[string]map[string]bool{} // stock → value of the ordering → name → names that came next
	for i := range k.shown {
		x := &k.shown[i]
		s := c.stockOf(k, x.scene)
		k.know(s, x)
		if after[s] == nil {
			after[s] = map[string]map[string]map[string]bool{}
		}
		v := k.orderOf(x.at)
		if after[s][v] == nil {
			after[s][v] = map[string]map[string]bool{}
		}
		for j := 1; j < len(x.entries); j++ {
			add(after[s][v], x.entries[j-1].name(), x.entries[j].name())
		}
	}
	for s, by := range after {
		for v, next := range by {
			s.ranks[k.anchor+v] = ranked(next)
		}
	}
}

// orderOf is what an address asks for as order.
func (k *listKind) orderOf(at address) string { return strings.Join(at.values(k.ordering), "\x00") }

// know keeps what an address lists, and how much.
func (k *listKind) know(s *stock, x *excerpt) {
	s.shown[x.menu+x.at.String()] = x
	s.totals[x.menu+k.filtersOf(x.at)] = x.total
}

// filtersOf is an address without order and page, and without what chooses nothing.
func (k *listKind) filtersOf(at address) string {
	at.asks = slices.DeleteFunc(slices.Clone(at.asks), func(p ask) bool {
		return p.name == k.paging || p.name == k.ordering || p.value == "" || k.criteria[p.name].idle(p.value)
	})
	return at.String()
}

// ranked puts names in an order that agrees with which came after which; by name where that
// does not tell.
func ranked(next map[string]map[string]bool) map[string]int {
	before := map[string]int{}
	for _, name := range keys(next) {
		before[name] += 0
		for n := range next[name] {
			before[n]++
		}
	}
	out := map[string]int{}
	for len(before) > 0 {
		first := ""
		for _, name := range keys(before) {
			if first == "" || before[name] < before[first] {
				first = name
			}
		}
		out[first] = len(out)
		delete(before, first)
		for n := range next[first] {
			if _, ok := before[n]; ok {
				before[n]--
			}
		}
	}
	return out
}

// listed is a page with the list that its address asks for in the place of the one that it
// has: what is known of the scene, in the order and the number that recorded pages have. It
// begins at a line of the body; behind the last one where there is none.
//
// What the goal names and the page has counts as known: it exists somewhere.
func (c *catalogue) listed(scene string, page sheet, goal []string, episode func() []notedPage) (sheet, int) {
	at, ok := addressIn(page.own)
	if !ok {
		return page, len(page.body)
	}
	for _, k := range c.kinds {
		from, s := k.listFrom(c, at, page.body), c.stocks[scene+"\x00"+shapeKey(k.pattern, k.depth)]
		if from < 0 || s == nil || s.listed[at.path] == nil {
			continue
		}
		s = s.with(c, k, episode())
		if x, ok := k.read(c, notedPage{menu: page.menu(), at: at, body: page.body}); ok {
			s = s.withNamed(x, goal)
		}
		if s.lacks(at, goal) {
			return page, len(page.body)
		}
		x := k.excerpt(s, page.menu(), at)
		lines := k.filled(cmp.Or(k.captions[k.captionClass(x)], k.captions[several]), x)
		for _, e := range x.entries {
			lines = append(lines, "[0] "+e.lines[0])
			lines = append(lines, e.lines[1:]...)
		}
		lines = append(lines, k.filled(k.tails[k.tailClass(x)], x)...)
		page.body = slices.Concat(page.body[:from], lines)
		return page, from
	}
	return page, len(page.body)
}

// pages are those that this episode has shown.
func (d *dreamer) pages() []notedPage {
	var out []notedPage
	show := func(text string) {
		if s, ok := d.m.k.ground.divide(text); ok {
			if at, ok := addressIn(s.own); ok {
				out = append(out, notedPage{menu: s.menu(), at: at, body: s.body})
			}
		}
	}
	show(d.b.first)
	for _, e := range d.b.deeds {
		show(e.next.raw)
	}
	return out
}

// excerpt is what a page at an address lists below a menu.
func (k *listKind) excerpt(s *stock, menu string, at address) *excerpt {
	if x := s.shown[menu+at.String()]; x != nil {
		return x
	}
	return k.chosen(s, menu, at)
}

// chosen is what the entries of a scene make of an address.
func (k *listKind) chosen(s *stock, menu string, at address) *excerpt {
	all := k.fitting(s, at)
	o, rank := k.orders[k.orderOf(at)], s.ranks[k.anchor+k.orderOf(at)]
	slices.SortStableFunc(all, func(a, b entry) int {
		if by := o.compare(s, &a, &b, at); by != 0 {
			return by
		}
		i, okI := rank[a.name()]
		j, okJ := rank[b.name()]
		if okI && okJ {
			return i - j
		}
		return boolean(okJ) - boolean(okI)
	})
	x := &excerpt{at: at, total: len(all), page: k.pageOf(at)}
	if total, ok := s.totals[menu+k.filtersOf(at)]; ok {
		x.total = total
	}
	from := min(len(all), (x.page-1)*k.size)
	x.entries = all[from:min(len(all), from+k.size)]
	return x
}
