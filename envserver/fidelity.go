package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
	"dreamgym/synth/dream"
	"dreamgym/synth/experience"
	"dreamgym/synth/fidelity"
	"dreamgym/synth/model"
	"dreamgym/synth/model/baseline"
)

type fidelityCmd struct {
	recordedFlags
	Models   []string `name:"model" help:"Experience models to compare: ${enum}." default:"analogy" enum:"analogy,llm,ensemble" env:"DREAMGYM_MODEL" placeholder:"NAME"`
	Sizes    []int    `help:"Sizes of the buffer in transitions, beside the whole; by default 300, 1000, 3300, ..." placeholder:"N"`
	Ladder   string   `help:"With --from: the environment that the recordings are of, to play the ladder in." placeholder:"ENV"`
	Episodes int      `help:"Episodes of each policy of the ladder on each split; 0: no ladder." default:"50"`
	HeldOut  int      `help:"Held-out steps of each split at most, in whole episodes; 0: all. Language models cost by the step."`
	Brief    bool     `help:"Predictions one step ahead and verdicts alone: no parts of the buffer, self-consistency, chance, ladder and exploit gap."`
	Seed     int64    `help:"Decides what chance decides."`
	Plots    string   `help:"Folder to draw the plots in, as SVG and PNG." placeholder:"DIR" type:"path"`

	config.Language `embed:""`
}

// Help is printed by fidelity --help.
func (fidelityCmd) Help() string {
	return `Measures how far the dream is from the real. The model learns from training episodes and is compared with
held-out ones: "seen" in scenes that it knows, "unseen" in others. One step ahead it predicts what each recorded
step led to; then it dreams whole episodes freely. Beside it stand the baselines: copy the nearest recorded step
(nearest), no change, always the commonest reward. docs/fidelity.md explains every figure. Of language models it also
says what a step takes: tokens, time and cost.

With ENV the episodes are those in the data folder, which may be in use, and six policies from random to scripted
are played on the real side and in the dream of the first model. Held-out episodes are recorded with

  envserver collect house/any-v0 --split seen --episodes 60
  envserver collect house/any-v0 --split unseen --episodes 60

Without any, one training episode in ten is held out instead.

Examples:
  envserver fidelity house/any-v0
  envserver fidelity --from recordings.jsonl.zst --plots plots
  envserver fidelity --from recordings.jsonl --json > fidelity.json
  envserver fidelity --from recordings.jsonl --ladder house/any-v0
  envserver fidelity house/any-v0 --model analogy,llm,ensemble --brief --held-out 200 \
    --model-url http://127.0.0.1:8080/v1 --model-name my-model`
}

// Validate checks what the flags' types do not.
func (c *fidelityCmd) Validate() error {
	errs := []error{c.recordedFlags.check(), plain(c.Ladder)}
	if c.Ladder != "" && c.From == "" {
		errs = append(errs, errors.New("--ladder goes with --from: without it the ladder is played in ENV"))
	}
	for _, name := range c.Models {
		errs = append(errs, c.Language.ValidFor(name))
	}
	return invalid(errs)
}

// Run measures.
func (c *fidelityCmd) Run(a *app) (err error) {
	measured, done, err := openModels(a.ctx, c.Models, c.Language, a.globals.Data, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done.Close()) }()
	options := fidelity.Options{
		Models: append(measured, baseline.All()...), Sizes: c.Sizes, Most: c.HeldOut, Brief: c.Brief, Seed: c.Seed, Progress: a.stderr,
	}
	if slices.ContainsFunc(c.Models, config.Remote) {
		options.Workers = c.Endpoint.Concurrency
	}
	data, err := c.recordedFlags.data(a)
	if err != nil {
		return err
	}
	env := cmp.Or(c.Env, c.Ladder)
	if env == "" {
		return c.report(a, data, options, nil)
	}
	reg, err := a.registered(env)
	if err != nil {
		return err
	}
	if err := c.recordedOf(data, reg.Spec); err != nil {
		return err
	}
	return c.report(a, data, options, c.sides(a, reg, data, measured[0]))
}

// recordedOf refuses a ladder in another environment than the file's recordings are of.
func (c *fidelityCmd) recordedOf(data fidelity.Data, s gym.Spec) error {
	name := strings.TrimSuffix(strings.TrimPrefix(data.Spec.ID, "import/"), "-v0")
	if c.Ladder == "" || name == experience.EnvName(s.ID) || name == experience.EnvName(s.Buffer()) {
		return nil
	}
	return gym.Errorf(gym.CodeInvalidConfig, "%s has recordings of %s, not of %s: give --ladder the environment that they are of", c.From, name, c.Ladder)
}

// sides are what the ladder is played on; nil where a side or the scripted policy is missing.
func (c *fidelityCmd) sides(a *app, reg gym.Registration, data fidelity.Data, m model.Model) *fidelity.Sides {
	if c.Brief || c.Episodes == 0 || reg.Open == nil || reg.Solver == nil || reg.Ready != nil && reg.Ready() != nil {
		return nil
	}
	buffer := experience.NewBuffer(0)
	for _, e := range data.Train {
		buffer.Add(e.Steps)
	}
	dreamer := &dream.Dreamer{Model: m, Buffer: func(string) *experience.Buffer { return buffer }}
	return &fidelity.Sides{
		Registration: reg, Episodes: c.Episodes, Seed: c.Seed, Progress: a.stderr,
		Dream: func(ctx context.Context) (gym.Env, error) { return dreamer.Dream(ctx, reg, false) },
	}
}

// report measures and prints.
func (c *fidelityCmd) report(a *app, data fidelity.Data, o fidelity.Options, sides *fidelity.Sides) error {
	r, err := fidelity.Measure(a.ctx, data, o)
	if err != nil {
		return err
	}
	if sides != nil {
		if err := r.Play(a.ctx, *sides); err != nil {
			return err
		}
	}
	names := fidelity.Names(o.Models)
	if c.Plots != "" {
		files, err := r.WritePlots(c.Plots, names)
		if err != nil {
			return err
		}
		fmt.Fprintln(a.stderr, "plots:", strings.Join(files, " "))
	}
	if a.globals.JSON {
		return a.printJSON(r)
	}
	return r.WriteTable(a.stdout, names)
}
