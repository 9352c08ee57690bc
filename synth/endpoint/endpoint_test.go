package endpoint_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "sk-very-secret"

func client(t *testing.T, s *endpointtest.Server, set func(*endpoint.Options)) *endpoint.Client {
	t.Helper()
	o := endpoint.Options{URL: s.URL, Model: "tiny", Key: secret, Retries: 1, Timeout: 10 * time.Second}
	if set != nil {
		set(&o)
	}
	c, err := endpoint.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func ask(content string) endpoint.Chat {
	return endpoint.Chat{Messages: []endpoint.Message{{Role: "user", Content: content}}, MaxTokens: 10}
}

// bubble runs a test over an endpoint in memory, in a time of its own.
func bubble(t *testing.T, test func(t *testing.T, s *endpointtest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, endpointtest.InMemory(t)) })
}

// timed is a client of an endpoint in memory.
func timed(t *testing.T, s *endpointtest.Server, set func(*endpoint.Options)) *endpoint.Client {
	t.Helper()
	return client(t, s, func(o *endpoint.Options) {
		o.Transport = s
		if set != nil {
			set(o)
		}
	})
}

// What New refuses, it refuses without repeating a secret.
func TestOptionsHaveFaults(t *testing.T) {
	for name, set := range map[string]func(*endpoint.Options){
		"no scheme":          func(o *endpoint.Options) { o.URL = "127.0.0.1:8080/v1" },
		"another scheme":     func(o *endpoint.Options) { o.URL = "ftp://host/v1" },
		"a query":            func(o *endpoint.Options) { o.URL = "http://host/v1?key=" + secret },
		"no model":           func(o *endpoint.Options) { o.Model = "" },
		"a key with its end": func(o *endpoint.Options) { o.Key = secret + "\n" },
		"negative places":    func(o *endpoint.Options) { o.Concurrency = -1 },
		"an extra messages":  func(o *endpoint.Options) { o.Extra = map[string]any{"messages": 1} },
		"an extra function":  func(o *endpoint.Options) { o.Extra = map[string]any{"f": func() {}} },
	} {
		o := endpoint.Options{URL: "http://host/v1/", Model: "tiny", Key: secret}
		if _, err := endpoint.New(o); err != nil {
			t.Fatal(err)
		}
		set(&o)
		_, err := endpoint.New(o)
		if gym.CodeOf(err) != gym.CodeInvalidConfig || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A slash at the end of the address is not doubled.
func TestAddressWithSlash(t *testing.T) {
	s := endpointtest.New(t)
	c := client(t, s, func(o *endpoint.Options) { o.URL += "/" })
	if _, err := c.Chat(t.Context(), ask("x")); err != nil || s.Requests()[0].Path != "/v1/chat/completions" {
		t.Errorf("%v, asked was %s", err, s.Requests()[0].Path)
	}
}

// The format of the answer is asked for in the mode that was chosen.
func TestFormats(t *testing.T) {
	s := endpointtest.New(t)
	for want, set := range map[string]func(*endpoint.Chat){
		`"response_format":{"type":"json_schema","json_schema":{"name":"step","strict":true,"schema":{"type":"object"}}}`: func(r *endpoint.Chat) {
			r.Schema, r.Name = []byte(`{"type": "object"}`), "step"
		},
		`"response_format":{"type":"json_object"}`: func(r *endpoint.Chat) { r.Object = true },
		`"top_p":0.5`: func(r *endpoint.Chat) { p := 0.5; r.TopP = &p },
	} {
		r := ask("x")
		set(&r)
		if _, err := client(t, s, nil).Chat(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if body := s.Requests()[len(s.Requests())-1].Body; !strings.Contains(body, want) {
			t.Errorf("the body %s lacks %s", body, want)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	_, err := endpoint.New(endpoint.Options{URL: "nowhere", Extra: map[string]any{"seed": 1}, Timeout: -1, Names: endpoint.Names{URL: "--model-url", Model: "--model-name"}})
	if gym.CodeOf(err) != gym.CodeInvalidConfig {
		t.Fatalf("New: %v", err)
	}
	for _, part := range []string{"--model-url", "--model-name is missing", `"seed"`, "negative"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not tell of %s", err, part)
		}
	}
}

// An answer is the same, whole or streamed, with its tokens counted.
func TestChat(t *testing.T) {
	s := endpointtest.New(t)
	for _, stream := range []bool{false, true} {
		c := client(t, s, func(o *endpoint.Options) { o.Stream, o.Extra = stream, map[string]any{"cache_prompt": false, "a": 1} })
		s.Then(endpointtest.Say("héllo there"))
		temperature, seed := 0.5, int64(3)
		r := ask("say hello")
		r.Schema, r.Name, r.Temperature, r.Seed = []byte(`{"type":"string"}`), "step", &temperature, &seed
		a, err := c.Chat(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if a.Content != "héllo there" || a.Finish != "stop" || a.Usage != (endpoint.Usage{PromptTokens: 2, CompletionTokens: 2}) || a.Attempts != 1 || a.Kept {
			t.Errorf("stream %t: %+v", stream, a)
		}
		q := s.Requests()[len(s.Requests())-1]
		for _, part := range []string{`"model":"tiny"`, `"max_tokens":10`, `"temperature":0.5`, `"seed":3`, `"strict":true`, `"schema":{"type":"string"}`, `"cache_prompt":false`, `"a":1`} {
			if !strings.Contains(q.Body, part) {
				t.Errorf("the body %s lacks %s", q.Body, part)
			}
		}
		if q.Key != secret || q.Stream != stream {
			t.Errorf("it was asked with key %q, stream %t", q.Key, q.Stream)
		}
	}
}
