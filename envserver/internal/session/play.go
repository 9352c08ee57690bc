package session

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/wire"
)

// play is what a session plays, and how far it has come. One goroutine at a time owns it.
type play struct {
	reg    gym.Registration
	choice backend.Choice
	env    gym.Env // nil until the first reset, and when it was lost

	// The running episode; "" when there is none.
	episode    string
	steps      int // its timesteps, the reset's included
	task       gym.Task
	stepped    prometheus.Counter
	took       prometheus.Observer
	adviser    *adviser
	asleep     bool   // the episode is from before a restart and has to be rebuilt
	lost       bool   // it could not be rebuilt, and nobody was told yet
	unfinished string // an aborted episode whose end is not recorded yet
	unread     bool   // the answers of before a restart are still to be looked through

	latest  answered
	advised []answered         // the newest answers to advise, oldest first
	highest int64              // no request with a greater id was carried out
	known   map[int64]struct{} // every request that was carried out; nil while ids rise
	encoded []byte             // the newest timestep
	reply   wire.Reply         // being delivered
}

// carryOut does what the task asks, unless it did so before; false when the task was
// given up on.
func (s *Session) carryOut(t task) (wire.Reply, bool) {
	if err := s.wake(); err != nil {
		return failed(err), true
	}
	switch t.q.Op {
	case wire.OpResume:
		return s.resumed(), true
	case wire.OpOpen:
		return s.open(t), true
	}
	digest := t.q.Digest()
	if r, repeated := s.before(t.q.ID, digest); repeated {
		return r, true
	}
	if t.q.IfEnded && s.play.episode != "" {
		return wire.Reply{Running: true}, true
	}
	running := s.play.episode
	r, err, mine := s.do(t, digest[:])
	if !mine {
		return r, false
	}
	if err != nil {
		s.logFailure(t, running, err)
	}
	return s.settle(t, digest, r, err), true
}

// do dispatches a request.
func (s *Session) do(t task, digest []byte) (r wire.Reply, err error, mine bool) {
	switch t.q.Op {
	case wire.OpStep:
		return s.step(t, digest)
	case wire.OpReset:
		return s.reset(t, digest)
	case wire.OpAdvise:
		return s.advise(t)
	case wire.OpClose:
		r, err = s.close(t, digest)
		return r, err, true
	}
	return r, gym.Errorf(gym.CodeUnknownOperation, "a session has no operation %q", t.q.Op), true
}

// settle makes the outcome of a request its answer from now on. What was not carried out
// is not recorded: its id may be used again.
func (s *Session) settle(t task, digest [wire.DigestSize]byte, r wire.Reply, err error) wire.Reply {
	if err != nil {
		r = failed(err)
		if !final(r.Error.Code) {
			return r
		}
		if err := s.refuse(t, digest, r.Error); err != nil {
			s.logFailure(t, s.play.episode, err)
			return failed(err)
		}
	}
	s.play.keep(t.q.ID, digest, r)
	return r
}

// refuse records that an error is the answer to a request.
func (s *Session) refuse(t task, digest [wire.DigestSize]byte, e *wire.Error) error {
	return s.m.o.Journal.Refuse(s.id, episode.Refusal{Request: t.q.ID, Digest: digest[:], Code: e.Code, Msg: e.Message})
}

// final tells whether an error is the answer to its request for good.
func final(c gym.Code) bool {
	return c != gym.CodeStorage && c != gym.CodeShuttingDown && c != gym.CodeCapacityReached && c != gym.CodeCanceled
}

// logFailure logs an error that has a cause, with the episode that ran when the request came.
func (s *Session) logFailure(t task, episode string, err error) {
	e := gym.AsError(err)
	if e.Err == nil {
		return
	}
	log := s.m.o.Log.Error().Str("session", s.id).Str("env", s.play.reg.Spec.ID).Str("op", string(t.q.Op))
	if episode != "" {
		log.Str("episode", episode)
	}
	log.Err(e).Msg("a request failed")
}

func failed(err error) wire.Reply { return wire.Reply{Error: wire.ErrorOf(err)} }

// open answers the request that opened the session: the first time by opening it.
func (s *Session) open(t task) wire.Reply {
	p := &s.play
	if p.reg.Tasks == nil {
		if err := s.begin(t); err != nil {
			s.end()
			s.m.remove(s, 0)
			return failed(err)
		}
		p.highest = max(p.highest, t.q.ID)
	}
	return wire.Reply{Opened: &wire.Opened{Token: s.m.Token(s.id), Spec: p.reg.Spec, Backend: string(p.choice.Backend)}}
}

// begin finds out what the session is to play, and records it.
func (s *Session) begin(t task) error {
	id, b, err := gym.ParseID(t.q.Env)
	if err != nil {
		return err
	}
	reg, err := s.m.o.Registry.Find(id)
	if err != nil {
		return err
	}
	if b, err = chooseBackend(t.q.Backend, b, backend.Default(reg)); err != nil {
		return err
	}
	if err := s.m.o.Backends.Check(reg, b); err != nil {
		return err
	}
	digest := t.q.Digest()
	err = s.m.o.Journal.OpenSession(episode.Session{
		ID: s.id, Env: id, Backend: b, Reasoning: t.q.Reasoning, Request: t.q.ID, Digest: digest[:], Opened: s.m.o.Now(),
	})
	if err != nil {
		return err
	}
	s.play.reg, s.play.choice = reg, backend.Choice{Backend: b, Reasoning: t.q.Reasoning}
	return nil
}

// chooseBackend takes what the request names, or else what stands.
func chooseBackend(named string, stands ...gym.Backend) (gym.Backend, error) {
	if named != "" {
		return gym.ParseBackend(named)
	}
	for _, b := range stands {
		if b != "" {
			return b, nil
		}
	}
	return "", nil
}

// resumed answers a client that took the session over.
func (s *Session) resumed() wire.Reply {
	p := &s.play
	r := &wire.Resumed{
		Token: s.m.Token(s.id), Spec: p.reg.Spec, Backend: string(p.choice.Backend),
		Episode: p.episode, Steps: max(p.steps-1, 0), LastID: p.highest,
	}
	return wire.Reply{Resumed: r}
}

// step carries an action out.
func (s *Session) step(t task, digest []byte) (r wire.Reply, err error, mine bool) {
	p := &s.play
	if err, mine := s.ready(t); err != nil || !mine {
		return r, err, mine
	}
	ts, took, err, mine := s.call(t, s.m.stepTimeout(t.q), func(ctx context.Context, env *gym.Env) (gym.Timestep, error) {
		return (*env).Step(ctx, t.q.Action)
	})
	if !mine {
		return r, err, false
	}
	if err != nil {
		return r, s.failedStep(err), true
	}
	p.took.Observe(took.Seconds())
	p.stepped.Inc()
	if r, err = s.record(t, &ts, digest, took); err != nil {
		return r, err, true
	}
	if ts.Ended() {
		s.noteEnd(&ts)
	}
	p.adviser.see(ts)
	return r, nil, true
}

// ready makes sure that an episode runs: it rebuilds one from before a restart.
func (s *Session) ready(t task) (err error, mine bool) {
	p := &s.play
	if p.asleep {
		if mine := s.rebuild(t); !mine {
			return nil, false
		}
	}
	if p.lost {
		p.lost = false
		return gym.Errorf(gym.CodeSessionLost, "the environment was lost when the server restarted; its episode is aborted"), true
	}
	if p.episode == "" {
		return gym.Errorf(gym.CodeResetRequired, "no episode is running: reset first"), true
	}
	return nil, true
}

// record encodes a step's timestep once, for the log and for the reply.
func (s *Session) record(t task, ts *gym.Timestep, digest []byte, took time.Duration) (wire.Reply, error) {
	p := &s.play
	var err error
	p.latest = answered{} // its reply is in p.encoded
	if p.encoded, err = s.m.codec.AppendTimestep(p.encoded[:0], ts); err != nil {
		return wire.Reply{}, s.failedStep(&gym.Error{Code: gym.CodeEnvCrashed, Msg: "the environment gave a timestep that cannot be encoded", Err: err})
	}
	step := episode.Step{Index: p.steps, Request: t.q.ID, Digest: digest, Action: t.q.Action, Timestep: *ts, Micros: took.Microseconds()}
	if err := s.m.o.Journal.AppendStep(p.episode, step, p.encoded); err != nil {
		return wire.Reply{}, s.failedStep(err)
	}
	p.steps++
	return wire.Reply{Timestep: ts, Encoded: p.encoded}, nil
}

// noteEnd takes note of an episode's own end.
func (s *Session) noteEnd(ts *gym.Timestep) {
	p := &s.play
	reason := episode.Truncated
	if ts.Terminated {
		reason = episode.Terminated
	}
	if ts.Info[gym.InfoStop] == gym.StopInsufficientEvidence {
		s.m.o.Metrics.unsure.WithLabelValues(p.reg.Spec.ID).Inc()
	}
	s.m.o.Metrics.ended.WithLabelValues(string(p.choice.Backend), string(reason)).Inc()
	p.episode = ""
}

// failedStep aborts the episode, unless the action alone was wrong, and answers err.
func (s *Session) failedStep(err error) error {
	code := gym.CodeOf(err)
	if code == gym.CodeInvalidAction {
		return err
	}
	if code == gym.CodeEnvCrashed || code == gym.CodeDeadlineExceeded || code == gym.CodeInternal {
		s.drop()
	}
	s.abort(code)
	return err
}

// drop gives the Env up; the next reset opens another.
func (s *Session) drop() {
	s.m.discard(s.play.env)
	s.play.env = nil
}

// abort ends the running episode, if there is one, for want of infrastructure. An end
// that cannot be recorded now is recorded before the next episode begins.
func (s *Session) abort(code gym.Code) {
	p := &s.play
	if p.episode == "" {
		return
	}
	p.unfinished, p.episode, p.adviser, p.asleep = p.episode, "", nil, false
	s.m.o.Metrics.ended.WithLabelValues(string(p.choice.Backend), string(episode.Aborted)).Inc()
	if err := s.finish(code); err != nil {
		s.m.o.Log.Error().Err(err).Str("session", s.id).Str("episode", p.unfinished).Msg("the end of an episode could not be recorded")
	}
}

// finish records the end of an aborted episode.
func (s *Session) finish(code gym.Code) error {
	p := &s.play
	if p.unfinished == "" {
		return nil
	}
	err := s.m.o.Journal.AppendEnd(p.unfinished, episode.End{Reason: episode.Aborted, Code: code, Ended: s.m.o.Now()})
	if err == nil || gym.CodeOf(err) == gym.CodeUnknownEpisode {
		p.unfinished = ""
		return nil
	}
	return err
}

// close ends the session.
func (s *Session) close(t task, digest []byte) (wire.Reply, error) {
	s.abort(gym.CodeCanceled)
	if err := s.finish(gym.CodeCanceled); err != nil {
		return wire.Reply{}, err
	}
	if err := s.m.o.Journal.CloseSession(s.id, episode.Closing{Request: t.q.ID, Digest: digest, Closed: s.m.o.Now()}); err != nil {
		return wire.Reply{}, err
	}
	s.drop()
	s.m.remove(s, t.q.ID)
	s.end()
	return wire.Reply{Closed: true}, nil
}

// giveUp goes on with the session after its goroutine was left in a call.
func (s *Session) giveUp(t task) {
	s.play.env = nil
	s.m.o.Metrics.abandoned.Inc()
	err := gym.Errorf(gym.CodeDeadlineExceeded, "the environment did not answer within its deadline; its episode is aborted")
	s.abort(gym.CodeDeadlineExceeded)
	r := s.settle(t, t.q.Digest(), wire.Reply{}, err)
	s.answer(t, &r)
	s.Work()
}

func (m *Manager) stepTimeout(q *wire.Request) time.Duration {
	return shorter(m.o.Limits.StepTimeoutMS, q.TimeoutMS)
}

func (m *Manager) resetTimeout(q *wire.Request) time.Duration {
	return shorter(m.o.Limits.ResetTimeoutMS, q.TimeoutMS)
}

// shorter takes the client's deadline where it is the shorter one.
func shorter(ours, theirs int64) time.Duration {
	if theirs > 0 && theirs < ours {
		ours = theirs
	}
	return time.Duration(ours) * time.Millisecond
}
