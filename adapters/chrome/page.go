package chrome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
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
	if err := p.prepare(ctx); err != nil {
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

// prepare sends all that a new page needs at once and waits for the last answers.
func (p *Page) prepare(ctx context.Context) error { return awaitAll(ctx, p.tab.setUp()) }

// mostDialogs bounds how many dialogs of a step are told.
const mostDialogs = 20

func (p *Page) note(dialog string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.dialogs) < mostDialogs {
		p.dialogs = append(p.dialogs, dialog)
	}
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

// Observe waits until the page has settled and answers what it shows.
func (p *Page) Observe(ctx context.Context) (Observation, error) {
	return p.Start(ctx, "")
}

// Start runs a statement in the page, waits until the page has settled and observes it,
// all in one turn. The elements are numbered afresh, and the pointer is over none.
func (p *Page) Start(ctx context.Context, statement string) (Observation, error) {
	release, err := p.admit(ctx)
	if err != nil {
		return Observation{}, err
	}
	defer release()
	if statement == "" {
		return p.observe(ctx, "")
	}
	if err := p.unpoint(ctx); err != nil {
		return Observation{}, p.lost(ctx, err)
	}
	return p.observe(ctx, "__dreamgym.restart(); "+statement+";")
}

// Survey is Start for many statements, one after another in one turn of the browser.
// It is for pages that are trusted to settle.
func (p *Page) Survey(ctx context.Context, statements []string) ([]Observation, error) {
	release, err := p.admit(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := p.unpoint(ctx); err != nil {
		return nil, p.lost(ctx, err)
	}
	var b strings.Builder
	b.WriteString("(async () => { const all = []; ")
	for _, s := range statements {
		fmt.Fprintf(&b, "__dreamgym.restart(); %s; all.push(await (%s)); ", s, p.lookExpression("", p.browser.cfg.Settle))
	}
	b.WriteString("return all; })()")
	var all []Observation
	if err := p.Evaluate(ctx, b.String(), &all); err != nil {
		return nil, p.lost(ctx, err)
	}
	return all, nil
}

// observe climbs the ladder: a settled observation; one of what is there; one after
// the page's script was stopped; the page is given up.
func (p *Page) observe(ctx context.Context, first string) (Observation, error) {
	o, err := p.lookPatiently(ctx, first)
	return p.onward(ctx, o, err)
}

// onward turns to the tab that is active after a look, and answers what it shows.
func (p *Page) onward(ctx context.Context, o Observation, err error) (Observation, error) {
	for err == nil || errors.Is(err, errTabClosed) {
		moved, wrong := p.follow(ctx)
		if !moved && wrong == nil {
			break
		}
		if err = wrong; err == nil {
			o, err = p.lookPatiently(ctx, "")
		}
	}
	if errors.Is(err, errStuck) {
		p.dispose()
	}
	if err != nil {
		return Observation{}, p.lost(ctx, err)
	}
	if o, err = p.alsoShown(ctx, o); err != nil {
		return Observation{}, p.lost(ctx, err)
	}
	return p.told(ctx, o), nil
}

// lookPatiently looks, and once more where the page does not answer.
func (p *Page) lookPatiently(ctx context.Context, first string) (Observation, error) {
	o, err := p.look(ctx, first, p.browser.cfg.Settle)
	if errors.Is(err, errStuck) {
		return p.interrupt(ctx)
	}
	return o, err
}

// told adds what the page did beside what it shows.
func (p *Page) told(ctx context.Context, o Observation) Observation {
	o.Tabs, o.Closed = p.list(ctx)
	o.Dialogs, o.Downloads = p.takeDialogs()
	o.Refused = p.gate.take()
	return o
}

// interrupt stops what the page runs or loads and observes it as it is.
func (p *Page) interrupt(ctx context.Context) (Observation, error) {
	p.browser.cfg.Meter.interrupted.Add(1)
	p.session.send(runtime.TerminateExecution.Method, cdp.Empty{})
	p.session.send(page.StopLoading.Method, cdp.Empty{})
	o, err := p.look(ctx, "", 0)
	o.Partial = true
	return o, err
}

// mostReplaced bounds how often a document may be replaced under an observation.
const mostReplaced = 50

// look asks for one observation, again where the document is replaced meanwhile.
func (p *Page) look(ctx context.Context, first string, settle time.Duration) (Observation, error) {
	wait, cancel := context.WithTimeoutCause(ctx, settle+p.browser.cfg.Grace, errStuck)
	defer cancel()
	expression := p.lookExpression(first, settle)
	for tries := 0; ; tries++ {
		var o Observation
		err := p.evaluate(wait, expression, &o)
		switch replaced := (*cdproto.Error)(nil); {
		case err == nil:
			if o, err = p.withFrames(wait, o, settle); wait.Err() != nil && ctx.Err() == nil {
				return Observation{}, errStuck
			}
			return o, err
		case wait.Err() != nil && ctx.Err() == nil:
			return Observation{}, errStuck
		case tries < mostReplaced && errors.As(err, &replaced) && p.session.failed() == nil:
			expression = p.lookExpression("", settle)
		default:
			return Observation{}, err
		}
	}
}

func (p *Page) lookExpression(first string, settle time.Duration) string {
	options, _ := json.Marshal(map[string]any{"ignore": p.view.Ignore, "drawings": p.view.Drawings})
	probe := "null"
	if p.view.Probe != "" {
		probe = "() => (" + p.view.Probe + ")"
	}
	return fmt.Sprintf("%s window.__dreamgym ? __dreamgym.look(%d, %s, %s) : {url: location.href, title: '', nodes: [], partial: true}",
		first, settle.Milliseconds(), options, probe)
}

func (p *Page) takeDialogs() (dialogs, downloads []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	dialogs, downloads = p.dialogs, p.downloads
	p.dialogs, p.downloads = nil, nil
	return dialogs, downloads
}

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

// Close wipes the page and keeps it for the next user, or ends it.
func (p *Page) Close() error {
	if p.finish() {
		p.giveBack()
	}
	return nil
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
	err := awaitAll(ctx, []*answer{
		p.process.browser.send(storage.ClearCookies.Method, storage.ClearCookiesParams{BrowserContextID: p.context}),
		p.session.send(storage.ClearDataForOrigin.Method, storage.ClearDataForOriginParams{Origin: "*", StorageTypes: "all"}),
		p.session.send(network.ClearBrowserCache.Method, cdp.Empty{}),
		p.session.send(page.ResetNavigationHistory.Method, cdp.Empty{}),
	})
	if err != nil {
		return err
	}
	p.view, p.confined, p.rules, p.hands = View{}, false, action.Rules{}, hands{}
	p.takeDialogs()
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
