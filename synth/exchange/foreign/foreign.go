// Package foreign reads what other programs recorded as transitions: JSON lines and Parquet
// with any columns, conversations in AgentGym's shape, Minari datasets, and the experiment
// folders of BrowserGym and AgentLab.
//
// A file is read as a stream of rows, each with the place where it stands, into an
// [experience.Collector]; so what is refused is named alike for every format. What the
// format does not tell is not made up: it is asked for, or the row is refused.
package foreign

import (
	"context"
	"errors"
	"io"
	"os"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// Format is what a file is.
type Format string

// The formats.
const (
	FormatTransitions Format = "transitions" // our own rows
	FormatJSON        Format = "json"        // objects, a line each or in an array
	FormatParquet     Format = "parquet"     // a file, or a folder of them
	FormatShareGPT    Format = "sharegpt"    // conversations
	FormatMinari      Format = "minari"      // a folder
	FormatAgentLab    Format = "agentlab"    // a folder of experiments, of BrowserGym or AgentLab
)

// Options say how a file is read. The zero value finds the format by the content and
// refuses everything for one faulty row.
type Options struct {
	Format Format // found by content when empty
	// Env names the environment, whatever the file calls it; needed where it has no name.
	Env string
	// Map tells the column of a field, where it is called otherwise: "obs" of "state". A dot
	// leads into an object.
	Map map[string]string
	// Reward is what a conversation without a reward is worth; nil: it is refused.
	Reward *float64
	// SkipBad leaves episodes with a faulty row out.
	SkipBad bool
	// Python is the interpreter that reads Minari's and AgentLab's files; python3 when empty.
	Python string
	// Notes is told what the interpreter has to say; nil: nobody.
	Notes io.Writer
	// Rows, where set, is told how many rows were read, now and then.
	Rows func(int)
}

// errFull ends reading once enough faults are known.
var errFull = errors.New("enough faults")

// Read reads a file or folder. Faulty rows are one CodeInvalidRequest for all, with what
// would be right.
func Read(ctx context.Context, path string, o Options) (*experience.Recording, Format, error) {
	format, err := o.formatOf(path)
	if err != nil {
		return nil, "", err
	}
	if o.Notes == nil {
		o.Notes = io.Discard
	}
	r := o.reading(ctx)
	switch format {
	case FormatParquet:
		err = r.parquet(path)
	case FormatMinari, FormatAgentLab:
		err = r.python(path, format)
	default:
		err = r.text(path, format)
	}
	rec, err := r.finish(err)
	return rec, format, err
}

func (o Options) reading(ctx context.Context) *reading {
	return &reading{ctx: ctx, o: o, c: experience.NewCollector(experience.CollectOptions{SkipBad: o.SkipBad, Env: o.Env})}
}

// finish answers what was read, unless that failed.
func (r *reading) finish(err error) (*experience.Recording, error) {
	if err != nil && !errors.Is(err, errFull) {
		return nil, err
	}
	return r.c.Finish()
}

// reading is a file under way.
type reading struct {
	ctx  context.Context
	o    Options
	c    *experience.Collector
	rows int

	under string // the episode under way, where its newest row was not added yet
}

// add takes a row; the error says that no more is wanted.
func (r *reading) add(at string, row experience.Row) error {
	r.c.Add(at, row)
	return r.counted()
}

// refuse notes what is no row; without its episode's name, it is taken for one of the episode
// under way.
func (r *reading) refuse(at, episode string, why error) error {
	if episode == "" {
		episode = r.under
	}
	r.c.Refuse(at, episode, why)
	return r.counted()
}

const tellEvery = 1000 // rows

func (r *reading) counted() error {
	if r.rows++; r.rows%tellEvery == 0 {
		if r.o.Rows != nil {
			r.o.Rows(r.rows)
		}
		if r.ctx.Err() != nil {
			return gym.Errorf(gym.CodeCanceled, "interrupted; nothing was imported")
		}
	}
	if r.c.Full() {
		return errFull
	}
	return nil
}

// text reads a file of JSON.
func (r *reading) text(path string, f Format) error {
	in, err := open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	return r.stream(in, f)
}

func (r *reading) stream(in *content, f Format) error {
	switch f {
	case FormatTransitions:
		return r.lines(in, func(at string, line []byte) error {
			r.c.TakeLine(at, line)
			return r.counted()
		})
	case FormatShareGPT:
		return r.items(in, r.conversations())
	}
	t, err := r.table()
	if err != nil {
		return err
	}
	if err := r.items(in, t.object); err != nil {
		return err
	}
	return t.finish()
}

// unreadable is a file that cannot be opened or is cut off.
func unreadable(err error) error {
	var own *gym.Error
	if err == nil || errors.As(err, &own) || errors.Is(err, errFull) {
		return err
	}
	if errors.Is(err, os.ErrNotExist) {
		return gym.Errorf(gym.CodeInvalidRequest, "there is no such file or folder")
	}
	return &gym.Error{Code: gym.CodeInvalidRequest, Msg: "the file cannot be read", Err: err}
}
