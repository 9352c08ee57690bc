package remote

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"dreamgym/envserver/gym"
)

// InfoRewardMissing is true in the info of a step for which the server gave no reward; it
// counts as 0, as the protocol has it.
const InfoRewardMissing = "reward_missing"

// env plays one environment over a connection that it holds from its first Reset on.
type env struct {
	server *server

	conn    *conn
	form    *form
	goal    string
	steps   int
	running bool
	closed  bool
}

var _ gym.Env = (*env)(nil)

// Reset resets the server's environment with the task's seed, over a new connection where
// there is none any more.
func (e *env) Reset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	e.running = false
	if err := e.check(ctx, o.Task); err != nil {
		return gym.Timestep{}, err
	}
	form, err := e.server.actions(ctx)
	if err != nil {
		return gym.Timestep{}, err
	}
	e.form = form
	arguments := maps.Clone(e.server.Reset)
	if arguments == nil {
		arguments = make(map[string]any)
	}
	arguments["seed"], arguments["episode_id"] = o.Task.Seed, rand.Text()
	r, err := e.begin(ctx, arguments)
	if err != nil {
		return gym.Timestep{}, err
	}
	if r.done {
		return gym.Timestep{}, e.nonsense("its episode was over as it began", nil)
	}
	r.reward = 0
	e.goal, e.steps, e.running = o.Task.Goal, 0, true
	ts, err := e.timestep(r)
	if err != nil {
		return gym.Timestep{}, err
	}
	honoured, told := r.metadata[gym.InfoSeedHonoured].(bool)
	ts.Info[gym.InfoTask], ts.Info[gym.InfoSplit] = o.Task.ID, string(o.Task.Split)
	ts.Info[gym.InfoScene], ts.Info[gym.InfoSeedHonoured] = o.Task.Scene, honoured || !told && e.server.Deterministic
	return ts, nil
}

func (e *env) check(ctx context.Context, t gym.Task) error {
	switch {
	case e.closed:
		return gym.Errorf(gym.CodeResetRequired, "the environment is closed")
	case !gym.IsSeedTask(t):
		return gym.Errorf(gym.CodeUnknownTask, "the task is none of %s; take one from its task set", e.server.spec.ID)
	case ctx.Err() != nil:
		return gym.AsError(ctx.Err())
	}
	return nil
}

// begin resets. A connection that was idle may have been closed meanwhile: then a new one
// is tried, once.
func (e *env) begin(ctx context.Context, arguments map[string]any) (reply, error) {
	if e.conn != nil && !e.conn.over() {
		r, err := e.ask(ctx, "reset", arguments)
		if err == nil || e.conn != nil || ctx.Err() != nil {
			return r, err
		}
	}
	e.drop()
	c, err := dial(ctx, e.server.address("/ws", true))
	if err != nil {
		return reply{}, e.lost(ctx, "no connection can be made", err)
	}
	e.conn = c
	return e.ask(ctx, "reset", arguments)
}

// Step acts. An action that the server's schema does not have changes nothing.
func (e *env) Step(ctx context.Context, action gym.Action) (gym.Timestep, error) {
	if !e.running {
		return gym.Timestep{}, gym.Errorf(gym.CodeResetRequired, "there is no running episode; reset first")
	}
	if err := e.server.spec.CheckAction(action); err != nil {
		return gym.Timestep{}, err
	}
	data, err := e.form.action(action)
	if err != nil {
		return gym.Timestep{}, err
	}
	if err := ctx.Err(); err != nil {
		e.running = false
		return gym.Timestep{}, gym.AsError(err)
	}
	r, err := e.ask(ctx, "step", data)
	if err != nil {
		e.running = gym.CodeOf(err) == gym.CodeInvalidAction
		return gym.Timestep{}, err
	}
	e.steps++
	ts, err := e.timestep(r)
	e.running = err == nil && !ts.Ended()
	return ts, err
}

// ask sends a message and reads the reply. After any error but an invalid action the
// connection is given up: a late reply would be taken for that of the next message.
func (e *env) ask(ctx context.Context, kind string, data any) (reply, error) {
	frame, err := json.Marshal(map[string]any{"type": kind, "data": data})
	if err != nil {
		return reply{}, e.nonsense("its message cannot be written", err)
	}
	raw, unasked, err := e.conn.call(ctx, frame)
	if err != nil {
		return reply{}, e.lost(ctx, "the connection was lost", err)
	}
	r, err := parse(raw)
	switch {
	case err != nil:
		return r, e.nonsense("its answer is not one of the protocol", err)
	case r.code == codeCapacity:
		e.drop()
		return r, &gym.Error{Code: gym.CodeCapacityReached, Msg: "the remote environment's server has no room for another session", Err: errors.New(r.message)}
	case r.code == codeValidation && kind == "step" && !unasked:
		return r, &gym.Error{Code: gym.CodeInvalidAction, Msg: "the remote environment's schema does not have this action", Err: errors.New(r.message)}
	case r.code != "":
		return r, e.nonsense("it answered an error", errors.New(r.code+": "+r.message))
	case unasked:
		return r, e.nonsense("it spoke unasked", nil)
	}
	return r, nil
}

// timestep is a reply as it is told, with the episode ended at its limit.
func (e *env) timestep(r reply) (gym.Timestep, error) {
	text, err := e.text(r)
	if err != nil {
		return gym.Timestep{}, e.nonsense(err.Error(), nil)
	}
	ts := gym.Timestep{
		Observation: gym.Observation{Goal: e.goal, Text: text}, Reward: r.reward, Truncated: r.truncated(),
		Info: gym.Info{gym.InfoBackend: string(gym.BackendReal)},
	}
	ts.Terminated = r.done && !ts.Truncated
	if limit := e.server.spec.MaxSteps; limit > 0 && e.steps >= limit && !ts.Terminated {
		ts.Truncated = true
	}
	if ts.Truncated {
		ts.Info[gym.InfoStop] = gym.StopStepLimit
	}
	if !ts.Terminated {
		ts.Observation.Actions = slices.Clone(e.server.Actions)
	}
	ts.Observation.URL, _ = r.observation["url"].(string)
	r.info(ts.Info)
	if e.steps > 0 && !r.rewarded {
		ts.Info[InfoRewardMissing] = true
	}
	return ts, nil
}

// text is what is shown of a reply that keeps what the configuration promises.
func (e *env) text(r reply) (string, error) {
	spec := e.server.spec
	text, err := r.text(e.server.Text)
	switch {
	case err != nil:
		return "", err
	case len(text) > spec.TextLimit():
		return "", errors.New("its observation is longer than a text may be")
	case e.steps > 0 && len(spec.Rewards) > 0 && !slices.Contains(spec.Rewards, r.reward):
		return "", errors.New("its reward is none of those that the configuration declares")
	}
	return text, nil
}

// lost tells why nothing was answered: the caller's time was over, or the server failed.
func (e *env) lost(ctx context.Context, what string, cause error) error {
	e.drop()
	if err := ctx.Err(); err != nil {
		return gym.AsError(err)
	}
	return e.server.crashed(what, cause)
}

// nonsense gives up a connection whose other end is not to be trusted any more.
func (e *env) nonsense(what string, cause error) error {
	e.drop()
	e.running = false
	return e.server.crashed(what, cause)
}

func (e *env) drop() {
	if e.conn != nil {
		e.conn.close()
		e.conn = nil
	}
}

// Close ends the session on the server. It may be called more than once.
func (e *env) Close() error {
	e.running, e.closed = false, true
	e.drop()
	return nil
}
