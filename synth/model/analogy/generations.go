package analogy

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

const (
	kept       = 12 // memories that are held at once
	keptOfEach = 3  // of one buffer: the newest serves, the next is learned, one more was pinned
)

// generations are the memories of a model. Many goroutines may use them.
type generations struct {
	// newMemory learns; nil where stop is closed meanwhile.
	newMemory func(all []*experience.Transition, stop <-chan struct{}) *memory

	mu     sync.Mutex
	all    []*learning // least recently used first
	stop   chan struct{}
	closed bool
	group  sync.WaitGroup
}

// learning is a memory that is there, or being made.
type learning struct {
	key
	snapshot *experience.Snapshot // for which it was made
	done     chan struct{}        // closed when memory and err are set
	memory   *memory
	err      error
}

// key names what a memory was learned from.
type key struct {
	buffer    *experience.Buffer
	watermark int64
}

func newGenerations() *generations {
	return &generations{newMemory: newMemory, stop: make(chan struct{})}
}

// memory answers what was learned from the snapshot's generation. Where nothing was yet it
// waits, no longer than ctx; the learning goes on for the next who asks.
func (g *generations) memory(ctx context.Context, s *experience.Snapshot) (*memory, error) {
	g.mu.Lock()
	l := g.learn(s)
	g.mu.Unlock()
	select {
	case <-l.done:
		return l.memory, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ready answers s where its generation is learned, else the snapshot of the newest one
// that is and is not too old; meanwhile s's is learned, unless another of its buffer is.
// Where there is none, it is the snapshot that is ready first.
func (g *generations) ready(s *experience.Snapshot) *experience.Snapshot {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l := g.find(generationOf(s)); l != nil && l.learned() {
		return s
	}
	var best, running *learning
	for _, l := range g.all {
		switch {
		case l.buffer != s.Buffer() || l.snapshot.Watermark() > s.Watermark():
		case l.runs():
			running = l
		case l.learned() && recent(l.snapshot, s) && (best == nil || l.watermark > best.watermark):
			best = l
		}
	}
	switch {
	case best == nil && running != nil && recent(running.snapshot, s):
		return running.snapshot
	case best == nil:
		return s
	}
	if running == nil {
		g.learn(s)
	}
	g.touch(best)
	return best.snapshot
}

// recent tells whether less than half of what now is live came after a snapshot.
func recent(then, now *experience.Snapshot) bool {
	return 2*(now.Watermark()-then.Watermark()) <= int64(now.Len())
}

func generationOf(s *experience.Snapshot) key { return key{s.Buffer(), generation(s.Watermark())} }

func (g *generations) find(k key) *learning {
	for _, l := range g.all {
		if l.key == k {
			return l
		}
	}
	return nil
}

// learn answers the learning of a snapshot's generation, begun where it was not.
func (g *generations) learn(s *experience.Snapshot) *learning {
	if l := g.find(generationOf(s)); l != nil {
		g.touch(l)
		return l
	}
	l := &learning{key: generationOf(s), snapshot: s, done: make(chan struct{})}
	if g.closed {
		l.err = stopped()
		close(l.done)
		return l
	}
	g.all = append(g.all, l)
	g.forget(s.Buffer())
	g.group.Go(func() { l.run(g.newMemory, g.stop) })
	return l
}

// touch makes l the most recently used.
func (g *generations) touch(l *learning) {
	if i := slices.Index(g.all, l); i >= 0 {
		g.all = append(slices.Delete(g.all, i, i+1), l)
	}
}

// forget drops what was not used for longest, of a buffer and of all. Who uses it keeps it.
func (g *generations) forget(b *experience.Buffer) {
	g.drop(keptOfEach, func(l *learning) bool { return l.buffer == b })
	g.drop(kept, func(*learning) bool { return true })
}

// drop keeps the most recently used n of some learnings, and those under way.
func (g *generations) drop(n int, of func(*learning) bool) {
	for i := len(g.all) - 1; i >= 0; i-- {
		if !of(g.all[i]) {
			continue
		}
		if n--; n < 0 && !g.all[i].runs() {
			g.all = slices.Delete(g.all, i, i+1)
		}
	}
}

// close ends what is being learned, and waits for it.
func (g *generations) close() {
	g.mu.Lock()
	if !g.closed {
		g.closed = true
		close(g.stop)
	}
	g.mu.Unlock()
	g.group.Wait()
}

func (l *learning) runs() bool {
	select {
	case <-l.done:
		return false
	default:
		return true
	}
}

// learned tells whether the memory is there.
func (l *learning) learned() bool { return !l.runs() && l.err == nil }

// run makes the memory. Nobody recovers a panic in this goroutine but itself.
func (l *learning) run(newMemory func([]*experience.Transition, <-chan struct{}) *memory, stop <-chan struct{}) {
	defer close(l.done)
	defer func() {
		if p := recover(); p != nil {
			l.err = &gym.Error{Code: gym.CodeInternal, Msg: "the experience model could not learn from what was recorded", Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	if l.memory = newMemory(learnedFrom(l.snapshot, l.watermark), stop); l.memory == nil {
		l.err = stopped()
	}
}

func stopped() error {
	return gym.Errorf(gym.CodeShuttingDown, "the experience model is closed and learns no more")
}

// generation is the watermark up to which a snapshot's transitions are learned from.
// Generations grow by a tenth, so that what learning costs per transition stays bounded;
// they depend on nothing but the watermark, so that the same snapshot gives the same dream.
func generation(watermark int64) int64 {
	g := int64(1)
	for g < watermark {
		next := g + max(1, g/10)
		if next > watermark {
			break
		}
		g = next
	}
	return g
}

// learnedFrom are the transitions of the whole episodes up to a watermark, as they were
// live when the buffer stood there.
func learnedFrom(s *experience.Snapshot, watermark int64) []*experience.Transition {
	live := s
	if then, err := s.Buffer().AtWatermark(watermark); err == nil {
		if at, err := s.Buffer().At(s.Watermark(), then.Evictions()); err == nil {
			live = at
		}
	}
	var all []*experience.Transition
	for t := range live.All() {
		if t.Seq > watermark && (len(all) == 0 || t.Episode != all[len(all)-1].Episode) {
			break
		}
		all = append(all, t)
	}
	return all
}
