package house

import (
	"math/rand/v2"
	"testing"

	"dreamgym/envserver/gym"
)

// BenchmarkStep steps at random over all tasks, resets included.
func BenchmarkStep(b *testing.B) {
	reg := registration(b, "house/any-v0")
	ctx := b.Context()
	e, err := reg.Open(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	rng := rand.New(rand.NewPCG(1, 1))
	task, ts := 0, gym.Timestep{Truncated: true}
	for b.Loop() {
		if ts.Ended() {
			t, err := reg.Tasks.At(ctx, gym.SplitTrain, task%1000)
			if err != nil {
				b.Fatal(err)
			}
			task++
			if ts, err = e.Reset(ctx, gym.ResetOptions{Task: t}); err != nil {
				b.Fatal(err)
			}
		}
		all := ts.Observation.Actions
		if ts, err = e.Step(ctx, gym.Action(all[rng.IntN(len(all))])); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
}
