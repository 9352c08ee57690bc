package openenv

import (
	"bytes"
	"time"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/wire"
)

// Deliver sends the session's answer to the request under way.
func (c *conn) Deliver(r *wire.Reply) {
	err := c.turn.take(r)
	switch refuse := c.turn.refuse; {
	case err == nil:
		c.answer(&c.turn)
	case refuse != nil:
		refuse(err)
	default:
		c.fail(err)
	}
}

// fail answers the request under way with a failure.
func (c *conn) fail(err error) {
	e := failed(err)
	c.f.log(e)
	c.answer(c.failing(e))
	if e.code == sessionError { // nothing more can be asked here
		c.part(websocket.CloseNormalClosure, "the session has ended")
	}
}

// answer sends the answer to the request under way.
func (c *conn) answer(m message) {
	c.send(m)
	c.done()
}

// send sends a frame. A client that does not read is cut.
func (c *conn) send(m message) {
	b := c.f.buffer()
	defer c.f.free(b)
	*b = m.appendTo((*b)[:0])
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.parted {
		return
	}
	if now := time.Now(); c.deadline.Sub(now) < c.f.o.WriteTimeout { // it is not set anew for each
		c.deadline = now.Add(2 * c.f.o.WriteTimeout)
		c.ws.SetWriteDeadline(c.deadline)
	}
	if err := c.ws.WriteMessage(websocket.TextMessage, *b); err != nil {
		c.parted = true
		c.ws.Close()
	}
}

// part sends the end of the connection, once, after what is being sent. Its reader then has a
// while to see that the client has seen it.
func (c *conn) part(code int, reason string) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.parted {
		return
	}
	c.parted = true
	c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
	c.ws.NetConn().SetReadDeadline(time.Now().Add(linger))
}

func (f *Front) buffer() *[]byte {
	if b, ok := f.buffers.Get().(*[]byte); ok {
		return b
	}
	return new([]byte)
}

func (f *Front) free(b *[]byte) {
	if cap(*b) <= keepBuffer {
		f.buffers.Put(b)
	}
}

func (f *Front) readBuffer() *bytes.Buffer {
	if b, ok := f.frames.Get().(*bytes.Buffer); ok {
		b.Reset()
		return b
	}
	return new(bytes.Buffer)
}

func (f *Front) freeRead(b *bytes.Buffer) {
	if b.Cap() <= keepBuffer {
		f.frames.Put(b)
	}
}
