package analogy

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Some numbers of a page follow from others above them: what a row costs from the price and how
// many, a total from what it is the total of. Where those are others than recorded, they are worked
// out anew.

// figure is a number of a page: the only one that a field, or a line's name, has.
type figure struct {
	line   int
	key    string // the kind of page, what the line before it is called, and how it is written
	digits string
	value  float64
}

func (k *knowledge) figuresOf(kind int, body []string) []figure {
	var out []figure
	before := ""
	for i, l := range body {
		_, name, behind := inParts(l)
		text := firstQuoted(behind)
		if text == "" {
			text = firstQuoted(name)
		}
		plain := strings.ReplaceAll(text, ",", "")
		if x, ok := amount(onlyNumber(plain)); ok {
			out = append(out, figure{i, strconv.Itoa(kind) + before + "\x00" + masked(plain), onlyNumber(text), x})
		}
		before = k.calledAs(l)
	}
	return out
}

// reckoning is a way in which a number may follow from those above it, the nearest being 1: as the sum
// or the product of two, or of all that stand where the nearest does.
type reckoning struct {
	how  byte
	a, b int
}

var reckonings = [...]reckoning{{'a', 1, 1}, {'+', 1, 2}, {'*', 1, 2}, {'+', 1, 3}, {'*', 1, 3}, {'+', 2, 3}, {'*', 2, 3}}

// of is what the i-th figure comes to; ok is false where there are too few above it.
func (r reckoning) of(all []figure, i int) (x float64, ok bool) {
	if i < r.b {
		return 0, false
	}
	a, b := all[i-r.a], all[i-r.b]
	switch r.how {
	case '+':
		return a.value + b.value, true
	case '*':
		return a.value * b.value, true
	}
	for _, f := range all[:i] {
		if f.key == a.key {
			x += f.value
		}
	}
	return x, true
}

// right tells whether the i-th figure is what it comes to.
func (r reckoning) right(all []figure, i int) bool {
	x, ok := r.of(all, i)
	return ok && math.Abs(x-all[i].value) < 1e-6
}

// leastSums is how many pages have to bear a reckoning out.
const leastSums = 5

// sums says how numbers follow.
type sums struct {
	by      map[string]reckoning // where a number stands → how it follows
	grouped tally                // whether thousands are written with a comma
}

// learnSums finds the numbers that nearly always follow in one way.
func (m *memory) learnSums() sums {
	out := sums{by: map[string]reckoning{}}
	tallies, seen := map[string]*[len(reckonings)]tally{}, map[string]bool{}
	for i := range m.cases {
		k := &m.cases[i]
		if k.turn == nil || seen[k.t.Next] {
			continue
		}
		seen[k.t.Next] = true
		all := m.k.figuresOf(k.turn.kind, k.turn.to.body)
		for i, f := range all {
			if f.value >= 1000 {
				out.grouped.add(strings.Contains(f.digits, ","))
			}
			if tallies[f.key] == nil {
				tallies[f.key] = &[len(reckonings)]tally{}
			}
			for j, r := range reckonings {
				tallies[f.key][j].add(r.right(all, i))
			}
		}
	}
	for key, ts := range tallies {
		best := leastSums
		for j := range ts {
			if ts[j].yes > best && rate(&ts[j]) >= most {
				out.by[key], best = reckonings[j], ts[j].yes
			}
		}
	}
	return out
}

// reckoned are the lines of a page that was recorded with other numbers, with those that follow from
// others worked out.
func (m *memory) reckoned(kind int, came, now []string) []string {
	was, is := m.k.figuresOf(kind, came), m.k.figuresOf(kind, now)
	if len(was) != len(is) {
		return now
	}
	out := slices.Clone(now)
	for i, f := range is {
		r, ok := m.sums.by[was[i].key]
		if !ok || !r.right(was, i) {
			continue
		}
		before, _ := r.of(was, i)
		if x, _ := r.of(is, i); x != before {
			at := strings.LastIndex(out[f.line], f.digits)
			out[f.line] = out[f.line][:at] + m.sums.written(x, decimals(f.digits)) + out[f.line][at+len(f.digits):]
			is[i].value = x
		}
	}
	return out
}

// written is a number as pages write it.
func (s *sums) written(x float64, decimals int) string {
	whole, rest, _ := strings.Cut(strconv.FormatFloat(x, 'f', decimals, 64), ".")
	if s.grouped.yes > s.grouped.no {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
	}
	if decimals > 0 {
		whole += "." + rest
	}
	return whole
}
