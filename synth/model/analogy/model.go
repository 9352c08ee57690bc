// Package analogy is the embedded experience model. It needs no LLM: it reasons over
// recorded transitions in steps that it can write down, and knows no environment; how
// one words and arranges things is learned from its recordings.
//
// An action is read as a frame with arguments. The conditions that separate a frame's
// recorded outcomes choose what happens; the recorded case that is most alike says how
// it is told; and the episode's own belief, what it was shown and what was done since,
// says of what.
package analogy

import (
	"context"
	"fmt"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// version changes whenever the same recordings may give another dream.
const version = "analogy/15"

// Model learns from snapshots and dreams after them. Close it when it is not needed.
type Model struct{ generations *generations }

var _ model.Learner = (*Model)(nil)

// New makes a model that has learned nothing.
func New() *Model { return &Model{generations: newGenerations()} }

// Name is the model's name and version.
func (m *Model) Name() string { return version }

// Ready answers the newest snapshot, s or one before it, that Begin need not learn from
// first, if there is one that is not too old. What s has more is learned meanwhile.
func (m *Model) Ready(s *experience.Snapshot) *experience.Snapshot {
	if s.Len() == 0 {
		return s
	}
	return m.generations.ready(s)
}

// Close ends what is being learned.
func (m *Model) Close() error {
	m.generations.close()
	return nil
}

// Begin starts a dream over a snapshot. Where nothing was learned yet of its generation,
// it waits until it is.
func (m *Model) Begin(ctx context.Context, s model.Start) (model.Episode, error) {
	if s.Experience == nil || s.Experience.Len() == 0 {
		return nil, gym.Errorf(gym.CodeInsufficientEvidence, "nothing was recorded of %s yet: record real episodes of it first", s.Spec.ID)
	}
	mem, err := m.generations.memory(ctx, s.Experience)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if mem.numbers != nil {
		return mem.numbers.Begin(s)
	}
	return mem.begin(s)
}

// dreamer is an episode under way.
type dreamer struct {
	m      *memory
	start  model.Start
	goal   string
	swap   swap
	b      *belief
	first  model.Prediction
	hidden *hidden
	last   struct { // the newest prediction: Observe needs it again
		action string
		at     int
		answer answer
	}
	steps int // observed
	// unpaid is how often a reward that was expected by conditions alone did not come
	// in this episode.
	unpaid int
	// now is what actions are judged by where those that are admissible are predicted; nil
	// where they are known.
	now func() *moment
}

// begin finds the start state and the belief that goes with it.
func (m *memory) begin(s model.Start) (*dreamer, error) {
	st, err := m.startOf(s)
	if err != nil {
		return nil, err
	}
	d := &dreamer{m: m, start: s, goal: st.goal, swap: st.swap}
	if st.task != "" {
		d.start.Task.ID = st.task
	}
	if len(st.swap.recorded) > 0 {
		d.goal = s.Task.Goal
	}
	d.start.Task.Scene = st.scene
	d.b = m.believe(st.goal, st.text, st.actions, d.start.Task.ID, st.scene)
	d.hidden = m.hide(d, s.Seed)
	d.last.at = -1
	d.first = model.Prediction{
		Reasoning:   st.why,
		Next:        gym.Observation{Goal: d.goal, Text: d.swap.show(st.text), Actions: d.swap.showAll(st.actions)},
		Reward:      0,
		Evidence:    st.kind,
		Transitions: st.refs,
		Confidence:  st.confidence,
	}
	return d, nil
}

// First is the start state.
func (d *dreamer) First() model.Prediction { return d.first }

// Predict reasons about what an action leads to.
func (d *dreamer) Predict(ctx context.Context, action string) (model.Prediction, error) {
	if err := ctx.Err(); err != nil {
		return model.Prediction{}, err
	}
	action = d.swap.back(action)
	a := d.predict(action)
	p := model.Prediction{
		Reasoning:  d.reasoning(action, a),
		Next:       gym.Observation{Goal: d.goal, Text: d.swap.show(a.text), Actions: d.swap.showAll(d.actionsAfter(action, a))},
		Reward:     d.m.falling.paid(a.label.reward, d.steps+1),
		Terminated: a.label.terminated,
		Invalid:    a.failed,
		Evidence:   a.kind,
		Confidence: d.confidence(a),
	}
	for _, i := range a.cases {
		p.Transitions = append(p.Transitions, d.m.cases[i].t.Ref())
	}
	return p, nil
}

// actionsAfter predicts the admissible actions of the next state; nil at an end, and
// where the recordings list none.
func (d *dreamer) actionsAfter(action string, a answer) []string {
	if d.m.allowed == nil || a.label.terminated {
		return nil
	}
	f := d.b.fork()
	f.observe(action, a.text, nil)
	return d.m.allowed.list(newMoment(f, d.m.k.grammar.parse(action), a.failed, d.b.actions, d.m.allowed.scenes[d.start.Task.Scene]))
}

// Observe tells what an action did lead to.
func (d *dreamer) Observe(o model.Outcome) {
	o.Action, o.Next.Text = d.swap.back(o.Action), d.swap.back(o.Next.Text)
	o.Next.Actions = swap{d.swap.wanted, d.swap.recorded}.showAll(o.Next.Actions)
	d.learnFrom(o)
	d.steps++
	was := d.b.actions
	d.b.observe(o.Action, o.Next.Text, o.Next.Actions)
	if o.Reward != d.m.common.reward {
		d.b.reward(o.Action)
	}
	d.now = nil
	if o.Dreamed && d.m.allowed != nil {
		last := d.b.deeds[len(d.b.deeds)-1]
		d.now = func() *moment {
			return newMoment(d.b, last.call, last.failed, was, d.m.allowed.scenes[d.start.Task.Scene])
		}
	}
}

// learnFrom notes a reward that was expected and did not come: this task does not pay
// for what others do.
func (d *dreamer) learnFrom(o model.Outcome) {
	if a := d.predict(o.Action); a.label != d.m.common && o.Reward == d.m.common.reward {
		d.unpaid++
	}
}

// reasoning is the model's way to its answer in sentences.
func (d *dreamer) reasoning(action string, a answer) string {
	s := fmt.Sprintf("%q: evidence %s.", action, a.kind)
	for _, w := range a.why {
		s += " " + w + "."
	}
	if a.failed {
		s += " It is not possible here: the state stays."
	}
	if a.label != d.m.common {
		s += fmt.Sprintf(" It earns %g and terminated is %t.", d.m.falling.paid(a.label.reward, d.steps+1), a.label.terminated)
	}
	return s
}
