package openenv

import (
	"net/http"
	"strings"

	"dreamgym/envserver/gym"
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
	return nil, gym.Errorf(gym.CodeUnknownOperation, "there is no method %q here", gym.Clip(q.method))
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
