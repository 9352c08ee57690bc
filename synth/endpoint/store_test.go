package endpoint_test

import (
	"context"
	"net/http"
	"path/filepath"
	"runtime"
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
