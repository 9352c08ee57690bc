package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
	"dreamgym/synth/fidelity/judge"
)

type judgeCmd struct {
	Env    string          `arg:"" optional:"" help:"Environment whose recorded episodes to judge on, such as house/any-v0." placeholder:"ENV"`
	From   string          `help:"Judge on a file of transitions instead (JSONL, also .zst)." placeholder:"FILE" type:"existingfile"`
	Judge  config.Endpoint `embed:"" prefix:"judge-" envprefix:"DREAMGYM_JUDGE_"`
	Models []string        `name:"model" help:"Experience models whose predictions are judged: ${enum}." default:"analogy" enum:"analogy,llm,ensemble" env:"DREAMGYM_MODEL" placeholder:"NAME"`
	Sample int             `help:"Held-out steps that are judged, of each model and of the real side." default:"100"`
	Known  int             `help:"Steps of each of five kinds whose scores are known, to tell how far to trust the judge." default:"25"`
	Seed   int64           `help:"Decides the sample and the order."`

	config.Language `embed:""`
}

// Help is printed by judge --help.
func (judgeCmd) Help() string {
	return `Lets a language model score dreamed steps by the rubric of the DreamGym paper: consistency, diversity,
informativeness and hallucination, 0 to 2 each. Real outcomes and predictions come in random order, and the judge is
not told which is which. Among them are steps whose scores are known: real ones, and ones that were spoilt. How often
it scores a good one above a spoilt one says how far to trust it; at chance that is 0.5.

Examples:
  envserver judge house/any-v0 --judge-url http://127.0.0.1:8080/v1 --judge-name my-model
  envserver judge --from recordings.jsonl --sample 200 --judge-url https://example.org/v1 --judge-name big --json`
}

// Validate checks what the flags' types do not.
func (c *judgeCmd) Validate() error {
	if (c.Env == "") == (c.From == "") {
		return gym.Errorf(gym.CodeInvalidConfig, "give an environment, or --from FILE")
	}
	if c.Judge.URL == "" || c.Judge.Name == "" {
		return gym.Errorf(gym.CodeInvalidConfig, "give --judge-url and --judge-name, the endpoint that judges and its model")
	}
	if c.Sample < 1 || c.Known < 1 {
		return gym.Errorf(gym.CodeInvalidConfig, "--sample and --known must be at least 1")
	}
	for _, name := range c.Models {
		if err := c.Language.ValidFor(name); err != nil {
			return err
		}
	}
	return nil
}

// Run judges.
func (c *judgeCmd) Run(a *app) (err error) {
	data, err := a.measuredOn(c.Env, c.From)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(a.globals.Data, 0o755); err != nil {
		return &gym.Error{Code: gym.CodeStorage, Msg: "the data folder cannot be made", Err: err}
	}
	models, closeModels, err := openModels(a.ctx, slices.Compact(c.Models), c.Language, a.globals.Data, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeModels.Close()) }()
	client, closeClient, err := openEndpoint(a.ctx, c.Judge, "--judge-", filepath.Join(a.globals.Data, answersFile), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeClient.Close()) }()
	r, err := judge.Judge(a.ctx, client, data, judge.Options{
		Models: models, Sample: c.Sample, Known: c.Known, Seed: c.Seed, MaxTokens: c.Judge.MaxTokens, Workers: c.Judge.Concurrency, Progress: a.stderr,
	})
	if err != nil {
		return err
	}
	if a.globals.JSON {
		return a.printJSON(r)
	}
	return r.WriteTable(a.stdout)
}
