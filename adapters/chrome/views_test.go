package chrome

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/chromedp"

	"dreamgym/envserver/gym"
)

const viewed = `<h1>Sign in</h1><p>Please <b>enter</b> your <i>data</i>.</p>
<div class=x><label>User <input required value="it's"></label></div><label><input type=checkbox checked> Stay</label>
<select><option>red<option selected>blue</select><button disabled>Off</button><a href="/x">Go on</a> <a href="/y">Back</a><input type=range min=0 max=9 value=4>
<ul><li>one<li>two</ul><details><summary>More</summary>inner</details><p style="display:none">unseen</p><script>1</script>
<textarea>a
b</textarea><iframe title=Inner srcdoc="<button>Deep</button>" width=200 height=50></iframe><a href=# style="display:block; height:0; overflow:hidden">Skip</a>`

func TestViews(t *testing.T) {
	p, o := openPage(t, testBrowser(t, Config{}), serve(t, viewed, nil))
	if o.AXTree != "" || o.HTML != "" || o.Screenshot != nil {
		t.Error("views come that nobody asked for")
	}
	p.View(View{Also: Views{AXTree: true, HTML: true, Screenshot: true}})
	o = step(t, p, "focus('1')")
	for _, want := range []string{
		`RootWebArea 't', focused, url='http://`, "\theading 'Sign in'", `[1] textbox 'User' value="it's"`, "required", "focused",
		"[2] checkbox 'Stay'", "checked='true'", "[a] Iframe 'Inner'", "[a1] button 'Deep'", "disabled=True",
	} {
		if !strings.Contains(o.AXTree, want) {
			t.Errorf("the tree lacks %q:\n%s", want, o.AXTree)
		}
	}
	if strings.Contains(o.AXTree, "StaticText ''") {
		t.Errorf("the tree has the space between elements:\n%s", o.AXTree)
	}
	for _, want := range []string{`<input bid="1" required="" value="it&#39;s">`, "Please\n", "<iframe bid=\"a\" title=\"Inner\"", `<button bid="a1">`, `<button bid="4" disabled="">`, "<option>\n  red\n", "<option selected=\"\">\n  blue\n"} {
		if !strings.Contains(strings.ReplaceAll(o.HTML, "it's", "it&#39;s"), want) {
			t.Errorf("the HTML lacks %q:\n%s", want, o.HTML)
		}
	}
	for _, not := range []string{"unseen", "Skip", "inner\n", "<script", "class=", "<div>", "\x00"} {
		if strings.Contains(o.HTML, not) {
			t.Errorf("the HTML has %q:\n%s", not, o.HTML)
		}
	}
	for _, a := range []string{"fill('1', 'ada')", "click('2')", "select_option('3', 'red')", "fill('9', 'c')"} {
		o = step(t, p, a)
	}
	for _, want := range []string{`<input bid="1" required="" value="ada">`, `<input bid="2" type="checkbox">`, "<option selected=\"\">\n  red\n", "<option>\n  blue\n", "<textarea bid=\"9\">\n c\n"} {
		if !strings.Contains(o.HTML, want) {
			t.Errorf("the HTML lacks %q:\n%s", want, o.HTML)
		}
	}
	before := strings.ReplaceAll(o.Text(), " focused", "")
	plain, err := png.Decode(bytes.NewReader(o.Screenshot))
	if err != nil || plain.Bounds().Dx() != 1280 {
		t.Fatalf("the screenshot: %v", err)
	}
	p.View(View{Also: Views{Marks: true}})
	o = step(t, p, "noop()")
	marked, err := png.Decode(bytes.NewReader(o.Screenshot))
	if err != nil {
		t.Fatal(err)
	}
	boxes, err := p.boxes(t.Context())
	if err != nil || len(boxes) < 8 {
		t.Fatalf("boxes %v, %v", boxes, err)
	}
	for _, b := range boxes {
		x, y := int(b.X), int(b.Y+b.H/2)
		if r, g, _, _ := marked.At(x, y).RGBA(); r>>8 != 200 || g != 0 {
			t.Errorf("element %s has no mark at %d, %d", b.BID, x, y)
		}
	}
	if o.AXTree != "" || o.HTML != "" || strings.ReplaceAll(o.Text(), " focused", "") != before {
		t.Errorf("the view changed what is listed, to\n%s", o.Text())
	}
}

// TestAXTreeFormat compares with what browsergym-core 0.14.0 wrote of the same tree (its
// flatten_axtree_to_str, with InlineTextBox and url left out, and no ids).
func TestAXTreeFormat(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "axtree.json"))
	if err != nil {
		t.Fatal(err)
	}
	var tree struct {
		Nodes []*accessibility.Node `json:"nodes"`
	}
	if err := jsonv2.Unmarshal(data, &tree, chromedp.DefaultUnmarshalOptions); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "axtree.txt"))
	if err != nil {
		t.Fatal(err)
	}
	w := axWriter{documents: map[cdp.BackendNodeID]*axDocument{}}
	d := newAXDocument(tree.Nodes, nil)
	for _, prop := range d.root.Properties {
		if prop.Name == "url" {
			prop.Value = nil
		}
	}
	w.document(d, 0)
	if got := strings.Join(w.lines, "\n"); got != strings.TrimSuffix(string(want), "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestPagesView: addresses and titles of what is open, whatever port it is served on.
func TestPagesView(t *testing.T) {
	v, err := ParseViews([]string{"pages"})
	if err != nil {
		t.Fatal(err)
	}
	one := Observation{URL: "http://127.0.0.1:1/a", Title: "A"}
	two := one
	two.Tabs = []Tab{{URL: "http://127.0.0.1:1/b", Title: "B"}, {URL: one.URL, Title: "A", Active: true}}
	for _, tt := range []struct {
		seen Observation
		want map[string]any
	}{
		{one, map[string]any{"open_pages_urls": []string{"http://x/a"}, "open_pages_titles": []string{"A"}, "active_page_index": 0}},
		{two, map[string]any{"open_pages_urls": []string{"http://x/b", "http://x/a"}, "open_pages_titles": []string{"B", "A"}, "active_page_index": 1}},
	} {
		o := v.Show(tt.seen.Addressed("http://127.0.0.1:1", "http://x"), gym.Observation{})
		if o.URL != "http://x/a" || !reflect.DeepEqual(o.Extra, tt.want) {
			t.Errorf("%s, %v; want %v", o.URL, o.Extra, tt.want)
		}
	}
	other := Observation{AXTree: "url='http://127.0.0.1:1/a'", HTML: `<a href="http://127.0.0.1:1/">`}.Addressed("http://127.0.0.1:1", "http://x")
	if other.AXTree != "url='http://x/a'" || other.HTML != `<a href="http://x/">` {
		t.Errorf("addresses in other views: %s, %s", other.AXTree, other.HTML)
	}
	if two.Tabs[1].URL != one.URL {
		t.Errorf("the observation's own tabs were changed: %v", two.Tabs)
	}
	if got := strings.Join(v.Keys(), " "); got != "url open_pages_urls open_pages_titles active_page_index" {
		t.Errorf("declared: %s", got)
	}
}

func TestParseViews(t *testing.T) {
	v, err := ParseViews([]string{"som", "pruned_html", "axtree_txt"})
	if err != nil || v != (Views{AXTree: true, HTML: true, Screenshot: true, Marks: true}) {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := ParseViews([]string{"video"}); gym.CodeOf(err) != gym.CodeInvalidConfig {
		t.Errorf("error %v", err)
	}
	o := Views{HTML: true, AXTree: true}.Show(Observation{HTML: "<p>"}, gym.Observation{Text: "x"})
	if tree, there := o.Extra["axtree_txt"]; o.Extra["pruned_html"] != "<p>" || !there || tree != nil || len(o.Extra) != 2 {
		t.Errorf("shown: %v", o.Extra)
	}
	if o = (Views{}).Show(Observation{}, gym.Observation{Text: "x"}); o.Extra != nil || o.Text != "x" {
		t.Errorf("without views: %+v", o)
	}
}

// TestWindowWithoutSize: a page's own sizes are the viewport's, it can be clicked in all of it, and
// a screenshot shows all of it.
func TestWindowWithoutSize(t *testing.T) {
	p, _ := openPage(t, testBrowser(t, Config{}), serve(t, `<style>body { background: #c80000 }</style>
		<button style="position: fixed; left: 1100px; top: 600px" onclick="this.textContent = [innerWidth, innerHeight, outerWidth, outerHeight, screen.width, screen.height]">size</button>`, nil))
	p.View(View{Also: Views{Screenshot: true}})
	o := step(t, p, "click('1')")
	if want := `"1280,720,1280,720,1280,720"`; !strings.Contains(o.Text(), want) {
		t.Errorf("the page has not the sizes %s:\n%s", want, o.Text())
	}
	shot, err := png.Decode(bytes.NewReader(o.Screenshot))
	if err != nil {
		t.Fatal(err)
	}
	if r, g, b, _ := shot.At(1000, 500).RGBA(); r>>8 != 200 || g != 0 || b != 0 {
		t.Errorf("far from the window's corner the screenshot shows %d, %d, %d", r>>8, g>>8, b>>8)
	}
}
