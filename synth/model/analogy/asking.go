package analogy

import (
	"slices"
	"strings"
)

// asked is the address of the page that a turn leads to: where the recorded one follows from
// the fields of its page, this one follows from those of this page in the same way.
func (c *catalogue) asked(k *kase, page sheet, now address) (address, bool) {
	was, okWas := addressIn(k.turn.from.own)
	came, okCame := addressIn(k.turn.to.own)
	at, ok := addressIn(page.own)
	if !okWas || !okCame || !ok {
		return at, false
	}
	f, place := &c.forms, c.place(came)
	paging := f.paging[place]
	parts := f.partsOf(place, came)
	if made := f.made(place, parts, k.turn.to); len(came.asks) > 0 && sameAsks(made, came, paging) {
		at.asks = f.made(place, parts, page)
	} else if was.path == came.path {
		at.asks = came.asks
	}
	if was.path == came.path {
		at.path, at.rest = now.path, came.rest
	}
	at = at.without(paging)
	for _, p := range came.asks {
		switch {
		case p.name == paging:
			at.asks = append(at.asks, ask{paging, turnedOver(was, came, now, paging)})
		case p.value == "" && !at.has(p.name):
			at.asks = append(at.asks, p)
		}
	}
	f.sort(at.asks, at.has(paging))
	return at, true
}

// turnedOver is the page that follows from now as the recorded one did.
func turnedOver(was, came, now address, paging string) string {
	page := func(a address) string {
		if v := a.values(paging); len(v) > 0 {
			return v[0]
		}
		return "1"
	}
	step, _ := minus(page(came), page(was))
	if next, ok := plus(page(now), step); ok {
		return next
	}
	return page(came)
}

// partsOf are the parts of the page whose fields an address comes from.
func (f *forms) partsOf(place string, at address) string {
	parts := ""
	for _, p := range at.asks {
		if s := f.sources[place][p.name]; s != nil {
			parts += s.key[:1]
		}
	}
	return parts
}

// made are the parameters that the fields of a page's parts make.
func (f *forms) made(place, parts string, page sheet) []ask {
	var out []ask
	for _, t := range marksOf(page) {
		if !strings.Contains(parts, t.key[:1]) {
			continue
		}
		if p, ok := f.of(place, t); ok && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// of is the parameter that a marked field makes. One that goes by the very field comes before
// one that goes by any of its kind.
func (f *forms) of(place string, t marked) (ask, bool) {
	var any ask
	for _, name := range keys(f.sources[place]) {
		s := f.sources[place][name]
		v, ok := s.of(t)
		switch {
		case ok && s.how != "name":
			return ask{name, v}, true
		case ok:
			any = ask{name, v}
		}
	}
	return any, any.name != ""
}

// sameAsks tells whether parameters are those of an address, but for the page and empty ones.
func sameAsks(made []ask, at address, paging string) bool {
	n := 0
	for _, p := range at.asks {
		if p.name == paging || p.value == "" {
			continue
		}
		if n++; !slices.Contains(made, p) {
			return false
		}
	}
	return n == len(made)
}

// sort puts parameters in the order in which they mostly stand.
func (f *forms) sort(asks []ask, turnsOver bool) {
	slices.SortStableFunc(asks, func(a, b ask) int {
		return f.ahead[aheadKey(turnsOver, b, a)] - f.ahead[aheadKey(turnsOver, a, b)]
	})
}
