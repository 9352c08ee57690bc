package analogy

import (
	"slices"
	"sort"
	"strings"
)

// form is what instructions of one kind share: fixed words, and open places of one word
// or several between them. "Mail {v} to {v}." is one of "Mail a hat to Ann." and "Mail
// two red pens to Bob.".
type form struct {
	name  string
	words []string
	tasks int // how many instructions it was made of
}

const (
	openPlace = "{v}" // for whatever tells instructions apart
	openThing = "{e}" // for what an action names somewhere
	// mostGoals bounds how many different instructions forms are made of.
	mostGoals = 1500
	// leastAlike is the share of words that instructions of one form have in common.
	leastAlike = 0.5
	// mostWords bounds the instructions that are compared: longer ones are prose.
	mostWords = 60
)

// learnForms finds the forms of instructions: those that come again with other things of
// actions in their places, and those of which other words differ.
func (k *knowledge) learnForms(eps []episodeOf) {
	by := map[string]map[string]bool{} // instruction with its things open → instructions
	opened := map[string][]string{}
	for _, ep := range eps {
		wanted := k.instruction(ep[0].Goal, ep[0].State)
		w := textsOf(k.openThings(wanted))
		marked := strings.Join(w, " ")
		if by[marked] == nil {
			by[marked], opened[marked] = map[string]bool{}, w
		}
		by[marked][wanted] = true
	}
	var forms, known []form
	for _, marked := range keys(by)[:min(len(by), mostGoals)] {
		w := opened[marked]
		if len(by[marked]) > 1 {
			goal := keys(by[marked])[0]
			known = append(known, form{openIn(goal, k.openThings(goal)), w, len(by[marked])})
		} else if len(w) <= mostWords {
			forms = take(forms, w)
		}
	}
	forms = slices.DeleteFunc(forms, func(f form) bool { return f.tasks < 3 || f.fixed() == len(f.words) })
	for i := range forms {
		forms[i].name = strings.Join(forms[i].words, " ")
	}
	k.forms = append(forms, known...)
	sort.SliceStable(k.forms, func(i, j int) bool { return k.forms[i].fixed() > k.forms[j].fixed() })
}

// take adds an instruction to the form that it is most like, or as one of its own.
func take(forms []form, w []string) []form {
	best, share := -1, leastAlike
	for i, f := range forms {
		if s := f.alike(w); s >= share {
			best, share = i, s
		}
	}
	if best < 0 {
		return append(forms, form{words: w, tasks: 1})
	}
	forms[best] = form{words: openBetween(forms[best].words, w), tasks: forms[best].tasks + 1}
	return forms
}

func isOpen(word string) bool { return word == openPlace || word == openThing }

// alike is the share of fixed words that a form keeps where it takes in another
// instruction.
func (f form) alike(w []string) float64 {
	n := 0
	for _, x := range openBetween(f.words, w) {
		if !isOpen(x) {
			n++
		}
	}
	return float64(n) / float64(max(len(f.words), len(w)))
}

func (f form) fixed() int {
	n := 0
	for _, w := range f.words {
		if !isOpen(w) {
			n++
		}
	}
	return n
}

// openBetween keeps the words that two instructions have in common, in order, and opens
// what is between them.
func openBetween(a, b []string) []string {
	inA, _ := common(a, b)
	var out []string
	for i, w := range a {
		switch {
		case inA[i] && w != openPlace:
			out = append(out, w)
		case len(out) == 0 || out[len(out)-1] != openPlace:
			out = append(out, openPlace)
		}
	}
	return out
}

// fit answers what an instruction has in a form's open places; ok is false where it is
// not of that form.
func (f form) fit(ts []token) (values [][]token, ok bool) {
	at := 0
	for i := 0; i < len(f.words); i++ {
		if !isOpen(f.words[i]) {
			if at >= len(ts) || ts[at].text != f.words[i] {
				return nil, false
			}
			at++
			continue
		}
		end := len(ts)
		if i+1 < len(f.words) {
			end = at + 1
			for end < len(ts) && ts[end].text != f.words[i+1] {
				end++
			}
		}
		if end > len(ts) || end == at {
			return nil, false
		}
		values = append(values, ts[at:end])
		at = end
	}
	return values, at == len(ts)
}

// openThings are an instruction's words, each thing that actions name and each number as
// one that is open.
func (k *knowledge) openThings(s string) []token {
	ts := tokens(s)
	var out []token
	at := 0
	plain := func(ts []token) {
		for _, t := range ts {
			if number(t.text) {
				t.text = openThing
			}
			out = append(out, t)
		}
	}
	for _, m := range k.classes.mentions(s, ts) {
		plain(ts[at:m.from])
		out = append(out, token{openThing, ts[m.from].start, ts[m.to-1].end})
		at = m.to
	}
	plain(ts[at:])
	return out
}

func textsOf(ts []token) []string {
	out := make([]string, len(ts))
	for i, t := range ts {
		out[i] = t.text
	}
	return out
}

// openIn is an instruction with its open words left open.
func openIn(s string, ts []token) string {
	var b strings.Builder
	at := 0
	for _, t := range ts {
		if t.text == openThing {
			b.WriteString(s[at:t.start] + openThing)
			at = t.end
		}
	}
	return b.String() + s[at:]
}

// formOf answers the form of an instruction, and where its own words are: those in the
// form's open places, else the things and numbers that it names. things tells whether they
// are what actions name, each by itself.
func (k *knowledge) formOf(s string) (name string, own []token, things bool) {
	ts := k.openThings(s)
	for _, f := range k.forms {
		if spans, ok := f.fit(ts); ok {
			for _, v := range spans {
				from, to := v[0].start, v[len(v)-1].end
				own = append(own, token{s[from:to], from, to})
			}
			return f.name, own, !slices.Contains(f.words, openPlace)
		}
	}
	for _, t := range ts {
		if t.text == openThing {
			own = append(own, token{s[t.start:t.end], t.start, t.end})
		}
	}
	return openIn(s, ts), own, true
}
