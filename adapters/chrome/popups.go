package chrome

import (
	"context"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/target"
)

// popups closes the tabs that pages open: a session has one. Most ways to open another
// are turned into navigations by settle.js; what is left comes here.
type popups struct {
	mu   sync.Mutex
	tabs map[cdp.BrowserContextID]target.ID // the tab that a context was made for, once it is known
}

// watch has the browser tell of every new tab.
func (p *process) watch(ctx context.Context) error {
	_, err := call(ctx, p.browser, target.SetDiscoverTargets, target.SetDiscoverTargetsParams{Discover: true})
	return err
}

// targetEvent runs on the reading goroutine.
func (p *process) targetEvent(method string, params jsonv2.Value) {
	if method != target.TargetCreated.Method {
		return
	}
	e, err := decodeEvent(target.TargetCreated, params)
	if err != nil || e.TargetInfo.Type != "page" || !p.popups.extra(e.TargetInfo) {
		return
	}
	go p.browser.send(target.CloseTarget.Method, target.CloseTargetParams{TargetID: e.TargetInfo.TargetID})
}

// extra tells whether a tab is not the one that its context was made for, which is the
// first.
func (s *popups) extra(info *target.Info) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	own, known := s.tabs[info.BrowserContextID]
	if !known {
		if s.tabs == nil {
			s.tabs = make(map[cdp.BrowserContextID]target.ID)
		}
		s.tabs[info.BrowserContextID] = info.TargetID
		return false
	}
	return own != info.TargetID
}

// forget is for a context that has ended.
func (s *popups) forget(id cdp.BrowserContextID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tabs, id)
}
