package server_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	client "dreamgym/clients/go"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/conns"
	"dreamgym/envserver/internal/server"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

func copyAll(w io.Writer, r io.Reader) (int64, error) { return io.Copy(w, r) }

// TestBadFrames sends every bad vector: each is answered with its error, or closes its
// connection, and the server goes on.
func TestBadFrames(t *testing.T) {
	f := start(t, setup{})
	codecs := wire.NewCodecs()
	b, err := os.ReadFile("../../../fixtures/wire/bad.json")
	must(t, err)
	var vectors []struct {
		Name    string
		JSON    *string
		Msgpack *string
		ID      int64
		Session string
		Code    gym.Code
		Message string
	}
	must(t, json.Unmarshal(b, &vectors))
	good := f.dialRaw(t, codecs.Msgpack)
	good.play("good")
	for i, v := range vectors {
		check := func(c *wire.Codec, frame []byte) {
			r := f.dialRaw(t, c)
			defer r.ws.Close()
			r.send(frame)
			if v.ID == 0 {
				r.wantClosed(wire.CloseMalformed)
				return
			}
			reply := r.reply()
			for _, m := range reply.Results {
				if m.ID == v.ID {
					reply = m
				}
			}
			if reply.ID != v.ID || reply.Error == nil || reply.Error.Code != v.Code || !strings.Contains(reply.Error.Message, v.Message) {
				t.Errorf("%s, %s: %+v %+v", v.Name, c.Subprotocol, reply, reply.Error)
			}
			if reply := r.do(wire.Request{ID: 99, Op: wire.OpPing}); !reply.Pong {
				t.Errorf("%s, %s: the connection does not go on: %+v", v.Name, c.Subprotocol, reply)
			}
		}
		if v.JSON != nil {
			check(codecs.JSON, []byte(*v.JSON))
		}
		if v.Msgpack != nil {
			frame, err := hex.DecodeString(*v.Msgpack)
			must(t, err)
			check(codecs.Msgpack, frame)
		}
		if reply := good.do(wire.Request{ID: int64(10 + i), Op: wire.OpStep, Session: "good", Action: "on"}); reply.Timestep == nil {
			t.Fatalf("after %s another connection was answered %+v", v.Name, reply)
		}
	}
}

// TestCloseCodes sends what closes a connection.
func TestCloseCodes(t *testing.T) {
	limits := wire.DefaultLimits()
	limits.MessageBytes = 1000
	f := start(t, setup{limits: limits})
	codecs := wire.NewCodecs()
	for name, c := range map[string]struct {
		codec *wire.Codec
		kind  int
		frame []byte
		code  int
	}{
		"text for msgpack": {codecs.Msgpack, websocket.TextMessage, []byte(`{"id":1,"op":"ping"}`), websocket.CloseUnsupportedData},
		"bytes for JSON":   {codecs.JSON, websocket.BinaryMessage, []byte(`{"id":1,"op":"ping"}`), websocket.CloseUnsupportedData},
		"not UTF-8":        {codecs.JSON, websocket.TextMessage, []byte("{\"id\":1,\"op\":\"\xff\"}"), websocket.CloseInvalidFramePayloadData},
		"too large":        {codecs.Msgpack, websocket.BinaryMessage, bytes.Repeat([]byte{0xc0}, 100_000), websocket.CloseMessageTooBig},
		"malformed":        {codecs.Msgpack, websocket.BinaryMessage, []byte{0xc1}, wire.CloseMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			r := f.dialRaw(t, c.codec)
			must(t, r.ws.WriteMessage(c.kind, c.frame))
			r.wantClosed(c.code)
		})
	}
	f.dialRaw(t, codecs.Msgpack).play("still-here")
}

// TestUnmasked breaks the rules of WebSocket itself.
func TestUnmasked(t *testing.T) {
	f := start(t, setup{})
	r := f.dialRaw(t, wire.NewCodecs().Msgpack)
	_, err := r.ws.NetConn().Write([]byte{0x82, 0x01, 0xc0}) // a client must mask its frames
	must(t, err)
	r.wantClosed(websocket.CloseProtocolError)
}

func TestRefusedConnections(t *testing.T) {
	f := start(t, setup{server: server.Options{Token: "secret", AllowOrigin: []string{"https://ok.example"}}})
	ws := strings.Replace(f.url, "http", "ws", 1) + "/v1/ws"
	for name, c := range map[string]struct {
		protocols []string
		header    http.Header
		want      int
	}{
		"no token":         {[]string{wire.SubprotocolJSON}, http.Header{}, http.StatusUnauthorized},
		"wrong token":      {[]string{wire.SubprotocolJSON}, http.Header{"Authorization": {"Bearer guess"}}, http.StatusUnauthorized},
		"wrong key":        {[]string{wire.SubprotocolJSON}, http.Header{"X-Api-Key": {"guess"}}, http.StatusUnauthorized},
		"the token as key": {[]string{wire.SubprotocolJSON}, http.Header{"X-Api-Key": {"secret"}}, http.StatusSwitchingProtocols},
		"token, no scheme": {[]string{wire.SubprotocolJSON}, http.Header{"Authorization": {"secret"}}, http.StatusUnauthorized},
		"no subprotocol":   {nil, http.Header{"Authorization": {"Bearer secret"}}, http.StatusBadRequest},
		"another one":      {[]string{"dreamgym.v2.json"}, http.Header{"Authorization": {"Bearer secret"}}, http.StatusBadRequest},
		"foreign page":     {[]string{wire.SubprotocolJSON}, http.Header{"Authorization": {"Bearer secret"}, "Origin": {"https://evil.example"}}, http.StatusForbidden},
		"allowed page":     {[]string{wire.SubprotocolJSON}, http.Header{"Authorization": {"Bearer secret"}, "Origin": {"https://ok.example"}}, http.StatusSwitchingProtocols},
		"its own page":     {[]string{wire.SubprotocolJSON}, http.Header{"Authorization": {"Bearer secret"}, "Origin": {f.url}}, http.StatusSwitchingProtocols},
		"no page":          {[]string{wire.SubprotocolJSON}, http.Header{"Authorization": {"Bearer secret"}}, http.StatusSwitchingProtocols},
	} {
		conn, answer, err := (&websocket.Dialer{Subprotocols: c.protocols}).Dial(ws, c.header)
		if err == nil {
			conn.Close()
		}
		if answer == nil || answer.StatusCode != c.want {
			t.Errorf("%s: %v %v, want %d", name, answer, err, c.want)
		}
	}
	for _, path := range []string{"/metrics", "/v1/envs", "/v1/episodes"} {
		if status, _ := f.get(t, path, nil); status != http.StatusUnauthorized {
			t.Errorf("%s without a token: %d", path, status)
		}
	}
	if status, _ := f.get(t, "/healthz", nil); status != http.StatusOK {
		t.Errorf("health without a token: %d", status)
	}
	if _, err := client.Dial(t.Context(), f.url, client.Options{}); gym.CodeOf(err) != gym.CodeUnauthorized {
		t.Errorf("dial without a token: %v", err)
	}
	f.dial(t, client.Options{Token: "secret"})
}

// TestForeignName keeps out pages whose name was made to lead to this machine.
func TestForeignName(t *testing.T) {
	f := start(t, setup{})
	status, _ := f.get(t, "/v1/episodes", func(q *http.Request) {
		q.Host = "evil.example:8000"
		q.Header.Set("Origin", "http://evil.example:8000")
	})
	if status != http.StatusForbidden {
		t.Errorf("a foreign name was answered %d", status)
	}
}

func TestTooManyConnections(t *testing.T) {
	f := start(t, setup{server: server.Options{Room: conns.NewRoom(1)}})
	codec := wire.NewCodecs().JSON
	first := f.dialRaw(t, codec)
	ws, _, err := (&websocket.Dialer{Subprotocols: []string{codec.Subprotocol}}).Dial(strings.Replace(f.url, "http", "ws", 1)+"/v1/ws", nil)
	must(t, err)
	defer ws.Close()
	(&raw{t: t, ws: ws, codec: codec}).wantClosed(websocket.CloseTryAgainLater)
	first.play("s")
}

// TestSilent opens 1,000 connections that say nothing; they are closed, and who has
// something to say is served meanwhile.
func TestSilent(t *testing.T) {
	limits := wire.DefaultLimits()
	limits.IdleTimeoutMS = 300
	f := start(t, setup{limits: limits, server: server.Options{PingEvery: 100 * time.Millisecond}})
	codec := wire.NewCodecs().JSON
	var all sync.WaitGroup
	for range 1000 {
		r := f.dialRaw(t, codec)
		all.Go(func() { r.wantClosed(wire.CloseSilent) })
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		all.Wait()
	}()
	busy := f.dialRaw(t, codec)
	busy.play("busy")
	for id := int64(4); ; id++ {
		select {
		case <-closed:
			return
		default:
		}
		if reply := busy.do(wire.Request{ID: id, Op: wire.OpStep, Session: "busy", Action: "on"}); reply.Timestep == nil {
			t.Fatalf("the busy connection: %+v", reply)
		}
	}
}

// TestNeverReads has a client that sends and sends and never reads: it is cut, and the
// others are served.
func TestNeverReads(t *testing.T) {
	f := start(t, setup{server: server.Options{WriteTimeout: 200 * time.Millisecond}})
	codec := wire.NewCodecs().JSON
	deaf, good := f.dialRaw(t, codec), f.dialRaw(t, codec)
	deaf.play("deaf")
	good.play("good")
	frame, err := codec.AppendRequest(nil, &wire.Request{ID: 3, Op: wire.OpTasks, Env: "house/any-v0", Limit: 1000})
	must(t, err)
	deaf.ws.SetWriteDeadline(time.Now().Add(30 * time.Second))
	for {
		if err = deaf.ws.WriteMessage(websocket.TextMessage, frame); err != nil {
			break
		}
	}
	if strings.Contains(err.Error(), "timeout") {
		t.Errorf("the connection was not cut: %v", err)
	}
	if reply := good.do(wire.Request{ID: 4, Op: wire.OpStep, Session: "good", Action: "on"}); reply.Timestep == nil {
		t.Errorf("another connection was answered %+v", reply)
	}
	if _, metrics := f.get(t, "/metrics", nil); !strings.Contains(metrics, `dreamgym_connections_closed_total{code="4001"} 1`) {
		t.Error("the metrics do not tell of it")
	}
}

// TestHalfOpen cuts a connection whose other end no longer answers pings.
func TestHalfOpen(t *testing.T) {
	f := start(t, setup{server: server.Options{PingEvery: 50 * time.Millisecond}})
	r := f.dialRaw(t, wire.NewCodecs().JSON)
	r.play("s")
	r.ws.SetPingHandler(func(string) error { return nil })
	r.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, _, err := r.ws.ReadMessage(); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("reading from a connection that should be cut: %v", err)
	}
}

func TestLimits(t *testing.T) {
	limits := wire.DefaultLimits()
	limits.Sessions, limits.SessionsPerConnection, limits.Batch = 3, 2, 2
	f := start(t, setup{limits: limits})
	codec := wire.NewCodecs().Msgpack
	a, b := f.dialRaw(t, codec), f.dialRaw(t, codec)
	open := func(r *raw, id string) wire.Reply {
		return r.do(wire.Request{ID: 1, Op: wire.OpOpen, Session: id, Env: "test/echo-v0"})
	}
	for _, id := range []string{"a1", "a2"} {
		if reply := open(a, id); reply.Opened == nil {
			t.Fatalf("open: %+v", reply.Error)
		}
	}
	wantLimit(t, open(a, "a3"), gym.CodeCapacityReached, "sessions_per_connection")
	open(b, "b1")
	wantLimit(t, open(b, "b2"), gym.CodeCapacityReached, `"sessions"`)
	if reply := b.do(wire.Request{ID: 2, Op: wire.OpClose, Session: "b1"}); !reply.Closed {
		t.Fatalf("close: %+v", reply)
	}
	if reply := b.do(wire.Request{ID: 2, Op: wire.OpClose, Session: "b1"}); !reply.Closed {
		t.Errorf("the same close again: %+v", reply)
	}
	if reply := open(b, "b2"); reply.Opened == nil {
		t.Errorf("open after a close: %+v", reply.Error)
	}
	step := wire.Request{ID: 9, Op: wire.OpStep, Session: "b2", Action: "x"}
	wantLimit(t, b.do(wire.Request{ID: 10, Op: wire.OpBatch, Requests: []wire.Request{step, step, step}}), gym.CodeTooLarge, "batch")
	steps := wire.Request{ID: 11, Op: wire.OpSteps, Sessions: []string{"b2", "b2"}, Actions: []string{"x", "x"}}
	wantLimit(t, b.do(wire.Request{ID: 12, Op: wire.OpBatch, Requests: []wire.Request{steps, step}}), gym.CodeTooLarge, "batch")
	steps.Sessions, steps.Actions = append(steps.Sessions, "b2"), append(steps.Actions, "x")
	wantLimit(t, b.do(steps), gym.CodeTooLarge, "batch")
}

func wantLimit(t *testing.T, r wire.Reply, code gym.Code, name string) {
	t.Helper()
	if r.Error == nil || r.Error.Code != code || !strings.Contains(r.Error.Message, name) {
		t.Errorf("reply %+v %+v, want %s naming %s", r, r.Error, code, name)
	}
}

// TestTokensStaySecret plays with tokens and looks for them in the log, and in every
// file of the data folder.
func TestTokensStaySecret(t *testing.T) {
	dir := t.TempDir()
	var logged bytes.Buffer
	log := zerolog.New(&logged)
	f := start(t, setup{dir: dir, server: server.Options{Token: "bearer-secret"}, options: func(o *session.Options) { o.Log = log }, log: &log})
	c := f.dial(t, client.Options{Token: "bearer-secret"})
	s, err := c.Open(t.Context(), "house/any-v0", client.OpenOptions{Session: "s"})
	must(t, err)
	if _, err := s.Reset(t.Context(), client.ResetOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), &wire.Request{Op: wire.OpResume, Session: "s", Token: "wrong-" + s.Token}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Resume(t.Context(), "s", s.Token); err != nil {
		t.Fatal(err)
	}
	_, metrics := f.get(t, "/metrics", func(q *http.Request) { q.Header.Set("Authorization", "Bearer bearer-secret") })
	f.stop()
	for _, secret := range []string{"bearer-secret", s.Token} {
		if strings.Contains(logged.String(), secret) || strings.Contains(metrics, secret) {
			t.Errorf("%q was logged", secret)
		}
		must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%q is in %s", secret, d.Name())
			}
			return err
		}))
	}
}
