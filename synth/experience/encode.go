package experience

import (
	"math"
	"strings"
	"unicode"
)

// Dimensions of an encoded transition. State and action are kept apart: joined, the
// long state drowns the action that decides the outcome.
const (
	stateDims  = 256
	actionDims = 128
	vectorDims = stateDims + actionDims

	actionWeight = 0.5 // of a vector's squared length
)

// Vector is an encoded state and action, of unit length unless a part is empty.
type Vector []float32

// Encoder turns a state and an action into a vector: hashed words and pairs of words,
// weighted by how rare they are among the transitions that it was fitted to. It may be
// used by many goroutines.
type Encoder struct {
	rarity [vectorDims]float32
}

// FitEncoder learns the weights from a snapshot.
func FitEncoder(s *Snapshot) *Encoder {
	var counts [vectorDims]int
	for t := range s.All() {
		var seen [vectorDims]bool
		terms(t.State, 0, stateDims, func(d int, _ float32) { seen[d] = true })
		terms(t.Action, stateDims, actionDims, func(d int, _ float32) { seen[d] = true })
		for d, yes := range seen {
			if yes {
				counts[d]++
			}
		}
	}
	var e Encoder
	n := float64(s.Len())
	for d, c := range counts {
		e.rarity[d] = float32(math.Log((1+n)/(1+float64(c))) + 1)
	}
	return &e
}

// Encode answers the vector of an action in a state.
func (e *Encoder) Encode(state, action string) Vector {
	v := make(Vector, vectorDims)
	add := func(d int, sign float32) { v[d] += sign * e.rarity[d] }
	terms(state, 0, stateDims, add)
	terms(action, stateDims, actionDims, add)
	scale(v[:stateDims], math.Sqrt(1-actionWeight))
	scale(v[stateDims:], math.Sqrt(actionWeight))
	return v
}

// terms gives each word and each pair of neighbouring words a signed dimension.
func terms(text string, first, dims int, add func(d int, sign float32)) {
	put := func(h uint64) {
		h = mix(h)
		sign := float32(1)
		if h>>63 == 1 {
			sign = -1
		}
		add(first+int(h%uint64(dims)), sign)
	}
	var before uint64
	for word := range strings.FieldsFuncSeq(text, notWord) {
		h := fold(word)
		put(h)
		if before != 0 {
			put(before*31 + h)
		}
		before = h
	}
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }

// fold hashes a word without regard to case (FNV-1a).
func fold(word string) uint64 {
	h := uint64(14695981039346656037)
	for _, r := range word {
		h = (h ^ uint64(unicode.ToLower(r))) * 1099511628211
	}
	return h
}

// scale makes v's length the one given, unless it is zero.
func scale(v []float32, length float64) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return
	}
	f := float32(length / math.Sqrt(sum))
	for i := range v {
		v[i] *= f
	}
}

// sparse is a vector by its dimensions that are not zero.
type sparse struct {
	dims   []int32
	values []float32
}

func (v Vector) sparse() (s sparse) {
	for d, x := range v {
		if x != 0 {
			s.dims, s.values = append(s.dims, int32(d)), append(s.values, x)
		}
	}
	return s
}

// dot is the inner product with a vector that has all its dimensions.
func (s sparse) dot(v Vector) float32 {
	var s0, s1 float32
	i := 0
	for ; i+1 < len(s.dims); i += 2 {
		s0 += s.values[i] * v[s.dims[i]]
		s1 += s.values[i+1] * v[s.dims[i+1]]
	}
	if i < len(s.dims) {
		s0 += s.values[i] * v[s.dims[i]]
	}
	return s0 + s1
}
