package chrome

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
)

// tabs are what a page has open. Page.mu guards them.
type tabs struct {
	all     []*tab // in the order in which they were opened
	visited []*tab // the active one last
	fresh   *tab   // opened by the page itself, and not looked at yet
	refused int    // since the last observation
	most    int    // 1 when 0
	script  page.ScriptIdentifier
}

// Tab is a tab as an observation tells of it.
type Tab struct {
	Title, URL string
	Active     bool
}

// Tabs allows so many tabs at a time, where a page opens them or a policy does. With one,
// what a page would open elsewhere opens in its place. Close takes the leave back.
func (p *Page) Tabs(ctx context.Context, most int) error {
	if err := p.begin(ctx); err != nil {
		return err
	}
	made, err := call(ctx, p.session, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: allowTabs, RunImmediately: ptr(true),
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tabs.most, p.tabs.script = most, made.Identifier
	return err
}

// allowTabs tells the page's script that there may be more tabs.
const allowTabs = "window.__dreamgym && __dreamgym.allowTabs()"

// brood finds the page of a browser context. It may be used by many goroutines.
type brood struct {
	mu    sync.Mutex
	pages map[cdp.BrowserContextID]*Page
}

func (b *brood) add(p *Page) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pages == nil {
		b.pages = make(map[cdp.BrowserContextID]*Page)
	}
	b.pages[p.context] = p
}

func (b *brood) remove(p *Page) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.pages, p.context)
}

func (b *brood) find(id cdp.BrowserContextID) *Page {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pages[id]
}

func (b *brood) all() []*Page {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Values(b.pages))
}

// open are the tabs that are.
func (p *Page) open() []*tab {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.tabs.all)
}

// tabCount is how many tabs there are, and may be; 0 where nobody said so.
func (p *Page) tabCount() (open, most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.tabs.all), p.tabs.most
}

// watchTabs asks to be told of every tab before it does anything.
func (p *process) watchTabs(ctx context.Context) error {
	_, err := call(ctx, p.browser, target.SetAutoAttach, target.SetAutoAttachParams{
		AutoAttach: true, WaitForDebuggerOnStart: true, Flatten: ptr(true), Filter: target.Filter{{Type: "page"}},
	})
	return err
}

// event runs on the reading goroutine and must not wait for an answer.
func (p *process) event(method string, params jsonv2.Value) {
	switch method {
	case target.AttachedToTarget.Method:
		if e, err := decodeEvent(target.AttachedToTarget, params); err == nil {
			p.arrived(e)
		}
	case target.DetachedFromTarget.Method:
		if e, err := decodeEvent(target.DetachedFromTarget, params); err == nil {
			p.departed(e.SessionID)
		}
	}
}

// arrived sorts a tab that waits to begin: one that a page opened, or one of our own.
func (p *process) arrived(e target.EventAttachedToTarget) {
	if !e.WaitingForDebugger {
		return // one that we attached to
	}
	if of := p.brood.find(e.TargetInfo.BrowserContextID); of != nil {
		of.welcome(e)
		return
	}
	s := p.attach(e.SessionID, nil)
	go func() {
		s.send(runtime.RunIfWaitingForDebugger.Method, cdp.Empty{})
		p.browser.send(target.DetachFromTarget.Method, target.DetachFromTargetParams{SessionID: e.SessionID})
	}()
}

// departed notes that a tab is gone.
func (p *process) departed(id target.SessionID) {
	p.mu.Lock()
	s := p.sessions[id]
	p.mu.Unlock()
	if s == nil {
		return
	}
	s.fail(errTabClosed)
	for _, of := range p.brood.all() {
		for _, t := range of.open() {
			if t.session == s {
				of.forget(t)
			}
		}
	}
}

// errTabClosed says that a tab ended while the page goes on.
var errTabClosed = errors.New("chrome: the tab was closed")

// welcome takes a new tab in, or refuses it where there are enough.
func (p *Page) welcome(e target.EventAttachedToTarget) {
	p.mu.Lock()
	enough := len(p.tabs.all) >= max(p.tabs.most, 1)
	if enough {
		p.tabs.refused++
	}
	p.mu.Unlock()
	if enough {
		s := p.process.attach(e.SessionID, nil)
		go func() { // one that still waits would hold up the page that opened it
			s.send(runtime.RunIfWaitingForDebugger.Method, cdp.Empty{})
			p.process.browser.send(target.CloseTarget.Method, target.CloseTargetParams{TargetID: e.TargetInfo.TargetID})
		}()
		return
	}
	t := p.newTab(e.TargetInfo.TargetID, e.SessionID)
	p.mu.Lock()
	t.going = !blank(e.TargetInfo.URL)
	p.tabs.fresh = t
	p.mu.Unlock()
	go func() {
		t.setUp()
		t.session.send(page.AddScriptToEvaluateOnNewDocument.Method, page.AddScriptToEvaluateOnNewDocumentParams{Source: allowTabs, RunImmediately: ptr(true)})
		t.session.send(runtime.RunIfWaitingForDebugger.Method, cdp.Empty{})
		t.wake()
	}()
}

// forget drops a tab that is gone.
func (p *Page) forget(t *tab) {
	p.mu.Lock()
	defer p.mu.Unlock()
	is := func(o *tab) bool { return o == t }
	p.tabs.all = slices.DeleteFunc(p.tabs.all, is)
	p.tabs.visited = slices.DeleteFunc(p.tabs.visited, is)
	if p.tabs.fresh == t {
		p.tabs.fresh = nil
	}
}

// follow makes the tab active that the page opened last, or the one before where the active
// one is gone; it answers false where nothing changes.
func (p *Page) follow(ctx context.Context) (bool, error) {
	p.mu.Lock()
	to := p.tabs.fresh
	if to == nil && p.session.failed() == errTabClosed && len(p.tabs.all) > 0 {
		to = p.tabs.all[len(p.tabs.all)-1]
		if n := len(p.tabs.visited); n > 0 {
			to = p.tabs.visited[n-1]
		}
	}
	p.mu.Unlock()
	if to == nil {
		return false, nil
	}
	return true, p.activate(ctx, to)
}

// activate turns to a tab, which has then begun to load.
func (p *Page) activate(ctx context.Context, t *tab) error {
	p.mu.Lock()
	if p.session.failed() == nil && p.tab != t {
		p.tabs.visited = append(slices.DeleteFunc(p.tabs.visited, func(o *tab) bool { return o == p.tab || o == t }), p.tab)
	}
	p.tabs.fresh = nil
	p.tab = t
	p.mu.Unlock()
	p.pointed, p.hands = false, hands{}
	if err := p.awaitFirst(ctx); err != nil {
		return err
	}
	_, err := call(ctx, t.session, page.BringToFront, cdp.Empty{})
	return err
}

// longestBlank is how long a tab that a page opened without an address is given to ask for one.
const longestBlank = 300 * time.Millisecond

// awaitFirst waits until a tab that was never active has its first document, if it gets one.
func (p *Page) awaitFirst(ctx context.Context) error {
	t := p.tab
	if t.visited {
		return nil
	}
	t.visited = true
	within := func(most time.Duration, holds func() bool) error {
		wait, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		if err := p.awaitCommit(wait, holds); wait.Err() == nil || ctx.Err() != nil {
			return err
		}
		return nil
	}
	if err := within(longestBlank, func() bool { return t.going || t.loader != "" }); err != nil {
		return err
	}
	p.mu.Lock()
	going := t.going
	p.mu.Unlock()
	if !going {
		return nil
	}
	return within(p.browser.cfg.Settle, func() bool { return t.loader != "" })
}

// list tells of the tabs where there are several, and how many were closed as they came.
func (p *Page) list(ctx context.Context) (_ []Tab, closed int) {
	p.mu.Lock()
	all, closed := slices.Clone(p.tabs.all), p.tabs.refused
	p.tabs.refused = 0
	p.mu.Unlock()
	if len(all) < 2 {
		return nil, closed
	}
	answers := make([]*answer, len(all))
	for i, t := range all {
		answers[i] = p.process.browser.send(target.GetTargetInfo.Method, target.GetTargetInfoParams{TargetID: t.target})
	}
	tabs := make([]Tab, len(all))
	for i, a := range answers {
		var info target.GetTargetInfoResult
		if a.wait(ctx, &info) == nil && info.TargetInfo != nil {
			tabs[i] = Tab{Title: info.TargetInfo.Title, URL: info.TargetInfo.URL}
		}
		tabs[i].Active = all[i] == p.tab
	}
	return tabs, closed
}
