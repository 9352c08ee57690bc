package baseline

import (
	"context"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

func snapshot(t *testing.T) *experience.Snapshot {
	t.Helper()
	b := experience.NewBuffer(0)
	b.Add([]experience.Transition{
		{Episode: "e", Step: 0, State: "The lamp is off.", Action: "press switch", Next: "The lamp is on.", Actions: []string{"press switch", "wait"}, NextActions: []string{"wait", "press switch"}},
		{Episode: "e", Step: 1, State: "The lamp is on.", Action: "wait", Next: "The lamp is on."},
		{Episode: "e", Step: 2, State: "The lamp is on.", Action: "read letter", Next: "You read.", Reward: 1, Terminated: true},
	})
	return b.Snapshot()
}

func begin(t *testing.T, m model.Model, task gym.Task) model.Episode {
	t.Helper()
	e, err := m.Begin(t.Context(), model.Start{Task: task, Experience: snapshot(t)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func predict(t *testing.T, e model.Episode, action string) model.Prediction {
	t.Helper()
	p, err := e.Predict(t.Context(), action)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNearestCopies(t *testing.T) {
	e := begin(t, Nearest(), gym.Task{Goal: "read", Start: &gym.Observation{Goal: "read", Text: "The lamp is off."}})
	p := predict(t, e, "press switch")
	if p.Next.Text != "The lamp is on." || p.Evidence != model.EvidenceSame || len(p.Next.Actions) != 2 || p.Next.Goal != "read" || p.Transitions[0].String() != "e#0" {
		t.Errorf("Predict = %+v", p)
	}
	e.Observe(model.Outcome{Next: p.Next})
	if p := predict(t, e, "read a letter"); p.Reward != 1 || !p.Terminated || p.Evidence != model.EvidenceElsewhere {
		t.Errorf("Predict = %+v", p)
	}
}

func TestNoChangeAndCommonReward(t *testing.T) {
	start := &gym.Observation{Text: "Dark.", Actions: []string{"a"}}
	if p := predict(t, begin(t, NoChange(), gym.Task{Start: start}), "read letter"); p.Next.Text != "Dark." || len(p.Next.Actions) != 1 || p.Reward != 0 || p.Terminated {
		t.Errorf("no change: %+v", p)
	}
	if p := predict(t, begin(t, CommonReward(), gym.Task{Start: start}), "read letter"); p.Next.Text != "" || p.Reward != 0 || p.Terminated {
		t.Errorf("common reward: %+v", p)
	}
}

func TestStart(t *testing.T) {
	if first := begin(t, NoChange(), gym.Task{Goal: "g"}).First().Next; first.Text != "The lamp is off." || first.Goal != "g" {
		t.Errorf("without a start state the first is %+v", first)
	}
	for _, m := range All() {
		_, err := m.Begin(t.Context(), model.Start{Experience: experience.NewBuffer(0).Snapshot()})
		if gym.CodeOf(err) != gym.CodeInsufficientEvidence {
			t.Errorf("%s over an empty buffer: %v, want %s", m.Name(), err, gym.CodeInsufficientEvidence)
		}
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := begin(t, m, gym.Task{}).Predict(canceled, "wait"); gym.CodeOf(err) != gym.CodeCanceled {
			t.Errorf("%s, cancelled: %v", m.Name(), err)
		}
	}
}

func TestCommonestReward(t *testing.T) {
	b := experience.NewBuffer(0)
	for i, r := range []float64{1, 1, -1, -1, 0} {
		b.Add([]experience.Transition{{Episode: string(rune('a' + i)), Reward: r}})
	}
	if got := CommonestReward(b.Snapshot()); got != -1 {
		t.Errorf("CommonestReward = %v, want the smaller of two equally common, -1", got)
	}
}
