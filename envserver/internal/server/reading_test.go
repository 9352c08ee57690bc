package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// TestBusyReader holds that a connection is read while the step of its only session runs:
// pings and other requests are answered, and then the step.
func TestBusyReader(t *testing.T) {
	slow := newSlow()
	f := start(t, setup{envs: []gym.Registration{slow.registration()}})
	r := f.dialRaw(t, wire.NewCodecs().Msgpack)
	r.do(wire.Request{ID: 1, Op: wire.OpOpen, Session: "slow", Env: "test/slow-v0"})
	r.do(wire.Request{ID: 2, Op: wire.OpReset, Session: "slow"})
	r.request(wire.Request{ID: 3, Op: wire.OpStep, Session: "slow", Action: "wait"})
	<-slow.started
	ponged := make(chan struct{}, 1)
	r.ws.SetPongHandler(func(string) error { ponged <- struct{}{}; return nil })
	must(t, r.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)))
	if reply := r.do(wire.Request{ID: 4, Op: wire.OpPing}); !reply.Pong {
		t.Errorf("ping: %+v", reply)
	}
	select {
	case <-ponged:
	default:
		t.Error("the ping was not answered while the step ran")
	}
	r.play("quick")
	r.request(wire.Request{ID: 5, Op: wire.OpStep, Session: "slow", Action: "go"})
	close(slow.release)
	for _, id := range []int64{3, 5} {
		if reply := r.reply(); reply.ID != id || reply.Timestep == nil {
			t.Errorf("in place of the answer to %d: %+v", id, reply)
		}
	}
	r.do(wire.Request{ID: 6, Op: wire.OpClose, Session: "quick"})
	if reply := r.do(wire.Request{ID: 7, Op: wire.OpStep, Session: "slow", Action: "go"}); reply.Timestep == nil {
		t.Errorf("the connection does not go on: %+v", reply)
	}
}

// TestOneAfterAnother holds that sessions which were closed do not count.
func TestOneAfterAnother(t *testing.T) {
	limits := wire.DefaultLimits()
	limits.SessionsPerConnection = 3
	f := start(t, setup{limits: limits})
	r := f.dialRaw(t, wire.NewCodecs().Msgpack)
	r.play("stays")
	for i := range 10 {
		id := fmt.Sprint("s", i)
		r.play(id)
		if reply := r.do(wire.Request{ID: 4, Op: wire.OpClose, Session: id}); !reply.Closed {
			t.Fatalf("close: %+v", reply)
		}
	}
	r.play("second")
	r.play("third")
	wantLimit(t, r.do(wire.Request{ID: 1, Op: wire.OpOpen, Session: "fourth", Env: "test/echo-v0"}), gym.CodeCapacityReached, "sessions_per_connection")
}
