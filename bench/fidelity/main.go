// Command fidelity measures experience models on a file of transitions, for work on the
// models themselves: it can show the steps that a model gets wrong.
//
//	go run ./bench/fidelity -from house.jsonl -model nearest,no_change
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"dreamgym/synth/experience"
	"dreamgym/synth/fidelity"
	"dreamgym/synth/model"
	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/baseline"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "fidelity:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("fidelity", flag.ContinueOnError)
	flags.SetOutput(stderr)
	from := flags.String("from", "", "transitions, as .jsonl or .jsonl.zst")
	names := flags.String("model", "nearest,no_change,common_reward", "the models to measure, separated by commas")
	whole := flags.Bool("whole", false, "measure with the whole buffer alone, not with parts of it")
	asJSON := flags.Bool("json", false, "print JSON")
	var show fidelity.Show
	flags.IntVar(&show.Most, "wrong", 0, "show this many mistakes of the first model")
	flags.StringVar((*string)(&show.Kind), "kind", "any", "which mistakes: any, knowable, reward, end, actions, verdict, consistency")
	flags.StringVar((*string)(&show.Split), "split", "unseen", "the split of the mistakes to show")
	if err := flags.Parse(args); err != nil {
		return err
	}
	rec, err := experience.ReadFile(*from)
	if err != nil {
		return err
	}
	fmt.Fprintln(stderr, rec.Describe())
	models, err := find(*names)
	if err != nil {
		return err
	}
	data := fidelity.FromRecording(rec)
	if show.Most > 0 {
		return fidelity.WriteErrors(ctx, stdout, data, models[0], show)
	}
	options := fidelity.Options{Models: models, Progress: stderr}
	if *whole {
		options.Sizes = []int{}
	}
	report, err := fidelity.Measure(ctx, data, options)
	if err != nil {
		return err
	}
	if *asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	return report.WriteTable(stdout, fidelity.Names(models))
}

// find answers the models of the given names.
func find(names string) ([]model.Model, error) {
	var found []model.Model
	for name := range strings.SplitSeq(names, ",") {
		m, ok := byName()[name]
		if !ok {
			return nil, fmt.Errorf("there is no model %q", name)
		}
		found = append(found, m)
	}
	return found, nil
}

func byName() map[string]model.Model {
	all := make(map[string]model.Model)
	for _, m := range baseline.All() {
		all[m.Name()] = m
	}
	all["analogy"] = analogy.New()
	return all
}
