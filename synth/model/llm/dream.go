package llm

import (
	"context"
	"fmt"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// dream is an episode under way.
type dream struct {
	m         *Model
	start     model.Start
	ground    model.Critic
	retriever *Retriever
	prompt    *Prompt
	first     model.Prediction
	state     string
	steps     int
	// full: the history is to be compacted before the next step; compacted: it just was.
	full      bool
	compacted int

	last struct { // the newest prediction: Observe needs it again
		action     string
		at         int
		prediction model.Prediction
		reasoning  string
	}
}

// First is the start state, as the embedded model knows it.
func (d *dream) First() model.Prediction { return d.first }

// Predict asks the language model what an action leads to, and holds its answer against
// the recordings.
func (d *dream) Predict(ctx context.Context, action string) (model.Prediction, error) {
	if d.last.action == action && d.last.at == d.steps+1 {
		return d.last.prediction, nil
	}
	demos, err := d.retriever.Demonstrations(ctx, d.state, action, d.start.Task.Scene, d.m.o.Demonstrations, nil)
	if err != nil {
		return model.Prediction{}, err
	}
	said, spent, err := d.ask(ctx, Step{State: d.state, Action: action, Demonstrations: demos})
	if err != nil {
		return model.Prediction{}, err
	}
	p := model.Prediction{
		Reasoning:      said.reasoning,
		Next:           gym.Observation{Goal: d.first.Next.Goal, Text: said.next, Actions: said.actions},
		Reward:         said.reward,
		Terminated:     said.terminated,
		Confidence:     agreement(demos, action, said),
		Usage:          &spent.usage,
		Irreproducible: spent.lost,
	}
	p.Evidence, p.Transitions = d.evidence(demos, action)
	if err := d.judge(ctx, action, &p); err != nil {
		return p, err
	}
	d.list(action, &p)
	d.last.action, d.last.at, d.last.prediction, d.last.reasoning = action, d.steps+1, p, said.reasoning
	return p, nil
}

// judge gives a reward or an end only where recorded cases speak for it; else the
// embedded model's.
func (d *dream) judge(ctx context.Context, action string, p *model.Prediction) error {
	ok, why := d.ground.Supports(action, p.Reward, p.Terminated)
	if ok {
		return nil
	}
	g, err := d.ground.Predict(ctx, action)
	if err != nil {
		return err
	}
	p.Reasoning += fmt.Sprintf(" [The recordings do not speak for reward %g, terminated %t: %s.]", p.Reward, p.Terminated, why)
	p.Reward, p.Terminated, p.Disagreed = g.Reward, g.Terminated, true
	p.Confidence /= 2
	return nil
}

// list has the embedded model list the admissible actions where the language model is not
// asked to; at an end there are none.
func (d *dream) list(action string, p *model.Prediction) {
	switch {
	case p.Terminated:
		p.Next.Actions = nil
	case !d.prompt.Shape.Actions && d.start.Spec.ListsActions:
		p.Next.Actions = d.ground.Actions(model.Outcome{Action: action, Next: p.Next, Reward: p.Reward})
	}
}

// evidence names the recorded steps that were shown, the most alike first. What rests on none
// is no dream of the environment.
func (d *dream) evidence(demos []*experience.Transition, action string) (model.Evidence, []experience.Ref) {
	kind := model.EvidenceElsewhere
	var refs []experience.Ref
	for i := len(demos) - 1; i >= 0; i-- {
		t := demos[i]
		refs = append(refs, t.Ref())
		switch {
		case t.Scene != d.start.Task.Scene:
		case t.State == d.state && t.Action == action:
			kind = model.EvidenceSame
		case kind == model.EvidenceElsewhere:
			kind = model.EvidenceScene
		}
	}
	for _, t := range d.prompt.Examples {
		refs = append(refs, t.Ref())
	}
	if len(refs) == 0 {
		kind = model.EvidenceNone
	}
	return kind, refs
}

// doubt is how many demonstrations a language model's word weighs.
const doubt = 1

// agreement is how sure an answer is by the demonstrations of the same action: the share
// that came out as it says, where it counts as one that did and one that did not.
func agreement(demos []*experience.Transition, action string, said outcome) float64 {
	same, all := 0.0, 0.0
	for _, t := range demos {
		if t.Action != action {
			continue
		}
		if all++; t.Next == said.next && t.Reward == said.reward && t.Terminated == said.terminated {
			same++
		}
	}
	return (same + doubt/2.0) / (all + doubt)
}

// Observe tells what the action did lead to.
func (d *dream) Observe(o model.Outcome) {
	came := outcome{next: o.Next.Text, actions: o.Next.Actions, reward: o.Reward, terminated: o.Terminated}
	if d.last.at == d.steps+1 && d.last.action == o.Action && d.last.prediction.Next.Text == o.Next.Text {
		came.reasoning = d.last.reasoning
	}
	d.compacted = 0
	if d.full && d.prompt.Compact() {
		d.full, d.compacted = false, 1
	}
	d.prompt.Add(o.Action, o.Next.Text, d.prompt.Shape.answer(d.state, came))
	d.ground.Observe(o)
	d.state = o.Next.Text
	d.steps++
}
