package server

import (
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/wire"
)

// maxUnsent is how much may wait to be sent before no more is read from the client.
const maxUnsent = 4 << 20

// keepBuffer bounds the buffers that are kept for reuse.
const keepBuffer = 64 << 10

// maxSpare bounds the list of frames that an idle connection keeps for reuse.
const maxSpare = 16

// outbox holds frames until they are written. Whoever finds nobody writing writes, and
// what others add meanwhile, too.
type outbox struct {
	mu      sync.Mutex
	room    sync.Cond
	frames  []*[]byte
	bytes   int
	writing bool
	closed  bool
	// deadline of writes; of whoever is writing.
	deadline time.Time
}

// Deliver encodes a reply and sends it.
func (c *conn) Deliver(r *wire.Reply) {
	c.send(c.encode(r))
}

// encode encodes a reply into a buffer of the pool. A reply that cannot be encoded
// becomes an error: an info may hold what JSON cannot.
func (c *conn) encode(r *wire.Reply) *[]byte {
	b := c.srv.buffer()
	out, err := c.codec.AppendReply((*b)[:0], r)
	if err != nil {
		c.srv.o.Log.Error().Err(err).Str("session", r.Session).Msg("a reply could not be encoded")
		out, _ = c.codec.AppendReply((*b)[:0], &wire.Reply{ID: r.ID, Session: r.Session, Error: wire.ErrorOf(err)})
	}
	*b = out
	return b
}

func (s *Server) buffer() *[]byte {
	if b, ok := s.writing.Get().(*[]byte); ok {
		return b
	}
	return new([]byte)
}

func (s *Server) free(b *[]byte) {
	if cap(*b) <= keepBuffer {
		s.writing.Put(b)
	}
}

// send sends a frame: at once, or by whoever is writing.
func (c *conn) send(frame *[]byte) {
	if c.queue(frame) {
		c.write()
	}
}

// queue adds a frame; true says that nobody is writing, and the caller has to.
func (c *conn) queue(frame *[]byte) bool {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false
	}
	o.frames = append(o.frames, frame)
	o.bytes += len(*frame)
	mine := !o.writing
	o.writing = true
	return mine
}

// waitRoom waits while too much is unsent.
func (c *conn) waitRoom() {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.bytes > maxUnsent && !o.closed {
		o.room.Wait()
	}
}

// write writes frames until there are none.
func (c *conn) write() {
	var spare []*[]byte
	for {
		frames := c.takeFrames(spare)
		if frames == nil {
			return
		}
		err := c.writeAll(frames)
		written := 0
		for i, f := range frames {
			written += len(*f)
			c.srv.free(f)
			frames[i] = nil
		}
		if err != nil {
			c.notRead()
			return
		}
		c.written(written)
		spare = frames[:0]
	}
}

// takeFrames answers what is to be written, nil when there is nothing.
func (c *conn) takeFrames(spare []*[]byte) []*[]byte {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if cap(spare) > maxSpare {
		spare = nil
	}
	if len(o.frames) == 0 || o.closed {
		o.writing, o.frames = false, spare
		return nil
	}
	frames := o.frames
	o.frames = spare
	return frames
}

func (c *conn) written(n int) {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bytes -= n; o.bytes <= maxUnsent {
		o.room.Broadcast()
	}
}

// closeOutbox drops what is unsent and lets nobody wait.
func (c *conn) closeOutbox() {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.frames = nil
	o.room.Broadcast()
}

// writeAll writes frames with as few calls of the system as it takes. It is called by
// one goroutine at a time.
func (c *conn) writeAll(frames []*[]byte) error {
	c.extendDeadline(time.Now())
	g, gathers := c.ws.NetConn().(*gatherConn)
	if !gathers {
		return c.writeEach(frames)
	}
	buf := c.srv.buffer()
	g.hold(*buf)
	err := c.writeEach(frames)
	held, released := g.release()
	*buf = held
	c.srv.free(buf)
	if err == nil {
		err = released
	}
	return err
}

// extendDeadline sees that a write has at least WriteTimeout, and less than twice as
// long. It is not set anew for each.
func (c *conn) extendDeadline(now time.Time) {
	if c.out.deadline.Sub(now) < c.srv.o.WriteTimeout {
		c.out.deadline = now.Add(2 * c.srv.o.WriteTimeout)
		c.ws.SetWriteDeadline(c.out.deadline)
	}
}

func (c *conn) writeEach(frames []*[]byte) error {
	kind := websocket.BinaryMessage
	if c.codec.Text {
		kind = websocket.TextMessage
	}
	for _, f := range frames {
		if err := c.ws.WriteMessage(kind, *f); err != nil {
			return err
		}
	}
	return nil
}
