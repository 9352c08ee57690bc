package rollout

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	client "dreamgym/clients/go"
	"dreamgym/envserver/gym"
)

func TestParsePolicy(t *testing.T) {
	for name, want := range map[string]float64{"random": 1, "scripted": 0, "noisy": noise, "noisy:0.25": 0.25, "noisy:1": 1} {
		if p, err := ParsePolicy(name); err != nil || p.Noise != want || p.Name != name {
			t.Errorf("%s: %+v %v", name, p, err)
		}
	}
	for _, name := range []string{"", "clever", "noisy:", "noisy:2", "noisy:-1", "noisy:NaN", "random:0.5"} {
		if p, err := ParsePolicy(name); gym.CodeOf(err) != gym.CodeInvalidConfig {
			t.Errorf("%q: %+v %v", name, p, err)
		}
	}
}

// TestNothingToChoose gives up where an environment that lists actions lists none now, and
// says so of one that never does.
func TestNothingToChoose(t *testing.T) {
	act := func(s gym.Spec) (gym.Action, error) {
		p := Policy{Name: "random", Noise: 1}
		return p.act(t.Context(), &client.Session{Spec: s}, &gym.Timestep{}, p.stream(1), nil)
	}
	if a, err := act(gym.Spec{ListsActions: true}); a != "" || err != nil {
		t.Errorf("lists actions, though none now: %q, %v", a, err)
	}
	if a, err := act(gym.Spec{}); gym.CodeOf(err) != gym.CodeNotAvailable {
		t.Errorf("never lists actions: %q, %v", a, err)
	}
}

// outcome is one of policy p on backend b, with seed n.
func outcome(p, b string, n int64, ret float64) Outcome {
	return Outcome{Job: Job{Env: "e", Backend: b, Policy: Policy{Name: p}, Split: gym.SplitSeen, Seed: n}, Steps: 4, Return: ret, Ended: true}
}

func TestScores(t *testing.T) {
	refused := outcome("a", "dream", 2, 1)
	refused.Failure, refused.Reason = gym.CodeInsufficientEvidence, "nothing was recorded"
	stopped := outcome("a", "dream", 3, 0)
	stopped.Stop, stopped.Reason = gym.StopInsufficientEvidence, "nothing tells it"
	got := Scores([]Outcome{outcome("a", "real", 0, 1), outcome("a", "real", 1, 0), refused, stopped, outcome("a", "dream", 4, 1)})
	want := []Score{
		{Env: "e", Split: gym.SplitSeen, Policy: "a", Backend: "real", Episodes: 2, Success: 0.5, Return: 0.5, Steps: 4},
		{Env: "e", Split: gym.SplitSeen, Policy: "a", Backend: "dream", Episodes: 1, Success: 1, Return: 1, Steps: 4, Failed: 2, Reason: "nothing was recorded"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("scores (-want +got):\n%s", d)
	}
}

func TestAgreements(t *testing.T) {
	lost := outcome("a", "real", 3, 1)
	lost.Failure = gym.CodeEnvCrashed
	got := Agreements([]Outcome{
		outcome("a", "real", 0, 1), outcome("a", "dream", 0, 1),
		outcome("a", "real", 1, 0), outcome("a", "dream", 1, 1),
		outcome("a", "real", 2, 1), outcome("a", "dream", 2, 0),
		lost, outcome("a", "dream", 3, 1),
		outcome("a", "dream", 4, 1), // never played on the real side
		outcome("b", "real", 0, 0), outcome("b", "dream", 0, 0),
	}, "real", "dream")
	third := 1.0 / 3
	want := []Agreement{
		{Env: "e", Split: gym.SplitSeen, Policy: "a", Pairs: 3, Real: 2 * third, Dream: 2 * third, Verdicts: third, FalseWins: third},
		{Env: "e", Split: gym.SplitSeen, Policy: "b", Pairs: 1, Verdicts: 1},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("agreements (-want +got):\n%s", d)
	}
}

func TestLadder(t *testing.T) {
	rungs := func(pairs ...float64) (all []Agreement) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, Agreement{Real: pairs[i], Dream: pairs[i+1]})
		}
		return all
	}
	for name, c := range map[string]struct {
		rungs     []Agreement
		rho, diff float64
	}{
		"the same":     {rungs(0, 0, 0.5, 0.5, 1, 1), 1, 0},
		"in order":     {rungs(0, 0.1, 0.5, 0.6, 1, 0.9), 1, 0.1},
		"turned round": {rungs(0, 1, 0.5, 0.5, 1, 0), -1, 2.0 / 3},
		"a tie":        {rungs(0, 0, 0.5, 0, 1, 1), math.Sqrt(3) / 2, 0.5 / 3},
		"all alike":    {rungs(0.5, 0.2, 0.5, 0.4), math.NaN(), 0.2},
		"one":          {rungs(0.5, 0.2), math.NaN(), math.NaN()},
	} {
		rho, diff := Ladder(c.rungs)
		if !near(rho, c.rho) || !near(diff, c.diff) {
			t.Errorf("%s: %v %v, want %v %v", name, rho, diff, c.rho, c.diff)
		}
	}
}

func near(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-9
}
