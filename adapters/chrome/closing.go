package chrome

import (
	"context"
	"errors"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"

	"dreamgym/adapters/chrome/action"
)

// lost makes the error of a page that failed.
func (p *Page) lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.browser.cfg.Meter.lost.Add(1)
	switch {
	case errors.Is(err, errBrowserGone):
		return crashed("the browser exited", err)
	case errors.Is(err, errPageCrashed):
		return crashed("the page's process crashed", err)
	case errors.Is(err, errStuck):
		return crashed("the page no longer answered and was closed", err)
	}
	return crashed("the page failed", err)
}

// Close wipes the page and keeps it for the next user, or ends it. Nobody waits for that,
// unless many pages are being wiped.
func (p *Page) Close() error {
	if p.finish() && !p.browser.aside(p.giveBack) {
		p.giveBack()
	}
	return nil
}

// aside wipes a page beside whatever else goes on; false where as many as may be spare are
// being wiped already: their users are then without a page, and others would be opened.
func (b *Browser) aside(wipe func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || !b.wiping.TryAcquire(1) {
		return false
	}
	b.background.Go(func() {
		defer b.wiping.Release(1)
		wipe()
	})
	return true
}

// giveBack wipes the page and keeps it as a spare, or ends it.
func (p *Page) giveBack() {
	if p.session.failed() != nil {
		p.dispose()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), p.browser.cfg.Settle)
	defer cancel()
	if p.wipe(ctx) != nil || !p.browser.keep(p) {
		p.dispose()
	}
}

// Alive tells whether the page can still be used.
func (p *Page) Alive() bool { return p.isParked() || p.session.failed() == nil }

// Discard ends the page: what it does or waits for is given up.
func (p *Page) Discard() {
	if p.finish() {
		p.dispose()
	}
}

// wipe leaves nothing of one session for the next.
func (p *Page) wipe(ctx context.Context) error {
	if err := p.oneTab(ctx); err != nil {
		return err
	}
	if err := p.visit(ctx, page.NavigateParams{URL: "about:blank"}); err != nil {
		return err
	}
	if _, err := p.navigationHistory(ctx); err != nil {
		return err
	}
	err := awaitAll(ctx, append(p.sendAway(),
		p.process.browser.send(storage.ClearCookies.Method, storage.ClearCookiesParams{BrowserContextID: p.context}),
		p.session.send(storage.ClearDataForOrigin.Method, storage.ClearDataForOriginParams{Origin: "*", StorageTypes: "all"}),
		p.session.send(network.ClearBrowserCache.Method, cdp.Empty{}),
		p.session.send(page.ResetNavigationHistory.Method, cdp.Empty{}),
	))
	if err != nil {
		return err
	}
	p.view, p.confined, p.rules = View{}, false, action.Rules{}
	p.takeNotes()
	p.gate.take()
	return nil
}

// dispose ends the page with its context; a browser that does not even do that is
// ended itself.
func (p *Page) dispose() {
	for _, t := range p.open() {
		t.session.fail(errPageClosed)
	}
	defer p.process.gates.remove(p.gate)
	defer p.process.brood.remove(p)
	if !p.process.alive() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), p.browser.cfg.Grace+time.Second)
	defer cancel()
	_, err := call(ctx, p.process.browser, target.DisposeBrowserContext, target.DisposeBrowserContextParams{BrowserContextID: p.context})
	if errors.Is(err, context.DeadlineExceeded) {
		p.browser.cfg.Log.Warn().Msg("the browser does not answer and is ended")
		p.browser.tell(p.process.kill())
	}
}
