package chrome

import (
	"fmt"
	"strings"
	"testing"
)

// scrolling is a page that says "moved" once it has heard of a scroll, and what scrolls it.
type scrolling struct{ body, action string }

func scrolled() map[string]scrolling {
	const begin = `<p id=out>0</p><a href="#end">to the end</a><input style="position: absolute; top: 5000px">`
	const end = `<div style="height: 5000px"></div><p id=end>end</p>`
	const list = `<div id=list tabindex=0 style="height: 100px; overflow: auto"><div style="height: 2000px">long</div></div>`
	const tell = `() => { out.textContent = scrollY || list.scrollTop ? 'moved' : 'at rest' }`
	page := func(script string) string {
		return begin + list + end + `<script>const list = document.getElementById('list'); ` + script + `</script>`
	}
	window, box := page(`addEventListener('scroll', `+tell+`)`), page(`list.addEventListener('scroll', `+tell+`)`)
	return map[string]scrolling{
		"an anchor":               {window, "click('1')"},
		"PageDown":                {window, "keyboard_press('PageDown')"},
		"Space":                   {window, "keyboard_press(' ')"},
		"a focus":                 {window, "focus('2')"},
		"End in a list":           {box, "press('3', 'End')"},
		"a listener above":        {page(`document.addEventListener('scroll', ` + tell + `, {capture: true})`), "press('3', 'End')"},
		"a property":              {page(`list.onscroll = ` + tell), "press('3', 'End')"},
		"an attribute":            {strings.Replace(page(""), "<div id=list", `<div onscroll="out.textContent = 'moved'" id=list`, 1), "press('3', 'End')"},
		"the body's attribute":    {page(`document.body.setAttribute('onscroll', "out.textContent = 'moved'")`), "click('1')"},
		"scrollend":               {page(`addEventListener('scrollend', ` + tell + `)`), "click('1')"},
		"a timer after it":        {page(`let t; addEventListener('scroll', () => { clearTimeout(t); t = setTimeout(` + tell + `, 100); })`), "click('1')"},
		"a smooth anchor":         {`<style>html { scroll-behavior: smooth }</style>` + page(`addEventListener('scroll', () => { if (scrollY > 4000) out.textContent = 'moved' })`), "click('1')"},
		"a script, after a turn":  {page(`addEventListener('scroll', ` + tell + `); const c = new MessageChannel(); c.port1.onmessage = () => scrollTo(0, 900); document.querySelector('a').onclick = () => { c.port2.postMessage(0); return false }`), "click('1')"},
		"a script, after a timer": {page(`addEventListener('scroll', ` + tell + `); document.querySelector('a').onclick = () => { setTimeout(() => scrollTo(0, 900), 50); return false }`), "click('1')"},
		"one that moves it on":    {page(`addEventListener('scroll', () => { if (scrollY < 900) scrollTo(0, 900); else out.textContent = 'moved' }); document.querySelector('a').onclick = () => { scrollTo(0, 10); return false }`), "click('1')"},
	}
}

// TestWhatScrollsAPageIsHeard: however a page came to scroll, its listeners for that have run
// when it is observed.
func TestWhatScrollsAPageIsHeard(t *testing.T) {
	const times = 20
	b := testBrowser(t, Config{})
	for name, tt := range scrolled() {
		t.Run(name, func(t *testing.T) {
			url := serve(t, tt.body, nil)
			p, _ := openPage(t, b, url)
			for i := range times {
				if _, err := p.Load(t.Context(), fmt.Sprintf("%s?%d", url, i)); err != nil {
					t.Fatal(err)
				}
				if o := step(t, p, tt.action); o.Problem != "" || o.Partial || !strings.Contains(o.Text(), `text "moved"`) {
					t.Fatalf("visit %d: partial %v, problem %q\n%s", i, o.Partial, o.Problem, o.Text())
				}
			}
		})
	}
}
