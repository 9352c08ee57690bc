package analogy_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
	"dreamgym/synth/model/analogy/testdata/invented"
)

// spare are actions that are not listed where they are taken: the recordings show how
// they are refused.
func spare() []string {
	return []string{"latch bench 1", "fetch red gear off bench 1", "unlatch crate 1", "stow red gear into crate 1"}
}

// recorded is a world with recordings of it: some to learn from, some held out.
type recorded struct {
	world        *invented.World
	buffer       *experience.Buffer
	seen, unseen []experience.Episode
}

// record plays train episodes into a buffer and holds others out, of the same tasks and
// of unrecorded scenes.
func record(w *invented.World, train, held int, spare ...string) *recorded {
	r := &recorded{world: w, buffer: experience.NewBuffer(0)}
	invented.Fill(r.buffer, w.Episodes(w.Train, train, 1, spare...))
	r.seen = w.Episodes(w.Train, held, 2, spare...)
	if len(w.Unseen) > 0 {
		r.unseen = w.Episodes(w.Unseen, held, 3, spare...)
	}
	return r
}

// begin begins a dream of a task.
func (r *recorded) begin(t testing.TB, m model.Model, task gym.Task, seed int64) model.Episode {
	t.Helper()
	d, err := m.Begin(t.Context(), model.Start{Spec: r.world.Spec, Task: task, Seed: seed, Experience: r.buffer.Snapshot()})
	if err != nil {
		t.Fatalf("Begin of %s: %v", task.ID, err)
	}
	return d
}

func predict(t testing.TB, d model.Episode, action string) model.Prediction {
	t.Helper()
	p, err := d.Predict(t.Context(), action)
	if err != nil {
		t.Fatalf("Predict %q: %v", action, err)
	}
	return p
}

// act dreams a step.
func act(t testing.TB, d model.Episode, action string) model.Prediction {
	t.Helper()
	p := predict(t, d, action)
	d.Observe(model.Outcome{Action: action, Next: p.Next, Reward: p.Reward, Terminated: p.Terminated})
	return p
}

// score counts what predictions of single steps got right, each made after what really
// came before.
type score struct {
	steps, exact           int
	confidence             float64
	paid, claimed, granted int // rewards that came, were predicted, and both
	refused, called, fit   int // refusals that came, were predicted, and both
	lists, overlap         float64
	faults                 []string
}

// score predicts every step of held-out episodes.
func (r *recorded) score(t testing.TB, m model.Model, eps []experience.Episode) *score {
	t.Helper()
	s := &score{}
	for i := range eps {
		d := r.begin(t, m, eps[i].Restart(), 0)
		for j := range eps[i].Steps {
			tr := &eps[i].Steps[j]
			s.add(tr, predict(t, d, tr.Action))
			d.Observe(model.Outcome{Action: tr.Action, Next: gym.Observation{Text: tr.Next, Actions: tr.NextActions}, Reward: tr.Reward, Terminated: tr.Terminated})
		}
	}
	return s
}

func (s *score) add(tr *experience.Transition, p model.Prediction) {
	s.steps++
	s.confidence += p.Confidence
	if p.Next.Text == tr.Next && p.Reward == tr.Reward && p.Terminated == tr.Terminated {
		s.exact++
	} else {
		s.faults = append(s.faults, fmt.Sprintf("%s %q\n want %q %v\n got  %q %v\n %s", tr.Ref(), tr.Action, tr.Next, tr.Reward, p.Next.Text, p.Reward, p.Reasoning))
	}
	tally := func(came, said bool, n, m, both *int) {
		for count, yes := range map[*int]bool{n: came, m: said, both: came && said} {
			if yes {
				*count++
			}
		}
	}
	tally(tr.Reward != 0, p.Reward != 0, &s.paid, &s.claimed, &s.granted)
	tally(tr.Next == invented.Refused, p.Invalid, &s.refused, &s.called, &s.fit)
	if tr.NextActions != nil {
		s.lists++
		s.overlap += f1(tr.NextActions, p.Next.Actions)
	}
}

// f1 is the harmonic mean of recall and precision of a list without repetitions.
func f1(want, got []string) float64 {
	hits := 0
	for _, a := range got {
		if slices.Contains(want, a) {
			hits++
		}
	}
	return 2 * float64(hits) / float64(max(1, len(want)+len(got)))
}

func (s *score) accuracy() float64       { return float64(s.exact) / float64(s.steps) }
func (s *score) meanConfidence() float64 { return s.confidence / float64(s.steps) }
func (s *score) actionsF1() float64      { return s.overlap / max(1, s.lists) }

func (s *score) String() string {
	return fmt.Sprintf("%d steps: exact %.3f, confidence %.3f, rewards %d, predicted %d, right %d, refusals %d, predicted %d, right %d, actions F1 %.3f",
		s.steps, s.accuracy(), s.meanConfidence(), s.paid, s.claimed, s.granted, s.refused, s.called, s.fit, s.actionsF1())
}

// report logs what was measured and the first faults, for whoever runs with -v or sees
// a bound missed.
func (s *score) report(t *testing.T, what string) {
	t.Helper()
	t.Logf("%s: %s", what, s)
	for _, f := range s.faults[:min(3, len(s.faults))] {
		t.Log(f)
	}
}

// contextOver is a context that is over.
func contextOver(t testing.TB) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}
