package miniwob

import (
	"context"
	_ "embed" // start.js
	"encoding/json"
	"fmt"
	"strings"

	"dreamgym/adapters/chrome"
	"dreamgym/envserver/gym"
)

// Env plays one page. It holds a browser page from its first Reset on.
type Env struct {
	suite *Suite
	page  page

	tab     *chrome.Page
	goal    string
	steps   int
	running bool
	closed  bool
}

var _ gym.Env = (*Env)(nil)

// state is what the page's script says of the episode.
type state struct {
	Goal string  `json:"goal"`
	Done bool    `json:"done"`
	Raw  float64 `json:"raw"`
}

// view leaves out what is not the task's: the goal, which is told apart, and the
// package's own display.
func (p page) view() chrome.View {
	v := chrome.View{
		Ignore: "#query, #reward-display, #click-canvas, #sync-task-cover",
		Probe: `window.core && ((u) => ({goal: typeof u === 'string' ? u : String(u.utterance), done: !!WOB_DONE_GLOBAL, raw: +WOB_RAW_REWARD_GLOBAL}))` +
			`(core.getUtterance())`,
	}
	v.Drawings = p.drawn
	if p.asks {
		v.Ignore = strings.TrimPrefix(v.Ignore, "#query, ")
	}
	return v
}

//go:embed start.js
var startScript string

// start is the statement that begins an episode: no clock that ends it, no animation,
// no cover over the page at its end, the same day at every start, nothing left of the
// last one.
func start(seed int64) string { return fmt.Sprintf("(%s)(%d)", startScript, seed) }

// Reset starts the task's episode in the page, without loading it again where that
// leaves no trace.
func (e *Env) Reset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	e.running = false
	if err := e.check(ctx, o.Task); err != nil {
		return gym.Timestep{}, err
	}
	if err := e.prepare(ctx); err != nil {
		return gym.Timestep{}, gym.AsError(err)
	}
	seen, err := e.tab.Start(ctx, start(o.Task.Seed))
	if err != nil {
		return gym.Timestep{}, e.drop(err)
	}
	s, err := stateOf(seen)
	if err != nil {
		return gym.Timestep{}, e.drop(err)
	}
	e.goal, e.steps, e.running = s.Goal, 0, true
	info := gym.Info{
		gym.InfoBackend: string(gym.BackendReal), gym.InfoTask: o.Task.ID, gym.InfoSplit: string(o.Task.Split),
		gym.InfoScene: o.Task.Scene, gym.InfoSeedHonoured: true,
	}
	return gym.Timestep{Observation: e.observation(s.Goal, seen), Info: seen.Note(info)}, nil
}

func (e *Env) check(ctx context.Context, t gym.Task) error {
	switch {
	case e.closed:
		return gym.Errorf(gym.CodeResetRequired, "the environment is closed")
	case t.Seed < 1 || t.Scene != e.page.name:
		return gym.Errorf(gym.CodeUnknownTask, "the task is none of %s; take one from its task set", e.page.name)
	}
	if err := ctx.Err(); err != nil {
		return gym.AsError(err)
	}
	return nil
}

// prepare makes sure that a page is there to start an episode in.
func (e *Env) prepare(ctx context.Context) error {
	if e.tab != nil && !e.tab.Alive() {
		e.tab.Discard()
		e.tab = nil
	}
	if e.tab == nil {
		tab, err := e.suite.open(ctx, e.page)
		e.tab = tab
		return err
	}
	if !e.page.reload {
		return nil
	}
	base, err := e.suite.site.address()
	if err != nil {
		return err
	}
	if err := load(ctx, e.tab, base, e.page); err != nil {
		return e.drop(err)
	}
	return nil
}

// Step acts in the page. What the page cannot take changes nothing: action_error says why.
func (e *Env) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	if !e.running {
		return gym.Timestep{}, gym.Errorf(gym.CodeResetRequired, "there is no running episode; reset first")
	}
	if err := e.page.spec().CheckAction(a); err != nil {
		return gym.Timestep{}, err
	}
	if err := ctx.Err(); err != nil {
		e.running = false
		return gym.Timestep{}, gym.AsError(err)
	}
	seen, err := e.tab.Step(ctx, string(a))
	if err != nil {
		return gym.Timestep{}, e.drop(err)
	}
	return e.timestep(seen)
}

// timestep judges what a step led to.
func (e *Env) timestep(seen chrome.Observation) (gym.Timestep, error) {
	s, err := stateOf(seen)
	if err != nil {
		return gym.Timestep{}, e.drop(err)
	}
	e.steps++
	ts := gym.Timestep{Observation: e.observation(e.goal, seen), Info: seen.Note(gym.Info{gym.InfoBackend: string(gym.BackendReal)})}
	ts.Terminated = s.Done
	if s.Done {
		ts.Info[gym.InfoRawReward] = s.Raw
		if s.Raw > 0 {
			ts.Reward = 1
		}
	}
	if !s.Done && e.steps >= e.page.steps() {
		ts.Truncated = true
		ts.Info[gym.InfoStop] = gym.StopStepLimit
	}
	e.running = !ts.Ended()
	return ts, nil
}

// observation is the page's with the views that were asked for.
func (e *Env) observation(goal string, seen chrome.Observation) gym.Observation {
	base, _ := e.suite.site.address() // "" once the suite is closed
	return e.suite.browser.Also().Show(seen.Addressed(base, public), e.page.observation(goal, seen))
}

// observation is what a policy is told of a page.
func (p page) observation(goal string, seen chrome.Observation) gym.Observation {
	return gym.Observation{Goal: goal, Text: seen.Text(), Actions: admissible(seen.Nodes, p.offer(goal, seen.Nodes))}
}

func stateOf(seen chrome.Observation) (state, error) {
	var s state
	if len(seen.Probe) == 0 || string(seen.Probe) == "null" {
		return s, gym.Errorf(gym.CodeEnvCrashed, "the page no longer holds its task")
	}
	if err := json.Unmarshal(seen.Probe, &s); err != nil {
		return s, &gym.Error{Code: gym.CodeEnvCrashed, Msg: "the page's state could not be read", Err: err}
	}
	return s, nil
}

// drop gives a page up after an error: the next Reset takes another.
func (e *Env) drop(err error) error {
	e.running = false
	if e.tab != nil {
		e.tab.Discard()
		e.tab = nil
	}
	return gym.AsError(err)
}

// Close gives the browser page back. It may be called more than once.
func (e *Env) Close() error {
	e.running, e.closed = false, true
	if e.tab == nil {
		return nil
	}
	tab := e.tab
	e.tab = nil
	return e.suite.giveBack(e.page, tab)
}
