package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/synth/distill"
	"dreamgym/synth/exchange"
	"dreamgym/synth/experience"
)

type exportEpisodesCmd struct {
	recordedFlags
	Out         string           `help:"File to write, compressed where its name ends in .zst; a folder for parquet." placeholder:"PATH" type:"path" required:""`
	Format      exchange.Format  `help:"What is written: ${enum}." default:"transitions" enum:"transitions,parquet,messages,sharegpt"`
	Backend     []string         `help:"Episodes of these backends." default:"real" placeholder:"NAME"`
	Split       []gym.Split      `help:"Episodes of these splits." default:"train,seen,unseen" enum:"train,seen,unseen"`
	Task        string           `help:"Only of this task." placeholder:"ID"`
	Reason      []episode.Reason `help:"Episodes that ended so." default:"terminated,truncated" enum:"terminated,truncated"`
	MinReturn   *float64         `help:"Only episodes whose rewards come to this or more." placeholder:"NUMBER"`
	Annotations string           `help:"File of annotations (distill annotate), whose kept reasonings are written along." placeholder:"FILE" type:"existingfile"`
}

// Help is printed by export --help.
func (exportEpisodesCmd) Help() string {
	return `Formats:
  transitions  one step a line, as import takes it
  parquet      a folder with a row a step and a dataset card, for datasets.load_dataset and pandas.read_parquet
  messages     one episode a line: messages, reward, task, and info as a JSON string
  sharegpt     a JSON array of conversations, as AgentGym has them

Only episodes that ended by themselves are written: never aborted ones. Evaluations on the split train are left out,
because what has this split is learned from; those on seen and unseen are not. How many were left out is told.

Examples:
  envserver export house/any-v0 --out recorded.jsonl.zst
  envserver export house/any-v0 --format parquet --out dataset
  envserver export house/any-v0 --format sharegpt --split train --min-return 1 --out solved.json
  envserver export house/any-v0 --backend dream --format messages --out dreamed.jsonl
  envserver export --from recordings.jsonl --format parquet --out dataset`
}

// Validate checks what the flags' types do not.
func (c *exportEpisodesCmd) Validate() error {
	errs := []error{c.recordedFlags.check()}
	for _, b := range c.Backend {
		_, err := gym.ParseBackend(b)
		errs = append(errs, err)
	}
	return invalid(errs)
}

// exportResult is what export prints for machines.
type exportResult struct {
	Out    string          `json:"out"`
	Format exchange.Format `json:"format"`
	exchange.Count
	LeftOut map[string]int `json:"left_out,omitempty"`
}

// Why an episode is left out; other than by the filters that were asked for.
const (
	leftAborted    = "aborted"
	leftEvaluation = "evaluation on train"
	leftEmpty      = "without a step"
	leftUnreadable = "unreadable"
)

// Run exports.
func (c *exportEpisodesCmd) Run(a *app) error {
	x := exporting{exportEpisodesCmd: c, app: a, leftOut: make(map[string]int)}
	if c.Annotations != "" {
		notes, err := distill.ReadAnnotations(c.Annotations)
		if err != nil {
			return err
		}
		x.reasoning = notes.Reasoning
	}
	all, err := x.episodes()
	if err != nil {
		return err
	}
	count, err := exchange.Export(a.ctx, told(a.stderr, all), c.Format, c.Out)
	if err != nil {
		return err
	}
	if a.globals.JSON {
		return a.printJSON(exportResult{c.Out, c.Format, count, x.leftOut})
	}
	fmt.Fprintf(a.stdout, "%d episodes; steps: %d train, %d seen, %d unseen\n", count.Episodes,
		count.Steps[gym.SplitTrain], count.Steps[gym.SplitSeen], count.Steps[gym.SplitUnseen])
	for _, why := range []string{leftAborted, leftEvaluation, leftEmpty, leftUnreadable} {
		if n := x.leftOut[why]; n > 0 {
			fmt.Fprintf(a.stdout, "left out: %d, %s\n", n, why)
		}
	}
	return nil
}

// exporting is an export under way.
type exporting struct {
	*exportEpisodesCmd
	app       *app
	reasoning func(experience.Ref) string
	found     bool // an episode of the environment, wanted or not
	leftOut   map[string]int
}

// episodes are those that the flags ask for: of a file, of an import, or of the log, whose
// environment need not be registered any more.
func (x *exporting) episodes() (exchange.Episodes, error) {
	if x.From != "" {
		rec, err := experience.ReadFile(x.From)
		if err != nil {
			return nil, err
		}
		return x.ofRecording(rec), nil
	}
	if _, _, err := gym.ParseID(x.Env); err != nil {
		return nil, err
	}
	imports, err := loadImports(x.app.globals.Data)
	if err != nil {
		return nil, err
	}
	of := func(r *experience.Recording) bool { return r.Spec().ID == x.Env }
	if i := slices.IndexFunc(imports, of); i >= 0 && slices.Contains(x.Backend, string(gym.BackendReal)) {
		return x.ofRecording(imports[i]), nil
	}
	return x.ofLog, nil
}

func (x *exporting) ofRecording(rec *experience.Recording) exchange.Episodes {
	return func(yield func(*exchange.Episode, error) bool) {
		for _, e := range rec.Episodes {
			if out := exchange.FromImport(rec, e); x.wanted(out) && !yield(out, nil) {
				return
			}
		}
	}
}

// errStop ends a scan that nobody waits for any more.
var errStop = errors.New("stopped")

// ofLog reads the log in order of end, one episode at a time.
func (x *exporting) ofLog(yield func(*exchange.Episode, error) bool) {
	reader, err := episode.OpenReader(x.app.globals.Data)
	if err != nil {
		yield(nil, err)
		return
	}
	defer reader.Close()
	_, err = reader.Episodes(x.app.ctx, episode.Place{}, func(ended episode.Ended) error {
		e := x.take(ended)
		if e != nil && !yield(e, nil) {
			return errStop
		}
		return nil
	})
	if err == nil && !x.found {
		err = gym.Errorf(gym.CodeUnknownEpisode, "nothing is recorded of %s in %s", x.Env, x.app.globals.Data)
	}
	if err != nil && !errors.Is(err, errStop) {
		yield(nil, err)
	}
}

// take reads an episode that is wanted; nil for any other. The header is enough to tell most.
func (x *exporting) take(ended episode.Ended) *exchange.Episode {
	h, err := ended.Header()
	if err == nil && h.Env != x.Env {
		return nil
	}
	x.found = true
	switch {
	case err == nil && !slices.Contains(x.Backend, string(h.Backend)):
		return nil
	case ended.Reason == episode.Aborted:
		x.leftOut[leftAborted]++
		return nil
	case err == nil && h.Evaluation && h.Task.Split == gym.SplitTrain:
		x.leftOut[leftEvaluation]++
		return nil
	}
	log, err := ended.Episode()
	if err != nil {
		x.leftOut[leftUnreadable]++
		return nil
	}
	e := exchange.FromLog(log)
	if len(e.Steps) == 0 {
		x.leftOut[leftEmpty]++
		return nil
	}
	if !x.wanted(e) {
		return nil
	}
	return e
}

// wanted tells whether an episode passes the filters, and gives it its reasonings.
func (x *exporting) wanted(e *exchange.Episode) bool {
	last := e.Steps[len(e.Steps)-1]
	switch {
	case !slices.Contains(x.Split, e.Split), x.Task != "" && e.Task != x.Task:
		return false
	case x.MinReturn != nil && e.Return() < *x.MinReturn:
		return false
	case last.Terminated && !slices.Contains(x.Reason, episode.Terminated), last.Truncated && !slices.Contains(x.Reason, episode.Truncated):
		return false
	}
	if x.reasoning != nil {
		e.Annotate(x.reasoning)
	}
	return true
}

// told tells every few seconds how far it is.
func told(to io.Writer, all exchange.Episodes) exchange.Episodes {
	return func(yield func(*exchange.Episode, error) bool) {
		episodes, steps, next := 0, 0, time.Now().Add(tellEvery)
		for e, err := range all {
			if err == nil {
				episodes, steps = episodes+1, steps+len(e.Steps)
			}
			if now := time.Now(); now.After(next) {
				fmt.Fprintf(to, "%d episodes, %d steps\n", episodes, steps)
				next = now.Add(tellEvery)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// tellEvery is the time between two lines of progress.
const tellEvery = 2 * time.Second
