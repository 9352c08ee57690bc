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

// fate is how a request ended, as far as it tells of the endpoint.
type fate int

const (
	alive   fate = iota // it answered, be it with a refusal
	failed              // all attempts were in vain
	givenUp             // nobody waited for the answer: nothing is known
)

// breaker spares an endpoint that is down, and those who would wait for it: after many
// failures in a row requests fail at once for a while, then one may try.
type breaker struct {
	mu     sync.Mutex
	failed int
	opens  time.Time // when one may try, while failed is at its bound
	trying bool
}

// enter lets a request through, or says that none is. A probe is the one that tries.
func (b *breaker) enter(now time.Time) (probe bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < breakAfter {
		return false, nil
	}
	if b.trying || now.Before(b.opens) {
		return false, gym.Errorf(gym.CodeModelUnavailable, "the endpoint failed %d requests in a row; one tries again every %s", b.failed, breakFor)
	}
	b.trying = true
	return true, nil
}

// leave notes how a request that was let through ended. One that had begun before the
// others were stopped may still show that the endpoint is alive; that it failed, too, puts
// the probe off no further.
func (b *breaker) leave(now time.Time, probe bool, f fate) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if probe {
		b.trying = false
	}
	switch f {
	case alive:
		b.failed = 0
	case failed:
		b.failed++
		if probe || b.failed == breakAfter {
			b.opens = now.Add(breakFor)
		}
	}
}
