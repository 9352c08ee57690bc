package python

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"dreamgym/envserver/gym"
)

func TestParse(t *testing.T) {
	for declared, want := range map[string]string{
		"CartPole-v1":                         "python/CartPole-v1",
		" minigrid:MiniGrid-Empty-5x5-v0 ":    "python/minigrid.MiniGrid-Empty-5x5-v0",
		"ALE/Pong-v5":                         "python/ALE.Pong-v5",
		`{"id": "Blackjack-v1", "train": 10}`: "python/Blackjack-v1",
	} {
		if h, err := Parse(declared); err != nil || h.id() != want {
			t.Errorf("%s: %s, %v, want %s", declared, h.id(), err, want)
		}
	}
	for declared, says := range map[string]string{
		"":                                       "not the id",
		"CartPole":                               "not the id",
		`{"id": "CartPole-v1", "wrapers": []}`:   "wrapers",
		`{"id": "CartPole-v1"} x`:                "follows",
		`{"id": "CartPole-v1"`:                   "EOF",
		`{"id": "CartPole-v1", "train": -1}`:     "numbers of seeds",
		`{"id": "CartPole-v1", "max_steps": -1}`: "max_steps",
		`{"id": "CartPole-v1", "observe": "all", "actions": ["a", "a"]}`: "given twice",
	} {
		if _, err := Parse(declared); gym.CodeOf(err) != gym.CodeInvalidConfig || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want an error with %q", declared, err, says)
		}
	}
}

// register hosts one environment, whatever comes of it.
func register(t *testing.T, c Config, declared string) (gym.Registration, error) {
	t.Helper()
	h, err := Parse(declared)
	if err != nil {
		t.Fatal(err)
	}
	c.Envs = []Hosted{h}
	r := gym.NewRegistry()
	s, err := Register(r, c)
	t.Cleanup(func() { s.Close() })
	reg, unknown := r.Find(h.id())
	return reg, errors.Join(err, unknown)
}

// TestMissing wants what cannot be made to be there, and to tell what mends it.
func TestMissing(t *testing.T) {
	bare := filepath.Join(t.TempDir(), "python3")
	real := interpreter()
	if real == "" {
		real = "python3"
	}
	real, err := filepath.Abs(real)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bare, []byte("#!/bin/sh\nexec "+real+" -S \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ python, declared, says string }{
		{"/no/such/python", "CartPole-v1", "--python"},
		{bare, "CartPole-v1", bare + " -m pip install gymnasium"},
		{real, "no_such_module:Some-v0", real + " -m pip install no_such_module"},
		{real, `{"id": "Pendulum-v1", "observe": "render"}`, "render mode ansi; the environment has human, rgb_array"},
		{real, "NoSuchThing-v0", "NoSuchThing"},
		{real, "Taxi-v3", "Taxi-v4"}, // as of gymnasium 1.4
		{real, `{"id": "CartPole-v1", "kwargs": {"no_such": 1}}`, "TypeError"},
		{real, `{"id": "CartPole-v1", "wrappers": ["gymnasium.wrappers:NoSuch"]}`, "AttributeError"},
	} {
		reg, err := register(t, Config{Interpreter: c.python}, c.declared)
		if err != nil {
			t.Fatal(err)
		}
		_, openErr := reg.Open(t.Context())
		for _, err := range []error{reg.Ready(), openErr} {
			if got := gym.AsError(err); err == nil || got.Code != gym.CodeNotAvailable || !strings.Contains(got.Msg, c.says) {
				t.Errorf("%s with %s: got %v, want not_available with %q", c.declared, c.python, err, c.says)
			}
		}
	}
}

// TestNames wants as many names as there are actions.
func TestNames(t *testing.T) {
	_, err := register(t, Config{Interpreter: interpreter()}, `{"id": "CartPole-v1", "actions": ["left"]}`)
	if gym.CodeOf(err) != gym.CodeInvalidConfig || !strings.Contains(err.Error(), "2 actions") {
		t.Errorf("one name for two actions: %v", err)
	}
	reg := hosted(t, Config{}, `{"id": "CartPole-v1", "actions": ["left", "right"]}`)[0]
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	var seen []string
	for _, a := range []gym.Action{"left", " 0 "} {
		task, _ := reg.Tasks.At(t.Context(), gym.SplitTrain, 7)
		if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: task}); err != nil {
			t.Fatal(err)
		}
		ts, err := env.Step(t.Context(), a)
		if err != nil || !slices.Equal(ts.Observation.Actions, []string{"left", "right"}) {
			t.Fatalf("%q: %+v, %v", a, ts, err)
		}
		seen = append(seen, ts.Observation.Text)
	}
	if seen[0] != seen[1] {
		t.Errorf("name and number lead to %q", seen)
	}
}

// TestSeed compares an episode with what Gymnasium itself gives for the seed.
func TestSeed(t *testing.T) {
	reg := hosted(t, Config{}, `{"id": "CartPole-v1", "observe": "both"}`)[0]
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	task, err := reg.Tasks.Find(t.Context(), "seed-42")
	if err != nil {
		t.Fatal(err)
	}
	ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: task})
	if err != nil {
		t.Fatal(err)
	}
	// gymnasium.make("CartPole-v1").reset(seed=42)[0]
	if got, want := ts.Observation.Text, "[0.0274, -0.006112, 0.03586, 0.01974]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	a := ts.Observation.Array
	if a.DType != "float32" || !slices.Equal(a.Shape, []int{4}) || float32(a.Data[0]) != 0.027395604 {
		t.Errorf("the array is %+v", a)
	}
}

// TestBoxActions tries what can be read as an array of numbers and what cannot.
func TestBoxActions(t *testing.T) {
	reg := hosted(t, Config{}, "Pendulum-v1")[0]
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	task, _ := reg.Tasks.At(t.Context(), gym.SplitTrain, 0)
	if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: task}); err != nil {
		t.Fatal(err)
	}
	for a, code := range map[gym.Action]gym.Code{
		"[0.1]": "", "[-2]": "", " [ 1e-3 ] ": "",
		"0.1": gym.CodeInvalidAction, "[3]": gym.CodeInvalidAction, "[NaN]": gym.CodeInvalidAction, "[0, 0]": gym.CodeInvalidAction,
		`["a"]`: gym.CodeInvalidAction, "[[[": gym.CodeInvalidAction, "null": gym.CodeInvalidAction, "left": gym.CodeInvalidAction,
		gym.Action(strings.Repeat("[", 4000)): gym.CodeInvalidAction,
	} {
		if _, err := env.Step(t.Context(), a); gym.CodeOf(err) != code {
			t.Errorf("%.20s: %v, want %q", a, err, code)
		}
	}
}

func TestWrappers(t *testing.T) {
	const declared = `{"id": "Blackjack-v1", "kwargs": {"natural": true}, "wrappers": ["gymnasium.wrappers:FlattenObservation"], "observe": "both"}`
	reg := hosted(t, Config{}, `{"id": "Blackjack-v1", "observe": "text"}`, `{"id": "FrozenLake-v1", "kwargs": {"map_name": "8x8"}, "observe": "render"}`)
	first := func(reg gym.Registration) gym.Observation {
		env, err := reg.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer env.Close()
		task, _ := reg.Tasks.At(t.Context(), gym.SplitTrain, 0)
		ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: task})
		if err != nil {
			t.Fatal(err)
		}
		return ts.Observation
	}
	if o := first(reg[0]); o.Array != nil || !strings.HasPrefix(o.Text, "0: ") || strings.Count(o.Text, "\n") != 2 {
		t.Errorf("a tuple is told as %+v", o)
	}
	if o := first(reg[1]); o.Array != nil || !strings.Contains(o.Text, "[S]FFFFFFF") {
		t.Errorf("what is drawn is told as %+v", o)
	}
	if o := first(hosted(t, Config{}, declared)[0]); o.Array == nil || !slices.Equal(o.Array.Shape, []int{45}) {
		t.Errorf("a wrapped tuple is told as %+v", o)
	}
}

func TestEnvironmentHoldsNoSecrets(t *testing.T) {
	got := environment([]string{"PATH=/bin", "DREAMGYM_TOKEN=x", "OPENAI_API_KEY=y"})
	if !slices.Contains(got, "PATH=/bin") || strings.Contains(strings.Join(got, " "), "TOKEN") || strings.Contains(strings.Join(got, " "), "KEY") {
		t.Errorf("hosted code sees %v", got)
	}
}

// bytes is the answer as a process writes it.
func (a answer) bytes() []byte {
	flag := map[bool]byte{true: 1}
	b := []byte{byte(a.status), flag[a.terminated], flag[a.truncated]}
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(a.reward))
	for _, part := range []string{a.text, a.detail, string(a.data)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(part)))
	}
	return append(append(append(b, a.text...), a.detail...), a.data...)
}

func FuzzAnswers(f *testing.F) {
	one := answer{text: "s", data: make([]byte, 8), reward: 1}.bytes()
	f.Add(one, 1)
	f.Add(append(one, one...), 2)
	f.Add(bytes.Repeat([]byte{0xff}, 2*answerHead), 1)
	f.Fuzz(func(t *testing.T, frame []byte, n int) {
		answers, err := readAnswers(frame, min(max(n, 0), 100))
		if err != nil {
			return
		}
		var again []byte
		for _, a := range answers {
			again = append(again, a.bytes()...)
			if array, ok := a.array("float64", []int{1}); ok && len(array.Data)*8 != len(a.data) {
				t.Errorf("%d values of %d bytes", len(array.Data), len(a.data))
			}
		}
		if len(again) != len(frame) {
			t.Errorf("of %d bytes %d were read", len(frame), len(again))
		}
	})
}

func TestAnswers(t *testing.T) {
	want := []answer{
		{text: "état", data: make([]byte, 16), reward: -0.5, terminated: true}, {text: "x", truncated: true, data: []byte{}},
		{status: statusBroken, detail: "why", data: []byte{}},
	}
	var frame []byte
	for _, a := range want {
		frame = append(frame, a.bytes()...)
	}
	if got, err := readAnswers(frame, len(want)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, wrong := range []struct {
		frame []byte
		n     int
	}{{frame[:len(frame)-1], 3}, {frame, 2}, {frame, 4}, {nil, 1}} {
		if got, err := readAnswers(wrong.frame, wrong.n); err == nil {
			t.Errorf("%d answers in %d bytes are read as %+v", wrong.n, len(wrong.frame), got)
		}
	}
	if _, err := readFrame(bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xff})); err == nil {
		t.Error("a frame of 4 GB is read")
	}
}
