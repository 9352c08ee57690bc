package fidelity

import (
	"dreamgym/synth/experience"
)

const (
	certainShare  = 0.95 // of a frame's outcomes that have a piece which goes without saying
	certainFrom   = 3    // outcomes of a frame before anything goes without saying
	announceShare = 0.9  // of a piece's occasions that come with a reward or an end
	commonShare   = 0.05 // of the recorded next states that have a common word
)

// wording is what the recordings always say, so that it can be known without having
// seen the thing that it is said of.
type wording struct {
	certain   map[string]bool // frame and abstract piece: whenever the frame succeeds
	announced map[string]bool // abstract piece: with a reward or an end alone
	words     map[string]bool // words of many next states
}

func learnWording(train []experience.Episode, y *yardstick) wording {
	frameCount, pieceCount := make(map[string]int), make(map[string]int)
	announced, shown, wordCount := make(map[string]int), make(map[string]int), make(map[string]int)
	total := 0
	for t := range steps(train) {
		total++
		for w := range unique(tokens(t.Next)) {
			wordCount[w]++
		}
		if y.invalid(t) {
			continue
		}
		frame, arguments := y.frames.of(t.Action)
		frameCount[frame]++
		for a := range abstracts(t.Next, arguments) {
			pieceCount[pairKey(a, frame)]++
			shown[a]++
			announced[a] += one(!y.idle(t))
		}
	}
	w := wording{certain: make(map[string]bool), announced: make(map[string]bool), words: make(map[string]bool)}
	for t := range steps(train) {
		frame, arguments := y.frames.of(t.Action)
		for a := range abstracts(t.Next, arguments) {
			key := pairKey(a, frame)
			if n := frameCount[frame]; n >= certainFrom && float64(pieceCount[key]) >= certainShare*float64(n) {
				w.certain[key] = true
			}
		}
	}
	for a, n := range shown {
		if announced[a] > 1 && float64(announced[a]) >= announceShare*float64(n) {
			w.announced[a] = true
		}
	}
	for word, n := range wordCount {
		if float64(n) >= commonShare*float64(total) && !isEntity(word) {
			w.words[word] = true
		}
	}
	return w
}

// abstracts are a text's abstract pieces.
func abstracts(text string, arguments map[string]bool) map[string]bool {
	set := make(map[string]bool)
	for _, p := range pieces(text) {
		set[abstract(p, arguments)] = true
	}
	return set
}

// memory is what an episode has shown so far.
type memory struct {
	y      *yardstick
	tokens map[string]bool
	pairs  map[string]bool // a piece and the one before it
	first  map[string]bool // texts' first pieces
}

func newMemory(y *yardstick, e *experience.Episode) *memory {
	m := &memory{y: y, tokens: make(map[string]bool), pairs: make(map[string]bool), first: make(map[string]bool)}
	m.learn(e.Goal)
	m.show(e.Steps[0].State, e.Steps[0].Actions)
	return m
}

func (m *memory) learn(text string) {
	for _, t := range tokens(text) {
		m.tokens[t] = true
	}
}

// show takes in a state and its admissible actions.
func (m *memory) show(text string, actions []string) {
	m.learn(text)
	for _, a := range actions {
		m.learn(a)
	}
	before := ""
	for i, p := range pieces(text) {
		if i == 0 {
			m.first[p] = true
		}
		m.pairs[pairKey(p, before)] = true
		before = p
	}
}

// knowable tells whether what the step shows can be told from the episode so far and
// from the wording of the recordings: it shows no list or place for the first time.
func (m *memory) knowable(t *experience.Transition) bool {
	if m.y.invalid(t) {
		return true
	}
	frame, arguments := m.y.frames.of(t.Action)
	all := pieces(t.Next)
	viewed := len(arguments) == 0 || len(all) == 0 || m.first[all[0]]
	before := ""
	for _, p := range all {
		a := abstract(p, arguments)
		goesWithoutSaying := m.y.wording.certain[pairKey(a, frame)] || !m.y.idle(t) && m.y.wording.announced[a]
		shown := m.pairs[pairKey(p, before)] || viewed && m.told(p)
		if !goesWithoutSaying && !shown {
			return false
		}
		before = p
	}
	return true
}

// told tells whether every word of a piece was shown in the episode or is common.
func (m *memory) told(piece string) bool {
	for _, t := range tokens(piece) {
		if !m.tokens[t] && !m.y.wording.words[t] {
			return false
		}
	}
	return true
}
