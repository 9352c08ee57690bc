// Package alarm has timers for what nearly always ends in time: an alarm costs next to
// nothing to set and to stop, and may be late by a few milliseconds.
//
// A timer of package time that is set and stopped in every step of an idle machine wakes a
// second thread each time, to watch it. That costs more than a short step.
package alarm

import (
	"slices"
	"sync"
	"time"
)

// Every is how often a Clock looks at its alarms: how late one may go off.
const Every = 5 * time.Millisecond

// Clock looks at alarms, while there are any. It may be used by many goroutines.
type Clock struct {
	mu      sync.Mutex
	watched []*Alarm
	runs    bool
	timer   *time.Timer
}

// Alarm calls a function at the time that it was set to, unless it is stopped before. Its
// methods may be called by many goroutines. Setting and stopping one that was set a moment ago
// touches nothing but the alarm.
type Alarm struct {
	clock *Clock
	f     func()

	mu      sync.Mutex // taken after the clock's
	at      time.Time  // zero: it is not set
	watched bool
}

// New makes an alarm that is not set. It calls f in a goroutine of its own.
func (c *Clock) New(f func()) *Alarm { return &Alarm{clock: c, f: f} }

// Set lets the alarm go off at a time, and not when it was to before.
func (a *Alarm) Set(at time.Time) {
	a.mu.Lock()
	watched := a.watched
	a.at, a.watched = at, true
	a.mu.Unlock()
	if !watched {
		a.clock.watch(a)
	}
}

// Stop takes the alarm back. It does not wait for f where the alarm went off already.
func (a *Alarm) Stop() {
	a.mu.Lock()
	a.at = time.Time{}
	a.mu.Unlock()
}

func (c *Clock) watch(a *Alarm) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watched = append(c.watched, a)
	if !c.runs {
		c.runs = true
		c.wait()
	}
}

func (c *Clock) wait() {
	if c.timer == nil {
		c.timer = time.AfterFunc(Every, c.look)
		return
	}
	c.timer.Reset(Every)
}

// look lets go off what is due, and forgets what was stopped. It goes on until there was
// nothing to watch for a while.
func (c *Clock) look() {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs = len(c.watched) > 0
	c.watched = slices.DeleteFunc(c.watched, func(a *Alarm) bool { return a.over(now) })
	if c.runs {
		c.wait()
	}
}

// over tells whether the alarm need not be watched any more. One that is due goes off.
func (a *Alarm) over(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.at.IsZero() && !now.Before(a.at) {
		a.at = time.Time{}
		go a.f()
	}
	a.watched = !a.at.IsZero()
	return !a.watched
}
