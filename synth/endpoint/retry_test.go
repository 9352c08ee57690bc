package endpoint_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
)

// Failures that do not pass end as unavailable, with what to look at, and without the key.
func TestLastingFailures(t *testing.T) {
	s := endpointtest.New(t)
	s.Otherwise = endpointtest.Status(500, "broken for "+secret)
	c := client(t, s, func(o *endpoint.Options) { o.Names.URL = "--model-url" })
	_, err := c.Chat(t.Context(), ask("x"))
	if gym.CodeOf(err) != gym.CodeModelUnavailable || !strings.Contains(err.Error(), "2 attempts") || !strings.Contains(err.Error(), "--model-url") {
		t.Errorf("Chat: %v", err)
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("the error has the key: %v", err)
	}
}

// Waits grow, differ, honour Retry-After in both forms, and keep to their budget.
func TestWaits(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		var at []time.Time
		after := ""
		s.Otherwise = func(w http.ResponseWriter, r *http.Request, q endpointtest.Request) {
			at = append(at, time.Now())
			endpointtest.Status(503, "later", "Retry-After: "+after)(w, r, q)
		}
		c := timed(t, s, func(o *endpoint.Options) { o.Retries = 5 })
		gaps := func() (all []time.Duration) {
			at = nil
			_, err := c.Chat(t.Context(), ask("x"))
			if gym.CodeOf(err) != gym.CodeModelUnavailable {
				t.Fatal(err)
			}
			for i := 1; i < len(at); i++ {
				all = append(all, at[i].Sub(at[i-1]))
			}
			return all
		}
		for i, gap := range gaps() {
			most := min(250*time.Millisecond<<i, 8*time.Second)
			if gap < most/2 || gap >= most {
				t.Errorf("wait %d is %s, want from %s to %s", i, gap, most/2, most)
			}
		}
		after = "20"
		if all := gaps(); len(all) != 5 || all[0] != 20*time.Second {
			t.Errorf("waits of 20 s each came as %v", all)
		}
		after = time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat)
		if all := gaps(); all[0] < 29*time.Second || all[0] > 30*time.Second {
			t.Errorf("a wait of 30 s came as %v", all)
		}
		after = "3600"
		if all := gaps(); len(all) != 0 {
			t.Errorf("in two minutes there is no room for an hour, but there were waits of %v", all)
		}
		after = "90"
		if all := gaps(); len(all) != 1 {
			t.Errorf("in two minutes there is room for one wait of 90 s, not for %v", all)
		}
	})
}

// Failures that may pass are tried again, and the answer comes.
func TestPassingFailures(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		for name, fault := range map[string]endpointtest.Reply{
			"429": endpointtest.Status(429, "slow down"), "500": endpointtest.Status(500, "oh"), "502": endpointtest.Status(502, ""),
			"503": endpointtest.Status(503, "loading"), "504": endpointtest.Status(504, ""), "408": endpointtest.Status(408, ""),
			"reset": endpointtest.Reset, "cut": endpointtest.CutStream, "end": endpointtest.EndStream, "error": endpointtest.Overloaded,
		} {
			for _, stream := range []bool{false, true} {
				passes(t, name, s, timed(t, s, func(o *endpoint.Options) { o.Stream = stream }), fault)
			}
		}
	})
}

// passes holds a client against a fault that passes.
func passes(t *testing.T, name string, s *endpointtest.Server, c *endpoint.Client, fault endpointtest.Reply) {
	t.Helper()
	before := len(s.Requests())
	s.Then(fault, endpointtest.Say("here"))
	a, err := c.Chat(t.Context(), ask("x"))
	if err != nil || a.Content != "here" || a.Attempts != 2 || len(s.Requests()) != before+2 {
		t.Errorf("%s: %+v, %v, asked %d times", name, a, err, len(s.Requests())-before)
	}
}

// So are real connections that fail.
func TestPassingFailuresOfConnections(t *testing.T) {
	s := endpointtest.New(t)
	c := client(t, s, nil)
	passes(t, "reset", s, c, endpointtest.Reset)
	passes(t, "cut", s, c, endpointtest.CutStream)
	c = client(t, s, func(o *endpoint.Options) { o.Stream = true })
	passes(t, "cut stream", s, c, endpointtest.CutStream)
}

// An attempt that hangs, before its answer or in it, ends after Timeout and is made again.
func TestAttemptsTimeOut(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		for _, stream := range []bool{false, true} {
			for name, fault := range map[string]endpointtest.Reply{"hang": s.Hang, "stall": s.Stall} {
				c := timed(t, s, func(o *endpoint.Options) { o.Stream = stream })
				s.Then(fault, endpointtest.Say("here"))
				a, err := c.Chat(t.Context(), ask("x"))
				if err != nil || a.Content != "here" || a.Attempts != 2 || a.Latency < 10*time.Second || a.Latency > 11*time.Second {
					t.Errorf("%s, stream %t: %+v, %v", name, stream, a, err)
				}
			}
		}
	})
}

// Nobody listens: the message says so, and the address is in the cause alone.
func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c := client(t, &endpointtest.Server{URL: "http://" + l.Addr().String()}, nil)
	_, err = c.Chat(t.Context(), ask("x"))
	e := gym.AsError(err)
	if e.Code != gym.CodeModelUnavailable || !strings.Contains(e.Msg, "refused") || strings.Contains(e.Msg, l.Addr().String()) {
		t.Errorf("Chat: %v", err)
	}
}

// Without retries there is one attempt.
func TestNoRetries(t *testing.T) {
	s := endpointtest.New(t)
	s.Otherwise = endpointtest.Reset
	c := client(t, s, func(o *endpoint.Options) { o.Retries = -1 })
	if _, err := c.Chat(t.Context(), ask("x")); gym.CodeOf(err) != gym.CodeModelUnavailable || len(s.Requests()) != 1 {
		t.Errorf("%v, asked %d times", err, len(s.Requests()))
	}
}

// RetryFor bounds the attempts as it does the waits.
func TestRetryForBoundsAttempts(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		s.Otherwise = s.Hang
		c := timed(t, s, func(o *endpoint.Options) { o.Retries, o.Timeout, o.RetryFor = 9, time.Minute, 90*time.Second })
		began := time.Now()
		_, err := c.Chat(t.Context(), ask("x"))
		if gym.CodeOf(err) != gym.CodeModelUnavailable || time.Since(began) != 90*time.Second || len(s.Requests()) != 2 {
			t.Errorf("%v after %s, asked %d times", err, time.Since(began), len(s.Requests()))
		}
	})
}

// A stream that has said all is not waited for.
func TestLingeringStream(t *testing.T) {
	bubble(t, func(t *testing.T, s *endpointtest.Server) {
		s.Then(s.Linger("all"))
		a, err := timed(t, s, func(o *endpoint.Options) { o.Stream = true }).Chat(t.Context(), ask("x"))
		if err != nil || a.Content != "all" || a.Latency > time.Second {
			t.Errorf("%+v, %v", a, err)
		}
	})
}
