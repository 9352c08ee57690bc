package distill

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/parquet-go/parquet-go"

	"dreamgym/envserver/gym"
)

// rowGroup is how many examples a group of a Parquet file has: so many are in memory.
const rowGroup = 2048

// files are the files of an export, one for each split and format, made when they get
// their first example.
type files struct {
	folder  string
	formats []Format
	open    map[string]*file // by name
}

func newFiles(folder string, formats []Format) *files {
	if len(formats) == 0 {
		formats = []Format{FormatJSONL}
	}
	return &files{folder, formats, map[string]*file{}}
}

func fileName(s gym.Split, f Format) string { return string(s) + "." + string(f) }

// write adds an example to its split's files.
func (f *files) write(e Example) error {
	for _, format := range f.formats {
		name := fileName(e.Split, format)
		if f.open[name] == nil {
			made, err := create(f.folder, format)
			if err != nil {
				return err
			}
			f.open[name] = made
		}
		if err := f.open[name].rows.write(e); err != nil {
			return err
		}
	}
	return nil
}

// commit puts the files in their places, and removes those of an earlier export whose
// split has no example now.
func (f *files) commit() error {
	var errs []error
	for _, made := range f.open {
		errs = append(errs, made.finish())
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, split := range []gym.Split{gym.SplitTrain, gym.SplitSeen, gym.SplitUnseen} {
		for _, format := range f.formats {
			errs = append(errs, f.place(fileName(split, format)))
		}
	}
	return errors.Join(errs...)
}

func (f *files) place(name string) error {
	path := filepath.Join(f.folder, name)
	made := f.open[name]
	if made != nil {
		return os.Rename(made.temp.Name(), path)
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// discard removes what was not put in its place.
func (f *files) discard() {
	for _, made := range f.open {
		made.temp.Close()
		os.Remove(made.temp.Name())
	}
}

// file is a file that is being written, beside its place.
type file struct {
	temp *os.File
	rows rows
}

func create(folder string, format Format) (*file, error) {
	temp, err := os.CreateTemp(folder, ".export-*")
	if err != nil {
		return nil, err
	}
	if format == FormatParquet {
		return &file{temp, newParquet(temp)}, nil
	}
	return &file{temp, &jsonl{bufio.NewWriter(temp)}}, nil
}

func (f *file) finish() error {
	return errors.Join(f.rows.close(), f.temp.Chmod(0o644), f.temp.Sync(), f.temp.Close())
}

// rows writes examples in a format.
type rows interface {
	write(Example) error
	close() error
}

type jsonl struct{ w *bufio.Writer }

func (j *jsonl) write(e Example) error {
	if err := json.MarshalWrite(j.w, e); err != nil {
		return err
	}
	return j.w.WriteByte('\n')
}

func (j *jsonl) close() error { return j.w.Flush() }

type columns struct {
	w *parquet.GenericWriter[Example]
}

func newParquet(w io.Writer) columns {
	options := []parquet.WriterOption{parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(rowGroup), parquet.CreatedBy("dreamgym", "", "")}
	for _, long := range []string{"prompt", "completion"} {
		options = append(options, parquet.SkipPageBounds(long, "list", "element", "content")) // bounds are whole texts, held until the end
	}
	return columns{parquet.NewGenericWriter[Example](w, options...)}
}

func (c columns) write(e Example) error {
	_, err := c.w.Write([]Example{e})
	return err
}

func (c columns) close() error { return c.w.Close() }
