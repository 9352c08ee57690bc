package analogy

import (
	"fmt"
	"slices"

	"dreamgym/synth/model"
)

var _ model.Critic = (*dreamer)(nil)

// Supports tells whether recorded cases speak for a reward and an end after an action now:
// this model would give them itself, or the same form of action was recorded with them and
// all that the recorded successes share holds.
func (d *dreamer) Supports(action string, reward float64, terminated bool) (ok bool, why string) {
	m, want := d.m, outcomeLabel{d.m.falling.level(reward, d.steps+1), terminated}
	if want == m.common {
		return true, ""
	}
	action = d.swap.back(action)
	switch own := d.predict(action); {
	case own.label == want:
		return true, ""
	case own.failed && reward > m.common.reward:
		return false, "the action is not possible"
	}
	c := m.k.grammar.parse(action)
	atoms := m.known(d.b.atoms(c, action))
	label := int32(slices.Index(m.labels, want))
	earns := func(i int32) bool { return m.cases[i].label == label }
	switch here := d.recorded(routeHere, action); {
	case label < 0 || !slices.ContainsFunc(m.frames[c.frame], earns):
		return false, fmt.Sprintf("no action of the form %q was recorded with it", c.frame)
	case len(here) > 0 && !slices.ContainsFunc(here, earns):
		return false, "the same action in the same state was recorded without it"
	case m.refused(atoms) && d.now == nil:
		return false, "the action is not admissible"
	case reward > m.common.reward:
		return d.won(c, label, atoms)
	}
	return true, ""
}

// won tells whether all that recorded successes share holds now. Too few of them share too
// much by accident to speak for another.
func (d *dreamer) won(c call, label int32, atoms []int32) (ok bool, why string) {
	if d.m.guards[guardKey(c.frame, label, d.b.goal.form)] == nil && d.m.guards[guardKey(c.frame, label, "")] == nil {
		return false, "too few successes were recorded"
	}
	missing, ok := d.guarded(c, label, atoms)
	switch {
	case ok:
		return true, ""
	case missing < 0:
		return false, "no goal of this form was recorded as reached"
	}
	return false, "recorded successes had " + d.m.atoms[missing]
}

// Actions predicts the admissible actions after an outcome.
func (d *dreamer) Actions(o model.Outcome) []string {
	action, text := d.swap.back(o.Action), d.swap.back(o.Next.Text)
	failed := d.predict(action).failed && text == d.predict(action).text
	return d.swap.showAll(d.actionsAfter(action, answer{text: text, failed: failed, label: outcomeLabel{o.Reward, o.Terminated}}))
}
