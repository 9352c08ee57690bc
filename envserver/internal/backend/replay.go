package backend

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
)

// infoSource names, on every first timestep of a replay, the episode that is played.
const infoSource = "source"

// replay plays a recorded episode again.
type replay struct {
	spec    gym.Spec
	episode *episode.Episode
	next    int // step to answer next; 0: not reset
}

var _ gym.Env = (*replay)(nil)

// NewReplay answers an Env that plays e: each recorded action is answered as it was then,
// another with CodeDiverged.
func NewReplay(spec gym.Spec, e *episode.Episode) gym.Env {
	return &replay{spec: spec, episode: e}
}

// Reset starts at the beginning. The options' task, where there is one, must be the
// recorded one.
func (r *replay) Reset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	r.next = 0
	if err := ctx.Err(); err != nil {
		return gym.Timestep{}, gym.AsError(err)
	}
	h := r.episode.Header
	if o.Task.ID != "" && o.Task.ID != h.Task.ID {
		return gym.Timestep{}, gym.Errorf(gym.CodeUnknownTask, "the recorded episode is of task %q", h.Task.ID)
	}
	if len(r.episode.Steps) == 0 {
		return gym.Timestep{}, gym.Errorf(gym.CodeUnknownEpisode, "the recorded episode has no first timestep")
	}
	r.next = 1
	ts := r.timestep(0)
	ts.Info[infoSource] = h.ID
	ts.Info[gym.InfoTask], ts.Info[gym.InfoSplit], ts.Info[gym.InfoScene] = h.Task.ID, string(h.Task.Split), h.Task.Scene
	ts.Info[gym.InfoSeedHonoured] = true
	delete(ts.Info, gym.InfoEpisode)
	return ts, nil
}

// Step answers what the recorded action led to.
func (r *replay) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	if r.next == 0 || r.episode.Steps[r.next-1].Timestep.Ended() {
		return gym.Timestep{}, gym.Errorf(gym.CodeResetRequired, "no episode is running: reset first")
	}
	if err := ctx.Err(); err != nil {
		r.next = 0
		return gym.Timestep{}, gym.AsError(err)
	}
	if err := r.spec.CheckAction(a); err != nil {
		return gym.Timestep{}, err
	}
	n := r.next
	r.next = 0
	if n >= len(r.episode.Steps) {
		return gym.Timestep{}, gym.Errorf(gym.CodeDiverged, "the recording ends after %d steps", n-1)
	}
	if want := r.episode.Steps[n].Action; a != want {
		return gym.Timestep{}, gym.Errorf(gym.CodeDiverged, "step %d of the recording is %q, not %q", n, want, a)
	}
	r.next = n + 1
	return r.timestep(n), nil
}

// timestep answers a copy of what was recorded, as played by this backend.
func (r *replay) timestep(n int) gym.Timestep {
	ts := r.episode.Steps[n].Timestep
	o := &ts.Observation
	o.Actions, o.Image, o.Extra = slices.Clone(o.Actions), bytes.Clone(o.Image), cloneMap(o.Extra)
	if o.Array != nil {
		o.Array = &gym.Array{DType: o.Array.DType, Shape: slices.Clone(o.Array.Shape), Data: slices.Clone(o.Array.Data)}
	}
	if ts.Info = cloneMap(ts.Info); ts.Info == nil {
		ts.Info = gym.Info{}
	}
	ts.Info[gym.InfoBackend] = string(gym.BackendReplay)
	return ts
}

// cloneMap copies a map with all that is in it; nil stays nil.
func cloneMap(m map[string]any) map[string]any {
	c := maps.Clone(m)
	for k, v := range c {
		c[k] = cloneValue(v)
	}
	return c
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return cloneMap(v)
	case []any:
		c := slices.Clone(v)
		for i := range c {
			c[i] = cloneValue(c[i])
		}
		return c
	case []string:
		return slices.Clone(v)
	case []byte:
		return bytes.Clone(v)
	}
	return v
}

// Close ends the replay.
func (r *replay) Close() error {
	r.next = 0
	return nil
}
