package analogy

import (
	"slices"
	"strings"
)

// offers are what could be picked below fields: field → the lists that pages had.
type offers map[string][][]string

// offered are what can be picked below a line of a page; none where nothing there is picked.
func offered(lines []string, i int) []string {
	var out []string
	picked := false
	for _, l := range below(lines, i) {
		_, _, behind := inParts(l)
		picked = picked || behind != ""
		out = append(out, firstQuoted(l))
	}
	if !picked {
		return nil
	}
	return out
}

// note keeps what a page offers.
func (o offers) note(lines []string) {
	for i, l := range lines {
		if _, ok := labelled(l); !ok {
			continue
		}
		list := offered(lines, i)
		if list != nil && !slices.ContainsFunc(o[nameOf(l)], func(known []string) bool { return slices.Equal(known, list) }) {
			o[nameOf(l)] = append(o[nameOf(l)], list)
		}
	}
}

// offering is a page that nobody recorded, of what the goal names: where it does not offer what the
// goal asks for and another page's field of the name did, it offers what that one did.
func (d *dreamer) offering(body []string) []string {
	asked := func(v string) bool { return !slices.Contains([]string{"", "-", "~"}, named2goal(v, d.b.goal.values)) }
	var out []string
	for i := 0; i < len(body); i++ {
		out = append(out, body[i])
		if _, ok := labelled(body[i]); !ok {
			continue
		}
		list := offered(body, i)
		if len(list) == 0 || slices.ContainsFunc(list, asked) {
			continue
		}
		var best []string
		for _, known := range d.m.offers[nameOf(body[i])] {
			if slices.ContainsFunc(known, asked) && (best == nil || alike(known, list) > alike(best, list)) {
				best = known
			}
		}
		if best == nil {
			continue
		}
		_, first, mark := inParts(body[i+1])
		for _, v := range best {
			out = append(out, strings.Replace(first, list[0], v, 1)+mark)
			mark = ""
		}
		i += len(list)
	}
	return out
}
