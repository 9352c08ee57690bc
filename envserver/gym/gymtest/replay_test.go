package gymtest

import (
	"context"
	"maps"
	"testing"

	"dreamgym/envserver/gym"
)

// recording is an Env that plays recorded episodes again, by task.
type recording struct {
	episodes map[string][]moment
	left     []moment // of the running episode
}

func (r *recording) Reset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	r.left = nil
	if err := ctx.Err(); err != nil {
		return gym.Timestep{}, gym.AsError(err)
	}
	episode, ok := r.episodes[o.Task.ID]
	if !ok {
		return gym.Timestep{}, gym.Errorf(gym.CodeUnknownEpisode, "no episode of this task")
	}
	r.left = episode[1:]
	return replayed(episode[0].ts), nil
}

func (r *recording) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	if len(r.left) == 0 {
		return gym.Timestep{}, gym.Errorf(gym.CodeResetRequired, "reset first")
	}
	if err := fakeSpec().CheckAction(a); err != nil {
		return gym.Timestep{}, err
	}
	next := r.left[0]
	r.left = r.left[1:]
	if err := ctx.Err(); err != nil {
		return gym.Timestep{}, gym.AsError(err)
	}
	if next.action != a {
		r.left = nil
		return gym.Timestep{}, gym.Errorf(gym.CodeDiverged, "the recorded action is %q", next.action)
	}
	return replayed(next.ts), nil
}

func (r *recording) Close() error {
	r.left = nil
	return nil
}

// replayed copies a recorded timestep and says where it is from.
func replayed(ts gym.Timestep) gym.Timestep {
	ts.Info = maps.Clone(ts.Info)
	ts.Info[gym.InfoBackend] = string(gym.BackendReplay)
	ts.Observation.Actions = append([]string(nil), ts.Observation.Actions...)
	return ts
}

// replayConfig records episodes of the fake and tries their replay.
func replayConfig(t *testing.T) Config {
	c := fakeConfig(func() gym.Env { return &fake{} })
	episodes, tapes := make(map[string][]moment), make(map[string][]gym.Action)
	for i, o := range c.withDefaults().resets(t) {
		policy := gym.Policy(script("add"))
		if i%2 == 1 {
			policy = script("wait")
		}
		trace := open(t, c.withDefaults()).play(o, policy, fakeLimit)
		episodes[o.Task.ID], tapes[o.Task.ID] = trace, actions(trace)
		c.Resets = append(c.Resets, o)
	}
	c.Backend = gym.BackendReplay
	c.Open = func(context.Context) (gym.Env, error) { return &recording{episodes: episodes}, nil }
	c.Policy = func(o gym.ResetOptions) gym.Policy { return Tape(tapes[o.Task.ID]) }
	c.Stall = nil
	return c
}

func TestSoundReplay(t *testing.T) { Run(t, replayConfig(t)) }

// TestReplayHasToDiverge wants a replay that takes any action to be caught.
func TestReplayHasToDiverge(t *testing.T) {
	c := replayConfig(t)
	lenient := c.Open
	c.Open = func(ctx context.Context) (gym.Env, error) {
		env, err := lenient(ctx)
		return anyAction{env.(*recording)}, err
	}
	if r := try(t.Context(), checkNamed(t, "unknown_actions"), c); !r.mentions("diverged") {
		t.Errorf("the check reports %q", r.faults)
	}
}

// anyAction is a replay that does not look at what it is told.
type anyAction struct{ *recording }

func (e anyAction) Step(ctx context.Context, _ gym.Action) (gym.Timestep, error) {
	if len(e.left) == 0 {
		return e.recording.Step(ctx, "none")
	}
	return e.recording.Step(ctx, e.left[0].action)
}
