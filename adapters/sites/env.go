package sites

import (
	"cmp"
	"context"
	"strings"

	"dreamgym/adapters/chrome"
	"dreamgym/adapters/chrome/action"
	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites"
)

// tab is a page of a browser as an Env uses it.
type tab interface {
	Load(ctx context.Context, url string) (chrome.Observation, error)
	Tabs(ctx context.Context, most int) error
	Observe(ctx context.Context) (chrome.Observation, error)
	Step(ctx context.Context, action string) (chrome.Observation, error)
	Evaluate(ctx context.Context, expression string, res any) error
	Alive() bool
	Close() error
	Discard()
}

var _ tab = (*chrome.Page)(nil)

// Env plays the tasks of one variant. It holds a browser page from its first Reset on.
type Env struct {
	suite   *Suite
	variant variant
	open    func(context.Context) (tab, error)

	tab     tab
	base    string
	session *sites.Session
	play    *task.Play
	goal    string
	steps   int
	running bool
	closed  bool
}

var _ gym.Env = (*Env)(nil)

// Reset begins the task in a new session of the sites and a wiped page.
func (e *Env) Reset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	e.running = false
	if err := e.begin(ctx, o.Task); err != nil {
		return gym.Timestep{}, gym.AsError(err)
	}
	e.goal, e.steps = o.Task.Goal, 0
	seen, err := e.enter(ctx)
	if err != nil {
		return gym.Timestep{}, e.drop(err)
	}
	e.running = true
	info := gym.Info{
		gym.InfoBackend: string(gym.BackendReal), gym.InfoTask: o.Task.ID, gym.InfoSplit: string(o.Task.Split),
		gym.InfoScene: o.Task.Scene, gym.InfoSeedHonoured: true,
	}
	return gym.Timestep{Observation: e.observation(seen), Info: seen.Note(info)}, nil
}

// begin finds out what the task is and sets its session up.
func (e *Env) begin(ctx context.Context, t gym.Task) error {
	if e.closed {
		return gym.Errorf(gym.CodeResetRequired, "the environment is closed")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if e.play = e.variant.tasks.Play(t); e.play == nil {
		return gym.Errorf(gym.CodeUnknownTask, "the task is none of %s; take one from its task set", e.variant.id)
	}
	e.leave()
	e.session = e.suite.sites.Open(t.Seed)
	if !e.play.Guest {
		for _, site := range e.variant.over {
			site.SignIn(e.session)
		}
	}
	return nil
}

// leave gives the last episode's session and page back.
func (e *Env) leave() error {
	if e.session != nil {
		e.session.Close()
		e.session = nil
	}
	if e.tab == nil {
		return nil
	}
	t := e.tab
	e.tab = nil
	if !t.Alive() {
		t.Discard()
		return nil
	}
	return t.Close()
}

// enter opens the task's first page in the session.
func (e *Env) enter(ctx context.Context) (seen chrome.Observation, err error) {
	if e.base, err = e.suite.server.address(e.suite.sites); err != nil {
		return seen, err
	}
	if e.tab, err = e.open(ctx); err != nil {
		return seen, err
	}
	if e.play.Tabs > 1 {
		if err := e.tab.Tabs(ctx, e.play.Tabs); err != nil {
			return seen, err
		}
	}
	seen, err = e.tab.Load(ctx, e.base+e.session.Entry(cmp.Or(e.play.Start, e.variant.over[0].Home)))
	if err != nil || len(e.play.Beside) == 0 {
		return seen, err
	}
	return e.openBeside(ctx)
}

// openBeside opens the task's further pages in tabs of their own, and turns to the first.
func (e *Env) openBeside(ctx context.Context) (seen chrome.Observation, err error) {
	var steps []string
	for _, path := range e.play.Beside {
		steps = append(steps, action.Format("new_tab"), action.Format("goto", e.base+path))
	}
	for _, a := range append(steps, "tab_focus(0)") {
		if seen, err = e.tab.Step(ctx, a); err != nil {
			return seen, err
		}
		if seen.Problem != "" {
			return seen, gym.Errorf(gym.CodeEnvCrashed, "a tab that the task begins with could not be opened: %s", seen.Problem)
		}
	}
	return seen, nil
}

// Step acts in the page, or ends the episode with what is said. What the page cannot take
// changes nothing: action_error says why.
func (e *Env) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	if !e.running {
		return gym.Timestep{}, gym.Errorf(gym.CodeResetRequired, "there is no running episode; reset first")
	}
	if err := (gym.Spec{ID: e.variant.id}).CheckAction(a); err != nil {
		return gym.Timestep{}, err
	}
	if err := ctx.Err(); err != nil {
		e.running = false
		return gym.Timestep{}, gym.AsError(err)
	}
	seen, err := e.act(ctx, string(a))
	if err != nil {
		return gym.Timestep{}, e.drop(err)
	}
	ts, err := e.timestep(ctx, seen)
	if err != nil {
		return gym.Timestep{}, e.drop(err)
	}
	return ts, nil
}

// act carries an action out in the page. An address that is none of the sites' is not opened.
func (e *Env) act(ctx context.Context, a string) (chrome.Observation, error) {
	c, err := action.Parse(a)
	if err != nil || c.Name != "goto" {
		return e.tab.Step(ctx, a)
	}
	to := served(e.base, c.Text("url"))
	if to == "" {
		seen, err := e.tab.Observe(ctx)
		seen.Problem = "the address could not be opened: only pages of " + task.Public + " can"
		return seen, err
	}
	return e.tab.Step(ctx, action.Format("goto", to))
}

// timestep tells what a step led to, and judges where the episode is over.
func (e *Env) timestep(ctx context.Context, seen chrome.Observation) (gym.Timestep, error) {
	e.steps++
	ts := gym.Timestep{Observation: e.observation(seen), Info: seen.Note(gym.Info{gym.InfoBackend: string(gym.BackendReal)})}
	ts.Terminated = len(seen.Said) > 0 || e.play.Over != nil && e.play.Over(e.session)
	if !ts.Terminated && e.steps >= e.variant.steps {
		ts.Truncated = true
		ts.Info[gym.InfoStop] = gym.StopStepLimit
	}
	if ts.Ended() {
		o, err := e.outcome(ctx, seen)
		if err != nil {
			return gym.Timestep{}, err
		}
		v := e.play.Judge(o)
		v.Note(ts.Info)
		if ts.Terminated {
			ts.Reward = v.Reward
		}
	}
	e.running = !ts.Ended()
	return ts, nil
}

// outcome is what the episode has come to.
func (e *Env) outcome(ctx context.Context, seen chrome.Observation) (_ task.Outcome, err error) {
	o := task.Outcome{
		Session: e.session, Changes: e.session.Changes(), Same: e.suite.canonical,
		Address: strings.TrimPrefix(seen.Addressed(e.base, task.Public).URL, task.Public),
	}
	if len(seen.Said) > 0 {
		o.Said = &seen.Said[0]
	}
	o.Seen, err = e.look(ctx, o.Address)
	return o, err
}

// look sees in a page of its own what the judge has to be shown; address is where the
// policy's page is, which is left alone.
func (e *Env) look(ctx context.Context, address string) ([]string, error) {
	if len(e.play.Looks) == 0 {
		return nil, nil
	}
	aside, err := e.open(ctx)
	if err != nil {
		return nil, err
	}
	defer aside.Close()
	seen := make([]string, len(e.play.Looks))
	for i, l := range e.play.Looks {
		if seen[i], err = e.lookAt(ctx, aside, cmp.Or(l.Path, address), l.Script); err != nil {
			aside.Discard()
			return nil, err
		}
	}
	return seen, nil
}

func (e *Env) lookAt(ctx context.Context, aside tab, path, script string) (seen string, err error) {
	if !strings.HasPrefix(path, "/") {
		return "", nil
	}
	if _, err := aside.Load(ctx, e.base+e.session.Entry(path)); err != nil {
		return "", err
	}
	if err := aside.Evaluate(ctx, script, &seen); err != nil && ctx.Err() == nil {
		return "", &gym.Error{Code: gym.CodeEnvCrashed, Msg: "a page could not be looked at", Err: err}
	}
	return seen, ctx.Err()
}

// observation is what a policy is told of a page; it begins with the address.
func (e *Env) observation(seen chrome.Observation) gym.Observation {
	actions := admissible(seen.Nodes, values(e.goal), e.play.Asks)
	if len(e.variant.over) > 1 {
		for _, site := range e.variant.over {
			actions = append(actions, action.Format("goto", task.Public+site.Home))
		}
	}
	seen = seen.Addressed(e.base, task.Public)
	o := gym.Observation{Goal: e.goal, Text: "address " + chrome.Quote(seen.URL) + "\n" + seen.Text(), Actions: actions}
	return e.suite.browser.Also().Show(seen, o)
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
	return e.leave()
}
