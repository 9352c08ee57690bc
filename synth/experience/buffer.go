package experience

import (
	"fmt"
	"iter"
	"sync"
)

// Buffer holds one environment's transitions. It only ever grows at its end: an
// eviction is a tombstone with a number of its own, so that every earlier snapshot
// stays what it was. It may be used by many goroutines.
type Buffer struct {
	capacity int

	mu       sync.RWMutex
	all      []*Transition   // all[i].Seq == i+1; an evicted one stays while a snapshot may see it
	evicted  []int64         // evicted[i] is the Seq that eviction i+1 took
	gone     map[int64]int64 // Seq → number of its eviction
	oldest   int64           // no Seq below it is live
	episodes map[string]bool
}

// NewBuffer makes an empty buffer that keeps at most capacity live transitions, the
// newest; 0: no bound.
func NewBuffer(capacity int) *Buffer {
	return &Buffer{capacity: capacity, gone: make(map[int64]int64), oldest: 1, episodes: make(map[string]bool)}
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
	b.evict()
	return len(ts)
}

// evict takes the oldest until the capacity holds.
func (b *Buffer) evict() {
	for b.capacity > 0 && len(b.all)-len(b.evicted) > b.capacity {
		b.evicted = append(b.evicted, b.oldest)
		b.gone[b.oldest] = int64(len(b.evicted))
		b.oldest++
	}
}

// Snapshot answers the buffer as it is now.
func (b *Buffer) Snapshot() *Snapshot {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return &Snapshot{buffer: b, watermark: int64(len(b.all)), evictions: int64(len(b.evicted))}
}

// At answers the buffer as it was at a watermark and a number of evictions.
func (b *Buffer) At(watermark, evictions int64) (*Snapshot, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if watermark < 0 || watermark > int64(len(b.all)) || evictions < 0 || evictions > int64(len(b.evicted)) {
		return nil, fmt.Errorf("experience: no snapshot %d-%d: the buffer is at %d-%d", watermark, evictions, len(b.all), len(b.evicted))
	}
	return &Snapshot{buffer: b, watermark: watermark, evictions: evictions}, nil
}

// Snapshot is a buffer as it was at one moment. It never changes.
type Snapshot struct {
	buffer               *Buffer
	watermark, evictions int64
}

// Buffer is where the snapshot was taken.
func (s *Snapshot) Buffer() *Buffer { return s.buffer }

// Watermark is the Seq of the newest transition that the snapshot may see.
func (s *Snapshot) Watermark() int64 { return s.watermark }

// Evictions is how many evictions had happened.
func (s *Snapshot) Evictions() int64 { return s.evictions }

// Len is the number of transitions that the snapshot sees.
func (s *Snapshot) Len() int { return int(s.watermark - s.evictions) }

// All answers what the snapshot sees, in order of Seq. The transitions are shared:
// they must not be changed.
func (s *Snapshot) All() iter.Seq[*Transition] {
	return func(yield func(*Transition) bool) {
		for seq := int64(1); seq <= s.watermark; seq++ {
			t, live := s.at(seq)
			if live && !yield(t) {
				return
			}
		}
	}
}

// at answers a transition and whether the snapshot sees it.
func (s *Snapshot) at(seq int64) (*Transition, bool) {
	s.buffer.mu.RLock()
	defer s.buffer.mu.RUnlock()
	n, gone := s.buffer.gone[seq]
	return s.buffer.all[seq-1], !gone || n > s.evictions
}
