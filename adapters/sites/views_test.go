package sites

import (
	"bytes"
	"image/png"
	"strings"
	"testing"

	"dreamgym/adapters/chrome"
	"dreamgym/envserver/gym"
)

// TestViews: what the server was asked to observe pages with is declared, and given at every
// timestep.
func TestViews(t *testing.T) {
	also, err := chrome.ParseViews([]string{"axtree_txt", "pruned_html", "som", "pages"})
	if err != nil {
		t.Fatal(err)
	}
	r := gym.NewRegistry()
	s, err := Register(r, Config{Chrome: chrome.Config{Also: also}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	reg := registered(t, r, "sites/shop-v0")
	if got := strings.Join(reg.Spec.Views, " "); got != "axtree_txt pruned_html screenshot url open_pages_urls open_pages_titles active_page_index" {
		t.Errorf("declared: %s", got)
	}
	env := opened(t, reg)
	first, err := env.Reset(t.Context(), gym.ResetOptions{Task: sample(t, reg)[0]})
	if err != nil {
		t.Fatal(err)
	}
	second, err := env.Step(t.Context(), gym.Action(first.Observation.Actions[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, ts := range []gym.Timestep{first, second} {
		titles, _ := ts.Observation.Extra["open_pages_titles"].([]string)
		if !strings.HasPrefix(ts.Observation.Text, "address \""+ts.Observation.URL+"\"\n") || len(titles) != 1 || titles[0] == "" {
			t.Errorf("address %q, titles %q of\n%.100s", ts.Observation.URL, titles, ts.Observation.Text)
		}
		tree, _ := ts.Observation.Extra["axtree_txt"].(string)
		html, _ := ts.Observation.Extra["pruned_html"].(string)
		if !strings.HasPrefix(tree, "RootWebArea ") || !strings.Contains(html, `<a bid="2"`) {
			t.Errorf("tree\n%.300s\nHTML\n%.300s", tree, html)
		}
		if _, err := png.Decode(bytes.NewReader(ts.Observation.Image)); err != nil {
			t.Errorf("screenshot: %v", err)
		}
	}
}
