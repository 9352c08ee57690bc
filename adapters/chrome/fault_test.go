package chrome

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"

	"dreamgym/envserver/gym"
)

// hurry gives what is done next on a browser's pages deadlines with which the ladder is
// climbed in a second, until `usual` is called. Opening a page keeps the usual ones: a machine
// that is busy takes its time.
func hurry(b *Browser) (usual func()) {
	settle, grace := b.cfg.Settle, b.cfg.Grace
	b.cfg.Settle, b.cfg.Grace = 400*time.Millisecond, 300*time.Millisecond
	return func() { b.cfg.Settle, b.cfg.Grace = settle, grace }
}

// next takes a fresh page after a fault and uses it.
func next(t *testing.T, b *Browser, url string) {
	t.Helper()
	if _, o := openPage(t, b, url); !strings.Contains(o.Text(), "button") {
		t.Errorf("a page after the fault shows\n%s", o.Text())
	}
}

func wantCrash(t *testing.T, err error, begun time.Time) {
	t.Helper()
	if gym.CodeOf(err) != gym.CodeEnvCrashed {
		t.Errorf("error %v, want %s", err, gym.CodeEnvCrashed)
	}
	if d := time.Since(begun); d > 5*time.Second {
		t.Errorf("the fault was told after %v", d)
	}
}

func TestRendererKilled(t *testing.T) {
	meter := new(Meter)
	b := testBrowser(t, Config{Meter: meter})
	url := serve(t, `<button>go</button>`, nil)
	p, _ := openPage(t, b, url)
	other, _ := openPage(t, b, url)
	begun := time.Now()
	p.session.send(page.Crash.Method, cdp.Empty{})
	_, err := p.Step(t.Context(), "click('1')")
	wantCrash(t, err, begun)
	if p.Alive() || meter.Count().Lost != 1 {
		t.Errorf("the crashed page says that it lives: %v; %d are counted lost", p.Alive(), meter.Count().Lost)
	}
	if o := step(t, other, "click('1')"); o.Problem != "" {
		t.Errorf("another page after the crash: %s", o.Problem)
	}
	closeWiped(p)
	next(t, b, url)
}

func TestRendererKilledWhileACallWaits(t *testing.T) {
	b := testBrowser(t, Config{})
	p, _ := openPage(t, b, serve(t, `<button>go</button>`, nil))
	waiting := make(chan error, 1)
	go func() { waiting <- p.Evaluate(context.Background(), "new Promise(() => {})", nil) }()
	p.session.send(page.Crash.Method, cdp.Empty{})
	select {
	case err := <-waiting:
		if !errors.Is(err, errPageCrashed) {
			t.Errorf("the waiting call fails with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the waiting call hangs")
	}
}

func TestBrowserKilled(t *testing.T) {
	b := testBrowser(t, Config{})
	url := serve(t, `<button>go</button>`, nil)
	p, _ := openPage(t, b, url)
	old := b.process
	begun := time.Now()
	if err := syscall.Kill(old.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_, err := p.Step(t.Context(), "click('1')")
	wantCrash(t, err, begun)
	closeWiped(p)
	next(t, b, url)
	if b.process == old {
		t.Error("the dead browser was not replaced")
	}
	for deadline := time.Now().Add(5 * time.Second); len(living(t, old.cmd.Process.Pid)) > 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("processes %v of the dead browser live on", living(t, old.cmd.Process.Pid))
		}
	}
}

// living answers the processes of a group that are not zombies.
func living(t *testing.T, group int) []string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var pids []string
	for _, s := range stats {
		data, _ := os.ReadFile(s)
		_, rest, _ := strings.Cut(string(data), ") ")
		if f := strings.Fields(rest); len(f) > 2 && f[2] == strconv.Itoa(group) && f[0] != "Z" && f[0] != "X" {
			pids = append(pids, s)
		}
	}
	return pids
}

func TestDialogsAreAnswered(t *testing.T) {
	b := testBrowser(t, Config{})
	p, o := openPage(t, b, serve(t, `<script>alert('hello')</script>
		<button onclick="out.textContent = confirm('sure?') + prompt('name?', 'ada'); alert('bye')">go</button><p id=out></p>`, nil))
	if want := "dialog \"hello\"\n[1] button \"go\""; o.Text() != want {
		t.Errorf("got\n%s\nwant\n%s", o.Text(), want)
	}
	o = step(t, p, "click('1')")
	want := "dialog \"sure?\"\ndialog \"name?\"\ndialog \"bye\"\n[1] button \"go\"\ntext \"trueada\""
	if o.Text() != want || o.Problem != "" {
		t.Errorf("%s: got\n%s\nwant\n%s", o.Problem, o.Text(), want)
	}
}

func TestEndlessLoops(t *testing.T) {
	// By its own clock, a page that waits for the clock comes to an end.
	meter := new(Meter)
	b := testBrowser(t, Config{RealTime: true, Meter: meter})
	loops := map[string]string{
		"in a handler":    `while (true);`,
		"in a microtask":  `const f = () => Promise.resolve().then(f); f()`,
		"in a timer":      `setTimeout(() => { while (true); }, 10)`,
		"again and again": `setInterval(() => { const t = Date.now(); while (Date.now() - t < 200); }, 1)`,
	}
	for name, script := range loops {
		t.Run(name, func(t *testing.T) {
			url := serve(t, `<button onclick="go()">go</button><button onclick="out.textContent = 'alive'">other</button><p id=out></p><script>function go() { `+script+` }</script>`, nil)
			p, _ := openPage(t, b, url)
			usual := hurry(b)
			begun := time.Now()
			o, err := p.Step(t.Context(), "click('1')")
			if d := time.Since(begun); d > 8*time.Second {
				t.Errorf("the step took %v", d)
			}
			usual()
			if err != nil {
				wantCrash(t, err, begun)
				closeWiped(p)
				next(t, b, url)
				return
			}
			if !o.Partial || !strings.Contains(o.Text(), "[2] button") {
				t.Errorf("partial %v, problem %q\n%s", o.Partial, o.Problem, o.Text())
			}
		})
	}
	if meter.Count().Interrupted == 0 {
		t.Error("no script is counted as stopped")
	}
}

func TestCancelledStepReturns(t *testing.T) {
	b := testBrowser(t, Config{})
	p, _ := openPage(t, b, serve(t, `<button onclick="fetch('/silent')">go</button>`, map[string]http.HandlerFunc{
		"/silent": func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	}))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := p.Step(ctx, "click('1')"); gym.CodeOf(err) != gym.CodeDeadlineExceeded {
		t.Errorf("error %v, want %s", err, gym.CodeDeadlineExceeded)
	}
}

// TestDownloads are refused: the page stays and settles.
func TestDownloads(t *testing.T) {
	p, _ := openPage(t, testBrowser(t, Config{}), serve(t, `<a href="/file">get</a>`, map[string]http.HandlerFunc{
		"/file": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Disposition", "attachment; filename=x.bin")
			w.Write([]byte("x"))
		},
	}))
	if o := step(t, p, "click('1')"); o.Partial || o.Text() != "download \"x.bin\" refused\n[1] link \"get\"" {
		t.Errorf("partial %v\n%s", o.Partial, o.Text())
	}
}

// TestContextsAreApart while both are in use.
func TestContextsAreApart(t *testing.T) {
	b := testBrowser(t, Config{})
	url := serve(t, `<button>go</button><script>document.body.append(document.cookie || 'blank'); document.cookie = 'x=1'</script>`, nil)
	openPage(t, b, url)
	if _, o := openPage(t, b, url); !strings.Contains(o.Text(), "blank") {
		t.Errorf("one context shows another's cookie:\n%s", o.Text())
	}
}

func TestOtherHostsAreOutOfReach(t *testing.T) {
	p, _ := openPage(t, testBrowser(t, Config{}), serve(t, `<p>here`, nil))
	for _, url := range []string{"http://example.com/", "https://93.184.215.14/", "http://[2606:2800:21f::1]/", "http://169.254.169.254/", "http://localhost:1/"} {
		if err := p.Goto(t.Context(), url); err == nil {
			t.Errorf("%s was opened", url)
		}
	}
}

func TestNoChrome(t *testing.T) {
	b := New(Config{Path: "/nowhere/chrome"})
	defer b.Close()
	_, err := b.Page(t.Context())
	if gym.CodeOf(err) != gym.CodeNotAvailable || !strings.Contains(err.Error(), "apt-get install") {
		t.Errorf("error %v", err)
	}
}

func TestClosedBrowser(t *testing.T) {
	b := New(Config{})
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Error(err)
	}
	if _, err := b.Page(t.Context()); gym.CodeOf(err) != gym.CodeShuttingDown {
		t.Errorf("error %v", err)
	}
}

func TestNotAChrome(t *testing.T) {
	b := New(Config{Path: "/bin/true"})
	defer b.Close()
	if _, err := b.Page(t.Context()); gym.CodeOf(err) != gym.CodeEnvCrashed {
		t.Errorf("error %v", err)
	}
}

func TestHugePageIsCut(t *testing.T) {
	_, o := openPage(t, testBrowser(t, Config{Settle: 20 * time.Second}), serve(t, `<button>go</button><script>
		for (let i = 0; i < 20500; i++) document.body.append(document.createElement('p').appendChild(document.createTextNode('p' + i)).parentNode)</script>`, nil))
	if !o.Partial || len(o.Nodes) > 3000 {
		t.Errorf("partial %v, %d nodes", o.Partial, len(o.Nodes))
	}
}

// TestNoAnswer: a server that never answers ends the Goto, not the page.
func TestNoAnswer(t *testing.T) {
	b := testBrowser(t, Config{Load: 2 * time.Second})
	url := serve(t, `<button>go</button>`, map[string]http.HandlerFunc{"/silent": func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }})
	p, _ := openPage(t, b, url)
	if err := p.Goto(t.Context(), url+"/silent"); err == nil || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("error %v", err)
	}
	if o := step(t, p, "click('1')"); o.Problem != "" || o.Text() != `[1] button "go"` {
		t.Errorf("%q\n%s", o.Problem, o.Text())
	}
}

// TestAdmission: a step beyond the number that may run waits, no longer than its context.
func TestAdmission(t *testing.T) {
	b := New(Config{Steps: 1})
	defer b.Close()
	release, err := b.admit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := b.admit(ctx); gym.CodeOf(err) != gym.CodeDeadlineExceeded {
		t.Errorf("a second step: %v", err)
	}
	release()
	if again, err := b.admit(t.Context()); err != nil {
		t.Error(err)
	} else {
		again()
	}
}
