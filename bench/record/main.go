// Command record plays a registered environment by scripted and random policies and
// writes what happened as transitions, one JSON object a line.
//
//	go run ./bench/record -env house/any-v0 -transitions 1000 > house.jsonl
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"

	"dreamgym/adapters/house"
	"dreamgym/adapters/miniwob"
	"dreamgym/adapters/sites"
	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// options are the command's flags.
type options struct {
	env         string
	splits      []gym.Split
	transitions int
	episodes    int
	policies    []float64
	seed        int64
	python      string
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	registry := gym.NewRegistry()
	pages, err := miniwob.Register(registry, miniwob.Config{Python: o.python})
	if err != nil {
		return err
	}
	defer pages.Close()
	shops, err := sites.Register(registry, sites.Config{})
	if err != nil {
		return err
	}
	defer shops.Close()
	if err := house.Register(registry); err != nil {
		return err
	}
	reg, err := registry.Find(o.env)
	if err != nil {
		return err
	}
	if reg.Ready != nil {
		if err := reg.Ready(); err != nil {
			return err
		}
	}
	out := bufio.NewWriter(stdout)
	if err := recordAll(ctx, reg, o, out); err != nil {
		return err
	}
	return out.Flush()
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var splits, policies string
	flags := flag.NewFlagSet("record", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.env, "env", "house/any-v0", "the environment's id")
	flags.StringVar(&splits, "split", "train,seen,unseen", "which splits to record")
	flags.IntVar(&o.transitions, "transitions", 1000, "how many steps of the train split, cut between episodes")
	flags.IntVar(&o.episodes, "episodes", 60, "how many episodes of each other split")
	flags.StringVar(&policies, "policies", "random,noisy,scripted", "which policies play, in turn")
	flags.Int64Var(&o.seed, "seed", 1, "decides tasks and random actions")
	flags.StringVar(&o.python, "python", "", "the interpreter that has the pages of miniwob installed")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	for name := range strings.SplitSeq(splits, ",") {
		if !gym.Split(name).Valid() {
			return o, fmt.Errorf("%q is not a split: use train, seen or unseen", name)
		}
		o.splits = append(o.splits, gym.Split(name))
	}
	noise := map[string]float64{"random": 1, "noisy": 0.3, "scripted": 0}
	for name := range strings.SplitSeq(policies, ",") {
		share, known := noise[name]
		if !known {
			return o, fmt.Errorf("%q is not a policy: use random, noisy or scripted", name)
		}
		o.policies = append(o.policies, share)
	}
	return o, nil
}

// recordAll records every split in turn.
func recordAll(ctx context.Context, reg gym.Registration, o options, w io.Writer) error {
	env, err := reg.Open(ctx)
	if err != nil {
		return err
	}
	defer env.Close()
	trained := make(map[string]bool)
	for _, split := range o.splits {
		r := &recorder{reg: reg, env: env, rng: rand.New(rand.NewPCG(uint64(o.seed), hash(split))), trained: trained}
		if err := r.record(ctx, split, o, w); err != nil {
			return fmt.Errorf("%s: %w", split, err)
		}
	}
	return nil
}

// record plays tasks of a split, in an order drawn by the seed, until there is enough.
// Of the split seen it takes tasks in scenes that were recorded for train, where any were.
func (r *recorder) record(ctx context.Context, split gym.Split, o options, w io.Writer) error {
	n, err := r.reg.Tasks.Len(ctx, split)
	if err != nil || n == 0 {
		return err
	}
	tasks, err := r.tasks(ctx, split, n)
	if err != nil {
		return err
	}
	for i, steps := 0, 0; wanted(split, o, i, steps); i++ {
		task := tasks[i%len(tasks)]
		id := fmt.Sprintf("%s-%d-%d", split, o.seed, i)
		e, err := r.play(ctx, task, id, o.policies[i%len(o.policies)])
		if err != nil {
			return fmt.Errorf("episode %s of task %s: %w", id, task.ID, err)
		}
		steps += len(e.Steps)
		if split == gym.SplitTrain {
			r.trained[task.Scene] = true
		}
		if err := experience.WriteEpisode(w, r.reg.Spec.ID, &e); err != nil {
			return err
		}
	}
	return nil
}

// tasks answers the tasks of a split that may be recorded, in the order to play them.
func (r *recorder) tasks(ctx context.Context, split gym.Split, n int) ([]gym.Task, error) {
	var tasks []gym.Task
	for _, i := range r.rng.Perm(n) {
		task, err := r.reg.Tasks.At(ctx, split, i)
		if err != nil {
			return nil, err
		}
		if split != gym.SplitSeen || len(r.trained) == 0 || r.trained[task.Scene] {
			tasks = append(tasks, task)
		}
	}
	if len(tasks) == 0 {
		return nil, fmt.Errorf("no task is in a scene that was recorded for train; record more transitions")
	}
	return tasks, nil
}

// wanted tells whether another episode of the split is to be played.
func wanted(split gym.Split, o options, episodes, steps int) bool {
	if split == gym.SplitTrain {
		return steps < o.transitions
	}
	return episodes < o.episodes
}
