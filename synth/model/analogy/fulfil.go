package analogy

import (
	"math"
	"slices"
	"strings"
)

// fulfilment judges whether an episode that ends did what its goal says, where no goal of that
// form was ever reached: by how far what the goal says was done and shown, weighed as it counted
// at the recorded ends of other forms.
type fulfilment struct {
	label   int32          // what it earns
	forms   map[string]int // how often each was reached: where it was often, its successes tell better
	plain   string         // what most successes say at the end: that nothing was asked
	asking  string         // the word that goals have which ask for an answer; "" for none
	weights logistic
	least   float64 // how likely success has to be
}

const (
	leastForms     = 4  // forms that have to have been reached
	leastFulfilled = 10 // successes of held-out forms that have to have been told
)

// course is an episode up to its end.
type course struct {
	goal               string
	first, before, now string   // what was shown at the start, before the last action, and now
	deeds              []string // with the lines that they were about in the place of labels
	said               string   // the end's arguments
}

// learnFulfilments finds how the frames that always end an episode earn what they earn.
func (m *memory) learnFulfilments() {
	for _, frame := range keys(m.ending) {
		if m.ending[frame] {
			if f := m.newFulfilment(m.frames[frame]); f != nil {
				m.fulfilments[frame] = f
			}
		}
	}
}

// newFulfilment learns from the ends of one frame; nil where too few forms were reached, or where
// the ends of a form cannot be told from those of others.
func (m *memory) newFulfilment(ends []int32) *fulfilment {
	f := &fulfilment{forms: map[string]int{}}
	earned, said := map[int32]int{}, map[string]int{}
	for _, i := range ends {
		if c := &m.cases[i]; m.pays(c) {
			f.forms[c.form]++
			earned[c.label]++
			said[strings.Join(c.call.args, "\x00")]++
		}
	}
	if len(f.forms) < leastForms {
		return nil
	}
	f.label, f.plain = -1, commonest(said)
	for l, n := range earned {
		if n > earned[f.label] || n == earned[f.label] && l < f.label {
			f.label = l
		}
	}
	f.asking = m.askingWord(ends, f.plain)
	rows, reached, forms := make([][]float64, len(ends)), make([]bool, len(ends)), make([]string, len(ends))
	for n, i := range ends {
		rows[n], reached[n], forms[n] = f.signs(m.heard, m.courseTo(i)), m.pays(&m.cases[i]), m.cases[i].form
	}
	if f.least = leastLikely(rows, reached, forms); f.least == 0 {
		return nil
	}
	f.weights = fitLogistic(rows, reached)
	return f
}

// pays tells whether a case earned more than steps mostly do.
func (m *memory) pays(c *kase) bool { return m.labels[c.label].reward > m.common.reward }

// courseTo is the recorded episode that case i ends.
func (m *memory) courseTo(i int32) course {
	end := &m.cases[i]
	c := course{first: end.t.State, before: end.t.State, now: end.t.State, said: strings.Join(end.call.args, "\x00")}
	for j := i - 1; j >= 0 && m.cases[j].t.Episode == end.t.Episode; j-- {
		if j == i-1 {
			c.before = m.cases[j].t.State
		}
		c.first, c.deeds = m.cases[j].t.State, append(c.deeds, m.cases[j].named)
	}
	c.goal = m.k.instruction(end.t.Goal, c.first)
	return c
}

// course is this episode, should it end now.
func (d *dreamer) course(end call) course {
	c := course{goal: d.b.goal.values[0], first: d.b.first, before: d.b.first, now: d.b.text.raw, said: strings.Join(end.args, "\x00")}
	for _, e := range d.b.deeds {
		c.deeds = append(c.deeds, e.named)
	}
	if n := len(d.b.deeds); n > 1 {
		c.before = d.b.deeds[n-2].next.raw
	}
	return c
}

// signs are how far an episode did what its goal says, each from 0 to 1: whether all values that the
// goal names are shown; the share of its other words that came since the start, that stand in what
// was done, and that came last; the share of its values that stand in what was done, and that came
// last; whether what was said answers what was asked; and how near it stands to the goal's values.
func (f *fulfilment) signs(heard hearing, c course) []float64 {
	named, rest := namedIn(c.goal)
	values := make([]string, len(named))
	for i, n := range named {
		values[i] = n.text
	}
	says := heard.shares(rest)
	now := bare(linesOf(c.now))
	sinceStart, came := newLines(bare(linesOf(c.first)), now), newLines(bare(linesOf(c.before)), now)
	deeds, since, last := strings.Join(c.deeds, "\n"), strings.Join(sinceStart, "\n"), strings.Join(came, "\n")
	asked := f.asking != "" && slices.Contains(words(strings.ToLower(rest)), f.asking)
	plain := c.said == f.plain
	return []float64{
		whole(len(values) == 0 || shareOf(values, strings.Join(now, "\n")) == 1),
		says.in(since), says.in(deeds), says.in(last),
		shareOf(values, deeds), shareOf(values, last),
		whole(asked != plain && (plain || strings.Contains(since, c.said))),
		nearness(now, values, c.said, plain),
	}
}

func whole(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// shareOf is how many of some values a text has; 0 of none.
func shareOf(values []string, text string) float64 {
	n := 0
	for _, v := range values {
		if strings.Contains(text, v) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(values)))
}

// nearness is how near what was said stands to a value of the goal: 1 in the same line, 1/2 in the next.
func nearness(lines, values []string, answer string, plain bool) float64 {
	if plain {
		return 0
	}
	near, at, said := 0.0, -1, -1
	for i, l := range lines {
		if slices.ContainsFunc(values, func(v string) bool { return strings.Contains(l, v) }) {
			at = i
		}
		if strings.Contains(l, answer) {
			said = i
		}
		if at >= 0 && said >= 0 && max(at, said) == i {
			near = max(near, 1/(1+math.Abs(float64(at-said))))
		}
	}
	return near
}

// newLines are the lines of now that were not there before.
func newLines(before, now []string) []string {
	had := make(map[string]bool, len(before))
	for _, l := range before {
		had[l] = true
	}
	var out []string
	for _, l := range now {
		if !had[l] {
			out = append(out, l)
		}
	}
	return out
}

// hearing is in how many of some recorded texts each word stands.
type hearing struct {
	texts int
	words map[string]int
}

// mostHeard bounds how many recorded texts are read for it.
const mostHeard = 2000

func (m *memory) hear() hearing {
	h := hearing{words: map[string]int{}}
	for i := 0; i < len(m.cases); i += 1 + len(m.cases)/mostHeard {
		h.texts++
		once := map[string]bool{}
		for w := range wordsOf(m.cases[i].t.State) {
			if !once[w] {
				once[w] = true
				h.words[w]++
			}
		}
	}
	return h
}

// sayings are the words of a goal that recordings have, the rarer the weightier.
type sayings map[string]float64

func (h hearing) shares(text string) sayings {
	s, sum := sayings{}, 0.0
	for w := range wordsOf(text) {
		if n := h.words[w]; n > 0 && s[w] == 0 {
			s[w] = math.Log(float64(h.texts+1) / float64(n))
			sum += s[w]
		}
	}
	for w := range s {
		s[w] /= sum
	}
	return s
}

// in is the share of what is said that a text has.
func (s sayings) in(text string) float64 {
	had, sum := map[string]bool{}, 0.0
	for w := range wordsOf(text) {
		if !had[w] {
			had[w] = true
			sum += s[w]
		}
	}
	return sum
}

// askingWord is the word that goals have whose successes mostly say something of their own at the end,
// and other goals have not: of all forms' words, and marks, the one that tells most forms.
func (m *memory) askingWord(ends []int32, plain string) string {
	asks, has := map[string]*tally{}, map[string]map[string]bool{}
	for _, i := range ends {
		c := &m.cases[i]
		if !m.pays(c) {
			continue
		}
		if asks[c.form] == nil {
			_, rest := namedIn(c.t.Goal)
			asks[c.form], has[c.form] = &tally{}, map[string]bool{}
			for _, w := range words(strings.ToLower(rest)) {
				has[c.form][w] = true
			}
		}
		asks[c.form].add(strings.Join(c.call.args, "\x00") != plain)
	}
	right := map[string]int{}
	for _, words := range has {
		for w := range words {
			if _, done := right[w]; done {
				continue
			}
			for g, n := range asks {
				if has[g][w] == (n.yes > n.no) {
					right[w]++
				}
			}
		}
	}
	return commonest(right)
}
