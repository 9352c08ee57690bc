package analogy

import (
	"slices"
	"strings"
)

// asked is the address of the page that a turn leads to. Where the recorded one follows from the
// fields of its page, or begins as the address before, this one does in the same way; as the
// address before only where a line of the page's own was acted upon: lines of the ground lead to
// one page from everywhere.
func (c *catalogue) asked(k *kase, page sheet, now address, own bool) (address, bool) {
	was, okWas := addressIn(k.turn.from.own)
	came, okCame := addressIn(k.turn.to.own)
	at, ok := addressIn(page.own)
	if !okWas || !okCame || !ok {
		return at, false
	}
	f, place := &c.makers, c.place(came)
	above := sharedPath(was.path, came.path)
	start := startLike(now.path, above)
	alike := c.paths.of(start) == c.paths.of(above)
	behind := lastSegments(at.path, strings.Count(came.path[len(above):], "/"))
	switch rest, kept := strings.CutPrefix(at.path, above); {
	case !own:
	case above == was.path && (!alike || was.path == came.path):
		at.path, at.rest = now.path+behind, came.rest
	case above == was.path:
		at.path, at.rest = start+behind, came.rest
	case alike && kept:
		at.path = start + rest
	}
	at.asks = pointing(at.asks, came, was, now)
	paging, parts := f.paging[place], f.partsOf(place, came)
	if made := f.made(place, parts, k.turn.to); len(came.asks) > 0 && sameAsks(made, came, paging) {
		at.asks = f.made(place, parts, page)
		for _, p := range came.asks {
			if p.value == "" && !at.has(p.name) {
				at.asks = append(at.asks, p)
			}
		}
		if was.path == came.path {
			at.asks = append(at.asks, f.kept(place, parts, was, now)...)
		}
	}
	at = at.without(paging)
	if v := turnedOver(was, came, now, paging); v != "" {
		at.asks = append(at.asks, ask{paging, v})
	}
	f.sort(at.asks, at.has(paging))
	return at, true
}

// pointing are parameters with the end of the path of now in the place of the end of that before.
func pointing(asks []ask, came, was, now address) []ask {
	out := slices.Clone(asks)
	for i, p := range out {
		base, ends := strings.CutSuffix(was.path, p.value)
		if end, ok := strings.CutPrefix(now.path, base); ends && ok && p.value != "" && end != "" && slices.Contains(came.asks, p) {
			out[i].value = end
		}
	}
	return out
}

// sharedPath is what two paths begin with, in whole segments.
func sharedPath(a, b string) string {
	one, other := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for n < min(len(one), len(other)) && one[n] == other[n] {
		n++
	}
	return strings.Join(one[:n], "/")
}

// lastSegments are the last n segments of a path, each with its slash.
func lastSegments(path string, n int) string {
	at := len(path)
	for ; n > 0; n-- {
		at = max(0, strings.LastIndexByte(path[:at], '/'))
	}
	return path[at:]
}

// startLike is what a path begins with, as many segments as another has.
func startLike(path, other string) string {
	segments := strings.Split(path, "/")
	return strings.Join(segments[:min(len(segments), 1+strings.Count(other, "/"))], "/")
}

// kept are what an address asks for by fields of other parts of the page, where the recorded one
// asked for nothing by them: nothing says that it is forgotten.
func (f *makers) kept(place, parts string, was, now address) []ask {
	var out []ask
	for _, p := range now.asks {
		if s := f.sources[place][p.name]; s != nil && !strings.Contains(parts, s.key[:1]) && len(was.values(p.name)) == 0 {
			out = append(out, p)
		}
	}
	return out
}

// turnedOver is the number of the page that follows from now as the recorded one did; "" for the
// first one of an address that asks for something else.
func turnedOver(was, came, now address, paging string) string {
	page := func(a address) string {
		if v := a.values(paging); len(v) > 0 {
			return v[0]
		}
		return "1"
	}
	if !came.has(paging) && (was.path != came.path || !slices.Equal(was.without(paging).asks, came.asks)) {
		return ""
	}
	step, _ := minus(page(came), page(was))
	next, ok := plus(page(now), step)
	switch {
	case !ok:
		return page(came)
	case next == page(came) && !came.has(paging):
		return ""
	}
	return next
}

// partsOf are the parts of the page whose fields an address comes from.
func (f *makers) partsOf(place string, at address) string {
	parts := ""
	for _, p := range at.asks {
		if s := f.sources[place][p.name]; s != nil {
			parts += s.key[:1]
		}
	}
	return parts
}

// made are the parameters that the fields of a page's parts make.
func (f *makers) made(place, parts string, page sheet) []ask {
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
func (f *makers) of(place string, t marked) (ask, bool) {
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
func (f *makers) sort(asks []ask, turnsOver bool) {
	slices.SortStableFunc(asks, func(a, b ask) int {
		return f.ahead[aheadKey(turnsOver, b, a)] - f.ahead[aheadKey(turnsOver, a, b)]
	})
}
