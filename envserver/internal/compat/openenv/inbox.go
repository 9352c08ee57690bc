package openenv

import (
	"bytes"
	"runtime/debug"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
)

// received is a frame that was read.
type received struct {
	*bytes.Buffer
	binary bool // what it held is nobody's
}

// put adds a frame to those that wait, when there is room.
func (c *conn) put(b received) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.waiting > maxUnread && !c.closed {
		c.room.Wait()
	}
	c.inbox = append(c.inbox, b)
	c.waiting += b.Len()
}

// next takes the frame that comes next; false while a request is under way, or when none
// waits.
func (c *conn) next() (received, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy || c.closed || len(c.inbox) == 0 {
		return received{}, false
	}
	b := c.inbox[0]
	if len(c.inbox) == 1 { // its room is used again
		c.inbox[0] = received{}
		c.inbox = c.inbox[:0]
	} else {
		c.inbox = c.inbox[1:]
	}
	c.waiting -= b.Len()
	c.busy = true
	c.room.Broadcast()
	return b, true
}

// pump carries requests out, one after another, as long as that is for this goroutine to do.
func (c *conn) pump() {
	for b, ok := c.next(); ok; b, ok = c.next() {
		c.handle(b)
	}
}

// done takes note that the request under way is answered. What waits is carried out by
// whoever carried that out, unless it was given up on there.
func (c *conn) done() {
	c.mu.Lock()
	c.busy = false
	more := len(c.inbox) > 0
	c.mu.Unlock()
	if more {
		go c.pump()
	}
}

func (c *conn) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// close ends the connection at its client's request.
func (c *conn) close() {
	c.mu.Lock()
	c.closed, c.busy = true, false
	c.room.Broadcast()
	c.mu.Unlock()
	c.part(websocket.CloseNormalClosure, "")
}

// handle answers a frame, or hands it to the session.
func (c *conn) handle(b received) {
	defer func() {
		if p := recover(); p != nil {
			c.f.host.Log.Error().Interface("panic", p).Bytes("stack", debug.Stack()).Msg("a connection failed")
			c.fail(gym.Errorf(gym.CodeInternal, "the server made a mistake; its log has the cause"))
		}
	}()
	defer c.f.freeRead(b.Buffer)
	if b.binary {
		c.fail(wrong("a message is a text frame, not a binary one", nil))
		return
	}
	if c.bare {
		c.rpc(b.Bytes())
		return
	}
	if err := c.dispatch(b.Bytes()); err != nil {
		c.fail(err)
	}
}

// dispatch sees that a request is answered. An error is its answer.
func (c *conn) dispatch(b []byte) error {
	if action, ok := plainStep(b); ok {
		return c.act(gym.Action(action))
	}
	q, err := readFrame(b)
	if err != nil {
		return err
	}
	switch q.kind {
	case kindStep:
		return c.step(q.data)
	case kindReset:
		return c.reset(q.data)
	case kindState:
		c.answer(appendFunc(func(dst []byte) []byte {
			return append(c.play.appendState(append(dst, `{"type":"state","data":`...)), '}')
		}))
	case kindMCP:
		c.rpc(q.data)
	case kindClose:
		c.close()
	}
	return nil
}

func (c *conn) step(data []byte) error {
	a, err := readAction(data, &c.play.lease.Reg.Spec)
	if err != nil {
		return err
	}
	if a.tool != "" {
		return c.useTool(a)
	}
	return c.act(a.action)
}

func (c *conn) act(a gym.Action) error {
	c.turn.begin(c.play, appendFrame)
	return c.turn.step(a, compat.Call{Timeout: answerWithin}, c)
}

func (c *conn) reset(data []byte) error {
	r, err := readReset(data)
	if err != nil {
		return err
	}
	c.turn.begin(c.play, appendFrame)
	return c.turn.reset(r, c)
}
