package openenv

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat/compattest"
	"dreamgym/envserver/internal/conns"
	"dreamgym/envserver/wire"
)

// TestVanish loses a thousand clients in the middle of a step. Their sessions wait for them as
// long as the grace period is, and not longer.
func TestVanish(t *testing.T) {
	const n = 1000
	f := start(t, options{limits: func(l *wire.Limits) {
		l.IdleTimeoutMS = 24 * 3600 * 1000 // the grace alone ends them
		l.StepTimeoutMS = 60_000           // a busy machine takes a while to begin all the steps
	}})
	var all sync.WaitGroup
	clients := make(chan *client, n)
	for range 20 {
		all.Go(func() {
			for range n / 20 {
				c := f.reset(gate)
				c.send(`{"type":"step","data":{"action":"half"}}`)
				clients <- c
			}
		})
	}
	all.Wait()
	close(clients)
	until(t, "all steps wait", func() bool { return f.waiting.Load() == n })
	for c := range clients {
		c.cut()
	}
	until(t, "all connections are gone", func() bool { return len(f.conns.All()) == 0 })
	f.Front.host.Sessions.Reap(time.Now().Add(30 * time.Second))
	equal(t, f.Front.host.Sessions.Len(), n)
	f.openGate()
	compattest.Reap(t, f.Front.host.Sessions)
}

// TestRejoin goes on with a session whose connection was lost in the middle of a step.
func TestRejoin(t *testing.T) {
	f := start(t, options{})
	first := f.reset(gate)
	id := first.state().Data.Session
	first.send(`{"type":"step","data":{"action":"half"}}`)
	until(t, "a step waits", func() bool { return f.waiting.Load() == 1 })
	first.cut()
	second := f.dial(gate + "/ws?session_id=" + id)
	f.openGate()
	until(t, "the step is done", func() bool { return second.state().Data.Steps == 1 })
	if a := second.want("observation", second.act("half")); a.Data.Observation["text"] != "step 2: half" {
		t.Errorf("the next step answers %+v", a)
	}
	until(t, "one connection is left", func() bool { return len(f.conns.All()) == 1 })
	second.want("observation", second.act("half"))
}

// TestTwoClients of one session: the second has it, and the first is told so.
func TestTwoClients(t *testing.T) {
	f := start(t, options{})
	first := f.reset(script)
	second := f.dial(script + "/ws?session_id=" + first.state().Data.Session)
	second.want("observation", second.act("half"))
	first.refused(first.read(), sessionError)
	equal(t, first.ended(), websocket.CloseNormalClosure)
	until(t, "one connection is left", func() bool { return len(f.conns.All()) == 1 })
	equal(t, second.state().Data.Steps, 1)
	second.want("observation", second.act("half"))
}

// TestEnds closes a session with its client's goodbye, at once.
func TestEnds(t *testing.T) {
	f := start(t, options{})
	for name, bye := range map[string]func(c *client){
		"close": func(c *client) { c.send(`{"type":"close"}`) },
		"1000": func(c *client) {
			must(t, c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second)))
		},
	} {
		c := f.reset(script)
		id := c.state().Data.Session
		bye(c)
		equal(t, c.ended(), websocket.CloseNormalClosure)
		until(t, name+" ends the session", func() bool { return f.Front.host.Sessions.Len() == 0 })
		late := f.dial(script + "/ws?session_id=" + id)
		late.refused(late.read(), sessionError)
		equal(t, late.ended(), websocket.CloseNormalClosure)
	}
}

// TestIdle ends a session that was idle for too long: the next request says so.
func TestIdle(t *testing.T) {
	f := start(t, options{})
	c := f.reset(script)
	compattest.Reap(t, f.Front.host.Sessions)
	c.refused(c.act("half"), sessionError)
	equal(t, c.ended(), websocket.CloseNormalClosure)
}

// TestRestart joins a session of before a restart of the server.
func TestRestart(t *testing.T) {
	data := t.TempDir()
	var id, episode string
	t.Run("before", func(t *testing.T) {
		c := start(t, options{data: data}).reset(script)
		c.want("observation", c.act("half"))
		id, episode = c.state().Data.Session, *c.state().Data.Episode
		c.cut()
	})
	f := start(t, options{data: data})
	c := f.dial(script + "/ws?session_id=" + id)
	state := c.state()
	if *state.Data.Episode != episode || state.Data.Steps != 1 {
		t.Errorf("after a restart the state is %+v, want episode %s, one step", state, episode)
	}
	if a := c.want("observation", c.act("half")); a.Data.Observation["text"] != "step 2: half" {
		t.Errorf("after a restart a step answers %+v", a)
	}
}

// TestCapacity waits for room and says so when none comes.
func TestCapacity(t *testing.T) {
	f := start(t, options{room: 1})
	first := f.reset(script)
	refused := f.dial(script + "/ws")
	a := refused.read()
	refused.refused(a, capacityReached)
	equal(t, [2]int{a.Data.Active, a.Data.Max}, [2]int{1, 1})
	equal(t, refused.ended(), websocket.CloseTryAgainLater)
	first.want("observation", first.act("half"))
	f.Front.host.Wait = 10 * time.Second
	waiting := f.dial(script + "/ws")
	first.send(`{"type":"close"}`)
	waiting.want("observation", waiting.ask(`{"type":"reset"}`))
}

// TestRefused says why there is no session.
func TestRefused(t *testing.T) {
	f := start(t, options{})
	id := f.reset(script).state().Data.Session
	for path, want := range map[string]code{
		"/envs/test/none-v0/ws": factoryError, "/envs/test/script/ws": factoryError, script + "@dream/ws": factoryError, script + "@x/ws": factoryError,
		script + "/ws?session_id=none": sessionError, script + "/ws?session_id=" + prefix + "none": sessionError,
		gate + "/ws?session_id=" + id: sessionError,
	} {
		c := f.dial(path)
		c.refused(c.read(), want)
		equal(t, c.ended(), websocket.CloseNormalClosure)
	}
	equal(t, f.Front.host.Sessions.Len(), 1)
}

// TestTooLarge cuts a connection whose frame is too large; its session can be joined again.
func TestTooLarge(t *testing.T) {
	f := start(t, options{limits: func(l *wire.Limits) { l.MessageBytes = 1000 }})
	c := f.reset(script)
	id := c.state().Data.Session
	c.send(`{"type":"step","data":{"action":"` + strings.Repeat("x", 2000) + `"}}`)
	equal(t, c.ended(), websocket.CloseMessageTooBig)
	again := f.dial(script + "/ws?session_id=" + id)
	again.want("observation", again.act("half"))
}

// TestUnread cuts a client that does not read its answers.
func TestUnread(t *testing.T) {
	f := start(t, options{Options: Options{WriteTimeout: 50 * time.Millisecond}})
	c := f.reset(script)
	for c.ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"step","data":{"action":"long"}}`)) == nil {
		c.ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
	}
	until(t, "the connection is cut", func() bool { return len(f.conns.All()) == 0 })
}

// TestSilent cuts a connection that answers no ping.
func TestSilent(t *testing.T) {
	f := start(t, options{Options: Options{PingEvery: 10 * time.Millisecond}})
	f.reset(script) // which nobody reads any more
	until(t, "the connection is cut", func() bool { return len(f.conns.All()) == 0 })
	equal(t, f.Front.host.Sessions.Len(), 1)
}

// TestAnswersPings is of a client that reads, and says nothing itself. A busy machine has the
// time to let it answer.
func TestAnswersPings(t *testing.T) {
	f := start(t, options{Options: Options{PingEvery: 200 * time.Millisecond}})
	alive := f.reset(script)
	answer := alive.ws.PingHandler()
	pings := 0
	alive.ws.SetPingHandler(func(data string) error {
		if pings++; pings == 6 {
			alive.cut()
		}
		return answer(data)
	})
	alive.ws.ReadMessage()
	equal(t, pings, 6)
}

// TestShutdown ends connections, and takes no more.
func TestShutdown(t *testing.T) {
	f := start(t, options{})
	c := f.reset(script)
	f.end()
	equal(t, c.ended(), websocket.CloseGoingAway)
	reply, err := http.Get(f.url + script + "/ws")
	must(t, err)
	reply.Body.Close()
	equal(t, reply.StatusCode, http.StatusServiceUnavailable)
}

// FuzzMessages reads whatever comes, and never more than it understands.
func FuzzMessages(f *testing.F) {
	for _, seed := range []string{
		`{"type":"step","data":{"action":"a\u0000\n","metadata":{}}}`, `{"type": "step", "data": {"action": "a"}}`, `{"type":"reset","data":{"seed":1,"index":2,"task":"t"}}`,
		`{"jsonrpc":"2.0","id":-1,"method":"tools/call","params":{"name":"act","arguments":{"action":"x"}}}`, `{"action":{"action":[1,2]},"timeout_s":1e-9}`, `[[`, "{\"\xff\":1}",
	} {
		f.Add([]byte(seed))
	}
	specs := []gym.Spec{{}, {Browser: true}, {NumericActions: true}}
	f.Fuzz(func(t *testing.T, b []byte) {
		samePlain(t, b)
		if q, err := readFrame(b); err == nil && !known(q.kind) {
			t.Errorf("%q is read as a frame of type %q", b, q.kind)
		}
		if r, err := readReset(b); err == nil && r.Seed != nil && (*r.Seed < 0 || *r.Seed > wire.MaxInt) {
			t.Errorf("%q is read as a reset with seed %d", b, *r.Seed)
		}
		if s, err := readStep(b); err == nil && (s.timeout < 0 || s.action == nil) {
			t.Errorf("%q is read as the step %+v", b, s)
		}
		for i := range specs {
			if a, err := readAction(b, &specs[i]); err == nil && a.tool == "" && a.name != "" {
				t.Errorf("%q is read as the action %+v", b, a)
			}
		}
		if q, err := readRPC(b); err == nil && q.method == "" {
			t.Errorf("%q is read as a request without a method", b)
		}
	})
}

// TestNoRoom turns a connection away that is one too many, in the protocol's words, and takes
// the next when one has gone.
func TestNoRoom(t *testing.T) {
	f := start(t, options{Options: Options{Room: conns.NewRoom(1)}})
	first := f.reset(script)
	second := f.dial(script + "/ws")
	second.refused(second.read(), capacityReached)
	equal(t, second.ended(), websocket.CloseTryAgainLater)
	first.ws.Close()
	until(t, "there is room", func() bool { return len(f.conns.All()) == 0 })
	f.reset(script)
}
