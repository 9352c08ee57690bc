package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/store"
)

type episodesCmd struct {
	List  episodesListCmd  `cmd:"" help:"List recorded episodes, the newest first."`
	Show  episodesShowCmd  `cmd:"" help:"Print one episode, step by step."`
	Prune episodesPruneCmd `cmd:"" help:"Remove the oldest episodes beyond a size or an age."`
}

type episodesListCmd struct {
	Env     string         `help:"Only of this environment." placeholder:"ID"`
	Backend string         `help:"Only played by this backend." placeholder:"NAME"`
	Split   string         `help:"Only of this split: ${enum}." enum:"train,seen,unseen," default:""`
	Task    string         `help:"Only of this task." placeholder:"ID"`
	Reason  episode.Reason `help:"Only ended so: terminated, truncated, aborted." enum:"terminated,truncated,aborted," default:""`
	Running bool           `help:"Only running ones."`
	Limit   int            `help:"How many; -1: all." default:"50"`
	Offset  int            `help:"How many to leave out."`
}

// Help is printed by episodes list --help.
func (episodesListCmd) Help() string {
	return `Examples:
  envserver episodes list
  envserver episodes list --env house/any-v0 --reason terminated --limit 10
  envserver episodes list --json --limit -1`
}

// Validate checks what the flags' types do not.
func (c *episodesListCmd) Validate() error {
	errs := []error{plain(c.Env)}
	if c.Backend != "" {
		_, err := gym.ParseBackend(c.Backend)
		errs = append(errs, err)
	}
	return invalid(errs)
}

// Run lists episodes.
func (c *episodesListCmd) Run(a *app) error {
	return a.withCatalogue(func(s *store.Store) error {
		rows, err := s.List(a.ctx, store.Filter{
			Env: c.Env, Backend: gym.Backend(c.Backend), Split: gym.Split(c.Split), Task: c.Task, Reason: c.Reason,
			Running: c.Running, Limit: c.Limit, Offset: c.Offset,
		})
		if err != nil {
			return err
		}
		if a.globals.JSON {
			return a.printJSON(map[string]any{"episodes": rows})
		}
		return a.printRows(rows)
	})
}

func (a *app) printRows(rows []store.Row) error {
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "EPISODE\tENVIRONMENT\tBACKEND\tSPLIT\tTASK\tSTEPS\tRETURN\tEND\tSTARTED")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%g\t%s\t%s\n", r.ID, r.Env, r.Backend, r.Split, r.Task, r.Steps, r.Return,
			endOf(r.Reason, r.Code), r.Started.Local().Format(time.DateTime))
	}
	return w.Flush()
}

func endOf(reason episode.Reason, code gym.Code) string {
	switch {
	case reason == "":
		return "running"
	case code != "":
		return string(reason) + ": " + string(code)
	}
	return string(reason)
}

type episodesShowCmd struct {
	Episode string `arg:"" help:"The episode's id."`
}

// Help is printed by episodes show --help.
func (episodesShowCmd) Help() string {
	return `Examples:
  envserver episodes show e06C1J2K…
  envserver episodes show e06C1J2K… --json`
}

// Run prints an episode.
func (c *episodesShowCmd) Run(a *app) error {
	return a.withCatalogue(func(s *store.Store) error {
		e, err := s.Episode(a.ctx, c.Episode)
		if err != nil {
			return err
		}
		if a.globals.JSON {
			return a.printJSON(e)
		}
		return printEpisode(a.stdout, e)
	})
}

// printEpisode prints an episode to be read.
func printEpisode(w io.Writer, e *episode.Episode) error {
	h := e.Header
	fmt.Fprintf(w, "episode  %s\nplayed   %s by %s, task %s (%s, scene %s), seed %d\nstarted  %s by %s\n",
		h.ID, h.Env, h.Backend, h.Task.ID, h.Task.Split, h.Task.Scene, h.Seed, h.Started.Local().Format(time.DateTime), h.Server)
	if h.Model != "" {
		fmt.Fprintf(w, "dreamed  by %s over %d transitions\n", h.Model, h.Snapshot)
	}
	if len(e.Steps) > 0 {
		fmt.Fprintf(w, "goal     %s\n", e.Steps[0].Timestep.Observation.Goal)
	}
	for _, s := range e.Steps {
		printStep(w, &s)
	}
	end := "still running"
	if e.End != nil {
		end = endOf(e.End.Reason, e.End.Code)
	}
	_, err := fmt.Fprintf(w, "\n%s\n", end)
	return err
}

func printStep(w io.Writer, s *episode.Step) {
	ts := s.Timestep
	if s.Index > 0 {
		fmt.Fprintf(w, "\n%3d  > %s\n", s.Index, s.Action)
	} else {
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%s\n", ts.Observation.Text)
	if ts.Reward != 0 {
		fmt.Fprintf(w, "     reward %g\n", ts.Reward)
	}
	if c, ok := ts.Info[gym.InfoConfidence]; ok {
		fmt.Fprintf(w, "     confidence %v, rests on %v\n", c, ts.Info[gym.InfoEvidence])
	}
	if why, ok := ts.Info[gym.InfoStop]; ok {
		fmt.Fprintf(w, "     stopped: %v\n", why)
	}
}

type episodesPruneCmd struct {
	KeepMB  int64         `help:"Megabytes to keep at most; 0: no bound." name:"keep-mb"`
	KeepAge time.Duration `help:"Age to keep at most, such as 720h; 0: no bound."`
}

// Help is printed by episodes prune --help.
func (episodesPruneCmd) Help() string {
	return `Removes whole segment files, the oldest first, and the episodes in them. What is running, and what
open sessions need after a restart, stays. No server may use the data folder meanwhile.

Examples:
  envserver episodes prune --keep-mb 2000
  envserver episodes prune --keep-age 720h`
}

// Run prunes.
func (c *episodesPruneCmd) Run(a *app) (err error) {
	if c.KeepMB <= 0 && c.KeepAge <= 0 {
		return gym.Errorf(gym.CodeInvalidConfig, "say what to keep: --keep-mb, --keep-age or both")
	}
	log, err := episode.Open(a.globals.Data, episode.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	s, err := store.Open(a.ctx, a.globals.Data, log.Reader)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	pruned, err := s.Prune(a.ctx, log, store.Limits{Bytes: c.KeepMB << 20, Age: c.KeepAge}, time.Now())
	if err != nil {
		return err
	}
	if a.globals.JSON {
		return a.printJSON(pruned)
	}
	_, err = fmt.Fprintf(a.stdout, "removed %d episodes, %d bytes; %d bytes left\n", pruned.Episodes, pruned.Bytes, pruned.Left)
	return err
}

// withCatalogue opens the catalogue for reading, beside a running server or without one.
func (a *app) withCatalogue(use func(*store.Store) error) (err error) {
	holder, err := episode.FindHolder(a.globals.Data)
	if err != nil {
		return err
	}
	reader, err := episode.OpenReader(a.globals.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	open := store.Open // brings the catalogue up to date after a crash
	if holder != nil {
		open = store.OpenReader
	}
	s, err := open(context.WithoutCancel(a.ctx), a.globals.Data, reader)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return use(s)
}
