package chrome

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"dreamgym/adapters/chrome/action"
)

const framed = `<!doctype html><title>Outer</title><button onclick="out.textContent = 'outer'">Outer</button>
<div style="height:30px"></div>
<iframe src="/inner" title="Inner" style="border:7px solid; padding:5px; margin-left:40px" width=400 height=200></iframe>
<iframe srcdoc="<button onclick='this.textContent = event.isTrusted'>Boxed</button>" sandbox="allow-scripts" width=300 height=60></iframe>
<iframe src="%s/foreign" width=300 height=60></iframe>
<iframe src="/inner" style="display:none"></iframe>
<div style="height:1500px"></div><iframe src="/far" name=low width=300 height=100></iframe>
<p id=out></p><script>addEventListener('message', (e) => { out.textContent = e.data })</script>`

const framedInner = `<!doctype html><input id=t placeholder=Name><button onclick="setTimeout(() => parent.postMessage('told ' + t.value, '*'), 50)">Tell</button>
<a href=/second>Next</a> <a href=/done target=_top>Leave</a><select><option>x<option>y</select><button style="display:none">Ghost</button>
<iframe srcdoc="<label><input type=checkbox>Deep</label>" width=200 height=50></iframe>`

func framedPage(t *testing.T) (*Page, Observation) {
	foreign := serve(t, "", map[string]http.HandlerFunc{"/foreign": slowly("text/html", "<p>from elsewhere<button>Foreign</button>")})
	pages := map[string]http.HandlerFunc{
		"/outer":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, framed, foreign) },
		"/inner":  slowly("text/html", framedInner),
		"/far":    slowly("text/html", "<!doctype html><div style='height:400px'></div><button onclick=\"this.textContent='reached'\">Far</button>"),
		"/second": slowly("text/html", "<!doctype html><p>second</p><button>Back</button><script>fetch('/far').then(() => document.body.append('late'))</script>"),
		"/done":   slowly("text/html", "<!doctype html><p>done"),
	}
	b := testBrowser(t, Config{})
	reach(t, b, foreign)
	return openPage(t, b, serve(t, "", pages)+"/outer")
}

// TestFrames: what is in a frame stands behind it, and is acted on like all else.
func TestFrames(t *testing.T) {
	p, o := framedPage(t)
	want := `[1] button "Outer"
[a] iframe "Inner"
  [a1] textbox "Name"
  [a2] button "Tell"
  [a3] link "Next"
  [a4] link "Leave"
  [a5] combobox ""
    option "x" selected
    option "y"
  [aa] iframe ""
    [aa1] checkbox "Deep"
[b] iframe ""
  [b1] button "Boxed"
[c] iframe ""
  text "from elsewhere"
  [c1] button "Foreign"
[d] iframe "low"
  [d1] button "Far"`
	if o.Text() != want || o.Partial {
		t.Fatalf("partial %v, got\n%s\nwant\n%s", o.Partial, o.Text(), want)
	}
	for _, tt := range []struct{ action, problem, text string }{
		{"fill('a1', 'Ada')", "", `[a1] textbox "Name" value="Ada" focused`},
		{"press('a1', 'End')", "", `value="Ada"`},
		{"keyboard_type('!')", "", `value="Ada!"`},
		{"select_option('a5', 'y')", "", `option "y" selected`},
		{"click('a2')", "", `text "told Ada!"`},
		{"check('aa1')", "", `checkbox "Deep" checked`},
		{"click('b1')", "", `[b1] button "true"`},
		{"click('d1')", "", `[d1] button "reached"`},
		{"click('1')", "", `text "outer"`},
		{"click('a6')", "not visible: element a6 is hidden", ""},
		{"click('a77')", "missing: no element has had the id a77", ""},
		{"click('x1')", "missing: the frame of element x1", ""},
		{"click('Aa1')", "missing: 'Aa1' is not the id", ""},
		{"fill('b1', 'x')", "not a text field: element b1", ""},
		{"click('a3')", "", "text \"second\"\n  [a1] button \"Back\"\n  text \"late\""},
	} {
		o = step(t, p, tt.action)
		if (o.Problem == "") != (tt.problem == "") || !strings.Contains(o.Problem, tt.problem) || !strings.Contains(o.Text(), tt.text) || o.Partial {
			t.Errorf("%s: partial %v, problem %q, want %q; want %q in\n%s", tt.action, o.Partial, o.Problem, tt.problem, tt.text, o.Text())
		}
	}
}

func TestFramesComeAndGo(t *testing.T) {
	p, _ := framedPage(t)
	for _, tt := range []struct{ script, text string }{
		{"document.body.prepend(Object.assign(document.createElement('iframe'), {src: '/second'}))", "[e] iframe \"\"\n  text \"second\"\n  [e1] button \"Back\"\n  text \"late\""},
		{"document.querySelector('iframe').remove(); document.querySelector('iframe').src = '/second'", `[a] iframe "Inner"` + "\n  text \"second\""},
	} {
		if err := p.Evaluate(t.Context(), tt.script, nil); err != nil {
			t.Fatal(err)
		}
		if o := step(t, p, "noop()"); !strings.Contains(o.Text(), tt.text) {
			t.Errorf("%s: want %q in\n%s", tt.script, tt.text, o.Text())
		}
	}
	if o := step(t, p, "click('e1')"); !strings.Contains(o.Problem, "frame of element e1 is not there") {
		t.Errorf("problem %q", o.Problem)
	}
	if o := step(t, p, "goto('/done')"); o.Problem == "" {
		t.Errorf("a relative address was opened: %s", o.URL)
	}
	again, _ := framedPage(t)
	if o := step(t, again, action.Format("click", "a4")); o.Text() != `text "done"` {
		t.Errorf("out of the frame: %q\n%s", o.Problem, o.Text())
	}
}

// TestCoveredFrame: a click into a frame that something lies over would go elsewhere.
func TestCoveredFrame(t *testing.T) {
	p, _ := openPage(t, testBrowser(t, Config{}), serve(t, `<iframe srcdoc="<button>In</button>" width=200 height=60></iframe>
		<button style="position:absolute;left:0;top:0;width:300px;height:200px">Over</button>`, nil))
	if o := step(t, p, "click('a1')"); !strings.Contains(o.Problem, "covered: the frame of element a1 lies under element 1") {
		t.Errorf("problem %q\n%s", o.Problem, o.Text())
	}
}

// TestManyFrames: so many are looked into, and that there are more is told.
func TestManyFrames(t *testing.T) {
	_, o := openPage(t, testBrowser(t, Config{}), serve(t, strings.Repeat(`<iframe srcdoc="<button>In</button>" width=90 height=40></iframe>`, mostFrames+3), nil))
	if n := strings.Count(o.Text(), "button"); n != mostFrames || !o.Partial {
		t.Errorf("%d frames are looked into; partial %v", n, o.Partial)
	}
}
