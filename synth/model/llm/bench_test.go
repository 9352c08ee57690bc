package llm_test

import (
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/dream"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
	"dreamgym/synth/experience"
	"dreamgym/synth/model/analogy/testdata/invented"
	"dreamgym/synth/model/llm"
)

// BenchmarkStep is a step with an endpoint that answers at once.
func BenchmarkStep(b *testing.B) {
	w, buffer := invented.Workshop(20, 6, 1), experience.NewBuffer(0)
	invented.Fill(buffer, w.Episodes(w.Train, 250, 1))
	b.Logf("%d transitions", buffer.Snapshot().Len())
	s := endpointtest.New(b)
	s.Always(endpointtest.SayTo(echo))
	store, err := endpoint.OpenStore(b.Context(), b.TempDir()+"/answers.db")
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	client, err := endpoint.New(endpoint.Options{URL: s.URL, Model: "tiny", Store: store})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	d := &dream.Dreamer{Model: llm.New(client, embedded(), llm.Options{Temperature: 1}), Buffer: func(string) *experience.Buffer { return buffer }}
	env, err := d.Dream(b.Context(), w.Registration(), false)
	if err != nil {
		b.Fatal(err)
	}
	defer env.Close()
	var ts gym.Timestep
	seed := int64(0)
	for b.Loop() {
		if len(ts.Observation.Actions) == 0 || ts.Ended() {
			b.StopTimer()
			seed++
			if ts, err = env.Reset(b.Context(), gym.ResetOptions{Task: w.Train[0], Seed: seed}); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		if ts, err = env.Step(b.Context(), gym.Action(ts.Observation.Actions[0])); err != nil {
			b.Fatal(err)
		}
	}
}
