package server

import (
	"sync"
	"sync/atomic"

	"dreamgym/envserver/internal/session"
)

// mostIdle bounds the goroutines that wait for a session.
const mostIdle = 64

// crew has the goroutines that carry out what sessions have to do. One that is done waits for
// the next session: its stack has grown to what that takes, which costs a new one more than a
// short step.
type crew struct {
	sessions chan *session.Session
	idle     atomic.Int32
	once     sync.Once
	ended    chan struct{} // closed when nobody need wait any more
}

func newCrew() *crew {
	return &crew{sessions: make(chan *session.Session), ended: make(chan struct{})}
}

// do has a session's requests carried out.
func (c *crew) do(s *session.Session) {
	select {
	case c.sessions <- s:
	default:
		go c.work(s)
	}
}

// work carries out what a session has to do, and then what others have.
func (c *crew) work(s *session.Session) {
	for {
		s.Work()
		if c.idle.Add(1) > mostIdle {
			c.idle.Add(-1)
			return
		}
		select {
		case s = <-c.sessions:
			c.idle.Add(-1)
		case <-c.ended:
			return
		}
	}
}

// dismiss lets nobody wait any more. It may be called more than once.
func (c *crew) dismiss() { c.once.Do(func() { close(c.ended) }) }
