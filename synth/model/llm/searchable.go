package llm

import (
	"context"
	"sync"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// mostSearchable is how many snapshots are kept searchable.
const mostSearchable = 4

// searchable keeps the newest snapshots searchable. Each is encoded once, beside whoever
// waits for it. Many goroutines may use it.
type searchable struct {
	embedder experience.Embedder // nil: the built-in encoder

	mu      sync.Mutex
	all     []*encoding // newest last
	stopped context.Context
	stop    context.CancelFunc
	under   sync.WaitGroup
}

// encoding is a snapshot that is searchable, or on its way there.
type encoding struct {
	snapshot  *experience.Snapshot
	done      chan struct{}
	retriever *Retriever
	err       error
}

func (e *encoding) finished() bool {
	select {
	case <-e.done:
		return e.err == nil
	default:
		return false
	}
}

// of waits until a snapshot is searchable.
func (s *searchable) of(ctx context.Context, snapshot *experience.Snapshot) (*Retriever, error) {
	e := s.encode(snapshot)
	select {
	case <-e.done:
		return e.retriever, e.err
	case <-ctx.Done():
	}
	if ctx.Err() == context.DeadlineExceeded {
		return nil, gym.Errorf(gym.CodeDeadlineExceeded, "the recorded steps are still being encoded; what was encoded is kept: try again later")
	}
	return nil, gym.Errorf(gym.CodeCanceled, "the reset was cancelled while the recorded steps were encoded")
}

// ready answers the newest snapshot of the same buffer that need not be waited for, else s.
func (s *searchable) ready(snapshot *experience.Snapshot) *experience.Snapshot {
	if s.embedder == nil || snapshot.Len() == 0 {
		return snapshot
	}
	if s.encode(snapshot).finished() {
		return snapshot
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.all) - 1; i >= 0; i-- {
		if e := s.all[i]; e.snapshot.Buffer() == snapshot.Buffer() && e.finished() {
			return e.snapshot
		}
	}
	return snapshot
}

// encode begins to encode a snapshot, unless that was begun. One that failed is begun anew.
func (s *searchable) encode(snapshot *experience.Snapshot) *encoding {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, e := range s.all {
		if !same(e.snapshot, snapshot) {
			continue
		}
		select {
		case <-e.done:
			if e.err == nil {
				return e
			}
		default:
			return e
		}
		s.all = append(s.all[:i:i], s.all[i+1:]...)
		break
	}
	if s.stopped == nil {
		s.stopped, s.stop = context.WithCancel(context.Background())
	}
	e := &encoding{snapshot: snapshot, done: make(chan struct{})}
	s.all = append(s.all[max(0, len(s.all)-mostSearchable+1):], e)
	s.under.Go(func() {
		defer close(e.done)
		e.retriever, e.err = s.build(s.stopped, snapshot)
	})
	return e
}

func (s *searchable) build(ctx context.Context, snapshot *experience.Snapshot) (*Retriever, error) {
	if s.embedder == nil {
		return NewRetriever(snapshot, experience.NewIndex(snapshot)), nil
	}
	x, err := experience.NewEmbeddedIndex(ctx, snapshot, s.embedder)
	if err != nil {
		return nil, err
	}
	return NewRetriever(snapshot, x), nil
}

func same(a, b *experience.Snapshot) bool {
	return a.Buffer() == b.Buffer() && a.Watermark() == b.Watermark() && a.Evictions() == b.Evictions()
}

// close ends what is being encoded, and waits for it.
func (s *searchable) close() {
	s.mu.Lock()
	if s.stop != nil {
		s.stop()
	}
	s.mu.Unlock()
	s.under.Wait()
}
