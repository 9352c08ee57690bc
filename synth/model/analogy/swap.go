package analogy

import (
	"slices"
	"sort"
	"strings"
)

// swap dreams a task that was never recorded in the pages of one that was: where its goal
// has another word or name, that stands for the recorded one, on the screen and in actions.
type swap struct{ recorded, wanted []string }

// newSwap finds the words in which two instructions of one form differ; ok is false
// where they are not of one form.
func newSwap(recorded, wanted string) (s swap, ok bool) {
	a, b := words(recorded), words(wanted)
	if len(a) != len(b) {
		return swap{}, false
	}
	differ := 0
	pairs := map[string]string{}
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		if was, had := pairs[a[i]]; had && was != b[i] {
			return swap{}, false
		}
		pairs[a[i]] = b[i]
		differ++
	}
	if 2*differ > len(a) {
		return swap{}, false
	}
	s.recorded = keys(pairs)
	sort.Slice(s.recorded, func(i, j int) bool { return len(s.recorded[i]) > len(s.recorded[j]) })
	for _, w := range s.recorded {
		s.wanted = append(s.wanted, pairs[w])
	}
	return s, true
}

// newLikening pairs what two instructions of different forms name after the same word: the
// product "A" and the product "B". It is empty where they name nothing so.
func newLikening(recorded, wanted string) (s swap) {
	have, _ := namedIn(recorded)
	want, _ := namedIn(wanted)
	for _, w := range want {
		i := slices.IndexFunc(have, func(n namedValue) bool { return n.after == w.after && n.quoted == w.quoted })
		if i < 0 || have[i].text == "" || w.text == "" {
			continue
		}
		s.recorded, s.wanted = append(s.recorded, have[i].text), append(s.wanted, w.text)
		have = slices.Delete(have, i, i+1)
	}
	return s
}

// namedValue is what an instruction quotes or counts, and the word before it.
type namedValue struct {
	text, after string
	quoted      bool
}

// namedIn divides an instruction into what it quotes or counts, and the rest.
func namedIn(instruction string) (all []namedValue, rest string) {
	parts, last := strings.Split(instruction, `"`), ""
	for i, p := range parts {
		if i%2 == 1 {
			all = append(all, namedValue{p, last, true})
			parts[i] = ""
			continue
		}
		for _, w := range strings.Fields(p) {
			w = strings.ToLower(strings.TrimRight(w, ".,;:!?"))
			if _, counts := amount(w); counts {
				all = append(all, namedValue{w, last, false})
			}
			last = w
		}
	}
	return all, strings.Join(parts, " ")
}

// show puts the wanted words in the place of the recorded ones.
func (s swap) show(text string) string { return replaceWords(text, s.recorded, s.wanted) }

// back puts the recorded words in the place of the wanted ones.
func (s swap) back(text string) string { return replaceWords(text, s.wanted, s.recorded) }

func (s swap) showAll(texts []string) []string {
	if texts == nil || len(s.recorded) == 0 {
		return texts
	}
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = s.show(t)
	}
	return out
}

// replaceWords replaces whole words, or runs of them, all at once.
func replaceWords(text string, from, to []string) string {
	if len(from) == 0 {
		return text
	}
	runs := make([][]string, len(from))
	for i, f := range from {
		runs[i] = words(f)
	}
	var b strings.Builder
	at := 0
	for ts := tokens(text); len(ts) > 0; {
		i := slices.IndexFunc(runs, func(run []string) bool { return matches(ts, run) })
		if i < 0 {
			ts = ts[1:]
			continue
		}
		b.WriteString(text[at:ts[0].start])
		b.WriteString(to[i])
		at = ts[len(runs[i])-1].end
		ts = ts[len(runs[i]):]
	}
	b.WriteString(text[at:])
	return b.String()
}
