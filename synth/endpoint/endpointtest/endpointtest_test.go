package endpointtest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"dreamgym/synth/endpoint/endpointtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// seen is what a client has of an exchange.
type seen struct {
	status   int
	after    string
	body     string
	noAnswer bool
	cut      bool
}

// look asks an endpoint.
func look(t *testing.T, transport http.RoundTripper, url, body string) seen {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return seen{noAnswer: true}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return seen{resp.StatusCode, resp.Header.Get("Retry-After"), string(text), false, err != nil}
}

// An endpoint in memory does what one over a connection does.
func TestInMemory(t *testing.T) {
	listening, inMemory := endpointtest.New(t), endpointtest.InMemory(t)
	over := &http.Transport{DisableKeepAlives: true}
	for name, reply := range map[string]func(s *endpointtest.Server) endpointtest.Reply{
		"say":    func(*endpointtest.Server) endpointtest.Reply { return endpointtest.Say("héllo") },
		"status": func(*endpointtest.Server) endpointtest.Reply { return endpointtest.Status(429, "m", "Retry-After: 3") },
		"key":    func(*endpointtest.Server) endpointtest.Reply { return endpointtest.BadKey },
		"reset":  func(*endpointtest.Server) endpointtest.Reply { return endpointtest.Reset },
		"cut":    func(*endpointtest.Server) endpointtest.Reply { return endpointtest.CutStream },
		"end":    func(*endpointtest.Server) endpointtest.Reply { return endpointtest.EndStream },
		"empty":  func(*endpointtest.Server) endpointtest.Reply { return endpointtest.Empty },
		"long":   func(*endpointtest.Server) endpointtest.Reply { return endpointtest.Long(100_000) },
		"fence":  func(*endpointtest.Server) endpointtest.Reply { return endpointtest.Fence("{}") },
		"nothing": func(*endpointtest.Server) endpointtest.Reply {
			return func(http.ResponseWriter, *http.Request, endpointtest.Request) {}
		},
	} {
		for _, body := range []string{`{"messages":[{"role":"user","content":"x y"}]}`, `{"stream":true}`} {
			listening.Then(reply(listening))
			inMemory.Then(reply(inMemory))
			a, b := look(t, over, listening.URL, body), look(t, inMemory, inMemory.URL, body)
			if a != b {
				t.Errorf("%s: over a connection %+v, in memory %+v", name, a, b)
			}
		}
	}
}
