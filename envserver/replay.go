package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"dreamgym/clients/go"
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/store"
)

type replayCmd struct {
	serverFlags
	Episode string `arg:"" help:"The episode's id; see episodes list."`
	Against string `help:"Play its actions on this backend and show the first difference: real, dream." enum:"real,dream," default:"" placeholder:"BACKEND"`
}

// Help is printed by replay --help.
func (replayCmd) Help() string {
	return `Without --against the recorded episode is printed step by step. With it, its task, seed and actions are
played on a live backend, and the first step that comes out otherwise is shown.

Examples:
  envserver replay e06C1J2K…
  envserver replay e06C1J2K… --against real
  envserver replay e06C1J2K… --against dream --json`
}

// Run replays.
func (c *replayCmd) Run(a *app) error {
	var e *episode.Episode
	err := a.withCatalogue(func(s *store.Store) (err error) {
		e, err = s.Episode(a.ctx, c.Episode)
		return err
	})
	switch {
	case err != nil:
		return err
	case c.Against == "" && a.globals.JSON:
		return a.printJSON(e)
	case c.Against == "":
		return printEpisode(a.stdout, e)
	}
	d, err := c.compare(a, e)
	if err != nil {
		return err
	}
	if a.globals.JSON {
		return a.printJSON(d)
	}
	return d.print(a.stdout)
}

// comparison is how a recorded episode and the same actions on a live backend compare.
type comparison struct {
	Episode string `json:"episode"`
	Backend string `json:"backend"`
	Steps   int    `json:"steps"` // that came out the same, the first timestep included
	Same    bool   `json:"same"`
	// The first difference.
	Step     int    `json:"step,omitempty"`
	Action   string `json:"action,omitempty"`
	Field    string `json:"field,omitempty"`
	Recorded string `json:"recorded,omitempty"`
	Now      string `json:"now,omitempty"`
}

// compare plays the episode's actions on the backend.
func (c *replayCmd) compare(a *app, e *episode.Episode) (d comparison, err error) {
	r, err := a.reach(c.serverFlags)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	conn, err := r.dial(a.ctx)
	if err != nil {
		return d, err
	}
	defer conn.Close()
	s, err := conn.Open(a.ctx, e.Header.Env, client.OpenOptions{Backend: c.Against})
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(a.ctx))) }()
	d = comparison{Episode: e.Header.ID, Backend: c.Against, Same: true}
	return d, d.follow(a.ctx, s, e)
}

// follow plays until the first difference.
func (d *comparison) follow(ctx context.Context, s *client.Session, e *episode.Episode) error {
	ts, err := s.Reset(ctx, client.ResetOptions{Task: e.Header.Task.ID, Seed: &e.Header.Seed, Evaluation: true})
	for i := range e.Steps {
		if i > 0 {
			ts, err = s.Step(ctx, e.Steps[i].Action)
		}
		if err != nil {
			return err
		}
		if d.Field, d.Recorded, d.Now = difference(&e.Steps[i].Timestep, &ts); d.Field != "" {
			d.Same, d.Step, d.Action = false, i, string(e.Steps[i].Action)
			return nil
		}
		d.Steps++
	}
	return nil
}

// difference names the first field in which two timesteps differ for a policy.
func difference(a, b *gym.Timestep) (field, was, now string) {
	switch {
	case a.Observation.Goal != b.Observation.Goal:
		return "goal", a.Observation.Goal, b.Observation.Goal
	case a.Observation.Text != b.Observation.Text:
		return "text", a.Observation.Text, b.Observation.Text
	case arrayText(a) != arrayText(b):
		return "array", arrayText(a), arrayText(b)
	case !slices.Equal(a.Observation.Actions, b.Observation.Actions):
		return "actions", fmt.Sprintf("%q", a.Observation.Actions), fmt.Sprintf("%q", b.Observation.Actions)
	case a.Observation.URL != b.Observation.URL:
		return "url", a.Observation.URL, b.Observation.URL
	case a.Reward != b.Reward:
		return "reward", fmt.Sprint(a.Reward), fmt.Sprint(b.Reward)
	case a.Terminated != b.Terminated:
		return "terminated", fmt.Sprint(a.Terminated), fmt.Sprint(b.Terminated)
	case a.Truncated != b.Truncated:
		return "truncated", fmt.Sprint(a.Truncated), fmt.Sprint(b.Truncated)
	}
	return "", "", ""
}

// arrayText writes a timestep's array, if it has one.
func arrayText(ts *gym.Timestep) string {
	if ts.Observation.Array == nil {
		return ""
	}
	return ts.Observation.Array.String()
}

func (d *comparison) print(w io.Writer) error {
	if d.Same {
		_, err := fmt.Fprintf(w, "the same on %s: %d timesteps\n", d.Backend, d.Steps)
		return err
	}
	_, err := fmt.Fprintf(w, "step %d differs on %s in its %s\naction    %s\n\nrecorded  %s\n\nnow       %s\n",
		d.Step, d.Backend, d.Field, d.Action, d.Recorded, d.Now)
	return err
}
