package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
	"dreamgym/synth/dream"
	"dreamgym/synth/experience"
	"dreamgym/synth/fidelity"
	"dreamgym/synth/model"
	"dreamgym/synth/model/baseline"
)

type fidelityCmd struct {
	Env      string   `arg:"" optional:"" help:"Environment whose recorded episodes to measure on, such as house/any-v0." placeholder:"ENV"`
	From     string   `help:"Measure on a file of transitions instead (JSONL, also .zst); it needs no server and no data folder." placeholder:"FILE" type:"existingfile"`
	Models   []string `name:"model" help:"Experience models to compare: ${enum}." default:"analogy" enum:"analogy,llm,ensemble" env:"DREAMGYM_MODEL" placeholder:"NAME"`
	Sizes    []int    `help:"Sizes of the buffer in transitions, beside the whole; by default 300, 1000, 3300, ..." placeholder:"N"`
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
  envserver fidelity house/any-v0 --model analogy,llm,ensemble --brief --held-out 200 \\
    --model-url http://127.0.0.1:8080/v1 --model-name my-model`
}

// Validate checks what the flags' types do not.
func (c *fidelityCmd) Validate() error {
	if (c.Env == "") == (c.From == "") {
		return gym.Errorf(gym.CodeInvalidConfig, "give an environment, or --from FILE")
	}
	for _, name := range c.Models {
		if err := c.Language.ValidFor(name); err != nil {
			return err
		}
	}
	return nil
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
	data, err := a.measuredOn(c.Env, c.From)
	if err != nil {
		return err
	}
	if c.From != "" {
		return c.report(a, data, options, nil)
	}
	reg, err := a.registered(c.Env)
	if err != nil {
		return err
	}
	return c.report(a, data, options, c.sides(a, reg, data, measured[0]))
}

// measuredOn are the episodes of an environment in the data folder, or those of a file.
func (a *app) measuredOn(env, from string) (fidelity.Data, error) {
	if from != "" {
		rec, err := experience.ReadFile(from)
		if err != nil {
			return fidelity.Data{}, err
		}
		fmt.Fprintln(a.stderr, rec.Describe())
		return fidelity.FromRecording(rec), nil
	}
	registry, err := a.registry()
	if err != nil {
		return fidelity.Data{}, err
	}
	reg, err := registry.Find(env)
	if err != nil {
		return fidelity.Data{}, err
	}
	return a.recorded(registry, reg)
}

// registered is an environment of this server.
func (a *app) registered(env string) (gym.Registration, error) {
	registry, err := a.registry()
	if err != nil {
		return gym.Registration{}, err
	}
	return registry.Find(env)
}

// registry has the environments of this server.
func (a *app) registry() (*gym.Registry, error) {
	s, err := config.Defaults(a.globals.Config, os.Getenv)
	if err != nil {
		return nil, err
	}
	r := gym.NewRegistry()
	_, err = register(r, s, a.globals.Data, a.log) // nothing is played: there is nothing to close
	return r, err
}

// recorded reads the episodes of an environment's buffer from the data folder, without
// holding it.
func (a *app) recorded(registry *gym.Registry, reg gym.Registration) (fidelity.Data, error) {
	data := fidelity.Data{Spec: reg.Spec}
	if reg.Spec.DreamOnly {
		return a.imported(reg)
	}
	reader, err := episode.OpenReader(a.globals.Data)
	if err != nil {
		return data, err
	}
	defer reader.Close()
	_, err = reader.Episodes(a.ctx, episode.Place{}, func(ended episode.Ended) error {
		if ended.Reason == episode.Aborted {
			return nil
		}
		log, err := ended.Episode()
		if err != nil || log.Header.Backend != gym.BackendReal {
			return err
		}
		if of, err := registry.Find(log.Header.Env); err == nil && of.Spec.Buffer() == reg.Spec.Buffer() {
			add(&data, log)
		}
		return nil
	})
	if err != nil {
		return data, err
	}
	a.holdOut(&data)
	return data, nil
}

// imported are the episodes of an import.
func (a *app) imported(reg gym.Registration) (fidelity.Data, error) {
	all, err := loadImports(a.globals.Data)
	if err != nil {
		return fidelity.Data{}, err
	}
	i := slices.IndexFunc(all, func(r *experience.Recording) bool { return r.Spec().ID == reg.Spec.ID })
	if i < 0 {
		return fidelity.Data{}, gym.Errorf(gym.CodeNotAvailable, "%s has neither a real side nor an import", reg.Spec.ID)
	}
	return fidelity.FromRecording(all[i]), nil
}

// add sorts an episode by what it may be used for: an evaluation on train is of no use.
func add(data *fidelity.Data, log *episode.Episode) {
	e := experience.FromLog(log)
	if len(e.Steps) == 0 {
		return
	}
	switch {
	case log.Learnable():
		data.Train = append(data.Train, e)
	case e.Split == gym.SplitSeen:
		data.Seen = append(data.Seen, e)
	case e.Split == gym.SplitUnseen:
		data.Unseen = append(data.Unseen, e)
	}
}

// holdOut keeps every tenth training episode back where nothing else was held out.
func (a *app) holdOut(data *fidelity.Data) {
	if len(data.Seen)+len(data.Unseen) > 0 {
		return
	}
	fmt.Fprintln(a.stderr, "no episode of the splits seen and unseen is recorded: every tenth training episode is held out as seen")
	var kept []experience.Episode
	for i, e := range data.Train {
		if i%10 == 9 {
			data.Seen = append(data.Seen, e)
		} else {
			kept = append(kept, e)
		}
	}
	data.Train = kept
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
