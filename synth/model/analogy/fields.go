package analogy

import (
	"slices"
	"strconv"
	"strings"
)

// marked is what a field of a page is set to: what stands behind its name, or behind the name
// of a line below it.
type marked struct {
	key   string // the part of the page, the field, and how it is marked
	like  string // the same with the field's name open
	named string // the field's name
	value string // that stands behind it, or is marked below it
	below bool   // it is marked below the field
	under string // the line without a label above it, which may name several fields
}

// marksOf are those of a page's fields, as they stand there.
func marksOf(s sheet) []marked {
	var out []marked
	for part, lines := range [][]string{s.head, s.body} {
		field, under := "", ""
		for _, l := range lines {
			_, name, behind := inParts(l)
			if _, ok := labelled(l); ok {
				field = name
			} else if behind == "" {
				under = name
			}
			value := firstQuoted(behind)
			if field != name {
				value = firstQuoted(l)
			}
			for _, mark := range strings.Fields(openQuoted(behind, func(string) string { return "" })) {
				of := string(rune('0'+part)) + mark + "\x00"
				out = append(out, marked{of + field, of + pattern(field), firstQuoted(field), value, field != name, under})
			}
		}
	}
	return out
}

// filled is what a page's fields are set to: what is written in them; and picked what is picked below
// them, or which of several under one heading is marked. Where more than one are, none is the one.
func (m *memory) filled(s sheet) (written, picked map[string]string) {
	s.head, s.body = m.withoutCursors(s.head), m.withoutCursors(s.body)
	written, picked = map[string]string{}, map[string]string{}
	put := func(to map[string]string, key, value string) {
		if _, had := to[key]; had {
			value = ""
		}
		to[key] = value
	}
	for _, t := range marksOf(s) {
		switch {
		case t.value == "":
			put(picked, t.like+t.under, t.named)
		case t.below:
			put(picked, masked(t.key), t.value)
		default:
			put(written, masked(t.key), t.value)
		}
	}
	return written, picked
}

// source is where a parameter of an address has its value from.
type source struct {
	how   string            // "value": what stands behind a field; "name": a marked field's name; "table": what is marked, in other words
	key   string            // of the marked
	table map[string]string // what is marked → value
}

// of is the value that a marked gives; ok is false where it gives none.
func (s *source) of(t marked) (string, bool) {
	switch {
	case s.how == "value" && s.key == t.key:
		return t.value, t.value != ""
	case s.how == "name" && s.key == t.like:
		return t.named, true
	case s.how == "table" && s.key == t.key:
		v, ok := s.table[t.value]
		return v, ok
	}
	return "", false
}

// makers says how the fields of pages make their addresses, and in which order parameters stand.
type makers struct {
	sources map[string]map[string]*source // where pages are → parameter → its source
	ahead   map[string]int                // two parameters, and whether another turns over → how often the first stood ahead of the second
	paging  map[string]string             // where pages are → the parameter that turns over
}

// learnMakers finds the sources of parameters.
func (c *catalogue) learnMakers() {
	c.makers = makers{map[string]map[string]*source{}, map[string]int{}, map[string]string{}}
	for _, k := range c.kinds {
		if k.paging != "" {
			c.makers.paging[k.place] = k.paging
		}
	}
	by := map[string][]*notedPage{}
	for i := range c.noted {
		p := &c.noted[i]
		by[c.place(p.at)] = append(by[c.place(p.at)], p)
		for i, one := range p.at.asks {
			for _, other := range p.at.asks[i+1:] {
				c.makers.ahead[aheadKey(p.at.has(c.makers.paging[c.place(p.at)]), one, other)]++
			}
		}
	}
	for _, place := range keys(by) {
		pages := slices.DeleteFunc(by[place], func(p *notedPage) bool { return len(p.at.asks) == 0 })
		sources := map[string]*source{}
		for _, param := range paramsOf(pages) {
			if param == c.makers.paging[place] {
				continue
			}
			if s := learnSource(pages, param); s != nil {
				sources[param] = s
			}
		}
		c.makers.sources[place] = sources
	}
}

func aheadKey(turnsOver bool, one, other ask) string {
	return strings.Join([]string{strconv.FormatBool(turnsOver), one.name, other.name}, "\x00")
}

func paramsOf(pages []*notedPage) []string {
	all := map[string]bool{}
	for _, p := range pages {
		for _, name := range p.at.names() {
			all[name] = true
		}
	}
	return keys(all)
}

// learnSource finds the marked that goes with a parameter: it is there wherever the parameter
// is, with its value, and where the parameter is not it is not.
func learnSource(pages []*notedPage, param string) *source {
	all := map[string]*source{}
	words := map[string]map[string]map[string]int{} // key → what is marked → values that the parameter had
	for _, p := range pages {
		values := p.at.values(param)
		for _, t := range p.marks {
			all["value"+t.key] = &source{how: "value", key: t.key}
			all["name"+t.like] = &source{how: "name", key: t.like}
			if words[t.key] == nil {
				words[t.key] = map[string]map[string]int{}
			}
			if words[t.key][t.value] == nil {
				words[t.key][t.value] = map[string]int{}
			}
			words[t.key][t.value][strings.Join(values, "\x00")]++
		}
	}
	for key, said := range words {
		s := &source{how: "table", key: key, table: map[string]string{}}
		for word, values := range said {
			if v := commonest(values); v != "" {
				s.table[word] = v
			}
		}
		all["table"+key] = s
	}
	var best *source
	right := 0.0
	for _, name := range keys(all) {
		s := all[name]
		recall, precision := s.rates(pages, param)
		if recall < most || precision < leastSaid || best != nil && best.how != "table" && s.how == "table" {
			continue
		}
		if recall*precision > right || best.how == "table" && s.how != "table" { // a table may be made of accidents
			best, right = s, recall*precision
		}
	}
	return best
}

// leastSaid is the share of what a source gives that addresses have to have. Some pages have
// the same fields and other addresses: those of a form beside.
const leastSaid = 0.3

// rates are how often a source gives what addresses have, and how much of what it gives they have.
func (s *source) rates(pages []*notedPage, param string) (recall, precision float64) {
	found, gave := tally{}, tally{}
	for _, p := range pages {
		var said []string
		for _, t := range p.marks {
			if v, ok := s.of(t); ok {
				said = append(said, v)
			}
		}
		values := p.at.values(param)
		for _, v := range said {
			gave.add(slices.Contains(values, v))
		}
		if len(values) > 0 {
			found.add(!slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(said, v) }))
		}
	}
	return rate(&found), rate(&gave)
}
