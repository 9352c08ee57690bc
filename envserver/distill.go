package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
	"dreamgym/synth/distill"
	"dreamgym/synth/experience"
	"dreamgym/synth/fidelity"
	"dreamgym/synth/model/llm"
)

type distillCmd struct {
	Annotate annotateCmd `cmd:"" help:"Have a teacher model say why each recorded step came out as it did."`
	Export   exportCmd   `cmd:"" help:"Write recorded steps as chats to fine-tune a language model on."`
}

// source reads the transitions.
func source(a *app, f recordedFlags) (distill.Source, error) {
	data, err := f.data(a)
	return sourceOf(data), err
}

// sourceOf gives each episode the split that it is used for.
func sourceOf(data fidelity.Data) distill.Source {
	s := distill.Source{Spec: data.Spec}
	take := func(split gym.Split, all []experience.Episode) {
		for _, e := range all {
			e.Split = split
			s.Episodes = append(s.Episodes, e)
		}
	}
	take(gym.SplitTrain, data.Train)
	take(gym.SplitSeen, data.Seen)
	take(gym.SplitUnseen, data.Unseen)
	return s
}

// promptFlags say what a prompt shows.
type promptFlags struct {
	Answer         string `help:"How the next state is told: ${enum}; edit: by the parts of the present state that change." default:"state" enum:"state,edit"`
	Demonstrations int    `help:"Recorded steps that are shown beside each action; 0: none." default:"4"`
	NoExample      bool   `help:"Show no example episode."`
	MaxHistory     int    `help:"Steps of the history that are shown, the newest; 0: all." default:"0"`
}

// check checks what the flags' types do not.
func (f promptFlags) check() error {
	if f.Demonstrations < 0 || f.MaxHistory < 0 {
		return errors.New("--demonstrations and --max-history must not be negative")
	}
	return nil
}

func (f promptFlags) prompting() distill.Prompting {
	return distill.Prompting{
		Form: llm.Form(f.Answer), Demonstrations: demonstrations(f.Demonstrations), NoExample: f.NoExample, MaxHistory: f.MaxHistory,
	}
}

type annotateCmd struct {
	recordedFlags
	promptFlags
	Out     string          `help:"File of annotations, one JSON object a line. One that is there is gone on with." placeholder:"FILE" type:"path" required:""`
	Teacher config.Endpoint `embed:"" prefix:"teacher-" envprefix:"DREAMGYM_TEACHER_"`
	Check   config.Endpoint `embed:"" prefix:"check-" envprefix:"DREAMGYM_CHECK_"`
	Split   []gym.Split     `help:"Splits to annotate." default:"train" enum:"train,seen,unseen"`
	Budget  float64         `help:"What this run may cost by --teacher-price and --check-price; what is under way then is finished. 0: no bound." placeholder:"MONEY"`
	Limit   int             `help:"Steps that this run annotates at most; 0: all." placeholder:"N"`
}

// Help is printed by distill annotate --help.
func (annotateCmd) Help() string {
	return `A teacher model, which is shown what a step really led to, says why. Its reasoning is kept only where the very
next state and reward can be predicted from it again, by the teacher or by the model of --check-url, which are
not shown them. Whatever stops a run, what was annotated is in the file, and the next run goes on from there.

Examples:
  envserver distill annotate house/any-v0 --teacher-url http://127.0.0.1:8080/v1 --teacher-name my-model --out why.jsonl
  envserver distill annotate --from recordings.jsonl --teacher-url http://127.0.0.1:8080/v1 --teacher-name my-model
    --teacher-price 3,0.3,15 --budget 5 --out why.jsonl`
}

// Validate checks what the flags' types do not.
func (c *annotateCmd) Validate() error {
	errs := []error{c.recordedFlags.check(), c.promptFlags.check()}
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Teacher.URL == "" || c.Teacher.Name == "" {
		fault("--teacher-url and --teacher-name are needed: an OpenAI-compatible endpoint, and what it calls its model")
	}
	if (c.Check.URL == "") != (c.Check.Name == "") {
		fault("--check-url and --check-name go together")
	}
	if c.Budget < 0 || c.Limit < 0 {
		fault("--budget and --limit must not be negative")
	}
	if c.Budget > 0 && len(c.Teacher.Price)+len(c.Check.Price) == 0 {
		fault("--budget needs --teacher-price: without it nothing has a cost")
	}
	return invalid(errs)
}

// invalid joins what is wrong with a command line; nil where nothing is.
func invalid(errs []error) error {
	if err := errors.Join(errs...); err != nil {
		return &gym.Error{Code: gym.CodeInvalidConfig, Msg: err.Error()}
	}
	return nil
}

// Run annotates.
func (c *annotateCmd) Run(a *app) (err error) {
	source, err := source(a, c.recordedFlags)
	if err != nil {
		return err
	}
	teacher, done, err := a.asker(c.Teacher, "--teacher-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	annotator := distill.Annotator{
		Teacher: teacher, Prompting: c.prompting(), Splits: c.Split, Budget: c.Budget, Limit: c.Limit, Workers: c.Teacher.Concurrency, Progress: a.stderr,
	}
	if c.Check.URL != "" {
		check, done, err := a.asker(c.Check, "--check-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, done()) }()
		annotator.Check = check
	}
	sum, err := annotator.Run(a.ctx, source, c.Out)
	if err != nil {
		return err
	}
	if a.globals.JSON {
		return a.printJSON(sum)
	}
	_, err = fmt.Fprintf(a.stdout, "%d steps annotated, %d kept; %d were before, %d are left; cost %.4f\n", sum.Annotated, sum.Kept, sum.Earlier, sum.Left, sum.Usage.Cost)
	return err
}

// asker is a model behind an endpoint. What it says is kept in the data folder.
func (a *app) asker(e config.Endpoint, prefix string) (distill.Asker, func() error, error) {
	if err := os.MkdirAll(a.globals.Data, 0o755); err != nil {
		return distill.Asker{}, nil, &gym.Error{Code: gym.CodeStorage, Msg: "the data folder cannot be made", Err: err}
	}
	client, done, err := openEndpoint(a.ctx, e, prefix, filepath.Join(a.globals.Data, answersFile), nil)
	if err != nil {
		return distill.Asker{}, nil, err
	}
	return distill.Asker{
		Client: client, Format: llm.Format(e.Format), MaxTokens: e.MaxTokens, Temperature: e.Temperature, TopP: e.TopP, Price: price(e.Price),
	}, done.Close, nil
}

type exportCmd struct {
	recordedFlags
	promptFlags
	Annotations      string           `help:"File of annotations, whose kept reasonings go into the answers." placeholder:"FILE" type:"existingfile"`
	Out              string           `help:"Folder for the files, one for each split and format, such as train.jsonl." placeholder:"DIR" type:"path" required:""`
	Format           []distill.Format `help:"Formats, several with commas between: jsonl, parquet." default:"jsonl" enum:"jsonl,parquet"`
	WithoutReasoning string           `help:"What becomes of steps without a kept reasoning: ${enum}; empty: their answers have an empty one." default:"empty" enum:"skip,empty"`
}

// Help is printed by distill export --help.
func (exportCmd) Help() string {
	return `Each recorded step becomes a chat: the prompt is the one that --model llm would be asked with, its demonstrations
from other training episodes, and the completion is what really came of the step, as llm has to answer it. The
files are in the prompt-completion form of TRL, whose loss is computed on the completion alone.

Examples:
  envserver distill export house/any-v0 --out sft
  envserver distill export --from recordings.jsonl --annotations why.jsonl --without-reasoning skip --out sft
  envserver distill export house/any-v0 --format jsonl,parquet --answer edit --max-history 4 --no-example --out sft`
}

// Validate checks what the flags' types do not.
func (c *exportCmd) Validate() error {
	return invalid([]error{c.recordedFlags.check(), c.promptFlags.check()})
}

// Run exports.
func (c *exportCmd) Run(a *app) error {
	source, err := source(a, c.recordedFlags)
	if err != nil {
		return err
	}
	o := distill.ExportOptions{Prompting: c.prompting(), SkipWithout: c.WithoutReasoning == "skip", Formats: c.Format}
	if c.Annotations != "" {
		if o.Annotations, err = distill.ReadAnnotations(c.Annotations); err != nil {
			return err
		}
	}
	counts, err := distill.Export(a.ctx, source, c.Out, o)
	if err != nil {
		return err
	}
	if a.globals.JSON {
		return a.printJSON(counts)
	}
	for _, split := range []gym.Split{gym.SplitTrain, gym.SplitSeen, gym.SplitUnseen} {
		if n := counts[split]; n.Examples > 0 {
			fmt.Fprintf(a.stdout, "%s: %d examples, %d with reasoning\n", split, n.Examples, n.Reasoned)
		}
	}
	return nil
}
