package chrome

import (
	"strings"
	"testing"
)

// changing shows all that tells runs apart: clocks, chance, what timers and frames did.
const changing = `<button onclick="go()">go</button><p id=out></p><p id=tick></p><script>
	const say = (what) => { const p = document.createElement('p'); p.textContent = what; document.body.append(p); };
	const show = (when) => {
		const uuid = crypto.randomUUID ? crypto.randomUUID() : '', bytes = crypto.getRandomValues(new Uint32Array(3));
		say([when, Date(), new Date().toISOString(), Date.now(), performance.now(), performance.timeOrigin, Math.random(), uuid, bytes,
			new Intl.DateTimeFormat('en', {dateStyle: 'full', timeStyle: 'long'}).format(), window.Temporal ? Temporal.Now.instant() : ''].join(' '));
	};
	show('load');
	let ticks = 0;
	setInterval(() => { tick.textContent = ++ticks; }, 100);
	setTimeout(() => say('after a long time'), 1200);
	function go() {
		const begun = Date.now();
		while (Date.now() - begun < 5); // ends, though nothing moves the clock but looking at it
		show('click ' + event.timeStamp);
		setTimeout(() => show('timer'), 300);
		requestAnimationFrame((t) => show('frame ' + t));
		requestIdleCallback(() => show('idle'));
		let n = 0;
		const fade = setInterval(() => { if (++n === 20) { clearInterval(fade); show('faded ' + n); } }, 13);
	}
</script>`

// TestDeterministic: what a page shows is the same to the byte in other contexts, in other
// browsers, and however long nothing is done in between.
func TestDeterministic(t *testing.T) {
	url := serve(t, changing, nil)
	var first []string
	for range 2 {
		b := testBrowser(t, Config{})
		for range 3 {
			p, o := openPage(t, b, url)
			shown := []string{o.Text()}
			for _, a := range []string{"click('1')", "noop()", "click('1')", "noop()"} {
				p.Evaluate(t.Context(), "new Promise((done) => { const c = new MessageChannel(); let n = 0; c.port1.onmessage = () => ++n < 2000 ? c.port2.postMessage(0) : done(); c.port2.postMessage(0); })", nil)
				shown = append(shown, step(t, p, a).Text())
			}
			if first == nil {
				first = shown
			}
			for i, s := range shown {
				if s != first[i] {
					t.Fatalf("observation %d is\n%s\nand was\n%s", i, s, first[i])
				}
			}
		}
	}
	for _, want := range []string{"load ", "click ", "timer ", "frame ", "idle ", "faded 20", "after a long time", "2030"} {
		if !strings.Contains(first[4], want) {
			t.Errorf("the page does not show %q:\n%s", want, first[4])
		}
	}
}

// TestTimeStandsStill between steps, and each step takes half a second.
func TestTimeStandsStill(t *testing.T) {
	p, _ := openPage(t, testBrowser(t, Config{}), serve(t, `<p id=out>0</p><script>let n = 0; setInterval(() => { out.textContent = ++n; }, 100)</script>`, nil))
	for i, want := range []string{"10", "15", "20", "35"} {
		if i == 3 {
			step(t, p, "noop(500)") // waits by the page's clock, beside the half second of every step
		}
		if o := step(t, p, "noop()"); o.Partial || o.Text() != `text "`+want+`"` {
			t.Errorf("partial %v: %s, want %s", o.Partial, o.Text(), want)
		}
	}
}

// TestRealTime is the machine's, where it is asked for.
func TestRealTime(t *testing.T) {
	p, _ := openPage(t, testBrowser(t, Config{RealTime: true}), serve(t, `<p>here`, nil))
	var year int
	if err := p.Evaluate(t.Context(), "new Date().getFullYear()", &year); err != nil || year == 2030 {
		t.Errorf("the year is %d, %v", year, err)
	}
	var fresh bool
	if err := p.Evaluate(t.Context(), "new Promise((done) => setTimeout(done, 500)).then(() => true)", &fresh); err != nil || !fresh {
		t.Errorf("timers do not run by themselves: %v", err)
	}
}

// TestNativeLooks: clocks and chance behave as a page expects them to.
func TestNativeLooks(t *testing.T) {
	p, _ := openPage(t, testBrowser(t, Config{}), serve(t, `<p>here`, nil))
	for expression, why := range map[string]string{
		"new Date() instanceof Date && new Date(0).getTime() === 0 && typeof Date() === 'string'":               "dates are made",
		"new Date().constructor === Date && Object.prototype.toString.call(new Date()) === '[object Date]'":     "dates are dates",
		"Date.UTC(2000, 0) === 946684800000 && Date.parse('2000-01-01T00:00:00Z') === 946684800000":             "Date has its functions",
		"new (class extends Date {})().getFullYear() === new Date().getFullYear()":                              "Date is extended",
		"performance.now() < performance.now() && Date.now() <= Date.now()":                                     "clocks do not go back",
		"new Set(Array.from({length: 1000}, Math.random)).size === 1000":                                        "draws differ",
		"Array.from({length: 1000}, Math.random).every((x) => x >= 0 && x < 1)":                                 "draws are below 1",
		"Math.abs(Array.from({length: 10000}, Math.random).reduce((a, b) => a + b) / 10000 - 0.5) < 0.02":       "draws are even",
		"(() => { try { crypto.getRandomValues(new Float32Array(1)); return false } catch { return true } })()": "arrays are checked",
		"/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())":     "UUIDs are of version 4",
		"(() => { let ran = false; clearTimeout(setTimeout(() => { ran = true; }, 0)); return !ran })()":        "timers are cleared",
		"window.__dreamgymClock === undefined":                                                                  "the clock is not the page's to move",
	} {
		var holds bool
		if err := p.Evaluate(t.Context(), expression, &holds); err != nil || !holds {
			t.Errorf("%s: %v, %v", why, holds, err)
		}
	}
}
