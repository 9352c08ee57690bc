package chrome

import (
	"context"
	"encoding/json"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
)

// tab is one window of a page's browser context.
type tab struct {
	page    *Page
	target  target.ID
	session *session
	visited bool // it was the active one

	committed chan struct{} // told of every new document
	choosers  chan page.EventFileChooserOpened
	drags     chan input.EventDragIntercepted

	// Guarded by the page's mu.
	loader cdp.LoaderID // of the document that was committed last
	moves  int          // how many documents and places in one were committed
	going  bool         // its first document has been asked for
	frames frames
}

// newTab makes an attached target a tab of the page.
func (p *Page) newTab(id target.ID, attached target.SessionID) *tab {
	s := p.process.conn.attach(attached, nil)
	t := p.tabOf(id, s)
	s.redirect(t.event)
	return t
}

// tabOf makes a tab that does not hear of anything yet.
func (p *Page) tabOf(id target.ID, s *session) *tab {
	t := &tab{
		page: p, target: id, session: s, committed: make(chan struct{}, 1),
		choosers: make(chan page.EventFileChooserOpened, 1), drags: make(chan input.EventDragIntercepted, 1),
	}
	p.mu.Lock()
	p.tabs.all = append(p.tabs.all, t)
	p.mu.Unlock()
	return t
}

// setUp sends all that a new tab needs at once.
func (t *tab) setUp() []*answer {
	cfg := t.page.browser.cfg
	return []*answer{
		t.session.send(page.Enable.Method, page.EnableParams{}),
		t.session.send(inspector.Enable.Method, cdp.Empty{}),
		t.session.send(emulation.SetDeviceMetricsOverride.Method, cfg.metrics()),
		t.session.send(emulation.SetFocusEmulationEnabled.Method, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		t.session.send(page.AddScriptToEvaluateOnNewDocument.Method, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: cfg.script(), RunImmediately: ptr(true),
		}),
	}
}

// metrics are the page's size and the screen's; the window keeps its own.
func (c Config) metrics() emulation.SetDeviceMetricsOverrideParams {
	width, height := int64(c.Width), int64(c.Height)
	return emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, ScreenWidth: width, ScreenHeight: height, DeviceScaleFactor: 1, DontSetVisibleSize: ptr(true),
	}
}

// awaitAll waits until all that was sent is answered.
func awaitAll(ctx context.Context, answers []*answer) error {
	for _, a := range answers {
		if err := a.wait(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// event runs on the reading goroutine and must not wait for an answer.
func (t *tab) event(method string, params jsonv2.Value) {
	switch method {
	case page.JavascriptDialogOpening.Method:
		if e, err := decodeEvent(page.JavascriptDialogOpening, params); err == nil {
			t.page.note(&t.page.dialogs, e.Message)
			go t.session.send(page.HandleJavaScriptDialog.Method, page.HandleJavaScriptDialogParams{Accept: true, PromptText: e.DefaultPrompt})
		}
	case page.FrameStartedNavigating.Method:
		if e, err := decodeEvent(page.FrameStartedNavigating, params); err == nil && !blank(e.URL) {
			t.begin()
		}
	case page.FrameNavigated.Method:
		if e, err := decodeEvent(page.FrameNavigated, params); err == nil && e.Frame.ParentID == "" {
			t.commit(e.Frame.LoaderID)
		}
	case page.NavigatedWithinDocument.Method:
		t.commit("")
	case page.FileChooserOpened.Method:
		offer(t.choosers, page.FileChooserOpened, params)
	case input.DragIntercepted.Method:
		offer(t.drags, input.DragIntercepted, params)
	case runtime.ExecutionContextCreated.Method, runtime.ExecutionContextDestroyed.Method, runtime.ExecutionContextsCleared.Method:
		t.context(method, params)
	case inspector.TargetCrashed.Method:
		t.wake()
	case "Page.downloadWillBegin": // refused: the navigation will never commit
		t.download(params)
		go t.session.send(runtime.Evaluate.Method, runtime.EvaluateParams{Expression: "window.__dreamgym && __dreamgym.release()"})
	}
}

// offer hands an event to whoever waits for one; one that nobody takes is replaced.
func offer[E any](to chan E, event cdp.Event[E], params jsonv2.Value) {
	e, err := decodeEvent(event, params)
	if err != nil {
		return
	}
	select {
	case <-to:
	default:
	}
	to <- e // there is room: this goroutine alone sends
}

// download notes a file that was refused.
func (t *tab) download(params jsonv2.Value) {
	var e struct {
		SuggestedFilename string `json:"suggestedFilename"`
	}
	if json.Unmarshal(params, &e) == nil {
		t.page.note(&t.page.downloads, e.SuggestedFilename)
	}
}

// begin notes that there will be a document.
func (t *tab) begin() {
	t.page.mu.Lock()
	t.going = true
	t.page.mu.Unlock()
	t.wake()
}

func blank(url string) bool { return url == "" || url == "about:blank" }

// commit notes a new document, or with an empty loader a new place in the same one.
func (t *tab) commit(loader cdp.LoaderID) {
	t.page.mu.Lock()
	t.moves++
	if loader != "" {
		t.loader = loader
	}
	t.page.mu.Unlock()
	t.wake()
}

func (t *tab) wake() {
	select {
	case t.committed <- struct{}{}:
	default:
	}
}
