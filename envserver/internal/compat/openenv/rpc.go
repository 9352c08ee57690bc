package openenv

import (
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
)

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
