package endpoint_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
)

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
	s.Always(endpointtest.Say("first"))
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

// storing is a client over a store of its own.
func storing(t *testing.T, s *endpointtest.Server) *endpoint.Client {
	t.Helper()
	store := open(t, filepath.Join(t.TempDir(), "answers.db"))
	t.Cleanup(func() { store.Close() })
	return client(t, s, func(o *endpoint.Options) { o.Store = store })
}

// What is asked in any other way is another request.
func TestOtherRequestsAreOthers(t *testing.T) {
	s := endpointtest.New(t)
	c := storing(t, s)
	half, one := 0.5, int64(1)
	for i, set := range []func(*endpoint.Chat){
		func(*endpoint.Chat) {},
		func(r *endpoint.Chat) { r.Temperature = &half },
		func(r *endpoint.Chat) { r.TopP = &half },
		func(r *endpoint.Chat) { r.Seed = &one },
		func(r *endpoint.Chat) { r.MaxTokens = 11 },
		func(r *endpoint.Chat) { r.Object = true },
		func(r *endpoint.Chat) { r.Schema = []byte(`{}`) },
		func(r *endpoint.Chat) { r.Messages[0].Role = "system" },
	} {
		for _, stored := range []bool{false, true} {
			r := ask("x")
			set(&r)
			if a, err := c.Chat(t.Context(), r); err != nil || a.Stored != stored || !a.Kept || len(s.Requests()) != i+1 {
				t.Errorf("request %d: %+v, %v, asked %d times", i, a, err, len(s.Requests()))
			}
		}
	}
}

// Whatever came whole is kept, and nothing else is.
func TestWholeAnswersAreKept(t *testing.T) {
	s := endpointtest.New(t)
	c := storing(t, s)
	s.Then(endpointtest.CutStream, endpointtest.Length("so far"))
	a, err := c.Chat(t.Context(), ask("x"))
	if err != nil || a.Attempts != 2 || !a.Kept {
		t.Fatalf("%+v, %v", a, err)
	}
	a, err = c.Chat(t.Context(), ask("x"))
	if err != nil || !a.Stored || a.Content != "so far" || a.Finish != "length" || a.Attempts != 0 || a.Latency != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	s.Then(endpointtest.BadKey, endpointtest.Say("later"))
	if _, err := c.Chat(t.Context(), ask("y")); err == nil {
		t.Fatal("a refusal is an answer")
	}
	if a, err := c.Chat(t.Context(), ask("y")); err != nil || a.Stored || a.Content != "later" {
		t.Errorf("after a refusal: %+v, %v", a, err)
	}
}

// Of two processes that ask the same at the same time, both get the answer that was kept
// first.
func TestFirstAnswerWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.db")
	answers := make(chan string, 2)
	asked, release := make(chan struct{}), make(chan struct{})
	for _, content := range []string{"one", "another"} {
		s, store := endpointtest.New(t), open(t, path)
		t.Cleanup(func() { store.Close() })
		s.Otherwise = endpointtest.SayTo(func(endpointtest.Request) string {
			asked <- struct{}{}
			<-release
			return content
		})
		c := client(t, s, func(o *endpoint.Options) { o.Store = store })
		go func() {
			a, err := c.Chat(t.Context(), ask("x"))
			if err != nil || !a.Kept || a.Stored {
				t.Errorf("%+v, %v", a, err)
			}
			answers <- a.Content
		}()
	}
	<-asked
	<-asked
	close(release)
	if one, two := <-answers, <-answers; one != two {
		t.Errorf("one got %q, the other %q", one, two)
	}
}

// Hundreds of sessions put their answers at once, and have them again.
func TestManyPut(t *testing.T) {
	s := endpointtest.New(t)
	s.Always(endpointtest.SayTo(endpointtest.Request.Last))
	c := storing(t, s)
	for _, stored := range []bool{false, true} {
		var all sync.WaitGroup
		for i := range 256 {
			all.Go(func() {
				want := fmt.Sprint(i)
				if a, err := c.Chat(t.Context(), ask(want)); err != nil || a.Content != want || a.Stored != stored {
					t.Errorf("%+v, %v", a, err)
				}
			})
		}
		all.Wait()
	}
	if n := len(s.Requests()); n != 256 {
		t.Errorf("asked %d times", n)
	}
}

// An answer is given whatever state the endpoint is in, as long as it is kept.
func TestKeptAnswersOutliveTheEndpoint(t *testing.T) {
	s := endpointtest.New(t)
	c := storing(t, s)
	if _, err := c.Chat(t.Context(), ask("x")); err != nil {
		t.Fatal(err)
	}
	s.Always(endpointtest.Status(400, "broken"))
	if a, err := c.Chat(t.Context(), ask("x")); err != nil || !a.Stored {
		t.Errorf("%+v, %v", a, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Chat(ctx, ask("x")); gym.CodeOf(err) != gym.CodeCanceled {
		t.Errorf("cancelled: %v", err)
	}
}

// A store that is closed, newer or no database says so by a code.
func TestStoreFails(t *testing.T) {
	s := endpointtest.New(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "answers.db")
	store := open(t, path)
	c := client(t, s, func(o *endpoint.Options) { o.Store = store })
	for range 2 { // to close twice does no harm
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Chat(t.Context(), ask("x")); gym.CodeOf(err) != gym.CodeShuttingDown && gym.CodeOf(err) != gym.CodeStorage {
		t.Errorf("a closed store: %v", err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if _, err := endpoint.OpenStore(t.Context(), path); gym.CodeOf(err) != gym.CodeVersionMismatch {
		t.Errorf("a newer store: %v", err)
	}
	other := filepath.Join(dir, "text.db")
	text := "this is no database, but a text that is long enough to be read as the head of one, which it is not at all"
	if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := endpoint.OpenStore(t.Context(), other); gym.CodeOf(err) != gym.CodeStorage {
		t.Errorf("a text: %v", err)
	}
}
