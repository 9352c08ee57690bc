package chrome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// Observe waits until the page has settled and answers what it shows.
func (p *Page) Observe(ctx context.Context) (Observation, error) {
	release, err := p.admit(ctx)
	if err != nil {
		return Observation{}, err
	}
	defer release()
	return p.observe(ctx, "")
}

// Start runs a statement in the page, waits until the page has settled and observes it,
// all in one turn. The elements are numbered afresh, and the pointer is over none.
func (p *Page) Start(ctx context.Context, statement string) (Observation, error) {
	release, err := p.admit(ctx)
	if err != nil {
		return Observation{}, err
	}
	defer release()
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
	o.Dialogs, o.Downloads = p.takeNotes()
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
		switch {
		case err == nil:
			if o, err = p.withFrames(wait, o, settle); wait.Err() != nil && ctx.Err() == nil {
				return Observation{}, errStuck
			}
			return o, err
		case wait.Err() != nil && ctx.Err() == nil:
			return Observation{}, errStuck
		case tries < mostReplaced && refused(err) && p.session.failed() == nil:
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
