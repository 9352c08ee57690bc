package exchange

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/parquet-go/parquet-go"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// Limits of what is gathered before it is written: a group of rows is in memory.
const (
	groupRows  = 8192
	groupBytes = 16 << 20
	shardRows  = 1 << 20 // rows of one file
)

// Row is a step as a Parquet row: the transitions' fields under their names, then what is
// told of the episode.
type Row struct {
	SchemaVersion int32      `parquet:"schema_version"`
	Env           string     `parquet:"env,dict"`
	Split         gym.Split  `parquet:"split,dict"`
	Task          string     `parquet:"task,dict"`
	Scene         string     `parquet:"scene,dict"`
	Episode       string     `parquet:"episode,dict"`
	Step          int64      `parquet:"step"`
	Goal          string     `parquet:"goal,dict"`
	State         string     `parquet:"state"`
	Action        string     `parquet:"action"`
	NextState     string     `parquet:"next_state"`
	Reward        float64    `parquet:"reward"`
	Terminated    bool       `parquet:"terminated"`
	Truncated     bool       `parquet:"truncated"`
	Actions       []string   `parquet:"actions,optional,list"` // null where they were not listed
	Reasoning     *string    `parquet:"reasoning,optional"`
	Source        string     `parquet:"source,dict"`
	Model         *string    `parquet:"model,optional,dict"`
	CreatedAt     *time.Time `parquet:"created_at,optional,timestamp(millisecond)"`
}

// row is step i of an episode.
func (e *Episode) row(i int) Row {
	t := &e.Steps[i]
	r := Row{
		SchemaVersion: experience.SchemaVersion, Env: e.Env, Split: e.Split, Task: e.Task, Scene: e.Scene, Episode: e.ID,
		Step: int64(t.Step), Goal: e.Goal, State: t.State, Action: t.Action, NextState: t.Next, Reward: t.Reward,
		Terminated: t.Terminated, Truncated: t.Truncated, Actions: t.Actions, Source: e.Source,
	}
	if why := e.reasoning(i); why != "" {
		r.Reasoning = &why
	}
	if e.Model != "" {
		r.Model = &e.Model
	}
	if !e.Created.IsZero() {
		created := e.Created.UTC()
		r.CreatedAt = &created
	}
	return r
}

// size is about what a row takes in memory.
func (r *Row) size() int {
	n := 256 + len(r.Goal) + len(r.State) + len(r.Action) + len(r.NextState)
	for _, a := range r.Actions {
		n += 16 + len(a)
	}
	if r.Reasoning != nil {
		n += len(*r.Reasoning)
	}
	return n
}

// dataset writes a folder of Parquet files, with a card that tells of them.
type dataset struct {
	folder string
	shards map[gym.Split]*shard
	card   card
}

func newDataset(folder string) *dataset {
	return &dataset{folder: folder, shards: make(map[gym.Split]*shard), card: newCard()}
}

func (d *dataset) write(e *Episode) error {
	d.card.add(e)
	for i := range e.Steps {
		s, err := d.shard(e.Split)
		if err != nil {
			return err
		}
		if err := s.write(e.row(i)); err != nil {
			return err
		}
	}
	return nil
}

// shard is the file that a split's next row goes into.
func (d *dataset) shard(split gym.Split) (*shard, error) {
	s := d.shards[split]
	if s != nil && s.rows < shardRows {
		return s, nil
	}
	number := 0
	if s != nil {
		number = s.number + 1
		if err := s.close(); err != nil {
			return nil, err
		}
	}
	s, err := newShard(d.folder, split, number)
	d.shards[split] = s
	return s, err
}

func (d *dataset) close() error {
	var errs []error
	for _, s := range d.shards {
		errs = append(errs, s.close())
	}
	errs = append(errs, os.WriteFile(filepath.Join(d.folder, "README.md"), d.card.text(), 0o644))
	return errors.Join(errs...)
}

// shard is a Parquet file under way.
type shard struct {
	number, rows, held int // held: bytes since the last group was written
	file               io.WriteCloser
	w                  *parquet.GenericWriter[Row]
}

func newShard(folder string, split gym.Split, number int) (*shard, error) {
	if err := os.MkdirAll(filepath.Join(folder, dataFolder), 0o755); err != nil {
		return nil, err
	}
	f, err := os.Create(filepath.Join(folder, dataFolder, shardName(split, number)))
	if err != nil {
		return nil, err
	}
	options := []parquet.WriterOption{parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(groupRows), parquet.CreatedBy("dreamgym", "", "")}
	for _, long := range []string{"goal", "state", "action", "next_state", "reasoning"} {
		options = append(options, parquet.SkipPageBounds(long)) // bounds are whole texts, held until the end
	}
	w := parquet.NewGenericWriter[Row](f, options...)
	return &shard{number: number, file: f, w: w}, nil
}

func (s *shard) write(r Row) error {
	s.rows++
	if s.held += r.size(); s.held > groupBytes {
		s.held = 0
		if err := s.w.Flush(); err != nil {
			return err
		}
	}
	_, err := s.w.Write([]Row{r})
	return err
}

func (s *shard) close() error { return errors.Join(s.w.Close(), s.file.Close()) }
