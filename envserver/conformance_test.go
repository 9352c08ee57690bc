package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/rs/zerolog"

	"dreamgym/adapters/chrome"
	"dreamgym/adapters/house"
	"dreamgym/adapters/miniwob"
	"dreamgym/adapters/sites"
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/config"
	"dreamgym/synth/dream"
	"dreamgym/synth/experience"
	"dreamgym/synth/model/analogy"
)

// TestHouseholdsConform holds a dream of every household, over what its scripted policy
// and a random one did, and a replay of it, to what is held of the real ones.
func TestHouseholdsConform(t *testing.T) {
	r := gym.NewRegistry()
	if err := house.Register(r); err != nil {
		t.Fatal(err)
	}
	f := newFeed(0, nil, nil, zerolog.Nop())
	all := r.All()
	for _, reg := range all[1:] { // house/any-v0 has the tasks of the others
		var last *episode.Episode
		for i := range 30 {
			last = remember(t, f, reg, i)
		}
		t.Run("replay of "+reg.Spec.ID, func(t *testing.T) { replayConforms(t, reg, last) })
	}
	for _, reg := range all {
		t.Run(reg.Spec.ID, func(t *testing.T) { dreamConforms(t, f, gymtest.Config{Registration: reg}) })
	}
}

// samplePages are pages of each kind, one without a solver among them.
func samplePages() []string {
	return []string{
		"click-tab-2", "email-inbox-forward", "login-user-popup", "guess-number", "social-media-some", "use-slider", "click-shape", "terminal", "count-sides",
	}
}

// TestPagesConform holds a dream and a replay of some pages to what is held of the real
// ones.
func TestPagesConform(t *testing.T) {
	r := gym.NewRegistry()
	suite, err := miniwob.Register(r, miniwob.Config{Seeds: 16})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { suite.Close() })
	for _, name := range samplePages() {
		reg, err := r.Find("miniwob/" + name + "-v0")
		if err != nil {
			t.Fatal(err)
		}
		t.Run(reg.Spec.ID, func(t *testing.T) {
			f := newFeed(0, nil, nil, zerolog.Nop())
			var last *episode.Episode
			for i := range 6 {
				last = remember(t, f, reg, i)
			}
			dreamConforms(t, f, gymtest.Config{Registration: reg, Count: 2, Stall: func(gym.Timestep) gym.Action { return "noop()" }})
			replayConforms(t, reg, last)
		})
	}
}

// TestSitesConform holds a dream and a replay of the sites' tasks to what is held of the
// real ones.
func TestSitesConform(t *testing.T) {
	r := gym.NewRegistry()
	suite, err := sites.Register(r, sites.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { suite.Close() })
	for _, reg := range r.All() {
		t.Run(reg.Spec.ID, func(t *testing.T) {
			f := newFeed(0, nil, nil, zerolog.Nop())
			var last *episode.Episode
			for i := range 12 { // tasks of one form: a dream of another has no evidence
				last = remember(t, f, reg, i)
			}
			dreamConforms(t, f, gymtest.Config{Registration: reg, Count: 1, Stall: func(gym.Timestep) gym.Action { return "noop()" }})
			replayConforms(t, reg, last)
		})
	}
}

// TestViewsConform holds pages that are observed with all views to what is held of others, real,
// dreamed and replayed.
func TestViewsConform(t *testing.T) {
	also, err := chrome.ParseViews([]string{"axtree_txt", "pruned_html", "som", "pages"})
	if err != nil {
		t.Fatal(err)
	}
	r := gym.NewRegistry()
	suite, err := miniwob.Register(r, miniwob.Config{Seeds: 16, Chrome: chrome.Config{Also: also}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { suite.Close() })
	reg, err := r.Find("miniwob/login-user-v0")
	if err != nil {
		t.Fatal(err)
	}
	f := newFeed(0, nil, nil, zerolog.Nop())
	var last *episode.Episode
	for i := range 6 {
		last = remember(t, f, reg, i)
	}
	c := gymtest.Config{Registration: reg, Count: 2, Stall: func(gym.Timestep) gym.Action { return "noop()" }}
	gymtest.Run(t, c)
	dreamConforms(t, f, c)
	replayConforms(t, reg, last)
}

// TestHostedConform holds a dream and a replay of what Python hosts to what is held of the
// real one.
func TestHostedConform(t *testing.T) {
	r := gym.NewRegistry()
	s := config.Server{Python: hostPython(t), PythonPerWorker: 16, PythonEnv: []string{
		`{"id": "FrozenLake-v1", "observe": "text", "rewards": [0, 1]}`, `{"id": "Taxi-v4", "max_steps": 40}`,
		"CartPole-v1", `{"id": "MountainCar-v0", "observe": "both", "max_steps": 30}`, "Blackjack-v1",
	}}
	suite, err := registerHosted(r, s, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { suite.Close() })
	for _, reg := range r.All() {
		t.Run(reg.Spec.ID, func(t *testing.T) {
			f := newFeed(0, nil, nil, zerolog.Nop())
			var last *episode.Episode
			for i := range 20 {
				last = remember(t, f, reg, i)
			}
			dreamConforms(t, f, gymtest.Config{Registration: reg})
			replayConforms(t, reg, last)
		})
	}
}

// dreamConforms tries dreams over what the feed's buffers have.
func dreamConforms(t *testing.T, f *feed, c gymtest.Config) {
	t.Helper()
	embedded := analogy.New()
	t.Cleanup(func() { embedded.Close() })
	dreamer := &dream.Dreamer{Model: embedded, Buffer: f.buffer}
	c.Backend = gym.BackendDream
	c.Open = func(ctx context.Context) (gym.Env, error) { return dreamer.Dream(ctx, c.Registration, false) }
	gymtest.Run(t, c)
}

// replayConforms tries a replay of a recorded episode, driven with its own actions.
func replayConforms(t *testing.T, reg gym.Registration, e *episode.Episode) {
	t.Helper()
	var actions []gym.Action
	for _, s := range e.Steps[1:] {
		actions = append(actions, s.Action)
	}
	gymtest.Run(t, gymtest.Config{
		Registration: reg, Backend: gym.BackendReplay, Resets: []gym.ResetOptions{{Task: e.Header.Task}},
		Open:   func(context.Context) (gym.Env, error) { return backend.NewReplay(reg.Spec, e), nil },
		Policy: func(gym.ResetOptions) gym.Policy { return gymtest.Tape(actions) },
	})
}

// remember plays train task i on the real side, by the scripted policy or at random,
// and adds it to the buffer.
func remember(t *testing.T, f *feed, reg gym.Registration, i int) *episode.Episode {
	t.Helper()
	n, err := reg.Tasks.Len(t.Context(), gym.SplitTrain)
	if err != nil {
		t.Fatal(err)
	}
	task, err := reg.Tasks.At(t.Context(), gym.SplitTrain, i%n)
	if err != nil {
		t.Fatal(err)
	}
	policy := gymtest.Random(int64(i))
	if reg.Solver != nil && i%3 != 0 {
		policy = reg.Solver(task)
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
	return log
}
