package client

import (
	"context"
	"crypto/rand"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// Session is a lease on one environment. One goroutine at a time may use it.
type Session struct {
	c  *Client
	id string
	// Token resumes the session on another connection.
	Token   string
	Spec    gym.Spec
	Backend string
}

// OpenOptions of a session. The zero value is usable.
type OpenOptions struct {
	Session   string // the session's id; drawn when empty
	Backend   string // overrides the suffix of the environment's id
	Reasoning bool   // dreamed timesteps say how they were come to
}

// Open opens a session of an environment.
func (c *Client) Open(ctx context.Context, env string, o OpenOptions) (*Session, error) {
	if o.Session == "" {
		o.Session = "s-" + rand.Text()
	}
	r, err := c.call(ctx, &wire.Request{Op: wire.OpOpen, Session: o.Session, Env: env, Backend: o.Backend, Reasoning: o.Reasoning})
	if err != nil {
		return nil, err
	}
	return &Session{c: c, id: o.Session, Token: r.Opened.Token, Spec: r.Opened.Spec, Backend: r.Opened.Backend}, nil
}

// Resume takes a session over from a connection that was lost. Requests that were not
// answered are sent again under their old ids.
func (c *Client) Resume(ctx context.Context, session, token string) (*Session, *wire.Resumed, error) {
	r, err := c.call(ctx, &wire.Request{Op: wire.OpResume, Session: session, Token: token})
	if err != nil {
		return nil, nil, err
	}
	for last := c.next.Load(); last < r.Resumed.LastID; last = c.next.Load() {
		c.next.CompareAndSwap(last, r.Resumed.LastID)
	}
	return &Session{c: c, id: session, Token: r.Resumed.Token, Spec: r.Resumed.Spec, Backend: r.Resumed.Backend}, r.Resumed, nil
}

// ID is the session's id.
func (s *Session) ID() string { return s.id }

// ResetOptions say which episode to start. The zero value takes a task of the train
// split by a seed that the server draws.
type ResetOptions struct {
	Backend    string
	Task       string
	Split      gym.Split
	Index      *int64
	Seed       *int64
	Evaluation bool
	Episode    string // of a replay
}

// Reset starts an episode.
func (s *Session) Reset(ctx context.Context, o ResetOptions) (gym.Timestep, error) {
	return s.timestep(ctx, &wire.Request{
		Op: wire.OpReset, Session: s.id, Backend: o.Backend, Task: o.Task, Split: o.Split, Index: o.Index, Seed: o.Seed,
		Evaluation: o.Evaluation, Episode: o.Episode,
	})
}

// Step acts.
func (s *Session) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	return s.timestep(ctx, &wire.Request{Op: wire.OpStep, Session: s.id, Action: a})
}

func (s *Session) timestep(ctx context.Context, q *wire.Request) (gym.Timestep, error) {
	r, err := s.c.call(ctx, q)
	if err != nil {
		return gym.Timestep{}, err
	}
	return *r.Timestep, nil
}

// Advise answers what the environment's scripted policy would do now, "" when it has no
// more to say.
func (s *Session) Advise(ctx context.Context) (gym.Action, error) {
	r, err := s.c.call(ctx, &wire.Request{Op: wire.OpAdvise, Session: s.id})
	if err != nil {
		return "", err
	}
	return gym.Action(*r.Advice), nil
}

// Close ends the session.
func (s *Session) Close(ctx context.Context) error {
	_, err := s.c.call(ctx, &wire.Request{Op: wire.OpClose, Session: s.id})
	return err
}
