package chrome

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"dreamgym/adapters/chrome/action"
)

// TestOtherHostsAreRefused: whatever way a page asks for another host, or for another port
// of this one, nothing arrives there, and it is counted and told.
func TestOtherHostsAreRefused(t *testing.T) {
	asked := make(chan string, 100)
	other := serve(t, "secret", map[string]http.HandlerFunc{"/x": func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("User-Agent")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Write([]byte("secret"))
	}})
	port := strings.TrimPrefix(other, "http://")
	_, number, _ := strings.Cut(port, ":")
	tests := []struct{ name, script, host string }{
		{"fetch of another port", `fetch('` + other + `/x').then((r) => r.text()).then(say, () => say('refused'))`, port},
		{"fetch by name", `fetch('http://localhost:` + number + `/x').then((r) => r.text()).then(say, () => say('refused'))`, "localhost:" + number},
		{"https", `fetch('https://example.com/').then(() => say('there'), () => say('refused'))`, "example.com:443"},
		{"an address", `fetch('http://93.184.215.14/').then(() => say('there'), () => say('refused'))`, "93.184.215.14"},
		{"IPv6", `fetch('http://[2606:2800:21f::1]/').then(() => say('there'), () => say('refused'))`, "[2606:2800:21f::1]"},
		{"an image", `const i = new Image(); i.onload = () => say('there'); i.onerror = () => say('refused'); i.src = '` + other + `/x'; document.body.append(i)`, port},
		{"a script", `const s = document.createElement('script'); s.src = 'http://example.com/a.js'; s.onload = () => say('there'); s.onerror = () => say('refused'); document.body.append(s)`, "example.com"},
		{"WebSocket", `const w = new WebSocket('ws://` + port + `/x'); w.onopen = () => say('there'); w.onerror = () => { say('refused'); fetch('/now'); }; fetch('/slow')`, port},
		{"the server's other names", `fetch('http://0.0.0.0:` + number + `/x').then(() => say('there'), () => say('refused'))`, "0.0.0.0:" + number},
	}
	meter := new(Meter)
	b := testBrowser(t, Config{Meter: meter})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := meter.Count().Refused
			now := make(chan struct{})
			p, _ := openPage(t, b, serve(t, `<button onclick="go()">go</button><p id=out></p><script>
				const say = (s) => { out.textContent = s; }; function go() { `+tt.script+` }</script>`, map[string]http.HandlerFunc{
				"/now": func(http.ResponseWriter, *http.Request) { close(now) },
				"/slow": func(w http.ResponseWriter, r *http.Request) {
					select {
					case <-now:
					case <-r.Context().Done():
					}
				},
			}))
			o := step(t, p, "click('1')")
			if !strings.Contains(o.Text(), "refused") || o.Problem != "" {
				t.Errorf("%s\n%s", o.Problem, o.Text())
			}
			if !slices.Equal(o.Refused, []string{tt.host}) || meter.Count().Refused == before {
				t.Errorf("refused %v, want %s; %d counted", o.Refused, tt.host, meter.Count().Refused-before)
			}
		})
	}
	if len(asked) > 0 {
		t.Errorf("%d requests arrived", len(asked))
	}
}

// TestLeavingForAnotherHost: neither a link nor an action leads out of what may be reached.
func TestLeavingForAnotherHost(t *testing.T) {
	other := serve(t, "secret", nil)
	p, first := openPage(t, testBrowser(t, Config{}), serve(t, `<a href="`+other+`/">plain</a><a href="https://example.com/">secure</a><a href="file:///etc/passwd">file</a>`, nil))
	for _, a := range []string{
		"click('1')", "click('2')", "click('3')", action.Format("goto", other), "goto('file:///etc/passwd')", "goto('chrome://version')",
		"goto('view-source:" + other + "')", "goto('data:text/html,x')", "goto('https://example.com/')", "goto('javascript:1')", "goto('%zz')",
	} {
		o := step(t, p, a)
		if o.Text() != first.Text() || o.URL != first.URL {
			t.Errorf("%s leads to %s\n%s", a, o.URL, o.Text())
		}
		if o.Problem == "" && a != "click('3')" { // a browser ignores a link to a file
			t.Errorf("%s: no problem is told", a)
		}
	}
}

// TestFilesAreOutOfReach for a page's scripts and frames.
func TestFilesAreOutOfReach(t *testing.T) {
	_, o := openPage(t, testBrowser(t, Config{}), serve(t, `<p id=out></p><iframe src="file:///etc/passwd"></iframe><script>
		fetch('file:///etc/passwd').then((r) => r.text()).then((s) => { out.textContent = s; }, () => { out.textContent = 'refused'; })</script>`, nil))
	if !strings.Contains(o.Text(), "refused") || strings.Contains(o.Text(), "root") {
		t.Errorf("the page shows\n%s", o.Text())
	}
}

// TestNoDatagrams: WebRTC finds no way around the gate.
func TestNoDatagrams(t *testing.T) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p, _ := openPage(t, testBrowser(t, Config{}), serve(t, `<p>here`, nil))
	var candidates int
	err = p.Evaluate(t.Context(), `new Promise((done) => {
		const c = new RTCPeerConnection({iceServers: [{urls: 'stun:`+l.LocalAddr().String()+`'}]});
		let n = 0;
		c.onicecandidate = (e) => { if (e.candidate) n++; else done(n); };
		c.createDataChannel('x');
		c.createOffer().then((o) => c.setLocalDescription(o));
	})`, &candidates)
	if err != nil {
		t.Fatal(err)
	}
	l.SetReadDeadline(time.Now()) // gathering is over: what was sent has arrived
	if n, from, err := l.ReadFrom(make([]byte, 1500)); err == nil || candidates > 0 {
		t.Errorf("%d candidates; %d bytes arrived from %v", candidates, n, from)
	}
}

func TestReachWantsAnAddress(t *testing.T) {
	b := New(Config{})
	defer b.Close()
	for _, address := range []string{"", "127.0.0.1", "http://127.0.0.1", "%zz", "/x"} {
		if b.Reach(address) == nil {
			t.Errorf("%q is taken", address)
		}
	}
}

// TestPagesKeepTheirHosts: what may be reached is decided when a page is opened; a wiped
// page that may reach less is not used again.
func TestPagesKeepTheirHosts(t *testing.T) {
	b := testBrowser(t, Config{})
	one, two := serve(t, `<button>one</button>`, nil), serve(t, `<button>two</button>`, nil)
	p, _ := openPage(t, b, one)
	reach(t, b, two)
	if p.Goto(t.Context(), two) == nil {
		t.Error("a page opens what may be reached since")
	}
	closeWiped(p)
	if q, o := openPage(t, b, two); q == p || !strings.Contains(o.Text(), "two") {
		t.Errorf("the same page %v, which shows\n%s", q == p, o.Text())
	}
}
