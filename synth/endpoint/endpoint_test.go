package endpoint_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
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

// Failures that may pass are tried again, and the answer comes.
func TestPassingFailures(t *testing.T) {
	s := endpointtest.New(t)
	s.Otherwise = endpointtest.Say("here")
	for name, fault := range map[string]endpointtest.Reply{
		"429": endpointtest.Status(429, "slow down"), "500": endpointtest.Status(500, "oh"), "502": endpointtest.Status(502, ""),
		"503": endpointtest.Status(503, "loading"), "504": endpointtest.Status(504, ""), "408": endpointtest.Status(408, ""),
		"reset": endpointtest.Reset, "cut": endpointtest.CutStream, "hang": s.Hang,
	} {
		for _, stream := range []bool{false, true} {
			c := client(t, s, func(o *endpoint.Options) {
				o.Stream = stream
				if name == "hang" {
					o.Timeout = 50 * time.Millisecond
				}
			})
			before := len(s.Requests())
			s.Then(fault)
			a, err := c.Chat(t.Context(), ask("x"))
			if err != nil || a.Content != "here" || a.Attempts != 2 || len(s.Requests()) != before+2 {
				t.Errorf("%s, stream %t: %+v, %v, asked %d times", name, stream, a, err, len(s.Requests())-before)
			}
		}
	}
}

// Failures that do not pass end as unavailable, with what to look at, and without the key.
func TestLastingFailures(t *testing.T) {
	s := endpointtest.New(t)
	s.Otherwise = endpointtest.Status(500, "broken for "+secret)
	c := client(t, s, func(o *endpoint.Options) { o.Names.URL = "--model-url" })
	_, err := c.Chat(t.Context(), ask("x"))
	if gym.CodeOf(err) != gym.CodeModelUnavailable || !strings.Contains(err.Error(), "2 attempts") || !strings.Contains(err.Error(), "--model-url") {
		t.Errorf("Chat: %v", err)
	}
	var e *gym.Error
	if errors.As(err, &e); strings.Contains(e.Msg, secret) {
		t.Errorf("the message has the key: %s", e.Msg)
	}
}

// What would be refused again is not tried again, and the message names the setting.
func TestRefusals(t *testing.T) {
	s := endpointtest.New(t)
	for _, test := range []struct {
		status  int
		message string
		reason  endpoint.Reason
		setting string
	}{
		{401, "Incorrect API key provided: " + secret, endpoint.ReasonKey, "--model-key-file"},
		{403, "no", endpoint.ReasonKey, "--model-key-file"},
		{404, "The model `tiny` does not exist", endpoint.ReasonModel, "--model-name"},
		{400, "unknown model: tiny", endpoint.ReasonModel, "--model-name"},
		{400, "response_format of type json_schema is not supported", endpoint.ReasonFormat, "--model-format"},
		{400, "This model's maximum context length is 10 tokens", endpoint.ReasonContext, "--model-context"},
		{400, "exceed_context_size_error", endpoint.ReasonContext, "--model-context"},
		{422, "what?", endpoint.ReasonOther, "--model-url"},
		{404, "no such page", endpoint.ReasonOther, "--model-url"},
	} {
		c := client(t, s, func(o *endpoint.Options) {
			o.Names = endpoint.Names{URL: "--model-url", Model: "--model-name", Key: "--model-key-file", Format: "--model-format", Context: "--model-context"}
		})
		before := len(s.Requests())
		s.Then(endpointtest.Status(test.status, test.message))
		r := ask("x")
		r.Object = true
		_, err := c.Chat(t.Context(), r)
		if gym.CodeOf(err) != gym.CodeNotAvailable || endpoint.ReasonOf(err) != test.reason || len(s.Requests()) != before+1 {
			t.Errorf("%d %s: %v, reason %q, asked %d times", test.status, test.message, err, endpoint.ReasonOf(err), len(s.Requests())-before)
		}
		if text := err.Error(); !strings.Contains(text, test.setting) || strings.Contains(text, secret) {
			t.Errorf("%d %s: %q does not name %s, or has the key", test.status, test.message, text, test.setting)
		}
	}
}

// What is no completion at all is told from a connection that failed.
func TestSomethingElse(t *testing.T) {
	s := endpointtest.New(t)
	for name, text := range map[string]string{"page": "<html>hello</html>", "no choices": `{"choices":[]}`, "another shape": `{"choices":"yes"}`} {
		s.Then(func(w http.ResponseWriter, _ *http.Request, _ endpointtest.Request) { w.Write([]byte(text)) })
		_, err := client(t, s, nil).Chat(t.Context(), ask("x"))
		if gym.CodeOf(err) != gym.CodeModelMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.Then(func(w http.ResponseWriter, _ *http.Request, _ endpointtest.Request) {
		w.Write([]byte(`{"choices":[{"message":{"content":"` + strings.Repeat("x", 9<<20) + `"}}]}`))
	})
	if _, err := client(t, s, nil).Chat(t.Context(), ask("x")); gym.CodeOf(err) != gym.CodeModelMalformed || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("an endless answer: %v", err)
	}
}

// A request ends with its context, at once.
func TestContextEnds(t *testing.T) {
	s := endpointtest.New(t)
	for name, fault := range map[string]endpointtest.Reply{"hang": s.Hang, "wait": endpointtest.Status(429, "later", "Retry-After: 60")} {
		for _, end := range []string{"cancel", "deadline"} {
			s.Then(fault)
			ctx, cancel := context.WithCancel(t.Context())
			want := gym.CodeCanceled
			if end == "deadline" {
				ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
				want = gym.CodeDeadlineExceeded
			} else {
				time.AfterFunc(50*time.Millisecond, cancel)
			}
			if _, err := client(t, s, nil).Chat(ctx, ask("x")); gym.CodeOf(err) != want {
				t.Errorf("%s, %s: %v", name, end, err)
			}
			cancel()
		}
	}
}

// roundTrip is a transport in the test's own time.
type roundTrip func() (status int, header http.Header)

func (f roundTrip) RoundTrip(*http.Request) (*http.Response, error) {
	status, header := f()
	return &http.Response{StatusCode: status, Header: header, Body: http.NoBody}, nil
}

func timed(t *testing.T, transport roundTrip, set func(*endpoint.Options)) *endpoint.Client {
	t.Helper()
	return client(t, &endpointtest.Server{URL: "http://test/v1"}, func(o *endpoint.Options) {
		o.Transport = transport
		if set != nil {
			set(o)
		}
	})
}

// Waits grow, differ, honour Retry-After in both forms, and keep to their budget.
func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		header := http.Header{}
		c := timed(t, func() (int, http.Header) { at = append(at, time.Now()); return 503, header }, func(o *endpoint.Options) { o.Retries = 5 })
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
		header.Set("Retry-After", "20")
		if all := gaps(); len(all) != 5 || all[0] != 20*time.Second {
			t.Errorf("waits of 20 s each came as %v", all)
		}
		header.Set("Retry-After", time.Now().Add(30*time.Second).UTC().Format(http.TimeFormat))
		if all := gaps(); all[0] < 29*time.Second || all[0] > 30*time.Second {
			t.Errorf("a wait of 30 s came as %v", all)
		}
		header.Set("Retry-After", "90")
		if all := gaps(); len(all) != 1 {
			t.Errorf("in two minutes there is room for one wait of 90 s, not for %v", all)
		}
	})
}

// An endpoint that is down is spared, then tried again by one request.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, status := 0, 500
		c := timed(t, func() (int, http.Header) { asked++; return status, nil }, func(o *endpoint.Options) { o.Retries = -1 })
		fail := func() {
			t.Helper()
			if _, err := c.Chat(t.Context(), ask("x")); gym.CodeOf(err) != gym.CodeModelUnavailable {
				t.Fatalf("Chat: %v", err)
			}
		}
		for range 12 {
			fail()
		}
		if asked != 8 {
			t.Errorf("12 requests asked %d times, want 8", asked)
		}
		time.Sleep(11 * time.Second)
		fail()
		fail()
		if asked != 9 {
			t.Errorf("after a pause it was asked %d times more, want once", asked-8)
		}
		time.Sleep(11 * time.Second)
		status = 401
		for range 3 {
			if _, err := c.Chat(t.Context(), ask("x")); endpoint.ReasonOf(err) != endpoint.ReasonKey {
				t.Errorf("an endpoint that answers again: %v", err)
			}
		}
	})
}

// No more requests are under way than may be.
func TestConcurrency(t *testing.T) {
	s := endpointtest.New(t)
	var mu sync.Mutex
	now, most := 0, 0
	s.Otherwise = func(w http.ResponseWriter, r *http.Request, q endpointtest.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		endpointtest.Say("ok")(w, r, q)
		mu.Lock()
		now--
		mu.Unlock()
	}
	s.Latency = 5 * time.Millisecond
	c := client(t, s, func(o *endpoint.Options) { o.Concurrency = 3 })
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if _, err := c.Chat(t.Context(), ask(strings.Repeat("x", i))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most > 3 {
		t.Errorf("%d requests were under way, 3 may be", most)
	}
}

func open(t *testing.T, path string) *endpoint.Store {
	t.Helper()
	s, err := endpoint.OpenStore(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A kept answer is given again, to the same request alone, also after a restart and
// whatever the address and key, and whether it is streamed.
func TestAnswersAreKept(t *testing.T) {
	s, path := endpointtest.New(t), filepath.Join(t.TempDir(), "a?nswers #1.db")
	store := open(t, path)
	s.Otherwise = endpointtest.Say("first")
	c := client(t, s, func(o *endpoint.Options) { o.Store = store })
	one, err := c.Chat(t.Context(), ask("x"))
	if err != nil || !one.Kept || one.Stored {
		t.Fatalf("%+v, %v", one, err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	store = open(t, path)
	defer store.Close()
	other := endpointtest.New(t)
	other.Otherwise = endpointtest.Say("second")
	c = client(t, other, func(o *endpoint.Options) { o.Store, o.Key, o.Stream = store, "", true })
	two, err := c.Chat(t.Context(), ask("x"))
	if err != nil || !two.Stored || two.Content != "first" || two.Usage != one.Usage || len(other.Requests()) != 0 {
		t.Errorf("%+v, %v, asked %d times", two, err, len(other.Requests()))
	}
	three, err := c.Chat(t.Context(), ask("y"))
	if err != nil || three.Content != "second" {
		t.Errorf("another request: %+v, %v", three, err)
	}
	fresh := ask("x")
	fresh.Fresh = true
	if a, err := c.Chat(t.Context(), fresh); err != nil || a.Stored || a.Content != "first" || len(other.Requests()) != 2 {
		t.Errorf("a fresh request, where the first answer stays: %+v, %v", a, err)
	}
	if err := store.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if a, err := c.Chat(t.Context(), ask("x")); err != nil || a.Content != "second" {
		t.Errorf("after pruning: %+v, %v", a, err)
	}
}

// Alike requests at the same time are one; it goes on while one of them waits.
func TestAlikeRequestsAreOne(t *testing.T) {
	s := endpointtest.New(t)
	store := open(t, filepath.Join(t.TempDir(), "answers.db"))
	defer store.Close()
	let := make(chan struct{})
	s.Otherwise = func(w http.ResponseWriter, r *http.Request, q endpointtest.Request) {
		<-let
		endpointtest.Say("one")(w, r, q)
	}
	c := client(t, s, func(o *endpoint.Options) { o.Store = store })
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

// Vectors come in the order of the texts, and those that are kept are not asked for again.
func TestEmbed(t *testing.T) {
	s := endpointtest.New(t)
	s.Otherwise = endpointtest.Embed
	store := open(t, filepath.Join(t.TempDir(), "answers.db"))
	defer store.Close()
	c := client(t, s, func(o *endpoint.Options) { o.Store = store })
	if _, _, err := c.Embed(t.Context(), []string{"b bb", "c"}); err != nil {
		t.Fatal(err)
	}
	texts := []string{"a aa", "b bb", "dddd d", "c"}
	for i := range 70 {
		texts = append(texts, strings.Repeat("e", i+1))
	}
	vectors, u, err := c.Embed(t.Context(), texts)
	if err != nil || u.PromptTokens != 72 {
		t.Fatalf("%+v, %v", u, err)
	}
	for i, text := range texts {
		word, _, _ := strings.Cut(text, " ")
		if v := vectors[i]; len(v) != 2 || v[0] != float32(len(text)) || v[1] != float32(len(word)) {
			t.Errorf("%q has the vector %v", text, v)
		}
	}
	asked := s.Requests()[1:]
	if len(asked) != 2 || len(asked[0].Input) != 64 || asked[0].Input[1] != "dddd d" {
		t.Errorf("asked were %d requests: %v", len(asked), asked)
	}
	s.Then(func(w http.ResponseWriter, _ *http.Request, _ endpointtest.Request) {
		w.Write([]byte(`{"data":[{"index":0,"embedding":[1,2,3]}]}`))
	})
	if _, _, err := c.Embed(t.Context(), []string{"new", "c"}); gym.CodeOf(err) != gym.CodeModelMalformed {
		t.Errorf("another dimension: %v", err)
	}
}
