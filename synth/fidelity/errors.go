package fidelity

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// Names are the models' names in reports, in order.
func Names(models []model.Model) []string {
	names := make([]string, len(models))
	for i, m := range models {
		names[i] = nameOf(m)
	}
	return names
}

// nameOf is a model's name without its version.
func nameOf(m model.Model) string {
	name, _, _ := strings.Cut(m.Name(), "/")
	return name
}

// Kind says which mistakes WriteErrors shows.
type Kind string

// The kinds of mistake. All but the last two are of predictions one step ahead.
const (
	KindAny         Kind = "any"         // state, reward or end
	KindKnowable    Kind = "knowable"    // a state that could be known
	KindReward      Kind = "reward"      // a reward
	KindEnd         Kind = "end"         // an end
	KindActions     Kind = "actions"     // the list of admissible actions
	KindVerdict     Kind = "verdict"     // how a freely dreamed episode comes out
	KindConsistency Kind = "consistency" // a view shown otherwise than before, in a random dream
)

// mistakes finds a model's mistakes on held-out episodes.
type mistakes struct {
	subject
	yardstick *yardstick
	judge     *judge
	others    []string
	w         io.Writer
	left      int // how many to print
}

// Show says which mistakes to show.
type Show struct {
	Split gym.Split // unseen when empty
	Kind  Kind      // any when empty
	Most  int       // how many
}

// WriteErrors prints the mistakes that a model makes on a split, with what it said and why.
func WriteErrors(ctx context.Context, w io.Writer, d Data, m model.Model, show Show) error {
	y := newYardstick(d.Train)
	f := &mistakes{
		subject:   subject{model: m, spec: d.Spec, snapshot: fill(d.Train, math.MaxInt).snapshot},
		yardstick: y, judge: y.newJudge(d.Train), others: actionsOf(d.Train), w: w, left: show.Most,
	}
	held := d.Unseen
	if show.Split == gym.SplitSeen {
		held = d.Seen
	}
	for i := range held {
		if err := f.of(ctx, &held[i], show.Kind); err != nil || f.left <= 0 {
			return err
		}
	}
	return nil
}

// of prints an episode's mistakes of a kind.
func (f *mistakes) of(ctx context.Context, e *experience.Episode, kind Kind) error {
	switch kind {
	case KindVerdict:
		return f.verdict(ctx, e)
	case KindConsistency:
		return f.inconsistent(ctx, e)
	}
	return f.steps(ctx, e, kind)
}

// is tells whether a comparison is a mistake of a kind.
func (c *comparison) is(kind Kind) bool {
	switch kind {
	case KindKnowable:
		return c.knowable && !c.exact
	case KindReward:
		return (c.rewarded || c.saidReward) && !c.rewardRight
	case KindEnd:
		return c.ended != c.saidEnd
	case KindActions:
		return c.listed && c.listF1 < 1
	}
	return !c.right
}

// steps follows the episode and prints the steps that go wrong.
func (f *mistakes) steps(ctx context.Context, e *experience.Episode, kind Kind) error {
	dream, err := f.begin(ctx, e, true)
	if err != nil {
		return err
	}
	m := newMemory(f.yardstick, e)
	for i := range e.Steps {
		t := &e.Steps[i]
		p, refused, err := predict(ctx, dream, t.Action)
		if err != nil {
			return err
		}
		c := f.yardstick.compare(t, &p, refused)
		c.knowable = m.knowable(t)
		if c.is(kind) && f.left > 0 {
			f.left--
			f.step(e, t, &p, &c)
		}
		m.show(t.Next, t.NextActions)
		dream.Observe(model.Outcome{Action: t.Action, Next: observation(e, t), Reward: t.Reward, Terminated: t.Terminated})
	}
	return nil
}

// step prints a step with its prediction.
func (f *mistakes) step(e *experience.Episode, t *experience.Transition, p *model.Prediction, c *comparison) {
	fmt.Fprintf(f.w, "%s: %s\n  action: %s\n  state:  %q\n  truth:  %q reward %g end %t\n  said:   %q reward %g end %t\n",
		t.Ref(), e.Goal, t.Action, t.State, t.Next, t.Reward, t.Terminated, p.Next.Text, p.Reward, p.Terminated)
	if c.listed && c.listF1 < 1 {
		fmt.Fprintf(f.w, "  actions missed: %q added: %q\n", extra("", t.NextActions, p.Next.Actions), extra("", p.Next.Actions, t.NextActions))
	}
	fmt.Fprintf(f.w, "  recorded: %s; knowable: %t; invalid: %t; refused: %t; confidence %.2f; because: %s\n\n",
		c.evidence, c.knowable, c.invalid, c.refused, p.Confidence, p.Reasoning)
}

// verdict dreams the episode freely and, if it comes out otherwise, prints where the
// dream first left the recording, and how it ended.
func (f *mistakes) verdict(ctx context.Context, e *experience.Episode) error {
	v, err := f.free(ctx, f.yardstick, e)
	if err != nil || !v.refused && v.dream == v.real {
		return err
	}
	f.left--
	fmt.Fprintf(f.w, "%s really won: %t, in the dream: %t, refused: %t. Where the dream leaves the recording:\n\n", e.ID, v.real, v.dream, v.refused)
	dream, err := f.begin(ctx, e, false)
	if refused, err := isRefusal(err); refused || err != nil {
		return err
	}
	shown := 0
	for i := range e.Steps[:min(freeSteps, len(e.Steps))] {
		t := &e.Steps[i]
		p, refused, err := predict(ctx, dream, t.Action)
		if err != nil {
			return err
		}
		c := f.yardstick.compare(t, &p, refused)
		if !c.right && (shown == 0 || c.rewarded || c.saidReward) {
			shown++
			f.step(e, t, &p, &c)
		}
		if refused || p.Terminated {
			return nil
		}
		dream.Observe(model.Outcome{Action: t.Action, Next: p.Next, Reward: p.Reward})
	}
	return nil
}

// inconsistent dreams at random from the episode's start and prints the views that
// changed though nothing did that changes them.
func (f *mistakes) inconsistent(ctx context.Context, e *experience.Episode) error {
	trace, err := f.wander(ctx, f.yardstick, e, f.others)
	if err != nil {
		return err
	}
	for _, r := range repeats(trace) {
		if r.same || !f.judge.harmless.comparable(&r) || f.left <= 0 {
			continue
		}
		f.left--
		fmt.Fprintf(f.w, "%s: %s\n", e.ID, e.Goal)
		for i := r.first; i <= r.second; i++ {
			fmt.Fprintf(f.w, "  %d: %s\n     %q\n", i, trace[i].action, trace[i].text)
		}
		fmt.Fprintln(f.w)
	}
	return nil
}
