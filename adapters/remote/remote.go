// Package remote plays environments of OpenEnv servers as remote/NAME: the real side is
// somebody else's program, reached over a WebSocket.
//
// An Env is a connection, and so a session there. A task is a seed of the server's reset. What the
// server breaks (it is gone, slow, or answers what the protocol does not have) is
// CodeEnvCrashed or CodeDeadlineExceeded; the connection is made anew at the next reset. A
// reward is only ever what the server said.
package remote

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"dreamgym/envserver/gym"
)

// Config says which environments there are. Its zero value has none.
type Config struct{ Envs []Remote }

// Register adds the configured environments. Their servers need not run yet: one that does
// not answer is registered and not available.
func Register(r *gym.Registry, c Config) error {
	var errs []error
	for _, declared := range c.Envs {
		errs = append(errs, r.Register((&server{Remote: declared, spec: declared.spec()}).registration()))
	}
	return errors.Join(errs...)
}

// server is what the Envs of one declaration share. Many goroutines may use it.
type server struct {
	Remote
	spec gym.Spec

	mu     sync.Mutex
	form   *form // nil: not known yet
	failed time.Time
	why    error // of the last failure
}

func (s *server) registration() gym.Registration {
	return gym.Registration{
		Spec:  s.spec,
		Tasks: gym.SeedTasks{Env: s.id(), Goal: cmp.Or(s.Goal, "play "+s.Name), Sizes: s.Seeds()},
		Open:  func(context.Context) (gym.Env, error) { return &env{server: s}, nil },
		Ready: func() error {
			_, err := s.actions(context.Background())
			return err
		},
	}
}

const (
	askTimeout  = 3 * time.Second // for the schema
	failureStay = 5 * time.Second // how long a failure is taken for the present state
)

// actions is the form of the server's actions. It is asked for once it is needed, until it
// is known.
func (s *server) actions(ctx context.Context) (*form, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.form != nil {
		return s.form, nil
	}
	if time.Since(s.failed) < failureStay {
		return nil, s.why
	}
	bounded, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	f, err := s.ask(bounded)
	switch {
	case ctx.Err() != nil: // the caller's time is over: that tells nothing of the server
		return nil, gym.AsError(ctx.Err())
	case err != nil:
		s.failed, s.why = time.Now(), err
		return nil, err
	}
	s.form = f
	return f, nil
}

// crashed is a failure of the server's.
func (s *server) crashed(what string, cause error) error {
	return &gym.Error{Code: gym.CodeEnvCrashed, Msg: "the remote environment failed: " + what, Err: cause}
}
