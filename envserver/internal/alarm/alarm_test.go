package alarm_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreamgym/envserver/internal/alarm"
)

// bell makes an alarm that tells when it goes off.
func bell(c *alarm.Clock) (*alarm.Alarm, <-chan time.Time) {
	rings := make(chan time.Time, 10)
	return c.New(func() { rings <- time.Now() }), rings
}

func wantRing(t *testing.T, rings <-chan time.Time, due time.Time) {
	t.Helper()
	if late := (<-rings).Sub(due); late < 0 || late > alarm.Every {
		t.Errorf("the alarm is late by %v", late)
	}
}

// TestRings sets one alarm again and again, after pauses in which the clock stands still.
func TestRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c alarm.Clock
		a, rings := bell(&c)
		for _, d := range []time.Duration{0, time.Millisecond, alarm.Every, 30 * time.Second} {
			due := time.Now().Add(d)
			a.Set(due)
			wantRing(t, rings, due)
			time.Sleep(time.Minute)
		}
		if len(rings) > 0 {
			t.Error("an alarm went off twice")
		}
	})
}

// TestStop stops alarms among others, which go off all the same.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c alarm.Clock
		begun := time.Now()
		var alarms []*alarm.Alarm
		var rings []<-chan time.Time
		for i := range 10 {
			a, r := bell(&c)
			a.Set(begun.Add(time.Duration(10-i) * time.Second))
			alarms, rings = append(alarms, a), append(rings, r)
		}
		for i := 0; i < 10; i += 3 {
			alarms[i].Stop()
			alarms[i].Stop()
		}
		time.Sleep(time.Minute)
		for i, r := range rings {
			if i%3 == 0 {
				if len(r) > 0 {
					t.Errorf("alarm %d was stopped and went off", i)
				}
				continue
			}
			wantRing(t, r, begun.Add(time.Duration(10-i)*time.Second))
		}
	})
}

// TestPutOff sets an alarm that is set: the later time counts.
func TestPutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c alarm.Clock
		a, rings := bell(&c)
		for range 100 {
			a.Set(time.Now().Add(2 * alarm.Every))
			time.Sleep(alarm.Every)
		}
		wantRing(t, rings, time.Now().Add(alarm.Every))
		if len(rings) > 0 {
			t.Error("the alarm went off before")
		}
	})
}

// TestRestless sets and stops alarms while the clock looks at them: the last setting of each
// counts.
func TestRestless(t *testing.T) {
	var c alarm.Clock
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			a, rings := bell(&c)
			for until := time.Now().Add(10 * alarm.Every); time.Now().Before(until); {
				a.Set(time.Now().Add(time.Hour))
				a.Stop()
			}
			due := time.Now()
			a.Set(due)
			if rang := <-rings; rang.Before(due) || len(rings) > 0 {
				t.Error("an alarm went off that was stopped")
			}
		})
	}
	all.Wait()
}
