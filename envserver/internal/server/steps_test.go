package server_test

import (
	"context"
	"encoding/binary"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// vane is an environment of arrays: "wide" shows two values, anything else one; "break"
// breaks it, and "odd" ends with an info that JSON cannot hold.
type vane struct{ steps float64 }

func (v *vane) registration() gym.Registration {
	return gym.Registration{
		Spec: gym.Spec{ID: "test/vane-v0", Description: "turns"}, Tasks: oneTask{},
		Open: func(context.Context) (gym.Env, error) { return new(vane), nil },
	}
}

func (v *vane) Reset(context.Context, gym.ResetOptions) (gym.Timestep, error) {
	v.steps = 0
	return v.show(1), nil
}

func (v *vane) Step(_ context.Context, a gym.Action) (gym.Timestep, error) {
	v.steps++
	switch a {
	case "break":
		return gym.Timestep{}, gym.Errorf(gym.CodeEnvCrashed, "it broke")
	case "wide":
		return v.show(2), nil
	case "odd":
		return gym.Timestep{Reward: 1, Terminated: true, Info: gym.Info{"odd": map[any]any{true: 1}}}, nil
	}
	ts := v.show(1)
	ts.Reward, ts.Terminated = 0.5, a == "stop"
	return ts, nil
}

func (v *vane) show(n int) gym.Timestep {
	a := &gym.Array{DType: "float32", Shape: []int{n}, Data: []float64{v.steps, -1}[:n]}
	return gym.Timestep{Observation: gym.Observation{Array: a}, Info: gym.Info{gym.InfoBackend: "real"}}
}

func (v *vane) Close() error { return nil }

// replies takes columns apart: each session's answer as a step of its own would have it.
func replies(s *wire.Steps) []wire.Reply {
	all := make([]wire.Reply, len(s.Which))
	for i, place := range s.Which {
		rest := s.Rest[place]
		if all[i].Error = rest.Error; rest.Error != nil {
			continue
		}
		ts := gym.Timestep{Observation: *rest.Observation, Reward: s.Rewards[i], Terminated: s.Terminated[i], Truncated: s.Truncated[i], Info: rest.Info}
		if ts.Observation.Array == nil && s.Arrays != nil {
			a := &gym.Array{DType: s.Arrays.DType, Shape: s.Arrays.Shape}
			size := len(s.Arrays.Data) / len(s.Which)
			for at := i * size; at < (i+1)*size; at += 8 {
				a.Data = append(a.Data, math.Float64frombits(binary.LittleEndian.Uint64(s.Arrays.Data[at:])))
			}
			ts.Observation.Array = a
		}
		all[i].Timestep = &ts
	}
	return all
}

// TestSteps holds that many steps in columns are what as many single steps are, errors and
// repetition included.
func TestSteps(t *testing.T) {
	f := start(t, setup{envs: []gym.Registration{new(vane).registration()}})
	for _, codec := range []*wire.Codec{wire.NewCodecs().Msgpack, wire.NewCodecs().JSON} {
		r := f.dialRaw(t, codec)
		names := []string{"a", "b", "c", "d", "e"}
		for i := range names {
			names[i] += codec.Subprotocol
			r.do(wire.Request{ID: 1, Op: wire.OpOpen, Session: names[i], Env: "test/vane-v0"})
			if names[i][0] != 'e' { // which is not reset
				r.do(wire.Request{ID: 2, Op: wire.OpReset, Session: names[i]})
			}
		}
		steps := wire.Request{ID: 3, Op: wire.OpSteps, Sessions: append(names, "nobody"), Actions: []string{"go", "wide", "stop", "break", "go", "go"}}
		first := replies(r.do(steps).Steps)
		want := []gym.Code{"", "", "", gym.CodeEnvCrashed, gym.CodeResetRequired, gym.CodeUnknownSession}
		for i, code := range want {
			if got := first[i].Error; (got == nil) != (code == "") || got != nil && got.Code != code {
				t.Errorf("%s: entry %d has the error %+v, want %q", codec.Subprotocol, i, got, code)
			}
		}
		wantTimestep(t, first[0], gym.Timestep{Reward: 0.5}, 1)
		wantTimestep(t, first[1], gym.Timestep{}, 1, -1)
		wantTimestep(t, first[2], gym.Timestep{Reward: 0.5, Terminated: true}, 1)
		batch := r.do(wire.Request{ID: 4, Op: wire.OpBatch, Requests: []wire.Request{steps, {ID: 4, Op: wire.OpStep, Session: names[0]}}})
		if d := cmp.Diff(first, replies(batch.Results[0].Steps)); d != "" {
			t.Errorf("%s: the same again, in a batch (-first +again):\n%s", codec.Subprotocol, d)
		}
		wantTimestep(t, batch.Results[1], gym.Timestep{Reward: 0.5}, 2)
		steps.Actions[2] = "go"
		steps.Sessions[0] = names[1] // the id was another action's there
		for i, e := range []*wire.Error{replies(r.do(steps).Steps)[0].Error, replies(r.do(steps).Steps)[2].Error} {
			if e == nil || e.Code != gym.CodeRequestConflict {
				t.Errorf("%s: conflict %d is answered with %+v", codec.Subprotocol, i, e)
			}
		}
	}
}

// TestStepThatCannotBeEncoded wants an error alone, without a reward or an end beside it.
func TestStepThatCannotBeEncoded(t *testing.T) {
	f := start(t, setup{envs: []gym.Registration{new(vane).registration()}})
	r := f.dialRaw(t, wire.NewCodecs().JSON)
	r.do(wire.Request{ID: 1, Op: wire.OpOpen, Session: "a", Env: "test/vane-v0"})
	r.do(wire.Request{ID: 2, Op: wire.OpReset, Session: "a"})
	s := r.do(wire.Request{ID: 3, Op: wire.OpSteps, Sessions: []string{"a"}, Actions: []string{"odd"}}).Steps
	if s.Rest[0].Error == nil || s.Rewards[0] != 0 || s.Terminated[0] {
		t.Errorf("got %+v", s)
	}
}

// wantTimestep holds a reply against a timestep with an array of so many values.
func wantTimestep(t *testing.T, r wire.Reply, want gym.Timestep, values ...float64) {
	t.Helper()
	want.Info = gym.Info{gym.InfoBackend: "real"}
	want.Observation.Array = &gym.Array{DType: "float32", Shape: []int{len(values)}, Data: values}
	if d := cmp.Diff(&want, r.Timestep); d != "" {
		t.Errorf("the timestep (-want +got):\n%s", d)
	}
}
