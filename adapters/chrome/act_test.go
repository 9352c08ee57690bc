package chrome

import (
	"net/http"
	"strings"
	"testing"
)

const controls = `
<button id=a onclick="say('a')">A</button>
<button disabled>Off</button>
<button style="display:none" id=h>Hidden</button>
<div style="position:relative;height:40px"><button style="position:absolute;left:0;top:0">Under</button>
<div style="position:absolute;left:0;top:0;width:200px;height:40px;background:red"></div></div>
<input id=t name=t>
<input name=ro readonly value=fixed>
<select name=s multiple><option>x<option>y<option>z</select>
<select name=one><option>x<option>y</select>
<input type=date name=d>
<button onclick="this.remove()">Gone</button>
<button ondblclick="say('twice')" oncontextmenu="say('right')" onmouseenter="say('over')" onclick="say(event.shiftKey ? 'shift' : 'plain')">B</button>
<div style="height:3000px"></div><button onclick="say('far')">Far</button>
<p id=out></p>
<script>
const say = (s) => { out.textContent += s + ' ' };
t.onkeydown = (e) => say((e.ctrlKey ? 'ctrl+' : '') + e.key);
</script>`

func TestActions(t *testing.T) {
	p, o := openPage(t, testBrowser(t, Config{}), serve(t, controls, nil))
	ids := map[string]string{"BID": "99"}
	for i, name := range []string{"A", "OFF", "HIDDEN", "UNDER", "T", "RO", "S", "ONE", "D", "GONE", "B", "FAR"} {
		ids[name] = string(rune('1' + i))
		if i >= 9 {
			ids[name] = "1" + string(rune('0'+i-9))
		}
	}
	if !strings.Contains(o.Text(), `[12] button "Far"`) || strings.Contains(o.Text(), "Hidden") {
		t.Fatalf("the page shows\n%s", o.Text())
	}
	tests := []struct {
		action, problem, text string // parts of them
	}{
		{"click('A')", "", `text "a"`},
		{"click('BID')", "missing", ""},
		{"click('x')", "missing", ""},
		{"click('OFF')", "disabled", ""},
		{"click('HIDDEN')", "not visible", ""},
		{"click('UNDER')", "covered", ""},
		{"click('A', button='none')", "wrong button", ""},
		{"click('A', modifiers=['Hyper'])", "wrong modifier", ""},
		{"click('A'", "wrong syntax", ""},
		{"tap('A')", "unknown action", ""},
		{"fill('T', 'it''s')", "wrong syntax", ""},
		{`fill('T', 'it\'s "so"')`, "", `value="it's \"so\"" focused`},
		{"fill('T', 'other')", "", `value="other" focused`},
		{"press('T', 'Enter')", "", `Enter`},
		{"press('T', 'Control+a')", "", `ctrl+a`},
		{"press('T', 'Nokey')", "unknown key", ""},
		{"keyboard_type('Xy')", "", `value="Xy" focused`},
		{"keyboard_press('Backspace')", "", `value="X" focused`},
		{"keyboard_insert_text(' ü')", "", `value="X ü" focused`},
		{"clear('T')", "", `[5] textbox "t" focused`},
		{"fill('RO', 'x')", "read-only", ""},
		{"fill('A', 'x')", "not a text field", ""},
		{"fill('D', 'tomorrow')", "malformed value", ""},
		{"fill('D', '2026-11-23')", "", `value="2026-11-23"`},
		{"select_option('S', ['x', 'z'])", "", "option \"x\" selected\n  option \"y\"\n  option \"z\" selected"},
		{"select_option('S', [])", "", "option \"x\"\n  option \"y\"\n  option \"z\"\n"},
		{"select_option('ONE', 'y')", "", `option "y" selected`},
		{"select_option('ONE', 'nope')", "no such option", ""},
		{"select_option('ONE', ['x', 'y'])", "one option only", ""},
		{"select_option('A', 'x')", "not a list", ""},
		{"hover('B')", "", "over"},
		{"click('B', modifiers=['Shift'])", "", "shift"},
		{"click('B', 'right')", "", "right"},
		{"dblclick('B')", "", "twice"},
		{"click('FAR')", "", "far"},
		{"scroll(0, -5000)", "", `[1] button "A"`},
		{"focus('T')", "", `[5] textbox "t" focused`},
		{"noop()", "", ""},
		{"noop(1000)", "", ""},
		{"mouse_move(3, 3)", "", ""},
		{"click('GONE')", "", ""},
		{"click('GONE')", "stale", ""},
		{"go_back()", "no page", ""},
	}
	for _, tt := range tests {
		a := tt.action
		for name, id := range ids {
			a = strings.ReplaceAll(a, "'"+name+"'", "'"+id+"'")
		}
		before := o.Text()
		o = step(t, p, a)
		if (o.Problem == "") != (tt.problem == "") || !strings.Contains(o.Problem, tt.problem) {
			t.Errorf("%s: problem %q, want %q", tt.action, o.Problem, tt.problem)
		}
		if !strings.Contains(o.Text(), tt.text) {
			t.Errorf("%s: want %q in\n%s", tt.action, tt.text, o.Text())
		}
		if tt.problem != "" && o.Text() != before && !strings.Contains(tt.action, "RO") {
			t.Errorf("%s changed the page, though it could not be carried out, to\n%s\nfrom\n%s", tt.action, o.Text(), before)
		}
	}
}

func TestGoingPlaces(t *testing.T) {
	url := serve(t, `<a href="/next">next</a>`, map[string]http.HandlerFunc{"/next": slowly("text/html", "<button>there</button>")})
	p, _ := openPage(t, testBrowser(t, Config{}), url)
	for _, tt := range []struct{ action, want string }{
		{"click('1')", `[1] button "there"`},
		{"go_back()", `[1] link "next"`},
		{"go_forward()", `[1] button "there"`},
		{"goto('" + url + "')", `[1] link "next"`},
		{"goto('http://example.com/')", `[1] link "next"`},
	} {
		if o := step(t, p, tt.action); o.Text() != tt.want || (o.Problem != "") != strings.Contains(tt.action, "example") {
			t.Errorf("%s: problem %q\n%s\nwant\n%s", tt.action, o.Problem, o.Text(), tt.want)
		}
	}
	p.Confine()
	for _, a := range []string{"go_back()", "go_forward()", "goto('" + url + "')"} {
		if o := step(t, p, a); !strings.Contains(o.Problem, "not allowed") {
			t.Errorf("%s on a confined page: problem %q", a, o.Problem)
		}
	}
}

// TestGotoWithoutADocument: an address that answers with none leaves the page where it is, and
// so does one whose server is gone.
func TestGotoWithoutADocument(t *testing.T) {
	url := serve(t, `<a href="/next">next</a>`, map[string]http.HandlerFunc{
		"/next": slowly("text/html", "<button>there</button>"),
		"/none": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"/file": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Disposition", "attachment") },
		"/gone": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	})
	p, _ := openPage(t, testBrowser(t, Config{}), url)
	step(t, p, "click('1')")
	for _, path := range []string{"/none", "/file", "/gone"} {
		if o := step(t, p, "goto('"+url+path+"')"); o.Problem != "the address could not be opened" || o.URL != url+"/next" {
			t.Errorf("%s: problem %q; the page is %s", path, o.Problem, o.URL)
		}
	}
}

func TestDragAndDrop(t *testing.T) {
	p, _ := openPage(t, testBrowser(t, Config{}), serve(t, `<div onmousedown="at = 'down'" style="width:30px;height:30px">from</div>
		<div onmouseup="out.textContent = at + ' up'" style="width:30px;height:30px">to</div><p id=out></p><script>let at</script>`, nil))
	if o := step(t, p, "drag_and_drop('1', '2')"); !strings.Contains(o.Text(), "down up") {
		t.Errorf("%q\n%s", o.Problem, o.Text())
	}
}

// TestIDs hold until the document is replaced, whatever comes, goes or moves.
func TestIDs(t *testing.T) {
	p, _ := openPage(t, testBrowser(t, Config{}), serve(t, `<div id=box>
		<button onclick="box.prepend(Object.assign(document.createElement('button'), {textContent: 'new'}))">add</button>
		<button onclick="box.append(this); h.style.display = ''">move</button>
		<button id=h style="display:none">hidden first</button></div>`, nil))
	for _, tt := range []struct{ action, want string }{
		{"click('1')", "[4] button \"new\"\n[1] button \"add\"\n[2] button \"move\""},
		{"click('2')", "[4] button \"new\"\n[1] button \"add\"\n[3] button \"hidden first\"\n[2] button \"move\""},
	} {
		if o := step(t, p, tt.action); o.Text() != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.action, o.Text(), tt.want)
		}
	}
	o, err := p.Start(t.Context(), "0")
	if want := "[1] button \"new\"\n[2] button \"add\"\n[3] button \"hidden first\"\n[4] button \"move\""; err != nil || o.Text() != want {
		t.Errorf("numbered afresh, %v: got\n%s\nwant\n%s", err, o.Text(), want)
	}
}
