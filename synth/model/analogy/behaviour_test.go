package analogy_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/analogy/testdata/invented"
)

// spare are actions that are not listed: the recordings show how they are refused.
var spare = []string{"latch bench 1", "fetch red gear off bench 1", "unlatch crate 1", "stow red gear into crate 1"}

// recorded is a world with recordings of it: some to learn from, some held out.
type recorded struct {
	world        *invented.World
	buffer       *experience.Buffer
	seen, unseen []experience.Episode
}

// record plays train episodes into a buffer and holds others out.
func record(w *invented.World, train, held int, spare ...string) *recorded {
	r := &recorded{world: w, buffer: experience.NewBuffer(0)}
	invented.Fill(r.buffer, w.Episodes(w.Train, train, 1, spare...))
	r.seen = w.Episodes(w.Train, held, 2, spare...)
	if len(w.Unseen) > 0 {
		r.unseen = w.Episodes(w.Unseen, held, 3, spare...)
	}
	return r
}

// follow begins a dream where a recorded episode begins.
func (r *recorded) follow(t *testing.T, m model.Model, e *experience.Episode) model.Episode {
	t.Helper()
	d, err := m.Begin(t.Context(), model.Start{Spec: r.world.Spec, Task: e.Restart(), Experience: r.buffer.Snapshot()})
	if err != nil {
		t.Fatalf("Begin: %v", err)
	}
	return d
}

// score counts what one-step predictions of held-out episodes got right.
type score struct {
	steps, exact                 int
	paid, claimed, rightly       int
	invalid, calledSo, rightlySo int
	f1, lists                    float64
	confidence                   float64
	faults                       []string
}

func (r *recorded) score(t *testing.T, m model.Model, eps []experience.Episode) score {
	t.Helper()
	var s score
	for i := range eps {
		d := r.follow(t, m, &eps[i])
		for j := range eps[i].Steps {
			tr := &eps[i].Steps[j]
			p, err := d.Predict(t.Context(), tr.Action)
			if err != nil {
				t.Fatal(err)
			}
			s.add(tr, p)
			d.Observe(model.Outcome{Action: tr.Action, Next: gym.Observation{Text: tr.Next, Actions: tr.NextActions}, Reward: tr.Reward, Terminated: tr.Terminated})
		}
	}
	return s
}

func (s *score) add(tr *experience.Transition, p model.Prediction) {
	s.steps++
	right := p.Next.Text == tr.Next && p.Reward == tr.Reward && p.Terminated == tr.Terminated
	if right {
		s.exact++
	} else {
		s.faults = append(s.faults, fmt.Sprintf("%s %q in %q\n want %q %v\n got  %q %v\n %s", tr.Ref(), tr.Action, tr.State, tr.Next, tr.Reward, p.Next.Text, p.Reward, p.Reasoning))
	}
	s.confidence += p.Confidence
	if tr.Reward != 0 {
		s.paid++
	}
	if p.Reward != 0 {
		s.claimed++
		if p.Reward == tr.Reward {
			s.rightly++
		}
	}
	refused := tr.Next == invented.Refused
	if refused {
		s.invalid++
	}
	if p.Invalid {
		s.calledSo++
		if refused {
			s.rightlySo++
		}
	}
	if tr.NextActions != nil {
		s.lists++
		hit := 0
		truth := map[string]bool{}
		for _, a := range tr.NextActions {
			truth[a] = true
		}
		for _, a := range p.Next.Actions {
			if truth[a] {
				hit++
			}
		}
		s.f1 += 2 * float64(hit) / float64(max(1, len(tr.NextActions)+len(p.Next.Actions)))
		if hit < max(len(tr.NextActions), len(p.Next.Actions)) {
			s.faults = append(s.faults, fmt.Sprintf("LIST %s %q\n want %q\n got  %q", tr.Ref(), tr.Action, tr.NextActions, p.Next.Actions))
		}
	}
}

func (s *score) String() string {
	n := float64(s.steps)
	return fmt.Sprintf("steps %d exact %.4f paid %d claimed %d rightly %d invalid %d called %d rightly %d f1 %.4f confidence %.4f", s.steps, float64(s.exact)/n, s.paid, s.claimed, s.rightly, s.invalid, s.calledSo, s.rightlySo, s.f1/s.lists, s.confidence/n)
}

func TestExplore(t *testing.T) {
	_ = rand.Int
	for _, n := range []int{40, 120, 300} {
		r := record(invented.Workshop(4, 10, 2), n, 40, spare...)
		m := analogy.New()
		a := r.score(t, m, r.seen)
		b := r.score(t, m, r.unseen)
		t.Logf("workshop %d (%d)\n seen   %s\n unseen %s", n, r.buffer.Snapshot().Len(), &a, &b)
		if n == 300 {
			for _, f := range a.faults[:min(12, len(a.faults))] {
				t.Log(f)
			}
			t.Log("UNSEEN")
			for _, f := range b.faults[:min(12, len(b.faults))] {
				t.Log(f)
			}
		}
	}
	for _, n := range []int{60, 300} {
		r := record(invented.Panel(20), n, 60)
		m := analogy.New()
		a := r.score(t, m, r.seen)
		t.Logf("panel %d (%d)\n seen   %s", n, r.buffer.Snapshot().Len(), &a)
		if n == 300 {
			for _, f := range a.faults[:min(12, len(a.faults))] {
				t.Log(f)
			}
		}
	}
}
