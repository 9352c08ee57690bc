package analogy

import (
	"sort"
	"strings"
)

// swap dreams a task that was never recorded in the pages of one that was: where its goal
// has another word, that word stands for the recorded one, on the screen and in actions.
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

// replaceWords replaces whole words, all at once.
func replaceWords(text string, from, to []string) string {
	if len(from) == 0 {
		return text
	}
	var b strings.Builder
	at := 0
	for _, t := range tokens(text) {
		for i, w := range from {
			if t.text == w {
				b.WriteString(text[at:t.start])
				b.WriteString(to[i])
				at = t.end
				break
			}
		}
	}
	b.WriteString(text[at:])
	return b.String()
}
