package openenv

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
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
	pictured := full
	pictured.Observation.Image = picture(t)
	for _, tt := range []struct {
		ts       gym.Timestep
		page     string
		notGiven string
	}{
		{bare, `"axtree_txt":"list","pruned_html":""`, `"not_given":["screenshot","pruned_html","url"]`},
		{full, `"axtree_txt":"tree","pruned_html":"<p>"`, `"not_given":["screenshot"]`},
		{pictured, `"axtree_txt":"tree","pruned_html":"<p>"`, `"not_given":[]`},
		{null, `"axtree_txt":"list","pruned_html":""`, `"not_given":["screenshot","pruned_html","url"]`},
	} {
		if got := string(appendPage(nil, &tt.ts)); !strings.Contains(strings.ReplaceAll(got, `\u003c`, "<"), tt.page) {
			t.Errorf("%s, want %s", got, tt.page)
		}
		if got := string(appendNotGiven(nil, &spec, &tt.ts)); !strings.HasSuffix(got, tt.notGiven) {
			t.Errorf("%s, want %s", got, tt.notGiven)
		}
	}
}

// TestActionsThatAreNotListed: none that are listed differ from those that are not.
func TestActionsThatAreNotListed(t *testing.T) {
	for _, tt := range []struct {
		listed  bool
		actions []string
		want    string
	}{
		{true, []string{"a"}, `,"actions":["a"]`},
		{true, nil, `,"actions":[]`},
		{false, []string{"a"}, `,"actions":["a"]`},
		{false, []string{}, `,"actions":null`},
		{false, nil, `,"actions":null`},
	} {
		if got := string(appendActions(nil, tt.listed, tt.actions)); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

// picture is two pixels above two, of which one is red and one is green.
func picture(t *testing.T) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 2, 2))
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255
	}
	img.Set(1, 0, color.NRGBA{R: 250, A: 255})
	img.Set(0, 1, color.NRGBA{G: 7, A: 255})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPictureOfAPage: a screenshot is given as rows of pixels, and null without one.
func TestPictureOfAPage(t *testing.T) {
	for want, image := range map[string][]byte{
		"null": nil,
		"[[[0,0,0],[250,0,0]],[[0,7,0],[0,0,0]]]": picture(t),
	} {
		var page struct {
			Screenshot json.RawMessage `json:"screenshot"`
		}
		got := append([]byte(`{"x":0`), appendPage(nil, &gym.Timestep{Observation: gym.Observation{Image: image}})...)
		if err := json.Unmarshal(append(got, '}'), &page); err != nil || string(page.Screenshot) != want {
			t.Errorf("%s, %v; want %s", page.Screenshot, err, want)
		}
	}
}
