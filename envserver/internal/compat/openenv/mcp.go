package openenv

import (
	"net/http"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
)

// Methods of JSON-RPC, those of OpenEnv's own among them.
const (
	methodInitialize = "initialize"
	methodPing       = "ping"
	methodList       = "tools/list"
	methodCall       = "tools/call"
	methodCreate     = "openenv/session/create"
	methodClose      = "openenv/session/close"
	notifications    = "notifications/" // what begins so has no answer
)

// mcpHeader is where clients of the Model Context Protocol name their session.
const mcpHeader = "Mcp-Session-Id"

// mcpVersion is the newest version of the protocol that is spoken here.
const mcpVersion = "2025-06-18"

// rpc is a request in JSON-RPC.
type rpc struct {
	id     []byte // as it is written
	method string
	params params
}

// params are what methods take.
type params struct {
	session string
	name    string // of a tool
	args    []byte // its arguments
	version string
}

// readRPC reads a request; what could be read of it is answered with a failure, too.
func readRPC(b []byte) (q rpc, err error) {
	q.id = []byte("null")
	version := ""
	err = object(b, "a request", func(name string, v []byte) (err error) {
		switch name {
		case "jsonrpc":
			version, err = text(name, v)
		case "id":
			q.id = v
			if v[0] != '"' && v[0] != '-' && (v[0] < '0' || v[0] > '9') {
				q.id, err = []byte("null"), mustBe("id", "a string or a number")
			}
		case "method":
			q.method, err = text(name, v)
		case "params":
			err = q.params.read(v)
		default:
			return unknownField(name, []string{"jsonrpc", "id", "method", "params"})
		}
		return err
	})
	if err == nil && (version != "2.0" || q.method == "") {
		err = wrong(`a request is {"jsonrpc": "2.0", "id": …, "method": …, "params": {…}}`, nil)
	}
	return q, err
}

// read keeps what methods here look at; clients send more, as they please.
func (p *params) read(b []byte) error {
	return object(b, `"params"`, func(name string, v []byte) (err error) {
		switch name {
		case "session_id":
			p.session, err = text(name, v)
		case "name":
			p.name, err = text(name, v)
		case "protocolVersion":
			p.version, err = text(name, v)
		case "arguments":
			p.args = v
		}
		return err
	})
}

// Codes of JSON-RPC.
const (
	rpcParse    = -32700
	rpcRequest  = -32600
	rpcMethod   = -32601
	rpcParams   = -32602
	rpcInternal = -32603
	rpcServer   = -32000
)

// rpcCode is the code of a failure. One of the request's own form is not yet known as its
// parameters'.
func rpcCode(e *failure, read bool) int {
	switch {
	case e.code == invalidJSON:
		return rpcParse
	case !read && e.code == validationError:
		return rpcRequest
	case e.err.Code == gym.CodeUnknownOperation:
		return rpcMethod
	case e.code == validationError, e.code == sessionError:
		return rpcParams
	case e.code == capacityReached, e.code == factoryError:
		return rpcServer
	}
	return rpcInternal
}

// appendFailure appends the answer to a request that failed.
func (q rpc) appendFailure(dst []byte, e *failure, read bool) []byte {
	dst = append(q.open(dst), `"error":{"code":`...)
	dst = appendAny(dst, rpcCode(e, read))
	dst = append(dst, `,"message":`...)
	dst = appendText(dst, e.err.Msg)
	dst = append(dst, `,"data":`...)
	return append(e.appendData(dst), `}}`...)
}

func (q rpc) open(dst []byte) []byte {
	dst = append(dst, `{"jsonrpc":"2.0","id":`...)
	return append(append(dst, q.id...), ',')
}

// appendResult appends the answer to a request.
func (q rpc) appendResult(dst []byte, result any) []byte {
	dst = append(q.open(dst), `"result":`...)
	return append(appendAny(dst, result), '}')
}

// appendCalled appends the answer to a tool's call: in words, and as what a step answers.
func (q rpc) appendCalled(dst []byte, t *turn) []byte {
	said := compat.Reading(t.ts.Observation)
	if t.first != nil {
		said = compat.Opening(t.ts.Observation)
	}
	dst = append(q.open(dst), `"result":{"content":[{"type":"text","text":`...)
	dst = appendText(dst, said)
	dst = append(dst, `}],"isError":false,"structuredContent":`...)
	from := len(dst)
	dst = appendBare(dst, t)
	to := len(dst)
	dst = append(dst, `,"data":`...)
	return append(append(dst, dst[from:to]...), `}}`...)
}

// mcp answers a request in JSON-RPC, which fails in an answer of its own, not by a status.
func (f *Front) mcp(w http.ResponseWriter, r request) error {
	b, err := f.read(w, r)
	if err != nil {
		return err
	}
	q, err := readRPC(b)
	read := err == nil
	var answer []byte
	if err == nil && strings.HasPrefix(q.method, notifications) {
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	if err == nil {
		answer, err = f.answerRPC(w, r, q)
	}
	if err != nil {
		e := failed(err)
		f.log(e)
		answer = q.appendFailure(nil, e, read)
	}
	write(w, answer)
	return nil
}

// answerRPC answers a request that was read.
func (f *Front) answerRPC(w http.ResponseWriter, r request, q rpc) ([]byte, error) {
	switch q.method {
	case methodInitialize, methodCreate:
		p, err := f.open(r.Context(), r.Target, nil)
		if err != nil {
			return nil, f.refusal(err)
		}
		if q.method == methodCreate {
			return q.appendResult(nil, doc{"session_id": p.id}), nil
		}
		w.Header().Set(mcpHeader, p.id)
		return q.appendResult(nil, f.introduction(q)), nil
	case methodClose:
		p, err := f.sessionRPC(r, q)
		if err != nil {
			return nil, err
		}
		return q.appendResult(nil, doc{"session_id": p.id, "closed": true}), f.close(p)
	case methodCall:
		p, err := f.sessionRPC(r, q)
		if err != nil {
			return nil, err
		}
		called, err := readCall(q.params.name, q.params.args, &r.Reg.Spec)
		if err != nil {
			return nil, err
		}
		return f.wait(&turn{play: p, write: q.appendCalled}, func(t *turn, to *waiting) error { return called.run(t, to) })
	}
	return q.stateless(&r.Reg.Spec)
}

// stateless answers what needs no session.
func (q rpc) stateless(spec *gym.Spec) ([]byte, error) {
	switch q.method {
	case methodList:
		return q.appendResult(nil, doc{"tools": tools(spec)}), nil
	case methodPing:
		return q.appendResult(nil, doc{}), nil
	}
	return nil, gym.Errorf(gym.CodeUnknownOperation, "there is no method %q here", compat.Clip(q.method))
}

// introduction answers who begins to speak the protocol.
func (f *Front) introduction(q rpc) doc {
	version := q.params.version
	if version == "" || version > mcpVersion {
		version = mcpVersion
	}
	return doc{
		"protocolVersion": version, "capabilities": doc{"tools": doc{}},
		"serverInfo": doc{"name": "envserver", "version": f.host.Version},
	}
}

// sessionRPC answers the session that a request names, wherever it does.
func (f *Front) sessionRPC(r request, q rpc) (*play, error) {
	id := q.params.session
	if id == "" {
		id = r.Header.Get(mcpHeader)
	}
	if id == "" {
		return f.session(r)
	}
	return f.touched(id, r)
}

// endMCP ends a session at the wish of a client of the Model Context Protocol.
func (f *Front) endMCP(w http.ResponseWriter, r request) error {
	p, err := f.touched(r.Header.Get(mcpHeader), r)
	if err != nil {
		return err
	}
	if err := f.close(p); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// rpc answers a request that came as a frame, for the connection's session.
func (c *conn) rpc(b []byte) error {
	q, err := readRPC(b)
	read := err == nil
	if err == nil {
		err = c.answerRPC(q)
	}
	if err == nil {
		return nil
	}
	e := failed(err)
	c.f.log(e)
	c.answer(framed(func(dst []byte) []byte { return q.appendFailure(dst, e, read) }))
	return nil
}

// answerRPC sees that a request is answered. An error is its answer.
func (c *conn) answerRPC(q rpc) error {
	spec := &c.play.lease.Reg.Spec
	switch q.method {
	case methodCreate:
		c.answer(framed(func(dst []byte) []byte { return q.appendResult(dst, doc{"session_id": c.play.id}) }))
		return nil
	case methodClose:
		return wrong(`the session of a WebSocket ends with {"type": "close"}`, nil, "session_id")
	case methodCall:
		called, err := readCall(q.params.name, q.params.args, spec)
		if err != nil {
			return err
		}
		q.id = []byte(string(q.id)) // the frame is not kept
		c.turn = turn{
			play:  c.play,
			write: func(dst []byte, t *turn) []byte { return append(q.appendCalled(append(dst, framing...), t), '}') },
			refuse: func(dst []byte, e *failure) []byte {
				return append(q.appendFailure(append(dst, framing...), e, true), '}')
			},
		}
		return called.run(&c.turn, c)
	}
	b, err := q.stateless(spec)
	if err == nil {
		c.answer(framed(func(dst []byte) []byte { return append(dst, b...) }))
	}
	return err
}

const framing = `{"type":"mcp","data":`

// framed puts an answer in JSON-RPC into a frame.
func framed(inner func([]byte) []byte) message {
	return appendFunc(func(dst []byte) []byte {
		return append(inner(append(dst, framing...)), '}')
	})
}
