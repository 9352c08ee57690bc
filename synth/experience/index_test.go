package experience

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// yard makes n transitions of a small made-up world.
func yard(n int) *Snapshot {
	rng := rand.New(rand.NewPCG(1, 2))
	b := NewBuffer(0)
	for i := range n {
		place := fmt.Sprintf("bay %d", rng.IntN(40))
		thing := fmt.Sprintf("jar %d", rng.IntN(60))
		b.Add([]Transition{{
			Episode: fmt.Sprint(i), State: fmt.Sprintf("You are at %s. On it is a %s and a lid %d.", place, thing, rng.IntN(30)),
			Action: fmt.Sprintf("%s %s", []string{"take", "examine", "wash"}[rng.IntN(3)], thing), Next: "done",
		}})
	}
	return b.Snapshot()
}

func TestEncoderKeepsStateAndActionApart(t *testing.T) {
	s := yard(500)
	e := FitEncoder(s)
	v := e.Encode("You are at bay 3.", "take jar 1")
	dot := func(a, b Vector) float32 { return a.sparse().dot(b) }
	if got := dot(v, v); math.Abs(float64(got)-1) > 1e-5 {
		t.Errorf("the squared length is %v, want 1", got)
	}
	sameState, sameAction := e.Encode("You are at bay 3.", "wash lid 9"), e.Encode("There is nothing here", "take jar 1")
	if got := dot(v, sameAction); got < 0.45 {
		t.Errorf("the same action in another state: %v, want about half", got)
	}
	if got := dot(v, sameState); got < 0.45 {
		t.Errorf("another action in the same state: %v, want about half", got)
	}
	if none := e.Encode("", "..."); dot(none, none) != 0 {
		t.Errorf("no words: %v, want zero", none)
	}
}

func TestNearestFindsTheSameStep(t *testing.T) {
	s := yard(200)
	x := NewIndex(s)
	for row := range s.All() {
		best := nearest(t, x, row.State, row.Action, 3)
		if len(best) != 3 || best[0].Transition.State != row.State || best[0].Transition.Action != row.Action {
			t.Fatalf("Nearest(%s, %s) = %+v", row.State, row.Action, best[0].Transition)
		}
		if best[0].Similarity < best[1].Similarity || best[1].Similarity < best[2].Similarity {
			t.Fatalf("not in order: %v", best)
		}
	}
	if got := nearest(t, x, "x", "y", 0); got != nil {
		t.Errorf("Nearest of none = %v", got)
	}
	if got := nearest(t, NewIndex(NewBuffer(0).Snapshot()), "x", "y", 3); got != nil {
		t.Errorf("Nearest in an empty index = %v", got)
	}
}

// The codes of a large index have to find what a row by row search finds.
func TestCodesFindTheNearest(t *testing.T) {
	s := yard(exactBelow + 100)
	x := NewIndex(s)
	if x.codes == nil {
		t.Fatal("the index has no codes")
	}
	exact := &Index{encode: x.encode, rows: x.rows, vectors: x.vectors}
	found, total := 0, 0
	for i := 0; i < len(x.rows); i += 307 {
		state, action := x.rows[i].State+" It is dark.", x.rows[i].Action
		want, got := nearest(t, exact, state, action, 4), nearest(t, x, state, action, 4)
		for j := range want {
			total++
			found += btoi(got[j].Similarity >= want[j].Similarity-1e-6)
		}
	}
	if recall := float64(found) / float64(total); recall < 0.97 {
		t.Errorf("recall %.3f, want at least 0.97", recall)
	}
}

func nearest(t testing.TB, x *Index, state, action string, k int) []Match {
	t.Helper()
	found, err := x.Nearest(t.Context(), state, action, k)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// byLength embeds a text by its length and its number of words.
type byLength struct {
	asked [][]string
	err   error
}

func (e *byLength) Embed(_ context.Context, texts []string) (out [][]float32, err error) {
	e.asked = append(e.asked, texts)
	for _, text := range texts {
		out = append(out, []float32{float32(len(text)), float32(strings.Count(text, " "))})
	}
	return out, e.err
}

// An embedded index asks for every text once, keeps state and action apart, and finds what
// its embedder says is near.
func TestEmbeddedIndex(t *testing.T) {
	b := NewBuffer(0)
	for i, state := range []string{"aaaa", "a a a a", "aaaa"} {
		for _, action := range []string{"go", "g o o"} {
			b.Add([]Transition{{Episode: fmt.Sprint(i, action), State: state, Action: action}})
		}
	}
	e := &byLength{}
	x, err := NewEmbeddedIndex(t.Context(), b.Snapshot(), e)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.asked) != 1 || len(e.asked[0]) != 4 {
		t.Errorf("asked for %q", e.asked)
	}
	for _, test := range [][4]string{{"bbbb", "do", "aaaa", "go"}, {"b b b b", "do", "a a a a", "go"}, {"b b b b", "d o o", "a a a a", "g o o"}} {
		best := nearest(t, x, test[0], test[1], 2)[0]
		if best.Transition.State != test[2] || best.Transition.Action != test[3] || math.Abs(best.Similarity-1) > 1e-5 {
			t.Errorf("nearest to %q, %q is %q, %q by %g", test[0], test[1], best.Transition.State, best.Transition.Action, best.Similarity)
		}
	}
	e.err = errors.New("down")
	if _, err := x.Nearest(t.Context(), "x", "y", 1); !errors.Is(err, e.err) {
		t.Errorf("Nearest: %v", err)
	}
	if _, err := NewEmbeddedIndex(t.Context(), b.Snapshot(), e); !errors.Is(err, e.err) {
		t.Errorf("NewEmbeddedIndex: %v", err)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func BenchmarkNearest(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		x := NewIndex(yard(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				row := x.rows[i%len(x.rows)]
				nearest(b, x, row.State, row.Action, 4)
			}
		})
	}
}
