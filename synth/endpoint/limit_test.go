package endpoint_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
)

// together asks n different things at once.
func together(t *testing.T, c *endpoint.Client, n int) {
	t.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if _, err := c.Chat(t.Context(), ask(fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// No more requests are under way than may be, and no fewer.
func TestConcurrency(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		s.Latency = time.Second
		began := time.Now()
		together(t, timed(t, s, func(o *endpoint.Options) { o.Concurrency = 3 }), 20)
		if took := time.Since(began); s.Most() != 3 || took != 7*time.Second {
			t.Errorf("%d requests were under way, 3 may be; it took %s", s.Most(), took)
		}
	})
}

// Waiting for a place counts neither for Timeout nor for RetryFor.
func TestWaitingForAPlace(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		s.Latency = 40 * time.Second
		c := timed(t, s, func(o *endpoint.Options) { o.Concurrency, o.Timeout, o.RetryFor = 1, 50*time.Second, 50*time.Second })
		began := time.Now()
		together(t, c, 4)
		if took := time.Since(began); took != 160*time.Second || len(s.Requests()) != 4 {
			t.Errorf("it took %s and %d requests", took, len(s.Requests()))
		}
	})
}

// A request that waits to be tried again has no place.
func TestWaitsHaveNoPlace(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		c := timed(t, s, func(o *endpoint.Options) { o.Concurrency = 1 })
		s.Then(endpointtest.Status(503, "loading", "Retry-After: 30"))
		var first sync.WaitGroup
		first.Go(func() {
			if a, err := c.Chat(t.Context(), ask("first")); err != nil || a.Latency != 30*time.Second {
				t.Errorf("%+v, %v", a, err)
			}
		})
		synctest.Wait()
		if a, err := c.Chat(t.Context(), ask("second")); err != nil || a.Latency != 0 {
			t.Errorf("%+v, %v", a, err)
		}
		first.Wait()
	})
}

// An answer that is too large is refused, and not asked for again.
func TestTooLarge(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		for _, stream := range []bool{false, true} {
			before := len(s.Requests())
			s.Then(endpointtest.Long(9 << 20))
			_, err := timed(t, s, func(o *endpoint.Options) { o.Stream = stream }).Chat(t.Context(), ask("x"))
			if gym.CodeOf(err) != gym.CodeModelMalformed || len(s.Requests()) != before+1 {
				t.Errorf("stream %t: %v, asked %d times", stream, err, len(s.Requests())-before)
			}
		}
	})
}
