package chrome

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"dreamgym/adapters/chrome/action"
)

// TestWipedPages keep nothing of their last user: no cookie, no storage, no history, and no
// answer that a server lets a browser keep.
func TestWipedPages(t *testing.T) {
	b := testBrowser(t, Config{})
	var asked atomic.Int64
	url := serve(t, `<button>go</button><script src=/lasting></script><script>
		const kept = document.cookie + (localStorage.x || '') + (sessionStorage.x || '');
		document.cookie = 'x=1'; localStorage.x = 2; sessionStorage.x = 3; document.body.append(kept || 'blank')</script>`, map[string]http.HandlerFunc{
		"/lasting": func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			w.Header().Set("Cache-Control", "private, max-age=3600")
		},
	})
	p, o := openPage(t, b, url)
	if !strings.Contains(o.Text(), "blank") {
		t.Fatalf("a first visit shows\n%s", o.Text())
	}
	step(t, p, "goto('"+url+"')")
	closeWiped(p)
	if len(b.spares) != 1 {
		t.Fatalf("%d spare pages, want 1", len(b.spares))
	}
	before := asked.Load()
	again, o := openPage(t, b, url)
	if again != p || !strings.Contains(o.Text(), "blank") {
		t.Errorf("same page %v; the next user sees\n%s", again == p, o.Text())
	}
	if asked.Load() == before {
		t.Error("the next user is shown what the last one was answered")
	}
	if o = step(t, again, "go_back()"); o.Problem == "" {
		t.Errorf("the next user goes back to %s", o.URL)
	}
}

// closeWiped closes a page and waits until it was wiped.
func closeWiped(p *Page) {
	p.Close()
	p.browser.background.Wait()
}

// TestWipedPagesForget what their last user wanted of them, and what was not yet told.
func TestWipedPagesForget(t *testing.T) {
	b := testBrowser(t, Config{})
	url := serve(t, `<button>go</button><p>here`, nil)
	p, first := openPage(t, b, url)
	p.View(View{Ignore: "p"})
	p.Confine()
	p.Take(action.Rules{Names: []string{"hover"}})
	if err := p.Evaluate(t.Context(), "alert('old'), fetch('http://example.com/').catch(() => 0)", nil); err != nil {
		t.Fatal(err)
	}
	closeWiped(p)
	again, o := openPage(t, b, url)
	if again != p || o.Text() != first.Text() || len(o.Refused) > 0 {
		t.Errorf("same page %v; refused %v; it shows\n%s", again == p, o.Refused, o.Text())
	}
	if o = step(t, again, action.Format("goto", url)); o.Problem != "" {
		t.Errorf("the next user is held: %s", o.Problem)
	}
}

// TestWipedPagesArePointedNowhere: the next user's pages do not begin under the last one's pointer.
func TestWipedPagesArePointedNowhere(t *testing.T) {
	b := testBrowser(t, Config{})
	url := serve(t, `<style>button { position: fixed; inset: 0; width: 100%; height: 100% }</style><button
		onmousemove="textContent = 'moved' + event.buttons">go</button>`, nil)
	for _, do := range []string{"hover('1')", "mouse_down(50, 50)", "click('1')", "noop()"} {
		p, o := openPage(t, b, url)
		var under int
		if err := p.Evaluate(t.Context(), "document.querySelectorAll(':hover').length", &under); err != nil || under > 0 || o.Text() != `[1] button "go"` {
			t.Errorf("before %s: %d elements are under the pointer (%v), and the page shows %s", do, under, err, o.Text())
		}
		if o = step(t, p, do); (do == "noop()") == strings.Contains(o.Text(), "moved0") {
			t.Errorf("after %s: %s", do, o.Text())
		}
		p.Close()
	}
}
