package endpoint_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
)

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

// Vectors outlive the store's closing; another model has its own.
func TestVectorsAreKept(t *testing.T) {
	s, path := endpointtest.New(t), filepath.Join(t.TempDir(), "answers.db")
	s.Otherwise = endpointtest.Embed
	for i, test := range []struct {
		model string
		asked int
	}{{"tiny", 1}, {"tiny", 1}, {"other", 2}} {
		store := open(t, path)
		c := client(t, s, func(o *endpoint.Options) { o.Model, o.Store = test.model, store })
		vectors, _, err := c.Embed(t.Context(), []string{"a aa"})
		if err != nil || len(vectors) != 1 || vectors[0][0] != 4 || vectors[0][1] != 1 || len(s.Requests()) != test.asked {
			t.Errorf("%d: %v, %v, asked %d times", i, vectors, err, len(s.Requests()))
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Without texts nothing is asked.
func TestEmbedNothing(t *testing.T) {
	s := endpointtest.New(t)
	vectors, _, err := client(t, s, nil).Embed(t.Context(), nil)
	if err != nil || len(vectors) != 0 || len(s.Requests()) != 0 {
		t.Errorf("%v, %v, asked %d times", vectors, err, len(s.Requests()))
	}
}

// What is no vector for every text is refused, and none of it is kept.
func TestWrongVectors(t *testing.T) {
	s := endpointtest.New(t)
	c := storing(t, s)
	for name, data := range map[string]string{
		"too few": `{"index":0,"embedding":[1]}`, "too many": `{"index":0,"embedding":[1]},{"index":1,"embedding":[1]},{"index":2,"embedding":[1]}`,
		"the same twice": `{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}`, "below": `{"index":-1,"embedding":[1]},{"index":0,"embedding":[1]}`,
		"empty": `{"index":0,"embedding":[]},{"index":1,"embedding":[1]}`, "dimensions": `{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}`,
		"words": `{"index":0,"embedding":["a"]},{"index":1,"embedding":["b"]}`, "too large": `{"index":0,"embedding":[1e300]},{"index":1,"embedding":[1]}`,
	} {
		s.Then(endpointtest.Body(`{"data":[` + data + `]}`))
		if _, _, err := c.Embed(t.Context(), []string{"a", "b"}); gym.CodeOf(err) != gym.CodeModelMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	before := len(s.Requests())
	s.Then(endpointtest.Reset, endpointtest.Embed)
	if _, _, err := c.Embed(t.Context(), []string{"a", "b"}); err != nil || len(s.Requests()) != before+2 || len(s.Requests()[before].Input) != 2 {
		t.Errorf("%v, asked %v", err, s.Requests()[before:])
	}
}
