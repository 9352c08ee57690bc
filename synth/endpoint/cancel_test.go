package endpoint_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
)

// Wherever a request is, it ends with its context, at once; the next one finds a place.
func TestContextEnds(t *testing.T) {
	for _, stream := range []bool{false, true} {
		bubble(t, func(t *testing.T, s *endpointtest.Server) {
			c := timed(t, s, func(o *endpoint.Options) { o.Stream, o.Concurrency = stream, 1 })
			for at, fault := range map[string]endpointtest.Reply{
				"before the answer": s.Hang, "in the answer": s.Stall, "between attempts": endpointtest.Status(429, "later", "Retry-After: 60"),
			} {
				s.Always(fault)
				for name, call := range calls(c) {
					endsAtOnce(t, name+" "+at, call)
				}
				s.Always(endpointtest.Say("here"))
				if _, err := c.Chat(t.Context(), ask("x")); err != nil {
					t.Errorf("the next request: %v", err)
				}
			}
		})
	}
}

// endsAtOnce holds a call that would go on for longer against both ends of a context.
func endsAtOnce(t *testing.T, name string, call func(context.Context) error) {
	t.Helper()
	const after = 5 * time.Second
	canceled, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(after, cancel).Stop()
	ends(t, name, call, canceled, gym.CodeCanceled, after)
	ends(t, name, call, canceled, gym.CodeCanceled, 0)
	late, cancelLate := context.WithTimeout(t.Context(), after)
	defer cancelLate()
	ends(t, name, call, late, gym.CodeDeadlineExceeded, after)
	ends(t, name, call, late, gym.CodeDeadlineExceeded, 0)
}

func ends(t *testing.T, name string, call func(context.Context) error, ctx context.Context, want gym.Code, after time.Duration) {
	t.Helper()
	began := time.Now()
	err := call(ctx)
	if took := time.Since(began); gym.CodeOf(err) != want || took != after {
		t.Errorf("%s: %v after %s, want %s after %s", name, err, took, want, after)
	}
}

// A request that waits for a place ends with its context, too, and asks nothing.
func TestContextEndsInTheQueue(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		c := timed(t, s, func(o *endpoint.Options) { o.Concurrency, o.Timeout = 1, time.Hour })
		s.Always(s.Hang)
		ctx, cancel := context.WithCancel(t.Context())
		first := make(chan error)
		go func() {
			r := ask("first")
			_, err := c.Chat(ctx, r)
			first <- err
		}()
		synctest.Wait()
		for name, call := range calls(c) {
			endsAtOnce(t, name+" in the queue", call)
		}
		if len(s.Requests()) != 1 {
			t.Errorf("asked %d times", len(s.Requests()))
		}
		cancel()
		if err := <-first; gym.CodeOf(err) != gym.CodeCanceled {
			t.Errorf("the first: %v", err)
		}
	})
}
