package endpoint

import (
	"sync"
	"time"

	"dreamgym/envserver/gym"
)

const (
	breakAfter = 8 // requests in a row whose retries were all in vain
	breakFor   = 10 * time.Second
)

// breaker spares an endpoint that is down, and those who would wait for it: after many
// failures in a row requests fail at once for a while, then one may try.
type breaker struct {
	mu     sync.Mutex
	failed int
	opens  time.Time // when the next may try, while failed is at its bound
	trying bool
}

// enter lets a request through, or says that none is.
func (b *breaker) enter(now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < breakAfter {
		return nil
	}
	if b.trying || now.Before(b.opens) {
		return gym.Errorf(gym.CodeModelUnavailable, "the endpoint failed %d requests in a row; it is asked again %s later", b.failed, breakFor)
	}
	b.trying = true
	return nil
}

// leave notes how a request that was let through ended: whether the endpoint is alive.
func (b *breaker) leave(now time.Time, alive bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
	if alive {
		b.failed = 0
		return
	}
	b.failed++
	b.opens = now.Add(breakFor)
}

// abandon notes that a request was given up, which tells nothing of the endpoint.
func (b *breaker) abandon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
}
