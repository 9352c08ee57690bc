// Package compat is what the front ends for other protocols have in common: finding the
// environment that a path names, a lease on a session of it, and lists of tasks. A front end
// translates, and nothing else: what is carried out exactly once, recorded, timed out and
// reaped is the session's.
package compat

import (
	"context"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

// Host is the server that front ends translate for. It may be used by many goroutines.
type Host struct {
	Sessions *session.Manager
	Registry *gym.Registry
	Backends *backend.Resolver
	// Backend plays where neither the path nor a request names one; "": the environment's own.
	Backend gym.Backend
	// Env is what plays for clients that name no environment; "": they are refused.
	Env    string
	Limits wire.Limits
	// Wait is how long an open waits for room before it answers capacity_reached.
	Wait    time.Duration
	Version string
	Log     zerolog.Logger
}

// Mount is where a front end answers: a pattern of net/http's ServeMux.
type Mount struct {
	Pattern string
	Handler http.Handler
}

// Target is an environment and what plays it.
type Target struct {
	Reg     gym.Registration
	Backend gym.Backend
}

// Target finds "namespace/name-vN[@backend]".
func (h *Host) Target(id string) (Target, error) {
	id, b, err := gym.ParseID(id)
	if err != nil {
		return Target{}, err
	}
	reg, err := h.Registry.Find(id)
	if err != nil {
		return Target{}, err
	}
	if b == "" {
		b = h.defaultBackend(reg)
	}
	return Target{reg, b}, h.Backends.Check(reg, b)
}

func (h *Host) defaultBackend(reg gym.Registration) gym.Backend {
	if h.Backend == "" || h.Backends.Check(reg, h.Backend) != nil {
		return backend.Default(reg)
	}
	return h.Backend
}

// Failure is a failure as a client may be told it. A mistake of the server's own goes to the log;
// over names the protocol there.
func (h *Host) Failure(err error, over string) *gym.Error {
	e := gym.AsError(err)
	if e.Code == gym.CodeInternal {
		h.Log.Error().Err(e).Msg("a request over " + over + " failed")
	}
	return e
}

// Split finds a split by our name, or by what others call it.
func Split(name string) (gym.Split, error) {
	switch name {
	case "validation":
		return gym.SplitSeen, nil
	case "test":
		return gym.SplitUnseen, nil
	}
	if s := gym.Split(name); s.Valid() {
		return s, nil
	}
	return "", gym.Errorf(gym.CodeUnknownTask, "there is no split %q: use train, seen (validation) or unseen (test)", gym.Clip(name))
}

// Tasks lists tasks [from, to) of a split, as far as there are any, and how many the split has.
// A negative to means all that are left.
func Tasks(ctx context.Context, set gym.TaskSet, split gym.Split, from, to int) ([]gym.Task, int, error) {
	n, err := set.Len(ctx, split)
	if err != nil {
		return nil, 0, err
	}
	if to < 0 || to > n {
		to = n
	}
	tasks := make([]gym.Task, 0, max(0, to-from))
	for i := max(0, from); i < to; i++ {
		t, err := set.At(ctx, split, i)
		if err != nil {
			return nil, n, err
		}
		tasks = append(tasks, t)
	}
	return tasks, n, nil
}
