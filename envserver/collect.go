package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/rollout"
)

type collectCmd struct {
	serverFlags
	Env      []string  `arg:"" help:"Environments, such as house/any-v0." placeholder:"ENV"`
	Episodes int       `help:"Episodes of each environment." default:"100"`
	Policy   []string  `help:"Policies, taken in turn: random, scripted, noisy, noisy:SHARE." default:"random,noisy,scripted"`
	Split    gym.Split `help:"Split that tasks are taken from: ${enum}. Only train is learned from." default:"train" enum:"train,seen,unseen"`
	Seed     int64     `help:"Decides tasks and random actions."`
	Parallel int       `help:"Episodes at a time." default:"8"`
	MaxSteps int       `help:"An episode that is longer is left; it is then aborted and not learned from." default:"1000"`
}

// Help is printed by collect --help.
func (collectCmd) Help() string {
	return `Plays real episodes and records them. What is recorded of the train split flows into the experience
buffer, and can then be dreamed. A scripted policy is the environment's own; "envserver envs" tells
which have one. Random needs an environment that lists its actions, or whose actions are numbers of a known space.

Examples:
  envserver collect house/any-v0 --episodes 300
  envserver collect house/any-v0 --policy random --episodes 1000 --parallel 16
  envserver collect house/heat-and-place-v0 --policy noisy:0.2,scripted --seed 7 --json`
}

// Run collects.
func (c *collectCmd) Run(a *app) error {
	policies, err := rollout.ParsePolicies(c.Policy)
	if err != nil {
		return err
	}
	var jobs []rollout.Job
	for _, env := range c.Env {
		for i := range c.Episodes {
			jobs = append(jobs, rollout.Job{Env: env, Policy: policies[i%len(policies)], Split: c.Split, Seed: c.Seed + int64(i)})
		}
	}
	outcomes, err := a.play(c.serverFlags, jobs, c.Parallel, c.MaxSteps)
	if err != nil {
		return err
	}
	scores := rollout.Scores(outcomes)
	if a.globals.JSON {
		return a.printJSON(map[string]any{"scores": scores})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "ENVIRONMENT\tSPLIT\tPOLICY\tEPISODES\tSUCCESS\tRETURN\tSTEPS\tFAILED")
	for _, s := range scores {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%.3f\t%.3f\t%.1f\t%d\n", s.Env, s.Split, s.Policy, s.Episodes, s.Success, s.Return, s.Steps, s.Failed)
	}
	printReasons(w, scores)
	return w.Flush()
}

// play plays jobs on the server that the flags lead to.
func (a *app) play(f serverFlags, jobs []rollout.Job, parallel, maxSteps int) (_ []rollout.Outcome, err error) {
	r, err := a.reach(f)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	conn, err := r.dial(a.ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	runner := rollout.Runner{Client: conn, Parallel: parallel, MaxSteps: maxSteps, Progress: a.stderr}
	outcomes, err := runner.Run(a.ctx, jobs)
	if errors.Is(err, context.Canceled) && a.ctx.Err() != nil {
		err = gym.Errorf(gym.CodeCanceled, "interrupted; what was recorded stays")
	}
	return outcomes, err
}
