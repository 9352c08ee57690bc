package openenv

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/alarm"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/wire"
)

const (
	// linger is how long a client has to read why it is parted from.
	linger = 2 * time.Second
	// reliefAfter is how long a reader may carry requests out before another goroutine reads
	// on, so that pings are answered during a long step.
	reliefAfter = 5 * time.Millisecond
	// maxUnread is how much may wait to be carried out before no more is read.
	maxUnread = 256 << 10
	// keepBuffer bounds the buffers that are kept for reuse.
	keepBuffer = 64 << 10
)

// received is a frame that was read.
type received struct {
	*bytes.Buffer
	binary bool // what it held is nobody's
}

// conn is a WebSocket. One goroutine at a time reads it, and one at a time carries out what
// was read: the reader itself, as long as that does not take long. Requests have no ids, so
// the next one waits for the answer to the last.
type conn struct {
	f    *Front
	ws   *websocket.Conn
	play *play
	turn turn // the request under way, if it is the session's

	free   atomic.Bool  // the reading may be taken over
	relief *alarm.Alarm // takes it over from a reader that is busy for long; of the reader

	mu      sync.Mutex
	room    sync.Cond  // signalled when something was taken from the inbox
	inbox   []received // frames that wait
	waiting int        // their bytes
	busy    bool       // a request is under way
	closed  bool       // its client asked for the end

	writing  sync.Mutex
	parted   bool      // nothing is sent any more
	deadline time.Time // of writes

	alive  atomic.Bool // something came since the last look
	missed int         // looks without a sign of life; of the keeper
}

// connect makes a WebSocket of a request, and a session of it, or joins the one that the query
// names.
func (f *Front) connect(w http.ResponseWriter, r *http.Request) {
	if f.ending.Load() {
		f.fail(w, gym.Errorf(gym.CodeShuttingDown, "the server is shutting down"))
		return
	}
	t, missing := f.host.Target(named(r))
	ws, err := f.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	c := &conn{f: f, ws: ws}
	c.room.L = &c.mu
	if !f.add(c) {
		ws.Close()
		return
	}
	ws.SetReadLimit(f.host.Limits.MessageBytes)
	ws.SetPingHandler(func(data string) error {
		c.alive.Store(true)
		ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second)) // a lost client is noticed by reading
		return nil
	})
	ws.SetPongHandler(func(string) error {
		c.alive.Store(true)
		return nil
	})
	id := r.URL.Query().Get("session_id")
	go func() { // the request's goroutine has done its work
		if missing == nil {
			missing = c.begin(id, t)
		}
		if missing != nil {
			c.refuse(missing)
			return
		}
		c.run()
	}()
}

// begin gets the connection its session.
func (c *conn) begin(id string, t compat.Target) (err error) {
	if id == "" {
		c.play, err = c.f.open(context.Background(), t, c)
		return err
	}
	if c.play, err = c.f.find(id, t); err != nil {
		return err
	}
	return c.f.join(c.play, c)
}

// refuse says why there is no session, and closes the connection.
func (c *conn) refuse(err error) {
	defer c.f.remove(c)
	e := c.f.refusal(err)
	c.f.log(e)
	c.send(e)
	end := websocket.CloseNormalClosure
	if e.code == capacityReached {
		end = websocket.CloseTryAgainLater
	}
	c.part(end, "")
	c.drain(nil)
}

// evict ends a connection whose session another one has taken.
func (c *conn) evict() {
	e := &failure{code: sessionError, err: gym.Errorf(gym.CodeSessionLost, "the session was joined by another connection")}
	c.send(e)
	c.part(websocket.CloseNormalClosure, "the session was joined by another connection")
}

// run reads until the connection ends, and leaves the session. It returns early when another
// goroutine has taken the reading over.
func (c *conn) run() {
	err, mine := c.read()
	if !mine {
		return
	}
	defer c.f.remove(c)
	c.mu.Lock()
	ended := c.closed || websocket.IsCloseError(err, websocket.CloseNormalClosure)
	c.mu.Unlock()
	c.f.leave(c.play, c, ended)
	c.part(websocket.CloseNormalClosure, "")
	c.drain(err)
}

// drain reads what the client still sends until it says that it has seen the end, for a while
// at the most, and closes the socket: the client would not see what it was told last otherwise.
func (c *conn) drain(err error) {
	defer c.ws.Close()
	c.ws.NetConn().SetReadDeadline(time.Now().Add(linger))
	for err == nil {
		_, _, err = c.ws.NextReader()
	}
	var closed *websocket.CloseError
	if !errors.As(err, &closed) {
		io.Copy(io.Discard, c.ws.NetConn())
	}
}

// read reads requests and sees that they are carried out; not mine: until another goroutine
// has taken the reading over.
func (c *conn) read() (err error, mine bool) {
	for {
		kind, r, err := c.ws.NextReader()
		if err != nil {
			return err, true
		}
		c.alive.Store(true)
		b := received{c.f.readBuffer(), kind == websocket.BinaryMessage}
		if _, err := b.ReadFrom(r); err != nil {
			return err, true
		}
		c.put(b)
		if !c.lend() {
			return nil, false
		}
		if c.isClosed() {
			return nil, true
		}
	}
}

// lend carries requests out in the reader's goroutine; false when another one reads by now.
func (c *conn) lend() bool {
	if c.relief == nil {
		c.relief = c.f.clock.New(c.relieve)
	}
	c.free.Store(true)
	c.relief.Set(reliefAfter)
	c.pump()
	if !c.free.CompareAndSwap(true, false) {
		return false
	}
	c.relief.Stop()
	return true
}

// relieve reads on in place of a busy reader.
func (c *conn) relieve() {
	if c.free.CompareAndSwap(true, false) {
		c.run()
	}
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
	if c.inbox = c.inbox[1:]; len(c.inbox) == 0 {
		c.inbox = nil
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
	q, err := readFrame(b.Bytes())
	if err == nil {
		err = c.dispatch(q)
	}
	if err != nil {
		c.fail(err)
	}
}

// dispatch sees that a request is answered. An error is its answer.
func (c *conn) dispatch(q frame) error {
	switch q.kind {
	case kindStep:
		a, err := readAction(q.data, &c.play.lease.Reg.Spec)
		if err != nil {
			return err
		}
		if a.tool != "" {
			return c.useTool(a)
		}
		c.turn = turn{play: c.play, write: appendFrame}
		return c.turn.step(a.action, compat.Call{Timeout: answerWithin}, c)
	case kindReset:
		r, err := readReset(q.data)
		if err != nil {
			return err
		}
		c.turn = turn{play: c.play, write: appendFrame}
		return c.turn.reset(r, c)
	case kindState:
		c.answer(appendFunc(func(dst []byte) []byte {
			return append(c.play.appendState(append(dst, `{"type":"state","data":`...)), '}')
		}))
	case kindMCP:
		return c.rpc(q.data)
	case kindClose:
		c.close()
	}
	return nil
}

// Deliver sends the session's answer to the request under way.
func (c *conn) Deliver(r *wire.Reply) {
	err := c.turn.take(r)
	switch refuse := c.turn.refuse; {
	case err == nil:
		c.answer(&c.turn)
	case refuse != nil:
		c.answer(appendFunc(func(dst []byte) []byte { return refuse(dst, failed(err)) }))
	default:
		c.fail(err)
	}
}

// fail answers the request under way with a failure.
func (c *conn) fail(err error) {
	e := failed(err)
	c.f.log(e)
	c.answer(e)
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

// keep pings a connection that is silent, and cuts it when it stays so.
func (c *conn) keep() {
	if c.alive.Swap(false) {
		c.missed = 0
		return
	}
	if c.missed++; c.missed > 2 {
		c.ws.Close()
		return
	}
	go c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
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
