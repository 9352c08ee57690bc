package chrome

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/target"
)

// The floor that a step is compared with: the same trusted, pipelined input, at a
// point known beforehand, then one evaluate that lets two turns of the event loop
// pass and lists the visible controls. It runs in a page that holds nothing of ours.
const rawLook = `(async () => {
	const turn = () => new Promise((done) => { const c = new MessageChannel(); c.port1.onmessage = () => { c.port1.close(); done(); }; c.port2.postMessage(0); });
	while (document.readyState !== 'complete') await turn();
	await turn(); await turn();
	return [...document.querySelectorAll('a[href], button, input, select, textarea, [role], [onclick], p')].filter((e) => {
		const r = e.getBoundingClientRect(), s = getComputedStyle(e);
		return r.width > 0 && r.height > 0 && s.visibility === 'visible' && s.opacity !== '0';
	}).map((e) => [e.localName, e.getAttribute('role'), e.innerText || (e.labels && e.labels[0] && e.labels[0].innerText), e.value, e.checked, e.disabled]);
})()`

// rawPage is a tab without our scripts. onEvent sees its events; nil: nobody does.
func rawPage(b *testing.B, browser *Browser, url string, onEvent func(method string, params jsonv2.Value)) *Page {
	b.Helper()
	ctx := b.Context()
	reach(b, browser, url)
	proc, err := browser.running(ctx)
	if err != nil {
		b.Fatal(err)
	}
	g, err := openGate(browser, browser.reachable())
	if err != nil {
		b.Fatal(err)
	}
	proc.gates.add(g)
	params, err := proc.openContext(ctx, g)
	if err != nil {
		b.Fatal(err)
	}
	made, err := call(ctx, proc.browser, target.CreateTarget, params)
	if err != nil {
		b.Fatal(err)
	}
	attached, err := call(ctx, proc.browser, target.AttachToTarget, target.AttachToTargetParams{TargetID: made.TargetID, Flatten: ptr(true)})
	if err != nil {
		b.Fatal(err)
	}
	p := &Page{browser: browser, process: proc, gate: g, context: params.BrowserContextID}
	p.tab = p.newTab(made.TargetID, attached.SessionID)
	p.session.redirect(onEvent)
	p.session.send(emulation.SetDeviceMetricsOverride.Method, browser.cfg.metrics())
	p.session.send(emulation.SetFocusEmulationEnabled.Method, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	p.session.send("Page.navigate", map[string]string{"url": url})
	for {
		var ready bool
		if p.Evaluate(ctx, "location.href !== 'about:blank' && document.readyState === 'complete'", &ready); ready {
			return p
		}
	}
}

const benchWidth, benchHeight, benchRows = 332, 420, 15

// benchForm is a page of a MiniWoB++ page's size: 15 check boxes with their labels, a
// text field, a button, some text.
func benchForm() string {
	var s strings.Builder
	s.WriteString("<style>p { margin: 2px; font: 10px Arial }</style><p>Select some and click Submit.")
	for i := range benchRows {
		fmt.Fprintf(&s, "<p><label><input type=checkbox id=c%d>word%d</label>", i, i)
	}
	s.WriteString("<p><input name=text><button>Submit</button>")
	return s.String()
}

// points are where the check boxes are.
func points(b *testing.B, p *Page) [][2]float64 {
	b.Helper()
	var at [][2]float64
	if err := p.Evaluate(b.Context(), `[...document.querySelectorAll('input[type=checkbox]')].map((e) => { const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })`, &at); err != nil || len(at) != benchRows {
		b.Fatal(len(at), err)
	}
	return at
}

func rawStep(ctx context.Context, p *Page, at [2]float64) error {
	if err := p.dispatchMouse(ctx, clicks(at[0], at[1], "left", 0, 1)); err != nil {
		return err
	}
	var list []any
	return p.Evaluate(ctx, rawLook, &list)
}

func ourStep(ctx context.Context, p *Page, i int) error {
	o, err := p.Step(ctx, fmt.Sprintf("click('%d')", i%benchRows+1))
	if err == nil && o.Problem != "" {
		return problem(o.Problem)
	}
	return err
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkStep takes a raw step and one of ours in turn. Aim: ratio ≤ 2.5.
func BenchmarkStep(b *testing.B) {
	browser := testBrowser(b, Config{Width: benchWidth, Height: benchHeight})
	url := serve(b, benchForm(), nil)
	raw, _ := rawPage(b, browser, url, nil), 0
	ours, _ := openPage(b, browser, url)
	at := points(b, raw)
	var rawTimes, ourTimes []time.Duration
	for i := 0; b.Loop(); i++ {
		begun := time.Now()
		if err := rawStep(b.Context(), raw, at[i%benchRows]); err != nil {
			b.Fatal(err)
		}
		half := time.Now()
		if err := ourStep(b.Context(), ours, i); err != nil {
			b.Fatal(err)
		}
		rawTimes, ourTimes = append(rawTimes, half.Sub(begun)), append(ourTimes, time.Since(half))
	}
	r, o := median(rawTimes), median(ourTimes)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(r), "raw-p50-ms")
	b.ReportMetric(milliseconds(o), "step-p50-ms")
	b.ReportMetric(float64(o)/float64(r), "ratio")
}

// BenchmarkSaturated keeps four pages busy, raw and ours in alternating rounds. Aim:
// share ≥ 0.7 of the raw steps per second.
func BenchmarkSaturated(b *testing.B) {
	const pages, round = 4, 50
	browser := testBrowser(b, Config{Width: benchWidth, Height: benchHeight})
	url := serve(b, benchForm(), nil)
	var raws, ours []*Page
	for range pages {
		raws = append(raws, rawPage(b, browser, url, nil))
		p, _ := openPage(b, browser, url)
		ours = append(ours, p)
	}
	at := points(b, raws[0])
	var rawTime, ourTime time.Duration
	for b.Loop() {
		rawTime += together(b, raws, round, func(p *Page, i int) error { return rawStep(b.Context(), p, at[i%benchRows]) })
		ourTime += together(b, ours, round, func(p *Page, i int) error { return ourStep(b.Context(), p, i) })
	}
	steps := float64(b.N * pages * round)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(steps/rawTime.Seconds(), "raw-steps/s")
	b.ReportMetric(steps/ourTime.Seconds(), "steps/s")
	b.ReportMetric(float64(rawTime)/float64(ourTime), "share")
}

// together takes n steps on each page at once and answers how long that took.
func together[P any](b *testing.B, pages []P, n int, take func(p P, i int) error) time.Duration {
	b.Helper()
	begun := time.Now()
	var wg sync.WaitGroup
	for _, p := range pages {
		wg.Go(func() {
			for i := range n {
				if err := take(p, i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(begun)
}
