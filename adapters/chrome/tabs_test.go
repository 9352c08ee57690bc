package chrome

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"dreamgym/adapters/chrome/action"
)

const lobby = `<title>Lobby</title>
<a href=/room target=_blank>link</a>
<button onclick="window.open('/room')">script</button>
<button onclick="setTimeout(() => window.open('/room'), 50)">later</button>
<form action=/room target=_blank><button>form</button></form>
<button onclick="const w = window.open(''); w.document.body.append('written')">blank</button>
<button onclick="for (let i = 0; i < 100; i++) window.open('/room')">many</button>
<a href=/room>here</a>`

func lobbyPage(t *testing.T, most int) (*Page, Observation, string) {
	url := serve(t, "", map[string]http.HandlerFunc{
		"/lobby": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!doctype html>"+lobby) },
		"/room": slowly("text/html", `<!doctype html><title>Room</title><p id=out>empty</p><button onclick="window.close()">leave</button>
			<script>fetch('/late').then(() => { out.textContent = 'ready' })</script>`),
		"/late": slowly("text/plain", "late"),
	})
	p, o := openPage(t, testBrowser(t, Config{Settle: 10 * time.Second}), url+"/lobby")
	if most > 0 {
		if err := p.Tabs(t.Context(), most); err != nil {
			t.Fatal(err)
		}
	}
	return p, o, url
}

// TestNewTabs: whatever opens a tab, it becomes the active one, and is observed when it has settled.
func TestNewTabs(t *testing.T) {
	p, o, _ := lobbyPage(t, 3)
	for _, tt := range []struct{ name, action, want string }{
		{"link", "click", "ready"}, {"script", "click", "ready"}, {"later", "click", "ready"}, {"form", "click", "ready"}, {"blank", "click", "written"},
		{"here", "click('%s', modifiers=['Control'])", "ready"},
	} {
		a := action.Format("click", byName(t, o, tt.name))
		if strings.Contains(tt.action, "%") {
			a = fmt.Sprintf(tt.action, byName(t, o, tt.name))
		}
		seen := step(t, p, a)
		if len(seen.Tabs) != 2 || !seen.Tabs[1].Active || !strings.Contains(seen.Text(), `text "`+tt.want) {
			t.Errorf("%s: tabs %+v, problem %q\n%s", tt.name, seen.Tabs, seen.Problem, seen.Text())
		}
		if o = step(t, p, "tab_close()"); o.Tabs != nil || !strings.Contains(o.Text(), "link") {
			t.Fatalf("%s: closed again, tabs %+v, problem %q\n%s", tt.name, o.Tabs, o.Problem, o.Text())
		}
	}
}

func TestTabActions(t *testing.T) {
	p, o, url := lobbyPage(t, 3)
	for _, tt := range []struct{ action, problem, text string }{
		{action.Format("click", byName(t, o, "script")), "", "tab 0 \"Lobby\"\ntab 1 \"Room\" active\ntext \"ready\""},
		{"tab_focus(0)", "", "tab 0 \"Lobby\" active\ntab 1 \"Room\"\n"},
		{"tab_focus(2)", "there is no tab 2; there are 0 to 1", ""},
		{"tab_focus(0.5)", "there is no tab", ""},
		{"new_tab()", "", "tab 0 \"Lobby\"\ntab 1 \"Room\"\ntab 2 \"about:blank\" active"},
		{"new_tab()", "no more than 3 tabs", ""},
		{"goto('" + url + "/room')", "", "tab 2 \"Room\" active\ntext \"ready\""},
		{"tab_focus(1)", "", "tab 1 \"Room\" active"},
		{"click('1')", "", "tab 1 \"Room\" active\ntext \"ready\""}, // it closes itself: back to where one was before
		{"tab_close()", "", `[1] link "link"`},
		{"tab_close()", "", ""},
		{"goto('" + url + "/lobby')", "", `[1] link "link"`},
	} {
		o = step(t, p, tt.action)
		if (o.Problem == "") != (tt.problem == "") || !strings.Contains(o.Problem, tt.problem) || !strings.Contains(o.Text()+"\n", tt.text) {
			t.Errorf("%s: problem %q, want %q; want %q in\n%s", tt.action, o.Problem, tt.problem, tt.text, o.Text())
		}
	}
}

// TestTooManyTabs: what a page opens beyond what it may is closed, and told.
func TestTooManyTabs(t *testing.T) {
	p, o, _ := lobbyPage(t, 3)
	o = step(t, p, action.Format("click", byName(t, o, "many")))
	if len(o.Tabs) != 3 || o.Closed != 98 || !strings.Contains(o.Text(), "ready") {
		t.Errorf("%d tabs, %d closed\n%s", len(o.Tabs), o.Closed, o.Text())
	}
	closeWiped(p)
	b := p.browser
	again, err := b.Page(t.Context())
	if err != nil || again != p || len(again.tabs.all) != 1 {
		t.Fatalf("%v, the same page %v, %d tabs", err, again == p, len(again.tabs.all))
	}
}

// TestOneTab is what there is unless more are allowed.
func TestOneTab(t *testing.T) {
	p, o, _ := lobbyPage(t, 0)
	for _, a := range []string{"new_tab()", "tab_close()", "tab_focus(0)"} {
		if o = step(t, p, a); !strings.Contains(o.Problem, "there is one tab") {
			t.Errorf("%s: problem %q", a, o.Problem)
		}
	}
	o = step(t, p, fmt.Sprintf("click('%s', modifiers=['Control'])", byName(t, o, "here")))
	if o.Tabs != nil || !strings.Contains(o.Text(), `link "link"`) {
		t.Errorf("tabs %+v\n%s", o.Tabs, o.Text())
	}
	o = step(t, p, action.Format("click", byName(t, o, "script")))
	if o.Tabs != nil || !strings.Contains(o.Text(), "ready") {
		t.Errorf("tabs %+v\n%s", o.Tabs, o.Text())
	}
}
