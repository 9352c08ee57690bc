package miniwob

import (
	"context"
	"time"

	"dreamgym/adapters/chrome"
	"dreamgym/envserver/gym"
)

// found is what a seed gives; nothing where the page's own search for a start never ends.
type found struct {
	Goal    string   `json:"goal"`
	Text    string   `json:"text"`
	Actions []string `json:"actions"`
}

// surveyed is how many seeds are started in one turn of the browser, and how long that
// may take before each is started by itself.
const (
	surveyed   = 25
	surveyTime = 8 * time.Second
)

// survey is one look at all seeds of a page.
type survey struct {
	suite *Suite
	page  page
	tab   *chrome.Page // nil where the last one was given up
}

// all starts every seed once.
func (v *survey) all(ctx context.Context) ([]found, error) {
	list := make([]found, 0, v.suite.seeds)
	for len(list) < v.suite.seeds {
		some, err := v.next(ctx, len(list)+1, min(len(list)+surveyed, v.suite.seeds))
		if err != nil {
			v.drop()
			return nil, gym.AsError(err)
		}
		list = append(list, some...)
	}
	return list, v.suite.giveBack(v.page, v.tab)
}

// open makes sure that there is a browser page.
func (v *survey) open(ctx context.Context) (err error) {
	if v.tab == nil {
		v.tab, err = v.suite.open(ctx, v.page)
	}
	return err
}

func (v *survey) drop() {
	if v.tab != nil {
		v.tab.Discard()
		v.tab = nil
	}
}

// next starts some seeds: together, or where that does not end, one by one.
func (v *survey) next(ctx context.Context, from, to int) ([]found, error) {
	if err := v.open(ctx); err != nil {
		return nil, err
	}
	var statements []string
	for seed := from; seed <= to; seed++ {
		statements = append(statements, start(int64(seed)))
	}
	within, cancel := context.WithTimeout(ctx, surveyTime)
	defer cancel()
	seen, err := v.tab.Survey(within, statements)
	if err != nil && ctx.Err() == nil && within.Err() != nil {
		v.drop()
		return v.singly(ctx, from, to)
	}
	if err != nil {
		return nil, err
	}
	list := make([]found, len(seen))
	for i, o := range seen {
		if list[i], err = v.page.found(o); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (v *survey) singly(ctx context.Context, from, to int) ([]found, error) {
	var list []found
	for seed := from; seed <= to; seed++ {
		f, err := v.one(ctx, start(int64(seed)))
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, v.open(ctx)
}

// starts is how often a seed is started before it counts as having no start: a machine
// may be busy.
const starts = 2

func (v *survey) one(ctx context.Context, statement string) (found, error) {
	for range starts {
		if err := v.open(ctx); err != nil {
			return found{}, err
		}
		seen, err := v.tab.Start(ctx, statement)
		if err == nil && !seen.Partial {
			return v.page.found(seen)
		}
		v.drop()
		if ctx.Err() != nil {
			return found{}, ctx.Err()
		}
	}
	return found{}, nil
}

// found keeps what a start shows.
func (p page) found(seen chrome.Observation) (found, error) {
	s, err := stateOf(seen)
	if err != nil {
		return found{}, err
	}
	o := p.observation(s.Goal, seen)
	return found{o.Goal, o.Text, o.Actions}, nil
}
