package compat

import "sync"

// Table holds what a front end keeps of its clients' sessions, by the ids that they send, for
// protocols whose requests come without a connection of their own. The zero value is empty; it
// may be used by many goroutines. What is over is forgotten when it is asked for, or when there
// are many.
type Table[S Entry] struct {
	mu    sync.Mutex
	by    map[string]S
	swept int // how many there were left when those that were over went
}

// Entry is what a Table holds.
type Entry interface {
	comparable
	// Over tells, without waiting for anything, whether the entry can be forgotten.
	Over() bool
}

// Get answers the entry of an id, if it is not over.
func (t *Table[S]) Get(id string) (s S, found bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, found = t.by[id]
	if found && s.Over() {
		delete(t.by, id)
		found = false
	}
	return s, found
}

// Place answers the entry of an id, which is fresh's where there was none, or one that is over.
func (t *Table[S]) Place(id string, fresh func() S) (s S, mine bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, found := t.by[id]; found && !s.Over() {
		return s, false
	}
	if t.by == nil {
		t.by = make(map[string]S)
	}
	if len(t.by) >= 2*t.swept+64 {
		t.sweep()
	}
	s = fresh()
	t.by[id] = s
	return s, true
}

// Full tells whether there are as many entries as there may be, none of them over.
func (t *Table[S]) Full(most int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.by) >= most {
		t.sweep()
	}
	return len(t.by) >= most
}

// Drop forgets an entry, if it is s still.
func (t *Table[S]) Drop(id string, s S) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by[id] == s {
		delete(t.by, id)
	}
}

func (t *Table[S]) sweep() {
	for id, s := range t.by {
		if s.Over() {
			delete(t.by, id)
		}
	}
	t.swept = len(t.by)
}
