package session

import (
	"context"
	"testing"
	"time"
)

// TestExpire takes a call through its deadlines. An alarm that comes early, since it went off
// for the call before, changes nothing.
func TestExpire(t *testing.T) {
	s := &Session{m: &Manager{o: Options{AbandonAfter: time.Minute}}}
	due := time.Now().Add(time.Hour)
	c := &call{s: s, until: due, due: due}
	s.watch(c)
	defer s.alarm.Stop()
	for _, at := range []struct {
		after time.Duration // since the deadline
		err   error
		given bool
	}{
		{-time.Second, nil, false},
		{0, context.DeadlineExceeded, false},
		{time.Second, context.DeadlineExceeded, false},
		{time.Minute, context.DeadlineExceeded, true},
		{2 * time.Minute, context.DeadlineExceeded, false},
	} {
		if given := c.expire(due.Add(at.after)); given != at.given || c.Err() != at.err {
			t.Errorf("%v after the deadline: given up %v, %v", at.after, given, c.Err())
		}
	}
	if c.leave() {
		t.Error("a call that was given up was left once more")
	}
}
