package endpoint_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
)

// An endpoint that is down is spared, then tried again by one request.
func TestBreaker(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		s.Always(endpointtest.Reset)
		c := timed(t, s, func(o *endpoint.Options) { o.Retries = -1 })
		fails := func(times, asked int) {
			t.Helper()
			for range times {
				if _, err := c.Chat(t.Context(), ask("x")); gym.CodeOf(err) != gym.CodeModelUnavailable {
					t.Fatalf("Chat: %v", err)
				}
			}
			if n := len(s.Requests()); n != asked {
				t.Fatalf("asked %d times, want %d", n, asked)
			}
		}
		fails(12, 8)
		time.Sleep(9 * time.Second)
		fails(1, 8)
		time.Sleep(time.Second)
		fails(3, 9)
		time.Sleep(10 * time.Second)
		s.Always(endpointtest.BadKey) // an endpoint that refuses is alive
		for range 3 {
			if _, err := c.Chat(t.Context(), ask("x")); endpoint.ReasonOf(err) != endpoint.ReasonKey {
				t.Errorf("an endpoint that answers again: %v", err)
			}
		}
	})
}

// Failures that are not in a row stop nobody.
func TestFailuresNowAndThen(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		c := timed(t, s, func(o *endpoint.Options) { o.Retries = -1 })
		for i := range 32 {
			fails := i%8 != 7
			if fails {
				s.Then(endpointtest.Reset)
			}
			if _, err := c.Chat(t.Context(), ask("x")); (err != nil) != fails || len(s.Requests()) != i+1 {
				t.Fatalf("request %d: %v, asked %d times", i, err, len(s.Requests()))
			}
		}
	})
}

// down makes a client whose breaker is just due to let one request through.
func down(t *testing.T, s *endpointtest.Server) *endpoint.Client {
	t.Helper()
	c := timed(t, s, func(o *endpoint.Options) { o.Retries = -1 })
	failEight(t, s, c)
	time.Sleep(10 * time.Second)
	return c
}

func failEight(t *testing.T, s *endpointtest.Server, c *endpoint.Client) {
	t.Helper()
	for range 8 {
		s.Then(endpointtest.Reset)
		if _, err := c.Chat(t.Context(), ask("x")); err == nil {
			t.Fatal("a reset is an answer")
		}
	}
}

// While one request tries, the others fail at once; when it has an answer, all go on.
func TestOneTries(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		c := down(t, s)
		s.Latency = 5 * time.Second
		var probe sync.WaitGroup
		probe.Go(func() {
			if _, err := c.Chat(t.Context(), ask("probe")); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		if _, err := c.Chat(t.Context(), ask("other")); gym.CodeOf(err) != gym.CodeModelUnavailable || len(s.Requests()) != 9 {
			t.Errorf("%v, asked %d times", err, len(s.Requests()))
		}
		probe.Wait()
		together(t, c, 3)
	})
}

// A request that tries and is given up leaves the trial to another.
func TestTrialIsGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		c := down(t, s)
		s.Then(s.Hang)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Chat(ctx, ask("x")); gym.CodeOf(err) != gym.CodeDeadlineExceeded {
			t.Error(err)
		}
		if _, err := c.Chat(t.Context(), ask("x")); err != nil {
			t.Error(err)
		}
	})
}

// A request that began before the others were stopped puts the trial off no further.
func TestStraggler(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		c := timed(t, s, func(o *endpoint.Options) { o.Retries = -1 })
		s.Then(func(w http.ResponseWriter, r *http.Request, q endpointtest.Request) {
			time.Sleep(9 * time.Second)
			endpointtest.Reset(w, r, q)
		})
		var straggler sync.WaitGroup
		straggler.Go(func() {
			if _, err := c.Chat(t.Context(), ask("early")); err == nil {
				t.Error("a reset is an answer")
			}
		})
		synctest.Wait()
		failEight(t, s, c)
		straggler.Wait()
		time.Sleep(time.Second)
		if _, err := c.Chat(t.Context(), ask("x")); err != nil {
			t.Error(err)
		}
	})
}
