// Package dream plays environments after an experience model: an Env that a trainer
// cannot tell from the real one but by its info.
package dream

import (
	"cmp"
	"context"
	"math"
	"slices"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// Dreamer opens dreams. It may be used by many goroutines.
type Dreamer struct {
	Model model.Model
	// Buffer answers the experience buffer of a name, as Spec.Buffer gives it.
	Buffer func(name string) *experience.Buffer
	// MostLikely takes the commonest outcome where chance decides.
	MostLikely bool
}

// Dream opens an Env that dreams reg; with reasoning its timesteps say how it was come to.
func (d *Dreamer) Dream(_ context.Context, reg gym.Registration, reasoning bool) (gym.Env, error) {
	return &Env{spec: reg.Spec, model: d.Model, buffer: d.Buffer(reg.Spec.Buffer()), mostLikely: d.MostLikely, reasoning: reasoning}, nil
}

// Env is a dreamed environment. Each Reset pins the buffer as it is then, or as it was
// when the model last learned from it.
type Env struct {
	spec       gym.Spec
	model      model.Model
	buffer     *experience.Buffer
	mostLikely bool
	reasoning  bool

	pinned  *experience.Snapshot // what the next Reset uses instead of the newest that is ready
	episode model.Episode        // nil before a Reset and after an end
	steps   int
	limit   int // of steps; 0: none is known
	closed  bool
}

var _ gym.Env = (*Env)(nil)

// Pin makes the next Reset use the buffer as it was at a watermark, as the info of a
// first timestep named it: so an episode is dreamed again as it was.
func (e *Env) Pin(watermark int64) error {
	s, err := e.buffer.AtWatermark(watermark)
	if err != nil {
		return &gym.Error{Code: gym.CodeSessionLost, Msg: "the experience that the dream rests on is no longer there", Err: err}
	}
	e.pinned = s
	return nil
}

// Reset begins a dream of o.Task; CodeInsufficientEvidence says what would help.
func (e *Env) Reset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	if err := e.usable(ctx); err != nil {
		return gym.Timestep{}, err
	}
	if a := e.spec.Array; a != nil && a.Size() > gym.MostWorded {
		return gym.Timestep{}, gym.Errorf(gym.CodeInsufficientEvidence, "states of %d values are not dreamed; the most is %d: have the environment observe fewer", a.Size(), gym.MostWorded)
	}
	if start := o.Task.Start; start != nil && start.Array != nil {
		worded := *start
		worded.Text = experience.State(*start)
		o.Task.Start = &worded
	}
	snapshot := e.pinned
	e.pinned, e.episode, e.steps = nil, nil, 0
	if snapshot == nil {
		snapshot = e.ready()
	}
	ep, err := e.model.Begin(ctx, model.Start{Spec: e.spec, Task: o.Task, Seed: o.Seed, Experience: snapshot, MostLikely: e.mostLikely})
	if err != nil {
		return gym.Timestep{}, err
	}
	ts, err := e.timestep(ep.First())
	if err != nil {
		return gym.Timestep{}, err
	}
	e.episode, e.limit = ep, cmp.Or(e.spec.MaxSteps, snapshot.StepLimit())
	ts.Info[gym.InfoTask] = o.Task.ID
	ts.Info[gym.InfoSplit] = string(o.Task.Split)
	ts.Info[gym.InfoScene] = o.Task.Scene
	ts.Info[gym.InfoSeedHonoured] = true
	ts.Info[gym.InfoSnapshot] = snapshot.Watermark()
	return ts, nil
}

// ready is the newest snapshot that need not be waited for, if there is one.
func (e *Env) ready() *experience.Snapshot {
	s := e.buffer.Snapshot()
	if l, ok := e.model.(model.Learner); ok {
		return l.Ready(s)
	}
	return s
}

// Step dreams what the action leads to. Where the Spec has no limit of steps, the episode is
// truncated where the recordings always were. Without anything recorded to go by, the episode
// is truncated with reward 0 and info "stop" says so.
func (e *Env) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	if err := e.usable(ctx); err != nil {
		return gym.Timestep{}, err
	}
	if e.episode == nil {
		return gym.Timestep{}, gym.Errorf(gym.CodeResetRequired, "there is no running episode: reset first")
	}
	if err := e.spec.CheckAction(a); err != nil {
		return gym.Timestep{}, err
	}
	p, err := e.episode.Predict(ctx, string(a))
	if err != nil {
		e.episode = nil
		return gym.Timestep{}, err
	}
	if err := e.check(p); err != nil {
		e.episode = nil
		return gym.Timestep{}, err
	}
	ts, err := e.timestep(p)
	if err != nil {
		e.episode = nil
		return gym.Timestep{}, err
	}
	e.steps++
	switch {
	case p.Evidence == model.EvidenceNone && !p.Invalid:
		ts.Reward, ts.Terminated, ts.Truncated = 0, false, true
		ts.Info[gym.InfoStop] = gym.StopInsufficientEvidence
	case !p.Terminated && e.limit > 0 && e.steps >= e.limit:
		ts.Truncated = true
		ts.Info[gym.InfoStop] = gym.StopStepLimit
	}
	if ts.Ended() {
		e.episode = nil
		return ts, nil
	}
	e.episode.Observe(model.Outcome{Action: string(a), Next: p.Next, Reward: p.Reward, Terminated: p.Terminated, Dreamed: true})
	return ts, nil
}

// Close ends the Env.
func (e *Env) Close() error {
	e.closed, e.episode = true, nil
	return nil
}

func (e *Env) usable(ctx context.Context) error {
	if e.closed {
		return gym.Errorf(gym.CodeResetRequired, "the environment is closed: open another")
	}
	return ctx.Err()
}

// check holds a prediction against what the Spec promises of every backend.
func (e *Env) check(p model.Prediction) error {
	switch {
	case math.IsNaN(p.Reward) || math.IsInf(p.Reward, 0) || len(e.spec.Rewards) > 0 && !slices.Contains(e.spec.Rewards, p.Reward):
		return gym.Errorf(gym.CodeInternal, "the experience model gave a reward that %s does not declare", e.spec.ID)
	case len(p.Next.Text) > e.spec.TextLimit():
		return gym.Errorf(gym.CodeTooLarge, "the dreamed state has %d bytes; %s allows %d", len(p.Next.Text), e.spec.ID, e.spec.TextLimit())
	}
	return nil
}

// timestep dresses a prediction, with where it came from in info alone.
func (e *Env) timestep(p model.Prediction) (gym.Timestep, error) {
	refs := make([]string, len(p.Transitions))
	for i, r := range p.Transitions {
		refs[i] = r.String()
	}
	shown, err := e.observation(p.Next)
	if err != nil {
		return gym.Timestep{}, err
	}
	ts := gym.Timestep{Observation: shown, Reward: p.Reward, Terminated: p.Terminated, Info: gym.Info{
		gym.InfoBackend:    string(gym.BackendDream),
		gym.InfoModel:      e.model.Name(),
		gym.InfoEvidence:   refs,
		gym.InfoConfidence: math.Round(p.Confidence*1e4) / 1e4,
	}}
	if p.Irreproducible {
		ts.Info[gym.InfoReproducible] = false
	}
	if p.Disagreed {
		ts.Info[gym.InfoDisagreed] = true
	}
	if p.Usage != nil {
		ts.Info[gym.InfoUsage] = usage(p.Usage)
	}
	if e.reasoning {
		ts.Info[gym.InfoReasoning] = p.Reasoning
	}
	return ts, nil
}

// observation shows a predicted state as the real side would: as an array where it has one.
func (e *Env) observation(next gym.Observation) (gym.Observation, error) {
	next.Actions = slices.Clone(next.Actions)
	next = e.spec.Shown(next)
	if e.spec.Array == nil {
		return next, nil
	}
	array, err := e.spec.Array.Parse(next.Text)
	if err != nil {
		return next, &gym.Error{Code: gym.CodeModelMalformed, Msg: "the dreamed state is not an array of the environment's shape", Err: err}
	}
	next.Array, next.Text = array, ""
	if e.spec.Array.Worded {
		next.Text = array.Rounded()
	}
	return next, nil
}

// usage is what a step took, as info shows it.
func usage(u *model.Usage) map[string]any {
	return map[string]any{
		"completions": u.Completions, "prompt_tokens": u.PromptTokens, "cached_tokens": u.CachedTokens,
		"completion_tokens": u.CompletionTokens, "compactions": u.Compactions, "cost": u.Cost,
	}
}
