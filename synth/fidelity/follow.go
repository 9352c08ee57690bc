package fidelity

import (
	"context"
	"hash/fnv"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// freeSteps is how far an episode is dreamed freely.
const freeSteps = 40

// comparison is one predicted step beside the real one.
type comparison struct {
	evidence             string
	refused              bool
	exact, right         bool // right: state, reward and end, quantities nearly
	knowable             bool
	numeric              bool // states are quantities
	stateError           float64
	lineF1               float64
	changed              bool
	changedF1            float64
	listed               bool
	listF1               float64
	rewarded, saidReward bool
	rewardRight          bool
	rewardError          float64
	ended, saidEnd       bool
	invalid, saidInvalid bool
	confidence           float64
}

// verdict is how an episode came out, really and in a free dream.
type verdict struct{ real, dream, refused bool }

// followed is what a model made of one episode.
type followed struct {
	task    string
	steps   []comparison
	verdict verdict
	spent   spending
}

// subject is a model with what it may rest on.
type subject struct {
	model    model.Model
	spec     gym.Spec
	snapshot *experience.Snapshot
	seed     int64
}

// begin starts e's task from its recorded start state.
func (s *subject) begin(ctx context.Context, e *experience.Episode, mostLikely bool) (model.Episode, error) {
	return s.model.Begin(ctx, model.Start{
		Spec: s.spec, Task: e.Restart(), Seed: s.seed ^ seedOf(e.ID),
		Experience: s.snapshot, MostLikely: mostLikely,
	})
}

// seedOf makes a seed of an episode's name.
func seedOf(id string) int64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return int64(h.Sum64() >> 11)
}

// follow measures the model on one episode.
func (s *subject) follow(ctx context.Context, y *yardstick, e *experience.Episode) (followed, error) {
	f := followed{task: e.Task}
	var err error
	if f.steps, err = s.oneStep(ctx, y, e, &f.spent); err != nil {
		return f, err
	}
	f.verdict, err = s.free(ctx, y, e)
	return f, err
}

// oneStep compares every step of the episode, each predicted from the real ones before.
func (s *subject) oneStep(ctx context.Context, y *yardstick, e *experience.Episode, spent *spending) ([]comparison, error) {
	dream, err := s.begin(ctx, e, true)
	refused, err := isRefusal(err)
	if err != nil {
		return nil, err
	}
	m := newMemory(y, e)
	all := make([]comparison, 0, len(e.Steps))
	for i := range e.Steps {
		t := &e.Steps[i]
		var p model.Prediction
		refusedHere := refused
		if !refused {
			began := time.Now()
			p, refusedHere, err = predict(ctx, dream, t.Action)
			if err != nil {
				return nil, err
			}
			spent.add(&p, time.Since(began))
			dream.Observe(model.Outcome{Action: t.Action, Next: observation(e, t), Reward: t.Reward, Terminated: t.Terminated})
		}
		c := y.compare(t, &p, refusedHere)
		c.knowable = m.knowable(t)
		all = append(all, c)
		m.show(t.Next, t.NextActions)
	}
	return all, nil
}

// predict asks the model; refused says that it had nothing to go on.
func predict(ctx context.Context, dream model.Episode, action string) (p model.Prediction, refused bool, err error) {
	p, err = dream.Predict(ctx, action)
	if refused, err = isRefusal(err); refused || err != nil {
		return p, refused, err
	}
	return p, p.Evidence == model.EvidenceNone, nil
}

// isRefusal tells an honest refusal, or an answer that nobody can read, from a failure of
// what the model needs.
func isRefusal(err error) (bool, error) {
	switch gym.CodeOf(err) {
	case gym.CodeInsufficientEvidence, gym.CodeModelMalformed:
		return true, nil
	}
	return false, err
}

// compare sets a prediction beside what really happened.
func (y *yardstick) compare(t *experience.Transition, p *model.Prediction, refused bool) comparison {
	c := comparison{
		evidence: y.evidence(t), refused: refused,
		rewarded: y.rewarded(t.Reward), ended: t.Terminated, invalid: y.invalid(t),
		listed: t.NextActions != nil, numeric: y.numbers != nil,
	}
	before, truth := lines(t.State), lines(t.Next)
	trueChanges := changes(before, truth)
	if refused {
		if y.numbers != nil {
			c.stateError, _ = y.numbers.error(t.State, t.State, t.Next)
		}
		c.rewardError = y.spread
		c.changed = len(trueChanges) > 0
		return c
	}
	said := lines(p.Next.Text)
	saidChanges := changes(before, said)
	c.exact = p.Next.Text == t.Next
	c.lineF1 = f1(truth, said)
	c.changed = len(trueChanges)+len(saidChanges) > 0
	c.changedF1 = f1(trueChanges, saidChanges)
	if c.listed {
		c.listF1 = f1(t.NextActions, p.Next.Actions)
	}
	c.saidReward, c.rewardRight = y.rewarded(p.Reward), same(p.Reward, t.Reward)
	c.rewardError = max(p.Reward-t.Reward, t.Reward-p.Reward)
	c.saidEnd = p.Terminated
	c.saidInvalid = y.saysInvalid(t, p)
	c.confidence = min(1, max(0, p.Confidence))
	near := c.exact
	if y.numbers != nil {
		var worst float64
		c.stateError, worst = y.numbers.error(t.State, p.Next.Text, t.Next)
		near = worst <= nearEnough
	}
	c.right = near && c.rewardRight && c.ended == c.saidEnd
	return c
}

// free dreams the episode's actions and compares how it comes out.
func (s *subject) free(ctx context.Context, y *yardstick, e *experience.Episode) (verdict, error) {
	v := verdict{real: y.won(e)}
	dream, err := s.begin(ctx, e, false)
	if v.refused, err = isRefusal(err); v.refused || err != nil {
		return v, err
	}
	for i := range e.Steps[:min(freeSteps, len(e.Steps))] {
		action := e.Steps[i].Action
		p, refused, err := predict(ctx, dream, action)
		if refused || err != nil {
			v.refused = refused
			return v, err
		}
		if y.success(p.Reward, p.Terminated) {
			v.dream = true
			return v, nil
		}
		if p.Terminated {
			return v, nil
		}
		dream.Observe(model.Outcome{Action: action, Next: p.Next, Reward: p.Reward, Dreamed: true})
	}
	return v, nil
}

// won tells whether the episode really succeeds within the steps that are dreamed.
func (y *yardstick) won(e *experience.Episode) bool {
	for i := range e.Steps[:min(freeSteps, len(e.Steps))] {
		if y.success(e.Steps[i].Reward, e.Steps[i].Terminated) {
			return true
		}
	}
	return false
}
