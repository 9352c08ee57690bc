package episode

import (
	"cmp"
	"slices"

	"dreamgym/envserver/gym"
)

// chain is what is open at the end of the log: a session, or an episode without one.
type chain struct {
	Session string `json:"session,omitempty"` // "" for an episode without one
	Opened  Place  `json:"opened"`            // of the session's record, zero without one
	Last    Place  `json:"last"`              // of the newest record
	// Episode is the running episode, "" where there is none; the rest is of it.
	Episode string  `json:"episode,omitempty"`
	Header  Place   `json:"header"`
	Steps   int     `json:"steps,omitempty"`
	Return  float64 `json:"return,omitempty"`
}

// change is what a record does to the open chains.
type change struct {
	kind    Kind
	id      string
	session string  // of a header
	reward  float64 // of a step
	index   int     // of a step
}

// state is every open chain. One goroutine at a time uses it.
type state struct {
	sessions map[string]*chain
	running  map[string]*chain // by episode
	undo     []undone          // since the last commit
}

// undone is how a chain was before a change.
type undone struct {
	c      *chain
	before chain
	change change
}

func newState() *state {
	return &state{sessions: make(map[string]*chain), running: make(map[string]*chain)}
}

// find answers the chain that the change continues, or why it cannot be made.
func (s *state) find(c change) (*chain, error) {
	switch c.kind {
	case KindOpened:
		if s.sessions[c.id] != nil {
			return nil, gym.Errorf(gym.CodeSessionExists, "session %q is open", c.id)
		}
		return &chain{Session: c.id}, nil
	case KindHeader:
		return s.findFree(c)
	case KindStep, KindEnd:
		at := s.running[c.id]
		if at == nil {
			return nil, gym.Errorf(gym.CodeUnknownEpisode, "episode %q is not running", c.id)
		}
		if c.kind == KindStep && c.index != at.Steps {
			return nil, gym.Errorf(gym.CodeInternal, "step %d of episode %q follows %d steps", c.index, c.id, at.Steps)
		}
		return at, nil
	default:
		at := s.sessions[c.id]
		if at == nil {
			return nil, gym.Errorf(gym.CodeUnknownSession, "session %q is not open", c.id)
		}
		if c.kind == KindClosed && at.Episode != "" {
			return nil, gym.Errorf(gym.CodeInternal, "session %q closes while episode %q runs", c.id, at.Episode)
		}
		return at, nil
	}
}

// findFree answers the chain that a new episode begins in.
func (s *state) findFree(c change) (*chain, error) {
	if s.running[c.id] != nil {
		return nil, gym.Errorf(gym.CodeInternal, "episode %q is running already", c.id)
	}
	at := s.sessions[c.session]
	if at == nil {
		return &chain{}, nil
	}
	if at.Episode != "" {
		return nil, gym.Errorf(gym.CodeInternal, "session %q begins an episode while %q runs", c.session, at.Episode)
	}
	return at, nil
}

// apply makes the change to a chain that find answered; the record is at place.
func (s *state) apply(at *chain, c change, place Place) {
	s.undo = append(s.undo, undone{c: at, before: *at, change: c})
	at.Last = place
	switch c.kind {
	case KindOpened:
		at.Opened = place
		s.sessions[c.id] = at
	case KindHeader:
		at.Episode, at.Header, at.Steps, at.Return = c.id, place, 0, 0
		s.running[c.id] = at
	case KindStep:
		at.Steps++
		at.Return += c.reward
	case KindEnd:
		at.Episode, at.Header, at.Steps, at.Return = "", Place{}, 0, 0
		delete(s.running, c.id)
	case KindClosed:
		delete(s.sessions, c.id)
	}
}

// commit makes the changes since the last one final.
func (s *state) commit() {
	clear(s.undo)
	s.undo = s.undo[:0]
}

// rollback takes the changes since mark, a former length of undo, back.
func (s *state) rollback(mark int) {
	for i := len(s.undo) - 1; i >= mark; i-- {
		u := s.undo[i]
		*u.c = u.before
		switch u.change.kind {
		case KindOpened:
			delete(s.sessions, u.change.id)
		case KindHeader:
			delete(s.running, u.change.id)
		case KindEnd:
			s.running[u.change.id] = u.c
		case KindClosed:
			s.sessions[u.change.id] = u.c
		}
	}
	clear(s.undo[mark:])
	s.undo = s.undo[:mark]
}

// checkpoint lists the open chains, in order of their last records.
func (s *state) checkpoint() checkpoint {
	var all []chain
	for _, c := range s.sessions {
		all = append(all, *c)
	}
	for _, c := range s.running {
		if c.Session == "" {
			all = append(all, *c)
		}
	}
	slices.SortFunc(all, func(a, b chain) int {
		return cmp.Or(cmp.Compare(a.Last.Segment, b.Last.Segment), cmp.Compare(a.Last.Offset, b.Last.Offset))
	})
	return checkpoint{Chains: all}
}

// checkpoint is the payload of KindCheckpoint.
type checkpoint struct {
	Chains []chain `json:"chains"`
}

// restore makes the state that a checkpoint was taken of.
func (c checkpoint) restore() *state {
	s := newState()
	for _, at := range c.Chains {
		if at.Session != "" {
			s.sessions[at.Session] = &at
		}
		if at.Episode != "" {
			s.running[at.Episode] = &at
		}
	}
	return s
}

// pinned lists the segments that hold a running episode or what an open session needs
// after a restart.
func (s *state) pinned() map[uint32]bool {
	pins := make(map[uint32]bool)
	for _, c := range s.sessions {
		pins[c.Opened.Segment] = true
	}
	for _, c := range s.running {
		for n := c.Header.Segment; n <= c.Last.Segment; n++ {
			pins[n] = true
		}
	}
	return pins
}
