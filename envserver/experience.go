package main

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/rs/zerolog"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// feed keeps the experience buffers: what was recorded on the real side flows into them as it
// ends. They are the only way from the log to a dream. A buffer is filled when it is first asked
// for: to record what nobody dreams of costs nothing here. Many goroutines may use it.
type feed struct {
	capacity int
	episodes *episode.Log // nil: there are imports alone
	registry *gym.Registry
	log      zerolog.Logger

	reading sync.Mutex    // of the log, into buffers; taken before mu
	asked   chan struct{} // closed when the first buffer is filled
	from    episode.Place // where to follow the log from; set before asked is closed

	mu      sync.Mutex
	buffers map[string]*experience.Buffer
	filled  map[string]bool // from the log; changed with both locks held
}

func newFeed(capacity int, episodes *episode.Log, r *gym.Registry, log zerolog.Logger) *feed {
	return &feed{
		capacity: capacity, episodes: episodes, registry: r, log: log, asked: make(chan struct{}),
		buffers: make(map[string]*experience.Buffer), filled: make(map[string]bool),
	}
}

// buffer answers the buffer of a name.
func (f *feed) buffer(name string) *experience.Buffer {
	f.fill(name)
	return f.made(name)
}

// made answers the buffer of a name as it is, a new one where there is none.
func (f *feed) made(name string) *experience.Buffer {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.buffers[name]
	if b == nil {
		b = experience.NewBuffer(f.capacity)
		f.buffers[name] = b
	}
	return b
}

// fill takes what ended until now into the buffers of some names, in order of end, and has
// them followed from then on. Those that are filled already it leaves alone.
func (f *feed) fill(names ...string) {
	if f.episodes == nil || len(f.unfilled(names)) == 0 {
		return
	}
	f.reading.Lock()
	defer f.reading.Unlock()
	wanted := f.unfilled(names)
	next, err := f.episodes.Episodes(context.Background(), episode.Place{}, func(e episode.Ended) error {
		f.take(e, wanted)
		return nil
	})
	if err != nil {
		f.log.Error().Err(err).Msg("not every recorded episode reached the experience buffers")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.filled) == 0 {
		f.from = next
		defer close(f.asked)
	}
	maps.Copy(f.filled, wanted)
}

// learn fills every environment's buffer and has a model learn of those that hold something.
func (f *feed) learn(l model.Learner) {
	var names []string
	for _, reg := range f.registry.All() {
		names = append(names, reg.Spec.Buffer())
	}
	f.fill(names...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if s := f.made(name).Snapshot(); s.Len() > 0 {
			l.Ready(s)
		}
	}
}

// unfilled answers which names have buffers that were not filled.
func (f *feed) unfilled(names []string) map[string]bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := make(map[string]bool)
	for _, n := range names {
		if !f.filled[n] {
			left[n] = true
		}
	}
	return left
}

// follow takes the episodes that end into the buffers that were asked for, until ctx ends or
// the log closes.
func (f *feed) follow(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-f.asked:
	}
	err := f.episodes.Follow(ctx, f.from, func(e episode.Ended) error {
		f.reading.Lock()
		defer f.reading.Unlock()
		f.take(e, f.filled)
		return nil
	})
	if ctx.Err() == nil && gym.CodeOf(err) != gym.CodeShuttingDown {
		f.log.Error().Err(err).Msg("recorded episodes no longer reach the experience buffers")
	}
}

// take adds an ended episode to its environment's buffer, if that is wanted and it may be
// learned from. One that cannot be read is left out.
func (f *feed) take(ended episode.Ended, wanted map[string]bool) {
	if err := f.read(ended, wanted); err != nil {
		f.log.Warn().Err(err).Str("episode", ended.ID).Msg("an episode cannot be learned from")
	}
}

func (f *feed) read(ended episode.Ended, wanted map[string]bool) error {
	h, err := ended.Header()
	if err != nil {
		return err
	}
	reg, err := f.registry.Find(h.Env)
	name := reg.Spec.Buffer()
	if err != nil || !wanted[name] || !ended.Learnable(h) {
		return nil // of an environment that is not here nobody dreams
	}
	e, err := ended.Episode()
	if err != nil {
		return err
	}
	f.made(name).AddLog(e)
	return nil
}
