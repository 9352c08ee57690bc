package episode

import (
	"cmp"
	"slices"

	"dreamgym/envserver/gym"
)

// openChain answers the chain of an open session as it stands.
func (l *Log) openChain(id string) (chain, bool) {
	l.w.stateMu.Lock()
	defer l.w.stateMu.Unlock()
	c := l.w.state.sessions[id]
	if c == nil {
		return chain{}, false
	}
	return *c, true
}

// Session answers an open session, or CodeUnknownSession.
func (l *Log) Session(id string) (SessionState, error) {
	c, ok := l.openChain(id)
	if !ok {
		return SessionState{}, gym.Errorf(gym.CodeUnknownSession, "session %q is not open", id)
	}
	return l.sessionState(c)
}

// Sessions answers the open sessions, in order of opening.
func (l *Log) Sessions() ([]SessionState, error) {
	l.w.stateMu.Lock()
	var open []chain
	for _, c := range l.w.state.sessions {
		open = append(open, *c)
	}
	l.w.stateMu.Unlock()
	slices.SortFunc(open, func(a, b chain) int {
		return cmp.Or(cmp.Compare(a.Opened.Segment, b.Opened.Segment), cmp.Compare(a.Opened.Offset, b.Opened.Offset))
	})
	all := make([]SessionState, 0, len(open))
	for _, c := range open {
		s, err := l.sessionState(c)
		if err != nil {
			return all, err
		}
		all = append(all, s)
	}
	return all, nil
}

func (l *Log) sessionState(c chain) (SessionState, error) {
	s := SessionState{Episode: c.Episode, Steps: c.Steps}
	f, err := l.at(c.Opened)
	if err != nil {
		return s, err
	}
	s.Session, err = f.entry(c.Opened).Session()
	return s, err
}

// Running answers an episode that is running, as far as it has come, or
// CodeUnknownEpisode.
func (l *Log) Running(id string) (*Episode, error) {
	l.w.stateMu.Lock()
	c := l.w.state.running[id]
	if c == nil {
		l.w.stateMu.Unlock()
		return nil, gym.Errorf(gym.CodeUnknownEpisode, "episode %q is not running", id)
	}
	last := c.Last
	l.w.stateMu.Unlock()
	return l.readFrom(last, id)
}

// Answers calls fn with every answer that an open session was given, newest first, until
// it answers false. Answers in segments that were pruned are left out. The open request
// is not among them: it is in Session.
func (l *Log) Answers(session string, fn func(Answer) bool) error {
	c, ok := l.openChain(session)
	if !ok {
		return gym.Errorf(gym.CodeUnknownSession, "session %q is not open", session)
	}
	err := l.back(c.Last, func(e Entry) (bool, error) {
		a, ok, err := e.answer()
		if err != nil || !ok {
			return true, err
		}
		return fn(a), nil
	})
	if gym.CodeOf(err) == gym.CodeUnknownEpisode {
		return nil
	}
	return err
}

// Answer finds the answer to one request of an open session; ok is false when it was
// given none, or that was pruned.
func (l *Log) Answer(session string, request int64) (a Answer, ok bool, err error) {
	err = l.Answers(session, func(one Answer) bool {
		if ok = one.Request == request; ok {
			a = one
		}
		return !ok
	})
	return a, ok, err
}

// answer reads the answer that a record is; ok is false when it is none.
func (e Entry) answer() (a Answer, ok bool, err error) {
	switch e.Kind {
	case KindStep:
		s, err := e.step()
		return Answer{Request: s.Request, Digest: s.Digest, Episode: e.ID, Index: s.Index, Timestep: s.Timestep}, true, err
	case KindRefusal:
		var r Refusal
		err := e.decode(KindRefusal, &r)
		return Answer{Request: r.Request, Digest: r.Digest, Refused: &r}, true, err
	}
	return Answer{}, false, nil
}
