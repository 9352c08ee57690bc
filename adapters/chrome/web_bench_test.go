package chrome

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/page"

	"dreamgym/fixtures/sites"
	"dreamgym/fixtures/sites/shop"
)

// serveShop answers the address of a shop, in which every context is a visitor of its own.
func serveShop(b *testing.B) string {
	b.Helper()
	store, err := shop.New()
	if err != nil {
		b.Fatal(err)
	}
	s := httptest.NewServer(sites.New(store).Visitors(1))
	b.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL + "/shop/category/"
}

// The two links that are followed in turn. They are in the same place on both pages.
func turns() [2]string { return [2]string{"Toys", "Kitchen"} }

// surfer is a page whose loads are known, without our scripts.
type surfer struct {
	*Page
	loaded chan struct{}
	at     map[string][2]float64 // the links' middles, by name
}

func rawSurfer(b *testing.B, browser *Browser, url string) *surfer {
	b.Helper()
	loaded := make(chan struct{}, 1)
	s := &surfer{loaded: loaded, Page: rawPage(b, browser, url+"toys", func(method string, _ jsonv2.Value) {
		if method == "Page.loadEventFired" {
			loaded <- struct{}{}
		}
	})}
	if _, err := call(b.Context(), s.session, page.Enable, page.EnableParams{}); err != nil {
		b.Fatal(err)
	}
	const where = `Object.fromEntries([...document.querySelectorAll('nav a')].map((e) => { const r = e.getBoundingClientRect(); return [e.innerText, [r.x + r.width / 2, r.y + r.height / 2]] }))`
	if err := s.Evaluate(b.Context(), where, &s.at); err != nil || len(s.at[turns()[0]]) == 0 {
		b.Fatal(s.at, err)
	}
	return s
}

// follow clicks a link, waits for the next page's load, and lists its controls.
func (s *surfer) follow(ctx context.Context, name string) error {
	if err := s.dispatchMouse(ctx, clicks(s.at[name][0], s.at[name][1], "left", 0, 1)); err != nil {
		return err
	}
	select {
	case <-s.loaded:
	case <-ctx.Done():
		return ctx.Err()
	}
	var list []any
	return s.Evaluate(ctx, rawLook, &list)
}

// sort chooses the next order of the list that the page shows, waits until the list was replaced in its place,
// and lists the controls: in one message.
func (s *surfer) sort(ctx context.Context) error {
	var list []any
	return s.Evaluate(ctx, `(async () => {
		const orders = [...document.querySelectorAll('select')].find((e) => e.labels[0].innerText.includes('Sort by'));
		const replaced = new Promise((done) => new MutationObserver((_, o) => { o.disconnect(); done(); }).observe(document.body, {childList: true, subtree: true}));
		orders.selectedIndex = (orders.selectedIndex + 1) % orders.options.length;
		orders.dispatchEvent(new Event('change', {bubbles: true}));
		await replaced;
		return await `+rawLook+`;
	})()`, &list)
}

// BenchmarkBare has one visitor follow links and sort lists without our code: what Chrome and the shop
// take by themselves.
func BenchmarkBare(b *testing.B) {
	s := rawSurfer(b, testBrowser(b, Config{}), serveShop(b))
	timed := func(took *[]time.Duration, step func() error) {
		begun := time.Now()
		if err := step(); err != nil {
			b.Fatal(err)
		}
		*took = append(*took, time.Since(begun))
	}
	var page, place []time.Duration
	for i := 1; b.Loop(); i++ {
		timed(&page, func() error { return s.follow(b.Context(), turns()[i%2]) })
		timed(&place, func() error { return s.sort(b.Context()) })
	}
	b.ReportMetric(0, "ns/op")
	for name, took := range map[string][]time.Duration{"page-p50-ms": page, "place-p50-ms": place} {
		slices.Sort(took)
		b.ReportMetric(milliseconds(took[len(took)/2]), name)
	}
}

// linkOf is the id of a link, which is the same on both pages.
func linkOf(b *testing.B, o Observation, name string) string {
	b.Helper()
	before, _, found := strings.Cut(o.Text(), `] link "`+name+`"`)
	if !found {
		b.Fatalf("there is no link %q in\n%s", name, o.Text())
	}
	return before[strings.LastIndexByte(before, '[')+1:]
}

// BenchmarkSurf has four visitors follow links in a shop at once, raw and ours in
// alternating rounds. Aim: share ≥ 0.85 of the raw steps per second.
func BenchmarkSurf(b *testing.B) {
	const visitors, round = 4, 10
	url := serveShop(b)
	browser := testBrowser(b, Config{})
	var raws []*surfer
	var ours []*Page
	var ids [2]string
	for range visitors {
		raws = append(raws, rawSurfer(b, browser, url))
		p, o := openPage(b, browser, url+"toys")
		for i, name := range turns() {
			ids[i] = linkOf(b, o, name)
		}
		ours = append(ours, p)
	}
	var rawTime, ourTime time.Duration
	for b.Loop() {
		rawTime += together(b, raws, round, func(s *surfer, i int) error { return s.follow(b.Context(), turns()[(i+1)%2]) })
		ourTime += together(b, ours, round, func(p *Page, i int) error { return follow(b.Context(), p, ids[(i+1)%2]) })
	}
	steps := float64(b.N * visitors * round)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(steps/rawTime.Seconds(), "raw-steps/s")
	b.ReportMetric(steps/ourTime.Seconds(), "steps/s")
	b.ReportMetric(float64(rawTime)/float64(ourTime), "share")
}

func follow(ctx context.Context, p *Page, id string) error {
	o, err := p.Step(ctx, fmt.Sprintf("click('%s')", id))
	if err == nil && o.Problem != "" {
		return problem(o.Problem)
	}
	return err
}

// eventual is a page whose button tells how often it was pressed, by detours that take
// their time: an answer, then timers, then another answer.
const eventual = `<button id=b>press</button><p id=out>0</p><script>
	let n = 0;
	const wait = (ms) => new Promise((done) => setTimeout(done, ms));
	document.getElementById('b').onclick = async () => {
		const turn = ++n;
		const detour = await (await fetch('/after?n=' + turn)).json();
		for (const ms of detour) await wait(ms);
		if (detour.length % 2) await fetch('/after?n=' + turn);
		document.getElementById('out').textContent = turn;
	};
</script>`

// after answers timers of any lengths, after any time.
func after(w http.ResponseWriter, _ *http.Request) {
	time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
	var list []string
	for range rand.IntN(4) {
		list = append(list, fmt.Sprint(rand.IntN(60)))
	}
	fmt.Fprintf(w, "[%s]", strings.Join(list, ","))
}

// BenchmarkEventual presses the button of an asynchronous page, and counts the
// observations that came before what they should show. Aim: none.
func BenchmarkEventual(b *testing.B) {
	const pages, round = 8, 10
	browser := testBrowser(b, Config{})
	url := serve(b, eventual, map[string]http.HandlerFunc{"GET /after": after})
	var all []*presser
	for range pages {
		p, _ := openPage(b, browser, url)
		all = append(all, &presser{Page: p})
	}
	for b.Loop() {
		together(b, all, round, func(p *presser, _ int) error { return p.press(b.Context()) })
	}
	premature := 0
	for _, p := range all {
		premature += p.premature
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(premature), "premature")
	b.ReportMetric(float64(b.N*pages*round), "steps")
}

type presser struct {
	*Page
	pressed, premature int
}

func (p *presser) press(ctx context.Context) error {
	o, err := p.Step(ctx, "click('1')")
	if err != nil {
		return err
	}
	p.pressed++
	if !strings.Contains(o.Text(), fmt.Sprintf("%q", fmt.Sprint(p.pressed))) {
		p.premature++
	}
	return nil
}
