package openenv

import (
	"net/http"

	"github.com/gorilla/websocket"
)

// connectMCP makes a WebSocket of a request whose frames are JSON-RPC and nothing else. Asked
// for a stream of events, which is how clients of the Model Context Protocol ask, there is none.
func (f *Front) connectMCP(w http.ResponseWriter, r *http.Request) {
	if websocket.IsWebSocketUpgrade(r) {
		f.upgrade(w, r, true)
		return
	}
	w.Header().Set("Allow", "POST, DELETE")
	w.WriteHeader(http.StatusMethodNotAllowed)
}

// rpc answers a request that came as a frame, for the connection's session.
func (c *conn) rpc(b []byte) {
	q, err := readRPC(b)
	read := err == nil
	if err == nil {
		err = c.answerRPC(q)
	}
	if err != nil {
		c.refuseRPC(q, err, read)
	}
}

// refuseRPC answers a request that failed. When the session has ended, nothing more can be
// asked.
func (c *conn) refuseRPC(q rpc, err error, read bool) {
	e := failed(err)
	c.f.log(e)
	c.answer(c.framed(func(dst []byte) []byte { return q.appendFailure(dst, e, read) }))
	if e.code == sessionError {
		c.part(websocket.CloseNormalClosure, "the session has ended")
	}
}

// answerRPC sees that a request is answered. An error is its answer.
func (c *conn) answerRPC(q rpc) error {
	spec := &c.play.lease.Reg.Spec
	switch q.method {
	case methodInitialize:
		return c.result(q, c.f.introduction(q))
	case methodCreate:
		return c.result(q, doc{"session_id": c.play.id})
	case methodClose:
		return wrong("the session of a WebSocket ends with it", nil, "session_id")
	case methodCall:
		called, err := readCall(q.params.name, q.params.args, spec)
		if err != nil {
			return err
		}
		q.id = []byte(string(q.id)) // the frame is not kept
		c.turn = turn{
			play: c.play,
			write: func(dst []byte, t *turn) []byte {
				return c.frame(dst, func(dst []byte) []byte { return q.appendCalled(dst, t) })
			},
			refuse: func(err error) { c.refuseRPC(q, err, true) },
		}
		return called.run(&c.turn, c)
	}
	b, err := q.stateless(spec)
	if err == nil {
		c.answer(c.framed(func(dst []byte) []byte { return append(dst, b...) }))
	}
	return err
}

func (c *conn) result(q rpc, v any) error {
	c.answer(c.framed(func(dst []byte) []byte { return q.appendResult(dst, v) }))
	return nil
}

// framed is an answer in JSON-RPC as a message of the connection.
func (c *conn) framed(inner func([]byte) []byte) message {
	return appendFunc(func(dst []byte) []byte { return c.frame(dst, inner) })
}

// frame puts an answer in JSON-RPC into a frame, where it is not one itself.
func (c *conn) frame(dst []byte, inner func([]byte) []byte) []byte {
	if c.bare {
		return inner(dst)
	}
	return append(inner(append(dst, `{"type":"mcp","data":`...)), '}')
}

// failing is a failure that answers no request in particular, or one that has no id.
func (c *conn) failing(e *failure) message {
	if !c.bare {
		return e
	}
	return appendFunc(func(dst []byte) []byte { return rpc{id: []byte("null")}.appendFailure(dst, e, false) })
}
