package experience

import (
	"fmt"
	"iter"
	"slices"
	"sort"
	"sync"

	"dreamgym/envserver/episode"
)

// Buffer holds one environment's transitions. It only ever grows at its end: an
// eviction is a tombstone with a number of its own, so that every earlier snapshot
// stays what it was. It may be used by many goroutines.
type Buffer struct {
	capacity int

	mu       sync.RWMutex
	all      []*Transition // all[i].Seq == i+1; an entry is never changed
	evicted  int64         // eviction i took Seq i: the oldest goes first
	episodes map[string]bool
	cuts     []cut
}

// cut tells what the episodes up to one say of a limit of steps: the last alike of those that were
// truncated were truncated at this many steps, and none after the first of them went on for longer.
type cut struct {
	seq          int64 // of the episode's last transition
	steps, alike int
}

// leastCut is how many truncated episodes tell a limit.
const leastCut = 5

// NewBuffer makes an empty buffer that keeps at most capacity live transitions, the
// newest; 0: no bound.
func NewBuffer(capacity int) *Buffer {
	return &Buffer{capacity: capacity, episodes: make(map[string]bool)}
}

// Add appends one episode's transitions in order and gives each its Seq. An episode
// that the buffer has had before is left out. It answers how many were added.
func (b *Buffer) Add(ts []Transition) int {
	if len(ts) == 0 {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.episodes[ts[0].Episode] {
		return 0
	}
	b.episodes[ts[0].Episode] = true
	for i := range ts {
		t := ts[i]
		t.Seq = int64(len(b.all)) + 1
		b.all = append(b.all, &t)
	}
	b.noteCut(b.all[len(b.all)-1])
	if excess := int64(len(b.all)) - b.evicted - int64(b.capacity); b.capacity > 0 && excess > 0 {
		b.evicted += excess
	}
	return len(ts)
}

// noteCut takes in the last transition of an episode: one more that was truncated, or one that
// went on for longer.
func (b *Buffer) noteCut(last *Transition) {
	c, before := cut{seq: last.Seq, steps: last.Step + 1}, cut{}
	if n := len(b.cuts); n > 0 {
		before = b.cuts[n-1]
	}
	if c.steps == before.steps {
		c.alike = before.alike
	}
	switch {
	case last.Truncated:
		c.alike++
	case c.steps <= before.steps:
		return
	}
	b.cuts = append(b.cuts, c)
}

// AddLog adds a recorded episode, unless it may not be learned from: an evaluation, a
// dream, an aborted one, one of another split than train, or one that still runs.
func (b *Buffer) AddLog(log *episode.Episode) int {
	if !log.Learnable() {
		return 0
	}
	return b.Add(FromLog(log).Steps)
}

// Snapshot answers the buffer as it is now.
func (b *Buffer) Snapshot() *Snapshot {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.snapshot(int64(len(b.all)), b.evicted)
}

// At answers the buffer as it was at a watermark and a number of evictions.
func (b *Buffer) At(watermark, evictions int64) (*Snapshot, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if watermark < 0 || watermark > int64(len(b.all)) || evictions < 0 || evictions > min(watermark, b.evicted) {
		return nil, fmt.Errorf("experience: no snapshot %d-%d: the buffer is at %d-%d", watermark, evictions, len(b.all), b.evicted)
	}
	return b.snapshot(watermark, evictions), nil
}

// AtWatermark answers the buffer as it was when its newest transition was the one of a
// watermark: every eviction up to then, and none after.
func (b *Buffer) AtWatermark(watermark int64) (*Snapshot, error) {
	evictions := int64(0)
	if b.capacity > 0 {
		evictions = max(0, watermark-int64(b.capacity))
	}
	return b.At(watermark, evictions)
}

// snapshot shares the entries: they never change, and what is appended later lies
// beyond the snapshot's bounds.
func (b *Buffer) snapshot(watermark, evictions int64) *Snapshot {
	return &Snapshot{buffer: b, watermark: watermark, evictions: evictions, live: b.all[evictions:watermark:watermark]}
}

// Snapshot is a buffer as it was at one moment. It never changes, and may be used by
// many goroutines.
type Snapshot struct {
	buffer               *Buffer
	watermark, evictions int64
	live                 []*Transition
}

// Buffer is where the snapshot was taken.
func (s *Snapshot) Buffer() *Buffer { return s.buffer }

// Watermark is the Seq of the newest transition that the snapshot may see.
func (s *Snapshot) Watermark() int64 { return s.watermark }

// Evictions is how many evictions had happened.
func (s *Snapshot) Evictions() int64 { return s.evictions }

// StepLimit is the number of steps at which the environment truncates an episode, as far as its
// newest episodes tell: several were truncated at that step, none went on for longer. 0: they tell none.
func (s *Snapshot) StepLimit() int {
	s.buffer.mu.RLock()
	defer s.buffer.mu.RUnlock()
	cuts := s.buffer.cuts
	n := sort.Search(len(cuts), func(i int) bool { return cuts[i].seq > s.watermark })
	if n == 0 || cuts[n-1].alike < leastCut {
		return 0
	}
	return cuts[n-1].steps
}

// Len is the number of transitions that the snapshot sees.
func (s *Snapshot) Len() int { return len(s.live) }

// All answers what the snapshot sees, in order of Seq. The transitions are shared:
// they must not be changed.
func (s *Snapshot) All() iter.Seq[*Transition] { return slices.Values(s.live) }
