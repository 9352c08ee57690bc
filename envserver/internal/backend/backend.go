// Package backend finds what plays an environment: the real side, a dream of it, or a
// recording.
package backend

import (
	"context"
	"strings"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
)

// Dreamer makes dreams of environments. It may be used by many goroutines.
type Dreamer interface {
	// Dream opens an Env that dreams reg; with reasoning its timesteps say how it was come to.
	Dream(ctx context.Context, reg gym.Registration, reasoning bool) (gym.Env, error)
}

// Pinned is a dream that can begin at an earlier state of its buffer.
type Pinned interface {
	// Pin makes the next Reset use the snapshot that a first timestep's info named.
	Pin(snapshot int64) error
}

// Recordings finds recorded episodes; CodeUnknownEpisode where there is none.
type Recordings interface {
	Episode(ctx context.Context, id string) (*episode.Episode, error)
}

// Choice is what is to play.
type Choice struct {
	Backend gym.Backend
	// Reasoning is for dreams, Source the recorded episode of a replay.
	Reasoning bool
	Source    string
}

// Resolver opens what plays an environment. Its fields may be nil: that backend is then
// not available.
type Resolver struct {
	Dreamer    Dreamer
	Recordings Recordings
}

// Default is the backend that plays where nobody said which.
func Default(reg gym.Registration) gym.Backend {
	if reg.Spec.DreamOnly {
		return gym.BackendDream
	}
	return gym.BackendReal
}

// Backends lists what could play reg here.
func (r *Resolver) Backends(reg gym.Registration) []string {
	var all []string
	for _, b := range []gym.Backend{gym.BackendReal, gym.BackendDream, gym.BackendReplay} {
		if r.Check(reg, b) == nil {
			all = append(all, string(b))
		}
	}
	return all
}

// Check answers nil, or CodeNotAvailable with what is missing.
func (r *Resolver) Check(reg gym.Registration, b gym.Backend) error {
	switch b {
	case gym.BackendReal:
		return checkReal(reg)
	case gym.BackendDream:
		if r.Dreamer == nil {
			return gym.Errorf(gym.CodeNotAvailable, "%s cannot be dreamed here: the server has no experience model", reg.Spec.ID)
		}
		return nil
	case gym.BackendReplay:
		if r.Recordings == nil {
			return gym.Errorf(gym.CodeNotAvailable, "%s cannot be replayed here: the server keeps no recordings", reg.Spec.ID)
		}
		return nil
	}
	name, _, _ := strings.Cut(string(b), ":")
	return gym.Errorf(gym.CodeNotAvailable, "the backend %s does not exist yet: use real, dream or replay", name)
}

func checkReal(reg gym.Registration) error {
	if reg.Open == nil {
		return gym.Errorf(gym.CodeNotAvailable, "%s has no real side: use %s@dream", reg.Spec.ID, reg.Spec.ID)
	}
	if reg.Ready == nil {
		return nil
	}
	return reg.Ready()
}

// Open opens the chosen backend of reg.
func (r *Resolver) Open(ctx context.Context, reg gym.Registration, c Choice) (gym.Env, error) {
	if err := r.Check(reg, c.Backend); err != nil {
		return nil, err
	}
	switch c.Backend {
	case gym.BackendDream:
		return r.Dreamer.Dream(ctx, reg, c.Reasoning)
	case gym.BackendReplay:
		return r.openReplay(ctx, reg, c.Source)
	}
	return reg.Open(ctx)
}

func (r *Resolver) openReplay(ctx context.Context, reg gym.Registration, source string) (gym.Env, error) {
	e, err := r.Recordings.Episode(ctx, source)
	if err != nil {
		return nil, err
	}
	if e.Header.Env != reg.Spec.ID {
		return nil, gym.Errorf(gym.CodeUnknownEpisode, "episode %s is of %s, not of %s", source, e.Header.Env, reg.Spec.ID)
	}
	return NewReplay(reg.Spec, e), nil
}
