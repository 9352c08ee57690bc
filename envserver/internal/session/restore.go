package session

import (
	"bytes"
	"context"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/wire"
)

// restore takes up the sessions that the journal has open. Nothing is run again before a
// client resumes one.
func (m *Manager) restore() error {
	open, err := m.o.Journal.Sessions()
	if err != nil {
		return err
	}
	for _, state := range open {
		s := &Session{m: m, id: state.ID, detached: m.o.Now()}
		copy(s.opened.digest[:], state.Digest)
		s.opened.request = state.Request
		s.last.Store(m.o.Now().UnixNano())
		if err := s.restorePlay(state); err != nil {
			m.o.Log.Warn().Err(err).Str("session", s.id).Str("env", state.Env).Msg("a session cannot go on after the restart")
			s.abandonRestored(state)
			continue
		}
		m.sessions[s.id] = s
		m.o.Metrics.sessions.Inc()
	}
	return nil
}

// abandonRestored closes a session whose environment there is no more.
func (s *Session) abandonRestored(state episode.SessionState) {
	s.play.episode = state.Episode
	s.abort(gym.CodeSessionLost)
	if err := s.m.o.Journal.CloseSession(s.id, episode.Closing{Closed: s.m.o.Now()}); err != nil {
		s.m.o.Log.Error().Err(err).Str("session", s.id).Msg("the session's close could not be recorded")
	}
}

// restorePlay sets what the session was playing, to be rebuilt when it is needed.
func (s *Session) restorePlay(state episode.SessionState) error {
	p := &s.play
	reg, err := s.m.o.Registry.Find(state.Env)
	if err != nil {
		return err
	}
	p.reg = reg
	p.choice = backend.Choice{Backend: state.Backend, Reasoning: state.Reasoning}
	p.episode, p.steps, p.asleep = state.Episode, state.Steps, state.Episode != ""
	p.highest, p.unread = state.Request, true
	return nil
}

// wake finds out, once after a restart, which requests were carried out, and what the
// session played last.
func (s *Session) wake() error {
	p := &s.play
	if !p.unread {
		return nil
	}
	newest := true
	err := s.m.o.Journal.Answers(s.id, func(a episode.Answer) bool {
		p.highest = max(p.highest, a.Request)
		if newest && a.Timestep != nil {
			newest = false
			s.wakeBackend(a.Timestep)
		}
		return true
	})
	p.unread = err != nil
	return err
}

// wakeBackend goes on with the backend of the newest timestep: a reset may have changed it.
func (s *Session) wakeBackend(encoded []byte) {
	ts, err := wire.DecodeTimestep(encoded)
	if err != nil {
		return
	}
	if b, ok := ts.Info[gym.InfoBackend].(string); ok {
		s.play.choice.Backend = gym.Backend(b)
	}
}

// rebuild brings the running episode of before a restart back by carrying its recorded
// actions out again, where that gives the same timesteps; else the episode is aborted
// and p.lost set. False says that it was given up on.
func (s *Session) rebuild(t task) (mine bool) {
	p := &s.play
	p.asleep = false
	e, err := s.m.o.Journal.Running(p.episode)
	if err == nil {
		err = s.repeatable(e)
	}
	if err == nil {
		_, _, err, mine = s.call(t, s.m.resetTimeout(&wire.Request{}), func(ctx context.Context, env *gym.Env) (gym.Timestep, error) {
			return gym.Timestep{}, s.repeat(ctx, e, s.source(e), env)
		})
		if !mine {
			return false
		}
	}
	if err != nil {
		s.m.o.Log.Warn().Err(err).Str("session", s.id).Str("episode", p.episode).Msg("an episode was lost with a restart")
		s.drop()
		s.abort(gym.CodeSessionLost)
		p.lost = true
		return true
	}
	p.task, p.choice = e.Header.Task, s.source(e).choice
	s.bind()
	return true
}

// repeatable tells whether an episode's actions may be carried out again.
func (s *Session) repeatable(e *episode.Episode) error {
	if e.Header.Backend == gym.BackendReal && !s.play.reg.Spec.Deterministic {
		return gym.Errorf(gym.CodeSessionLost, "%s is not deterministic: its episode cannot be rebuilt", s.play.reg.Spec.ID)
	}
	return nil
}

// source is how the episode was started.
func (s *Session) source(e *episode.Episode) start {
	h := e.Header
	return start{
		choice: backend.Choice{Backend: h.Backend, Reasoning: s.play.choice.Reasoning, Source: h.Source},
		task:   h.Task, seed: h.Seed,
	}
}

// repeat opens the Env that e was played on and takes it to where e has come.
func (s *Session) repeat(ctx context.Context, e *episode.Episode, st start, into *gym.Env) error {
	h := e.Header
	env, err := s.m.o.Backends.Open(ctx, s.play.reg, st.choice)
	if err != nil {
		return err
	}
	*into = env
	if dream, ok := env.(backend.Pinned); ok {
		if err := dream.Pin(h.Snapshot); err != nil {
			return err
		}
	}
	ts, err := env.Reset(ctx, gym.ResetOptions{Task: h.Task, Seed: h.Seed})
	if err != nil {
		return err
	}
	s.tellFirst(&ts, st, h.ID)
	for i := range e.Steps {
		if i > 0 {
			if ts, err = env.Step(ctx, e.Steps[i].Action); err != nil {
				return err
			}
		}
		if !s.m.same(&ts, &e.Steps[i].Timestep) {
			return gym.Errorf(gym.CodeSessionLost, "step %d of episode %s came out otherwise than recorded", i, h.ID)
		}
	}
	return nil
}

// same tells whether two timesteps are the same bytes.
func (m *Manager) same(a, b *gym.Timestep) bool {
	x, errX := m.codec.AppendTimestep(nil, a)
	y, errY := m.codec.AppendTimestep(nil, b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
