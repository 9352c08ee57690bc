package chrome

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testBrowser answers a browser that ends with the test. The tests of this package
// need a Chrome: where there is none they fail with the command that installs one.
func testBrowser(t testing.TB, cfg Config) *Browser {
	t.Helper()
	if _, err := Find(cfg.Path); err != nil {
		t.Fatal(err)
	}
	cfg.Log = zerolog.New(zerolog.NewTestWriter(t))
	if os.Getenv("CI") == "" {
		cfg.Log = zerolog.Nop()
	}
	b := New(cfg)
	t.Cleanup(func() { b.Close() })
	return b
}

// serve answers the address of a server for a page's body and further handlers.
func serve(t testing.TB, body string, more map[string]http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte("<!doctype html><title>t</title><body>" + body))
	})
	for path, h := range more {
		mux.HandleFunc(path, h)
	}
	s := httptest.NewServer(mux)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL
}

// reach lets pages reach the server of an address.
func reach(t testing.TB, b *Browser, address string) {
	t.Helper()
	if err := b.Reach(address); err != nil {
		t.Fatal(err)
	}
}

// openPage opens a page with a body and answers it with its first observation.
func openPage(t testing.TB, b *Browser, url string) (*Page, Observation) {
	t.Helper()
	reach(t, b, url)
	p, err := b.Page(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	if err := p.Goto(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	o, err := p.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p, o
}

func step(t testing.TB, p *Page, a string) Observation {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	o, err := p.Step(ctx, a)
	if err != nil {
		t.Fatalf("%s: %v", a, err)
	}
	return o
}

const form = `
<h1>Sign  in</h1>
<p>Please <b>enter</b> your data.</p>
<label>User <input id=u></label>
<p><label for=p>Password</label> <input id=p type=password></p>
<label><input type=checkbox id=c> Stay</label>
<select id=s><option>red<option selected>blue</select>
<input type=date id=d>
<div style="display:none"><button>Hidden</button></div>
<div id=box style="width:20px;height:20px;background:rgb(255,0,0)" onclick="this.style.background='rgb(0,0,255)'"></div>
<span class="trash" style="display:inline-block;width:10px;height:10px;cursor:pointer"></span>
<button onclick="document.getElementById('out').textContent = document.getElementById('u').value + '/' + document.getElementById('p').value + '/' + event.isTrusted">Go</button>
<p id=out></p>`

func TestObservation(t *testing.T) {
	p, o := openPage(t, testBrowser(t, Config{}), serve(t, form, nil))
	want := `text "Sign in"
text "Please enter your data."
[1] textbox "User"
[2] password "Password"
[3] checkbox "Stay"
[4] combobox "s"
  option "red"
  option "blue" selected
[5] date "d"
[7] clickable "red box"
[8] clickable "trash"
[9] button "Go"`
	if o.Text() != want || o.Partial {
		t.Errorf("partial %v, got\n%s\nwant\n%s", o.Partial, o.Text(), want)
	}
	for _, a := range []string{"fill('1', \"Ada 'x'\")", "fill('2', 's3')", "click('3')", "select_option('4', 'red')", "fill('5', '2024-02-03')", "click(7)", "click(9)"} {
		if o = step(t, p, a); o.Problem != "" {
			t.Errorf("%s: %s", a, o.Problem)
		}
	}
	want = `text "Sign in"
text "Please enter your data."
[1] textbox "User" value="Ada 'x'"
[2] password "Password" value="**"
[3] checkbox "Stay" checked
[4] combobox "s"
  option "red" selected
  option "blue"
[5] date "d" value="2024-02-03"
[7] clickable "blue box"
[8] clickable "trash"
[9] button "Go"
text "Ada 'x'/s3/true"`
	if o.Text() != want {
		t.Errorf("got\n%s\nwant\n%s", o.Text(), want)
	}
	if !strings.HasPrefix(o.URL, "http://127.0.0.1:") || o.Title != "t" {
		t.Errorf("url %q, title %q", o.URL, o.Title)
	}
}
