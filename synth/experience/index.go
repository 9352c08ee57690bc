package experience

import (
	"cmp"
	"math/bits"
	"slices"
)

const (
	exactBelow = 5000 // an index of fewer rows is searched row by row
	candidates = 256  // rows of the nearest codes that are compared in full
	codeDims   = 512  // power of two above vectorDims
	codeWords  = codeDims / 64
)

// code has one bit for each dimension of a vector rotated at random. Without the
// rotation the few dimensions that a sparse vector fills would decide alone.
type code [codeWords]uint64

// Index finds the transitions of a snapshot that are nearest to a state and action. It
// does not change, and may be used by many goroutines.
type Index struct {
	encoder *Encoder
	rows    []*Transition
	vectors []Vector
	codes   []code // none where every search is exact
}

// Match is a transition and how near it is: 1 where state and action have the same
// words, 0 where they have none in common.
type Match struct {
	Transition *Transition
	Similarity float64
}

// NewIndex encodes a snapshot.
func NewIndex(s *Snapshot) *Index {
	x := &Index{encoder: FitEncoder(s)}
	for t := range s.All() {
		x.rows = append(x.rows, t)
		x.vectors = append(x.vectors, x.encoder.Encode(t.State, t.Action))
	}
	if len(x.rows) >= exactBelow {
		x.codes = make([]code, len(x.rows))
		for i := range x.vectors {
			x.codes[i] = encodeBits(&x.vectors[i])
		}
	}
	return x
}

// Nearest answers up to k transitions, nearest first, and of equally near ones the
// older first.
func (x *Index) Nearest(state, action string, k int) []Match {
	q := x.encoder.Encode(state, action)
	var best []Match
	consider := func(i int) {
		m := Match{x.rows[i], float64(dot(&q, &x.vectors[i]))}
		if len(best) == k && m.Similarity <= best[k-1].Similarity {
			return
		}
		at, _ := slices.BinarySearchFunc(best, m, func(a, b Match) int {
			if a.Similarity >= b.Similarity {
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, m)
		best = best[:min(k, len(best))]
	}
	if k > 0 {
		x.each(&q, consider)
	}
	return best
}

// each calls consider for the rows worth comparing, in order.
func (x *Index) each(q *Vector, consider func(i int)) {
	if x.codes == nil {
		for i := range x.vectors {
			consider(i)
		}
		return
	}
	for _, i := range x.nearCodes(encodeBits(q)) {
		consider(i)
	}
}

// nearCodes answers the rows whose codes differ least from q, in order of row.
func (x *Index) nearCodes(q code) []int {
	distances := make([]uint16, len(x.codes))
	var histogram [codeDims + 1]int
	for i := range x.codes {
		d := 0
		for w, bitsOf := range x.codes[i] {
			d += bits.OnesCount64(bitsOf ^ q[w])
		}
		distances[i] = uint16(d)
		histogram[d]++
	}
	limit, n := 0, histogram[0]
	for limit < codeDims && n < candidates {
		limit++
		n += histogram[limit]
	}
	near := make([]int, 0, n)
	for i, d := range distances {
		if int(d) <= limit {
			near = append(near, i)
		}
	}
	if len(near) > 4*candidates { // many rows of one distance
		slices.SortStableFunc(near, func(a, b int) int { return cmp.Compare(distances[a], distances[b]) })
		near = near[:4*candidates]
		slices.Sort(near)
	}
	return near
}

// encodeBits rotates v by random signs and a Walsh-Hadamard transform, twice, and
// keeps the signs.
func encodeBits(v *Vector) code {
	var r [codeDims]float32
	copy(r[:], v[:])
	for round := range uint64(2) {
		for i := range r {
			if mix(round<<32|uint64(i)+1)&1 == 1 {
				r[i] = -r[i]
			}
		}
		hadamard(&r)
	}
	var c code
	for i, x := range r {
		if x > 0 {
			c[i/64] |= 1 << (i % 64)
		}
	}
	return c
}

func hadamard(r *[codeDims]float32) {
	for h := 1; h < codeDims; h *= 2 {
		for i := 0; i < codeDims; i += 2 * h {
			for j := i; j < i+h; j++ {
				r[j], r[j+h] = r[j]+r[j+h], r[j]-r[j+h]
			}
		}
	}
}
