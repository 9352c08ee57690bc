package openenv

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/wire"
)

// play is a session as this front end knows it.
type play struct {
	id    string
	lease *compat.Lease
	kept  bool // it was made over HTTP, and outlives its WebSocket

	mu    sync.Mutex
	conn  *conn // the WebSocket that has it; nil: none
	state state
}

// Over tells whether the session has ended.
func (p *play) Over() bool { return p.lease.Ended() }

// state is what there is to tell of a session beside its newest observation.
type state struct {
	episode      string // as the client named it, else as the log has it; "" before the first
	logged       string // as the log has it
	steps        int
	running      bool
	backend      string
	task         string
	split        string
	goal         string
	url          string
	reward       float64 // the sum of the episode
	seedHonoured bool
}

// prefix keeps these sessions apart from those of other protocols. What follows it cannot be
// guessed: who knows the id may use the session.
const prefix = "openenv:"

// open makes a session. A session that is not kept is of the WebSocket c.
func (f *Front) open(ctx context.Context, t compat.Target, c *conn) (*play, error) {
	id := prefix + rand.Text()
	lease, err := f.host.Open(ctx, id, t)
	if err != nil {
		return nil, err
	}
	p := &play{id: id, lease: lease, conn: c, kept: c == nil}
	f.plays.Place(id, func() *play { return p })
	return p, nil
}

// find answers a session of the environment by its id; after a restart of the server, the one
// that was open before.
func (f *Front) find(id string, t compat.Target) (*play, error) {
	p, found := f.plays.Get(id)
	if !found && strings.HasPrefix(id, prefix) && wire.ValidSession(id) {
		lease, err := f.host.Resume(id)
		if err != nil {
			return nil, compat.UnknownSession(id)
		}
		p, _ = f.plays.Place(id, func() *play { return resumed(id, lease) })
		found = true
	}
	if !found || p.lease.Reg.Spec.ID != t.Reg.Spec.ID {
		return nil, compat.UnknownSession(id)
	}
	return p, nil
}

// resumed is a session of before a restart: of its episode is known what the log has.
func resumed(id string, lease *compat.Lease) *play {
	return &play{id: id, lease: lease, state: state{
		episode: lease.Episode, logged: lease.Episode, steps: lease.Steps, running: lease.Episode != "", backend: string(lease.Backend),
		seedHonoured: lease.Reg.Spec.Deterministic,
	}}
}

// join gives a session to a WebSocket. One that had it is told so, and closed: it may be what
// is left of a lost connection, and nobody could tell.
func (f *Front) join(p *play, c *conn) error {
	p.mu.Lock()
	err, before := p.lease.Attach(), p.conn
	if err == nil {
		p.conn = c
	}
	p.mu.Unlock()
	if err == nil && before != nil {
		go before.evict() // it may take its time
	}
	return err
}

// leave ends what a WebSocket has to do with a session. Ended by its client, the session is
// closed; else it waits for the client to join it again. One that was made over HTTP stays.
func (f *Front) leave(p *play, c *conn, ended bool) {
	p.mu.Lock()
	stays := p.conn != c || p.kept
	if p.conn == c {
		p.conn = nil
	}
	if !stays && !ended {
		p.lease.Detach()
	}
	p.mu.Unlock()
	if !stays && ended {
		f.close(p)
	}
}

// close ends a session.
func (f *Front) close(p *play) error {
	f.plays.Drop(p.id, p)
	return p.lease.Close()
}

// now is the state at the moment.
func (p *play) now() state {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// note takes a timestep into the state and tells it. first is what began the episode; nil:
// it is a step's.
func (p *play) note(ts *gym.Timestep, first *resetting, told *state) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.state
	if first != nil {
		s.begin(ts, first)
	} else {
		s.steps++
		s.reward += ts.Reward
	}
	s.running, s.url = !ts.Ended(), ts.Observation.URL
	*told = *s
}

// begin makes the state that of an episode that has just begun.
func (s *state) begin(ts *gym.Timestep, first *resetting) {
	text := func(key string) string {
		s, _ := ts.Info[key].(string)
		return s
	}
	*s = state{
		episode: first.name, logged: text(gym.InfoEpisode), goal: ts.Observation.Goal, reward: ts.Reward,
		backend: text(gym.InfoBackend), task: text(gym.InfoTask), split: text(gym.InfoSplit),
	}
	if s.episode == "" {
		s.episode = s.logged
	}
	s.seedHonoured, _ = ts.Info[gym.InfoSeedHonoured].(bool)
}
