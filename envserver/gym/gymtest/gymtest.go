// Package gymtest is the conformance suite that every [gym.Env] passes, whatever plays
// it: the real side, a dream of it, or a replay.
//
//	func TestConformance(t *testing.T) {
//		gymtest.Run(t, gymtest.Config{Registration: registration})
//	}
//
// A dream is tried by setting Open and Backend; a replay by setting Resets and a Policy
// that says the recorded actions, see [Tape].
package gymtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"dreamgym/envserver/gym"

	"go.uber.org/goleak"
)

// Config says what is tried and what drives it.
type Config struct {
	// Registration is the environment: its Spec and Tasks are what is promised, its
	// Open is the real side that other backends are compared with.
	Registration gym.Registration
	// Backend is what plays; real when empty.
	Backend gym.Backend
	// Open makes the Env that is tried; Registration.Open when nil, for the real side.
	Open func(ctx context.Context) (gym.Env, error)
	// Policy drives an episode; it decides by o and what it sees, and by nothing else.
	// At its "" the episode is left where it is. When nil, listed actions are drawn at
	// random by o.Seed; an environment that lists none needs a Policy.
	Policy func(o gym.ResetOptions) gym.Policy
	// Stall answers an action that does not end the episode, to come to the step limit.
	// When nil, Policy has to get there; if it does not, that check is skipped.
	Stall func(ts gym.Timestep) gym.Action
	// Resets are the episodes to play; when nil, Count tasks of Split.
	Resets []gym.ResetOptions
	Split  gym.Split // train when empty
	Count  int       // 3 when zero
	Seed   int64     // of the first of the Count episodes
	// Solutions is how many tasks of each split the solver plays on the real side; 5 when zero.
	Solutions int
	// Timeout bounds every call; a call that takes longer is a fault. 60 s when zero.
	Timeout time.Duration
	// Leaks excuses goroutines that outlive an Env, such as those of a shared browser
	// that grows.
	Leaks []goleak.Option
}

// Validate tells what a Config lacks.
func (c Config) Validate() error {
	var errs []error
	if c.Registration.Spec.ID == "" || c.Registration.Tasks == nil {
		errs = append(errs, errors.New("gymtest: Registration needs a Spec and Tasks"))
	}
	if c.Open == nil && (c.Registration.Open == nil || c.backend() != gym.BackendReal) {
		errs = append(errs, errors.New("gymtest: Open is required for what is not the real side"))
	}
	if c.Policy == nil && !c.Registration.Spec.ListsActions {
		errs = append(errs, errors.New("gymtest: Policy is required where no actions are listed"))
	}
	if c.backend() == gym.BackendReplay && c.Policy == nil {
		errs = append(errs, errors.New("gymtest: Policy is required for a replay: it says the recorded actions"))
	}
	return errors.Join(errs...)
}

func (c Config) backend() gym.Backend {
	if c.Backend == "" {
		return gym.BackendReal
	}
	return c.Backend
}

// withDefaults fills what was left out.
func (c Config) withDefaults() Config {
	c.Backend = c.backend()
	if c.Open == nil {
		c.Open = c.Registration.Open
	}
	if c.Policy == nil {
		c.Policy = func(o gym.ResetOptions) gym.Policy { return Random(o.Seed) }
	}
	if c.Split == "" {
		c.Split = gym.SplitTrain
	}
	if c.Count == 0 {
		c.Count = 3
	}
	if c.Solutions == 0 {
		c.Solutions = 5
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	return c
}

// repeatable tells whether the same task, seed and actions must give the same timesteps.
func (c Config) repeatable() bool {
	return c.Registration.Spec.Deterministic || c.Backend == gym.BackendDream || c.Backend == gym.BackendReplay
}

// T is what a check needs of a test; *testing.T is one.
type T interface {
	Helper()
	Context() context.Context
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// check is one thing that an Env has to get right.
type check struct {
	name string
	run  func(t T, c Config)
}

func checks() []check {
	return []check{
		{"tasks", checkTasks},
		{"first_timestep", checkFirst},
		{"step_before_reset", checkStepBeforeReset},
		{"episodes", checkEpisodes},
		{"step_limit", checkStepLimit},
		{"step_after_end", checkStepAfterEnd},
		{"reset_again", checkResetAgain},
		{"determinism", checkDeterminism},
		{"independence", checkIndependence},
		{"invalid_actions", checkInvalidActions},
		{"unknown_actions", checkUnknownActions},
		{"cancellation", checkCancellation},
		{"nothing_reused", checkNothingReused},
		{"schema", checkSchema},
		{"close", checkClose},
		{"solutions", checkSolutions},
		{"goroutines", checkGoroutines},
	}
}

// Run tries an environment, one subtest a check. Tests that start goroutines must not
// run in parallel with it.
func Run(t *testing.T, c Config) {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	c = c.withDefaults()
	for _, k := range checks() {
		t.Run(k.name, func(t *testing.T) { k.run(t, c) })
	}
}
