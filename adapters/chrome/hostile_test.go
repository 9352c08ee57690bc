package chrome

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"

	"dreamgym/envserver/gym"
)

// hostile are pages whose button does what no page should.
func hostile() map[string]string {
	return map[string]string{
		"alerts in a loop":        `for (;;) alert('again')`,
		"alerts in a timer":       `setInterval(() => alert('again'), 1)`,
		"endless redirects":       `location.href = '/round'`,
		"documents in a loop":     `location.href = '/again'`,
		"an address in a loop":    `setInterval(() => history.pushState(null, '', '#' + Math.random()), 1)`,
		"no answer":               `location.href = '/silent'`,
		"a body that never ends":  `location.href = '/endless'`,
		"a picture without end":   `location.href = '/picture'`,
		"a fetch without answer":  `fetch('/silent')`,
		"an endless frame":        `document.body.append(Object.assign(document.createElement('iframe'), {src: '/endless'}))`,
		"100 popups":              `for (let i = 0; i < 100; i++) window.open('/popup')`,
		"100 forms into new tabs": `for (let i = 0; i < 100; i++) { const f = document.createElement('form'); f.action = '/popup'; f.target = '_blank'; document.body.append(f); f.submit(); }`,
		"100 windows of a frame":  `const f = document.createElement('iframe'); document.body.append(f); const open = f.contentWindow.open; for (let i = 0; i < 100; i++) open.call(f.contentWindow, '/popup')`,
		"100 downloads":           `for (let i = 0; i < 100; i++) { const a = document.createElement('a'); a.href = '/file'; a.download = 'f' + i; a.click(); }`,
		"printing":                `print()`,
		"asking not to leave":     `onbeforeunload = (e) => { e.preventDefault(); return 'stay'; }; location.href = '/popup'`,
	}
}

// endless answers a document that begins and does not end.
func endless(begin string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, begin)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

func hostileServer(t *testing.T, script string) string {
	silent := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	html := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, body)
		}
	}
	return serve(t, `<button onclick="go()">go</button><script>function go() { `+script+` }</script>`, map[string]http.HandlerFunc{
		"/round":   func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) },
		"/again":   html(`<!doctype html><button>again</button><script>location.replace('/again?' + Math.random())</script>`),
		"/silent":  silent,
		"/endless": endless(`<!doctype html><button>begun</button>`),
		"/picture": html(`<!doctype html><button>begun</button><img src=/silent>`),
		"/popup":   html(`<!doctype html><button>popup</button>`),
		"/file": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Disposition", "attachment")
			w.Write([]byte("x"))
		},
	})
}

// TestHostilePages: whatever a page does, the step ends in time, with an observation or
// with a crash, no tab or file comes of it, and the next page is clean.
func TestHostilePages(t *testing.T) {
	b := testBrowser(t, Config{})
	for name, script := range hostile() {
		t.Run(name, func(t *testing.T) {
			url := hostileServer(t, script)
			p, _ := openPage(t, b, url)
			usual := hurry(b)
			begun := time.Now()
			o, err := p.Step(t.Context(), "click('1')")
			if d := time.Since(begun); d > 10*time.Second {
				t.Errorf("the step took %v", d)
			}
			if err != nil {
				wantCrash(t, err, begun)
			} else if !(o.Partial || strings.Contains(o.Text(), "button")) || len(o.Dialogs) > mostNoted {
				t.Errorf("partial %v, problem %q\n%s", o.Partial, o.Problem, o.Text())
			} else {
				again := time.Now()
				if _, err := p.Step(t.Context(), "noop()"); err != nil {
					wantCrash(t, err, again)
				}
			}
			usual()
			wantTabs(t, b, 1)
			closeWiped(p)
			next(t, b, url)
		})
	}
}

// wantTabs waits until the browser's contexts have so many tabs.
func wantTabs(t *testing.T, b *Browser, most int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		got, err := call(t.Context(), b.process.browser, target.GetTargets, target.GetTargetsParams{})
		if err != nil {
			t.Fatal(err)
		}
		tabs := make(map[string]int)
		over := false
		for _, info := range got.TargetInfos {
			if info.Type == "page" {
				tabs[string(info.BrowserContextID)]++
				over = over || tabs[string(info.BrowserContextID)] > most
			}
		}
		if !over {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("contexts have the tabs %v", tabs)
		}
	}
}

// TestKilledInMidStep: the browser goes while a step waits for the page.
func TestKilledInMidStep(t *testing.T) {
	b := testBrowser(t, Config{})
	url := serve(t, `<button onclick="fetch('/kill')">go</button>`, map[string]http.HandlerFunc{
		"/kill": func(w http.ResponseWriter, r *http.Request) {
			syscall.Kill(b.process.cmd.Process.Pid, syscall.SIGKILL)
			<-r.Context().Done()
		},
	})
	p, _ := openPage(t, b, url)
	begun := time.Now()
	_, err := p.Step(t.Context(), "click('1')")
	wantCrash(t, err, begun)
	if _, err := p.Step(t.Context(), "click('1')"); gym.CodeOf(err) != gym.CodeEnvCrashed {
		t.Errorf("a step after the crash: %v", err)
	}
	closeWiped(p)
	next(t, b, url)
}

// TestHugeDocument: of 50 MB no more is loaded than can be looked at.
func TestHugeDocument(t *testing.T) {
	for name, line := range map[string]string{
		"elements":   "<p>something of a very long page</p>\n",
		"deep":       "<div><b>",
		"text":       "something of a very long page ",
		"attributes": "<p title='" + strings.Repeat("x", 1000) + "'>",
	} {
		t.Run(name, func(t *testing.T) {
			sent := make(chan int, 1)
			url := serve(t, `<button>go</button>`, map[string]http.HandlerFunc{"/huge": func(w http.ResponseWriter, r *http.Request) { sent <- huge(w, line) }})
			b := testBrowser(t, Config{})
			p, _ := openPage(t, b, url)
			begun := time.Now()
			if err := p.Goto(t.Context(), url+"/huge"); err != nil {
				t.Fatal(err)
			}
			o, err := p.Observe(t.Context())
			if d := time.Since(begun); d > 20*time.Second {
				t.Errorf("it took %v", d)
			}
			if err != nil && gym.CodeOf(err) != gym.CodeEnvCrashed {
				t.Error(err)
			}
			if err == nil && (!o.Partial || len(o.Nodes) > 3000) {
				t.Errorf("partial %v, %d nodes", o.Partial, len(o.Nodes))
			}
			closeWiped(p)
			<-sent
			next(t, b, url)
		})
	}
}

// huge sends 50 MB and answers how many bytes were taken.
func huge(w http.ResponseWriter, line string) (n int) {
	w.Header().Set("Content-Type", "text/html")
	lines := []byte(strings.Repeat(line, 1000))
	for n < 50<<20 {
		k, err := w.Write(lines)
		if n += k; err != nil {
			break
		}
	}
	return n
}
