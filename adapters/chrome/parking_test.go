package chrome

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dreamgym/envserver/gym"
)

// park parks a page, or answers why it cannot be.
func park(t *testing.T, p *Page) error {
	t.Helper()
	b := p.browser
	b.mu.Lock()
	b.take(p, func() {})
	b.mu.Unlock()
	return b.park(t.Context(), p)
}

// account is a small site: a session by cookie, pages, a form.
func account(t *testing.T, asked *atomic.Int64) string {
	page := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			c, err := r.Cookie("sid")
			if err != nil {
				c = &http.Cookie{Name: "sid", Value: fmt.Sprint("s", asked.Load()), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode}
				http.SetCookie(w, c)
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, `<!doctype html><title>%s</title><p>session %s, from %s</p><a href=/one>one</a><a href=/two>two</a><a href=/form>form</a>%s`,
				r.URL.Path, c.Value, r.Referer()[max(0, len(r.Referer())-4):], body)
		}
	}
	return serve(t, "", map[string]http.HandlerFunc{
		"/one": page(`<script>localStorage.n = 1 + +(localStorage.n || 0); document.write('<p>visits ' + localStorage.n)</script>`),
		"/two": page(``),
		"/form": page(`<div style="height:3000px"></div><form action=/one><label>Name <input name=n></label><label>More <textarea name=m>first</textarea></label>
			<label><input type=checkbox name=c> Yes</label><label><input type=radio name=r value=1 checked>A</label><label><input type=radio name=r value=2>B</label>
			<label>Size <select name=s><option>S<option>M<option>L</select></label><label>Many <select multiple name=k><option>x<option>y<option>z</select></label>
			<details><summary>More</summary><button>Inside</button></details><button>Send</button></form>`),
	})
}

// TestParkedPagesWakeAsTheyWere: cookies, storage, form, scroll, focus, ids and history.
func TestParkedPagesWakeAsTheyWere(t *testing.T) {
	var asked atomic.Int64
	url := account(t, &asked)
	p, o := openPage(t, testBrowser(t, Config{}), url+"/one")
	for _, a := range []string{"click('2')", "go_back()", "click('3')"} {
		if o = step(t, p, a); o.Problem != "" {
			t.Fatalf("%s: %s", a, o.Problem)
		}
	}
	for _, a := range []string{
		"fill('4', 'Ada <\"&>')", `fill('5', 'two\nlines')`, "click('6')", "click('8')", "select_option('9', 'L')",
		"select_option('10', ['x', 'z'])", "click('11')", "focus('5')",
	} {
		if o = step(t, p, a); o.Problem != "" {
			t.Fatalf("%s: %s\n%s", a, o.Problem, o.Text())
		}
	}
	before := asked.Load()
	if err := park(t, p); err != nil {
		t.Fatal(err)
	}
	if !p.Alive() || p.session.failed() == nil {
		t.Errorf("a parked page lives %v; its context is gone: %v", p.Alive(), p.session.failed())
	}
	if n := len(p.browser.spares); n != 1 {
		t.Errorf("there are %d pages to wake it on, want the one that this was tried on", n)
	}
	woken := step(t, p, "noop()")
	if n := len(p.browser.spares); n != 0 {
		t.Errorf("it was woken on another page; there are %d spares", n)
	}
	if woken.Text() != o.Text() || woken.URL != o.URL || woken.Title != o.Title {
		t.Errorf("the page wakes as\n%s\nand was\n%s", woken.Text(), o.Text())
	}
	if n := asked.Load() - before; n != 2 {
		t.Errorf("the server was asked %d times, want once to try and once to wake", n)
	}
	var scroll float64
	if err := p.Evaluate(t.Context(), "scrollY", &scroll); err != nil || scroll == 0 {
		t.Errorf("the page is scrolled to %v, %v", scroll, err)
	}
	step(t, p, "keyboard_type('!')")
	if o = step(t, p, "go_back()"); !strings.HasSuffix(o.URL, "/one") || !strings.Contains(o.Text(), "visits 3") || !strings.Contains(o.Text(), "session s1") {
		t.Errorf("%s: back shows %s\n%s", o.Problem, o.URL, o.Text())
	}
	if o = step(t, p, "go_forward()"); !strings.HasSuffix(o.URL, "/form") {
		t.Errorf("%s: forward shows %s", o.Problem, o.URL)
	}
	step(t, p, "go_back()")
	if o = step(t, p, "go_back()"); o.Problem == "" {
		t.Errorf("one more back shows %s", o.URL)
	}
}

// TestParkedInTheMiddleOfItsHistory: what lies ahead is there when it wakes, too.
func TestParkedInTheMiddleOfItsHistory(t *testing.T) {
	var asked atomic.Int64
	p, _ := openPage(t, testBrowser(t, Config{}), account(t, &asked)+"/one")
	step(t, p, "click('2')")
	step(t, p, "click('1')")
	o := step(t, p, "go_back()")
	if err := park(t, p); err != nil {
		t.Fatal(err)
	}
	if woken := step(t, p, "noop()"); woken.Text() != o.Text() || woken.URL != o.URL {
		t.Errorf("the page wakes as\n%s\nand was\n%s", woken.Text(), o.Text())
	}
	if o = step(t, p, "go_forward()"); !strings.HasSuffix(o.URL, "/one") || !strings.Contains(o.Text(), "visits 3") {
		t.Errorf("%s: forward shows %s\n%s", o.Problem, o.URL, o.Text())
	}
}

// TestWhatCannotBeParked stays, and says why.
func TestWhatCannotBeParked(t *testing.T) {
	var asked atomic.Int64
	b := testBrowser(t, Config{})
	for name, tt := range map[string]struct{ body, why string }{
		"a counter":       {`<button onclick="out.textContent = 'clicked'">go</button><p id=out>`, "its document changed"},
		"hidden state":    {`<button onclick="out.dataset.n = 1">go</button><p id=out>`, "its document changed"},
		"a socket":        {`<button onclick="new EventSource('/none')">go</button>`, "a EventSource"},
		"a worker":        {`<button onclick="new Worker('data:,')">go</button>`, "a Worker"},
		"a frame":         {`<button>go</button><iframe srcdoc="x"></iframe>`, "a frame"},
		"a dialog":        {`<button onclick="d.showModal()">go</button><dialog id=d><p>x</dialog>`, "a dialog"},
		"a database":      {`<button onclick="indexedDB.open('x')">go</button>`, "a database"},
		"a followed form": {`<button onclick="f.value = 'x'">go</button><input id=f oninput="1">`, "a form that a script follows"},
		"a listener":      {`<button onclick="f.value = 'x'">go</button><input id=f><script>addEventListener('change', () => {})</script>`, "a form that a script follows"},
		"a shadow tree":   {`<button>go</button><div id=s></div><script>s.attachShadow({mode: 'open'}).innerHTML = '<p>x'</script>`, "a shadow tree"},
		"shown by hover":  {`<style>p { display: none } button:hover + p { display: block }</style><button>go</button><p>menu`, "its screen changed"},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := openPage(t, b, serve(t, tt.body, nil))
			o := step(t, p, "click('1')")
			if err := park(t, p); err == nil || !strings.HasSuffix(err.Error(), ": "+tt.why) {
				t.Errorf("%v, want %q", err, tt.why)
			}
			if again := step(t, p, "noop()"); again.Text() != o.Text() {
				t.Errorf("after the try it shows\n%s\nand before\n%s", again.Text(), o.Text())
			}
		})
	}
	p, _ := openPage(t, b, account(t, &asked)+"/one")
	p.Confine()
	if err := park(t, p); err == nil || !strings.Contains(err.Error(), "scripts") {
		t.Errorf("a confined page: %v", err)
	}
	tabbed, _ := openPage(t, b, account(t, &asked)+"/one")
	if err := tabbed.Tabs(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	o := step(t, tabbed, "new_tab()")
	if err := park(t, tabbed); err == nil || !strings.Contains(err.Error(), "several tabs") {
		t.Errorf("a page with two tabs: %v", err)
	}
	if again := step(t, tabbed, "noop()"); len(again.Tabs) != 2 || again.Text() != o.Text() {
		t.Errorf("after the try it shows\n%s\nand before\n%s", again.Text(), o.Text())
	}
}

// TestParkedPagesMayHaveTabs: what may have several, and has one, is parked, and may when it is
// woken.
func TestParkedPagesMayHaveTabs(t *testing.T) {
	var asked atomic.Int64
	p, _ := openPage(t, testBrowser(t, Config{}), account(t, &asked)+"/two")
	if err := p.Tabs(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := park(t, p); err != nil {
			t.Fatal(err)
		}
		if o := step(t, p, "click('2', modifiers=['Control'])"); len(o.Tabs) != 2 {
			t.Fatalf("problem %q, tabs %+v\n%s", o.Problem, o.Tabs, o.Text())
		}
		if o := step(t, p, "new_tab()"); !strings.Contains(o.Problem, "no more than 2 tabs") {
			t.Errorf("problem %q", o.Problem)
		}
		step(t, p, "tab_close()")
	}
}

// TestParkingLeavesNoTrace: the page's clock and chance go on where they were, whether it
// was parked, could not be, or was left alone.
func TestParkingLeavesNoTrace(t *testing.T) {
	b := testBrowser(t, Config{})
	url := serve(t, `<button onclick="out.textContent = Date.now() + ' ' + Math.random() + crypto.randomUUID()">go</button><p id=out></p>
		<button onclick="out.textContent = ''">clear</button><script>setTimeout(() => { document.title = 'late'; }, 2600)</script>`, nil)
	alone, _ := openPage(t, b, url)
	other, _ := openPage(t, b, url)
	for i, a := range []string{"noop()", "click('1')", "click('1')", "click('2')", "noop()", "click('1')"} {
		err := park(t, other)
		fails := i == 2 || i == 3 || i == 5 // a script has changed what it shows, or its title
		if (err != nil) != fails {
			t.Errorf("before action %d: %v", i, err)
		}
		want, got := step(t, alone, a), step(t, other, a)
		if got.Text() != want.Text() || got.Title != want.Title {
			t.Errorf("after action %d it shows %s\n%s\nand left alone %s\n%s", i, got.Title, got.Text(), want.Title, want.Text())
		}
	}
}

// TestParkingIsTriedEverMoreSeldom where it fails, and soon again where only its user came back.
func TestParkingIsTriedEverMoreSeldom(t *testing.T) {
	b := New(Config{Live: 1})
	defer b.Close()
	b.live = 2
	p := &Page{browser: b}
	for i, want := range []int{2, 4, 8, 16, 32, 64, 64} {
		b.stay(p, unkeepable("it changed"))
		if p.place.skip != want || b.longestIdle(func() {}, false) != nil {
			t.Errorf("after failure %d, %d rests pass; want %d", i+1, p.place.skip, want)
		}
		p.place.skip = 0
		if b.longestIdle(func() {}, false) != p {
			t.Fatal("it is never tried again")
		}
	}
	if b.stay(p, context.Canceled); p.place.skip != 1 {
		t.Errorf("after its user came back %d rests pass", p.place.skip)
	}
}

// TestChangedWhileParked: a page that cannot be what it was is lost, and never another.
func TestChangedWhileParked(t *testing.T) {
	var changed atomic.Bool
	url := serve(t, "", map[string]http.HandlerFunc{"/x": func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<!doctype html><button>go</button><p>%v", changed.Load())
	}})
	b := testBrowser(t, Config{})
	p, _ := openPage(t, b, url+"/x")
	if err := park(t, p); err != nil {
		t.Fatal(err)
	}
	changed.Store(true)
	if _, err := p.Step(t.Context(), "noop()"); gym.CodeOf(err) != gym.CodeEnvCrashed || p.Alive() {
		t.Errorf("error %v, alive %v", err, p.Alive())
	}
	p.Close()
	next(t, b, url+"/x")
	if b.live != 1 {
		t.Errorf("%d pages are counted live", b.live)
	}
}

// TestParkedPagesOutliveTheirBrowser, and a step that is cancelled while it wakes a page
// leaves it parked.
func TestParkedPagesOutliveTheirBrowser(t *testing.T) {
	var asked atomic.Int64
	b := testBrowser(t, Config{})
	p, o := openPage(t, b, account(t, &asked)+"/two")
	if err := park(t, p); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.begin(cancelled); err == nil || !p.isParked() {
		t.Errorf("a cancelled step: %v; parked %v", err, p.isParked())
	}
	b.process.kill()
	if woken := step(t, p, "noop()"); woken.Text() != o.Text() {
		t.Errorf("the page wakes as\n%s\nand was\n%s", woken.Text(), o.Text())
	}
}

// TestIdlePagesAreParked: beyond the cap, those that rested longest, while steps go on.
func TestIdlePagesAreParked(t *testing.T) {
	var asked atomic.Int64
	meter := new(Meter)
	b := testBrowser(t, Config{Live: 2, Spares: 1, Meter: meter})
	url := account(t, &asked)
	var pages []*Page
	var shown []string
	for range 5 {
		p, o := openPage(t, b, url+"/two")
		pages, shown = append(pages, p), append(shown, o.Text())
	}
	await(t, func() bool { return meter.Count().Live == 2 && meter.Count().Parked == 3 })
	for i, p := range pages {
		if !pages[4].Alive() || !p.Alive() {
			t.Fatalf("page %d is not alive", i)
		}
		if o := step(t, p, "noop()"); o.Text() != shown[i] {
			t.Errorf("page %d shows\n%s\nand was\n%s", i, o.Text(), shown[i])
		}
	}
	await(t, func() bool { return meter.Count().Live == 2 && meter.Count().Parked == 3 })
	for _, p := range pages {
		p.Close()
	}
	if c := meter.Count(); c.Live != 0 || c.Parked != 0 || c.Wakes < 3 || c.Parkings < 3 {
		t.Errorf("at the end %+v", c)
	}
}

// await waits until a condition holds.
func await(t testing.TB, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come to hold")
		}
	}
}
