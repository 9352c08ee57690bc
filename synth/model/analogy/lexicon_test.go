package analogy

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// learned makes a lexicon of entities and pieces.
func learned(entities, pieces []string) *lexicon {
	set := map[string]bool{}
	for _, e := range entities {
		set[e] = true
	}
	x := newLexicon(set)
	counts := map[string]int{}
	for _, p := range pieces {
		counts[p]++
	}
	x.learnLists(counts)
	return x
}

func entitiesOf(items []item) []string {
	var all []string
	for _, it := range items {
		all = append(all, it.entity)
	}
	return all
}

// style is how an invented environment writes lists.
type style struct {
	name        string
	before, end string // around a list; %s is its owner
	articles    bool
	joint       [2]string // before the last of two, of more
	empty       string
}

func styles() []style {
	return []style{
		{"articles, a comma and and", "On the %s you see ", ".", true, [2]string{", and ", ", and "}, "nothing"},
		{"articles, and without a comma", "Within %s there is ", ".", true, [2]string{" and ", " and "}, "nothing"},
		{"articles, a comma before and but in pairs", "In the %s: ", "", true, [2]string{" and ", ", and "}, "nothing"},
		{"articles, commas alone", "The %s holds ", "!", true, [2]string{", ", ", "}, "nothing"},
		{"no articles, commas alone", "%s: ", "", false, [2]string{", ", ", "}, "nothing"},
	}
}

func things() []string {
	return []string{"red gear", "blue gear", "bolt 1", "bolt 2", "axle", "wrench 1", "apple", "icon"}
}

func owners() []string { return []string{"crate 1", "crate 2", "bench 1"} }

// phrase is a thing as a style lists it.
func (s style) phrase(thing string) string {
	switch {
	case !s.articles:
		return thing
	case strings.ContainsRune("aeiou", rune(thing[0])):
		return "an " + thing
	}
	return "a " + thing
}

// write writes a list.
func (s style) write(owner string, items ...string) string {
	text := strings.Replace(s.before, "%s", owner, 1)
	for i, it := range items {
		switch {
		case i == 0:
		case i < len(items)-1:
			text += ", "
		case len(items) == 2:
			text += s.joint[0]
		default:
			text += s.joint[1]
		}
		text += s.phrase(it)
	}
	if len(items) == 0 {
		text += s.empty
	}
	return text + s.end
}

// pieces are lists of many lengths, as recordings have them.
func (s style) pieces() []string {
	rng := rand.New(rand.NewPCG(1, 2))
	var all []string
	for i := range 120 {
		items := things()
		rng.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		all = append(all, s.write(owners()[i%3], items[:rng.IntN(5)]...))
	}
	return all
}

func (s style) lexicon() *lexicon { return learned(append(things(), owners()...), s.pieces()) }

func TestLists(t *testing.T) {
	tests := [][]string{nil, {"apple"}, {"red gear"}, {"axle", "bolt 2"}, {"bolt 1", "red gear", "icon"}, {"axle", "apple", "wrench 1", "bolt 1", "blue gear", "bolt 2"}}
	for _, s := range styles() {
		x := s.lexicon()
		for _, want := range tests {
			if len(want) == 0 && !s.articles {
				continue // nothing tells the words for an empty list from a thing
			}
			text := s.write("crate 2", want...)
			r := x.parse(text)
			if !r.listed || !slices.Equal(entitiesOf(r.list), want) || !slices.Equal(r.ents, []string{"crate 2"}) {
				t.Errorf("%s: %q lists %q (listed %t) and names %q, want %q and crate 2", s.name, text, entitiesOf(r.list), r.listed, r.ents, want)
				continue
			}
			if got := strings.Replace(r.bound(), "{L}", x.render(r.list), 1); got != text {
				t.Errorf("%s: %q is written again as %q", s.name, text, got)
			}
		}
	}
}

func TestListsWithMembersThatWereNeverNamed(t *testing.T) {
	for _, s := range styles() {
		if !s.articles {
			continue // nothing tells where such a member begins
		}
		r := s.lexicon().parse(s.write("crate 2", "apple", "flywheel", "bolt 1"))
		if want := []string{"apple", "flywheel", "bolt 1"}; !r.listed || !slices.Equal(entitiesOf(r.list), want) {
			t.Errorf("%s: %q lists %q, want %q", s.name, r.raw, entitiesOf(r.list), want)
		}
	}
}

// What only mentions things is no list.
func TestSentencesAreNoLists(t *testing.T) {
	for _, s := range styles() {
		x := s.lexicon()
		for _, text := range []string{"You stow red gear into crate 2.", "The axle is bent.", "Nothing here.", "You walk over to bench 1."} {
			if r := x.parse(text); r.listed {
				t.Errorf("%s: %q is read as the list %q of %q", s.name, text, entitiesOf(r.list), r.leadIn)
			}
		}
	}
}

func TestMentionsTakeTheLongest(t *testing.T) {
	x := learned([]string{"gear", "red gear", "red gear 2", "crate 1"}, nil)
	tests := []struct {
		text string
		want []string
	}{
		{"the gear", []string{"gear"}},
		{"a red gear 2 in crate 1", []string{"red gear 2", "crate 1"}},
		{"a gearbox", nil},
		{"crate 11", []string{"crate 11"}},
	}
	for _, test := range tests {
		var got []string
		for _, m := range x.mentions(test.text, tokens(test.text)) {
			got = append(got, m.entity)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q mentions %q, want %q", test.text, got, test.want)
		}
	}
}

// A list that would be written otherwise than it stands is none: the plain reading gives
// every byte back.
func TestMisreadListsFallBack(t *testing.T) {
	names := []string{"docs", "notes", "src", "readme", "eggs", "flour", "milk", "salt"}
	shuffled := func(items []string, write func(items []string) string) []string {
		rng := rand.New(rand.NewPCG(3, 4))
		var all []string
		for range 60 {
			rng.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
			all = append(all, write(items[:2+rng.IntN(len(items)-1)]))
		}
		return all
	}
	tests := []struct {
		name   string
		pieces []string
		texts  []string
	}{
		{"two spaces between names", shuffled(slices.Clone(names[:4]), func(items []string) string { return strings.Join(items, "/  ") + "/" }), []string{"docs/  readme/", "docs/  notes/  src/", "/ $"}},
		{"commas without a space", shuffled(slices.Clone(names[4:]), func(items []string) string { return "Mix " + strings.Join(items, ",") }), []string{"Mix eggs,flour,milk", "Mix milk,eggs", "Mix salt"}},
		{"steps of a recipe", shuffled(slices.Clone(names[4:]), func(items []string) string { return "- " + strings.Join(items, "\n- ") }), []string{"- milk\n- eggs\n- salt", "- salt\n- flour"}},
	}
	for _, test := range tests {
		x := learned(names, test.pieces)
		for _, text := range append(test.texts, test.pieces...) {
			r := x.parse(text)
			if got := strings.Replace(r.bound(), "{L}", x.render(r.list), 1); got != text {
				t.Errorf("%s: %q is written again as %q", test.name, text, got)
			}
		}
	}
}
