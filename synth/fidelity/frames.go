package fidelity

import (
	"strings"

	"dreamgym/synth/experience"
)

// frames turn actions into their frame, the action without its arguments: a word of an
// action stays if it is common among the recorded actions of the same first word.
type frames map[string]map[string]bool // first word → words that stay

// connective is the share of the different actions of a first word that have to hold
// another word for it to be part of their frame.
const connective = 0.3

func learnFrames(train []experience.Episode) frames {
	total := make(map[string]int)
	counts := make(map[string]map[string]int)
	seen := make(map[string]bool)
	for t := range steps(train) {
		w := tokens(t.Action)
		if len(w) == 0 || seen[t.Action] {
			continue
		}
		seen[t.Action] = true
		total[w[0]]++
		if counts[w[0]] == nil {
			counts[w[0]] = make(map[string]int)
		}
		for word := range unique(w[1:]) {
			counts[w[0]][word]++
		}
	}
	f := make(frames)
	for first, n := range total {
		f[first] = make(map[string]bool)
		for word, c := range counts[first] {
			if n > 2 && float64(c) >= connective*float64(n) && !isEntity(word) {
				f[first][word] = true
			}
		}
	}
	return f
}

func unique(all []string) map[string]bool {
	set := make(map[string]bool, len(all))
	for _, s := range all {
		set[s] = true
	}
	return set
}

// of splits an action into its frame and the words of its arguments.
func (f frames) of(action string) (frame string, arguments map[string]bool) {
	w := tokens(action)
	arguments = make(map[string]bool)
	if len(w) == 0 {
		return "", arguments
	}
	kept := []string{w[0]}
	for _, word := range w[1:] {
		if f[w[0]][word] {
			kept = append(kept, word)
			continue
		}
		arguments[word] = true
		if kept[len(kept)-1] != "{}" {
			kept = append(kept, "{}")
		}
	}
	return strings.Join(kept, " "), arguments
}

// abstract replaces the words of the action's arguments in a piece of text.
func abstract(piece string, arguments map[string]bool) string {
	var kept []string
	for _, word := range tokens(piece) {
		switch {
		case !arguments[word]:
			kept = append(kept, word)
		case len(kept) == 0 || kept[len(kept)-1] != "{}":
			kept = append(kept, "{}")
		}
	}
	return strings.Join(kept, " ")
}
