package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// TestFrontEnds asks each front end on one port, and the server's own paths beside them: those
// of the Open Reward Standard are at the root and must not hide any.
func TestFrontEnds(t *testing.T) {
	server := startServer(t, t.TempDir(), "--compat-env", "test/echo-v0", "--agentgym-env", "webshop=test/echo-v0")
	for _, tt := range []struct{ method, path, body, want string }{
		{"GET", "/healthz", "", "ok\n"},
		{"GET", "/readyz", "", "ok\n"},
		{"GET", "/metrics", "", "dreamgym_sessions"},
		{"GET", "/v1/envs", "", `"spec"`},
		{"GET", "/v1/episodes/none", "", "unknown_episode"},
		{"GET", "/v1/ws", "", "version_mismatch"},
		{"GET", "/health", "", `{"status":"ok"}`},
		{"GET", "/list_environments", "", "test/echo-v0"},
		{"GET", "/test/echo-v0/tools", "", `"name":"act"`},
		{"GET", "/ors/test%2Fecho-v0/tools", "", `"name":"act"`},
		{"POST", "/num_tasks", `{"split":"train"}`, `"num_tasks":1`},
		{"GET", "/nemo/test/echo-v0", "", `{"status":"ok"}`},
		{"POST", "/nemo/test/echo-v0/reset", "{}", "supports_step_idempotency"},
		{"GET", "/agentgym/test/echo-v0", "", "This is environment test/echo-v0."},
		{"POST", "/agentgym/test/echo-v0/create", "{}", `"env_idx":`},
		{"GET", "/agentgym/webshop", "", "This is environment test/echo-v0."},
		{"GET", "/nothing", "", "unknown_operation"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), tt.method, server.url+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		reply, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(reply.Body)
		reply.Body.Close()
		if err != nil || !strings.Contains(string(body), tt.want) {
			t.Errorf("%s %s answers %s %s %v, want %q", tt.method, tt.path, reply.Status, body, err, tt.want)
		}
	}
}

// TestFrontEndSettings refuses environments that are not there, before anything is served.
func TestFrontEndSettings(t *testing.T) {
	for _, setting := range [][2]string{
		{"--compat-env", "test/none-v0"}, {"--compat-env", "house"}, {"--agentgym-env", "webshop=test/none-v0"}, {"--agentgym-env", "webshop"}, {"--agentgym-env", "a/b=house/any-v0"},
	} {
		_, _, err := command(t, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", setting[0], setting[1])
		if gym.CodeOf(err) != gym.CodeInvalidConfig || !strings.Contains(err.Error(), setting[0]) {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

// TestConnectionLimit holds connections of every protocol together against --max-connections.
func TestConnectionLimit(t *testing.T) {
	server := startServer(t, t.TempDir(), "--max-connections", "1")
	at := "ws" + strings.TrimPrefix(server.url, "http")
	first, _, err := websocket.DefaultDialer.DialContext(t.Context(), at+"/envs/test/echo-v0/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if err := first.WriteMessage(websocket.TextMessage, []byte(`{"type":"state"}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := first.ReadMessage(); err != nil { // until then it may not have been counted
		t.Fatal(err)
	}
	v1 := websocket.Dialer{Subprotocols: []string{wire.SubprotocolJSON}}
	second, _, err := v1.DialContext(t.Context(), at+"/v1/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if _, _, err := second.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseTryAgainLater) || !strings.Contains(err.Error(), "--max-connections") {
		t.Errorf("beside a connection of OpenEnv's one more is answered with %v", err)
	}
}
