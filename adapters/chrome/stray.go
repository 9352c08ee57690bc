package chrome

import (
	"context"
	"strings"
)

// errorPage is where the browser's own page for what could not be opened is.
const errorPage = "chrome-error:"

// errUnopened is the problem of an action that leads to such an address.
const errUnopened = problem("the address could not be opened")

// returned brings a page back that strayed to an address which could not be opened, and
// observes it. One whose own server is gone has no place to go back to and is lost.
func (p *Page) returned(ctx context.Context, o Observation) (Observation, error) {
	if !strings.HasPrefix(o.URL, errorPage) {
		return o, nil
	}
	if err := p.history(ctx, -1); err != nil {
		return Observation{}, p.lost(ctx, err)
	}
	back, err := p.observe(ctx, "")
	if err != nil {
		return Observation{}, err
	}
	if strings.HasPrefix(back.URL, errorPage) {
		return Observation{}, crashed("the page's server does not answer", nil)
	}
	back.Said = o.Said
	back.Closed += o.Closed
	back.Problem = errUnopened.Error()
	back.Dialogs = append(o.Dialogs, back.Dialogs...)
	back.Downloads = append(o.Downloads, back.Downloads...)
	back.Refused = append(o.Refused, back.Refused...)
	return back, nil
}
