package chrome

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// slowly answers after a moment, or sends its body's end after a moment.
func slowly(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		if r.URL.Query().Has("body") {
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
		}
		time.Sleep(60 * time.Millisecond)
		w.Write([]byte(body))
	}
}

// TestSettledPatterns clicks a button whose handler says "done" by some detour. The
// observation after the click must say it.
func TestSettledPatterns(t *testing.T) {
	const say = `document.getElementById('out').textContent = 'done'`
	patterns := map[string]string{
		"at once":                     say,
		"microtasks":                  `Promise.resolve().then(() => {}).then(() => { ` + say + ` })`,
		"timer of 0":                  `setTimeout(() => { ` + say + ` })`,
		"timer of 300 ms":             `setTimeout(() => { ` + say + ` }, 300)`,
		"timer as text":               `setTimeout("` + say + `", 20)`,
		"timers in a chain":           `setTimeout(() => setTimeout(() => setTimeout(() => { ` + say + ` }, 50), 50), 50)`,
		"cleared and set again":       `const id = setTimeout(() => {}, 100); clearTimeout(id); setTimeout(() => { ` + say + ` }, 100)`,
		"interval animation":          `let n = 0; const id = setInterval(() => { if (++n == 12) { clearInterval(id); ` + say + ` } }, 13)`,
		"frames":                      `let n = 0; const f = () => { if (++n == 8) { ` + say + ` } else requestAnimationFrame(f) }; requestAnimationFrame(f)`,
		"idle callback":               `requestIdleCallback(() => { ` + say + ` })`,
		"fetch":                       `fetch('/json').then(r => r.json()).then(() => { ` + say + ` })`,
		"fetch, slow body":            `fetch('/json?body').then(r => r.text()).then(() => { ` + say + ` })`,
		"fetch, await, timer":         `(async () => { await (await fetch('/json')).json(); setTimeout(() => { ` + say + ` }, 30) })()`,
		"fetch that fails":            `fetch('http://127.0.0.1:1/').catch(() => { ` + say + ` })`,
		"two fetches":                 `fetch('/json').then(() => fetch('/json')).then(() => { ` + say + ` })`,
		"XHR":                         `const x = new XMLHttpRequest(); x.open('GET', '/json'); x.onload = () => { ` + say + ` }; x.send()`,
		"blob, file reader":           `new Blob(['x'.repeat(1e7)]).text().then((x) => { const r = new FileReader(); r.onload = () => { ` + say + ` }; r.readAsText(new Blob([x])) })`,
		"script":                      `const s = document.createElement('script'); s.src = '/script.js'; document.body.append(s)`,
		"frame":                       `const f = document.createElement('iframe'); f.src = '/html'; f.onload = () => { ` + say + ` }; document.body.append(f)`,
		"image":                       `const i = new Image(); i.onload = i.onerror = () => { ` + say + ` }; i.src = '/json'; document.body.append(i)`,
		"CSS transition":              `const b = document.getElementById('out'); b.style.transition = 'opacity 5s'; b.offsetTop; b.addEventListener('transitionend', () => { ` + say + ` }); b.style.opacity = 0.5`,
		"web animation":               `document.getElementById('out').animate([{top: 0}, {top: 9}], 5000).finished.then(() => { ` + say + ` })`,
		"message channel":             `const c = new MessageChannel(); c.port1.onmessage = () => { c.port1.close(); ` + say + ` }; c.port2.postMessage(1)`,
		"window message":              `addEventListener('message', () => { ` + say + ` }, {once: true}); postMessage(1, '*')`,
		"mutation observer":           `new MutationObserver(() => { ` + say + ` }).observe(document.body, {attributes: true}); document.body.title = 'x'`,
		"resize observer":             `new ResizeObserver(() => { ` + say + ` }).observe(document.body)`,
		"intersection observer":       `new IntersectionObserver(() => { ` + say + ` }).observe(document.body)`,
		"history":                     `history.pushState(null, '', '/there'); fetch('/json').then(() => { ` + say + ` })`,
		"alert first":                 `alert('look'); ` + say,
		"navigation":                  `location.href = '/done'`,
		"navigation after a timer":    `setTimeout(() => location.assign('/done'), 50)`,
		"navigation to what loads on": `location.href = '/loads'`,
		"form":                        `document.getElementById('f').submit()`,
		"new tab":                     `window.open('/done')`,
		"link to a new tab":           `document.getElementById('l').click()`,
	}
	handlers := map[string]http.HandlerFunc{
		"/json":      slowly("application/json", `{"a": 1}`),
		"/script.js": slowly("text/javascript", say),
		"/html":      slowly("text/html", "<p>frame"),
		"/done":      slowly("text/html", "<p>done"),
		"/loads":     slowly("text/html", "<p id=out><script>fetch('/json').then(() => { "+say+" })</script>"),
	}
	for name, script := range patterns {
		p := "/" + strings.ReplaceAll(name, " ", "-")
		handlers[p] = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, `<!doctype html><button onclick="go()">go</button><p id=out>waiting</p>
				<form id=f action=/done></form><a id=l href=/done target=_blank></a><script>function go() { %s }</script>`, script)
		}
	}
	b := testBrowser(t, Config{})
	base := serve(t, "", handlers)
	page, _ := openPage(t, b, base)
	for name := range patterns {
		t.Run(name, func(t *testing.T) {
			if err := page.Goto(t.Context(), base+"/"+strings.ReplaceAll(name, " ", "-")); err != nil {
				t.Fatal(err)
			}
			if _, err := page.Observe(t.Context()); err != nil {
				t.Fatal(err)
			}
			o := step(t, page, "click('1')")
			if !strings.Contains(o.Text(), `text "done"`) || o.Partial || o.Problem != "" {
				t.Errorf("partial %v, problem %q\n%s", o.Partial, o.Problem, o.Text())
			}
		})
	}
}

// TestPicturesAsContent waits for the size of an element that is a style sheet's picture. A busy
// page gives it late; here another thread does, which nothing else waits for.
func TestPicturesAsContent(t *testing.T) {
	b := testBrowser(t, Config{})
	page, _ := openPage(t, b, serve(t, `<style>.icon { content: url(/icon.svg) } .broken { content: url(/none) } .late { width: 0 }</style>
		<button>go</button><span class="icon late"></span><span class=broken></span>
		<script>
			const other = new Worker(URL.createObjectURL(new Blob(['onmessage = () => setTimeout(postMessage, 50, 0)'])));
			document.querySelector('button').onclick = () => {
				const icon = Object.assign(document.createElement('span'), {className: 'icon late', onclick: () => {}, title: 'send'});
				document.body.append(icon);
				other.onmessage = () => { icon.className = 'icon'; };
				other.postMessage(0);
			};
		</script>`,
		map[string]http.HandlerFunc{"/icon.svg": slowly("image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`)}))
	if o := step(t, page, "click('1')"); !strings.Contains(o.Text(), `clickable "send"`) || o.Partial {
		t.Errorf("partial %v\n%s", o.Partial, o.Text())
	}
}

// TestUnsettledPages never come to rest: each step ends all the same, the first one
// perhaps partial, the next not waiting again for the same thing.
func TestUnsettledPages(t *testing.T) {
	forever := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<!doctype html><p>begun"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	silent := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	pages := []struct {
		name, script string
		partial      bool
	}{
		{"polling by timer", `const poll = () => setTimeout(poll, 20); poll()`, false},
		{"polling by interval", `setInterval(() => {}, 20)`, false},
		{"endless frames", `const f = () => requestAnimationFrame(f); f()`, false},
		{"endless animation", `document.body.animate([{opacity: 0.5}, {opacity: 1}], {duration: 100, iterations: Infinity})`, false},
		{"endless scrolls", `document.body.style.height = '5000px'; onscroll = () => scrollTo(0, scrollY ? 0 : 9); onscroll()`, false},
		{"a fetch without an answer", `fetch('/silent')`, true},
		{"a fetch without an end", `fetch('/forever').then(r => r.text())`, true},
	}
	b := testBrowser(t, Config{Settle: 1500 * time.Millisecond})
	for _, tt := range pages {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := serve(t, `<button onclick="out.textContent = 'done'">go</button><p id=out></p><script>`+tt.script+`</script>`,
				map[string]http.HandlerFunc{"/silent": silent, "/forever": forever})
			p, o := openPage(t, b, url)
			if o.Partial != tt.partial {
				t.Errorf("the first observation is partial: %v, want %v", o.Partial, tt.partial)
			}
			if o = step(t, p, "click('1')"); o.Partial || !strings.Contains(o.Text(), "done") {
				t.Errorf("after a click: partial %v\n%s", o.Partial, o.Text())
			}
		})
	}
	t.Run("a document without an end", func(t *testing.T) {
		_, o := openPage(t, b, serve(t, "", map[string]http.HandlerFunc{"/forever": forever})+"/forever")
		if !o.Partial || o.Text() != `text "begun"` {
			t.Errorf("partial %v\n%s", o.Partial, o.Text())
		}
	})
}
