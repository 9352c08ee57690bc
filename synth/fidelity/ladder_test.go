package fidelity

import (
	"context"
	"testing"

	"dreamgym/envserver/gym"
)

// corridor is won after three steps forward; waiting gets nowhere, and falls ends it.
type corridor struct {
	at, steps int
	easy      bool // any action wins
	refuses   bool
}

func (c *corridor) Reset(_ context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	if c.refuses {
		return gym.Timestep{}, gym.Errorf(gym.CodeInsufficientEvidence, "nothing is known")
	}
	c.at, c.steps = 0, 0
	return c.see(), nil
}

func (c *corridor) Step(_ context.Context, a gym.Action) (gym.Timestep, error) {
	c.steps++
	if a == "forward" || c.easy {
		c.at++
	} else if a == "back" {
		c.at = max(0, c.at-1)
	}
	ts := c.see()
	ts.Terminated = c.at == 3
	ts.Truncated = !ts.Terminated && c.steps == 5
	ts.Reward = float64(one(ts.Terminated))
	return ts, nil
}

func (c *corridor) see() gym.Timestep {
	return gym.Timestep{Observation: gym.Observation{Text: "a corridor", Actions: []string{"forward", "back", "wait"}}}
}

func (c *corridor) Close() error { return nil }

type forward struct{}

func (forward) Act(gym.Timestep) gym.Action { return "forward" }

// tenTasks has ten tasks in the split seen.
type tenTasks struct{}

func (tenTasks) Len(_ context.Context, s gym.Split) (int, error) {
	return 10 * one(s == gym.SplitSeen), nil
}

func (tenTasks) At(_ context.Context, s gym.Split, i int) (gym.Task, error) {
	return gym.Task{ID: string(rune('a' + i)), Split: s}, nil
}

func (tenTasks) Find(context.Context, string) (gym.Task, error) { return gym.Task{}, nil }

func sides(dream corridor) Sides {
	return Sides{
		Registration: gym.Registration{
			Spec: gym.Spec{ID: "test/corridor-v0", MaxSteps: 5}, Tasks: tenTasks{}, Open: func(context.Context) (gym.Env, error) { return &corridor{}, nil },
			Solver: func(gym.Task) gym.Policy { return forward{} },
		},
		Dream:    func(context.Context) (gym.Env, error) { c := dream; return &c, nil },
		Episodes: 40,
	}
}

func TestLadderOfAFaithfulDream(t *testing.T) {
	l, err := sides(corridor{}).Ladder(t.Context(), gym.SplitSeen)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Rungs) != 6 || *l.Spearman != 1 || *l.MeanError != 0 {
		t.Errorf("ladder: %+v", l)
	}
	if first, last := l.Rungs[0], l.Rungs[5]; first.Real > 0.5 || last.Real != 1 {
		t.Errorf("random wins %v, scripted %v", first.Real, last.Real)
	}
}

func TestLadderOfAnEasyDream(t *testing.T) {
	l, err := sides(corridor{easy: true}).Ladder(t.Context(), gym.SplitSeen)
	if err != nil {
		t.Fatal(err)
	}
	if l.Spearman != nil || *l.MeanError < 0.2 || l.Rungs[0].Dream != 1 {
		t.Errorf("ladder: %+v", l)
	}
}

func TestLadderOfARefusedDream(t *testing.T) {
	l, err := sides(corridor{refuses: true}).Ladder(t.Context(), gym.SplitSeen)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range l.Rungs {
		if r.Refused != 1 || r.Dream != 0 {
			t.Errorf("rung: %+v", r)
		}
	}
}

func TestLadderWithoutTasks(t *testing.T) {
	if _, err := sides(corridor{}).Ladder(t.Context(), gym.SplitUnseen); gym.CodeOf(err) != gym.CodeUnknownTask {
		t.Errorf("Ladder = %v, want %s", err, gym.CodeUnknownTask)
	}
}

func TestSpearman(t *testing.T) {
	tests := []struct {
		real, dream []float64
		want        *float64
	}{
		{[]float64{0, 0.2, 0.9}, []float64{0.1, 0.3, 0.31}, f(1)},
		{[]float64{0, 0.2, 0.9}, []float64{0.9, 0.2, 0}, f(-1)},
		{[]float64{0, 0.5, 0.5, 1}, []float64{0, 0.4, 0.6, 1}, f(0.9486832980505138)},
		{[]float64{0, 1}, []float64{0.5, 0.5}, nil},
	}
	for _, test := range tests {
		rungs := make([]Rung, len(test.real))
		for i := range rungs {
			rungs[i] = Rung{Real: test.real[i], Dream: test.dream[i]}
		}
		got, _ := compareRungs(rungs)
		if (got == nil) != (test.want == nil) || got != nil && !same(*got, *test.want) {
			t.Errorf("Spearman(%v, %v) = %v, want %v", test.real, test.dream, got, test.want)
		}
	}
}
