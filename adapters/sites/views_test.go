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
	also, err := chrome.ParseViews([]string{"axtree_txt", "pruned_html", "som"})
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
	if got := strings.Join(reg.Spec.Views, " "); got != "axtree_txt pruned_html screenshot" {
		t.Errorf("declared: %s", got)
	}
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	first, err := env.Reset(t.Context(), gym.ResetOptions{Task: sample(t, reg)[0]})
	if err != nil {
		t.Fatal(err)
	}
	second, err := env.Step(t.Context(), gym.Action(first.Observation.Actions[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, ts := range []gym.Timestep{first, second} {
		tree, _ := ts.Observation.Extra["axtree_txt"].(string)
		html, _ := ts.Observation.Extra["pruned_html"].(string)
		if !strings.HasPrefix(tree, "RootWebArea ") || !strings.Contains(html, `<a bid="1"`) {
			t.Errorf("tree\n%.300s\nHTML\n%.300s", tree, html)
		}
		if _, err := png.Decode(bytes.NewReader(ts.Observation.Image)); err != nil {
			t.Errorf("screenshot: %v", err)
		}
	}
}
