// Package conns knows which connections are open: a Set of them for each protocol, and the
// Room that all share.
package conns

import (
	"sync"
	"sync/atomic"

	"dreamgym/envserver/gym"
)

// Room is for as many connections as there may be at once, of every protocol together. It
// may be used by many goroutines.
type Room struct {
	most  int64
	taken atomic.Int64
}

// NewRoom answers room for so many connections.
func NewRoom(most int) *Room { return &Room{most: int64(most)} }

func (r *Room) enter() bool {
	if r == nil || r.taken.Add(1) <= r.most {
		return true
	}
	r.taken.Add(-1)
	return false
}

func (r *Room) leave() {
	if r != nil {
		r.taken.Add(-1)
	}
}

// Set is the open connections of one protocol. It may be used by many goroutines.
type Set[C comparable] struct {
	room *Room

	mu     sync.Mutex
	all    map[C]struct{}
	closed bool
	inside sync.WaitGroup
}

// New answers an empty set. Where room is nil there may be any number.
func New[C comparable](room *Room) *Set[C] { return &Set[C]{room: room, all: make(map[C]struct{})} }

// Add takes a connection in, until Remove. CodeCapacityReached says that there is no room,
// CodeShuttingDown that the set is closed.
func (s *Set[C]) Add(c C) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return gym.Errorf(gym.CodeShuttingDown, "the server shuts down")
	case !s.room.enter():
		return gym.Errorf(gym.CodeCapacityReached, "too many connections; the server's --max-connections says how many there may be")
	}
	s.all[c] = struct{}{}
	s.inside.Add(1)
	return nil
}

// Remove lets a connection go that Add took in.
func (s *Set[C]) Remove(c C) {
	s.mu.Lock()
	delete(s.all, c)
	s.mu.Unlock()
	s.room.leave()
	s.inside.Done()
}

// All answers the connections there are.
func (s *Set[C]) All() []C {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]C, 0, len(s.all))
	for c := range s.all {
		all = append(all, c)
	}
	return all
}

// Close takes no more connections in.
func (s *Set[C]) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// Closed tells whether the set was closed.
func (s *Set[C]) Closed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Wait returns when a closed set is empty.
func (s *Set[C]) Wait() { s.inside.Wait() }
