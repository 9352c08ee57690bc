package backend_test

import (
	"context"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"dreamgym/adapters/house"
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
	"dreamgym/envserver/internal/backend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// registration is a household.
func registration(t *testing.T) gym.Registration {
	t.Helper()
	r := gym.NewRegistry()
	must(t, house.Register(r))
	reg, err := r.Find("house/heat-and-place-v0")
	must(t, err)
	return reg
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// record plays an episode of a task on the real side.
func record(t *testing.T, reg gym.Registration, o gym.ResetOptions, p gym.Policy) *episode.Episode {
	t.Helper()
	env, err := reg.Open(t.Context())
	must(t, err)
	defer env.Close()
	e := &episode.Episode{Header: episode.Header{ID: "e1", Env: reg.Spec.ID, Backend: gym.BackendReal, Task: o.Task, Seed: o.Seed}}
	ts, err := env.Reset(t.Context(), o)
	must(t, err)
	e.Steps = append(e.Steps, episode.Step{Timestep: ts})
	for !ts.Ended() {
		a := p.Act(ts)
		ts, err = env.Step(t.Context(), a)
		must(t, err)
		e.Steps = append(e.Steps, episode.Step{Index: len(e.Steps), Action: a, Timestep: ts})
	}
	return e
}

func actions(e *episode.Episode) []gym.Action {
	var all []gym.Action
	for _, s := range e.Steps[1:] {
		all = append(all, s.Action)
	}
	return all
}

// TestReplayConforms drives replays with their recorded actions: one that was won, and
// one that ran out of steps.
func TestReplayConforms(t *testing.T) {
	reg := registration(t)
	for name, policy := range map[string]func(gym.Task) gym.Policy{
		"won":       reg.Solver,
		"truncated": func(gym.Task) gym.Policy { return gymtest.Random(3) },
	} {
		t.Run(name, func(t *testing.T) {
			task, err := reg.Tasks.At(t.Context(), gym.SplitSeen, 2)
			must(t, err)
			o := gym.ResetOptions{Task: task, Seed: 7}
			e := record(t, reg, o, policy(task))
			gymtest.Run(t, gymtest.Config{
				Registration: reg, Backend: gym.BackendReplay, Resets: []gym.ResetOptions{o}, Split: gym.SplitSeen,
				Open:   func(context.Context) (gym.Env, error) { return backend.NewReplay(reg.Spec, e), nil },
				Policy: func(gym.ResetOptions) gym.Policy { return gymtest.Tape(actions(e)) },
			})
		})
	}
}

func TestReplayDiverges(t *testing.T) {
	reg := registration(t)
	task, err := reg.Tasks.At(t.Context(), gym.SplitTrain, 0)
	must(t, err)
	e := record(t, reg, gym.ResetOptions{Task: task}, reg.Solver(task))
	cut := *e
	cut.Steps = e.Steps[:2]
	for name, c := range map[string]struct {
		episode *episode.Episode
		say     []gym.Action
		want    gym.Code
	}{
		"another action": {e, []gym.Action{"dance"}, gym.CodeDiverged},
		"past its end":   {&cut, []gym.Action{e.Steps[1].Action, e.Steps[2].Action}, gym.CodeDiverged},
		"empty action":   {e, []gym.Action{" "}, gym.CodeInvalidAction},
	} {
		env := backend.NewReplay(reg.Spec, c.episode)
		if _, err := env.Reset(t.Context(), gym.ResetOptions{}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var err error
		for _, a := range c.say {
			_, err = env.Step(t.Context(), a)
		}
		if gym.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	other, err := reg.Tasks.At(t.Context(), gym.SplitTrain, 1)
	must(t, err)
	if _, err := backend.NewReplay(reg.Spec, e).Reset(t.Context(), gym.ResetOptions{Task: other}); gym.CodeOf(err) != gym.CodeUnknownTask {
		t.Errorf("a replay of another task: %v", err)
	}
	if r := e.Steps[0].Timestep.Info[gym.InfoBackend]; r != "real" {
		t.Errorf("the recording was changed: its backend is %v", r)
	}
}

// library is recordings of a test.
type library map[string]*episode.Episode

func (l library) Episode(_ context.Context, id string) (*episode.Episode, error) {
	if e := l[id]; e != nil {
		return e, nil
	}
	return nil, gym.Errorf(gym.CodeUnknownEpisode, "there is no episode %q", id)
}

func TestResolver(t *testing.T) {
	reg := registration(t)
	missing := reg
	missing.Ready = func() error { return gym.Errorf(gym.CodeNotAvailable, "Chrome is missing") }
	only := reg
	only.Spec.DreamOnly, only.Open = true, nil
	other := &episode.Episode{Header: episode.Header{ID: "e2", Env: "house/any-v0"}}
	full := &backend.Resolver{Recordings: library{"e2": other}}
	none := &backend.Resolver{}

	if got := full.Backends(reg); !slices.Equal(got, []string{"real", "replay"}) {
		t.Errorf("backends: %v", got)
	}
	if got := none.Backends(missing); len(got) != 0 {
		t.Errorf("backends of what is not ready: %v", got)
	}
	if backend.Default(only) != gym.BackendDream || backend.Default(reg) != gym.BackendReal {
		t.Error("an import is dreamed, anything else is real, by default")
	}
	for name, c := range map[string]struct {
		r      *backend.Resolver
		reg    gym.Registration
		choice backend.Choice
		want   gym.Code
	}{
		"real":              {full, reg, backend.Choice{Backend: gym.BackendReal}, ""},
		"not ready":         {full, missing, backend.Choice{Backend: gym.BackendReal}, gym.CodeNotAvailable},
		"no real side":      {full, only, backend.Choice{Backend: gym.BackendReal}, gym.CodeNotAvailable},
		"no model":          {full, reg, backend.Choice{Backend: gym.BackendDream}, gym.CodeNotAvailable},
		"no recordings":     {none, reg, backend.Choice{Backend: gym.BackendReplay}, gym.CodeNotAvailable},
		"no such recording": {full, reg, backend.Choice{Backend: gym.BackendReplay, Source: "e9"}, gym.CodeUnknownEpisode},
		"another's episode": {full, reg, backend.Choice{Backend: gym.BackendReplay, Source: "e2"}, gym.CodeUnknownEpisode},
		"mixed, not yet":    {full, reg, backend.Choice{Backend: "mixed:0.9"}, gym.CodeNotAvailable},
		"shadow, not yet":   {full, reg, backend.Choice{Backend: gym.BackendShadow}, gym.CodeNotAvailable},
	} {
		env, err := c.r.Open(t.Context(), c.reg, c.choice)
		if gym.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if env != nil {
			env.Close()
		}
	}
}
