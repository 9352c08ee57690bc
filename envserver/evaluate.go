package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/rollout"
)

type evaluateCmd struct {
	serverFlags
	Env      []string      `arg:"" help:"Environments, such as house/any-v0." placeholder:"ENV"`
	Policy   []string      `help:"Policies: random, scripted, noisy, noisy:SHARE." default:"random,noisy:0.8,noisy:0.6,noisy:0.4,noisy:0.2,scripted"`
	Backend  []gym.Backend `help:"Backends to play them on." default:"real,dream"`
	Split    []gym.Split   `help:"Splits that tasks are taken from." default:"seen,unseen"`
	Episodes int           `help:"Episodes of each policy on each split and backend, spread over its tasks." default:"50"`
	Seed     int64         `help:"Decides random actions and what episodes leave open."`
	Parallel int           `help:"Episodes at a time." default:"8"`
	MaxSteps int           `help:"An episode that is longer is left." default:"1000"`
}

// Help is printed by evaluate --help.
func (evaluateCmd) Help() string {
	return `Plays the same tasks with the same policies on each backend, and shows how far they agree: success side
by side, the share of episodes with the same verdict, those won in the dream alone, and how well the
dream orders the policies (Spearman's rank correlation, mean error of success). Nothing of it is learned from.

Examples:
  envserver evaluate house/any-v0
  envserver evaluate house/any-v0 --policy scripted,random --split unseen --episodes 134
  envserver evaluate house/any-v0 --backend real --json`
}

// evaluation is the result of evaluate.
type evaluation struct {
	Scores     []rollout.Score     `json:"scores"`
	Agreements []rollout.Agreement `json:"agreement,omitempty"`
	Ladders    []ladder            `json:"ladder,omitempty"`
}

// ladder is how well the dream orders the policies in one environment and split.
type ladder struct {
	Env       string    `json:"env"`
	Split     gym.Split `json:"split"`
	Spearman  *float64  `json:"spearman"` // null where all policies fare the same
	MeanError *float64  `json:"mean_error"`
}

// Validate checks what the flags' types do not.
func (c *evaluateCmd) Validate() error {
	var errs []error
	for _, env := range c.Env {
		errs = append(errs, plain(env))
	}
	for _, b := range c.Backend {
		if _, err := gym.ParseBackend(string(b)); err != nil {
			errs = append(errs, err)
		}
	}
	for _, s := range c.Split {
		if !s.Valid() {
			errs = append(errs, fmt.Errorf("%q is not a split: use train, seen or unseen", s))
		}
	}
	_, err := rollout.ParsePolicies(c.Policy)
	return errors.Join(append(errs, err)...)
}

// Run evaluates.
func (c *evaluateCmd) Run(a *app) error {
	policies, err := rollout.ParsePolicies(c.Policy)
	if err != nil {
		return err
	}
	jobs, err := c.jobs(a, policies)
	if err != nil {
		return err
	}
	outcomes, err := a.play(c.serverFlags, jobs, c.Parallel, c.MaxSteps)
	if err != nil {
		return err
	}
	e := evaluation{Scores: rollout.Scores(outcomes)}
	if slices.Contains(c.Backend, gym.BackendReal) && slices.Contains(c.Backend, gym.BackendDream) {
		e.Agreements = rollout.Agreements(outcomes, string(gym.BackendReal), string(gym.BackendDream))
		e.Ladders = ladders(e.Agreements)
	}
	if a.globals.JSON {
		return a.printJSON(e)
	}
	return a.printEvaluation(e)
}

// jobs spreads the episodes evenly over the tasks of each split; every policy and
// backend has the same.
func (c *evaluateCmd) jobs(a *app, policies []rollout.Policy) (jobs []rollout.Job, err error) {
	sizes, err := c.splitSizes(a)
	if err != nil {
		return nil, err
	}
	for _, env := range c.Env {
		for _, split := range c.Split {
			n := sizes[env][split]
			if n == 0 {
				fmt.Fprintf(a.stderr, "%s has no tasks in split %s\n", env, split)
				continue
			}
			for i := range c.Episodes {
				index := int64(i) % int64(n)
				if c.Episodes <= n {
					index = int64(i) * int64(n) / int64(c.Episodes)
				}
				for _, p := range policies {
					for _, b := range c.Backend {
						jobs = append(jobs, rollout.Job{Env: env, Backend: string(b), Policy: p, Split: split, Index: &index, Seed: c.Seed + int64(i), Evaluation: true})
					}
				}
			}
		}
	}
	return jobs, nil
}

// splitSizes asks the server how many tasks there are.
func (c *evaluateCmd) splitSizes(a *app) (_ map[string]map[gym.Split]int, err error) {
	r, err := a.reach(c.serverFlags)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	conn, err := r.dial(a.ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	sizes := make(map[string]map[gym.Split]int)
	for _, env := range c.Env {
		sizes[env] = make(map[gym.Split]int)
		for _, split := range c.Split {
			list, err := conn.Tasks(a.ctx, env, split, 0, 1)
			if err != nil {
				return nil, err
			}
			sizes[env][split] = list.Total
		}
	}
	return sizes, nil
}

// ladders orders the policies of each environment and split.
func ladders(all []rollout.Agreement) []ladder {
	var out []ladder
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].Env == all[i].Env && all[j].Split == all[i].Split {
			j++
		}
		spearman, meanError := rollout.Ladder(all[i:j])
		out = append(out, ladder{Env: all[i].Env, Split: all[i].Split, Spearman: known(spearman), MeanError: known(meanError)})
		i = j
	}
	return out
}

// known answers nil for what could not be measured.
func known(f float64) *float64 {
	if math.IsNaN(f) {
		return nil
	}
	return &f
}

func (a *app) printEvaluation(e evaluation) error {
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "ENVIRONMENT\tSPLIT\tPOLICY\tBACKEND\tEPISODES\tSUCCESS\tRETURN\tSTEPS\tFAILED")
	for _, s := range e.Scores {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%.3f\t%.3f\t%.1f\t%d\n", s.Env, s.Split, s.Policy, s.Backend, s.Episodes, s.Success, s.Return, s.Steps, s.Failed)
	}
	printReasons(w, e.Scores)
	if len(e.Agreements) > 0 {
		fmt.Fprintln(w, "\nENVIRONMENT\tSPLIT\tPOLICY\tPAIRS\tREAL\tDREAM\tDIFFERENCE\tSAME VERDICT\tFALSE SUCCESS")
	}
	for _, g := range e.Agreements {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%.3f\t%.3f\t%+.3f\t%.3f\t%.3f\n", g.Env, g.Split, g.Policy, g.Pairs, g.Real, g.Dream, g.Dream-g.Real, g.Verdicts, g.FalseWins)
	}
	for _, l := range e.Ladders {
		fmt.Fprintf(w, "\n%s, %s: Spearman %s, mean error %s\n", l.Env, l.Split, number(l.Spearman), number(l.MeanError))
	}
	return w.Flush()
}

// printReasons says why episodes failed.
func printReasons(w io.Writer, scores []rollout.Score) {
	told := map[string]bool{}
	for _, s := range scores {
		if s.Reason != "" && !told[s.Reason] {
			told[s.Reason] = true
			fmt.Fprintf(w, "\n%s, %s, %s: %d of %d failed; the first: %s\n", s.Env, s.Split, s.Policy, s.Failed, s.Failed+s.Episodes, s.Reason)
		}
	}
}

func number(f *float64) string {
	if f == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f", *f)
}
