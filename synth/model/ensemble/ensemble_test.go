package ensemble_test

import (
	"context"
	"strings"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
	"dreamgym/synth/model/ensemble"
)

// scripted is a model whose every prediction is one.
type scripted struct {
	says     model.Prediction
	asked    int
	observed []model.Outcome
	err      error
}

func (*scripted) Name() string                                                { return "scripted" }
func (*scripted) Close() error                                                { return nil }
func (*scripted) Ready(s *experience.Snapshot) *experience.Snapshot           { return s }
func (s *scripted) Begin(context.Context, model.Start) (model.Episode, error) { return s, s.err }
func (s *scripted) First() model.Prediction                                   { return s.says }
func (s *scripted) Observe(o model.Outcome)                                   { s.observed = append(s.observed, o) }
func (s *scripted) Predict(context.Context, string) (model.Prediction, error) {
	s.asked++
	return s.says, s.err
}

func says(text string, e model.Evidence, confidence float64) *scripted {
	return &scripted{says: model.Prediction{Next: gym.Observation{Text: text}, Evidence: e, Confidence: confidence, Reasoning: "so"}}
}

func TestTheEvidenceDecides(t *testing.T) {
	for name, test := range map[string]struct {
		embedded *scripted
		o        ensemble.Options
		taken    string
		asked    int
		differ   bool
	}{
		"recorded here":     {says("known", model.EvidenceSame, 0.3), ensemble.Options{}, "known", 0, false},
		"sure":              {says("known", model.EvidenceElsewhere, 0.3), ensemble.Options{}, "known", 0, false},
		"not sure enough":   {says("known", model.EvidenceElsewhere, 0.6), ensemble.Options{Sure: 0.7}, "said", 1, true},
		"unsure":            {says("known", model.EvidenceScene, 0.1), ensemble.Options{}, "said", 1, true},
		"nothing to go by":  {says("known", model.EvidenceNone, 0.9), ensemble.Options{}, "said", 1, false},
		"both, recorded":    {says("known", model.EvidenceSame, 0.3), ensemble.Options{Both: true}, "known", 1, true},
		"both, of one mind": {says("said", model.EvidenceSame, 0.3), ensemble.Options{Both: true}, "said", 1, false},
	} {
		language := says("said", model.EvidenceElsewhere, 0.8)
		language.says.Usage, language.says.Irreproducible = &model.Usage{Completions: 1}, true
		d, err := ensemble.New(test.embedded, language, test.o).Begin(t.Context(), model.Start{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.Predict(t.Context(), "go")
		if err != nil || p.Next.Text != test.taken || language.asked != test.asked || p.Disagreed != test.differ {
			t.Errorf("%s: %+v, %v, asked %d times", name, p, err, language.asked)
		}
		if (p.Usage != nil) != (test.asked > 0) || p.Irreproducible != (test.asked > 0) {
			t.Errorf("%s: usage %v, irreproducible %t", name, p.Usage, p.Irreproducible)
		}
		if own := map[string]float64{"known": test.embedded.says.Confidence, "said": 0.8}[test.taken]; test.differ && (p.Confidence >= own || !strings.Contains(p.Reasoning, "Disagreed")) {
			t.Errorf("%s: confidence %g, reasoning %q", name, p.Confidence, p.Reasoning)
		}
		d.Observe(model.Outcome{Action: "go"})
		if len(test.embedded.observed) != 1 || len(language.observed) != 1 {
			t.Errorf("%s: not both were told", name)
		}
	}
}

// A model that fails fails the ensemble: a dream of one model alone would be another.
func TestFailures(t *testing.T) {
	embedded, language := says("known", model.EvidenceNone, 0), says("said", model.EvidenceScene, 1)
	language.err = gym.Errorf(gym.CodeNotAvailable, "no")
	m := ensemble.New(embedded, language, ensemble.Options{})
	if _, err := m.Begin(t.Context(), model.Start{}); gym.CodeOf(err) != gym.CodeNotAvailable {
		t.Errorf("Begin: %v", err)
	}
	language.err = nil
	d, err := m.Begin(t.Context(), model.Start{})
	if err != nil {
		t.Fatal(err)
	}
	language.err = gym.Errorf(gym.CodeModelUnavailable, "no")
	if _, err := d.Predict(t.Context(), "go"); gym.CodeOf(err) != gym.CodeModelUnavailable {
		t.Errorf("Predict: %v", err)
	}
}
