package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	client "dreamgym/clients/go"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// TestBatch mixes operations and faults in one frame; each gets its own answer, in order.
func TestBatch(t *testing.T) {
	f := start(t, setup{})
	for _, codec := range []*wire.Codec{wire.NewCodecs().Msgpack, wire.NewCodecs().JSON} {
		r := f.dialRaw(t, codec)
		name := func(i int) string {
			return fmt.Sprintf("%s-%d", strings.TrimPrefix(codec.Subprotocol, "dreamgym.v1."), i)
		}
		batch := func(id int64, qs ...wire.Request) []wire.Reply {
			reply := r.do(wire.Request{ID: id, Op: wire.OpBatch, Requests: qs})
			if len(reply.Results) != len(qs) {
				t.Fatalf("%d results to %d requests: %+v", len(reply.Results), len(qs), reply)
			}
			for i, m := range reply.Results {
				if m.ID != qs[i].ID || m.Session != qs[i].Session {
					t.Errorf("result %d is to %d of %q", i, m.ID, m.Session)
				}
			}
			return reply.Results
		}
		var opens []wire.Request
		for i := range 3 {
			opens = append(opens, wire.Request{ID: 1, Op: wire.OpOpen, Session: name(i), Env: "house/any-v0"})
		}
		batch(1, opens...)
		all := batch(2,
			wire.Request{ID: 2, Op: wire.OpReset, Session: name(0)},
			wire.Request{ID: 2, Op: wire.OpStep, Session: name(1), Action: "look"},
			wire.Request{ID: 2, Op: wire.OpClose, Session: name(2)},
			wire.Request{ID: 2, Op: wire.OpStep, Session: "nobody", Action: "look"},
			wire.Request{ID: 3, Op: wire.OpStep, Session: name(0), Action: "look"},
		)
		if all[0].Timestep == nil || all[2].Closed != true || all[4].Timestep == nil {
			t.Errorf("results: %+v", all)
		}
		if all[1].Error == nil || all[1].Error.Code != gym.CodeResetRequired || all[3].Error == nil || all[3].Error.Code != gym.CodeUnknownSession {
			t.Errorf("errors: %+v %+v", all[1].Error, all[3].Error)
		}
	}
}

// TestSlowMember holds that a slow member of a batch delays its batch to its deadline
// and nothing else.
func TestSlowMember(t *testing.T) {
	slow := newSlow()
	f := start(t, setup{envs: []gym.Registration{slow.registration()}})
	r := f.dialRaw(t, wire.NewCodecs().Msgpack)
	r.play("quick")
	r.do(wire.Request{ID: 1, Op: wire.OpOpen, Session: "slow", Env: "test/slow-v0"})
	r.do(wire.Request{ID: 2, Op: wire.OpReset, Session: "slow"})
	r.request(wire.Request{ID: 50, Op: wire.OpBatch, Requests: []wire.Request{
		{ID: 3, Op: wire.OpStep, Session: "slow", Action: "wait", TimeoutMS: 300},
		{ID: 4, Op: wire.OpStep, Session: "quick", Action: "go"},
	}})
	<-slow.started
	// The quick session, pings of both kinds and other requests are answered meanwhile.
	ponged := make(chan struct{}, 1)
	r.ws.SetPongHandler(func(string) error { ponged <- struct{}{}; return nil })
	must(t, r.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)))
	if reply := r.do(wire.Request{ID: 5, Op: wire.OpStep, Session: "quick", Action: "go"}); reply.Timestep == nil {
		t.Errorf("the quick session: %+v", reply.Error)
	}
	if reply := r.do(wire.Request{ID: 6, Op: wire.OpPing}); !reply.Pong {
		t.Errorf("ping: %+v", reply)
	}
	select {
	case <-ponged:
	default:
		t.Error("the ping was not answered while a step ran")
	}
	reply := r.reply()
	if reply.ID != 50 || len(reply.Results) != 2 {
		t.Fatalf("the batch: %+v", reply)
	}
	if e := reply.Results[0].Error; e == nil || e.Code != gym.CodeDeadlineExceeded || !e.Retry {
		t.Errorf("the slow member: %+v", reply.Results[0])
	}
	if reply.Results[1].Timestep == nil {
		t.Errorf("the quick member: %+v", reply.Results[1])
	}
}

// TestResume goes on with a session after its connection was lost, in the middle of a step.
func TestResume(t *testing.T) {
	slow := newSlow()
	f := start(t, setup{envs: []gym.Registration{slow.registration()}})
	codec := wire.NewCodecs().JSON
	first := f.dialRaw(t, codec)
	token := first.do(wire.Request{ID: 1, Op: wire.OpOpen, Session: "s", Env: "test/slow-v0"}).Opened.Token
	first.do(wire.Request{ID: 2, Op: wire.OpReset, Session: "s"})
	step := wire.Request{ID: 3, Op: wire.OpStep, Session: "s", Action: "wait"}
	first.request(step)
	<-slow.started
	must(t, first.ws.NetConn().Close())
	close(slow.release)

	second := f.dialRaw(t, codec)
	if reply := second.do(step); reply.Error == nil || reply.Error.Code != gym.CodeUnknownSession {
		t.Errorf("a step before resume: %+v", reply)
	}
	if reply := second.do(wire.Request{ID: 4, Op: wire.OpResume, Session: "s", Token: token + "x"}); reply.Error == nil || reply.Error.Code != gym.CodeUnauthorized {
		t.Errorf("resume with a wrong token: %+v", reply)
	}
	reply := second.do(wire.Request{ID: 5, Op: wire.OpResume, Session: "s", Token: token})
	if reply.Resumed == nil || reply.Resumed.LastID != 3 || reply.Resumed.Steps != 1 {
		t.Fatalf("resume: %+v %+v", reply, reply.Error)
	}
	if reply := second.do(step); reply.Timestep == nil || reply.Timestep.Observation.Text != "at last" {
		t.Errorf("the step again: %+v", reply)
	}
	if len(slow.started) != 0 {
		t.Error("the step was carried out twice")
	}
}

// TestRestart shuts the server down in the middle of an episode and starts another on the
// same folder: the client is told to come back, and goes on.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	f := start(t, setup{dir: dir})
	r := f.dialRaw(t, wire.NewCodecs().Msgpack)
	token := r.do(wire.Request{ID: 1, Op: wire.OpOpen, Session: "s", Env: "house/any-v0"}).Opened.Token
	r.do(wire.Request{ID: 2, Op: wire.OpReset, Session: "s", Seed: new(int64(5))})
	want := r.do(wire.Request{ID: 3, Op: wire.OpStep, Session: "s", Action: "look"})
	go f.stop()
	r.wantClosed(websocket.CloseGoingAway)
	f.stop()

	g := start(t, setup{dir: dir})
	r = g.dialRaw(t, wire.NewCodecs().Msgpack)
	resumed := r.do(wire.Request{ID: 4, Op: wire.OpResume, Session: "s", Token: token})
	if resumed.Resumed == nil || resumed.Resumed.Steps != 1 || resumed.Resumed.LastID != 3 {
		t.Fatalf("resume: %+v %+v", resumed, resumed.Error)
	}
	again := r.do(wire.Request{ID: 3, Op: wire.OpStep, Session: "s", Action: "look"})
	if again.Timestep == nil || again.Timestep.Observation.Text != want.Timestep.Observation.Text {
		t.Errorf("the same request after the restart: %+v", again)
	}
	if next := r.do(wire.Request{ID: 5, Op: wire.OpStep, Session: "s", Action: "inventory"}); next.Timestep == nil {
		t.Errorf("the next step after the restart: %+v", next.Error)
	}
}

// TestLost tells a client of the Go library that its connection is gone, and lets it resume.
func TestLost(t *testing.T) {
	f := start(t, setup{})
	c := f.dial(t, client.Options{})
	s, err := c.Open(t.Context(), "house/any-v0", client.OpenOptions{})
	must(t, err)
	if _, err := s.Reset(t.Context(), client.ResetOptions{}); err != nil {
		t.Fatal(err)
	}
	must(t, c.Close())
	if _, err := s.Step(t.Context(), "look"); !errors.Is(err, client.ErrLost) {
		t.Errorf("a step on a closed connection: %v", err)
	}
	d := f.dial(t, client.Options{JSON: true})
	s, resumed, err := d.Resume(t.Context(), s.ID(), s.Token)
	must(t, err)
	if resumed.Steps != 0 || resumed.Episode == "" {
		t.Errorf("resumed: %+v", resumed)
	}
	if _, err := s.Step(t.Context(), "look"); err != nil {
		t.Errorf("a step after resume: %v", err)
	}
}

func TestPages(t *testing.T) {
	f := start(t, setup{})
	f.dialRaw(t, wire.NewCodecs().JSON).play("s")
	must(t, f.store.CatchUp(t.Context()))
	for path, want := range map[string]string{
		"/healthz":                    "ok",
		"/readyz":                     "ok",
		"/v1/envs":                    `"house/heat-and-place-v0"`,
		"/v1/episodes":                `"test/echo-v0"`,
		"/v1/episodes?env=house/x-v0": `"episodes":[]`,
		"/metrics":                    `dreamgym_steps_total{backend="real",env="test/echo-v0"} 1`,
	} {
		status, body := f.get(t, path, nil)
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	for path, want := range map[string]int{
		"/v1/episodes/none":        http.StatusNotFound,
		"/v1/episodes?colour=blue": http.StatusBadRequest,
		"/v1/episodes?limit=many":  http.StatusBadRequest,
		"/v1/ws":                   http.StatusBadRequest,
		"/nowhere":                 http.StatusNotFound,
	} {
		if status, body := f.get(t, path, nil); status != want {
			t.Errorf("%s: %d %s, want %d", path, status, body, want)
		}
	}
	_, body := f.get(t, "/v1/episodes", nil)
	var list struct{ Episodes []struct{ ID string } }
	must(t, json.Unmarshal([]byte(body), &list))
	if _, body := f.get(t, "/v1/episodes/"+list.Episodes[0].ID, nil); !strings.Contains(body, `"action":"hello"`) {
		t.Errorf("the episode: %s", body)
	}
}

func TestTasks(t *testing.T) {
	f := start(t, setup{})
	c := f.dial(t, client.Options{})
	list, err := c.Tasks(t.Context(), "house/any-v0", gym.SplitSeen, 138, 10)
	must(t, err)
	if list.Total != 140 || len(list.Tasks) != 2 || list.Tasks[0].Goal == "" || list.Tasks[0].Split != gym.SplitSeen {
		t.Errorf("tasks: %+v", list)
	}
	if _, err := c.Tasks(t.Context(), "house/none-v0", gym.SplitSeen, 0, 1); gym.CodeOf(err) != gym.CodeUnknownEnvironment {
		t.Errorf("tasks of no environment: %v", err)
	}
	envs, err := c.Envs(t.Context())
	must(t, err)
	if len(envs) != 8 || envs[0].Spec.ID != "house/any-v0" || !envs[0].Solver || envs[0].Splits[gym.SplitUnseen] != 134 {
		t.Errorf("envs: %+v", envs)
	}
}

// slowTasks have to be looked for, longer than anybody waits.
type slowTasks struct{ gym.TaskSet }

func (slowTasks) Len(ctx context.Context, _ gym.Split) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

// promptTasks are counted at once, but not for who no longer waits.
type promptTasks struct{ gym.TaskSet }

func (promptTasks) Len(ctx context.Context, _ gym.Split) (int, error) { return 7, ctx.Err() }

// knownTasks are counted whoever waits.
type knownTasks struct{ gym.TaskSet }

func (knownTasks) Len(context.Context, gym.Split) (int, error) { return 7, nil }

// TestCounts wants environments to be counted though the tasks of those before them have to
// be looked for.
func TestCounts(t *testing.T) {
	var regs []gym.Registration
	for id, tasks := range map[string]gym.TaskSet{"a/slow-v0": slowTasks{}, "a/then-v0": knownTasks{}, "b/prompt-v0": promptTasks{}} {
		regs = append(regs, gym.Registration{Spec: gym.Spec{ID: id}, Tasks: tasks, Open: func(context.Context) (gym.Env, error) { return nil, nil }})
	}
	f := start(t, setup{envs: regs})
	_, body := f.get(t, "/v1/envs", nil)
	var list struct{ Envs []wire.EnvInfo }
	must(t, json.Unmarshal([]byte(body), &list))
	got := make(map[string]int)
	for _, e := range list.Envs {
		got[e.Spec.ID] = e.Splits[gym.SplitUnseen]
		if e.Missing != "" {
			t.Errorf("%s: missing %q", e.Spec.ID, e.Missing)
		}
	}
	for id, want := range map[string]int{"a/slow-v0": 0, "a/then-v0": 7, "b/prompt-v0": 7} {
		if n, there := got[id]; n != want || !there {
			t.Errorf("%s has %d tasks, want %d", id, n, want)
		}
	}
}
