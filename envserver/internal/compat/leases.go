package compat

import (
	"context"
	"sync"

	"dreamgym/envserver/gym"
)

// Leases are a front end's leases by an id that its clients send, for protocols whose requests
// come without a connection of their own. The zero value is empty; it may be used by many
// goroutines. What ends for idleness ends in the session manager, and is forgotten here when
// it is next asked for or when there are many.
type Leases struct {
	mu    sync.Mutex
	by    map[string]*held
	swept int // how many there were left when the ended ones went
}

// held is a place for a lease, taken before it is open.
type held struct {
	ready chan struct{}
	lease *Lease
	err   error
}

// Get answers the lease of an id, or CodeUnknownSession.
func (l *Leases) Get(id string) (*Lease, error) {
	l.mu.Lock()
	h := l.by[id]
	l.mu.Unlock()
	if h == nil {
		return nil, unknown(id)
	}
	<-h.ready
	if h.err != nil || h.lease.Ended() {
		l.drop(id, h)
		return nil, unknown(id)
	}
	return h.lease, nil
}

// Open answers the lease of an id, and opens it if there is none: asked for twice, also at the
// same time, it is opened once. opened tells whether this call did.
func (l *Leases) Open(ctx context.Context, host *Host, id string, t Target) (lease *Lease, opened bool, err error) {
	h, mine := l.place(id)
	if mine {
		h.lease, h.err = host.Open(ctx, id, t)
		close(h.ready)
	}
	<-h.ready
	if h.err != nil {
		l.drop(id, h)
	}
	return h.lease, mine, h.err
}

// Close ends a lease and forgets it.
func (l *Leases) Close(id string) error {
	lease, err := l.Get(id)
	if err != nil {
		return err
	}
	err = lease.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.by, id)
	return err
}

// place answers an id's place; mine when it was not taken, or by a lease that has ended.
func (l *Leases) place(id string) (h *held, mine bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.by[id]; h != nil && !h.over() {
		return h, false
	}
	if l.by == nil {
		l.by = make(map[string]*held)
	}
	if len(l.by) >= 2*l.swept+64 {
		l.sweep()
	}
	h = &held{ready: make(chan struct{})}
	l.by[id] = h
	return h, true
}

// over tells whether a place holds a lease that has ended.
func (h *held) over() bool {
	select {
	case <-h.ready:
		return h.err != nil || h.lease.Ended()
	default:
		return false
	}
}

func (l *Leases) sweep() {
	for id, h := range l.by {
		if h.over() {
			delete(l.by, id)
		}
	}
	l.swept = len(l.by)
}

func (l *Leases) drop(id string, h *held) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by[id] == h {
		delete(l.by, id)
	}
}

func unknown(id string) error {
	return gym.Errorf(gym.CodeUnknownSession, "session %q is not open here: it was never created, was closed, or was idle for too long", clip(id))
}

// clip shortens what a client sent before it is quoted back.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
