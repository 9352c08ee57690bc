package analogy

import (
	"iter"
	"strings"
	"sync"
	"unicode"

	"dreamgym/envserver/gym"
)

// shownFrom is how many different things of an instruction's place have to have been
// recorded, all of them shown somewhere, before one that nothing shows is refused there.
const shownFrom = 4

// vocabulary has the words of all recorded states and actions, and of each whether it was
// there though the instruction did not name it: what only instructions bring, such as a
// text to type, can be anything. It is found when it is first asked for, and many
// goroutines may use it.
type vocabulary struct {
	once  sync.Once
	words map[string]bool
}

func (v *vocabulary) of(cases []kase) map[string]bool {
	v.once.Do(func() {
		v.words = map[string]bool{}
		goal, named := "", map[string]bool{}
		for i := range cases {
			t := cases[i].t
			if t.Goal != goal {
				goal, named = t.Goal, map[string]bool{}
				for w := range wordsOf(goal) {
					named[w] = true
				}
			}
			for _, text := range []string{t.State, t.Next, t.Action} {
				for w := range wordsOf(text) {
					v.words[w] = v.words[w] || !named[w]
				}
			}
		}
	})
	return v.words
}

// wordsOf are a text's words in lower case.
func wordsOf(text string) iter.Seq[string] {
	return strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// heard tells whether recordings have any word of a thing's name: with one of them it may
// be a variant of what is known.
func heard(words map[string]bool, thing string) bool {
	for w := range wordsOf(thing) {
		if _, ok := words[w]; ok {
			return true
		}
	}
	return false
}

// shown tells whether a thing was there though no instruction named it.
func shown(words map[string]bool, thing string) bool {
	for w := range wordsOf(thing) {
		if words[w] {
			return true
		}
	}
	return false
}

// feasible refuses an instruction of a recorded form that names a thing which nothing
// recorded shows, where all others named in that place are shown: no dream could hold it.
func (m *memory) feasible(instruction string) error {
	form, values, _ := m.k.formOf(instruction)
	if form == "" {
		return nil
	}
	words := m.vocabulary.of(m.cases)
	for i, value := range values {
		if _, counts := amount(value.text); !counts && !heard(words, value.text) && m.alwaysShown(form, i, words) {
			return gym.Errorf(gym.CodeInsufficientEvidence,
				"%q asks for %q, which nothing recorded shows: record an episode in which it is seen", instruction, value.text)
		}
	}
	return nil
}

// alwaysShown tells whether a form's place named things that were shown, and those alone.
func (m *memory) alwaysShown(form string, place int, words map[string]bool) bool {
	named := map[string]bool{}
	for i := range m.cases {
		t := m.cases[i].t
		if t.Step != 0 {
			continue
		}
		of, values, _ := m.k.formOf(t.Goal)
		if of != form || place >= len(values) {
			continue
		}
		if !shown(words, values[place].text) {
			return false
		}
		named[values[place].text] = true
	}
	return len(named) >= shownFrom
}
