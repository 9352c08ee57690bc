package analogy_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"dreamgym/synth/experience"
	"dreamgym/synth/model"
	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/analogy/testdata/invented"
)

// filled is a buffer of at least n transitions of a workshop, of about a hundred tasks
// for every ten thousand.
func filled(n int) (*invented.World, *experience.Buffer) {
	w := invented.Workshop(max(2, n/1000), 10, 1)
	b := experience.NewBuffer(0)
	for seed := int64(1); b.Snapshot().Len() < n; seed++ {
		invented.Fill(b, w.Episodes(w.Train, min(len(w.Train), 1+(n-b.Snapshot().Len())/20), seed, spare()...))
	}
	return w, b
}

// BenchmarkPredict is a step of a dream: the prediction, with its admissible actions, and
// taking it in.
func BenchmarkPredict(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			if n > 10_000 && testing.Short() {
				b.Skip("a buffer of this size takes long to learn from")
			}
			w, buffer := filled(n)
			r := &recorded{world: w, buffer: buffer}
			held := w.Episodes(w.Train, 20, 99, spare()...)
			m := analogy.New()
			r.begin(b, m, w.Train[0], 0)
			var times []time.Duration
			b.ResetTimer()
			for i := 0; i < b.N; {
				e := &held[i%len(held)]
				d := r.begin(b, m, e.Restart(), 0)
				for j := range e.Steps {
					start := time.Now()
					p := predict(b, d, e.Steps[j].Action)
					d.Observe(model.Outcome{Action: e.Steps[j].Action, Next: p.Next, Reward: p.Reward, Terminated: p.Terminated})
					times = append(times, time.Since(start))
					i++
				}
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkLearn is what learning a whole buffer costs for every thousand transitions.
func BenchmarkLearn(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w, buffer := filled(n)
			r := &recorded{world: w, buffer: buffer}
			for b.Loop() {
				r.begin(b, analogy.New(), w.Train[0], 0)
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/(float64(buffer.Snapshot().Len())/1000), "ms/1k")
		})
	}
}
