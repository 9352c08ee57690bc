package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

// linger is how long a client has to read the code that it is closed with.
const linger = 2 * time.Second

// conn is one WebSocket connection. One goroutine at a time reads it, its reader; replies
// come from many.
type conn struct {
	srv     *Server
	ws      *websocket.Conn
	codec   *wire.Codec
	out     outbox
	reading reading
	// sessions that were opened or resumed here, those taken over elsewhere included. Of
	// the reader alone.
	sessions map[string]*session.Session
	swept    int          // how many were left of them when the ended ones went
	held     atomic.Int32 // how many they are
	lists    atomic.Int32 // being made

	alive  atomic.Bool // something came since the last ping
	asked  atomic.Bool // a request came since the last ping
	missed int         // pings without a sign of life; of the keeper
	quiet  int         // pings without a request; of the keeper
}

// connect upgrades a request and reads the connection until it ends.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	if !offers(r) {
		writeError(w, http.StatusBadRequest, gym.Errorf(gym.CodeVersionMismatch,
			"offer one of the subprotocols %s, %s", wire.SubprotocolMsgpack, wire.SubprotocolJSON))
		return
	}
	ws, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	c := &conn{srv: s, ws: ws, codec: s.codecs.Of(ws.Subprotocol())}
	c.out.room.L = &c.out.mu
	if err := s.conns.Add(c); err != nil {
		c.refuse(err)
		return
	}
	s.m.connections.Inc()
	ws.SetReadLimit(s.o.Limits.MessageBytes)
	ws.SetPongHandler(func(string) error {
		c.alive.Store(true)
		return nil
	})
	c.hello()
	go c.run() // the request's goroutine has done its work
}

// offers tells whether the client offers a subprotocol of ours.
func offers(r *http.Request) bool {
	for _, p := range websocket.Subprotocols(r) {
		if p == wire.SubprotocolMsgpack || p == wire.SubprotocolJSON {
			return true
		}
	}
	return false
}

// refuse closes a connection that is not taken in.
func (c *conn) refuse(why error) {
	code := websocket.CloseTryAgainLater
	if gym.CodeOf(why) == gym.CodeShuttingDown {
		code = websocket.CloseGoingAway
	}
	go c.farewell(code, gym.AsError(why).Msg)
}

func (c *conn) hello() {
	b := c.srv.buffer()
	out, err := c.codec.AppendHello((*b)[:0], wire.Hello{Server: c.srv.o.Version, Protocol: wire.Version, Limits: c.srv.o.Limits})
	if err != nil {
		c.srv.o.Log.Error().Err(err).Msg("hello could not be encoded")
		return
	}
	*b = out
	c.send(b)
}

// run reads requests until the connection ends, then leaves its sessions to whoever
// resumes them. It returns early when another goroutine has taken the reading over.
func (c *conn) run() {
	code, reason, err, mine := c.read()
	if !mine {
		return
	}
	defer c.srv.conns.Remove(c)
	defer c.srv.m.connections.Dec()
	for _, s := range c.sessions {
		s.Detach(c)
	}
	if s := c.reading.next; s != nil { // the reading failed before it was worked for
		go s.Work()
	}
	c.closeOutbox()
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		c.ws.Close()
		return
	}
	c.farewell(code, reason)
}

// farewell closes the connection with a code, 0: the library has said why. What the
// client still sends is read for a while: it would not see the code otherwise.
func (c *conn) farewell(code int, reason string) {
	defer c.ws.Close()
	if code != 0 {
		c.srv.m.closed.WithLabelValues(fmt.Sprint(code)).Inc()
		c.tell(code, reason)
	}
	c.ws.NetConn().SetReadDeadline(time.Now().Add(linger))
	io.Copy(io.Discard, c.ws.NetConn())
}

// tell sends a close code.
func (c *conn) tell(code int, reason string) error {
	return c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
}

// bye closes the connection from another goroutine than the reader's.
func (c *conn) bye(code int, reason string) {
	c.flushed()
	c.srv.m.closed.WithLabelValues(fmt.Sprint(code)).Inc()
	c.tell(code, reason)
	c.ws.NetConn().SetReadDeadline(time.Now().Add(linger))
}

// flushed waits a while for what is unsent.
func (c *conn) flushed() {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	late := time.AfterFunc(linger, c.closeOutbox)
	defer late.Stop()
	for o.bytes > 0 && !o.closed {
		o.room.Wait()
	}
}

// notRead cuts a client that does not read.
func (c *conn) notRead() {
	c.closeOutbox()
	c.srv.m.closed.WithLabelValues(fmt.Sprint(wire.CloseNotRead)).Inc()
	c.tell(wire.CloseNotRead, "the replies are not read")
	c.ws.Close()
}

// keep pings the connection, and cuts it when it is dead or, for so many pings, silent.
func (c *conn) keep(silent int) {
	c.missed++
	if c.alive.Swap(false) {
		c.missed = 0
	}
	c.quiet++
	if c.asked.Swap(false) || c.held.Load() > 0 {
		c.quiet = 0
	}
	switch {
	case c.missed > 2:
		c.ws.Close()
	case c.quiet >= silent:
		go c.bye(wire.CloseSilent, "no request, and no session")
	default:
		go c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
	}
}

// read reads requests until the connection ends, and answers the code to close it with;
// not mine: until another goroutine has taken the reading over.
func (c *conn) read() (code int, reason string, err error, mine bool) {
	for {
		c.waitRoom()
		if code, reason, err = c.request(); code != 0 || err != nil {
			return code, reason, err, true
		}
		if !c.work() {
			return 0, "", nil, false
		}
	}
}

// request reads a frame and sees that its request is answered.
func (c *conn) request() (code int, reason string, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.srv.o.Log.Error().Interface("panic", p).Bytes("stack", debug.Stack()).Msg("a connection failed")
			code, reason, err = wire.CloseInternal, "the server made a mistake", nil
		}
	}()
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return 0, "", err
	}
	return c.frame(kind, r)
}

// frame reads the rest of a frame and dispatches its request.
func (c *conn) frame(kind int, r io.Reader) (code int, reason string, err error) {
	c.alive.Store(true)
	c.asked.Store(true)
	if (kind == websocket.TextMessage) != c.codec.Text {
		return websocket.CloseUnsupportedData, "a frame of the wrong kind for " + c.codec.Subprotocol, nil
	}
	buf := c.srv.readBuffer()
	defer c.srv.freeRead(buf)
	if _, err := buf.ReadFrom(r); err != nil {
		return 0, "", err
	}
	if c.codec.Text && !utf8.Valid(buf.Bytes()) {
		return websocket.CloseInvalidFramePayloadData, "the text is not UTF-8", nil
	}
	var q wire.Request
	if err := c.codec.DecodeRequest(buf.Bytes(), &q); err != nil {
		if q.ID == 0 {
			return wire.CloseMalformed, "the request has no readable id", nil
		}
		c.fail(c, &q, err)
		return 0, "", nil
	}
	c.dispatch(&q)
	return 0, "", nil
}

func (s *Server) readBuffer() *bytes.Buffer {
	if b, ok := s.reading.Get().(*bytes.Buffer); ok {
		b.Reset()
		return b
	}
	return new(bytes.Buffer)
}

func (s *Server) freeRead(b *bytes.Buffer) {
	if b.Cap() <= keepBuffer {
		s.reading.Put(b)
	}
}
