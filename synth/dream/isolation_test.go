package dream_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/dream"
	"dreamgym/synth/experience"
	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/analogy/testdata/invented"
)

// acts are what one tries in a task: listed actions and others, drawn by a seed.
func acts(t testing.TB, env gym.Env, first gym.Timestep, seed int64, between func()) (trace []string) {
	rng := rand.New(rand.NewPCG(uint64(seed), 2))
	trace = append(trace, written(first))
	offered := first.Observation.Actions
	for range 14 {
		all := append(slices.Clone(offered), spare()...)
		ts, err := env.Step(t.Context(), gym.Action(all[rng.IntN(len(all))]))
		if err != nil {
			t.Errorf("Step: %v", err)
			return trace
		}
		trace = append(trace, written(ts))
		if ts.Ended() {
			return trace
		}
		offered = ts.Observation.Actions
		between()
	}
	return trace
}

// pinnable is the Env of a dream, which can be pinned.
type pinnable interface {
	gym.Env
	Pin(watermark int64) error
}

// A running dream keeps to its snapshot while the buffer grows and evicts, and the same
// episode can be dreamed again afterwards from its watermark.
func TestDreamsKeepToTheirSnapshot(t *testing.T) {
	w := invented.Workshop(2, 6, 1)
	for name, capacity := range map[string]int{"growth": 0, "growth and evictions": 700} {
		b := experience.NewBuffer(capacity)
		invented.Fill(b, w.Episodes(w.Train, 36, 1, spare()...))
		watermark := b.Snapshot().Watermark()
		undisturbed := &dream.Dreamer{Model: analogy.New(), Buffer: func(string) *experience.Buffer { return b }}
		var want [][]string
		for i, task := range w.Train[:4] {
			env := open(t, undisturbed, w.Registration(), true)
			want = append(want, acts(t, env, reset(t, env, task, int64(i)), int64(i), func() {}))
		}
		d := &dream.Dreamer{Model: analogy.New(), Buffer: func(string) *experience.Buffer { return b }}
		grown := int64(100)
		grow := func() {
			grown++
			invented.Fill(b, w.Episodes(w.Train[6:], 1, grown, spare()...))
		}
		for i, task := range w.Train[:4] {
			env, ok := open(t, d, w.Registration(), true).(pinnable)
			if !ok {
				t.Fatal("a dream cannot be pinned")
			}
			if err := env.Pin(watermark); err != nil {
				t.Fatalf("Pin: %v", err)
			}
			if got := acts(t, env, reset(t, env, task, int64(i)), int64(i), grow); !slices.Equal(got, want[i]) {
				t.Errorf("%s: task %s is dreamed otherwise", name, task.ID)
			}
		}
		if now := b.Snapshot(); now.Watermark() == watermark || capacity > 0 && now.Evictions() == 0 {
			t.Errorf("%s: the buffer stands at %d with %d evictions", name, now.Watermark(), now.Evictions())
		}
	}
}

// A pin holds for one reset, and only where there is such a watermark.
func TestPin(t *testing.T) {
	w, b, d := workshop()
	env, ok := open(t, d, w.Registration(), false).(pinnable)
	if !ok {
		t.Fatal("a dream cannot be pinned")
	}
	then := b.Snapshot().Watermark()
	invented.Fill(b, w.Episodes(w.Train, 2, 5))
	for _, bad := range []int64{-1, b.Snapshot().Watermark() + 1} {
		if err := env.Pin(bad); gym.CodeOf(err) != gym.CodeSessionLost {
			t.Errorf("Pin(%d) answers %v, want %s", bad, err, gym.CodeSessionLost)
		}
	}
	if err := env.Pin(then); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{then, b.Snapshot().Watermark()} {
		if got := reset(t, env, w.Train[0], 1).Info[gym.InfoSnapshot]; got != want {
			t.Errorf("reset %d is pinned to %v, want %d", i, got, want)
		}
	}
}

// Many dreams run beside each other and beside the buffer's growth.
func TestDreamsBesideEachOther(t *testing.T) {
	w, b, d := workshop()
	watermark := b.Snapshot().Watermark()
	play := func(i int) []string {
		env, err := d.Dream(t.Context(), w.Registration(), false)
		if err != nil {
			t.Errorf("Dream: %v", err)
			return nil
		}
		defer env.Close()
		if err := env.(pinnable).Pin(watermark); err != nil {
			t.Errorf("Pin: %v", err)
			return nil
		}
		first, err := env.Reset(t.Context(), gym.ResetOptions{Task: w.Train[i], Seed: int64(i)})
		if err != nil {
			t.Errorf("Reset: %v", err)
			return nil
		}
		return acts(t, env, first, int64(i), func() {})
	}
	var alone, together [4][]string
	for i := range alone {
		alone[i] = play(i)
	}
	var group sync.WaitGroup
	for i := range together {
		group.Go(func() { together[i] = play(i) })
	}
	group.Go(func() { invented.Fill(b, w.Episodes(w.Train, 6, 8)) })
	group.Wait()
	for i := range alone {
		if !slices.Equal(alone[i], together[i]) {
			t.Errorf("dream %d differs beside others", i)
		}
	}
}
