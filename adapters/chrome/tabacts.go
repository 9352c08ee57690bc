package chrome

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"

	"dreamgym/adapters/chrome/action"
)

// onTabs carries out what opens, closes and changes tabs.
func (p *Page) onTabs(ctx context.Context, c action.Call) (known bool, err error) {
	p.mu.Lock()
	all, most := slices.Clone(p.tabs.all), max(p.tabs.most, 1)
	p.mu.Unlock()
	switch {
	case c.Name != "new_tab" && c.Name != "tab_close" && c.Name != "tab_focus":
		return false, nil
	case most == 1:
		return true, problem(c.Name + " is not allowed here: there is one tab")
	case c.Name == "tab_focus":
		i := c.Number("index")
		if i != float64(int(i)) || i < 0 || int(i) >= len(all) {
			return true, problem(fmt.Sprintf("there is no tab %v; there are 0 to %d", i, len(all)-1))
		}
		return true, p.activate(ctx, all[int(i)])
	case c.Name == "tab_close":
		return true, p.closeTab(ctx, len(all) == 1)
	case len(all) >= most:
		return true, problem(fmt.Sprintf("no more than %d tabs can be open", most))
	}
	return true, p.openTab(ctx)
}

// openTab opens a blank tab, which becomes the active one.
func (p *Page) openTab(ctx context.Context) error {
	made, err := call(ctx, p.process.browser, target.CreateTarget, target.CreateTargetParams{URL: "about:blank", BrowserContextID: p.context})
	if err != nil {
		return err
	}
	p.mu.Lock()
	i := slices.IndexFunc(p.tabs.all, func(t *tab) bool { return t.target == made.TargetID })
	if i < 0 {
		p.mu.Unlock()
		return errors.New("chrome: the new tab was not told of") // it is, before the answer
	}
	t := p.tabs.all[i]
	t.visited = true
	p.mu.Unlock()
	return p.activate(ctx, t)
}

// closeTab closes the active tab; the last one makes room for a blank one.
func (p *Page) closeTab(ctx context.Context, last bool) error {
	old := p.tab
	if last {
		p.mu.Lock()
		p.tabs.all = nil // there is always room for the one that follows
		p.mu.Unlock()
		if err := p.openTab(ctx); err != nil {
			return err
		}
	}
	p.forget(old)
	old.session.fail(errTabClosed)
	if _, err := call(ctx, p.process.browser, target.CloseTarget, target.CloseTargetParams{TargetID: old.target}); err != nil {
		return err
	}
	_, err := p.follow(ctx)
	return err
}

// oneTab closes all tabs but the active one.
func (p *Page) oneTab(ctx context.Context) error {
	p.mu.Lock()
	others := slices.DeleteFunc(slices.Clone(p.tabs.all), func(t *tab) bool { return t == p.tab })
	script := p.tabs.script
	p.tabs = tabs{all: []*tab{p.tab}}
	p.mu.Unlock()
	var answers []*answer
	for _, t := range others {
		answers = append(answers, p.process.browser.send(target.CloseTarget.Method, target.CloseTargetParams{TargetID: t.target}))
	}
	if script != "" {
		answers = append(answers, p.session.send(page.RemoveScriptToEvaluateOnNewDocument.Method, page.RemoveScriptToEvaluateOnNewDocumentParams{Identifier: script}))
	}
	return awaitAll(ctx, answers)
}
