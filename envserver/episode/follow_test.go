package episode

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"dreamgym/envserver/gym"
)

func TestFollowGivesEveryEpisodeOnce(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, Options{SegmentBytes: 8 << 10})
	const before, writers, each = 20, 8, 25
	for i := range before {
		play(t, l, header(fmt.Sprintf("before-%d", i), ""), 1)
	}
	seen := make(map[string]int)
	enough := errors.New("enough")
	followed := make(chan error, 1)
	go func() {
		followed <- l.Follow(context.Background(), Place{}, func(e Ended) error {
			ep, err := e.Episode()
			if err != nil {
				return err
			}
			seen[ep.Header.ID]++
			if len(seen) == before+writers*each {
				return enough
			}
			return nil
		})
	}()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				play(t, l, header(fmt.Sprintf("%d-%d", w, i), ""), 2)
			}
		})
	}
	wg.Wait()
	if err := <-followed; !errors.Is(err, enough) {
		t.Fatal(err)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("episode %s came %d times", id, n)
		}
	}
}

func TestFollowGoesOnWhereItWas(t *testing.T) {
	l := openLog(t, t.TempDir(), Options{})
	play(t, l, header("e1", ""), 1)
	var next Place
	_, err := l.Episodes(t.Context(), Place{}, func(e Ended) error { next = e.Next; return nil })
	must(t, err)
	play(t, l, header("e2", ""), 1)
	stop := errors.New("stop")
	err = l.Follow(t.Context(), next, func(e Ended) error {
		if e.ID != "e2" || e.Steps != 2 || e.Return != 1 || e.Reason != Terminated {
			t.Errorf("followed %+v", e)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Error(err)
	}
}

func TestWaitReturnsForNewsAlone(t *testing.T) {
	l := openLog(t, t.TempDir(), Options{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	quiet := func(after Place) {
		t.Helper()
		if err := l.Wait(ended, after); !errors.Is(err, context.Canceled) {
			t.Errorf("there is no news after %s, Wait answers %v", after, err)
		}
	}
	quiet(Place{})
	must(t, l.Begin(header("e1", ""), step(0, 0), nil), l.Wait(t.Context(), Place{}))
	quiet(l.end())
	must(t, l.AppendStep("e1", step(1, 0), nil))
	before := l.end()
	quiet(before)
	must(t, l.AppendStep("e1", last(2, 0), nil), l.Wait(t.Context(), before))
	quiet(l.end())
}

func TestLearnableIsToldByTheHeader(t *testing.T) {
	l := openLog(t, t.TempDir(), Options{})
	play(t, l, header("yes", ""), 1)
	dream, evaluation, unseen := header("dream", ""), header("evaluation", ""), header("unseen", "")
	dream.Backend, evaluation.Evaluation, unseen.Task.Split = gym.BackendDream, true, gym.SplitUnseen
	for _, h := range []Header{dream, evaluation, unseen} {
		play(t, l, h, 1)
	}
	must(t, l.Begin(header("aborted", ""), step(0, 0), nil), l.AppendEnd("aborted", End{Reason: Aborted, Code: gym.CodeEnvCrashed}))
	_, err := l.Episodes(t.Context(), Place{}, func(e Ended) error {
		h, err := e.Header()
		if got, want := e.Learnable(h), e.ID == "yes"; got != want {
			t.Errorf("learnable is %v of %s", got, e.ID)
		}
		return err
	})
	must(t, err)
}

func TestFollowEndsWithItsContextAndWithTheLog(t *testing.T) {
	l := openLog(t, t.TempDir(), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	none := func(Ended) error { return nil }
	if err := l.Follow(ctx, Place{}, none); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- l.Follow(context.Background(), Place{}, none) }()
	must(t, l.Close())
	wantCode(t, <-closed, gym.CodeShuttingDown)
}

func TestDroppedSegmentsAnswerUnknownEpisode(t *testing.T) {
	l := openLog(t, t.TempDir(), Options{SegmentBytes: 1})
	must(t, l.OpenSession(Session{ID: "s1", Opened: noon}))
	play(t, l, header("old", "s1"), 1)
	var place Place
	_, err := l.Episodes(t.Context(), Place{}, func(e Ended) error { place = e.Place; return nil })
	must(t, err, l.Begin(header("live", "s1"), step(0, 0), nil))
	segments, err := l.Segments()
	must(t, err)
	var free []uint32
	for _, s := range segments {
		if !s.Pinned {
			free = append(free, s.Number)
		} else if err := l.Drop(s.Number); gym.CodeOf(err) != gym.CodeStorage {
			t.Errorf("segment %d is in use and was dropped: %v", s.Number, err)
		}
	}
	must(t, l.Drop(free...))
	wantCode(t, second(l.Read(place)), gym.CodeUnknownEpisode)
	if got := answers(t, l, "s1"); len(got) != 1 {
		t.Errorf("answers that are left: %v", got)
	}
	gaps, err := l.Gaps()
	must(t, err)
	if len(gaps) != 1 || gaps[0].Until-gaps[0].From != uint32(len(free)) {
		t.Errorf("gaps %v, dropped %v", gaps, free)
	}
	dir := l.dir
	must(t, l.AppendStep("live", last(1, 1), nil), l.Close())
	l = openLog(t, dir, Options{SegmentBytes: 1})
	if s, err := l.Session("s1"); err != nil || s.ID != "s1" {
		t.Errorf("session after a drop and a restart: %+v, %v", s, err)
	}
	if got := ended(t, l.Reader); len(got) != 1 || got[0].Header.ID != "live" {
		t.Errorf("left: %+v", got)
	}
}
