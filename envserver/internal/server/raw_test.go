package server_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// raw is a connection that sends what it is told.
type raw struct {
	t     *testing.T
	ws    *websocket.Conn
	codec *wire.Codec
}

// dialRaw connects with a codec and reads the server's hello.
func (f *fixture) dialRaw(t *testing.T, c *wire.Codec) *raw {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{c.Subprotocol}}
	ws, _, err := d.Dial(strings.Replace(f.url, "http", "ws", 1)+"/v1/ws", nil)
	must(t, err)
	t.Cleanup(func() { ws.Close() })
	// Under load the server may have closed before its ping is answered: that is no fault.
	ws.SetPingHandler(func(data string) error {
		ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
		return nil
	})
	r := &raw{t: t, ws: ws, codec: c}
	_, frame, err := ws.ReadMessage()
	must(t, err)
	h, err := c.DecodeHello(frame)
	must(t, err)
	if h.Protocol != wire.Version || h.Server != "envserver/test" || h.Limits.MessageBytes == 0 {
		t.Errorf("hello: %+v", h)
	}
	return r
}

func (r *raw) kind() int {
	if r.codec.Text {
		return websocket.TextMessage
	}
	return websocket.BinaryMessage
}

func (r *raw) send(frame []byte) {
	r.t.Helper()
	must(r.t, r.ws.WriteMessage(r.kind(), frame))
}

func (r *raw) request(q wire.Request) {
	r.t.Helper()
	b, err := r.codec.AppendRequest(nil, &q)
	must(r.t, err)
	r.send(b)
}

func (r *raw) reply() wire.Reply {
	r.t.Helper()
	r.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	_, frame, err := r.ws.ReadMessage()
	must(r.t, err)
	var reply wire.Reply
	must(r.t, r.codec.DecodeReply(frame, &reply))
	return reply
}

// do sends a request and wants a reply to it, in so many words.
func (r *raw) do(q wire.Request) wire.Reply {
	r.t.Helper()
	r.request(q)
	reply := r.reply()
	if reply.ID != q.ID {
		r.t.Fatalf("reply to %d, want %d: %+v", reply.ID, q.ID, reply)
	}
	return reply
}

// wantClosed reads until the connection is closed, and wants the code.
func (r *raw) wantClosed(code int) {
	r.t.Helper()
	r.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		_, _, err := r.ws.ReadMessage()
		if err == nil {
			continue
		}
		var closed *websocket.CloseError
		if !errors.As(err, &closed) || closed.Code != code {
			r.t.Errorf("the connection ended with %v, want close %d", err, code)
		}
		return
	}
}

// play opens session id of test/echo-v0 and takes a step.
func (r *raw) play(id string) {
	r.t.Helper()
	for _, q := range []wire.Request{
		{ID: 1, Op: wire.OpOpen, Session: id, Env: "test/echo-v0"},
		{ID: 2, Op: wire.OpReset, Session: id},
		{ID: 3, Op: wire.OpStep, Session: id, Action: "hello"},
	} {
		if reply := r.do(q); reply.Error != nil {
			r.t.Fatalf("%s: %+v", q.Op, reply.Error)
		}
	}
}

// slow is an environment whose steps take until released, or until their context ends.
type slow struct {
	release chan struct{}
	started chan struct{}
}

func newSlow() *slow { return &slow{release: make(chan struct{}), started: make(chan struct{}, 100)} }

func (s *slow) registration() gym.Registration {
	return gym.Registration{
		Spec:  gym.Spec{ID: "test/slow-v0", Description: "takes its time"},
		Tasks: oneTask{},
		Open:  func(context.Context) (gym.Env, error) { return s, nil },
	}
}

func (s *slow) Reset(context.Context, gym.ResetOptions) (gym.Timestep, error) {
	return gym.Timestep{Info: gym.Info{gym.InfoBackend: "real"}}, nil
}

func (s *slow) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	s.started <- struct{}{}
	select {
	case <-s.release:
		return gym.Timestep{Observation: gym.Observation{Text: "at last"}}, nil
	case <-ctx.Done():
		return gym.Timestep{}, ctx.Err()
	}
}

func (s *slow) Close() error { return nil }

type oneTask struct{}

func (oneTask) Len(context.Context, gym.Split) (int, error) { return 1, nil }

func (oneTask) At(_ context.Context, s gym.Split, _ int) (gym.Task, error) {
	return gym.Task{ID: "only", Split: s}, nil
}

func (oneTask) Find(context.Context, string) (gym.Task, error) {
	return gym.Task{ID: "only", Split: gym.SplitTrain}, nil
}

// get asks for a page.
func (f *fixture) get(t *testing.T, path string, change func(*http.Request)) (int, string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+path, nil)
	must(t, err)
	if change != nil {
		change(q)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	a, err := client.Do(q)
	must(t, err)
	defer a.Body.Close()
	var b strings.Builder
	_, err = copyAll(&b, a.Body)
	must(t, err)
	return a.StatusCode, b.String()
}
