package analogy

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// choice is how addresses of a kind choose among what a scene has: which criterion each
// parameter is, and in which order what fits is listed.
type choice struct {
	criteria map[string]criterion
	ordering string             // the parameter that says in which order; "" for none
	orders   map[string]sorting // by its value; "" where the address has none
}

// criterion is what a parameter asks of an entry.
type criterion struct {
	how  string
	line int // of the entry
	at   int // which number of the line
}

// possibleCriteria are the ways to choose: by a line, by a number of it, by where things were listed
// and by the place that lists them.
func (k *listKind) possibleCriteria() []criterion {
	var out []criterion
	for line := range k.depth {
		for _, how := range []string{"any word", "all words"} {
			out = append(out, criterion{how, line, 0})
		}
		for at := range 2 {
			out = append(out, criterion{"least", line, at}, criterion{"most", line, at})
		}
	}
	return append(out, criterion{how: "listed"}, criterion{how: "place"})
}

// holds tells whether an entry is what the values of a parameter ask for.
func (c criterion) holds(s *stock, param string, e *entry, values []string) bool {
	if c.how == "listed" {
		return slices.ContainsFunc(values, func(v string) bool { return s.listed[param+"="+v][e.name()] })
	}
	if c.how == "place" {
		return slices.ContainsFunc(values, func(v string) bool { return s.belongsAt("/"+v, e.name()) })
	}
	return slices.ContainsFunc(values, func(v string) bool { return c.fits(e, v) })
}

func (c criterion) fits(e *entry, value string) bool {
	if c.how == "any word" || c.how == "all words" {
		want := words(strings.ToLower(value))
		n := inCommon(e.words[c.line], want)
		return n > 0 && (c.how == "any word" || n == len(want))
	}
	if c.idle(value) {
		return true
	}
	least, _ := amount(value)
	x, ok := e.number(c.line, c.at)
	return ok && (c.how == "least" && x >= least || c.how == "most" && x <= least)
}

// idle tells whether a value chooses nothing: it is no number where one is asked for.
func (c criterion) idle(value string) bool {
	_, ok := amount(value)
	return !ok && (c.how == "least" || c.how == "most")
}

// inCommon is how many of some words others have, too.
func inCommon(have, want []string) int {
	n := 0
	for _, w := range want {
		n += boolean(slices.Contains(have, w))
	}
	return n
}

// sorting says by what entries are put in order: a number of a line or the words that they have
// in common with a parameter, most or least first, and so on where that is the same.
type sorting []orderKey

type orderKey struct {
	how  string // "name", "up", "down" or "words"
	line int
	at   int
	of   string // the parameter whose words count
}

func (o sorting) compare(s *stock, a, b *entry, at address) int {
	for _, k := range o {
		if c := k.compare(s, a, b, at); c != 0 {
			return c
		}
	}
	return 0
}

func (k orderKey) compare(s *stock, a, b *entry, at address) int {
	switch k.how {
	case "name":
		return strings.Compare(a.name(), b.name())
	case "words":
		want := words(strings.ToLower(strings.Join(at.values(k.of), " ")))
		return cmp.Compare(s.weight(b, want), s.weight(a, want))
	}
	x, okX := a.number(k.line, k.at)
	y, okY := b.number(k.line, k.at)
	switch {
	case okX != okY:
		return boolean(okY) - boolean(okX) // what has no number comes last
	case k.how == "down":
		x, y = y, x
	}
	return cmp.Compare(x, y)
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// weight is how much the words weigh that a name and others have in common: the fewer names
// have one, the more.
func (s *stock) weight(e *entry, want []string) float64 {
	sum := 0.0
	for _, w := range want {
		if slices.Contains(e.words[0], w) {
			sum += math.Log(float64(1+len(s.entries)) / float64(max(1, s.rarity[w])))
		}
	}
	return sum
}
