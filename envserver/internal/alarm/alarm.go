// Package alarm has timers for what nearly always ends in time: an alarm costs next to
// nothing to set and to stop, and may be late by a few milliseconds.
//
// A timer of package time that is set and stopped in every step of an idle machine wakes a
// second thread each time, to watch it. That costs more than a short step.
package alarm

import (
	"sync"
	"time"
)

// Every is how often a Clock looks at its alarms: how late one may go off.
const Every = 5 * time.Millisecond

// Clock looks at alarms, while there are any. It may be used by many goroutines.
type Clock struct {
	mu    sync.Mutex
	set   []*Alarm
	used  bool // since it was last looked
	runs  bool
	timer *time.Timer
}

// Alarm calls a function some time after it was set, unless it is stopped before. Its
// methods may be called by many goroutines.
type Alarm struct {
	clock *Clock
	f     func()
	// Guarded by the clock.
	at time.Time
	i  int // in clock.set; -1: not there
}

// New makes an alarm that is not set. It calls f in a goroutine of its own.
func (c *Clock) New(f func()) *Alarm { return &Alarm{clock: c, f: f, i: -1} }

// Set lets the alarm go off in d from now, and not when it was to before.
func (a *Alarm) Set(d time.Duration) {
	c := a.clock
	at := time.Now().Add(d)
	c.mu.Lock()
	defer c.mu.Unlock()
	a.at, c.used = at, true
	if a.i < 0 {
		a.i = len(c.set)
		c.set = append(c.set, a)
	}
	if !c.runs {
		c.runs = true
		c.wait()
	}
}

// Stop takes the alarm back. It does not wait for f where the alarm went off already.
func (a *Alarm) Stop() {
	a.clock.mu.Lock()
	defer a.clock.mu.Unlock()
	a.remove()
}

// remove puts the last of the set in the alarm's place.
func (a *Alarm) remove() {
	if a.i < 0 {
		return
	}
	set := a.clock.set
	last := set[len(set)-1]
	set[a.i], last.i = last, a.i
	set[len(set)-1] = nil
	a.clock.set, a.i = set[:len(set)-1], -1
}

func (c *Clock) wait() {
	if c.timer == nil {
		c.timer = time.AfterFunc(Every, c.look)
		return
	}
	c.timer.Reset(Every)
}

// look lets go off what is due. It goes on until no alarm was set for a while.
func (c *Clock) look() {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.set) - 1; i >= 0; i-- {
		if a := c.set[i]; !now.Before(a.at) {
			a.remove()
			go a.f()
		}
	}
	c.runs = c.used || len(c.set) > 0
	c.used = false
	if c.runs {
		c.wait()
	}
}
