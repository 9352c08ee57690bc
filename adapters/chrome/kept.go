package chrome

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
)

// kept is all that a parked page is woken from.
type kept struct {
	hosts    []string // what it may reach
	tabs     int      // how many it may have
	cookies  []*network.CookieParam
	history  []string // the addresses, the browser's own blank page left out
	at       int      // which of them the page has
	document document
	seen     Observation // what the page showed when it was parked
}

// document is what park.js keeps of a document.
type document struct {
	Why      string          `json:"why"` // it cannot be kept, "" where it can
	Referrer string          `json:"referrer"`
	State    string          `json:"state"` // history.state as JSON, "" where it is null
	Markup   string          `json:"markup"`
	Clock    json.RawMessage `json:"clock"` // of the deterministic mode
	Local    [][2]string     `json:"local"`
	Session  [][2]string     `json:"session"`
	Rest     json.RawMessage `json:"rest"`
}

// unkeepable is why a page cannot be parked.
type unkeepable string

// Error answers the reason.
func (u unkeepable) Error() string { return "chrome: the page cannot be parked: " + string(u) }

// mostHistory bounds how many addresses are given back to a woken page.
const mostHistory = 40

// keep takes down what the page is woken from. It changes nothing.
func (p *Page) keep(ctx context.Context) (*kept, error) {
	if p.confined {
		return nil, unkeepable("its task is held by its scripts")
	}
	open, most := p.tabCount()
	if open > 1 {
		return nil, unkeepable("it has several tabs")
	}
	k := &kept{hosts: p.gate.hosts, tabs: most}
	if err := p.evaluate(ctx, "__dreamgym.keep()", &k.document); err != nil {
		return nil, err
	}
	if k.document.Why != "" {
		return nil, unkeepable(k.document.Why)
	}
	var err error
	if k.seen, err = p.look(ctx, "__dreamgym.still();", p.browser.cfg.Settle); err != nil {
		return nil, err
	}
	if k.seen.Partial {
		return nil, unkeepable("partial")
	}
	if err := k.takeHistory(ctx, p.session); err != nil {
		return nil, err
	}
	return k, k.takeCookies(ctx, p)
}

func (k *kept) takeHistory(ctx context.Context, s *session) error {
	h, err := call(ctx, s, page.GetNavigationHistory, struct{}{})
	if err != nil {
		return err
	}
	for i, e := range h.Entries {
		if int64(i) == h.CurrentIndex {
			k.at = len(k.history)
		}
		if e.URL != "about:blank" {
			k.history = append(k.history, e.URL)
		}
	}
	switch {
	case len(k.history) > mostHistory:
		return unkeepable("a long history")
	case k.at >= len(k.history) || k.history[k.at] != k.seen.URL:
		return unkeepable("an address that its history does not have")
	}
	return nil
}

func (k *kept) takeCookies(ctx context.Context, p *Page) error {
	got, err := call(ctx, p.process.browser, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: p.context})
	if err != nil {
		return err
	}
	for _, c := range got.Cookies {
		param := &network.CookieParam{
			Name: c.Name, Value: c.Value, Domain: c.Domain, Path: c.Path, Secure: c.Secure, HTTPOnly: c.HTTPOnly, SameSite: c.SameSite,
			Priority: c.Priority, SourceScheme: c.SourceScheme, SourcePort: c.SourcePort, PartitionKey: c.PartitionKey,
		}
		if !c.Session {
			param.Expires = cdp.TimeSinceEpoch(c.Expires)
		}
		k.cookies = append(k.cookies, param)
	}
	return nil
}

// restore makes a new page what the parked one was, and fails where it comes out otherwise.
func (p *Page) restore(ctx context.Context, k *kept, withHistory bool) error {
	if len(k.cookies) > 0 {
		params := storage.SetCookiesParams{Cookies: k.cookies, BrowserContextID: p.context}
		if _, err := call(ctx, p.process.browser, storage.SetCookies, params); err != nil {
			return err
		}
	}
	script, err := call(ctx, p.session, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: k.beforehand()})
	if err != nil {
		return err
	}
	if err := p.arrive(ctx, k, withHistory); err != nil {
		return err
	}
	params := page.RemoveScriptToEvaluateOnNewDocumentParams(script)
	if _, err := call(ctx, p.session, page.RemoveScriptToEvaluateOnNewDocument, params); err != nil {
		return err
	}
	return p.compare(ctx, k)
}

// beforehand is the script that gives a document its storage before its own scripts run.
func (k *kept) beforehand() string {
	list := func(entries [][2]string) string { b, _ := json.Marshal(entries); return string(b) }
	address, _ := json.Marshal(k.seen.URL)
	state := k.document.State
	if state == "" {
		state = "null"
	}
	return fmt.Sprintf(`if (window === top && location.href === %s) {
		for (const [k, v] of %s) localStorage.setItem(k, v);
		for (const [k, v] of %s) sessionStorage.setItem(k, v);
		const state = %s;
		if (state !== null) history.replaceState(state, '', location.href);
	}`, address, list(k.document.Local), list(k.document.Session), state)
}

// arrive opens the parked page's address, as the place in its history that it was.
func (p *Page) arrive(ctx context.Context, k *kept, withHistory bool) error {
	if !withHistory || len(k.history) == 1 {
		return p.visit(ctx, page.NavigateParams{URL: k.seen.URL, Referrer: k.document.Referrer})
	}
	stubs, last := k.history[:k.at], k.at == len(k.history)-1
	if !last {
		stubs = k.history
	}
	if err := p.leaf(ctx, k, stubs); err != nil {
		return err
	}
	if last {
		return p.visit(ctx, page.NavigateParams{URL: k.seen.URL, Referrer: k.document.Referrer})
	}
	return p.enterHistory(ctx, k)
}

// enterHistory goes to the parked page's place among the addresses that leaf visited. The
// browser hears of each a little later than the page.
func (p *Page) enterHistory(ctx context.Context, k *kept) error {
	for {
		h, err := call(ctx, p.session, page.GetNavigationHistory, struct{}{})
		if err != nil {
			return err
		}
		first := len(h.Entries) - len(k.history)
		if first < 0 || h.Entries[len(h.Entries)-1].URL != k.history[len(k.history)-1] || h.CurrentIndex != int64(len(h.Entries)-1) {
			continue
		}
		return p.toEntry(ctx, h.Entries[first+k.at])
	}
}

// leaf gives the page a history of addresses without asking any server for them. From
// where each was opened is known of the parked page's alone; of the others it is taken to
// be the one before.
func (p *Page) leaf(ctx context.Context, k *kept, addresses []string) error {
	own := p.session.redirect(func(method string, params jsonv2.Value) {
		if e, err := decodeEvent(fetch.RequestPaused, params); err == nil && method == fetch.RequestPaused.Method {
			p.session.send(fetch.FulfillRequest.Method, fetch.FulfillRequestParams{
				RequestID: e.RequestID, ResponseCode: 200, ResponseHeaders: []*fetch.HeaderEntry{{Name: "Content-Type", Value: "text/plain"}},
			})
			return
		}
		p.event(method, params)
	})
	defer func() { p.session.redirect(own) }()
	pattern := &fetch.RequestPattern{URLPattern: "*"}
	if _, err := call(ctx, p.session, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{pattern}}); err != nil {
		return err
	}
	referrer := ""
	for i, a := range addresses {
		if i == k.at {
			referrer = k.document.Referrer
		}
		if err := p.visit(ctx, page.NavigateParams{URL: a, Referrer: referrer}); err != nil {
			return err
		}
		// A document that has not loaded yet would be replaced by the next, not followed.
		if err := p.evaluate(ctx, fmt.Sprintf("__dreamgym.settled(%d)", p.browser.cfg.Settle.Milliseconds()), nil); err != nil {
			return err
		}
		referrer = a
	}
	_, err := call(ctx, p.session, fetch.Disable, cdp.Empty{})
	return err
}

// compare gives the document back what was kept of it, and holds it against the parked one.
func (p *Page) compare(ctx context.Context, k *kept) error {
	if _, err := p.look(ctx, "", p.browser.cfg.Settle); err != nil {
		return err
	}
	var hindered string
	if err := p.evaluate(ctx, fmt.Sprintf("__dreamgym.restore(%s)", k.document.Rest), &hindered); err != nil {
		return err
	}
	if hindered != "" {
		return unkeepable(hindered)
	}
	seen, err := p.look(ctx, "", p.browser.cfg.Settle)
	if err != nil {
		return err
	}
	var markup string
	if err := p.evaluate(ctx, fmt.Sprintf("__dreamgym.result(%s)", k.document.Clock), &markup); err != nil {
		return err
	}
	switch {
	case markup != k.document.Markup:
		return unkeepable("its document changed")
	case !reflect.DeepEqual(seen, k.seen):
		return unkeepable("its screen changed")
	}
	return nil
}

// revive makes a blank page what a parked one was.
func (p *Page) revive(ctx context.Context, k *kept, withHistory bool) (*Page, error) {
	q, err := p.browser.blank(ctx, k.hosts)
	if err != nil {
		return nil, err
	}
	q.view = p.view
	if k.tabs > 1 {
		err = q.Tabs(ctx, k.tabs)
	}
	if err == nil {
		err = q.restore(ctx, k, withHistory)
	}
	if err != nil {
		q.dispose()
		return nil, err
	}
	return q, nil
}
