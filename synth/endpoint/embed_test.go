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
