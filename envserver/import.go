package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
	"dreamgym/synth/exchange/foreign"
	"dreamgym/synth/experience"
)

type importCmd struct {
	Path    string            `arg:"" help:"File or folder with what was recorded." type:"path" placeholder:"PATH"`
	Format  foreign.Format    `help:"What it is: ${enum}; found by its content when empty." enum:",transitions,json,parquet,sharegpt,minari,agentlab" default:""`
	Env     string            `help:"Name of the environment, whatever the rows call it." placeholder:"NAME"`
	Map     map[string]string `help:"Columns that have other names than the fields, such as state=obs,action=act; a dot leads into an object." mapsep:"," placeholder:"FIELD=COLUMN"`
	Reward  *float64          `help:"What a conversation that has no reward is worth at its end." placeholder:"NUMBER"`
	SkipBad bool              `help:"Leave episodes with a faulty row out, instead of refusing everything."`
}

// Help is printed by import --help.
func (importCmd) Help() string {
	return `Makes an environment of recorded transitions, so that it can be dreamed: import/kitchen-v0 of rows whose env is
"kitchen". It has the backend dream alone. A server finds it when it starts. An import of the same name is replaced.

Formats:
  transitions  one step a line (.jsonl, also compressed), as export writes it:
               {"env":"kitchen","split":"train","task":"t17","scene":"kitchen-3","episode":"e3","step":0,"goal":"...",
                "state":"...","action":"...","next_state":"...","reward":0,"terminated":false,"truncated":false,"actions":["..."]}
  json         objects with any fields, a line each or in an array; --map says which is what
  parquet      a file or a folder of files with any columns; likewise
  sharegpt     conversations with Action lines, as AgentGym has them
  minari       a folder of a Minari dataset; read by Python with minari
  agentlab     a folder of experiments of BrowserGym or AgentLab; read by Python. Its files are pickles: plain values are
               taken out of them, and nothing that they name is imported or called

Rows of split train are learned from; seen has further episodes of trained tasks, unseen has neither task nor scene in
common with train. Without splits a hash of scenes and episodes decides. Faulty rows are named by their place, and then
nothing is imported; with --skip-bad the episodes without a fault are.

Examples:
  envserver import recordings.jsonl.zst
  envserver import log.jsonl --env shop --map state=obs.text,action=act,reward=r,episode=run,terminated=done
  envserver import trajectories.json --reward 1
  envserver import dataset/data --env cartpole --skip-bad
  envserver fidelity import/kitchen-v0`
}

// importResult is what import prints for machines.
type importResult struct {
	Env      string              `json:"env"`
	Format   foreign.Format      `json:"format"`
	Episodes int                 `json:"episodes"`
	Steps    map[gym.Split]int   `json:"steps"`
	Hashed   bool                `json:"split_by_hash"`
	Skipped  *experience.Skipped `json:"skipped,omitempty"`
}

// Run imports.
func (c *importCmd) Run(a *app) error {
	o, err := c.options(a)
	if err != nil {
		return err
	}
	rec, format, err := foreign.Read(a.ctx, c.Path, o)
	if err != nil {
		return err
	}
	if err := rec.Save(importsFolder(a.globals.Data)); err != nil {
		return &gym.Error{Code: gym.CodeStorage, Msg: "the import cannot be written to the data folder", Err: err}
	}
	spec := rec.Spec()
	if a.globals.JSON {
		out := importResult{Env: spec.ID, Format: format, Episodes: len(rec.Episodes), Steps: rec.Steps(), Hashed: rec.Hashed}
		if c.SkipBad {
			out.Skipped = &rec.Skipped
		}
		return a.printJSON(out)
	}
	if s := rec.Skipped; s.Rows > 0 {
		fmt.Fprintf(a.stdout, "left out: %d episodes, for %d faulty rows, such as\n%s\n", s.Episodes, s.Rows, strings.Join(s.Faults, "\n"))
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n%s@dream is there when the server starts next\n", rec.Describe(), spec.ID)
	return err
}

// options are those of the flags; how far it is, is told every few seconds.
func (c *importCmd) options(a *app) (foreign.Options, error) {
	s, err := config.Defaults(a.globals.Config, os.Getenv)
	if err != nil {
		return foreign.Options{}, err
	}
	next := time.Now().Add(tellEvery)
	return foreign.Options{
		Format: c.Format, Env: c.Env, Map: c.Map, Reward: c.Reward, SkipBad: c.SkipBad, Python: pythonOf(s.Python), Notes: a.stderr,
		Rows: func(n int) {
			if now := time.Now(); now.After(next) {
				fmt.Fprintf(a.stderr, "%d rows\n", n)
				next = now.Add(tellEvery)
			}
		},
	}, nil
}

// importsFolder is where a data folder keeps its imports.
func importsFolder(data string) string { return filepath.Join(data, "imports") }

// loadImports reads what was imported into a data folder.
func loadImports(data string) ([]*experience.Recording, error) {
	all, err := experience.LoadImports(importsFolder(data))
	if err != nil {
		return nil, &gym.Error{Code: gym.CodeStorage, Msg: "an import in the data folder cannot be read; import it again, or remove it from the folder imports", Err: err}
	}
	return all, nil
}

// registerImports adds the environments that were imported into a data folder.
func registerImports(r *gym.Registry, data string) error {
	all, err := loadImports(data)
	if err != nil {
		return err
	}
	for _, rec := range all {
		if err := r.Register(rec.Registration()); err != nil {
			return err
		}
	}
	return nil
}

// fillImports fills the buffers of the imported environments.
func (f *feed) fillImports(data string) error {
	all, err := loadImports(data)
	if err != nil {
		return err
	}
	for _, rec := range all {
		b := f.made(rec.Spec().Buffer())
		for _, e := range rec.Of(gym.SplitTrain) {
			b.Add(e.Steps)
		}
	}
	return nil
}
