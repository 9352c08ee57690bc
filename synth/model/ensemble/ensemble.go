// Package ensemble lets the embedded model and a language model predict each step, and the
// evidence decide between them: what was recorded, or is known well, the embedded model
// tells; what is new the language model fills in.
package ensemble

import (
	"context"
	"fmt"

	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// Options say when which model is heard.
type Options struct {
	// Sure is the embedded model's calibrated confidence from which on its prediction stands;
	// 0.5 when zero. A prediction whose very state and action were recorded always stands.
	Sure float64
	// Both asks the language model at every step, so that every disagreement is known; else
	// only where its prediction would be taken.
	Both bool
}

// Model is an ensemble. Close it when it is not needed.
type Model struct {
	o        Options
	embedded model.Learner
	language model.Model
}

var _ model.Learner = (*Model)(nil)

// New makes an ensemble. The language model's episodes hold rewards against the recordings
// themselves.
func New(embedded model.Learner, language model.Model, o Options) *Model {
	if o.Sure == 0 {
		o.Sure = 0.5
	}
	return &Model{o, embedded, language}
}

// Name names both.
func (m *Model) Name() string {
	return fmt.Sprintf("ensemble/%s+%s", m.embedded.Name(), m.language.Name())
}

// Ready answers the newest snapshot that the embedded model has learned from.
func (m *Model) Ready(s *experience.Snapshot) *experience.Snapshot { return m.embedded.Ready(s) }

// Close ends the embedded model's learning.
func (m *Model) Close() error { return m.embedded.Close() }

// Begin starts a dream of both.
func (m *Model) Begin(ctx context.Context, s model.Start) (model.Episode, error) {
	embedded, err := m.embedded.Begin(ctx, s)
	if err != nil {
		return nil, err
	}
	language, err := m.language.Begin(ctx, s)
	if err != nil {
		return nil, err
	}
	return &dream{o: m.o, embedded: embedded, language: language}, nil
}

// dream is an episode under way.
type dream struct {
	o                  Options
	embedded, language model.Episode
}

// First is the start state, as the embedded model knows it.
func (d *dream) First() model.Prediction { return d.embedded.First() }

// Predict takes the prediction that the evidence speaks for. Where the other says
// something else, it is said and less sure.
func (d *dream) Predict(ctx context.Context, action string) (model.Prediction, error) {
	known, err := d.embedded.Predict(ctx, action)
	if err != nil {
		return known, err
	}
	stands := known.Evidence == model.EvidenceSame || known.Evidence != model.EvidenceNone && known.Confidence >= d.o.Sure
	if stands && !d.o.Both {
		return known, nil
	}
	said, err := d.language.Predict(ctx, action)
	if err != nil {
		return said, err
	}
	if stands {
		return d.with(known, said), nil
	}
	return d.with(said, known), nil
}

// with is the prediction that is taken, beside the other.
func (d *dream) with(taken, other model.Prediction) model.Prediction {
	if taken.Usage == nil {
		taken.Usage = other.Usage
	}
	taken.Irreproducible = taken.Irreproducible || other.Irreproducible
	if other.Evidence == model.EvidenceNone || same(taken, other) {
		return taken
	}
	taken.Disagreed = true
	taken.Confidence *= 1 - other.Confidence/2
	taken.Reasoning += fmt.Sprintf(" [Disagreed: the other model says reward %g, terminated %t, %q.]", other.Reward, other.Terminated, other.Next.Text)
	return taken
}

func same(a, b model.Prediction) bool {
	return a.Next.Text == b.Next.Text && a.Reward == b.Reward && a.Terminated == b.Terminated
}

// Observe tells both what came to pass.
func (d *dream) Observe(o model.Outcome) {
	d.embedded.Observe(o)
	d.language.Observe(o)
}
