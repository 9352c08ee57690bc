package openenv

import (
	"strings"
	"testing"

	"dreamgym/envserver/gym"
)

// TestViewsOfAPage: the tree and the HTML are a page's own where it gives them.
func TestViewsOfAPage(t *testing.T) {
	spec := gym.Spec{Browser: true}
	bare := gym.Timestep{Observation: gym.Observation{Text: "list"}}
	full := gym.Timestep{Observation: gym.Observation{Text: "list", URL: "http://a/", Extra: map[string]any{"axtree_txt": "tree", "pruned_html": "<p>"}}}
	null := gym.Timestep{Observation: gym.Observation{Text: "list", Extra: map[string]any{"axtree_txt": nil, "pruned_html": nil}}}
	for _, tt := range []struct {
		ts       gym.Timestep
		page     string
		notGiven string
	}{
		{bare, `"axtree_txt":"list","pruned_html":""`, `"not_given":["screenshot","pruned_html","url"]`},
		{full, `"axtree_txt":"tree","pruned_html":"<p>"`, `"not_given":["screenshot"]`},
		{null, `"axtree_txt":"list","pruned_html":""`, `"not_given":["screenshot","pruned_html","url"]`},
	} {
		if got := string(appendPage(nil, &tt.ts)); !strings.Contains(strings.ReplaceAll(got, `\u003c`, "<"), tt.page) {
			t.Errorf("%s, want %s", got, tt.page)
		}
		if got := string(appendNotGiven(nil, spec, &tt.ts)); !strings.HasSuffix(got, tt.notGiven) {
			t.Errorf("%s, want %s", got, tt.notGiven)
		}
	}
}
