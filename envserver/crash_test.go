package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"dreamgym/clients/go"
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// TestKilled kills the server under load, again and again. Every step that was
// acknowledged is in the log once, sessions go on where they were, and a step in flight
// is carried out once.
func TestKilled(t *testing.T) {
	rounds := 50
	if testing.Short() {
		rounds = 5
	}
	data := t.TempDir()
	var steppers []*stepper
	for i := range 12 {
		steppers = append(steppers, &stepper{session: fmt.Sprintf("s%d", i), next: 1, acknowledged: make(map[int64]string)})
	}
	for round := range rounds {
		server := startServer(t, data)
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		underLoad := sync.OnceFunc(func() {
			time.AfterFunc(time.Duration(rand.IntN(80))*time.Millisecond, func() { server.cmd.Process.Kill() })
		})
		var load sync.WaitGroup
		for at := range 3 { // connections
			load.Go(func() { stepAll(ctx, t, server.url, steppers[at*4:at*4+4], underLoad) })
		}
		load.Wait()
		cancel()
		server.kill(t)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	checkAcknowledged(t, data, steppers)
}

// stepper is a client's session, over every life of the server.
type stepper struct {
	session, token string
	next           int64 // request id
	steps          int
	pending        *wire.Request // sent, and perhaps not answered
	acknowledged   map[int64]string
}

// stepAll steps sessions over one connection until it is lost; it calls stepped after
// each step.
func stepAll(ctx context.Context, t *testing.T, url string, all []*stepper, stepped func()) {
	c, err := client.Dial(ctx, url, client.Options{})
	if err != nil {
		if !errors.Is(err, client.ErrLost) && !strings.Contains(err.Error(), "connection re") {
			t.Errorf("dial: %v", err)
		}
		return
	}
	defer c.Close()
	var running sync.WaitGroup
	for _, s := range all {
		running.Go(func() {
			if err := s.run(ctx, c, stepped); !errors.Is(err, client.ErrLost) {
				t.Errorf("session %s: %v", s.session, err)
			}
		})
	}
	running.Wait()
}

// run opens or resumes the session and steps until the connection is lost.
func (s *stepper) run(ctx context.Context, c *client.Client, stepped func()) error {
	if err := s.hold(ctx, c); err != nil {
		return err
	}
	for {
		if s.pending == nil {
			s.pending = &wire.Request{ID: s.id(), Op: wire.OpStep, Session: s.session, Action: gym.Action(fmt.Sprint("go ", s.steps))}
		}
		r, err := s.do(ctx, c, s.pending)
		if err != nil {
			return err
		}
		s.steps++
		if want := fmt.Sprintf("step %d ", s.steps); !strings.HasPrefix(r.Timestep.Observation.Text, want) {
			return fmt.Errorf("request %d was answered %.20q, want %q", r.ID, r.Timestep.Observation.Text, want)
		}
		s.acknowledged[r.ID] = r.Timestep.Observation.Text
		s.pending = nil
		stepped()
	}
}

// hold makes the session this connection's. Sessions of one connection number their
// requests apart, since the client tells replies by their ids.
func (s *stepper) hold(ctx context.Context, c *client.Client) error {
	if s.token != "" {
		_, err := s.do(ctx, c, &wire.Request{ID: s.id(), Op: wire.OpResume, Session: s.session, Token: s.token})
		return err
	}
	// Until the token has arrived, the same open and reset are sent.
	open, err := s.do(ctx, c, &wire.Request{ID: s.base() + 1, Op: wire.OpOpen, Session: s.session, Env: "test/echo-v0"})
	if err != nil {
		return err
	}
	if _, err := s.do(ctx, c, &wire.Request{ID: s.base() + 2, Op: wire.OpReset, Session: s.session, Seed: new(int64(1))}); err != nil {
		return err
	}
	s.token, s.next = open.Opened.Token, 3
	return nil
}

// base keeps the ids of sessions apart.
func (s *stepper) base() int64 {
	var n int64
	fmt.Sscanf(s.session, "s%d", &n)
	return n << 32
}

func (s *stepper) id() int64 {
	s.next++
	return s.base() + s.next
}

func (s *stepper) do(ctx context.Context, c *client.Client, q *wire.Request) (*wire.Reply, error) {
	r, err := c.Do(ctx, q)
	if err == nil && r.Error != nil {
		err = fmt.Errorf("%s %d: %w", q.Op, q.ID, r.Error.Err())
	}
	return r, err
}

// checkAcknowledged looks every acknowledged step up in the log.
func checkAcknowledged(t *testing.T, data string, steppers []*stepper) {
	log, err := episode.Open(data, episode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	total := 0
	for _, s := range steppers {
		found := make(map[int64]string)
		err := log.Answers(s.session, func(a episode.Answer) bool {
			if _, twice := found[a.Request]; twice {
				t.Errorf("session %s: request %d is recorded twice", s.session, a.Request)
			}
			ts, err := wire.DecodeTimestep(a.Timestep)
			if err != nil {
				t.Errorf("session %s: request %d: %v", s.session, a.Request, err)
			}
			found[a.Request] = ts.Observation.Text
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range s.acknowledged {
			if got, ok := found[id]; !ok || got != want {
				t.Errorf("session %s: request %d was acknowledged as %.12q and is recorded as %.12q", s.session, id, want, got)
			}
		}
		total += len(s.acknowledged)
	}
	t.Logf("%d acknowledged steps, each recorded once", total)
	if total == 0 {
		t.Error("no step was acknowledged: the load was no load")
	}
}
