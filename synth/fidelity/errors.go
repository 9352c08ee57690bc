package fidelity

import (
	"context"
	"fmt"
	"io"
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

// WriteErrors prints up to most wrong steps of a model on a split, one step ahead, with
// what it said and why.
func WriteErrors(ctx context.Context, w io.Writer, d Data, m model.Model, split string, most int) error {
	held := d.Unseen
	if gym.Split(split) == gym.SplitSeen {
		held = d.Seen
	}
	y := newYardstick(d.Train)
	s := &subject{model: m, spec: d.Spec, snapshot: fill(d.Train, 1<<62).snapshot}
	for i := range held {
		n, err := s.writeErrors(ctx, w, y, &held[i], most)
		if most -= n; err != nil || most <= 0 {
			return err
		}
	}
	return nil
}

// writeErrors prints an episode's wrong steps and answers how many it printed.
func (s *subject) writeErrors(ctx context.Context, w io.Writer, y *yardstick, e *experience.Episode, most int) (int, error) {
	dream, err := s.begin(ctx, e, true)
	if err != nil {
		return 0, err
	}
	m := newMemory(y, e)
	n := 0
	for i := range e.Steps {
		t := &e.Steps[i]
		p, refused, err := predict(ctx, dream, t.Action)
		if err != nil {
			return n, err
		}
		if c := y.compare(t, &p, refused); !c.right && n < most {
			n++
			c.knowable = m.knowable(t)
			writeError(w, e, t, &p, &c)
		}
		m.show(t.Next, t.NextActions)
		dream.Observe(model.Outcome{Action: t.Action, Next: observation(e, t), Reward: t.Reward, Terminated: t.Terminated})
	}
	return n, nil
}

func writeError(w io.Writer, e *experience.Episode, t *experience.Transition, p *model.Prediction, c *comparison) {
	fmt.Fprintf(w, "%s: %s\n  action: %s\n  state:  %q\n  truth:  %q reward %g end %t\n  said:   %q reward %g end %t\n",
		t.Ref(), e.Goal, t.Action, t.State, t.Next, t.Reward, t.Terminated, p.Next.Text, p.Reward, p.Terminated)
	fmt.Fprintf(w, "  recorded: %s; knowable: %t; invalid: %t; refused: %t; confidence %.2f; because: %s\n\n",
		c.evidence, c.knowable, c.invalid, c.refused, p.Confidence, p.Reasoning)
}
