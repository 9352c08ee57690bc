package llm

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// gate is an embedder that waits, and fails once if it is told to.
type gate struct {
	open chan struct{}

	mu     sync.Mutex
	asked  int
	failed error
}

func (g *gate) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	g.mu.Lock()
	g.asked += len(texts)
	err := g.failed
	g.failed = nil
	g.mu.Unlock()
	select {
	case <-g.open:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = []float32{float32(len(t)), 1}
	}
	return out, err
}

func recordings(n int) *experience.Buffer {
	b := experience.NewBuffer(0)
	for i := range n {
		b.Add([]experience.Transition{{Episode: fmt.Sprint(i), State: fmt.Sprint("at ", i), Action: "go", Next: "there"}})
	}
	return b
}

// What is recorded is encoded once, beside whoever waits; until it is, the snapshot before
// it is ready.
func TestEncodedOnce(t *testing.T) {
	g := &gate{open: make(chan struct{})}
	close(g.open)
	s := &searchable{embedder: g}
	defer s.close()
	b := recordings(3)
	first := b.Snapshot()
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if _, err := s.of(t.Context(), first); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if g.asked != 4 {
		t.Errorf("asked for %d texts, want three states and an action", g.asked)
	}
	g.open = make(chan struct{})
	b.Add([]experience.Transition{{Episode: "new", State: "elsewhere", Action: "go"}})
	second := b.Snapshot()
	if got := s.ready(second); got != first {
		t.Errorf("before it is encoded, ready is %d", got.Watermark())
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.of(over, second); gym.CodeOf(err) != gym.CodeCanceled {
		t.Errorf("of: %v", err)
	}
	close(g.open)
	if _, err := s.of(t.Context(), second); err != nil {
		t.Error(err)
	}
	if got := s.ready(second); got != second {
		t.Errorf("once it is encoded, ready is %d", got.Watermark())
	}
}

// What failed is begun anew, and closing ends what is under way.
func TestEncodingFails(t *testing.T) {
	g := &gate{open: make(chan struct{}), failed: errors.New("down")}
	s := &searchable{embedder: g}
	snapshot := recordings(2).Snapshot()
	if got := s.ready(snapshot); got != snapshot {
		t.Errorf("where nothing is encoded, ready is %d", got.Watermark())
	}
	close(g.open)
	if _, err := s.of(t.Context(), snapshot); err == nil || err.Error() != "down" {
		t.Errorf("of: %v", err)
	}
	if _, err := s.of(t.Context(), snapshot); err != nil {
		t.Errorf("again: %v", err)
	}
	g.open = make(chan struct{})
	more := recordings(3).Snapshot()
	s.ready(more)
	s.close()
	if _, err := s.of(t.Context(), more); !errors.Is(err, context.Canceled) {
		t.Errorf("after close: %v", err)
	}
}
