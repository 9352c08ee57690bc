package chrome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"

	"dreamgym/adapters/chrome/action"
)

// View says what of a page is observed.
type View struct {
	// Ignore is a CSS selector of elements that are left out, with all that they hold.
	Ignore string
	// Drawings lists what is drawn, too, where it has no text and takes no action: shapes
	// and coloured boxes, with their places.
	Drawings bool
	// Probe is a JavaScript expression whose value comes with each observation.
	Probe string
	// Also are further views; each takes time.
	Also Views
}

// Page is one tab in a browser context of its own. One goroutine uses it at a time.
//
// An error of its methods that is not the context's means that the page is lost:
// Close it and take another.
type Page struct {
	browser *Browser
	process *process
	gate    *gate
	context cdp.BrowserContextID
	*tab    // the active one
	view    View
	place   place
	// confined refuses the actions that leave the page.
	confined bool
	// pointed says that the pointer may be over something.
	pointed bool
	hands
	rules action.Rules
	said  []Said // in the step that runs

	mu      sync.Mutex // guards what the reading goroutine writes
	dialogs []string
	// downloads are the names of files that were refused.
	downloads []string
	tabs      tabs
}

// open makes a page that reaches some hosts, and prepares it.
func open(ctx context.Context, b *Browser, proc *process, hosts []string) (*Page, error) {
	g, err := openGate(b, hosts)
	if err != nil {
		return nil, err
	}
	proc.gates.add(g)
	p := &Page{browser: b, process: proc, gate: g}
	if err := p.attach(ctx); err != nil {
		proc.gates.remove(g)
		return nil, err
	}
	if err := awaitAll(ctx, p.tab.setUp()); err != nil {
		p.dispose()
		return nil, err
	}
	return p, nil
}

// attach makes the page's context and tab.
func (p *Page) attach(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx) // a context whose name is never heard could not be ended
	params, err := p.process.openContext(ctx, p.gate)
	if err != nil {
		return err
	}
	made, err := call(ctx, p.process.browser, target.CreateTarget, params)
	if err != nil {
		return err
	}
	attached, err := call(ctx, p.process.browser, target.AttachToTarget, target.AttachToTargetParams{TargetID: made.TargetID, Flatten: ptr(true)})
	if err != nil {
		return err
	}
	p.context, p.tabs = params.BrowserContextID, tabs{}
	p.tab = p.newTab(made.TargetID, attached.SessionID)
	p.tab.visited = true
	p.process.brood.add(p)
	return nil
}

func ptr[T any](v T) *T { return &v }

// mostNoted bounds how many dialogs and how many downloads of a step are told.
const mostNoted = 20

// note adds to what the page is told to have done, unless that is much already.
func (p *Page) note(list *[]string, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(*list) < mostNoted {
		*list = append(*list, what)
	}
}

// takeNotes answers what was noted since it was last asked.
func (p *Page) takeNotes() (dialogs, downloads []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	dialogs, downloads = p.dialogs, p.downloads
	p.dialogs, p.downloads = nil, nil
	return dialogs, downloads
}

// awaitCommit waits until a condition on loader and moves holds.
func (p *Page) awaitCommit(ctx context.Context, holds func() bool) error {
	for {
		p.mu.Lock()
		arrived := holds()
		p.mu.Unlock()
		if arrived {
			return nil
		}
		select {
		case <-p.committed:
		case <-p.process.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := p.session.failed(); err != nil {
			return err
		}
	}
}

// View sets what is observed from now on.
func (p *Page) View(v View) { p.view = v }

// Confine refuses the actions that would leave the page: goto, go_back, go_forward.
func (p *Page) Confine() { p.confined = true }

// Take sets which actions a step may hold; any one when r is zero.
func (p *Page) Take(r action.Rules) { p.rules = r }

// Goto opens a URL, whose document has then begun to load. It refuses what pages may not
// reach.
func (p *Page) Goto(ctx context.Context, url string) error {
	if err := p.begin(ctx); err != nil {
		return err
	}
	if err := p.gate.check(url); err != nil {
		return fmt.Errorf("chrome: %s is not opened: %w", url, err)
	}
	return p.visit(ctx, page.NavigateParams{URL: url})
}

// visit navigates and waits until the document has begun to load.
func (p *Page) visit(ctx context.Context, params page.NavigateParams) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.browser.cfg.Load, errStuck)
	defer cancel()
	res, err := call(ctx, p.session, page.Navigate, params)
	if err == nil && res.ErrorText != "net::ERR_ABORTED" { // an error has a document, too
		err = p.awaitCommit(ctx, func() bool { return res.LoaderID == "" || p.loader == res.LoaderID })
	}
	if context.Cause(ctx) == errStuck {
		p.session.send(page.StopLoading.Method, cdp.Empty{})
		return fmt.Errorf("chrome: %s sent no answer in %v", params.URL, p.browser.cfg.Load)
	}
	if err == nil && res.ErrorText != "" {
		return fmt.Errorf("chrome: %s could not be opened: %s", params.URL, res.ErrorText)
	}
	return err
}

// errStuck says that a page did not answer in time.
var errStuck = errors.New("chrome: the page did not answer")

// ScriptError is an exception that an expression threw.
type ScriptError struct{ Text string }

// Error answers the exception's text.
func (e *ScriptError) Error() string { return "chrome: the page's script failed: " + e.Text }

// Evaluate decodes the value of a JavaScript expression, a promise's included, into
// res, which may be nil. It fails with a ScriptError where the expression throws.
func (p *Page) Evaluate(ctx context.Context, expression string, res any) error {
	if err := p.begin(ctx); err != nil {
		return err
	}
	return p.evaluate(ctx, expression, res)
}

func (p *Page) evaluate(ctx context.Context, expression string, res any) error {
	return p.evaluateIn(ctx, 0, expression, res)
}

// evaluateIn evaluates in a frame; 0 is the page itself.
func (p *Page) evaluateIn(ctx context.Context, frame runtime.ExecutionContextID, expression string, res any) error {
	a := p.session.send(runtime.Evaluate.Method, runtime.EvaluateParams{
		Expression: expression, ReturnByValue: ptr(true), AwaitPromise: ptr(true), ContextID: frame,
	})
	var out runtime.EvaluateResult
	if err := a.wait(ctx, &out); err != nil {
		return err
	}
	if d := out.ExceptionDetails; d != nil {
		if d.Exception != nil && d.Exception.Description != "" {
			return &ScriptError{Text: d.Exception.Description}
		}
		return &ScriptError{Text: d.Text}
	}
	if res == nil || len(out.Result.Value) == 0 {
		return nil
	}
	return json.Unmarshal(out.Result.Value, res)
}
