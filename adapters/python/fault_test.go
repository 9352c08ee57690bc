package python

import (
	"bytes"
	"context"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dreamgym/envserver/gym"
)

const faulty = `{"id": "faulty:Faulty-v0", "observe": "both", "rewards": [0, 1], "actions": ["go", "raise", "hang", "spin", "print", "leak", "fork", "child",
	"exit", "die", "nan", "shape", "dtype", "reward", "text reward", "tuple", "interrupt", "close pipe", "undeclared"]}`

// faultyConfig puts every environment into one process, to see what they do to each other.
func faultyConfig() Config {
	return Config{Path: []string{"testdata"}, Workers: 1, Memory: 600 << 20, CPU: time.Second}
}

// begin opens an environment and starts the episode of a seed.
func begin(t *testing.T, reg gym.Registration, seed int) gym.Env {
	t.Helper()
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { env.Close() })
	restart(t, reg, env, seed)
	return env
}

func restart(t *testing.T, reg gym.Registration, env gym.Env, seed int) {
	t.Helper()
	task, err := reg.Tasks.At(t.Context(), gym.SplitTrain, seed)
	if err != nil {
		t.Fatal(err)
	}
	ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: task})
	if err != nil {
		t.Fatalf("Reset: %v", err)
	}
	if got := ts.Observation.Array.Data; got[0] != float64(seed) || got[1] != 0 {
		t.Fatalf("seed %d begins with %v", seed, got)
	}
}

// act steps within a minute, whatever else the machine does; what hangs has two seconds, for
// only its deadline ends it.
func act(t *testing.T, env gym.Env, a gym.Action) (gym.Timestep, error) {
	t.Helper()
	patience := time.Minute
	if a == "hang" {
		patience = 2 * time.Second
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return env.Step(ctx, a)
}

// TestFaults has one environment of a process break: it gets a code, and no timestep;
// what shares the process goes on or is told; afterwards both can be reset.
func TestFaults(t *testing.T) {
	cases := []struct {
		action  gym.Action
		code    gym.Code
		says    string
		process bool // is lost, too
	}{
		{"raise", gym.CodeEnvCrashed, "ValueError", false},
		{"exit", gym.CodeEnvCrashed, "tried to exit", false},
		{"nan", gym.CodeEnvCrashed, "NaN", false},
		{"shape", gym.CodeEnvCrashed, "(3,)", false},
		{"dtype", gym.CodeEnvCrashed, "not the array", false},
		{"reward", gym.CodeEnvCrashed, "reward is NaN", false},
		{"text reward", gym.CodeEnvCrashed, "not a number", false},
		{"undeclared", gym.CodeEnvCrashed, "none of those", false},
		{"tuple", gym.CodeEnvCrashed, "does not answer", false},
		{"interrupt", gym.CodeEnvCrashed, "KeyboardInterrupt", false},
		{"hang", gym.CodeDeadlineExceeded, "", true},
		{"spin", gym.CodeEnvCrashed, "ended", true},
		{"die", gym.CodeEnvCrashed, "ended", true},
		{"close pipe", gym.CodeEnvCrashed, "ended", true},
		{"leak", gym.CodeEnvCrashed, "memory", true},
	}
	reg := hosted(t, faultyConfig(), faulty)[0]
	for _, c := range cases {
		t.Run(string(c.action), func(t *testing.T) {
			bad, good := begin(t, reg, 1), begin(t, reg, 2)
			ts, err := act(t, bad, c.action)
			if got := gym.AsError(err); err == nil || got.Code != c.code || !strings.Contains(got.Msg, c.says) || strings.Contains(got.Msg, "secret") {
				t.Errorf("got %v, want %s with %q", err, c.code, c.says)
			}
			if ts.Reward != 0 || ts.Ended() || ts.Observation.Text != "" {
				t.Errorf("with the error came %+v", ts)
			}
			if _, err := act(t, bad, "go"); gym.CodeOf(err) != gym.CodeResetRequired {
				t.Errorf("a step after it: %v", err)
			}
			goesOn(t, good, c.process)
			restart(t, reg, bad, 3)
			restart(t, reg, good, 4)
			goesOn(t, bad, false)
		})
	}
}

// TestTraceback has what hosted code raised as the failure's cause, for the log.
func TestTraceback(t *testing.T) {
	_, err := act(t, begin(t, hosted(t, faultyConfig(), faulty)[0], 1), "raise")
	if cause := gym.AsError(err).Err; cause == nil || !strings.Contains(cause.Error(), "ValueError: /secret/path") {
		t.Errorf("the cause is %v", cause)
	}
}

// goesOn steps an environment, whose process may be lost.
func goesOn(t *testing.T, env gym.Env, lost bool) {
	t.Helper()
	ts, err := act(t, env, "go")
	switch {
	case lost && gym.CodeOf(err) != gym.CodeEnvCrashed:
		t.Errorf("in a process that is lost: %v", err)
	case !lost && (err != nil || ts.Observation.Array.Data[1] != 1):
		t.Errorf("beside the fault: %+v, %v", ts, err)
	}
}

// TestForks leaves children behind: they neither answer nor outlive the process.
func TestForks(t *testing.T) {
	reg := hosted(t, faultyConfig(), faulty)[0]
	env := begin(t, reg, 1)
	for i, a := range []gym.Action{"fork", "child", "go"} {
		ts, err := act(t, env, a)
		if err != nil || ts.Observation.Array.Data[1] != float64(i+1) {
			t.Fatalf("%s: %+v, %v", a, ts, err)
		}
	}
}

// TestChildrenEnd wants a process's group to be empty once it is closed.
func TestChildrenEnd(t *testing.T) {
	h, err := Parse(faulty)
	if err != nil {
		t.Fatal(err)
	}
	c := faultyConfig()
	c.Interpreter, c.Envs = interpreter(), []Hosted{h}
	s, err := Register(gym.NewRegistry(), c)
	if err != nil {
		t.Fatal(err)
	}
	p := s.pools[0]
	w, slot, err := p.acquire()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		op       string
		argument any
	}{{"reset", int64(1)}, {"step", "child"}} {
		if a, err := w.call(t.Context(), slot, step.op, step.argument); err != nil || a.status != statusOK {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	group := w.proc.cmd.Process.Pid
	s.Close()
	// An orphan that was killed is reaped by another process, in its own time.
	waitFor(t, "the group is empty", func() bool { return alive(t, group) == 0 })
}

// alive counts the processes of a group that are not only waiting to be reaped.
func alive(t *testing.T, group int) int {
	t.Helper()
	out, err := exec.Command("ps", "-A", "-o", "pgid=,stat=").Output()
	if err != nil {
		t.Skipf("there is no ps: %v", err)
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) == 2 && f[0] == strconv.Itoa(group) && !strings.HasPrefix(f[1], "Z") {
			n++
		}
	}
	return n
}

// TestPrints wants what is printed in the log, and in no frame.
func TestPrints(t *testing.T) {
	log := &buffer{}
	c := faultyConfig()
	c.Log = zerolog.New(log)
	env := begin(t, hosted(t, c, faulty)[0], 1)
	if ts, err := act(t, env, "print"); err != nil || ts.Observation.Array.Data[1] != 1 {
		t.Fatalf("%+v, %v", ts, err)
	}
	for _, want := range []string{"hello from the environment", `"stream":"stderr"`, "and from its errors", "from a child", `"env":"python/faulty.Faulty-v0"`} {
		waitFor(t, "the log has "+want, func() bool { return strings.Contains(log.String(), want) })
	}
}

// TestResetFaults wants a clear code of a reset that breaks.
func TestResetFaults(t *testing.T) {
	reg := hosted(t, faultyConfig(), `{"id": "faulty:Faulty-v0", "kwargs": {"broken_reset": true}, "observe": "both"}`)[0]
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	task, _ := reg.Tasks.At(t.Context(), gym.SplitTrain, 0)
	if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: task}); gym.CodeOf(err) != gym.CodeEnvCrashed {
		t.Errorf("a reset that raises: %v", err)
	}
}

// TestCapacity wants an answer when there is no room, and room when one left.
func TestCapacity(t *testing.T) {
	c := faultyConfig()
	c.PerWorker = 1
	reg := hosted(t, c, faulty)[0]
	first := begin(t, reg, 1)
	second, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	task, _ := reg.Tasks.At(t.Context(), gym.SplitTrain, 0)
	if _, err := second.Reset(t.Context(), gym.ResetOptions{Task: task}); gym.CodeOf(err) != gym.CodeCapacityReached {
		t.Errorf("beyond capacity: %v", err)
	}
	first.Close()
	restart(t, reg, second, 2)
}

// TestTogether steps many environments at once: each sees its own steps.
func TestTogether(t *testing.T) {
	reg := hosted(t, faultyConfig(), faulty)[0]
	var all sync.WaitGroup
	for seed := range 16 {
		env := begin(t, reg, seed)
		all.Go(func() {
			for n := range 50 {
				ts, err := env.Step(t.Context(), "go")
				if err != nil || ts.Observation.Array.Data[0] != float64(seed) || ts.Observation.Array.Data[1] != float64(n+1) {
					t.Errorf("seed %d, step %d: %+v, %v", seed, n, ts, err)
					return
				}
			}
		})
	}
	all.Wait()
}

// buffer is a bytes.Buffer for many goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// waitFor waits for a condition, at most a minute.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
