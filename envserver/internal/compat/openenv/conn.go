package openenv

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/alarm"
	"dreamgym/envserver/internal/compat"
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

// conn is a WebSocket. One goroutine at a time reads it, and one at a time carries out what
// was read: the reader itself, as long as that does not take long. Requests have no ids, so
// the next one waits for the answer to the last.
type conn struct {
	f    *Front
	ws   *websocket.Conn
	bare bool // its frames are JSON-RPC and nothing else
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

// connect makes a WebSocket of a request.
func (f *Front) connect(w http.ResponseWriter, r *http.Request) { f.upgrade(w, r, false) }

// upgrade makes a WebSocket of a request, and a session of it, or joins the one that the query
// names.
func (f *Front) upgrade(w http.ResponseWriter, r *http.Request, bare bool) {
	if f.conns.Closed() {
		f.fail(w, gym.Errorf(gym.CodeShuttingDown, "the server is shutting down"))
		return
	}
	t, missing := f.host.Target(named(r))
	ws, err := f.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	c := &conn{f: f, ws: ws, bare: bare}
	c.room.L = &c.mu
	if err := f.conns.Add(c); err != nil {
		go c.turnAway(err)
		return
	}
	f.m.connections.Inc()
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
			missing = c.begin(id, &t)
		}
		if missing != nil {
			c.refuse(missing)
			return
		}
		c.run()
	}()
}

// begin gets the connection its session.
func (c *conn) begin(id string, t *compat.Target) (err error) {
	if id == "" {
		c.play, err = c.f.open(context.Background(), *t, c)
		return err
	}
	if c.play, err = c.f.find(id, *t); err != nil {
		return err
	}
	return c.f.join(c.play, c)
}

// leave takes the connection out of those that are open.
func (c *conn) leave() {
	c.f.m.connections.Dec()
	c.f.conns.Remove(c)
}

// refuse says why there is no session, and closes the connection.
func (c *conn) refuse(err error) {
	defer c.leave()
	c.turnAway(err)
}

// turnAway is refuse for a connection that was not taken in.
func (c *conn) turnAway(err error) {
	e := c.f.refusal(err)
	c.f.log(e)
	c.send(c.failing(e))
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
	c.send(c.failing(e))
	c.part(websocket.CloseNormalClosure, "the session was joined by another connection")
}

// run reads until the connection ends, and leaves the session. It returns early when another
// goroutine has taken the reading over.
func (c *conn) run() {
	err, mine := c.read()
	if !mine {
		return
	}
	defer c.leave()
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
	c.relief.Set(time.Now().Add(reliefAfter))
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
