package compat

import (
	"context"
	"strings"

	"dreamgym/envserver/gym"
)

// Leases are a front end's leases by an id that its clients send. The zero value is empty; it
// may be used by many goroutines.
type Leases struct {
	by Table[*held]
}

// held is a place for a lease, taken before it is open.
type held struct {
	ready chan struct{}
	lease *Lease
	err   error
}

// Over tells whether the place holds a lease that has ended, or none in the end.
func (h *held) Over() bool {
	select {
	case <-h.ready:
		return h.err != nil || h.lease.Ended()
	default:
		return false
	}
}

// Get answers the lease of an id, or CodeUnknownSession.
func (l *Leases) Get(id string) (*Lease, error) {
	h, found := l.by.Get(id)
	if !found {
		return nil, UnknownSession(id)
	}
	<-h.ready
	if h.Over() {
		l.by.Drop(id, h)
		return nil, UnknownSession(id)
	}
	return h.lease, nil
}

// Open answers the lease of an id, and opens it if there is none: asked for twice, also at the
// same time, it is opened once. opened tells whether this call did.
func (l *Leases) Open(ctx context.Context, host *Host, id string, t Target) (lease *Lease, opened bool, err error) {
	h, mine := l.by.Place(id, func() *held { return &held{ready: make(chan struct{})} })
	if mine {
		h.lease, h.err = host.Open(ctx, id, t)
		close(h.ready)
	}
	<-h.ready
	if h.err != nil {
		l.by.Drop(id, h)
	}
	return h.lease, mine, h.err
}

// Close ends a lease and forgets it.
func (l *Leases) Close(id string) error {
	h, found := l.by.Get(id)
	if !found {
		return UnknownSession(id)
	}
	<-h.ready
	l.by.Drop(id, h)
	if h.Over() {
		return UnknownSession(id)
	}
	return h.lease.Close()
}

// UnknownSession is the failure of a request whose session is not there.
func UnknownSession(id string) error {
	return gym.Errorf(gym.CodeUnknownSession, "session %q is not open here: it was never created, was closed, or was idle for too long", Clip(id))
}

// Clip shortens what a client sent before it is quoted back.
func Clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
