package house

import (
	"context"
	"slices"
	"strings"
	"testing"

	"dreamgym/envserver/gym"
)

func TestReadGoal(t *testing.T) {
	for _, q := range quotas() {
		for words := range 2 {
			want := goal{q.family, "mug", "cabinet"}
			said := candidate{goal: want, words: words}.sentence()
			if got := readGoal(said); got != want {
				t.Errorf("%q is read as %v, want %v", said, got, want)
			}
		}
	}
	for _, said := range []string{"", "put", "make coffee.", "put a mug in"} {
		if got := readGoal(said); got != (goal{}) {
			t.Errorf("%q is read as %v", said, got)
		}
	}
}

// stubborn is an Env in which nothing happens at the first try of any action but
// going, and in which some things are seen and can never be had.
type stubborn struct {
	gym.Env
	tried map[gym.Action]bool
	ghost string
	last  gym.Timestep
}

func (s *stubborn) Reset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	ts, err := s.Env.Reset(ctx, o)
	s.tried, s.last = make(map[gym.Action]bool), ts
	return ts, err
}

func (s *stubborn) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	going := strings.HasPrefix(string(a), "go to ")
	if !s.tried[a] && !going || s.ghost != "" && strings.HasPrefix(string(a), "take "+s.ghost) {
		s.tried[a] = true
		ts := s.last
		ts.Observation.Text = nothing
		return ts, nil
	}
	ts, err := s.Env.Step(ctx, a)
	s.last = ts
	return ts, err
}

// TestSolverPersists plays where what is expected often does not come about.
func TestSolverPersists(t *testing.T) {
	reg := registration(t, "house/pick-and-place-v0")
	w, _ := newWorld()
	for _, ghost := range []bool{false, true} {
		played, won := 0, 0
		for _, task := range every(t, reg, gym.SplitTrain) {
			kind := goalOf(task).thing
			if ghost && len(w.scenes[task.Scene].of(kind)) < 2 {
				continue
			}
			env := &stubborn{Env: openEnv(t, reg)}
			if ghost {
				env.ghost = kind + " 1"
			}
			played++
			won += wins(t, env, reg.Solver(task), task)
		}
		if played < 300 || won*100 < played*95 {
			t.Errorf("with a thing that cannot be had %v: the solver wins %d of %d", ghost, won, played)
		}
	}
}

// unlisted is an Env that lists actions at the start alone.
type unlisted struct{ gym.Env }

func (u unlisted) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	ts, err := u.Env.Step(ctx, a)
	ts.Observation.Actions = nil
	return ts, err
}

func TestSolverWithoutLists(t *testing.T) {
	reg := registration(t, "house/any-v0")
	won, tasks := 0, every(t, reg, gym.SplitUnseen)
	for _, task := range tasks {
		won += wins(t, unlisted{openEnv(t, reg)}, reg.Solver(task), task)
	}
	if won*100 < len(tasks)*99 {
		t.Errorf("the solver wins %d of %d", won, len(tasks))
	}
}

// TestSolverAtNonsense wants a solver that sees nonsense to do what is listed or nothing.
func TestSolverAtNonsense(t *testing.T) {
	w, _ := newWorld()
	p := newSolver(w)
	for _, text := range []string{"", "You arrive at", "On the x 1, you see a y 2, and a z 3.", "You pick up the mug 1 from the moon 1."} {
		ts := gym.Timestep{Observation: gym.Observation{Goal: "put a mug in cabinet.", Text: text, Actions: []string{"go to cabinet 1", "look"}}}
		if a := string(p.Act(ts)); a != "" && !slices.Contains(ts.Observation.Actions, a) {
			t.Errorf("at %q it does %q, which is not listed", text, a)
		}
	}
}
