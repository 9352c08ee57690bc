package experience

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"slices"
)

const (
	exactBelow = 1000 // an index of fewer rows is searched row by row
	candidates = 256  // rows of the nearest codes that are compared in full
)

// code has one bit for each dimension of a vector rotated at random. Without the
// rotation the few dimensions that a sparse vector fills would decide alone.
type code []uint64

// Embedder turns texts into vectors of one dimension, in their order.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Index finds the transitions of a snapshot that are nearest to a state and action. It
// does not change, and may be used by many goroutines.
type Index struct {
	encode  func(ctx context.Context, state, action string) (Vector, error)
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

// NewIndex encodes a snapshot with the built-in encoder, which is fitted to it.
func NewIndex(s *Snapshot) *Index {
	e := FitEncoder(s)
	x := &Index{encode: func(_ context.Context, state, action string) (Vector, error) { return e.Encode(state, action), nil }}
	for t := range s.All() {
		x.rows = append(x.rows, t)
		x.vectors = append(x.vectors, e.Encode(t.State, t.Action))
	}
	x.makeCodes()
	return x
}

// NewEmbeddedIndex encodes a snapshot with an embedder, state and action apart.
func NewEmbeddedIndex(ctx context.Context, s *Snapshot, e Embedder) (*Index, error) {
	x := &Index{encode: func(ctx context.Context, state, action string) (Vector, error) {
		vs, err := e.Embed(ctx, []string{state, action})
		if err != nil {
			return nil, err
		}
		return joined(vs[0], vs[1]), nil
	}}
	place := map[string]int{}
	var texts []string
	for t := range s.All() {
		x.rows = append(x.rows, t)
		for _, text := range []string{t.State, t.Action} {
			if _, has := place[text]; !has {
				place[text] = len(texts)
				texts = append(texts, text)
			}
		}
	}
	vs, err := e.Embed(ctx, texts)
	if err != nil {
		return nil, err
	}
	for _, t := range x.rows {
		x.vectors = append(x.vectors, joined(vs[place[t.State]], vs[place[t.Action]]))
	}
	x.makeCodes()
	return x, nil
}

// joined is one vector of a state's and an action's.
func joined(state, action []float32) Vector {
	v := slices.Concat(Vector(state), Vector(action))
	scale(v[:len(state)], math.Sqrt(1-actionWeight))
	scale(v[len(state):], math.Sqrt(actionWeight))
	return v
}

func (x *Index) makeCodes() {
	if len(x.rows) < exactBelow {
		return
	}
	x.codes = make([]code, len(x.rows))
	for i, v := range x.vectors {
		x.codes[i] = encodeBits(v)
	}
}

// Nearest answers up to k transitions, nearest first, and of equally near ones the
// older first. It fails where the embedder does.
func (x *Index) Nearest(ctx context.Context, state, action string, k int) ([]Match, error) {
	if k <= 0 || len(x.rows) == 0 {
		return nil, nil
	}
	v, err := x.encode(ctx, state, action)
	if err != nil {
		return nil, err
	}
	q := v.sparse()
	var best []Match
	x.each(v, func(i int) {
		m := Match{x.rows[i], float64(q.dot(x.vectors[i]))}
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
	})
	return best, nil
}

// each calls consider for the rows worth comparing, in order.
func (x *Index) each(q Vector, consider func(i int)) {
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
	distances, dims := make([]uint16, len(x.codes)), 64*len(q)
	histogram := make([]int, dims+1)
	for i := range x.codes {
		d := 0
		for w, bitsOf := range x.codes[i] {
			d += bits.OnesCount64(bitsOf ^ q[w])
		}
		distances[i] = uint16(d)
		histogram[d]++
	}
	limit, n := 0, histogram[0]
	for limit < dims && n < candidates {
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
func encodeBits(v Vector) code {
	r := make([]float32, max(64, 1<<bits.Len(uint(len(v)-1))))
	copy(r, v)
	for round := range uint64(2) {
		for i := range r {
			if mix(round<<32|uint64(i)+1)&1 == 1 {
				r[i] = -r[i]
			}
		}
		hadamard(r)
	}
	c := make(code, len(r)/64)
	for i, x := range r {
		if x > 0 {
			c[i/64] |= 1 << (i % 64)
		}
	}
	return c
}

// hadamard transforms in place; the length is a power of two.
func hadamard(r []float32) {
	for h := 1; h < len(r); h *= 2 {
		for i := 0; i < len(r); i += 2 * h {
			for j := i; j < i+h; j++ {
				r[j], r[j+h] = r[j]+r[j+h], r[j]-r[j+h]
			}
		}
	}
}
