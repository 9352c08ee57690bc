package fidelity

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"golang.org/x/sync/errgroup"

	"dreamgym/envserver/gym"
)

// Ladder sets the success of policies from random to scripted on the real side beside
// the dream's.
type Ladder struct {
	Rungs []Rung `json:"rungs"`
	// Spearman is the rank correlation of real and dreamed success; nil where one of
	// them is the same on every rung.
	Spearman *float64 `json:"spearman"`
	// MeanError is the mean distance of real and dreamed success.
	MeanError *float64 `json:"mean_error"`
}

// Rung is one policy's success rate on both sides.
type Rung struct {
	// Noise is the share of random actions; the others are the scripted policy's.
	Noise    float64 `json:"noise"`
	Episodes int     `json:"episodes"`
	Real     float64 `json:"real"`
	Dream    float64 `json:"dream"`
	// Refused is the share of the dreamed episodes that ran out of evidence; they count
	// as failed.
	Refused float64 `json:"refused"`
}

// noises are the rungs' shares of random actions.
func noises() []float64 { return []float64{1, 0.8, 0.6, 0.4, 0.2, 0} }

// Sides are the two environments that a ladder compares.
type Sides struct {
	// Registration has the tasks, the scripted policy, and the real side.
	Registration gym.Registration
	// Dream opens the dreamed side.
	Dream func(ctx context.Context) (gym.Env, error)
	// Episodes a rung; 50 when zero.
	Episodes int
	Seed     int64
	// Workers is how many tasks are played at the same time; 2 when zero.
	Workers int
	// Progress is told how far it is; nil: nobody.
	Progress io.Writer
}

// played is how one episode came out.
type played struct {
	won, refused bool
	actions      []gym.Action
}

// Ladder plays six policies on tasks of a split, on both sides. Every policy plays the
// same tasks, and draws the same on both sides.
func (s Sides) Ladder(ctx context.Context, split gym.Split) (Ladder, error) {
	s = s.withDefaults()
	tasks, err := s.tasks(ctx, split)
	if err != nil {
		return Ladder{}, err
	}
	var l Ladder
	for _, noise := range noises() {
		rung, err := s.rung(ctx, tasks, noise)
		if err != nil {
			return l, fmt.Errorf("fidelity: ladder on %s: %w", split, err)
		}
		fmt.Fprintf(s.Progress, "ladder, %s, %.0f %% random: real %.2f, dream %.2f\n", split, 100*noise, rung.Real, rung.Dream)
		l.Rungs = append(l.Rungs, rung)
	}
	l.Spearman, l.MeanError = compareRungs(l.Rungs)
	return l, nil
}

func (s Sides) withDefaults() Sides {
	if s.Episodes == 0 {
		s.Episodes = 50
	}
	if s.Workers == 0 {
		s.Workers = 2
	}
	if s.Progress == nil {
		s.Progress = io.Discard
	}
	return s
}

// tasks draws the tasks to play.
func (s Sides) tasks(ctx context.Context, split gym.Split) ([]gym.Task, error) {
	n, err := s.Registration.Tasks.Len(ctx, split)
	if err != nil {
		return nil, fmt.Errorf("fidelity: tasks of %s: %w", split, err)
	}
	if n == 0 {
		return nil, gym.Errorf(gym.CodeUnknownTask, "%s has no tasks in the split %s", s.Registration.Spec.ID, split)
	}
	order := rand.New(rand.NewPCG(uint64(s.Seed), 7)).Perm(n)
	tasks := make([]gym.Task, s.Episodes)
	for i := range tasks {
		if tasks[i], err = s.Registration.Tasks.At(ctx, split, order[i%n]); err != nil {
			return nil, fmt.Errorf("fidelity: tasks of %s: %w", split, err)
		}
	}
	return tasks, nil
}

// rung plays one policy on all tasks.
func (s Sides) rung(ctx context.Context, tasks []gym.Task, noise float64) (Rung, error) {
	real, err := s.playAll(ctx, s.Registration.Open, tasks, noise)
	if err != nil {
		return Rung{}, fmt.Errorf("real side: %w", err)
	}
	dream, err := s.playAll(ctx, s.Dream, tasks, noise)
	if err != nil {
		return Rung{}, fmt.Errorf("dream: %w", err)
	}
	n := float64(len(tasks))
	return Rung{
		Noise: noise, Episodes: len(tasks), Real: count(real, won) / n, Dream: count(dream, won) / n,
		Refused: count(dream, func(p played) bool { return p.refused }) / n,
	}, nil
}

func won(p played) bool { return p.won }

func count(all []played, is func(played) bool) float64 {
	n := 0
	for _, p := range all {
		n += one(is(p))
	}
	return float64(n)
}

// playAll plays every task once, several at a time, each worker in an Env of its own.
func (s Sides) playAll(ctx context.Context, open func(context.Context) (gym.Env, error), tasks []gym.Task, noise float64) ([]played, error) {
	all := make([]played, len(tasks))
	next := make(chan int, len(tasks))
	for i := range tasks {
		next <- i
	}
	close(next)
	group, ctx := errgroup.WithContext(ctx)
	for range min(s.Workers, len(tasks)) {
		group.Go(func() error {
			env, err := open(ctx)
			if err != nil {
				return err
			}
			defer env.Close()
			for i := range next {
				rng := rand.New(rand.NewPCG(uint64(s.Seed), uint64(i)))
				if all[i], err = s.play(ctx, env, tasks[i], noise, rng); err != nil {
					return fmt.Errorf("task %s: %w", tasks[i].ID, err)
				}
			}
			return nil
		})
	}
	return all, group.Wait()
}

// defaultSteps bounds an episode where the environment does not.
const defaultSteps = 50

// play plays one episode by the scripted policy with a share of random actions.
func (s Sides) play(ctx context.Context, env gym.Env, task gym.Task, noise float64, rng *rand.Rand) (played, error) {
	var p played
	ts, err := env.Reset(ctx, gym.ResetOptions{Task: task, Seed: rng.Int64N(1 << 52)})
	if p.refused, err = isRefusal(err); p.refused || err != nil {
		return p, err
	}
	solver := s.Registration.Solver(task)
	for !ts.Ended() && len(p.actions) < s.limit() {
		action := choose(solver, ts, noise, rng)
		if action == "" {
			return p, nil
		}
		p.actions = append(p.actions, action)
		if ts, err = env.Step(ctx, action); err != nil {
			return p, err
		}
	}
	p.refused = ts.Info[gym.InfoStop] == gym.StopInsufficientEvidence
	p.won = ts.Terminated && ts.Reward > 0
	return p, nil
}

func (s Sides) limit() int {
	if n := s.Registration.Spec.MaxSteps; n > 0 {
		return n
	}
	return defaultSteps
}

// choose asks the scripted policy, which sees every timestep, and overrules it now and then.
func choose(solver gym.Policy, ts gym.Timestep, noise float64, rng *rand.Rand) gym.Action {
	action := solver.Act(ts)
	actions := ts.Observation.Actions
	if len(actions) > 0 && (action == "" || rng.Float64() < noise) {
		return gym.Action(actions[rng.IntN(len(actions))])
	}
	return action
}

// compareRungs ranks and subtracts the two sides.
func compareRungs(rungs []Rung) (spearman, meanError *float64) {
	real, dream := make([]float64, len(rungs)), make([]float64, len(rungs))
	var sum float64
	for i, r := range rungs {
		real[i], dream[i] = r.Real, r.Dream
		sum += math.Abs(r.Real - r.Dream)
	}
	return pearson(ranks(real), ranks(dream)), mean(sum, len(rungs))
}

// ranks numbers values from the smallest; equal ones share their mean rank.
func ranks(values []float64) []float64 {
	order := slices.Sorted(slices.Values(values))
	r := make([]float64, len(values))
	for i, v := range values {
		first, _ := slices.BinarySearch(order, v)
		last := first
		for last+1 < len(order) && order[last+1] == v {
			last++
		}
		r[i] = float64(first+last) / 2
	}
	return r
}

// pearson is the linear correlation, nil where one side does not vary.
func pearson(a, b []float64) *float64 {
	var ma, mb float64
	for i := range a {
		ma += a[i] / float64(len(a))
		mb += b[i] / float64(len(b))
	}
	var ab, aa, bb float64
	for i := range a {
		ab += (a[i] - ma) * (b[i] - mb)
		aa += (a[i] - ma) * (a[i] - ma)
		bb += (b[i] - mb) * (b[i] - mb)
	}
	if aa == 0 || bb == 0 {
		return nil
	}
	r := ab / math.Sqrt(aa*bb)
	return &r
}
