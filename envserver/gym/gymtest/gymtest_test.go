package gymtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"dreamgym/envserver/gym"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fault is an environment that is wrong in one way, and what has to notice it.
type fault struct {
	name  string
	env   func() gym.Env // nil: a sound one
	setup func(t *testing.T, c *Config)
	check string
	says  string
}

// stepping is a fault in what Step answers.
func stepping(spoil func(f *fake, ts *gym.Timestep, err *error)) func() gym.Env {
	return func() gym.Env { return &fake{onStep: spoil} }
}

// telling is a fault in the timesteps of steps.
func telling(spoil func(ts *gym.Timestep)) func() gym.Env {
	return stepping(func(_ *fake, ts *gym.Timestep, err *error) {
		if *err == nil {
			spoil(ts)
		}
	})
}

// starting is a fault in what Reset answers.
func starting(spoil func(o gym.ResetOptions, ts *gym.Timestep)) func() gym.Env {
	return func() gym.Env {
		return &fake{onReset: func(o gym.ResetOptions, ts *gym.Timestep, err *error) {
			if *err == nil {
				spoil(o, ts)
			}
		}}
	}
}

// tasks injects a fault into the task set.
func tasks(f *fakeTasks) func(*testing.T, *Config) {
	return func(_ *testing.T, c *Config) { c.Registration.Tasks = f }
}

func timestepFaults() []fault {
	return []fault{
		{"a text too long", telling(func(ts *gym.Timestep) { ts.Observation.Text = strings.Repeat("x", 101) }), nil, "episodes", "the limit is 100"},
		{"a text that is not UTF-8", telling(func(ts *gym.Timestep) { ts.Observation.Text = "\xff" }), nil, "episodes", "not valid UTF-8"},
		{"no listed actions", telling(func(ts *gym.Timestep) { ts.Observation.Actions = nil }), nil, "episodes", "no actions are listed"},
		{"an action listed twice", telling(func(ts *gym.Timestep) { ts.Observation.Actions = []string{"add", "add"} }), nil, "episodes", "listed twice"},
		{"a listed action that is empty", telling(func(ts *gym.Timestep) { ts.Observation.Actions = []string{"add", ""} }), nil, "episodes", "cannot be sent"},
		{"an array of another shape", telling(func(ts *gym.Timestep) { ts.Observation.Array = &gym.Array{Shape: []int{2, 2}, Data: []float64{1}} }), nil, "episodes", "shape"},
		{"an undeclared reward", telling(func(ts *gym.Timestep) { ts.Reward = 0.5 }), nil, "episodes", "not among the declared"},
		{"a reward that is no number", telling(func(ts *gym.Timestep) { ts.Reward = math.NaN() }), nil, "episodes", "the reward is NaN"},
		{"both ends at once", telling(func(ts *gym.Timestep) { ts.Terminated, ts.Truncated = true, true }), nil, "episodes", "both terminated and truncated"},
		{"a stop without an end", telling(func(ts *gym.Timestep) { ts.Info[gym.InfoStop] = gym.StopStepLimit }), nil, "episodes", "nothing was truncated"},
		{"no backend", telling(func(ts *gym.Timestep) { ts.Info = without(ts.Info, gym.InfoBackend) }), nil, "episodes", "info.backend"},
		{"another backend", telling(func(ts *gym.Timestep) { ts.Info[gym.InfoBackend] = "dream" }), nil, "episodes", "info.backend is dream"},
		{"an info that no wire carries", telling(func(ts *gym.Timestep) { ts.Info["x"] = struct{}{} }), nil, "episodes", "info.x holds"},
		{"an info that is infinite", telling(func(ts *gym.Timestep) { ts.Info["x"] = []any{math.Inf(1)} }), nil, "episodes", "info.x holds"},
		{"evidence on the real side", telling(func(ts *gym.Timestep) { ts.Info[gym.InfoConfidence] = 1.0 }), nil, "episodes", "evidence or confidence"},
		{"another field than at first", telling(func(ts *gym.Timestep) { ts.Observation.URL = "http://x" }), nil, "schema", "fills"},
		{"a goal that is lost", telling(func(ts *gym.Timestep) { ts.Observation.Goal = "" }), nil, "schema", "fills"},

		{"a first reward", starting(func(_ gym.ResetOptions, ts *gym.Timestep) { ts.Reward = 1 }), nil, "first_timestep", "it has reward 1"},
		{"an episode over at once", starting(func(_ gym.ResetOptions, ts *gym.Timestep) { ts.Terminated = true }), nil, "first_timestep", "terminated true"},
		{"no task", starting(func(_ gym.ResetOptions, ts *gym.Timestep) { delete(ts.Info, gym.InfoTask) }), nil, "first_timestep", "info.task"},
		{"no seed_honoured", starting(func(_ gym.ResetOptions, ts *gym.Timestep) { delete(ts.Info, gym.InfoSeedHonoured) }), nil, "first_timestep", "info.seed_honoured"},
		{"another goal", starting(func(_ gym.ResetOptions, ts *gym.Timestep) { ts.Observation.Goal = "else" }), nil, "first_timestep", "the goal is"},
		{"another start", starting(func(_ gym.ResetOptions, ts *gym.Timestep) { ts.Observation.Text = "else" }), nil, "first_timestep", "not the task's start"},
	}
}

func lifecycleFaults() []fault {
	return []fault{
		{"a step before the reset", func() gym.Env { return &fake{early: true} }, nil, "step_before_reset", "want"},
		{"a step after the end", func() gym.Env { return &fake{early: true} }, nil, "step_after_end", "after the end"},
		{"no end at the limit", stepping(endless), nil, "episodes", "goes on"},
		{"no end at the limit", stepping(endless), nil, "step_limit", "goes on"},
		{"no reason at the limit", telling(func(ts *gym.Timestep) { delete(ts.Info, gym.InfoStop) }), nil, "step_limit", "info.stop is <nil>"},
		{"an end before the limit", stepping(hasty), nil, "step_limit", "stops for it after 2 steps"},
		{"a reset that keeps the count", func() gym.Env { return keeping() }, nil, "reset_again", "another Reset"},
		{"chance where none is promised", drifting(), nil, "determinism", "differs"},
		{"Envs that share their state", sharing(), nil, "independence", "beside other Envs"},
		{"any action taken", func() gym.Env { return &fake{unchecked: true} }, nil, "invalid_actions", "with blanks"},
		{"invalid actions that count", stepping(counting), nil, "invalid_actions", "between invalid actions"},
		{"an unknown action that crashes", stepping(crashing), nil, "unknown_actions", "an unknown action"},
		{"an unknown action that rewards", stepping(rewarding), nil, "unknown_actions", "after the unknown action"},
		{"contexts ignored", func() gym.Env { return &fake{blind: true} }, nil, "cancellation", "a context that is over"},
		{"a cancelled call without a code", stepping(codeless), nil, "cancellation", "internal"},
		{"a Close that fails at the second time", closingOnce(), nil, "close", "closed twice"},
		{"a step after Close", func() gym.Env { return &fake{early: true} }, nil, "close", "after Close"},
		{"a step that hangs", nil, hanging, "episodes", "hangs"},
		{"a goroutine left", nil, leaking, "goroutines", "run on after Close"},
		{"a timestep that changes later", reusing(), nil, "nothing_reused", "changed with the step after it"},
		{"a list that is handed out again", handingOut(), nil, "nothing_reused", "an earlier one"},
		{"a start that is shared", starting(func(o gym.ResetOptions, ts *gym.Timestep) { ts.Observation.Actions = o.Task.Start.Actions }), nil, "nothing_reused", "task's start"},
		{"a solver that gives up", nil, solvedBy(""), "solutions", "gives up"},
		{"a solver that fails", nil, solvedBy("wait"), "solutions", "earns 0"},
	}
}

func taskFaults() []fault {
	at := func(spoil func(s gym.Split, i int, task *gym.Task)) func(*testing.T, *Config) {
		return tasks(&fakeTasks{onAt: func(s gym.Split, i int, task *gym.Task, err *error) {
			if *err == nil {
				spoil(s, i, task)
			}
		}})
	}
	kept := fakeTask(gym.SplitTrain, 0)
	return []fault{
		{"an id twice", nil, at(func(_ gym.Split, _ int, task *gym.Task) { task.ID = "train-0" }), "tasks", "two tasks"},
		{"another split", nil, at(func(_ gym.Split, _ int, task *gym.Task) { task.Split = gym.SplitTrain }), "tasks", "the split"},
		{"a seen scene that is not", nil, at(func(s gym.Split, _ int, task *gym.Task) { task.Scene = string(s) }), "tasks", "called seen"},
		{"an unseen scene that is", nil, at(func(_ gym.Split, _ int, task *gym.Task) { task.Scene = "a" }), "tasks", "called unseen"},
		{"tasks without end", nil, tasks(&fakeTasks{onAt: func(_ gym.Split, _ int, _ *gym.Task, err *error) { *err = nil }}), "tasks", "beyond the split"},
		{"any id found", nil, tasks(&fakeTasks{onFind: func(_ string, _ *gym.Task, err *error) { *err = nil }}), "tasks", "unknown id"},
		{"memory that is shared", nil, at(func(s gym.Split, i int, task *gym.Task) {
			if s == gym.SplitTrain && i == 0 {
				task.Start = kept.Start
			}
		}), "tasks", "written into an earlier answer"},
	}
}

func dreamFaults() []fault {
	dream := func(spoil func(info gym.Info)) func(*testing.T, *Config) {
		return func(_ *testing.T, c *Config) { *c = dreamConfig(spoil) }
	}
	return []fault{
		{"a dream without evidence", nil, dream(func(i gym.Info) { delete(i, gym.InfoEvidence) }), "episodes", "info.evidence"},
		{"a dream surer than sure", nil, dream(func(i gym.Info) { i[gym.InfoConfidence] = 1.5 }), "episodes", "info.confidence"},
		{"a dream of nobody", nil, dream(func(i gym.Info) { delete(i, gym.InfoModel) }), "episodes", "info.model"},
		{"a dream of no time", nil, dream(func(i gym.Info) { delete(i, gym.InfoSnapshot) }), "first_timestep", "info.snapshot"},
		{"a dream that shows more than the real side", nil, func(_ *testing.T, c *Config) {
			*c = dreamConfig(nil)
			c.Registration.Open = func(context.Context) (gym.Env, error) {
				return starting(func(_ gym.ResetOptions, ts *gym.Timestep) { ts.Observation.URL = "http://x" })(), nil
			}
		}, "schema", "the real side's"},
	}
}

// endless forgets to end at the step limit.
func endless(f *fake, ts *gym.Timestep, err *error) {
	if *err == nil && ts.Truncated {
		ts.Truncated = false
		delete(ts.Info, gym.InfoStop)
		f.running = true
	}
}

// hasty stops for the step limit too early.
func hasty(f *fake, ts *gym.Timestep, err *error) {
	if *err == nil && f.steps == 2 {
		ts.Truncated, f.running = true, false
		ts.Info[gym.InfoStop] = gym.StopStepLimit
	}
}

// keeping counts on over resets.
func keeping() *fake {
	resets := 0
	return &fake{onReset: func(_ gym.ResetOptions, ts *gym.Timestep, _ *error) {
		resets++
		ts.Info["resets"] = resets
	}}
}

// drifting makes Envs that are told apart by what they say.
func drifting() func() gym.Env {
	opened := 0
	return func() gym.Env {
		opened++
		mine := opened
		return telling(func(ts *gym.Timestep) { ts.Info["env"] = mine })()
	}
}

// sharing makes Envs that count together while several are open.
func sharing() func() gym.Env {
	slot := make(chan int, 1)
	slot <- 0
	return func() gym.Env {
		return &fake{onStep: func(_ *fake, ts *gym.Timestep, err *error) {
			n := <-slot + 1
			slot <- n
			if *err == nil {
				ts.Info["steps"] = n
			}
		}}
	}
}

// counting lets what is no action pass for a step.
func counting(f *fake, _ *gym.Timestep, err *error) {
	if gym.CodeOf(*err) == gym.CodeInvalidAction {
		f.count++
	}
}

// crashing fails at what it does not know.
func crashing(f *fake, ts *gym.Timestep, err *error) {
	if f.steps == 1 && f.count == 0 {
		*err = errors.New("a parser failed")
	}
}

// rewarding pays for what it does not know.
func rewarding(f *fake, ts *gym.Timestep, err *error) {
	if *err == nil && f.count == 0 {
		ts.Reward = 0.5
	}
}

// codeless hides a context's error behind one of its own.
func codeless(_ *fake, _ *gym.Timestep, err *error) {
	if code := gym.CodeOf(*err); code == gym.CodeCanceled || code == gym.CodeDeadlineExceeded {
		*err = fmt.Errorf("interrupted")
	}
}

// closingOnce makes Envs that fail when they are closed again.
func closingOnce() func() gym.Env {
	return func() gym.Env {
		closed := false
		return &fake{onClose: func() error {
			if closed {
				return errors.New("closed twice")
			}
			closed = true
			return nil
		}}
	}
}

// hanging never answers a step while the test runs.
func hanging(t *testing.T, c *Config) {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	c.Timeout = 10 * time.Millisecond
	c.Registration.Open = func(context.Context) (gym.Env, error) {
		return stepping(func(*fake, *gym.Timestep, *error) { <-release })(), nil
	}
}

// leaking leaves a goroutine behind each Env while the test runs.
func leaking(t *testing.T, c *Config) {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	c.Registration.Open = func(context.Context) (gym.Env, error) {
		go func() { <-release }()
		return &fake{}, nil
	}
}

// reusing makes Envs that write each info into the same map.
func reusing() func() gym.Env {
	return func() gym.Env {
		same := gym.Info{gym.InfoBackend: "real"}
		return stepping(func(f *fake, ts *gym.Timestep, _ *error) {
			same["steps"] = f.steps
			ts.Info = same
		})()
	}
}

// handingOut makes Envs that give the same list of actions each time.
func handingOut() func() gym.Env {
	return func() gym.Env {
		same := []string{"add", "wait"}
		return telling(func(ts *gym.Timestep) { ts.Observation.Actions = same })()
	}
}

// solvedBy gives the registration a solver that says one thing.
func solvedBy(a gym.Action) func(*testing.T, *Config) {
	return func(_ *testing.T, c *Config) {
		c.Registration.Solver = func(gym.Task) gym.Policy { return script(a) }
	}
}

// dreamConfig tries a sound dream of the fake, or one with a fault in its info.
func dreamConfig(spoil func(info gym.Info)) Config {
	c := fakeConfig(func() gym.Env { return &fake{} })
	tell := func(ts *gym.Timestep) {
		if ts.Info == nil {
			return
		}
		ts.Info[gym.InfoBackend], ts.Info[gym.InfoModel], ts.Info[gym.InfoConfidence] = "dream", "analogy", 0.9
		ts.Info[gym.InfoEvidence], ts.Info[gym.InfoSnapshot] = []string{"e1#0"}, int64(7)
		if spoil != nil {
			spoil(ts.Info)
		}
	}
	c.Backend = gym.BackendDream
	c.Open = func(context.Context) (gym.Env, error) {
		return &fake{
			onReset: func(_ gym.ResetOptions, ts *gym.Timestep, _ *error) { tell(ts) },
			onStep:  func(_ *fake, ts *gym.Timestep, _ *error) { tell(ts) },
		}, nil
	}
	return c
}

func faults() []fault {
	var all []fault
	for _, some := range [][]fault{timestepFaults(), lifecycleFaults(), taskFaults(), dreamFaults()} {
		all = append(all, some...)
	}
	return all
}

// TestFaultsAreCaught wants each faulty environment to fail the check that is for it.
func TestFaultsAreCaught(t *testing.T) {
	caught := make(map[string]bool)
	for _, f := range faults() {
		t.Run(f.check+": "+f.name, func(t *testing.T) {
			open := f.env
			if open == nil {
				open = func() gym.Env { return &fake{} }
			}
			c := fakeConfig(open)
			if f.setup != nil {
				f.setup(t, &c)
			}
			r := try(t.Context(), checkNamed(t, f.check), c)
			if !r.mentions(f.says) {
				t.Errorf("the check reports %q (skipped: %q), want something about %q", r.faults, r.skipped, f.says)
			}
			caught[f.check] = true
		})
	}
	for _, k := range checks() {
		if !caught[k.name] {
			t.Errorf("no faulty environment tries the check %s", k.name)
		}
	}
}

func checkNamed(t *testing.T, name string) check {
	t.Helper()
	for _, k := range checks() {
		if k.name == name {
			return k
		}
	}
	t.Fatalf("there is no check %q", name)
	return check{}
}

func TestSound(t *testing.T) {
	Run(t, fakeConfig(func() gym.Env { return &fake{} }))
}

func TestSoundDream(t *testing.T) { Run(t, dreamConfig(nil)) }

// TestSoundSkipsNothing wants a sound real environment to be tried by every check.
func TestSoundSkipsNothing(t *testing.T) {
	for _, k := range checks() {
		if r := try(t.Context(), k, fakeConfig(func() gym.Env { return &fake{} })); r.skipped != "" || len(r.faults) > 0 {
			t.Errorf("%s: skipped %q, faults %q", k.name, r.skipped, r.faults)
		}
	}
}

func TestValidate(t *testing.T) {
	sound := fakeConfig(func() gym.Env { return &fake{} })
	for _, tt := range []struct {
		name  string
		spoil func(c *Config)
		says  string
	}{
		{"sound", func(*Config) {}, ""},
		{"no registration", func(c *Config) { c.Registration = gym.Registration{} }, "needs a Spec and Tasks"},
		{"a dream without Open", func(c *Config) { c.Backend = gym.BackendDream }, "Open is required"},
		{"nothing to act with", func(c *Config) { c.Registration.Spec.ListsActions = false }, "Policy is required where no actions"},
		{"a replay without its actions", func(c *Config) { c.Backend, c.Open = gym.BackendReplay, c.Registration.Open }, "for a replay"},
	} {
		c := sound
		tt.spoil(&c)
		if err := c.Validate(); (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.says)
		}
	}
}
