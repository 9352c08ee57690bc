package chrome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"

	"dreamgym/adapters/chrome/action"
)

// problem is why an action could not be carried out; the page is as it was.
type problem string

// Error answers the reason.
func (p problem) Error() string { return string(p) }

// Step carries out an action and answers what the page then shows. An action that is
// malformed, or that the page cannot take, is no error: Problem says why.
func (p *Page) Step(ctx context.Context, a string) (Observation, error) {
	release, err := p.admit(ctx)
	if err != nil {
		return Observation{}, err
	}
	defer release()
	reason, stuck, err := p.carryOut(ctx, a)
	if err != nil {
		return Observation{}, p.lost(ctx, err)
	}
	o, err := p.after(ctx, stuck)
	o.Problem, o.Said = reason, p.said
	if err != nil {
		return o, err
	}
	return p.returned(ctx, o)
}

// after observes; a page that left its input unanswered is not waited for again.
func (p *Page) after(ctx context.Context, stuck bool) (Observation, error) {
	if !stuck {
		return p.observe(ctx, "")
	}
	o, err := p.interrupt(ctx)
	return p.onward(ctx, o, err)
}

// carryOut carries out the actions of a text, the page settling between them. It stops at
// the first that fails: with a reason for the policy, a page that does not answer, or one
// that is lost.
func (p *Page) carryOut(ctx context.Context, a string) (reason string, stuck bool, err error) {
	p.said = nil
	calls, err := p.rules.Parse(a)
	if err != nil {
		return err.Error(), false, nil
	}
	for i, c := range calls {
		if i > 0 {
			if stuck, err := p.settle(ctx); stuck || err != nil {
				return "", stuck, err
			}
		}
		reason, stuck, err = p.perform(ctx, c)
		if reason != "" && len(calls) > 1 {
			reason = fmt.Sprintf("action %d of %d: %s", i+1, len(calls), reason)
		}
		if reason != "" || stuck || err != nil {
			break
		}
	}
	return reason, stuck, err
}

// settle lets the page come to rest between two actions.
func (p *Page) settle(ctx context.Context) (stuck bool, err error) {
	_, err = p.look(ctx, "", p.browser.cfg.Settle)
	if err == nil || errors.Is(err, errTabClosed) {
		_, err = p.follow(ctx)
	}
	if errors.Is(err, errStuck) {
		return true, nil
	}
	return false, err
}

// perform sorts what can go wrong with an action.
func (p *Page) perform(ctx context.Context, c action.Call) (reason string, stuck bool, err error) {
	within, cancel := context.WithTimeoutCause(ctx, p.browser.cfg.Settle, errStuck)
	defer cancel()
	err = p.act(within, c)
	var why problem
	var script *ScriptError
	switch {
	case err == nil || p.session.failed() == errTabClosed:
		return "", false, nil
	case errors.As(err, &why):
		return why.Error(), false, nil
	case p.session.failed() != nil:
		return "", false, err
	case within.Err() != nil && ctx.Err() == nil:
		return "the page did not answer in time; its script was stopped", true, nil
	case refused(err):
		return "stale: the page was replaced while the action was carried out", false, nil
	case errors.As(err, &script):
		return "the page's script failed on the action", false, nil
	}
	return "", false, err
}

// reply is what the page's own part of an action answers.
type reply struct {
	Error string  `json:"error"`
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
	Set   bool    `json:"set"`
	Empty bool    `json:"empty"`
}

// inPage calls a function of the page's script; its refusal is a problem.
func (p *Page) inPage(ctx context.Context, function string, res *reply, arguments ...any) error {
	return p.inFrame(ctx, 0, function, res, arguments...)
}

// inFrame is inPage in a frame.
func (p *Page) inFrame(ctx context.Context, frame runtime.ExecutionContextID, function string, res *reply, arguments ...any) error {
	list, err := json.Marshal(append([]any{}, arguments...))
	if err != nil {
		return err
	}
	if res == nil {
		res = new(reply)
	}
	if err := p.evaluateIn(ctx, frame, fmt.Sprintf("__dreamgym.%s(...%s)", function, list), res); err != nil {
		return err
	}
	if res.Error != "" {
		return problem(res.Error)
	}
	return nil
}

func (p *Page) fill(ctx context.Context, c action.Call, value string) error {
	s, err := p.locate(ctx, c, "bid")
	if err != nil {
		return err
	}
	var r reply
	if err := p.inFrame(ctx, s.frame, "ready", &r, s.bid, value); err != nil || r.Set {
		return err
	}
	switch {
	case value != "" && c.Truth("enable_autocomplete_menu"):
		return p.insertAndType(ctx, value)
	case value != "":
		return p.insertText(ctx, value)
	case !r.Empty:
		return p.pressKeys(ctx, "Delete")
	}
	return nil
}

func (p *Page) selectOption(ctx context.Context, c action.Call) error {
	s, err := p.locate(ctx, c, "bid")
	if err != nil {
		return err
	}
	return p.inFrame(ctx, s.frame, "select", nil, s.bid, c.List("options"))
}

func (p *Page) focus(ctx context.Context, c action.Call) error {
	s, err := p.locate(ctx, c, "bid")
	if err != nil {
		return err
	}
	return p.inFrame(ctx, s.frame, "focus", nil, s.bid)
}

func (p *Page) press(ctx context.Context, c action.Call) error {
	if err := p.focus(ctx, c); err != nil {
		return err
	}
	return p.pressKeys(ctx, c.Text("key_comb"))
}

// leave goes to another document.
func (p *Page) leave(ctx context.Context, c action.Call) error {
	if p.confined {
		return problem(c.Name + " is not allowed here: the task is on this page")
	}
	if known, err := p.onTabs(ctx, c); known {
		return err
	}
	switch c.Name {
	case "goto":
		err := p.Goto(ctx, c.Text("url"))
		if err == nil || p.session.failed() != nil || ctx.Err() != nil {
			return err
		}
		return errUnopened // the browser's own page of errors, where it is there, is left after it was observed
	case "go_back":
		return p.history(ctx, -1)
	default:
		return p.history(ctx, 1)
	}
}

func (p *Page) history(ctx context.Context, by int64) error {
	h, err := p.navigationHistory(ctx)
	if err != nil {
		return err
	}
	i := h.CurrentIndex + by
	if i < 0 || i >= int64(len(h.Entries)) || h.Entries[i].URL == "about:blank" {
		return problem("there is no page to go to in that direction")
	}
	return p.toEntry(ctx, h.Entries[i])
}

// toEntry goes to a place in the history and waits until the page is there.
func (p *Page) toEntry(ctx context.Context, e *page.NavigationEntry) error {
	p.mu.Lock()
	before := p.moves
	p.mu.Unlock()
	if _, err := call(ctx, p.session, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: e.ID}); err != nil {
		return err
	}
	return p.awaitCommit(ctx, func() bool { return p.moves > before })
}

// navigationHistory answers the history once it has the page's document: the browser
// hears of a new document a little later than the page.
func (p *Page) navigationHistory(ctx context.Context) (page.GetNavigationHistoryResult, error) {
	const tries = 100
	for n := 1; ; n++ {
		var url string
		if err := p.evaluate(ctx, "location.href", &url); err != nil {
			return page.GetNavigationHistoryResult{}, err
		}
		h, err := call(ctx, p.session, page.GetNavigationHistory, struct{}{})
		if err != nil || n == tries || h.Entries[h.CurrentIndex].URL == url {
			return h, err
		}
	}
}
