package miniwob

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dreamgym/envserver/gym"
)

func started(t *testing.T, s *Suite, name string, seed int64) (*Env, gym.Timestep) {
	t.Helper()
	for _, p := range pages() {
		if p.name == name {
			e := &Env{suite: s, page: p}
			t.Cleanup(func() { e.Close() })
			return e, reset(t, e, seed)
		}
	}
	t.Fatalf("there is no page %s", name)
	return nil, gym.Timestep{}
}

func reset(t *testing.T, e *Env, seed int64) gym.Timestep {
	t.Helper()
	ts, err := e.Reset(t.Context(), gym.ResetOptions{Task: gym.Task{Seed: seed, Scene: e.page.name}})
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

// TestCrashes: the episode is lost with a code, at once, and the next Reset works and
// shows the same.
func TestCrashes(t *testing.T) {
	s, _ := testSuite(t, Config{})
	crashes := map[string]func(e *Env){
		"renderer": func(*Env) { killRenderers(t) },
		"browser":  func(*Env) { killChildren(t) },
	}
	for name, crash := range crashes {
		t.Run(name, func(t *testing.T) {
			e, first := started(t, s, "click-link", 1)
			begun := time.Now()
			crash(e)
			_, err := e.Step(t.Context(), "noop()")
			if gym.CodeOf(err) != gym.CodeEnvCrashed || time.Since(begun) > 5*time.Second {
				t.Errorf("error %v after %v", err, time.Since(begun))
			}
			if _, err = e.Step(t.Context(), "noop()"); gym.CodeOf(err) != gym.CodeResetRequired {
				t.Errorf("a step after the crash: %v", err)
			}
			if again := reset(t, e, 1); again.Observation.Text != first.Observation.Text {
				t.Errorf("after the crash the task shows\n%s\nbefore it\n%s", again.Observation.Text, first.Observation.Text)
			}
		})
	}
}

// killChildren kills every process that this one started: the browser.
func killChildren(t *testing.T) {
	t.Helper()
	if killed := kill(t, func(p process) bool { return p.parent == os.Getpid() }); killed != 1 {
		t.Fatalf("%d children were killed, want the browser alone", killed)
	}
}

// killRenderers kills the processes of this one's browser that hold pages.
func killRenderers(t *testing.T) {
	t.Helper()
	browser := 0
	kill(t, func(p process) bool {
		if p.parent == os.Getpid() {
			browser = p.group
		}
		return false
	})
	if kill(t, func(p process) bool { return p.group == browser && strings.Contains(p.command, "--type=renderer") }) == 0 {
		t.Fatal("no renderer was killed")
	}
}

// process is a process that runs.
type process struct {
	parent, group int
	command       string
}

// kill kills the processes that a condition holds for and answers how many there were.
func kill(t *testing.T, which func(process) bool) (killed int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stats {
		data, _ := os.ReadFile(s) // the process may have ended meanwhile
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(s), "cmdline"))
		before, rest, _ := strings.Cut(string(data), ") ")
		pid, _, _ := strings.Cut(before, " ")
		f := strings.Fields(rest)
		if len(f) < 3 || f[0] == "Z" {
			continue
		}
		p := process{command: string(command)}
		p.parent, _ = strconv.Atoi(f[1])
		p.group, _ = strconv.Atoi(f[2])
		n, err := strconv.Atoi(pid)
		if err == nil && which(p) && syscall.Kill(n, syscall.SIGKILL) == nil {
			killed++
		}
	}
	return killed
}

func TestActionErrors(t *testing.T) {
	s, _ := testSuite(t, Config{})
	e, first := started(t, s, "enter-text", 1)
	for _, tt := range []struct{ action, want string }{
		{"press enter", "wrong syntax"},
		{"click('99')", "missing"},
		{"fill('2', 'x')", "not a text field"},
		{"goto('http://127.0.0.1/')", "not allowed"},
	} {
		ts, err := e.Step(t.Context(), gym.Action(tt.action))
		if err != nil {
			t.Fatal(err)
		}
		if why, _ := ts.Info[gym.InfoActionError].(string); !strings.Contains(why, tt.want) {
			t.Errorf("%s: action_error %q, want %q", tt.action, why, tt.want)
		}
		if ts.Observation.Text != first.Observation.Text || ts.Reward != 0 {
			t.Errorf("%s changed the page to\n%s", tt.action, ts.Observation.Text)
		}
	}
}

// TestRewards: a wrong end earns 0 and says what the page gave; a right one 1.
func TestRewards(t *testing.T) {
	s, _ := testSuite(t, Config{})
	e, _ := started(t, s, "enter-text", 1)
	ts, err := e.Step(t.Context(), "click('2')")
	if err != nil {
		t.Fatal(err)
	}
	if !ts.Terminated || ts.Truncated || ts.Reward != 0 || ts.Info[gym.InfoRawReward] != -1.0 {
		t.Errorf("%+v", ts)
	}
	if strings.Contains(ts.Observation.Text, "covered") {
		t.Errorf("the end shows\n%s", ts.Observation.Text)
	}
}

// TestNoClock: what would be the page's time limit passes, and nothing ends.
func TestNoClock(t *testing.T) {
	s, _ := testSuite(t, Config{})
	e, _ := started(t, s, "enter-text", 1)
	var limit float64
	if err := e.tab.Evaluate(t.Context(), "core.EPISODE_MAX_TIME", &limit); err != nil || limit < float64((24*time.Hour).Milliseconds()) {
		t.Errorf("the page's limit is %v ms, %v", limit, err)
	}
}

// TestOneDay: whoever asks at a start is told the same day.
func TestOneDay(t *testing.T) {
	s, _ := testSuite(t, Config{})
	e, _ := started(t, s, "click-link", 1)
	for range 2 {
		var days []string
		if err := e.tab.Evaluate(t.Context(), "[Date(), new Date().toString(), new Date(Date.now()).toString()].map((d) => d.slice(0, 15))", &days); err != nil {
			t.Fatal(err)
		}
		for _, d := range days {
			if d != "Mon Jan 01 2024" {
				t.Errorf("it is %q", d)
			}
		}
		reset(t, e, 2)
	}
}

// TestLeavesNoTraces: what an episode left in a page is not in the next one, also where the
// page itself keeps it.
func TestLeavesNoTraces(t *testing.T) {
	s, _ := testSuite(t, Config{})
	for name, act := range map[string]gym.Action{"focus-text-2": "fill('1', 'left behind')", "enter-text": "fill('1', 'left behind')"} {
		e, first := started(t, s, name, 1)
		ts, err := e.Step(t.Context(), act)
		if err != nil || ts.Observation.Text == first.Observation.Text {
			t.Errorf("%s: %s changes nothing, %v", name, act, err)
		}
		if again := reset(t, e, 1); again.Observation.Text != first.Observation.Text {
			t.Errorf("%s: after an episode the next begins with\n%s\nthe first began with\n%s", name, again.Observation.Text, first.Observation.Text)
		}
	}
}

func TestForeignTask(t *testing.T) {
	s, _ := testSuite(t, Config{})
	e, _ := started(t, s, "enter-text", 1)
	for _, task := range []gym.Task{{}, {Seed: 1, Scene: "click-link"}, {Seed: -1, Scene: "enter-text"}} {
		if _, err := e.Reset(t.Context(), gym.ResetOptions{Task: task}); gym.CodeOf(err) != gym.CodeUnknownTask {
			t.Errorf("%+v: error %v", task, err)
		}
	}
}

func TestWhatIsMissing(t *testing.T) {
	tests := []struct {
		name string
		c    Config
		want string
	}{
		{"package", Config{Dir: "/nowhere"}, "pip install --no-deps miniwob"},
		{"python", Config{Python: "/nowhere/python"}, "pip install --no-deps miniwob"},
		{"chrome", Config{}, "apt-get install -y chromium-headless-shell"},
	}
	tests[2].c.Chrome.Path = "/nowhere/chrome"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := gym.NewRegistry()
			s, err := Register(r, tt.c)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			reg := find(t, r, "miniwob/click-link-v0")
			if tt.name == "chrome" {
				if err = reg.Ready(); err == nil {
					t.Fatal("it says that it is ready")
				}
			} else {
				_, err = reg.Open(context.Background())
			}
			if gym.CodeOf(err) != gym.CodeNotAvailable || !strings.Contains(gym.AsError(err).Msg, tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}
