package endpoint

import (
	"context"
	"crypto/sha256"
	"sync"
)

// flights make alike requests at the same time one. A request goes on as long as anybody
// waits for it.
type flights struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]*flight
}

type flight struct {
	waiting int
	cancel  context.CancelFunc
	landed  chan struct{}
	answer  Answer
	err     error
}

// do gives every caller of a key at the same time what one ask answers. A caller whose
// context ends leaves the others waiting.
func (f *flights) do(ctx context.Context, key [sha256.Size]byte, ask func(context.Context) (Answer, error)) (Answer, error) {
	one := f.join(ctx, key, ask)
	defer f.leave(key, one)
	select {
	case <-one.landed:
		return one.answer, one.err
	case <-ctx.Done():
	}
	select { // an answer that is there is not thrown away
	case <-one.landed:
		return one.answer, one.err
	default:
	}
	return Answer{}, ended(ctx, ctx.Err())
}

func (f *flights) join(ctx context.Context, key [sha256.Size]byte, ask func(context.Context) (Answer, error)) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one := f.all[key]; one != nil {
		one.waiting++
		return one
	}
	free, cancel := context.WithCancel(context.WithoutCancel(ctx))
	one := &flight{waiting: 1, cancel: cancel, landed: make(chan struct{})}
	if f.all == nil {
		f.all = map[[sha256.Size]byte]*flight{}
	}
	f.all[key] = one
	go func() {
		defer close(one.landed)
		one.answer, one.err = ask(free)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.forget(key, one)
	}()
	return one
}

// leave notes that somebody no longer waits. With the last the request ends, and nobody
// joins it any more.
func (f *flights) leave(key [sha256.Size]byte, one *flight) {
	f.mu.Lock()
	one.waiting--
	last := one.waiting == 0
	if last {
		f.forget(key, one)
	}
	f.mu.Unlock()
	if last {
		one.cancel()
		<-one.landed
	}
}

// forget takes a flight off, unless another has its place; f.mu is held.
func (f *flights) forget(key [sha256.Size]byte, one *flight) {
	if f.all[key] == one {
		delete(f.all, key)
	}
}
