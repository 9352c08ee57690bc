package main

import (
	"fmt"
	"path/filepath"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

type importCmd struct {
	File string `arg:"" help:"Transitions, one JSON object a line (.jsonl, also .zst)." type:"existingfile" placeholder:"FILE"`
}

// Help is printed by import --help.
func (importCmd) Help() string {
	return `Makes an environment of recorded transitions, so that it can be dreamed: import/kitchen-v0 of rows whose env is
"kitchen". It has the backend dream alone. A server finds it when it starts. An import of the same name is replaced.

A row is a step; the rows of an episode are in order:

  {"env":"kitchen","split":"train","task":"t17","scene":"kitchen-3","episode":"e3","step":0,"goal":"...","state":"...",
   "action":"...","next_state":"...","reward":0,"terminated":false,"truncated":false,"actions":["..."]}

schema_version (1), split, scene (then the task is the scene), truncated and actions (admissible in state) may be
absent. Rows of split train are learned from; seen has further episodes of trained tasks, unseen has neither task
nor scene in common with train. Without splits a hash of scenes and episodes decides. Faulty rows are named by line.

Examples:
  envserver import recordings.jsonl.zst
  envserver fidelity import/kitchen-v0`
}

// importResult is what import prints for machines.
type importResult struct {
	Env      string            `json:"env"`
	Episodes int               `json:"episodes"`
	Steps    map[gym.Split]int `json:"steps"`
	Hashed   bool              `json:"split_by_hash"`
}

// Run imports.
func (c *importCmd) Run(a *app) error {
	rec, err := experience.ReadFile(c.File)
	if err != nil {
		return err
	}
	if err := rec.Save(importsFolder(a.globals.Data)); err != nil {
		return &gym.Error{Code: gym.CodeStorage, Msg: "the import cannot be written to the data folder", Err: err}
	}
	spec := rec.Spec()
	if a.globals.JSON {
		return a.printJSON(importResult{Env: spec.ID, Episodes: len(rec.Episodes), Steps: rec.Steps(), Hashed: rec.Hashed})
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n%s@dream is there when the server starts next\n", rec.Describe(), spec.ID)
	return err
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
		b := f.buffer(rec.Spec().Buffer())
		for _, e := range rec.Of(gym.SplitTrain) {
			b.Add(e.Steps)
		}
	}
	return nil
}
