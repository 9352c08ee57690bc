package session_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

// TestExactlyOnce repeats every request at once and much later, with the same body and
// with another.
func TestExactlyOnce(t *testing.T) {
	f := &fake{deterministic: true}
	h := newHarness(t, t.TempDir(), f, nil)
	u := h.open()
	requests := []struct {
		q    wire.Request
		want string
	}{
		{step(2, "early"), "reset_required"},
		{wire.Request{ID: 3, Op: wire.OpReset, Task: "train-9"}, "unknown_task"},
		{reset(4), "step 0, salt 0"},
		{step(5, "a"), "step 1, salt 0"},
		{step(6, "?"), "invalid_action"},
		{step(7, "b"), "step 2, salt 0"},
		{step(9, "end"), "step 3, salt 0"},
		{step(12, "late"), "reset_required"},
	}
	first := make([]wire.Reply, len(requests))
	for i, r := range requests {
		first[i] = u.want(r.q, r.want)
		again := u.want(r.q, r.want)
		if d := cmp.Diff(first[i], again); d != "" {
			t.Errorf("request %d was answered otherwise at once (-first +again):\n%s", r.q.ID, d)
		}
	}
	for i, r := range requests {
		again := u.want(r.q, r.want)
		if d := cmp.Diff(first[i], again); d != "" {
			t.Errorf("request %d was answered otherwise later (-first +again):\n%s", r.q.ID, d)
		}
		other := r.q
		other.TimeoutMS = 77
		u.want(other, "request_conflict")
	}
	u.want(step(1, "the id of open"), "request_conflict")
	if f.steps.Load() != 3 || f.resets.Load() != 1 {
		t.Errorf("%d steps and %d resets were carried out", f.steps.Load(), f.resets.Load())
	}
}

// TestSmallerIDs lets a client use fresh ids that do not rise.
func TestSmallerIDs(t *testing.T) {
	f := &fake{deterministic: true}
	h := newHarness(t, t.TempDir(), f, nil)
	u := h.open()
	u.want(reset(100), "step 0, salt 0")
	u.want(step(50, "a"), "step 1, salt 0")
	u.want(step(20, "a"), "step 2, salt 0")
	u.want(step(50, "a"), "step 1, salt 0")
	u.want(step(20, "b"), "request_conflict")
}

func TestOpenAgain(t *testing.T) {
	h := newHarness(t, t.TempDir(), &fake{}, nil)
	u := h.open()
	u.want(reset(2), "step 0, salt 0")
	other := newInbox()
	if _, err := h.m.Open(other, openRequest(), other); err != nil {
		t.Fatal(err)
	}
	if r := other.next(); r.Opened == nil || r.Opened.Token != u.token {
		t.Errorf("the same open request elsewhere: %+v", r)
	}
	third := newInbox()
	for _, q := range []*wire.Request{
		{ID: 2, Op: wire.OpOpen, Session: "s1", Env: fakeID},
		{ID: 1, Op: wire.OpOpen, Session: "s1", Env: fakeID, Reasoning: true},
	} {
		if _, err := h.m.Open(third, q, third); gym.CodeOf(err) != gym.CodeSessionExists {
			t.Errorf("open %+v: %v", q, err)
		}
	}
}

func TestOpenRefused(t *testing.T) {
	h := newHarness(t, t.TempDir(), &fake{}, nil)
	for env, want := range map[string]gym.Code{
		"test/none-v0":      gym.CodeUnknownEnvironment,
		"nonsense":          gym.CodeUnknownEnvironment,
		fakeID + "@nowhere": gym.CodeUnknownBackend,
		fakeID + "@mixed":   gym.CodeNotAvailable,
		fakeID + "@shadow":  gym.CodeNotAvailable,
		fakeID + "@dream":   gym.CodeNotAvailable,
	} {
		box := newInbox()
		_, err := h.m.Open(box, &wire.Request{ID: 1, Op: wire.OpOpen, Session: "s9", Env: env}, box)
		must(t, err)
		if r := box.next(); r.Error == nil || r.Error.Code != want {
			t.Errorf("open %s: %+v, want %s", env, r, want)
		}
	}
	if h.m.Len() != 0 {
		t.Errorf("%d sessions are open", h.m.Len())
	}
}

func TestClose(t *testing.T) {
	f := &fake{}
	h := newHarness(t, t.TempDir(), f, nil)
	u := h.open()
	u.want(reset(2), "step 0, salt 0")
	u.want(wire.Request{ID: 3, Op: wire.OpClose}, "closed")
	u.want(step(4, "a"), "unknown_session")
	if !h.m.Closed("s1", 3) || h.m.Closed("s1", 4) {
		t.Error("the close is not remembered by its request")
	}
	again := h.open() // the id is free again
	again.want(step(2, "a"), "reset_required")
}

func TestChooseTask(t *testing.T) {
	h := newHarness(t, t.TempDir(), &fake{}, nil)
	u := h.open()
	id := int64(1)
	task := func(q wire.Request) string {
		id++
		q.ID, q.Op = id, wire.OpReset
		r := u.do(q)
		if r.Error != nil {
			return string(r.Error.Code)
		}
		return r.Timestep.Info[gym.InfoTask].(string)
	}
	for want, q := range map[string]wire.Request{
		"train-1":         {Task: "train-1"},
		"seen-2":          {Split: gym.SplitSeen, Index: new(int64(2))},
		"unknown_task":    {Split: gym.SplitUnseen},
		"invalid_request": {Task: "train-1", Split: gym.SplitTrain},
	} {
		if got := task(q); got != want {
			t.Errorf("%+v chose %s, want %s", q, got, want)
		}
	}
	if got := task(wire.Request{Index: new(int64(3))}); got != "unknown_task" {
		t.Errorf("an index beyond the split chose %s", got)
	}
	if got := task(wire.Request{Episode: "e1"}); got != "invalid_request" {
		t.Errorf("an episode for the real side chose %s", got)
	}
	seen := make(map[string]bool)
	for seed := range int64(20) {
		got := task(wire.Request{Seed: &seed})
		if got != task(wire.Request{Seed: &seed}) {
			t.Errorf("seed %d chose two tasks", seed)
		}
		seen[got] = true
	}
	if len(seen) != 3 {
		t.Errorf("20 seeds chose %d of 3 tasks", len(seen))
	}
}

func TestSeedIsTold(t *testing.T) {
	h := newHarness(t, t.TempDir(), &fake{deterministic: true}, nil)
	u := h.open()
	r := u.do(reset(2))
	seed, ok := r.Timestep.Info["seed"].(int64)
	if !ok || seed < 0 || seed > wire.MaxInt {
		t.Errorf("the seed that was drawn is told as %v", r.Timestep.Info["seed"])
	}
	if r.Timestep.Info[gym.InfoSeedHonoured] != true || r.Timestep.Info[gym.InfoScene] != "here" {
		t.Errorf("info of the first timestep: %v", r.Timestep.Info)
	}
}

// TestTakeover resumes a session that another connection holds.
func TestTakeover(t *testing.T) {
	h := newHarness(t, t.TempDir(), &fake{}, nil)
	u := h.open()
	u.want(reset(2), "step 0, salt 0")
	u.want(step(3, "a"), "step 1, salt 0")
	n, r := u.resume(h)
	if got := text(r); got != "resumed steps 1 last 3" {
		t.Errorf("resume: %s", got)
	}
	u.want(step(4, "a"), "session_lost")
	n.want(step(3, "a"), "step 1, salt 0")
	n.want(step(4, "a"), "step 2, salt 0")
	u.s.Detach(u.box) // the first connection ends: it no longer holds the session
	n.want(step(5, "a"), "step 3, salt 0")
	if _, err := h.m.Resume(newInbox(), &wire.Request{ID: 9, Session: "s1", Token: "guess"}, n.box); gym.CodeOf(err) != gym.CodeUnauthorized {
		t.Errorf("resume with a wrong token: %v", err)
	}
	if _, err := h.m.Resume(newInbox(), &wire.Request{ID: 9, Session: "s2", Token: u.token}, n.box); gym.CodeOf(err) != gym.CodeUnknownSession {
		t.Errorf("resume of no session: %v", err)
	}
}

// TestDeadline steps an environment that heeds its context, and one that does not.
func TestDeadline(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{step: func(ctx context.Context, a gym.Action, n int) (gym.Timestep, error) {
				if a == "fast" {
					return gym.Timestep{Observation: gym.Observation{Text: "fast"}}, nil
				}
				<-ctx.Done()
				if deaf {
					time.Sleep(time.Hour)
				}
				return gym.Timestep{}, ctx.Err()
			}}
			h := newHarness(t, "", f, nil)
			u := h.open()
			u.want(reset(2), "step 0, salt 0")
			slow := step(3, "slow")
			slow.TimeoutMS = 500
			began := time.Now()
			u.want(slow, "deadline_exceeded")
			if took := time.Since(began); took < 500*time.Millisecond || took > 2*time.Second {
				t.Errorf("answered after %v", took)
			}
			u.want(slow, "deadline_exceeded")
			u.want(step(4, "fast"), "reset_required")
			u.want(reset(5), "step 0, salt 0")
			u.want(step(6, "fast"), "fast")
			if f.opened.Load() != 2 {
				t.Errorf("%d environments were opened", f.opened.Load())
			}
			time.Sleep(2 * time.Hour)
			synctest.Wait()
			if f.closed.Load() != 1 {
				t.Errorf("%d environments were closed", f.closed.Load())
			}
			h.wantEnd(gym.CodeDeadlineExceeded)
		})
	}
}

// wantEnd wants the first episode in the log to be aborted with a code.
func (h *harness) wantEnd(code gym.Code) {
	h.t.Helper()
	if h.log == nil {
		if len(h.memory.ends) == 0 || h.memory.ends[0].Code != code {
			h.t.Errorf("episodes ended %+v, want %s", h.memory.ends, code)
		}
		return
	}
	n := 0
	_, err := h.log.Episodes(context.Background(), episode.Place{}, func(e episode.Ended) error {
		if n++; n == 1 && (e.Reason != episode.Aborted || e.Code != code) {
			h.t.Errorf("the episode ended %s %s", e.Reason, e.Code)
		}
		return nil
	})
	must(h.t, err)
	if n == 0 {
		h.t.Error("no episode ended")
	}
}

// TestFailures holds that a failing environment is an error and an aborted episode, and
// that the session goes on.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		step func(context.Context, gym.Action, int) (gym.Timestep, error)
		want gym.Code
	}{
		"panic": {func(context.Context, gym.Action, int) (gym.Timestep, error) { panic("broken") }, gym.CodeEnvCrashed},
		"no code": {func(context.Context, gym.Action, int) (gym.Timestep, error) {
			return gym.Timestep{}, errors.New("secret")
		}, gym.CodeInternal},
		"NaN": {func(context.Context, gym.Action, int) (gym.Timestep, error) {
			return gym.Timestep{Reward: math.NaN()}, nil
		}, gym.CodeEnvCrashed},
		"infinite": {func(context.Context, gym.Action, int) (gym.Timestep, error) {
			return gym.Timestep{Info: gym.Info{"x": math.Inf(1)}}, nil
		}, gym.CodeEnvCrashed},
		"crash": {func(context.Context, gym.Action, int) (gym.Timestep, error) {
			return gym.Timestep{}, gym.Errorf(gym.CodeEnvCrashed, "gone")
		}, gym.CodeEnvCrashed},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{step: c.step}
			h := newHarness(t, t.TempDir(), f, nil)
			u := h.open()
			u.want(reset(2), "step 0, salt 0")
			r := u.want(step(3, "a"), string(c.want))
			if r.Error.Message == "secret" {
				t.Error("the cause was told to the client")
			}
			u.want(step(4, "a"), "reset_required")
			u.want(reset(5), "step 0, salt 0")
			h.wantEnd(c.want)
		})
	}
}

func TestQueueLimit(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	f := &fake{step: func(context.Context, gym.Action, int) (gym.Timestep, error) {
		started <- struct{}{}
		<-release
		return gym.Timestep{}, nil
	}}
	h := newHarness(t, t.TempDir(), f, func(o *session.Options) { o.Limits.QueuePerSession = 2 })
	u := h.open()
	u.want(reset(2), "step 0, salt 0")
	submit := func(id int64) error {
		q := step(id, "a")
		return u.s.Submit(u.box, &q, u.box)
	}
	must(t, submit(3))
	<-started
	must(t, submit(4))
	must(t, submit(5))
	if err := submit(6); gym.CodeOf(err) != gym.CodeCapacityReached {
		t.Errorf("a request beyond the queue: %v", err)
	}
	close(release)
	go func() {
		for range 2 {
			<-started
		}
	}()
	for id := int64(3); id <= 5; id++ {
		if r := u.box.next(); r.ID != id || r.Error != nil {
			t.Errorf("reply %+v, want one to %d", r, id)
		}
	}
}

// TestReap counts idleness from the last reply, and gives a lost client its grace.
func TestReap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{step: func(context.Context, gym.Action, int) (gym.Timestep, error) {
			time.Sleep(20 * time.Second)
			return gym.Timestep{}, nil
		}}
		h := newHarness(t, "", f, func(o *session.Options) { o.Limits.IdleTimeoutMS, o.Limits.GraceMS = 10_000, 3_000 })
		u := h.open()
		u.want(reset(2), "step 0, salt 0")
		go func() {
			if got := text(u.do(step(3, "slow"))); got != "" {
				t.Errorf("the slow step: %s", got)
			}
		}()
		time.Sleep(15 * time.Second)
		h.m.Reap(time.Now())
		if h.m.Len() != 1 {
			t.Error("a session was reaped in the middle of a step")
		}
		time.Sleep(14 * time.Second) // 9 s after the reply
		h.m.Reap(time.Now())
		if h.m.Len() != 1 {
			t.Error("a session was reaped before its time")
		}
		time.Sleep(2 * time.Second)
		h.m.Reap(time.Now())
		if h.m.Len() != 0 {
			t.Error("an idle session was not reaped")
		}
		u.want(step(4, "a"), "unknown_session")
		h.wantEnd(gym.CodeCanceled)

		u = h.open()
		u.s.Detach(u.box)
		time.Sleep(2 * time.Second)
		h.m.Reap(time.Now())
		u, _ = u.resume(h)
		u.s.Detach(u.box)
		time.Sleep(2 * time.Second)
		h.m.Reap(time.Now())
		if h.m.Len() != 1 {
			t.Error("a session was reaped within its grace")
		}
		time.Sleep(time.Second)
		h.m.Reap(time.Now())
		if h.m.Len() != 0 {
			t.Error("a session that nobody resumed was not reaped")
		}
	})
}

// TestShutdown lets a step under way end, and takes nothing new.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		f := &fake{step: func(context.Context, gym.Action, int) (gym.Timestep, error) {
			<-release
			return gym.Timestep{Observation: gym.Observation{Text: "last"}}, nil
		}}
		h := newHarness(t, "", f, nil)
		u := h.open()
		u.want(reset(2), "step 0, salt 0")
		q := step(3, "a")
		must(t, u.s.Submit(u.box, &q, u.box))
		down := make(chan error)
		go func() { down <- h.m.Shutdown(t.Context()) }()
		synctest.Wait()
		q = step(4, "b")
		if err := u.s.Submit(u.box, &q, u.box); gym.CodeOf(err) != gym.CodeShuttingDown {
			t.Errorf("a step after the shutdown began: %v", err)
		}
		box := newInbox()
		if _, err := h.m.Open(box, &wire.Request{ID: 1, Op: wire.OpOpen, Session: "s2", Env: fakeID}, box); gym.CodeOf(err) != gym.CodeShuttingDown {
			t.Errorf("open after the shutdown began: %v", err)
		}
		close(release)
		if r := u.box.next(); text(r) != "last" {
			t.Errorf("the step under way was answered %s", text(r))
		}
		must(t, <-down)
		if f.closed.Load() != 1 {
			t.Errorf("%d environments were closed", f.closed.Load())
		}
	})
}

// TestAdvise shows the scripted policy every timestep, whether or not it is asked.
func TestAdvise(t *testing.T) {
	h := newHarness(t, t.TempDir(), &fake{}, nil)
	u := h.open()
	advise := func(id int64) wire.Request { return wire.Request{ID: id, Op: wire.OpAdvise} }
	u.want(advise(2), "reset_required")
	u.want(reset(3), "step 0, salt 0")
	u.want(advise(4), "1")
	u.want(step(5, "a"), "step 1, salt 0")
	u.want(step(6, "a"), "step 2, salt 0")
	u.want(advise(7), "3")
	u.want(reset(8), "step 0, salt 0")
	u.want(step(9, "a"), "step 1, salt 0")
	u.want(advise(10), "2") // asked late: the earlier timesteps are read back
	u.want(advise(4), "1")  // a repeated id: the first answer again
	u.want(wire.Request{ID: 7, Op: wire.OpStep, Action: "a"}, "request_conflict")
}

// broken is a journal that fails when it is told to.
type broken struct {
	session.Journal
	down bool
}

func (b *broken) err() error {
	if b.down {
		return gym.Errorf(gym.CodeStorage, "the disk is full")
	}
	return nil
}

func (b *broken) AppendStep(id string, s episode.Step, e []byte) error {
	if err := b.err(); err != nil {
		return err
	}
	return b.Journal.AppendStep(id, s, e)
}

func (b *broken) AppendEnd(id string, e episode.End) error {
	if err := b.err(); err != nil {
		return err
	}
	return b.Journal.AppendEnd(id, e)
}

func (b *broken) Refuse(id string, f episode.Refusal) error {
	if err := b.err(); err != nil {
		return err
	}
	return b.Journal.Refuse(id, f)
}

// TestFullDisk holds that a step that could not be recorded is not acknowledged, and
// that the session goes on when there is room again.
func TestFullDisk(t *testing.T) {
	var j *broken
	h := newHarness(t, t.TempDir(), &fake{}, func(o *session.Options) {
		j = &broken{Journal: o.Journal}
		o.Journal = j
	})
	u := h.open()
	u.want(reset(2), "step 0, salt 0")
	u.want(step(3, "a"), "step 1, salt 0")
	j.down = true
	u.want(step(4, "a"), "storage")
	u.want(reset(5), "storage")
	j.down = false
	u.want(step(6, "a"), "reset_required")
	u.want(step(3, "a"), "step 1, salt 0")
	u.want(reset(7), "step 0, salt 0")
	h.wantEnd(gym.CodeCanceled)
}

// TestResetIfEnded wants a running episode to go on, and the next one to begin once.
func TestResetIfEnded(t *testing.T) {
	f := &fake{deterministic: true}
	h := newHarness(t, t.TempDir(), f, nil)
	u := h.open()
	next := func(id int64) wire.Request {
		q := reset(id)
		q.IfEnded = true
		return q
	}
	u.want(next(2), "step 0, salt 0")
	u.want(step(3, "a"), "step 1, salt 0")
	for range 2 {
		if r := u.do(next(4)); !r.Running || r.Timestep != nil || r.ID != 4 {
			t.Fatalf("a reset of a running episode: %+v", r)
		}
	}
	u.want(step(5, "end"), "step 2, salt 0")
	for range 2 {
		u.want(next(4), "step 0, salt 0") // the id was not used up
	}
	u.want(reset(4), "request_conflict")
	u.want(step(5, "end"), "step 2, salt 0")
	u.want(step(6, "a"), "step 1, salt 0")
	if f.resets.Load() != 2 {
		t.Errorf("%d resets were carried out", f.resets.Load())
	}
}
