package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/rs/zerolog"

	"dreamgym/adapters/house"
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
	"dreamgym/synth/experience"
)

// TestDreamConforms holds a dream of every household, over what its scripted policy and
// a random one did, to what is held of the real ones.
func TestDreamConforms(t *testing.T) {
	r := gym.NewRegistry()
	if err := house.Register(r); err != nil {
		t.Fatal(err)
	}
	f := newFeed(0, zerolog.Nop())
	all := r.All()
	for _, reg := range all[1:] { // house/any-v0 has the tasks of the others
		for i := range 30 {
			remember(t, f, reg, i)
		}
	}
	dreamer := newDreamer(f, "analogy")
	for _, reg := range all {
		t.Run(reg.Spec.ID, func(t *testing.T) {
			gymtest.Run(t, gymtest.Config{
				Registration: reg, Backend: gym.BackendDream,
				Open: func(ctx context.Context) (gym.Env, error) { return dreamer.Dream(ctx, reg, false) },
			})
		})
	}
}

// remember plays train task i on the real side, by the scripted policy or at random,
// and adds it to the buffer.
func remember(t *testing.T, f *feed, reg gym.Registration, i int) {
	t.Helper()
	task, err := reg.Tasks.At(t.Context(), gym.SplitTrain, i)
	if err != nil {
		t.Fatal(err)
	}
	policy := reg.Solver(task)
	if i%3 == 0 {
		policy = gymtest.Random(int64(i))
	}
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: task})
	if err != nil {
		t.Fatal(err)
	}
	log := &episode.Episode{Header: episode.Header{ID: fmt.Sprintf("%s-%d", reg.Spec.ID, i), Env: reg.Spec.ID, Task: task}}
	log.Steps = append(log.Steps, episode.Step{Timestep: ts})
	for !ts.Ended() {
		a := policy.Act(ts)
		if ts, err = env.Step(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		log.Steps = append(log.Steps, episode.Step{Index: len(log.Steps), Action: a, Timestep: ts})
	}
	taken := experience.FromLog(log)
	f.buffer(reg.Spec.Buffer()).Add(taken.Steps)
}
