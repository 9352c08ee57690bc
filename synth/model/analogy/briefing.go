package analogy

import (
	"slices"
	"strings"
)

// briefing is how episodes begin where all have one goal, which tells them not apart, and the
// first screen says what is wanted: in sentences that no later screen has, and that differ.
type briefing struct{ later [][]string } // the sentences of later screens, as words

const (
	// mostLater bounds the sentences of later screens that are compared, evenly over the recordings.
	mostLater = 500
	// leastBriefed is how many different briefings tell that there are any.
	leastBriefed = 3
)

// learnBriefing finds out whether first screens say what is wanted; nil where they do not.
func learnBriefing(eps []episodeOf) *briefing {
	b, briefed := &briefing{later: laterSentences(eps)}, map[string]bool{}
	for _, ep := range eps {
		if ep[0].Goal != eps[0][0].Goal {
			return nil
		}
	}
	for _, ep := range eps {
		if of := b.of(ep[0].State); of == "" {
			return nil
		} else if briefed[of] = true; len(briefed) >= leastBriefed {
			break
		}
	}
	if len(briefed) < leastBriefed {
		return nil
	}
	return b
}

// laterSentences are the sentences of all screens but the first ones, each once.
func laterSentences(eps []episodeOf) [][]string {
	all := map[string]bool{}
	for _, ep := range eps {
		for _, t := range ep {
			for _, p := range cut(t.Next) {
				all[p.text] = true
			}
		}
	}
	var out [][]string
	list := keys(all)
	for i := 0; i < len(list); i += 1 + len(list)/mostLater {
		out = append(out, plainWords(list[i]))
	}
	return out
}

// of is what a first screen says of what is wanted.
func (b *briefing) of(screen string) string {
	var out []string
	for _, p := range cut(screen) {
		w := plainWords(p.text)
		if len(w) > 0 && len(w) <= mostWords && !slices.ContainsFunc(b.later, func(l []string) bool { return form{words: l}.alike(w) > leastAlike }) {
			out = append(out, p.text)
		}
	}
	return strings.Join(out, " ")
}

// plainWords are the words of s without marks.
func plainWords(s string) []string {
	return slices.DeleteFunc(words(s), func(w string) bool { return !wordAfter(w) })
}

// instruction is what an episode wants: its goal, or what its first screen says where that does.
func (k *knowledge) instruction(goal, screen string) string {
	if k.briefing == nil {
		return goal
	}
	return k.briefing.of(screen)
}
