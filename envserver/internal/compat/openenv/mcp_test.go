package openenv

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/internal/compat/compattest"
)

// post sends a body, and answers the status and what came of it.
func (f *fixture) post(path, body string, header ...string) (int, http.Header, map[string]any) {
	f.t.Helper()
	return f.do(http.MethodPost, path, body, header...)
}

func (f *fixture) do(method, path, body string, header ...string) (int, http.Header, map[string]any) {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), method, f.url+path, strings.NewReader(body))
	must(f.t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	reply, err := http.DefaultClient.Do(r)
	must(f.t, err)
	defer reply.Body.Close()
	var v map[string]any
	if reply.ContentLength != 0 {
		must(f.t, json.NewDecoder(reply.Body).Decode(&v))
	}
	return reply.StatusCode, reply.Header, v
}

// rpc sends a request in JSON-RPC, and answers its result and its error.
func (f *fixture) rpc(method, params string, header ...string) (result, failure map[string]any) {
	f.t.Helper()
	status, _, v := f.post(script+"/mcp", `{"jsonrpc":"2.0","id":"a\n","method":"`+method+`","params":`+params+`}`, header...)
	if status != http.StatusOK || v["jsonrpc"] != "2.0" || v["id"] != "a\n" {
		f.t.Fatalf("%s answers %d, %v", method, status, v)
	}
	result, _ = v["result"].(map[string]any)
	failure, _ = v["error"].(map[string]any)
	return result, failure
}

// TestTools calls them over HTTP, in a session that a WebSocket shares.
func TestTools(t *testing.T) {
	f := start(t, options{})
	made, _ := f.rpc(methodCreate, "{}")
	id, _ := made["session_id"].(string)
	in := func(rest string) string { return `{"session_id":"` + id + `"` + rest + `}` }
	c := f.dial(script + "/ws?session_id=" + id)
	if _, failure := f.rpc(methodCall, in(`,"name":"act","arguments":{"action":"half"}`)); failure["code"] != float64(rpcInternal) {
		t.Errorf("a tool that acts before a reset answers %v", failure)
	}
	first, _ := f.rpc(methodCall, in(`,"name":"reset","arguments":{"seed":3}`))
	equal(t, first["structuredContent"], first["data"])
	c.want("observation", c.act("half"))
	second, _ := f.rpc(methodCall, in(`,"name":"step","arguments":{"action":"half"},"_meta":{"progressToken":1}`))
	data, _ := second["data"].(map[string]any)
	equal(t, [2]any{data["reward"], second["isError"]}, [2]any{0.5, false})
	equal(t, c.state().Data.Steps, 2)
	closed, _ := f.rpc(methodClose, in(""))
	equal(t, closed["closed"], any(true))
	c.refused(c.act("half"), sessionError)
	if _, failure := f.rpc(methodCall, in(`,"name":"reset"`)); failure["code"] != float64(rpcParams) {
		t.Errorf("a closed session answers %v", failure)
	}
	equal(t, f.Front.host.Sessions.Len(), 0)
}

// TestBadRPC fails in JSON-RPC's own form.
func TestBadRPC(t *testing.T) {
	f := start(t, options{room: 1})
	for body, want := range map[string]float64{
		``: rpcParse, `{`: rpcParse, `[]`: rpcRequest, `{}`: rpcRequest, `{"jsonrpc":"1.0","id":1,"method":"ping"}`: rpcRequest,
		`{"jsonrpc":"2.0","id":{},"method":"ping"}`: rpcRequest, `{"jsonrpc":"2.0","id":1,"method":3}`: rpcRequest,
		`{"jsonrpc":"2.0","id":1,"method":"ping","more":1}`: rpcRequest, `{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}`: rpcRequest,
		`{"jsonrpc":"2.0","id":1,"method":"fly"}`:                                                    rpcMethod,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call"}`:                                             rpcParams,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"session_id":"none","name":"act"}}`: rpcParams,
	} {
		status, _, v := f.post(script+"/mcp", body)
		failure, _ := v["error"].(map[string]any)
		if status != http.StatusOK || v["jsonrpc"] != "2.0" || failure["code"] != want || failure["message"] == "" {
			t.Errorf("%s answers %d, %v, want code %v", body, status, v, want)
		}
	}
	made, _ := f.rpc(methodCreate, "{}")
	if _, failure := f.rpc(methodCreate, "{}"); failure["code"] != float64(rpcServer) {
		t.Errorf("without room a session is answered with %v", failure)
	}
	id, _ := made["session_id"].(string)
	for call, want := range map[string]float64{
		`"name":"fly"`: rpcParams, `"name":"act"`: rpcParams, `"name":"act","arguments":{"action":1}`: rpcParams, `"name":"act","arguments":[]`: rpcParams,
		`"name":"act","arguments":{"action":"half","type":"list_tools"}`: rpcParams, `"name":"reset","arguments":{"seed":"x"}`: rpcParams,
		`"name":"reset","arguments":{"seed":666}`: rpcInternal,
	} {
		if _, failure := f.rpc(methodCall, `{"session_id":"`+id+`",`+call+`}`); failure["code"] != want {
			t.Errorf("%s answers %v, want code %v", call, failure, want)
		}
	}
}

// TestModelContextProtocol speaks to its clients, who name the session in a header.
func TestModelContextProtocol(t *testing.T) {
	f := start(t, options{})
	_, header, v := f.post(script+"/mcp", `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{}}}`)
	result, _ := v["result"].(map[string]any)
	equal(t, result["protocolVersion"], any("2025-03-26"))
	id := header.Get(mcpHeader)
	status, _, _ := f.post(script+"/mcp", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, mcpHeader, id)
	equal(t, status, http.StatusAccepted)
	status, _, _ = f.do(http.MethodGet, script+"/mcp", "", mcpHeader, id)
	equal(t, status, http.StatusMethodNotAllowed)
	first, _ := f.rpc(methodCall, `{"name":"reset"}`, mcpHeader, id)
	equal(t, first["isError"], any(false))
	for _, want := range []int{http.StatusNoContent, http.StatusGone} {
		status, _, _ = f.do(http.MethodDelete, script+"/mcp", "", mcpHeader, id)
		equal(t, status, want)
	}
}

// TestToolsInFrames calls tools over the WebSocket, both ways that clients know.
func TestToolsInFrames(t *testing.T) {
	f := start(t, options{})
	c := f.dial(script + "/ws")
	listed := c.want("observation", c.ask(`{"type":"step","data":{"type":"list_tools"}}`))
	if all, _ := listed.Data.Observation["tools"].([]any); len(all) != 2 || listed.Data.Reward != nil {
		t.Errorf("the tools are listed as %+v", listed)
	}
	c.refused(c.ask(`{"type":"step","data":{"type":"call_tool","tool_name":"act","arguments":{"action":"half"}}}`), executionError)
	c.want("observation", c.ask(`{"type":"step","data":{"type":"call_tool","tool_name":"reset","arguments":{"seed":1},"metadata":{}}}`))
	called := c.want("observation", c.ask(`{"type":"step","data":{"type":"call_tool","tool_name":"act","arguments":{"action":"win"}}}`))
	if *called.Data.Reward != 1 || !called.Data.Done || called.Data.Observation["tool_name"] != "act" {
		t.Errorf("a tool answers %+v", called)
	}
	mcp := func(rest string) answer {
		t.Helper()
		return c.want("mcp", c.ask(`{"type":"mcp","data":{"jsonrpc":"2.0","id":7`+rest+`}}`))
	}
	equal(t, mcp(`,"method":"openenv/session/create"`).Data.Result["session_id"], any(c.state().Data.Session))
	equal(t, mcp(`,"method":"openenv/session/close"`).Data.Error["code"], any(float64(rpcParams)))
	equal(t, mcp(`,"method":"tools/call","params":{"name":"act","arguments":{"action":"half"}}`).Data.Error["code"], any(float64(rpcInternal)))
	equal(t, mcp(`,"method":"tools/call","params":{"name":"reset"}`).Data.Result["isError"], any(false))
	equal(t, mcp(``).Data.Error["code"], any(float64(rpcRequest)))
	equal(t, mcp(`,"method":"tools/list"`).Data.Error, map[string]any(nil))
	c.want("mcp", c.ask(`{"type":"mcp"}`))
	c.want("observation", c.act("half"))
}

// TestWebSocketOfTools has frames of JSON-RPC and nothing else.
func TestWebSocketOfTools(t *testing.T) {
	f := start(t, options{})
	c := f.dial(script + "/mcp")
	ask := func(frame string) (v struct {
		ID     any
		Result map[string]any
		Error  map[string]any
	}) {
		t.Helper()
		c.send(frame)
		_, b, err := c.ws.ReadMessage()
		must(t, err)
		must(t, json.Unmarshal(b, &v))
		return v
	}
	for frame, want := range map[string]float64{`nonsense`: rpcParse, `[]`: rpcRequest, `{"type":"reset"}`: rpcRequest, `{"jsonrpc":"2.0","id":1,"method":"fly"}`: rpcMethod} {
		equal(t, ask(frame).Error["code"], any(want))
	}
	equal(t, ask(`{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"act","arguments":{"action":"half"}}}`).ID, any("x"))
	equal(t, ask(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"reset"}}`).Result["isError"], any(false))
	won := ask(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"act","arguments":{"action":"win"}}}`)
	data, _ := won.Result["data"].(map[string]any)
	equal(t, data["reward"], any(1.0))
	must(t, c.ws.WriteMessage(websocket.BinaryMessage, []byte("x")))
	_, b, err := c.ws.ReadMessage()
	must(t, err)
	if !strings.Contains(string(b), `"code":-32600`) {
		t.Errorf("a binary frame answers %s", b)
	}
	compattest.Reap(t, f.Front.host.Sessions)
	equal(t, ask(`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"reset"}}`).Error["code"], any(float64(rpcParams)))
	equal(t, c.ended(), websocket.CloseNormalClosure)
}

// TestHTTP holds what the SDKs do not send.
func TestHTTP(t *testing.T) {
	f := start(t, options{room: 1, limits: nil})
	status, header, v := f.post(script+"/reset", "")
	meta, _ := v["metadata"].(map[string]any)
	id, _ := meta["session_id"].(string)
	if status != http.StatusOK || !strings.Contains(header.Get("Set-Cookie"), sessionCookie+"="+id) {
		t.Errorf("a reset answers %d, %v, %v", status, header, v)
	}
	for _, c := range []struct {
		method, path, body string
		status             int
		code               code
	}{
		{"POST", "/reset", "", http.StatusServiceUnavailable, capacityReached},
		{"POST", "/step", `{"action":{"action":"crash"}}`, http.StatusInternalServerError, executionError},
		{"POST", "/step", `{"action":{"action":"half"}}`, http.StatusConflict, executionError},
		{"POST", "/step", `{"action":{"type":"list_tools"}}`, http.StatusUnprocessableEntity, validationError},
		{"POST", "/step", `nonsense`, http.StatusUnprocessableEntity, invalidJSON},
		{"POST", "/reset", `[]`, http.StatusUnprocessableEntity, validationError},
		{"POST", "/reset", `{"seed":666}`, http.StatusInternalServerError, executionError},
		{"PUT", "/step", ``, http.StatusNotFound, executionError},
		{"GET", "/nothing", ``, http.StatusNotFound, executionError},
		{"GET", "/" + compattest.ID + "/nothing", ``, http.StatusNotFound, executionError},
	} {
		named := []string{sessionHeader, id}
		if c.code == capacityReached {
			named = nil
		}
		status, _, v := f.do(c.method, script+c.path, c.body, named...)
		if status != c.status || v["code"] != string(c.code) || v["detail"] == nil {
			t.Errorf("%s %s %s answers %d, %v, want %d, %s", c.method, c.path, c.body, status, v, c.status, c.code)
		}
	}
	if status, _, v := f.do("GET", "/envs/test/none-v0/schema", ""); status != http.StatusNotFound {
		t.Errorf("an environment that there is not answers %d, %v", status, v)
	}
	if status, _, v := f.post(script+"/reset", "", sessionHeader, prefix+"gone"); status != http.StatusGone || v["code"] != string(sessionError) {
		t.Errorf("a session that is gone answers %d, %v", status, v)
	}
	compattest.Reap(t, f.Front.host.Sessions)
	if status, _, v := f.post(script+"/reset", "", "Cookie", sessionCookie+"="+id); status != http.StatusOK {
		t.Errorf("a cookie of a session that is gone answers %d, %v", status, v)
	}
}
