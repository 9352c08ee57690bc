package main

import (
	"context"
	"errors"
	"sync"

	"github.com/rs/zerolog"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// feed keeps the experience buffers: what was recorded on the real side flows into them
// as it ends. They are the only way from the log to a dream. Many goroutines may use it.
type feed struct {
	capacity int
	log      zerolog.Logger

	mu      sync.Mutex
	buffers map[string]*experience.Buffer
}

func newFeed(capacity int, log zerolog.Logger) *feed {
	return &feed{capacity: capacity, log: log, buffers: make(map[string]*experience.Buffer)}
}

// buffer answers the buffer of a name, a new one where there is none.
func (f *feed) buffer(name string) *experience.Buffer {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.buffers[name]
	if b == nil {
		b = experience.NewBuffer(f.capacity)
		f.buffers[name] = b
	}
	return b
}

// each calls do with every buffer.
func (f *feed) each(do func(*experience.Buffer)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.buffers {
		do(b)
	}
}

// fill takes in every episode that the log has, in order of end, and answers where to
// follow it from.
func (f *feed) fill(ctx context.Context, log *episode.Log, r *gym.Registry) (episode.Place, error) {
	return log.Episodes(ctx, episode.Place{}, func(e episode.Ended) error { return f.take(e, r) })
}

// follow takes in the episodes that end from a place on, until ctx ends or the log closes.
func (f *feed) follow(ctx context.Context, log *episode.Log, from episode.Place, r *gym.Registry) {
	err := log.Follow(ctx, from, func(e episode.Ended) error { return f.take(e, r) })
	if ctx.Err() == nil && gym.CodeOf(err) != gym.CodeShuttingDown {
		f.log.Error().Err(err).Msg("recorded episodes no longer reach the experience buffers")
	}
}

// take adds an ended episode to its environment's buffer, if it may be learned from. One
// that cannot be read is left out.
func (f *feed) take(ended episode.Ended, r *gym.Registry) error {
	if ok, err := ended.Learnable(); err == nil && !ok {
		return nil
	}
	e, err := ended.Episode()
	if err != nil {
		f.log.Warn().Err(err).Str("episode", ended.ID).Msg("an episode cannot be learned from")
		return nil
	}
	reg, err := r.Find(e.Header.Env)
	var unknown *gym.Error
	if errors.As(err, &unknown) || !e.Learnable() {
		return nil
	}
	taken := experience.FromLog(e)
	f.buffer(reg.Spec.Buffer()).Add(taken.Steps)
	return nil
}
