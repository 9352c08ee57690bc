package analogy

import (
	"net/url"
	"slices"
	"strings"

	"dreamgym/synth/experience"
)

// address is where a page is, and what is asked for there.
type address struct {
	path string
	asks []ask
	rest string // the fragment, with its mark
}

// ask is a parameter of an address.
type ask struct{ name, value string }

// addressIn reads the address that a line quotes; ok is false where it quotes none.
func addressIn(lines []string) (a address, ok bool) {
	for _, l := range lines {
		if v := firstQuoted(l); strings.Contains(v, "://") {
			return readAddress(v), true
		}
	}
	return a, false
}

func readAddress(s string) address {
	var a address
	if i := strings.IndexByte(s, '#'); i >= 0 {
		s, a.rest = s[:i], s[i:]
	}
	path, query, _ := strings.Cut(s, "?")
	a.path = path
	for part := range strings.SplitSeq(query, "&") {
		name, value, ok := strings.Cut(part, "=")
		if v, err := url.QueryUnescape(value); ok && err == nil {
			a.asks = append(a.asks, ask{name, v})
		}
	}
	return a
}

func (a address) String() string {
	parts := make([]string, len(a.asks))
	for i, p := range a.asks {
		parts[i] = p.name + "=" + url.QueryEscape(p.value)
	}
	s := a.path
	if len(parts) > 0 {
		s += "?" + strings.Join(parts, "&")
	}
	return s + a.rest
}

// values are those of a parameter that are not empty.
func (a address) values(name string) []string {
	var out []string
	for _, p := range a.asks {
		if p.name == name && p.value != "" {
			out = append(out, p.value)
		}
	}
	return out
}

// has tells whether an address asks by a parameter.
func (a address) has(name string) bool {
	return slices.ContainsFunc(a.asks, func(p ask) bool { return p.name == name })
}

// swapped is a line with what another address asks for in the place of what this one does.
func (a address) swapped(line string, other address) string {
	for _, p := range a.asks {
		if v := other.values(p.name); len(v) > 0 && len(p.value) >= leastPart {
			line = strings.ReplaceAll(line, p.value, v[0])
		}
	}
	return line
}

// without is an address without a parameter.
func (a address) without(name string) address {
	a.asks = slices.DeleteFunc(slices.Clone(a.asks), func(p ask) bool { return p.name == name })
	return a
}

// names are an address's parameters, each once.
func (a address) names() []string {
	var out []string
	for _, p := range a.asks {
		if !slices.Contains(out, p.name) {
			out = append(out, p.name)
		}
	}
	return out
}

// dirOf is a path without its last segment.
func dirOf(path string) string { return path[:strings.LastIndexByte(path, '/')+1] }

// samePath tells whether two addresses are of one path.
func samePath(a, b []string) bool {
	one, okOne := addressIn(a)
	other, okOther := addressIn(b)
	return okOne && okOther && one.path == other.path
}

// paths knows which segments of paths scenes share; those are parts of the application.
type paths map[string]bool

// learnPaths finds the segments that addresses of most scenes have.
func learnPaths(all []*experience.Transition) paths {
	in, scenes := map[string]map[string]bool{}, map[string]bool{}
	for _, t := range all {
		scenes[t.Scene] = true
		if at, ok := addressIn(linesOf(t.Next)[:ownLines]); ok {
			for s := range strings.SplitSeq(at.path, "/") {
				add(in, s, t.Scene)
			}
		}
	}
	return paths(shared(in, len(scenes)))
}

// shared are the names that most of several scenes have.
func shared(in map[string]map[string]bool, scenes int) map[string]bool {
	out := map[string]bool{}
	for name, of := range in {
		out[name] = len(of) > 1 && 2*len(of) > scenes
	}
	return out
}

// of is where an address is, with what scenes do not share left open.
func (p paths) of(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if !p[s] {
			segments[i] = "*"
		}
	}
	return strings.Join(segments, "/")
}

// placeOf is where a page is; "" where it does not say.
func (k *knowledge) placeOf(s sheet) string {
	at, ok := addressIn(s.own)
	if !ok {
		return ""
	}
	return k.paths.of(at.path)
}

// withAddress are lines with another address in the place of the one that they quote.
func withAddress(lines []string, a address) []string {
	out := slices.Clone(lines)
	for i, l := range out {
		if v := firstQuoted(l); strings.Contains(v, "://") {
			out[i] = strings.Replace(l, v, a.String(), 1)
			break
		}
	}
	return out
}
