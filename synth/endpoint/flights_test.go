package endpoint_test

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
)

// Alike requests at the same time are one; it goes on while one of them waits.
func TestAlikeRequestsAreOne(t *testing.T) {
	s := endpointtest.New(t)
	let := make(chan struct{})
	s.Otherwise = endpointtest.SayTo(func(endpointtest.Request) string {
		<-let
		return "one"
	})
	c := storing(t, s)
	first, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := c.Chat(first, ask("x")); gym.CodeOf(err) != gym.CodeCanceled {
			t.Errorf("the first gave up: %v", err)
		}
	})
	until := func(waiting int) {
		for c.Waiting() != waiting {
			runtime.Gosched()
		}
	}
	until(1)
	for range 5 {
		all.Go(func() {
			if a, err := c.Chat(t.Context(), ask("x")); err != nil || a.Content != "one" {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
	until(6)
	cancel()
	until(5)
	close(let)
	all.Wait()
	if n := len(s.Requests()); n != 1 {
		t.Errorf("six alike requests asked %d times", n)
	}
}

// When the last who waits gives up, the endpoint is let go, and who comes then asks anew.
func TestNobodyWaits(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		c := timed(t, s, nil)
		s.Then(s.Hang)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if _, err := c.Chat(ctx, ask("x")); gym.CodeOf(err) != gym.CodeCanceled {
					t.Errorf("it gave up: %v", err)
				}
			})
		}
		synctest.Wait()
		cancel()
		all.Wait()
		if a, err := c.Chat(t.Context(), ask("x")); err != nil || a.Attempts != 1 || len(s.Requests()) != 2 {
			t.Errorf("%+v, %v, asked %d times", a, err, len(s.Requests()))
		}
	})
}

// transport is one that a test makes.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Nobody joins a request that is being given up, however long it takes to end.
func TestRequestBeingGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		release := make(chan struct{})
		slow := true
		c := timed(t, s, func(o *endpoint.Options) {
			o.Transport = transport(func(r *http.Request) (*http.Response, error) {
				if slow {
					slow = false
					<-release
				}
				return s.RoundTrip(r)
			})
		})
		ctx, cancel := context.WithCancel(t.Context())
		var first sync.WaitGroup
		first.Go(func() {
			if _, err := c.Chat(ctx, ask("x")); gym.CodeOf(err) != gym.CodeCanceled {
				t.Errorf("it gave up: %v", err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		if _, err := c.Chat(t.Context(), ask("x")); err != nil {
			t.Error(err)
		}
		close(release)
		first.Wait()
	})
}

// A failure is everybody's, once; what differs is asked apart.
func TestAlikeRequestsFailTogether(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		c := timed(t, s, nil)
		s.Otherwise = endpointtest.BadKey
		s.Latency = 1
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				if _, err := c.Chat(t.Context(), ask([]string{"x", "y"}[i%2])); gym.CodeOf(err) != gym.CodeNotAvailable {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := len(s.Requests()); n != 2 {
			t.Errorf("asked %d times for two things", n)
		}
	})
}
