package python

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
)

// env plays one environment, in a slot of a process that it holds from its first Reset on.
type env struct {
	pool *pool

	worker  *worker
	slot    int
	goal    string
	steps   int
	running bool
	closed  bool
}

var _ gym.Env = (*env)(nil)

// Reset resets the environment with the task's seed.
func (e *env) Reset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	e.running = false
	if err := e.check(ctx, o.Task); err != nil {
		return gym.Timestep{}, err
	}
	if err := e.prepare(); err != nil {
		return gym.Timestep{}, err
	}
	e.goal = o.Task.Goal
	a, err := e.call(ctx, "reset", o.Task.Seed)
	if err != nil {
		return gym.Timestep{}, err
	}
	ts, err := e.timestep(a)
	if err != nil {
		return gym.Timestep{}, err
	}
	e.steps, e.running = 0, true
	ts.Info[gym.InfoTask], ts.Info[gym.InfoSplit] = o.Task.ID, string(o.Task.Split)
	ts.Info[gym.InfoScene], ts.Info[gym.InfoSeedHonoured] = o.Task.Scene, true
	return ts, nil
}

func (e *env) check(ctx context.Context, t gym.Task) error {
	switch {
	case e.closed:
		return gym.Errorf(gym.CodeResetRequired, "the environment is closed")
	case !gym.IsSeedTask(t):
		return gym.Errorf(gym.CodeUnknownTask, "the task is none of %s; take one from its task set", e.pool.spec.ID)
	case ctx.Err() != nil:
		return gym.AsError(ctx.Err())
	}
	return nil
}

// prepare makes sure that there is a process.
func (e *env) prepare() (err error) {
	if e.worker != nil && e.worker.ended() {
		e.leave()
	}
	if e.worker == nil {
		e.worker, e.slot, err = e.pool.acquire()
	}
	return err
}

// Step acts. An action that cannot be read changes nothing.
func (e *env) Step(ctx context.Context, action gym.Action) (gym.Timestep, error) {
	if !e.running {
		return gym.Timestep{}, gym.Errorf(gym.CodeResetRequired, "there is no running episode; reset first")
	}
	if err := e.pool.spec.CheckAction(action); err != nil {
		return gym.Timestep{}, err
	}
	if err := ctx.Err(); err != nil {
		e.running = false
		return gym.Timestep{}, gym.AsError(err)
	}
	a, err := e.call(ctx, "step", string(action))
	if err != nil {
		e.running = gym.CodeOf(err) == gym.CodeInvalidAction
		return gym.Timestep{}, err
	}
	ts, err := e.timestep(a)
	e.running = err == nil && !ts.Ended()
	return ts, err
}

// call has the process do something; what goes wrong with it is told by a code.
func (e *env) call(ctx context.Context, op string, argument any) (answer, error) {
	a, err := e.worker.call(ctx, e.slot, op, argument)
	switch {
	case err != nil:
		return a, gym.AsError(err)
	case a.status == statusOK:
		return a, nil
	case a.status == statusInvalid:
		return a, gym.Errorf(gym.CodeInvalidAction, "%s", a.text)
	}
	return a, e.pool.crashed(a.text, errors.New(a.detail))
}

// timestep reads an answer, and ends an episode that is at its limit.
func (e *env) timestep(a answer) (gym.Timestep, error) {
	e.steps++
	ts := gym.Timestep{
		Reward: a.reward, Terminated: a.terminated, Truncated: a.truncated && !a.terminated,
		Info: gym.Info{gym.InfoBackend: string(gym.BackendReal)},
	}
	spec := e.pool.spec
	if e.running && len(spec.Rewards) > 0 && !slices.Contains(spec.Rewards, a.reward) {
		return gym.Timestep{}, e.pool.crashed("its reward is none of those that the configuration declares", nil)
	}
	var err error
	if ts.Observation, err = e.observation(a); err != nil {
		return gym.Timestep{}, err
	}
	if spec.MaxSteps > 0 && e.running && e.steps >= spec.MaxSteps && !ts.Terminated {
		ts.Truncated = true
	}
	if ts.Truncated {
		ts.Info[gym.InfoStop] = gym.StopStepLimit
	}
	return ts, nil
}

// observation is what the configuration shows of an answer's state.
func (e *env) observation(a answer) (gym.Observation, error) {
	o := gym.Observation{Goal: e.goal}
	if !a.terminated { // what a step limit cuts off lists what could be done
		o.Actions = slices.Clone(e.pool.traits.Actions)
	}
	o.Text = strings.ToValidUTF8(a.text, "\uFFFD")
	if err := e.showArray(a, &o); err != nil {
		return o, err
	}
	if len(o.Text) > e.pool.spec.TextLimit() {
		return o, e.pool.crashed("its observation is longer than a text may be", nil)
	}
	return o, nil
}

// showArray puts the answer's array into an observation, as numbers, in words or both.
func (e *env) showArray(a answer, o *gym.Observation) error {
	dtype := e.pool.traits.Array
	if dtype == "" || e.pool.hosted.Observe == ObserveRender {
		return nil
	}
	array, ok := a.array(dtype, e.pool.traits.Shape)
	if !ok {
		return e.pool.crashed("its process answered an array that does not fit its shape", nil)
	}
	if e.pool.hosted.shows(ObserveText) {
		o.Text = array.Rounded()
	}
	if e.pool.hosted.shows(ObserveArray) {
		o.Array = array
	}
	return nil
}

// array reads the answer's values, of which the process has seen that they are as their
// space declares them.
func (a answer) array(dtype string, shape []int) (*gym.Array, bool) {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if len(a.data) != 8*n {
		return nil, false
	}
	array := &gym.Array{DType: dtype, Shape: orEmpty(shape), Data: make([]float64, n)}
	for i := range array.Data {
		array.Data[i] = math.Float64frombits(binary.LittleEndian.Uint64(a.data[8*i:]))
	}
	return array, true
}

// leave gives the slot back.
func (e *env) leave() {
	if e.worker != nil {
		e.pool.release(e.worker, e.slot)
		e.worker = nil
	}
}

// Close gives the slot back. It may be called more than once.
func (e *env) Close() error {
	e.running, e.closed = false, true
	e.leave()
	return nil
}
