package analogy

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// stock is what a scene has of entries of one shape.
type stock struct {
	entries map[string]entry
	names   []string                   // of the entries, in order
	listed  map[string]map[string]bool // path, and parameter and value → names that were listed there
	heard   map[string]map[string]int  // path → the words of these names
	homes   map[string]string          // where pages are, and a name → the path there that lists it
	alike   map[string][]string        // path → those beside it that list the same things
	rarity  map[string]int             // word → how many names have it
	shown   map[string]*excerpt        // menu and address → what it listed
	totals  map[string]int             // menu and address without order and page → how much it listed
	ranks   map[string]map[string]int  // kind of page and value of its ordering → where names stood
}

func newStock() *stock {
	return &stock{
		entries: map[string]entry{}, listed: map[string]map[string]bool{}, heard: map[string]map[string]int{}, homes: map[string]string{},
		rarity: map[string]int{}, shown: map[string]*excerpt{}, totals: map[string]int{}, ranks: map[string]map[string]int{},
	}
}

// take keeps what a page of a kind lists, and where.
func (s *stock) take(x *excerpt) {
	for _, e := range x.entries {
		s.entries[e.name()] = e
		add(s.listed, x.at.path, e.name())
		for _, p := range x.at.asks {
			add(s.listed, p.name+"="+p.value, e.name())
		}
	}
}

// settle finds for every thing which of the paths that stand beside each other lists it.
func (s *stock) settle() {
	s.names = keys(s.entries)
	for name := range s.entries {
		for _, w := range words(strings.ToLower(firstQuoted(name))) {
			s.rarity[w]++
		}
	}
	for path := range s.listed {
		s.heard[path] = map[string]int{}
		for name := range s.listed[path] {
			for _, w := range words(name) {
				s.heard[path][w]++
			}
		}
	}
	for _, dir := range s.dirs() {
		for name := range s.entries {
			s.homes[dir+"\x00"+name] = s.home(dir, name)
		}
	}
	s.alike = map[string][]string{}
	for _, path := range keys(s.listed) {
		for other, names := range s.listed {
			if siblings(path, other) && inBoth(s.listed[path], names) >= leastShared {
				s.alike[path] = append(s.alike[path], other)
			}
		}
	}
}

// leastShared is how many things two paths have to have both listed to list the same ones.
const leastShared = 3

// siblings tells whether two paths stand beside each other.
func siblings(path, other string) bool {
	return path != other && strings.Contains(path, "://") && strings.Contains(other, "://") && dirOf(path) == dirOf(other)
}

func inBoth(a, b map[string]bool) int {
	n := 0
	for name := range a {
		n += boolean(b[name])
	}
	return n
}

// dirs are where pages that list are.
func (s *stock) dirs() []string {
	out := map[string]bool{}
	for path := range s.listed {
		if strings.Contains(path, "://") {
			out[dirOf(path)] = true
		}
	}
	return keys(out)
}

// home is the path that lists a thing, of those that stand beside each other: the one that did,
// else the one whose things have names most like its.
func (s *stock) home(dir, name string) string {
	best, most := "", math.Inf(-1)
	for _, path := range keys(s.listed) {
		if !strings.HasPrefix(path, dir) || dirOf(path) != dir {
			continue
		}
		if s.listed[path][name] {
			return path
		}
		sum := 0.0
		for _, w := range words(name) {
			sum += math.Log((float64(s.heard[path][w]) + 0.1) / float64(len(s.listed[path])+1))
		}
		if sum > most {
			best, most = path, sum
		}
	}
	return best
}

// belongs tells whether a path lists a thing.
func (s *stock) belongs(name, path string) bool {
	return s.listed[path][name] || s.homes[dirOf(path)+"\x00"+name] == path ||
		slices.ContainsFunc(s.alike[path], func(other string) bool { return s.listed[other][name] })
}

// belongsAt tells whether a path that ends so lists a thing.
func (s *stock) belongsAt(end, name string) bool {
	for path := range s.listed {
		if strings.HasSuffix(path, end) && s.belongs(name, path) {
			return true
		}
	}
	return false
}

// with is a stock with what pages of this episode have; they come before what was recorded.
func (s *stock) with(c *catalogue, k *listKind, pages []notedPage) *stock {
	if len(pages) == 0 {
		return s
	}
	out := *s
	out.entries, out.homes, out.shown, out.totals = maps.Clone(s.entries), maps.Clone(s.homes), maps.Clone(s.shown), maps.Clone(s.totals)
	out.listed = map[string]map[string]bool{}
	for path, names := range s.listed {
		out.listed[path] = maps.Clone(names)
	}
	for _, p := range pages {
		if x, ok := k.read(c, p); ok && k.count(&x) {
			out.take(&x)
			k.know(&out, &x)
		}
	}
	out.names = keys(out.entries)
	for _, name := range out.names {
		if _, known := s.entries[name]; !known {
			for _, dir := range s.dirs() {
				out.homes[dir+"\x00"+name] = out.home(dir, name)
			}
		}
	}
	return &out
}

// withNamed is a stock with those entries of a page that a goal names and nothing else has shown.
func (s *stock) withNamed(x excerpt, goal []string) *stock {
	out := *s
	for _, e := range x.entries {
		if _, known := out.entries[e.name()]; known || !slices.Contains(goal, firstQuoted(e.name())) {
			continue
		}
		out.entries, out.homes = maps.Clone(out.entries), maps.Clone(out.homes)
		out.entries[e.name()] = e
		out.homes[dirOf(x.at.path)+"\x00"+e.name()] = x.at.path
		out.names = keys(out.entries)
	}
	return &out
}

// lacks tells whether an address asks for something by the name that a goal has for it, and nothing
// known has that name.
func (s *stock) lacks(at address, goal []string) bool {
	return slices.ContainsFunc(at.asks, func(p ask) bool {
		return slices.Contains(goal, p.value) && len(words(p.value)) > 1 && !slices.ContainsFunc(s.names, func(name string) bool { return firstQuoted(name) == p.value })
	})
}
