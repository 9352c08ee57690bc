package server

import (
	"sync/atomic"
	"time"

	"dreamgym/envserver/internal/alarm"
	"dreamgym/envserver/internal/session"
)

// reliefAfter is how long a reader may carry requests out before another goroutine reads on.
const reliefAfter = 5 * time.Millisecond

// reading is who reads a connection. A reader may carry a request out itself, so that no
// other goroutine has to be woken for it; meanwhile the reading is free to be taken. Its
// fields but free are of the reader alone.
type reading struct {
	next   *session.Session // to work for before more is read; nil: none
	relief *alarm.Alarm     // takes the reading over from a reader that is busy for long
	free   atomic.Bool
}

// assign sees that an idle session's requests are carried out: by the reader, where no
// other session of the connection could wait for it.
func (c *conn) assign(s *session.Session) {
	if len(c.sessions) == 1 && c.reading.next == nil {
		c.reading.next = s
		return
	}
	c.srv.crew.do(s)
}

// work carries out what was left to the reader; false when another goroutine reads by now.
func (c *conn) work() bool {
	r := &c.reading
	s := r.next
	if s == nil {
		return true
	}
	r.next = nil
	if r.relief == nil {
		r.relief = c.srv.clock.New(c.relieve)
	}
	r.free.Store(true)
	r.relief.Set(time.Now().Add(reliefAfter))
	s.Work()
	if !r.take() {
		return false
	}
	r.relief.Stop()
	return true
}

// relieve reads on in place of a busy reader.
func (c *conn) relieve() {
	if c.reading.take() {
		c.run()
	}
}

// take makes the caller the reader, if the reading is free.
func (r *reading) take() bool { return r.free.CompareAndSwap(true, false) }
