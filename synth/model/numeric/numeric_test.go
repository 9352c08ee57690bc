package numeric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// world is an invented environment whose states are numbers.
type world struct {
	actions []string
	first   func(*rand.Rand) []float64
	step    func(r *rand.Rand, s []float64, action string, number int) (next []float64, reward float64, ended bool)
	longest int
	text    func([]float64) string
}

// record plays episodes at random.
func (w world) record(episodes int, seed uint64) (all []*experience.Transition) {
	r := rand.New(rand.NewPCG(seed, 5))
	for e := range episodes {
		s := w.first(r)
		for i := range w.longest {
			a := w.actions[r.IntN(len(w.actions))]
			next, reward, ended := w.step(r, s, a, i+1)
			all = append(all, &experience.Transition{
				Task: fmt.Sprint("t", e), Episode: fmt.Sprint("e", e), Step: i, Goal: "hold", State: w.write(s), Action: a, Next: w.write(next),
				Reward: reward, Terminated: ended, Actions: w.actions, NextActions: w.actions,
			})
			if s = next; ended {
				break
			}
		}
	}
	return all
}

func (w world) write(s []float64) string {
	if w.text != nil {
		return w.text(s)
	}
	a := gym.Array{DType: "float64", Shape: []int{len(s)}, Data: s}
	return a.String()
}

// sled slides by its speed, which an action changes and friction slows; it falls off beyond 1.
func sled() world {
	return world{
		actions: []string{"left", "right"}, longest: 60,
		first: func(r *rand.Rand) []float64 { return []float64{r.Float64()*0.2 - 0.1, 0} },
		step: func(_ *rand.Rand, s []float64, action string, _ int) ([]float64, float64, bool) {
			push := 0.02
			if action == "left" {
				push = -push
			}
			speed := s[1]*math.Cos(s[1]) + push - 0.01*s[0]
			next := []float64{s[0] + speed, speed}
			return next, 1, math.Abs(next[0]) > 1
		},
	}
}

// die adds what a die shows to a sum, or keeps it and pays by chance, the more the higher it is.
func die() world {
	return world{
		actions: []string{"throw", "keep"}, longest: 20,
		first: func(r *rand.Rand) []float64 { return []float64{float64(r.IntN(3))} },
		step: func(r *rand.Rand, s []float64, action string, _ int) ([]float64, float64, bool) {
			if action == "keep" {
				won := r.Float64()*12 < s[0]
				return s, map[bool]float64{true: 1, false: 0}[won], true
			}
			next := s[0] + float64(1+r.IntN(3))
			return []float64{next}, 0, next > 12
		},
	}
}

// corridor shows whether it is at a wall, and not where: memory alone tells. Its far end pays, the
// less the later.
func corridor() world {
	at := 0
	return world{
		actions: []string{"go", "back"}, longest: 40,
		first: func(*rand.Rand) []float64 { at = 0; return []float64{1, 0, 0} },
		step: func(_ *rand.Rand, _ []float64, action string, number int) ([]float64, float64, bool) {
			if action == "go" {
				at++
			} else {
				at = max(0, at-1)
			}
			if at == 4 {
				return []float64{1, 1, 7}, 1 - 0.01*float64(number), true
			}
			return []float64{map[bool]float64{true: 1, false: 0}[at == 0], 0, 0}, 0, false
		},
	}
}

func learn(t *testing.T, all []*experience.Transition) *Memory {
	t.Helper()
	m := Learn(all, nil)
	if m == nil {
		t.Fatal("nothing was learned")
	}
	return m
}

func begin(t *testing.T, m *Memory, s model.Start) model.Episode {
	t.Helper()
	e, err := m.Begin(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// play dreams an episode.
func play(t *testing.T, e model.Episode, most int, act func(state []float64) string) (seen []model.Prediction) {
	t.Helper()
	p := e.First()
	for range most {
		state, _, ok := gym.ParseNumbers(p.Next.Text)
		if !ok {
			t.Fatalf("a dreamed state reads %q", p.Next.Text)
		}
		action := act(state)
		var err error
		if p, err = e.Predict(t.Context(), action); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, p)
		if p.Terminated || p.Evidence == model.EvidenceNone {
			break
		}
		e.Observe(model.Outcome{Action: action, Next: p.Next, Reward: p.Reward, Dreamed: true})
	}
	return seen
}

// TestDynamics follows smooth dynamics freely, and ends where they do.
func TestDynamics(t *testing.T) {
	w := sled()
	m := learn(t, w.record(60, 1))
	if m.trust.steps == 0 || m.trust.err > 0.02 || m.trust.noisy || !m.method.linear {
		t.Errorf("learned %+v by %+v", m.trust, m.method)
	}
	for seed := range int64(5) {
		state := []float64{0.05 * float64(seed), 0}
		ended, n := false, 0
		e := begin(t, m, model.Start{Seed: seed, Task: gym.Task{ID: "new", Start: &gym.Observation{Text: w.write(state)}}})
		for _, p := range play(t, e, 60, func([]float64) string { return "right" }) {
			if ended {
				t.Fatal("the dream goes on after the real end")
			}
			state, _, ended = w.step(nil, state, "right", 0)
			n++
			said, _, _ := gym.ParseNumbers(p.Next.Text)
			if math.Abs(said[0]-state[0]) > 0.02 || p.Terminated != ended || p.Reward != 1 || p.Confidence < 0.9 {
				t.Fatalf("step %d: dreamed %v ended %t at %.2f, really %v ended %t", n, said, p.Terminated, p.Confidence, state, ended)
			}
		}
		if !ended {
			t.Errorf("it never ended within %d steps", n)
		}
	}
}

// TestFewEpisodes tells of the same few episodes, in whatever order they were recorded, where
// they end, though one ended as no other did.
func TestFewEpisodes(t *testing.T) {
	line := world{
		actions: []string{"on"}, longest: 3,
		first: func(*rand.Rand) []float64 { return []float64{0} },
		step: func(_ *rand.Rand, s []float64, _ string, _ int) ([]float64, float64, bool) {
			return []float64{s[0] + 1}, 0, s[0] == 2
		},
	}
	episodes := slices.Collect(slices.Chunk(line.record(11, 1), 3))
	rare := *episodes[0][0]
	rare.Episode, rare.Next, rare.Action, rare.Terminated = "rare", "[-1]", "off", true
	episodes = append(episodes, []*experience.Transition{&rare})
	start := model.Start{MostLikely: true, Task: gym.Task{Start: &gym.Observation{Text: "[2]"}}}
	for range episodes {
		episodes = append(episodes[1:], episodes[0])
		p, err := begin(t, learn(t, slices.Concat(episodes...)), start).Predict(t.Context(), "on")
		if err != nil || !p.Terminated {
			t.Errorf("from 2 on: %+v, %v; it always ended", p, err)
		}
	}
}

// TestChance draws what differs though all is alike as often as it was recorded.
func TestChance(t *testing.T) {
	m := learn(t, die().record(1500, 2))
	if !m.trust.noisy {
		t.Fatalf("chance was taken for %+v", m.trust)
	}
	faces, won := map[float64]int{}, 0
	const n = 900
	for seed := range int64(n) {
		start := gym.Task{Start: &gym.Observation{Text: "[4]"}}
		e := begin(t, m, model.Start{Seed: seed, Task: start})
		p, err := e.Predict(t.Context(), "throw")
		if err != nil {
			t.Fatal(err)
		}
		s, _, _ := gym.ParseNumbers(p.Next.Text)
		faces[s[0]-4]++
		start.Start.Text = "[6]"
		if p, err = begin(t, m, model.Start{Seed: seed, Task: start}).Predict(t.Context(), "keep"); err != nil || !p.Terminated {
			t.Fatalf("%+v, %v", p, err)
		}
		won += int(p.Reward)
	}
	if len(faces) != 3 || slices.Min([]int{faces[1], faces[2], faces[3]}) < n/5 {
		t.Errorf("a die of three shows %v", faces)
	}
	if won < n*3/10 || won > n*7/10 {
		t.Errorf("one in two wins; dreamed %d of %d", won, n)
	}
}

// TestMemory tells states apart that show the same, by how they came about, and what is paid by
// the time.
func TestMemory(t *testing.T) {
	w := corridor()
	m := learn(t, w.record(200, 3))
	e := begin(t, m, model.Start{Task: gym.Task{ID: "t0"}, MostLikely: true})
	acts, i := []string{"go", "go", "back", "go", "go", "go"}, -1
	seen := play(t, e, len(acts), func([]float64) string { i++; return acts[i] })
	last := seen[len(seen)-1]
	if len(seen) != len(acts) || !last.Terminated || math.Abs(last.Reward-0.94) > 1e-9 {
		t.Errorf("after %d steps: ended %t with %v, want 6 and .94", len(seen), last.Terminated, last.Reward)
	}
}

// TestFalling finds rewards that go by the time, and no others.
func TestFalling(t *testing.T) {
	numbers := []int{3, 10, 40, 99, 100}
	rewards := func(of func(n int) float64) (all []float64) {
		for _, n := range numbers {
			all = append(all, of(n))
		}
		return all
	}
	f, ok := LearnFalling(numbers, rewards(func(n int) float64 { return 1 - 0.9*float64(n)/100 }))
	if !ok || f.Start != 1 || math.Abs(f.Fall+0.009) > 1e-12 || f.At(50) != 0.55 {
		t.Errorf("found %+v, %t", f, ok)
	}
	for name, of := range map[string]func(n int) float64{
		"one reward": func(int) float64 { return 1 }, "a bend": func(n int) float64 { return 1 / float64(n) }, "an exception": func(n int) float64 { return float64(n % 99) },
	} {
		if f, ok := LearnFalling(numbers, rewards(of)); ok {
			t.Errorf("%s: found %+v", name, f)
		}
	}
	if _, ok := LearnFalling(numbers[:2], []float64{1, 2}); ok {
		t.Error("two rewards are always on a line")
	}
}

// TestSame gives the same dream to the byte for the same seed, and another for another.
func TestSame(t *testing.T) {
	m := learn(t, die().record(300, 4))
	dreamed := func(seed int64) (text string) {
		e := begin(t, m, model.Start{Seed: seed, Task: gym.Task{ID: "t1"}})
		for _, p := range play(t, e, 5, func([]float64) string { return "throw" }) {
			text += fmt.Sprintln(p)
		}
		return text
	}
	one := dreamed(1)
	if again := dreamed(1); one != again {
		t.Errorf("the same seed gives another dream:\n%s\nand then\n%s", one, again)
	}
	if one == dreamed(2) && one == dreamed(3) {
		t.Error("three seeds give one dream")
	}
}

// TestNumericActions reads actions that are numbers as such.
func TestNumericActions(t *testing.T) {
	w := sled()
	for i := range 50 {
		w.actions = append(w.actions, fmt.Sprintf("[%d]", i-25))
	}
	w.actions = w.actions[2:]
	w.step = func(_ *rand.Rand, s []float64, action string, _ int) ([]float64, float64, bool) {
		a, _, _ := gym.ParseNumbers(action)
		return []float64{s[0] + s[1], s[1]*0.9 + a[0]/1000}, -s[0] * s[0], false
	}
	m := learn(t, w.record(40, 5))
	e := begin(t, m, model.Start{Task: gym.Task{Start: &gym.Observation{Text: "[0.1, 0.02]"}}})
	p, err := e.Predict(t.Context(), "[7.5]")
	said, _, _ := gym.ParseNumbers(p.Next.Text)
	if err != nil || math.Abs(said[0]-0.12) > 1e-3 || math.Abs(said[1]-0.0255) > 1e-3 || math.Abs(p.Reward+0.01) > 0.05 { // rewards go down to tens
		t.Errorf("%v with reward %v, %v", said, p.Reward, err)
	}
	if p, _ := e.Predict(t.Context(), "left"); p.Evidence != model.EvidenceNone {
		t.Errorf("a name among numbers: %+v", p)
	}
}

// TestNames takes a single whole number as it is written.
func TestNames(t *testing.T) {
	w := die()
	w.text = func(s []float64) string {
		a := gym.Array{DType: "int64", Shape: []int{}, Data: s}
		return a.String()
	}
	e := begin(t, learn(t, w.record(300, 6)), model.Start{Task: gym.Task{ID: "t2"}})
	p, err := e.Predict(t.Context(), "throw")
	if err != nil || p.Next.Text[:7] != "state s" || len(p.Next.Actions) != 2 || len(p.Transitions) == 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestNothingToGoBy says so where nothing like the state or the action was recorded.
func TestNothingToGoBy(t *testing.T) {
	m := learn(t, sled().record(60, 7))
	e := begin(t, m, model.Start{Task: gym.Task{ID: "t3"}})
	if p, _ := e.Predict(t.Context(), "jump"); p.Evidence != model.EvidenceNone || p.Next.Text != e.First().Next.Text {
		t.Errorf("an action that was never recorded: %+v", p)
	}
	far := begin(t, m, model.Start{Task: gym.Task{Start: &gym.Observation{Text: "[40, 9]"}}})
	if p, _ := far.Predict(t.Context(), "left"); p.Evidence != model.EvidenceNone {
		t.Errorf("a state far from all that was recorded: %+v", p)
	}
	for _, text := range []string{"[1]", "a hill"} {
		if _, err := m.Begin(model.Start{Task: gym.Task{Start: &gym.Observation{Text: text}}}); gym.CodeOf(err) != gym.CodeInsufficientEvidence {
			t.Errorf("a start at %q: %v", text, err)
		}
	}
	e.Observe(model.Outcome{Action: "left", Next: gym.Observation{Text: "gone"}})
	if p, err := e.Predict(t.Context(), "left"); err != nil || p.Evidence != model.EvidenceNone {
		t.Errorf("after a state that is no numbers: %+v, %v", p, err)
	}
}

// TestHopeless refuses where what was recorded tells nothing of what comes.
func TestHopeless(t *testing.T) {
	w := sled()
	w.step = func(r *rand.Rand, s []float64, _ string, _ int) ([]float64, float64, bool) {
		if r.IntN(50) > 0 {
			return s, 0, false
		}
		return []float64{r.Float64(), r.Float64()}, 0, false
	}
	if _, err := learn(t, w.record(60, 8)).Begin(model.Start{Task: gym.Task{ID: "t4"}}); gym.CodeOf(err) != gym.CodeInsufficientEvidence {
		t.Errorf("what cannot be predicted is dreamed: %v", err)
	}
}

// TestCritic holds what another model says of rewards and ends against the recorded steps.
func TestCritic(t *testing.T) {
	m := learn(t, sled().record(60, 10))
	critic := func(text string) model.Critic {
		return begin(t, m, model.Start{Task: gym.Task{Start: &gym.Observation{Text: text}}}).(model.Critic)
	}
	for _, tt := range []struct {
		state  string
		reward float64
		ended  bool
		want   bool
	}{
		{"[0.1, 0.01]", 1, false, true}, {"[0.1, 0.01]", 1, true, false}, {"[0.1, 0.01]", 5, false, false},
		{"[0.95, 0.2]", 1, true, true}, {"[90, 90]", 1, false, true}, {"[90, 90]", 1, true, false},
	} {
		ok, why := critic(tt.state).Supports("right", tt.reward, tt.ended)
		if ok != tt.want || ok != (why == "") {
			t.Errorf("%+v: %t, %q", tt, ok, why)
		}
	}
	o := model.Outcome{Action: "left", Next: gym.Observation{Text: "[0.1, 0]"}}
	if got := critic("[0.1, 0.01]").Actions(o); len(got) != 2 {
		t.Errorf("admissible are %q", got)
	}
	if o.Terminated = true; critic("[0.1, 0.01]").Actions(o) != nil {
		t.Error("actions after an end")
	}
}

// TestNotNumbers leaves words to others.
func TestNotNumbers(t *testing.T) {
	for _, states := range [][2]string{{"You are here.", "[1]"}, {"[1, 2]", "[1]"}, {"", ""}} {
		all := []*experience.Transition{{Episode: "e", State: states[0], Action: "a", Next: states[1]}}
		if Learn(all, nil) != nil {
			t.Errorf("%q is taken for numbers", states)
		}
	}
	if Learn(nil, nil) != nil {
		t.Error("something was learned from nothing")
	}
}

// TestFew dreams after a single step, at the confidence of a guess.
func TestFew(t *testing.T) {
	m := learn(t, []*experience.Transition{{Task: "t", Episode: "e", State: "[1.5]", Action: "a", Next: "[2.5]", Reward: 3}})
	p, err := begin(t, m, model.Start{Task: gym.Task{ID: "t"}}).Predict(t.Context(), "a")
	if err != nil || p.Next.Text != "[2.5]" || p.Reward != 3 || p.Confidence != 0.5 {
		t.Errorf("%+v, %v", p, err)
	}
}

// BenchmarkPredict is a step of a dream over 10,000 transitions.
func BenchmarkPredict(b *testing.B) {
	m := Learn(sled().record(250, 9), nil)
	e, err := m.Begin(model.Start{Task: gym.Task{ID: "t0"}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := e.Predict(b.Context(), "left"); err != nil {
			b.Fatal(err)
		}
	}
}
