package chrome

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Why commands fail without an answer of the browser.
var (
	errBrowserGone = errors.New("chrome: the browser exited")
	errPageCrashed = errors.New("chrome: the page's process crashed")
	errPageClosed  = errors.New("chrome: the page was closed")
)

// conn speaks the protocol over one browser's pipe. It may be used by many
// goroutines. Commands are written in the order of send, before any answer is
// waited for: that is what lets input be pipelined.
type conn struct {
	tr   chromedp.Transport
	done chan struct{} // closed when the pipe has ended

	mu       sync.Mutex
	next     int64
	pending  map[int64]*answer
	sessions map[target.SessionID]*session
	ended    bool
}

// answer is what a command will be answered with.
type answer struct {
	session *session
	ready   chan struct{}
	msg     *cdproto.Message
	err     error
}

// session is one attached target, or the browser itself (an empty id).
type session struct {
	conn *conn
	id   target.SessionID
	// onEvent sees every event, on the reading goroutine: it must not block. conn.mu guards
	// it and lost.
	onEvent func(method string, params jsonv2.Value)
	lost    error
}

func newConn(tr chromedp.Transport) *conn {
	c := &conn{
		tr:       tr,
		done:     make(chan struct{}),
		pending:  make(map[int64]*answer),
		sessions: make(map[target.SessionID]*session),
	}
	go c.read()
	return c
}

// attach makes the session of an attached target known.
func (c *conn) attach(id target.SessionID, onEvent func(string, jsonv2.Value)) *session {
	s := &session{conn: c, id: id, onEvent: onEvent}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		s.lost = errBrowserGone
	}
	c.sessions[id] = s
	return s
}

// redirect sets who sees the events from now on, and answers who did.
func (s *session) redirect(onEvent func(string, jsonv2.Value)) func(string, jsonv2.Value) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	was := s.onEvent
	s.onEvent = onEvent
	return was
}

func (c *conn) read() {
	defer close(c.done)
	defer c.end()
	for {
		msg := new(cdproto.Message)
		if err := c.tr.Read(context.Background(), msg); err != nil {
			return
		}
		c.route(msg)
	}
}

func (c *conn) route(msg *cdproto.Message) {
	c.mu.Lock()
	if msg.ID != 0 {
		a := c.pending[msg.ID]
		delete(c.pending, msg.ID)
		c.mu.Unlock()
		if a != nil {
			a.settle(msg, nil)
		}
		return
	}
	s := c.sessions[msg.SessionID]
	if s == nil {
		c.mu.Unlock()
		return
	}
	onEvent := s.onEvent
	c.mu.Unlock()
	if string(msg.Method) == inspector.TargetCrashed.Method {
		s.fail(errPageCrashed)
	}
	if onEvent != nil {
		onEvent(string(msg.Method), msg.Params)
	}
}

// end fails everything that waits, because the pipe ended.
func (c *conn) end() {
	c.tr.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	for _, s := range c.sessions {
		s.lost = errBrowserGone
	}
	for id, a := range c.pending {
		a.settle(nil, errBrowserGone)
		delete(c.pending, id)
	}
}

// fail ends the session: what waits on it, and whatever is sent from now on, gets err.
func (s *session) fail(err error) {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sessions, s.id)
	if s.lost == nil {
		s.lost = err
	}
	for id, a := range c.pending {
		if a.session == s {
			a.settle(nil, s.lost)
			delete(c.pending, id)
		}
	}
}

// failed answers why the session can be used no more, nil while it can.
func (s *session) failed() error {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return s.lost
}

// send writes a command and answers at once; the answer is waited for with wait.
func (s *session) send(method string, params any) *answer {
	a := &answer{session: s, ready: make(chan struct{})}
	buf, err := jsonv2.Marshal(params, chromedp.DefaultMarshalOptions)
	if err != nil {
		a.settle(nil, fmt.Errorf("chrome: encode %s: %w", method, err))
		return a
	}
	id, err := s.register(a)
	if err != nil {
		a.settle(nil, err)
		return a
	}
	msg := &cdproto.Message{ID: id, SessionID: s.id, Method: cdproto.MethodType(method), Params: buf}
	if err := s.conn.tr.Write(context.Background(), msg); err != nil {
		s.conn.abandon(id, errBrowserGone)
	}
	return a
}

func (s *session) register(a *answer) (int64, error) {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.lost != nil {
		return 0, s.lost
	}
	if c.ended {
		return 0, errBrowserGone
	}
	c.next++
	c.pending[c.next] = a
	return c.next, nil
}

// abandon answers a command with err if nothing has answered it yet.
func (c *conn) abandon(id int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.pending[id]; a != nil {
		a.settle(nil, err)
		delete(c.pending, id)
	}
}

func (a *answer) settle(msg *cdproto.Message, err error) {
	a.msg, a.err = msg, err
	close(a.ready)
}

// wait decodes the answer into res, which may be nil.
func (a *answer) wait(ctx context.Context, res any) error {
	select {
	case <-a.ready:
	default:
		select {
		case <-a.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	switch {
	case a.err != nil:
		return a.err
	case a.msg.Error != nil:
		return a.msg.Error
	case res == nil:
		return nil
	}
	return jsonv2.Unmarshal(a.msg.Result, res, chromedp.DefaultUnmarshalOptions)
}

// call sends a command and waits for its answer.
func call[P, R any](ctx context.Context, s *session, cmd cdp.Command[P, R], params P) (R, error) {
	var res R
	err := s.send(cmd.Method, params).wait(ctx, &res)
	return res, err
}

// refused tells whether the browser answered a command with an error of its own, as it does
// where the document that the command was for is replaced.
func refused(err error) bool {
	_, is := errors.AsType[*cdproto.Error](err)
	return is
}

// decodeEvent decodes an event's payload.
func decodeEvent[E any](_ cdp.Event[E], params jsonv2.Value) (E, error) {
	var e E
	err := jsonv2.Unmarshal(params, &e, chromedp.DefaultUnmarshalOptions)
	return e, err
}
