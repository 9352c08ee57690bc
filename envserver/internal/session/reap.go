package session

import (
	"context"
	"time"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
)

// Reap closes idle sessions, and those that no client came back to within the grace. It
// counts from the last reply, not the last request: a slow step must not look idle.
func (m *Manager) Reap(now time.Time) {
	for _, s := range m.all() {
		if s.idle(now) {
			s.reap()
		}
	}
}

// Run reaps until ctx ends.
func (m *Manager) Run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			m.Reap(m.o.Now())
		}
	}
}

func (m *Manager) all() []*Session {
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := make([]*Session, 0, len(m.sessions))
	for _, s := range m.sessions {
		all = append(all, s)
	}
	return all
}

// idle tells whether the session is to be reaped, and if so takes it for the caller:
// no request gets in any more.
func (s *Session) idle(now time.Time) bool {
	l := s.m.o.Limits
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.working || s.ended {
		return false
	}
	idle := now.Sub(time.Unix(0, s.last.Load())) >= time.Duration(l.IdleTimeoutMS)*time.Millisecond
	left := s.client == nil && now.Sub(s.detached) >= time.Duration(l.GraceMS)*time.Millisecond
	s.ended = idle || left
	return s.ended
}

// reap closes a session that idle took.
func (s *Session) reap() {
	s.abort(gym.CodeCanceled)
	err := s.finish(gym.CodeCanceled)
	if err == nil {
		err = s.m.o.Journal.CloseSession(s.id, episode.Closing{Closed: s.m.o.Now()})
	}
	if err != nil {
		s.m.o.Log.Error().Err(err).Str("session", s.id).Msg("the end of an idle session could not be recorded")
	}
	s.drop()
	s.m.remove(s, 0)
}

// Shutdown takes no more work, waits for what is under way, and closes every Env. The
// journal keeps the sessions open: they go on when a server has the folder again. It ends
// early with ctx.
func (m *Manager) Shutdown(ctx context.Context) error {
	m.draining.Store(true)
	for _, s := range m.all() {
		s.mu.Lock()
		//lint:ignore SA2001 who saw the server up has its work counted once the lock was had
		s.mu.Unlock()
	}
	if err := waitFor(ctx, m.busy.Wait); err != nil {
		return err
	}
	for _, s := range m.all() {
		s.drop()
	}
	return waitFor(ctx, m.closing.Wait)
}

// waitFor waits until wait returns or ctx ends.
func waitFor(ctx context.Context, wait func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
