package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/rs/zerolog"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// TestFeed holds that a buffer has what ended before it was asked for and what ends later,
// in order of end, and that nothing is read for one that nobody asked for.
func TestFeed(t *testing.T) {
	r := gym.NewRegistry()
	for _, id := range []string{"test/a-v0", "test/b-v0"} {
		open := func(context.Context) (gym.Env, error) { return nil, nil }
		if err := r.Register(gym.Registration{Spec: gym.Spec{ID: id}, Tasks: gym.SeedTasks{Env: id}, Open: open}); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		log, err := episode.Open(t.TempDir(), episode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f := newFeed(0, log, r, zerolog.Nop())
		go f.follow(t.Context())
		for i, env := range []string{"test/a-v0", "test/b-v0", "test/gone-v0", "test/a-v0"} {
			end(t, log, fmt.Sprint("e", i), env, gym.SplitTrain)
		}
		end(t, log, "e4", "test/a-v0", gym.SplitSeen)
		holds(t, f.buffer("test/a-v0"), "e0", "e3")
		end(t, log, "e5", "test/b-v0", gym.SplitTrain)
		end(t, log, "e6", "test/a-v0", gym.SplitTrain)
		synctest.Wait()
		holds(t, f.buffer("test/a-v0"), "e0", "e3", "e6")
		holds(t, f.made("test/b-v0"))
		holds(t, f.buffer("test/b-v0"), "e1", "e5")
		end(t, log, "e7", "test/b-v0", gym.SplitTrain)
		synctest.Wait()
		holds(t, f.buffer("test/b-v0"), "e1", "e5", "e7")
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// end records an episode of one step.
func end(t *testing.T, log *episode.Log, id, env string, split gym.Split) {
	t.Helper()
	h := episode.Header{ID: id, Env: env, Backend: gym.BackendReal, Task: gym.Task{ID: "t", Split: split}}
	err := log.Begin(h, episode.Step{Timestep: gym.Timestep{Observation: gym.Observation{Text: "begun"}}}, nil)
	if err == nil {
		err = log.AppendStep(id, episode.Step{Index: 1, Action: "go", Timestep: gym.Timestep{Terminated: true}}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// holds wants the episodes of a buffer's transitions.
func holds(t *testing.T, b *experience.Buffer, want ...string) {
	t.Helper()
	var got []string
	for one := range b.Snapshot().All() {
		got = append(got, one.Episode)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the buffer holds %v, want %v", got, want)
	}
}
