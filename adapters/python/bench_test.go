package python

import (
	"sync"
	"testing"

	"dreamgym/envserver/gym"
)

// BenchmarkTogether steps 64 environments at once, without a server.
func BenchmarkTogether(b *testing.B) {
	h, err := Parse(`{"id": "CartPole-v1", "observe": "array"}`)
	if err != nil {
		b.Fatal(err)
	}
	r := gym.NewRegistry()
	s, err := Register(r, Config{Interpreter: interpreter(), Envs: []Hosted{h}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	reg, err := r.Find(h.id())
	if err != nil {
		b.Fatal(err)
	}
	envs := make([]gym.Env, 64)
	for i := range envs {
		if envs[i], err = reg.Open(b.Context()); err != nil {
			b.Fatal(err)
		}
		defer envs[i].Close()
		benchReset(b, reg, envs[i], i)
	}
	for b.Loop() {
		var all sync.WaitGroup
		for i, e := range envs {
			all.Go(func() {
				ts, err := e.Step(b.Context(), "1")
				if err != nil {
					b.Error(err)
				} else if ts.Ended() {
					benchReset(b, reg, e, i)
				}
			})
		}
		all.Wait()
	}
	b.ReportMetric(float64(b.N*len(envs))/b.Elapsed().Seconds(), "steps/s")
}

func benchReset(b *testing.B, reg gym.Registration, e gym.Env, seed int) {
	b.Helper()
	task, err := reg.Tasks.At(b.Context(), gym.SplitTrain, seed)
	if err == nil {
		_, err = e.Reset(b.Context(), gym.ResetOptions{Task: task})
	}
	if err != nil {
		b.Error(err)
	}
}
