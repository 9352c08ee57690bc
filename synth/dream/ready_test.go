package dream_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/synth/dream"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/analogy/testdata/invented"
)

// A reset takes what the model has learned from already and names it; an episode that is
// pinned to that is the same dream, of a model that never learned anything else.
func TestResetTakesWhatIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b, d := workshop()
		first := b.Snapshot().Watermark()
		env := open(t, d, w.Registration(), true)
		play := func(env gym.Env, seed int64) (int64, []string) {
			ts := reset(t, env, w.Train[0], seed)
			return ts.Info[gym.InfoSnapshot].(int64), acts(t, env, ts, seed, func() {})
		}
		if at, _ := play(env, 1); at != first {
			t.Errorf("the first reset rests on %d, want %d", at, first)
		}
		invented.Fill(b, w.Episodes(w.Train, 12, 7, spare()...))
		at, before := play(env, 2)
		if at != first {
			t.Errorf("a reset after growth rests on %d, want what was learned, %d", at, first)
		}
		synctest.Wait() // the next generation is learned
		if at, _ := play(env, 2); at != b.Snapshot().Watermark() {
			t.Errorf("a reset after learning rests on %d, want the newest, %d", at, b.Snapshot().Watermark())
		}
		again := open(t, &dream.Dreamer{Model: analogy.New(), Buffer: d.Buffer}, w.Registration(), true).(pinnable)
		if err := again.Pin(first); err != nil {
			t.Fatal(err)
		}
		if at, after := play(again, 2); at != first || !slices.Equal(before, after) {
			t.Errorf("pinned to %d again, it is another dream, of %d", first, at)
		}
		if err := d.Model.(model.Learner).Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

// BenchmarkResetWhileGrowing is how long resets take while every one of them has an
// episode recorded before it.
func BenchmarkResetWhileGrowing(b *testing.B) {
	for _, n := range []int{3_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := invented.Workshop(max(2, n/1000), 10, 1)
			buffer := experience.NewBuffer(0)
			d := &dream.Dreamer{Model: analogy.New(), Buffer: func(string) *experience.Buffer { return buffer }}
			fill := func(seed int64, tasks []gym.Task) { invented.Fill(buffer, w.Episodes(tasks, 1, seed, spare()...)) }
			for seed := int64(1); buffer.Snapshot().Len() < n; seed++ {
				fill(seed, w.Train[int(seed)%len(w.Train):])
			}
			env := open(b, d, w.Registration(), false)
			reset(b, env, w.Train[0], 0)
			var times []time.Duration
			b.ResetTimer()
			for i := range b.N {
				fill(int64(1e6+i), w.Train[i%len(w.Train):])
				start := time.Now()
				reset(b, env, w.Train[i%len(w.Train)], int64(i))
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(times[len(times)-1].Microseconds()), "max-µs")
		})
	}
}
