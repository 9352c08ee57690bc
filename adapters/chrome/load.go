package chrome

import (
	"context"

	"dreamgym/envserver/gym"
)

// loadLooks is how often a busy machine may find a document unfinished.
const loadLooks = 5

// Load opens a URL and answers what it shows once it has settled; it is given more time than
// a step has.
func (p *Page) Load(ctx context.Context, url string) (seen Observation, err error) {
	if err := p.Goto(ctx, url); err != nil {
		if ctx.Err() != nil {
			return seen, ctx.Err()
		}
		return seen, &gym.Error{Code: gym.CodeEnvCrashed, Msg: "the page could not be opened", Err: err}
	}
	for range loadLooks {
		if seen, err = p.Observe(ctx); err != nil || !seen.Partial {
			return seen, err
		}
	}
	return seen, crashed("the page did not finish loading", nil)
}
