package endpoint

import (
	"context"
	"crypto/sha256"
	"sync"

	"dreamgym/envserver/gym"
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
	if ctx.Err() == context.DeadlineExceeded {
		return Answer{}, gym.Errorf(gym.CodeDeadlineExceeded, "the endpoint's answer did not come before the deadline of the request")
	}
	return Answer{}, gym.Errorf(gym.CodeCanceled, "the request was cancelled while the endpoint was asked")
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
		f.forget(key, one)
	}()
	return one
}

// leave notes that somebody no longer waits; with the last the request ends.
func (f *flights) leave(key [sha256.Size]byte, one *flight) {
	f.mu.Lock()
	one.waiting--
	last := one.waiting == 0
	if last && f.all[key] == one {
		delete(f.all, key)
	}
	f.mu.Unlock()
	if last {
		one.cancel()
		<-one.landed
	}
}

func (f *flights) forget(key [sha256.Size]byte, one *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all[key] == one {
		delete(f.all, key)
	}
}
