package sites

import (
	"slices"
	"testing"
	"time"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
)

// BenchmarkEnv resets, goes from page to page, and changes filters in place. Aims: reset
// p50 ≤ 35 ms, step p50 ≤ 15 ms from page to page and ≤ 6 ms in place.
func BenchmarkEnv(b *testing.B) {
	_, r := testSuite(b)
	reg := registered(b, r, "sites/shop-v0")
	env := opened(b, reg)
	one := sample(b, reg)[0]
	var resets, pages, places []time.Duration
	for b.Loop() {
		ts := timed(b, &resets, func() (gym.Timestep, error) { return env.Reset(b.Context(), gym.ResetOptions{Task: one}) })
		for _, name := range []string{"Audio", "My orders", "Toys", "Cart (0)", "Kitchen", "Wish list", "Audio"} {
			ts = timed(b, &pages, func() (gym.Timestep, error) { return move1(b, env, ts, task.Press(name, "link")) })
		}
		for _, order := range []string{"Price: low to high", "Newest first", "Customer rating", "Name: A to Z"} {
			ts = timed(b, &places, func() (gym.Timestep, error) { return move1(b, env, ts, task.Choose("Sort by", order)) })
		}
	}
	b.ReportMetric(0, "ns/op")
	for name, list := range map[string][]time.Duration{"reset": resets, "page": pages, "in-place": places} {
		slices.Sort(list)
		b.ReportMetric(float64(list[len(list)/2].Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(list[len(list)*99/100].Microseconds())/1000, name+"-p99-ms")
	}
}

// move1 makes a move of one action.
func move1(b *testing.B, env gym.Env, ts gym.Timestep, m task.Move) (gym.Timestep, error) {
	a, _ := m(task.Read(ts.Observation.Text), 0)
	if a == "" {
		b.Fatalf("the policy is at a loss on\n%s", ts.Observation.Text)
	}
	return env.Step(b.Context(), a)
}

func timed(b *testing.B, took *[]time.Duration, f func() (gym.Timestep, error)) gym.Timestep {
	begun := time.Now()
	ts, err := f()
	*took = append(*took, time.Since(begun))
	if err != nil {
		b.Fatal(err)
	}
	return ts
}
