package dream_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
	"dreamgym/synth/dream"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/analogy/testdata/invented"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func spare() []string { return []string{"latch bench 1", "unlatch crate 1"} }

// workshop is an invented environment, recorded, and a dreamer of it.
func workshop() (*invented.World, *experience.Buffer, *dream.Dreamer) {
	w := invented.Workshop(2, 6, 1)
	b := experience.NewBuffer(0)
	invented.Fill(b, w.Episodes(w.Train, 36, 1, spare()...))
	return w, b, &dream.Dreamer{Model: analogy.New(), Buffer: func(string) *experience.Buffer { return b }}
}

func open(t testing.TB, d *dream.Dreamer, reg gym.Registration, reasoning bool) gym.Env {
	t.Helper()
	env, err := d.Dream(t.Context(), reg, reasoning)
	if err != nil {
		t.Fatalf("Dream: %v", err)
	}
	t.Cleanup(func() {
		if err := env.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return env
}

func reset(t testing.TB, env gym.Env, task gym.Task, seed int64) gym.Timestep {
	t.Helper()
	ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: task, Seed: seed})
	if err != nil {
		t.Fatalf("Reset of %s: %v", task.ID, err)
	}
	return ts
}

func step(t testing.TB, env gym.Env, a string) gym.Timestep {
	t.Helper()
	ts, err := env.Step(t.Context(), gym.Action(a))
	if err != nil {
		t.Fatalf("Step %q: %v", a, err)
	}
	return ts
}

func TestConformance(t *testing.T) {
	w, _, d := workshop()
	reg := w.Registration()
	gymtest.Run(t, gymtest.Config{
		Registration: reg, Backend: gym.BackendDream,
		Open: func(ctx context.Context) (gym.Env, error) { return d.Dream(ctx, reg, false) },
	})
}

// The invented environment is an Env like any other: what is measured against it is too.
func TestInventedConforms(t *testing.T) {
	gymtest.Run(t, gymtest.Config{Registration: invented.Workshop(2, 6, 1).Registration()})
}

func TestConformanceOfAnUnseenScene(t *testing.T) {
	w, _, d := workshop()
	reg := w.Registration()
	gymtest.Run(t, gymtest.Config{
		Registration: reg, Backend: gym.BackendDream, Split: gym.SplitUnseen,
		Open: func(ctx context.Context) (gym.Env, error) { return d.Dream(ctx, reg, true) },
	})
}

func TestInfo(t *testing.T) {
	w, b, d := workshop()
	for _, reasoning := range []bool{false, true} {
		env := open(t, d, w.Registration(), reasoning)
		first := reset(t, env, w.Train[0], 1)
		if got := first.Info[gym.InfoSnapshot]; got != b.Snapshot().Watermark() {
			t.Errorf("info.snapshot is %v, want %d", got, b.Snapshot().Watermark())
		}
		later := step(t, env, "walk over to bench 1")
		always := []string{gym.InfoBackend, gym.InfoConfidence, gym.InfoEvidence, gym.InfoModel}
		if reasoning {
			always = append(always, gym.InfoReasoning)
		}
		wantKeys(t, "a step", later.Info, always)
		wantKeys(t, "the first timestep", first.Info, append(always, gym.InfoTask, gym.InfoSplit, gym.InfoScene, gym.InfoSeedHonoured, gym.InfoSnapshot))
		evidence, _ := later.Info[gym.InfoEvidence].([]string)
		if len(evidence) == 0 || !strings.Contains(evidence[0], "#") {
			t.Errorf("info.evidence is %v", later.Info[gym.InfoEvidence])
		}
		if text, _ := later.Info[gym.InfoReasoning].(string); reasoning && !strings.Contains(text, "walk over to bench 1") {
			t.Errorf("the reasoning is %q", text)
		}
	}
}

func wantKeys(t *testing.T, what string, info gym.Info, want []string) {
	t.Helper()
	var got []string
	for k := range info {
		got = append(got, k)
	}
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s has info %q, want %q", what, got, want)
	}
}

// Where nothing fits, the episode is truncated without a reward, whatever the model says
// of reward and end.
func TestNothingToGoBy(t *testing.T) {
	tests := []struct {
		name         string
		p            model.Prediction
		truncated    bool
		terminated   bool
		reward       float64
		stop         any
		stillRunning bool
	}{
		{"evidence", model.Prediction{Evidence: model.EvidenceScene, Reward: 0}, false, false, 0, nil, true},
		{"a win", model.Prediction{Evidence: model.EvidenceSame, Reward: 1, Terminated: true}, false, true, 1, nil, false},
		{"none", model.Prediction{Evidence: model.EvidenceNone, Reward: 1, Terminated: true}, true, false, 0, gym.StopInsufficientEvidence, false},
		{"none, but it is known to be impossible", model.Prediction{Evidence: model.EvidenceNone, Invalid: true}, false, false, 0, nil, true},
	}
	for _, test := range tests {
		env := open(t, dreamerOf(script{test.p}), gym.Registration{Spec: gym.Spec{ID: "invented/script-v0", MaxSteps: 5, Rewards: []float64{0, 1}}}, false)
		reset(t, env, gym.Task{ID: "t"}, 1)
		ts := step(t, env, "act")
		if ts.Truncated != test.truncated || ts.Terminated != test.terminated || ts.Reward != test.reward || ts.Info[gym.InfoStop] != test.stop {
			t.Errorf("%s: truncated %t, terminated %t, reward %v, stop %v", test.name, ts.Truncated, ts.Terminated, ts.Reward, ts.Info[gym.InfoStop])
		}
		_, err := env.Step(t.Context(), "act")
		if running := gym.CodeOf(err) == ""; running != test.stillRunning || !running && gym.CodeOf(err) != gym.CodeResetRequired {
			t.Errorf("%s: another step answers %v", test.name, err)
		}
	}
}

// script is a model that predicts one thing after another, and the last for ever.
type script []model.Prediction

func (s script) Name() string { return "script/1" }

func (s script) Begin(context.Context, model.Start) (model.Episode, error) {
	return &scripted{left: s}, nil
}

type scripted struct{ left script }

func (s *scripted) First() model.Prediction { return model.Prediction{Evidence: model.EvidenceSame} }

func (s *scripted) Predict(context.Context, string) (model.Prediction, error) { return s.left[0], nil }

func (s *scripted) Observe(model.Outcome) {
	if len(s.left) > 1 {
		s.left = s.left[1:]
	}
}

func dreamerOf(m model.Model) *dream.Dreamer {
	b := experience.NewBuffer(0)
	return &dream.Dreamer{Model: m, Buffer: func(string) *experience.Buffer { return b }}
}

// The step limit is the Spec's; an end that comes with it is the task's own.
func TestStepLimit(t *testing.T) {
	on, won := model.Prediction{Evidence: model.EvidenceSame}, model.Prediction{Evidence: model.EvidenceSame, Reward: 1, Terminated: true}
	reg := gym.Registration{Spec: gym.Spec{ID: "invented/script-v0", MaxSteps: 2}}
	for name, second := range map[string]model.Prediction{"goes on": on, "ends": won} {
		env := open(t, dreamerOf(script{on, second}), reg, false)
		reset(t, env, gym.Task{ID: "t"}, 1)
		if ts := step(t, env, "act"); ts.Ended() {
			t.Errorf("%s: the first of two steps ends the episode", name)
		}
		ts := step(t, env, "act")
		limited := ts.Truncated && !ts.Terminated && ts.Info[gym.InfoStop] == gym.StopStepLimit
		if ended := ts.Terminated && !ts.Truncated && ts.Reward == 1; limited == second.Terminated || ended != second.Terminated {
			t.Errorf("%s: at the limit it is %+v", name, ts)
		}
	}
}

// What a Spec does not promise is the model's mistake, and no timestep.
func TestPredictionsAreHeldAgainstTheSpec(t *testing.T) {
	tests := []struct {
		name string
		p    model.Prediction
		code gym.Code
	}{
		{"a reward that is not declared", model.Prediction{Evidence: model.EvidenceSame, Reward: 0.5}, gym.CodeInternal},
		{"a reward that is no number", model.Prediction{Evidence: model.EvidenceSame, Reward: math.NaN()}, gym.CodeInternal},
		{"a long text", model.Prediction{Evidence: model.EvidenceSame, Next: gym.Observation{Text: strings.Repeat("x", 11)}}, gym.CodeTooLarge},
	}
	for _, test := range tests {
		env := open(t, dreamerOf(script{test.p}), gym.Registration{Spec: gym.Spec{ID: "invented/script-v0", MaxText: 10, Rewards: []float64{0, 1}}}, false)
		reset(t, env, gym.Task{ID: "t"}, 1)
		if _, err := env.Step(t.Context(), "act"); gym.CodeOf(err) != test.code {
			t.Errorf("%s: Step answers %v, want %s", test.name, err, test.code)
		}
		if _, err := env.Step(t.Context(), "act"); gym.CodeOf(err) != gym.CodeResetRequired {
			t.Errorf("%s: the step after answers %v, want %s", test.name, err, gym.CodeResetRequired)
		}
	}
}

func TestMisuse(t *testing.T) {
	w, _, d := workshop()
	env := open(t, d, w.Registration(), false)
	if _, err := env.Step(t.Context(), "pockets"); gym.CodeOf(err) != gym.CodeResetRequired {
		t.Errorf("Step before Reset answers %v", err)
	}
	reset(t, env, w.Train[0], 1)
	if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: gym.Task{ID: "says nothing"}}); gym.CodeOf(err) != gym.CodeInsufficientEvidence {
		t.Errorf("Reset to what was never recorded answers %v", err)
	}
	if _, err := env.Step(t.Context(), "pockets"); gym.CodeOf(err) != gym.CodeResetRequired {
		t.Errorf("Step after a Reset that failed answers %v", err)
	}
	if err := env.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: w.Train[0]}); err == nil {
		t.Errorf("Reset after Close succeeds")
	}
}

// An empty buffer dreams nothing, at any reset.
func TestEmptyBuffer(t *testing.T) {
	w := invented.Workshop(2, 6, 1)
	env := open(t, dreamerOf(analogy.New()), w.Registration(), false)
	for _, task := range w.Train {
		if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: task}); gym.CodeOf(err) != gym.CodeInsufficientEvidence {
			t.Errorf("Reset of %s answers %v, want %s", task.ID, err, gym.CodeInsufficientEvidence)
		}
	}
}

// evaluated is a recorded episode as the log of an evaluation has it.
func evaluated(e *experience.Episode) *episode.Episode {
	log := &episode.Episode{
		Header: episode.Header{ID: "evaluation", Backend: gym.BackendReal, Evaluation: true, Task: gym.Task{ID: e.Task, Goal: e.Goal, Scene: e.Scene, Split: e.Split}},
		Steps:  []episode.Step{{Timestep: gym.Timestep{Observation: e.Start()}}},
		End:    &episode.End{Reason: episode.Terminated},
	}
	for i := range e.Steps {
		tr := &e.Steps[i]
		log.Steps = append(log.Steps, episode.Step{Index: i + 1, Action: gym.Action(tr.Action), Timestep: gym.Timestep{
			Observation: gym.Observation{Text: tr.Next, Actions: tr.NextActions}, Reward: tr.Reward, Terminated: tr.Terminated,
		}})
	}
	return log
}

// A dream rests on the buffer alone: an evaluation that was recorded beside it leaves
// no trace.
func TestEvaluationsAreNotDreamedFrom(t *testing.T) {
	w, b, d := workshop()
	eval := w.Episodes(w.Unseen, 4, 7, spare()...)
	play := func() (trace []string) {
		env := open(t, d, w.Registration(), true)
		for i, task := range w.Unseen[:2] {
			ts := reset(t, env, task, int64(i))
			trace = append(trace, written(ts))
			for _, a := range []string{"walk over to crate 1", "unlatch crate 1", "walk over to bench 1", "pockets"} {
				trace = append(trace, written(step(t, env, a)))
			}
		}
		return trace
	}
	before := play()
	for i := range eval {
		if n := b.AddLog(evaluated(&eval[i])); n != 0 {
			t.Errorf("the buffer took %d transitions of an evaluation", n)
		}
	}
	if after := play(); !slices.Equal(before, after) {
		t.Errorf("a dream differs once evaluations were recorded:\n%q\n%q", before, after)
	}
}

func written(ts gym.Timestep) string { return fmt.Sprintf("%+v", ts) }

// An action of which the recordings tell nothing ends the dream, without a reward.
func TestInsufficientEvidenceInMidEpisode(t *testing.T) {
	w := invented.Gauge()
	b := experience.NewBuffer(0)
	invented.Fill(b, w.Episodes(w.Train, 20, 1, "crank", "spin"))
	env := open(t, &dream.Dreamer{Model: analogy.New(), Buffer: func(string) *experience.Buffer { return b }}, w.Registration(), false)
	reset(t, env, w.Train[0], 1)
	if ts := step(t, env, "crank"); ts.Ended() {
		t.Errorf("what was recorded ends the dream: %+v", ts)
	}
	ts := step(t, env, "polish the brass")
	if !ts.Truncated || ts.Terminated || ts.Reward != 0 || ts.Info[gym.InfoStop] != gym.StopInsufficientEvidence {
		t.Errorf("what was never recorded leads to %+v", ts)
	}
	if _, err := env.Step(t.Context(), "crank"); gym.CodeOf(err) != gym.CodeResetRequired {
		t.Errorf("Step after it answers %v", err)
	}
}

// TestViewsAreNull: what only a real page can show is null in a dream, and is there.
func TestViewsAreNull(t *testing.T) {
	w, _, d := workshop()
	reg := w.Registration()
	reg.Spec.Views = []string{"axtree_txt", gym.ViewScreenshot}
	env, err := d.Dream(t.Context(), reg, false)
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	task, err := reg.Tasks.At(t.Context(), gym.SplitTrain, 0)
	if err != nil {
		t.Fatal(err)
	}
	ts := reset(t, env, task, 1)
	for range 2 {
		if tree, there := ts.Observation.Extra["axtree_txt"]; !there || tree != nil || len(ts.Observation.Extra) != 1 || ts.Observation.Image != nil {
			t.Errorf("extra %v", ts.Observation.Extra)
		}
		ts = step(t, env, ts.Observation.Actions[0])
	}
}

// Where nothing declares a limit of steps, a dream ends where every recording was cut.
func TestLimitOfRecordings(t *testing.T) {
	b := experience.NewBuffer(0)
	for i := range 6 {
		var ts []experience.Transition
		for step := range 3 {
			ts = append(ts, experience.Transition{Task: "t", Scene: "s", Episode: fmt.Sprint(i), Step: step, State: "The lamp is on.", Action: "wait", Next: "The lamp is on.", Truncated: step == 2})
		}
		b.Add(ts)
	}
	d := &dream.Dreamer{Model: analogy.New(), Buffer: func(string) *experience.Buffer { return b }}
	env := open(t, d, gym.Registration{Spec: gym.Spec{ID: "test/lamp-v0", Rewards: []float64{0}}}, false)
	reset(t, env, gym.Task{ID: "t", Scene: "s"}, 1)
	for range 2 {
		if ts := step(t, env, "wait"); ts.Ended() {
			t.Fatalf("ended early: %+v", ts)
		}
	}
	if ts := step(t, env, "wait"); !ts.Truncated || ts.Info[gym.InfoStop] != gym.StopStepLimit {
		t.Errorf("went on: %+v", ts)
	}
}
