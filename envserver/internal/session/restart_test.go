package session_test

import (
	"context"
	"testing"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

// TestRestart goes on with a deterministic episode after a crash: nothing of it is lost,
// and what was in flight is carried out once.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	before := newHarness(t, dir, &fake{deterministic: true}, nil)
	u := before.open()
	u.want(reset(2), "step 0, salt 0")
	u.want(step(3, "a"), "step 1, salt 0")
	u.want(step(4, "?"), "invalid_action")
	u.want(step(5, "b"), "step 2, salt 0")
	before.crash()

	f := &fake{deterministic: true}
	after := newHarness(t, dir, f, nil)
	n, r := u.resume(after)
	if got := text(r); got != "resumed steps 2 last 5" {
		t.Errorf("resume: %s", got)
	}
	if f.opened.Load() != 0 {
		t.Error("the environment was opened before it was needed")
	}
	n.want(step(3, "a"), "step 1, salt 0")
	n.want(step(5, "c"), "request_conflict")
	n.want(step(4, "?"), "invalid_action")
	n.want(wire.Request{ID: 6, Op: wire.OpAdvise}, "3")
	n.want(step(7, "c"), "step 3, salt 0")
	if f.resets.Load() != 1 || f.steps.Load() != 3 {
		t.Errorf("after the restart there were %d resets and %d steps, want 1 and 3", f.resets.Load(), f.steps.Load())
	}
	again := newInbox()
	if _, err := after.m.Open(again, openRequest(), again); err != nil {
		t.Fatal(err)
	}
	if r := again.next(); r.Opened == nil || r.Opened.Token != u.token {
		t.Errorf("the open request after the restart: %+v", r)
	}
}

// TestRestartLost holds that an episode that cannot be rebuilt is lost, told once.
func TestRestartLost(t *testing.T) {
	for name, c := range map[string]struct {
		deterministic bool
		salt          int64
	}{
		"not deterministic":  {false, 0},
		"came out otherwise": {true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			before := newHarness(t, dir, &fake{deterministic: c.deterministic}, nil)
			u := before.open()
			u.want(reset(2), "step 0, salt 0")
			u.want(step(3, "a"), "step 1, salt 0")
			before.crash()

			f := &fake{deterministic: c.deterministic}
			f.salt.Store(c.salt)
			after := newHarness(t, dir, f, nil)
			n, _ := u.resume(after)
			n.want(step(3, "a"), "step 1, salt 0")
			n.want(step(4, "b"), "session_lost")
			n.want(step(4, "b"), "session_lost")
			n.want(step(5, "b"), "reset_required")
			if f.steps.Load() != 0 {
				t.Errorf("%d steps were carried out again", f.steps.Load())
			}
			after.wantEnd(gym.CodeSessionLost)
			f.salt.Store(0)
			n.want(reset(6), "step 0, salt 0")
			n.want(step(7, "b"), "step 1, salt 0")
		})
	}
}

// TestRestartWithoutEnvironment closes sessions of what is registered no more.
func TestRestartWithoutEnvironment(t *testing.T) {
	dir := t.TempDir()
	before := newHarness(t, dir, &fake{}, nil)
	u := before.open()
	u.want(reset(2), "step 0, salt 0")
	before.crash()
	after := newHarness(t, dir, &fake{}, func(o *session.Options) { o.Registry = gym.NewRegistry() })
	if after.m.Len() != 0 {
		t.Errorf("%d sessions are open", after.m.Len())
	}
	after.wantEnd(gym.CodeSessionLost)
}

// TestReplay plays a recorded episode, and goes on with it after a restart.
func TestReplay(t *testing.T) {
	dir := t.TempDir()
	before := newHarness(t, dir, &fake{}, nil)
	u := before.open()
	r := u.want(wire.Request{ID: 2, Op: wire.OpReset, Task: "train-1", Seed: new(int64(4))}, "step 0, salt 0")
	source := r.Timestep.Info[gym.InfoEpisode].(string)
	u.want(step(3, "a"), "step 1, salt 0")
	u.want(step(4, "end"), "step 2, salt 0")

	play := wire.Request{ID: 5, Op: wire.OpReset, Backend: "replay", Episode: source}
	r = u.want(play, "step 0, salt 0")
	for key, want := range map[string]any{gym.InfoBackend: "replay", "source": source, gym.InfoTask: "train-1", "seed": int64(4)} {
		if r.Timestep.Info[key] != want {
			t.Errorf("info.%s of a replay is %v, want %v", key, r.Timestep.Info[key], want)
		}
	}
	if r.Timestep.Info[gym.InfoEpisode] == source {
		t.Error("a replay has the id of what it replays")
	}
	u.want(step(6, "b"), "diverged")
	u.want(step(7, "a"), "reset_required")
	play.ID = 8
	u.want(play, "step 0, salt 0")
	u.want(step(9, "a"), "step 1, salt 0")
	before.crash()

	f := &fake{}
	after := newHarness(t, dir, f, nil)
	n, _ := u.resume(after)
	if r := n.want(step(10, "end"), "step 2, salt 0"); !r.Timestep.Terminated || r.Timestep.Info[gym.InfoBackend] != "replay" {
		t.Errorf("the end of a replay: %+v", r.Timestep)
	}
	if f.opened.Load() != 0 {
		t.Error("a replay opened the real side")
	}
	play.ID = 11
	n.want(play, "step 0, salt 0")
	n.want(wire.Request{ID: 12, Op: wire.OpReset, Backend: "replay", Episode: "none"}, "unknown_episode")
	n.want(wire.Request{ID: 13, Op: wire.OpReset, Backend: "replay"}, "invalid_request")
	after.wantLearnable(source)
}

// wantLearnable wants exactly these episodes to be learnable.
func (h *harness) wantLearnable(ids ...string) {
	h.t.Helper()
	var got []string
	_, err := h.log.Episodes(context.Background(), episode.Place{}, func(e episode.Ended) error {
		whole, err := e.Episode()
		if err == nil && whole.Learnable() {
			got = append(got, e.ID)
		}
		return err
	})
	must(h.t, err)
	if len(got) != len(ids) || len(got) > 0 && got[0] != ids[0] {
		h.t.Errorf("learnable are %v, want %v", got, ids)
	}
}

// TestRestartKeepsBackend goes on with the backend that the last reset chose.
func TestRestartKeepsBackend(t *testing.T) {
	dir := t.TempDir()
	before := newHarness(t, dir, &fake{}, nil)
	u := before.open()
	r := u.want(reset(2), "step 0, salt 0")
	source := r.Timestep.Info[gym.InfoEpisode].(string)
	u.want(step(3, "end"), "step 1, salt 0")
	u.want(wire.Request{ID: 4, Op: wire.OpReset, Backend: "replay", Episode: source}, "step 0, salt 0")
	u.want(step(5, "end"), "step 1, salt 0")
	before.crash()
	after := newHarness(t, dir, &fake{}, nil)
	_, r = u.resume(after)
	if r.Resumed == nil || r.Resumed.Backend != "replay" {
		t.Errorf("resumed on %+v", r)
	}
}
