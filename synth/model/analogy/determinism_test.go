package analogy_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/analogy/testdata/invented"
)

// dreamed plays a task in the dream by listed actions drawn at random, and now and then
// one that is not listed, and answers every prediction, written out.
func dreamed(t testing.TB, m model.Model, s model.Start, steps int) []string {
	d, err := m.Begin(t.Context(), s)
	if err != nil {
		t.Errorf("Begin: %v", err)
		return nil
	}
	rng := rand.New(rand.NewPCG(uint64(s.Seed), 5))
	now := d.First()
	trace := []string{written(t, now)}
	for range steps {
		all := append([]string{"latch bench 1", "xyzzy"}, now.Next.Actions...)
		action := all[rng.IntN(len(all))]
		p, err := d.Predict(t.Context(), action)
		if err != nil {
			t.Errorf("Predict %q: %v", action, err)
			return nil
		}
		trace = append(trace, action+" "+written(t, p))
		if p.Terminated {
			break
		}
		d.Observe(model.Outcome{Action: action, Next: p.Next, Reward: p.Reward, Terminated: p.Terminated})
		if !p.Invalid {
			now = p
		}
	}
	return trace
}

func written(t testing.TB, p model.Prediction) string {
	b, err := json.Marshal(p)
	if err != nil {
		t.Errorf("a prediction cannot be written: %v", err)
	}
	return string(b)
}

// starts are dreams of recorded and of unrecorded tasks.
func starts(w *invented.World, s *experience.Snapshot) []model.Start {
	var all []model.Start
	for i, task := range append(append([]gym.Task{}, w.Train[:6]...), w.Unseen[:3]...) {
		all = append(all, model.Start{Spec: w.Spec, Task: task, Seed: int64(i), Experience: s})
	}
	return all
}

func wantSame(t *testing.T, what string, want, got []string) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%s: %d predictions, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if want[i] != got[i] {
			t.Errorf("%s: prediction %d differs\n one %s\n two %s", what, i, want[i], got[i])
			return
		}
	}
}

func TestSameDreamByteForByte(t *testing.T) {
	w := invented.Workshop(4, 6, 1)
	b := experience.NewBuffer(0)
	invented.Fill(b, w.Episodes(w.Train, 60, 1, spare()...))
	pinned := b.Snapshot()
	first := analogy.New()
	var want [][]string
	for _, s := range starts(w, pinned) {
		want = append(want, dreamed(t, first, s, 25))
	}
	compare := func(what string, m model.Model, at *experience.Snapshot) {
		t.Helper()
		for i, s := range starts(w, at) {
			wantSame(t, fmt.Sprintf("%s, task %s", what, s.Task.ID), want[i], dreamed(t, m, s, 25))
		}
	}
	compare("the same model again", first, pinned)
	for range 3 {
		compare("another model", analogy.New(), pinned)
	}
	invented.Fill(b, w.Episodes(w.Train, 30, 9, spare()...))
	analogy.New().Begin(t.Context(), model.Start{Spec: w.Spec, Task: w.Train[0], Experience: b.Snapshot()})
	compare("the buffer has grown", first, pinned)
	compare("the buffer has grown, another model", analogy.New(), pinned)
	again, err := b.AtWatermark(pinned.Watermark())
	if err != nil {
		t.Fatal(err)
	}
	compare("the watermark pinned again", analogy.New(), again)
	other := experience.NewBuffer(0)
	invented.Fill(other, w.Episodes(w.Train, 60, 1, spare()...))
	compare("another buffer of the same recordings", analogy.New(), other.Snapshot())
}

func TestManyDreamersAtOnce(t *testing.T) {
	w := invented.Workshop(3, 6, 1)
	b := experience.NewBuffer(0)
	invented.Fill(b, w.Episodes(w.Train, 24, 1, spare()...))
	pinned := b.Snapshot()
	all := starts(w, pinned)
	want := make([][]string, len(all))
	alone := analogy.New()
	for i, s := range all {
		want[i] = dreamed(t, alone, s, 12)
	}
	shared := analogy.New()
	var group sync.WaitGroup
	group.Go(func() { invented.Fill(b, w.Episodes(w.Train, 12, 4, spare()...)) })
	for i, s := range all {
		for range 2 {
			group.Go(func() { wantSame(t, "beside others, task "+s.Task.ID, want[i], dreamed(t, shared, s, 12)) })
		}
	}
	group.Wait()
}

func TestPredictChangesNothing(t *testing.T) {
	w := invented.Workshop(2, 4, 1)
	b := experience.NewBuffer(0)
	invented.Fill(b, w.Episodes(w.Train, 16, 1, spare()...))
	d, err := analogy.New().Begin(t.Context(), model.Start{Spec: w.Spec, Task: w.Train[0], Experience: b.Snapshot()})
	if err != nil {
		t.Fatal(err)
	}
	predict := func(action string) string {
		p, err := d.Predict(t.Context(), action)
		if err != nil {
			t.Fatal(err)
		}
		return written(t, p)
	}
	before := map[string]string{}
	for range 2 {
		for _, a := range append(d.First().Next.Actions, "xyzzy", "latch bench 1") {
			if now := predict(a); before[a] != "" && before[a] != now {
				t.Errorf("%q is predicted differently after other predictions\n one %s\n two %s", a, before[a], now)
			} else {
				before[a] = now
			}
		}
	}
}
