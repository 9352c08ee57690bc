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

	// Of the request under way. They are large: on the stack, which is one that a connection
	// keeps, every copy would take its room.
	digest [wire.DigestSize]byte
	reply  wire.Reply
}

// carryOut does what the task asks, unless it did so before, and sets what r, which is
// empty, is to say; false when the task was given up on.
func (s *Session) carryOut(t task, r *wire.Reply) (mine bool) {
	if err := s.wake(); err != nil {
		r.Error = wire.ErrorOf(err)
		return true
	}
	switch t.q.Op {
	case wire.OpResume:
		r.Resumed = s.resumed()
		return true
	case wire.OpOpen:
		s.open(t, r)
		return true
	}
	s.play.digest = t.q.Digest()
	if s.before(t.q.ID, r) {
		return true
	}
	if t.q.IfEnded && s.play.episode != "" {
		r.Running = true
		return true
	}
	running := s.play.episode
	err, mine := s.do(t, r)
	if !mine {
		return false
	}
	if err != nil {
		s.logFailure(t, running, err)
	}
	s.settle(t, r, err)
	return true
}

// do dispatches a request. It sets nothing of r where it fails.
func (s *Session) do(t task, r *wire.Reply) (err error, mine bool) {
	switch t.q.Op {
	case wire.OpStep:
		return s.step(t, r)
	case wire.OpReset:
		return s.reset(t, r)
	case wire.OpAdvise:
		return s.advise(t, r)
	case wire.OpClose:
		return s.close(t, r), true
	}
	return gym.Errorf(gym.CodeUnknownOperation, "a session has no operation %q", t.q.Op), true
}

// settle makes the outcome of a request its answer from now on. What was not carried out
// is not recorded: its id may be used again.
func (s *Session) settle(t task, r *wire.Reply, err error) {
	if err != nil {
		r.Error = wire.ErrorOf(err)
		if !final(r.Error.Code) {
			return
		}
		if err := s.refuse(t, r.Error); err != nil {
			s.logFailure(t, s.play.episode, err)
			r.Error = wire.ErrorOf(err)
			return
		}
	}
	s.play.keep(t.q.ID, r)
}

// refuse records that an error is the answer to a request.
func (s *Session) refuse(t task, e *wire.Error) error {
	return s.m.o.Journal.Refuse(s.id, episode.Refusal{Request: t.q.ID, Digest: s.play.digest[:], Code: e.Code, Msg: e.Message})
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

// open answers the request that opened the session: the first time by opening it.
func (s *Session) open(t task, r *wire.Reply) {
	p := &s.play
	if p.reg.Tasks == nil {
		if err := s.begin(t); err != nil {
			s.end()
			s.m.remove(s, 0)
			r.Error = wire.ErrorOf(err)
			return
		}
		p.highest = max(p.highest, t.q.ID)
	}
	r.Opened = &wire.Opened{Token: s.m.Token(s.id), Spec: p.reg.Spec, Backend: string(p.choice.Backend)}
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
func (s *Session) resumed() *wire.Resumed {
	p := &s.play
	return &wire.Resumed{
		Token: s.m.Token(s.id), Spec: p.reg.Spec, Backend: string(p.choice.Backend),
		Episode: p.episode, Steps: max(p.steps-1, 0), LastID: p.highest,
	}
}

// step carries an action out.
func (s *Session) step(t task, r *wire.Reply) (err error, mine bool) {
	p := &s.play
	if err, mine := s.ready(t); err != nil || !mine {
		return err, mine
	}
	ts, took, err, mine := s.call(t, s.m.stepTimeout(t.q), func(ctx context.Context, env *gym.Env) (gym.Timestep, error) {
		return (*env).Step(ctx, t.q.Action)
	})
	if !mine {
		return err, false
	}
	if err != nil {
		return s.failedStep(err), true
	}
	p.took.Observe(took.Seconds())
	p.stepped.Inc()
	if err := s.record(t, ts, took); err != nil {
		return err, true
	}
	r.Timestep, r.Encoded = ts, p.encoded
	if ts.Ended() {
		s.noteEnd(ts)
	}
	p.adviser.see(ts)
	return nil, true
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
func (s *Session) record(t task, ts *gym.Timestep, took time.Duration) error {
	p := &s.play
	var err error
	p.latest = answered{} // its reply is in p.encoded
	if p.encoded, err = s.m.codec.AppendTimestep(p.encoded[:0], ts); err != nil {
		return s.failedStep(&gym.Error{Code: gym.CodeEnvCrashed, Msg: "the environment gave a timestep that cannot be encoded", Err: err})
	}
	step := episode.Step{Index: p.steps, Request: t.q.ID, Digest: p.digest[:], Action: t.q.Action, Timestep: *ts, Micros: took.Microseconds()}
	if err := s.m.o.Journal.AppendStep(p.episode, step, p.encoded); err != nil {
		return s.failedStep(err)
	}
	p.steps++
	return nil
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
func (s *Session) close(t task, r *wire.Reply) error {
	s.abort(gym.CodeCanceled)
	if err := s.finish(gym.CodeCanceled); err != nil {
		return err
	}
	if err := s.m.o.Journal.CloseSession(s.id, episode.Closing{Request: t.q.ID, Digest: s.play.digest[:], Closed: s.m.o.Now()}); err != nil {
		return err
	}
	s.drop()
	s.m.remove(s, t.q.ID)
	s.end()
	r.Closed = true
	return nil
}

// giveUp goes on with the session after its goroutine was left in a call.
func (s *Session) giveUp(t task) {
	s.play.env = nil
	s.m.o.Metrics.abandoned.Inc()
	err := gym.Errorf(gym.CodeDeadlineExceeded, "the environment did not answer within its deadline; its episode is aborted")
	s.abort(gym.CodeDeadlineExceeded)
	s.play.digest = t.q.Digest()
	var r wire.Reply
	s.settle(t, &r, err)
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
