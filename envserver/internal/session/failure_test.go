package session_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/session"
)

// TestFailuresAreLogged wants the cause in the log, with the episode if there was one.
func TestFailuresAreLogged(t *testing.T) {
	f := &fake{
		step: func(context.Context, gym.Action, int) (gym.Timestep, error) {
			return gym.Timestep{}, errors.New("torn")
		},
		reset: func(context.Context) error { return errors.New("stuck") },
	}
	var log bytes.Buffer
	h := newHarness(t, "", f, func(o *session.Options) { o.Log = zerolog.New(&log) })
	u := h.open()
	u.want(reset(2), "internal")
	if got := log.String(); !strings.Contains(got, "stuck") || strings.Contains(got, `"episode"`) {
		t.Errorf("a reset that failed is logged as %s", got)
	}
	f.reset = nil
	episode := u.want(reset(3), "step 0, salt 0").Timestep.Info[gym.InfoEpisode].(string)
	log.Reset()
	u.want(step(4, "a"), "internal")
	if got := log.String(); !strings.Contains(got, "torn") || !strings.Contains(got, `"episode":"`+episode+`"`) {
		t.Errorf("a step that failed in episode %s is logged as %s", episode, got)
	}
}
