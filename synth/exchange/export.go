package exchange

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"dreamgym/envserver/gym"
)

// Format is what is written.
type Format string

// The formats. All but FormatParquet are one file, compressed where its name ends in .zst.
const (
	FormatTransitions Format = "transitions" // one step a line, as import takes it
	FormatParquet     Format = "parquet"     // a folder: one step a row, and a dataset card
	FormatMessages    Format = "messages"    // one episode a line, as a chat
	FormatShareGPT    Format = "sharegpt"    // a JSON array of conversations
)

// Count is what was written.
type Count struct {
	Episodes int               `json:"episodes"`
	Steps    map[gym.Split]int `json:"steps"`
}

// writer writes episodes in one format.
type writer interface {
	write(*Episode) error
	close() error // what is still to be written
}

// Export writes episodes to a file, or a folder of Parquet files. An earlier file is
// replaced; a folder must not be there, or be empty. Without an episode nothing is
// written, and that is CodeInvalidRequest.
func Export(ctx context.Context, all Episodes, f Format, out string) (Count, error) {
	target, w, err := open(f, out)
	if err != nil {
		return Count{}, storageError(err)
	}
	defer target.discard() // after commit there is nothing left to discard
	count := Count{Steps: make(map[gym.Split]int)}
	for e, err := range all {
		if err != nil {
			return Count{}, err
		}
		if ctx.Err() != nil {
			return Count{}, gym.Errorf(gym.CodeCanceled, "interrupted; nothing was exported")
		}
		if err := w.write(e); err != nil {
			return Count{}, storageError(fmt.Errorf("write episode %s: %w", e.ID, err))
		}
		count.Episodes++
		count.Steps[e.Split] += len(e.Steps)
	}
	if count.Episodes == 0 {
		return Count{}, gym.Errorf(gym.CodeInvalidRequest, "no recorded episode with a step is as the filters want it; nothing was exported")
	}
	if err := w.close(); err != nil {
		return Count{}, storageError(err)
	}
	return count, storageError(target.commit())
}

// storageError is an error of writing as clients are told it.
func storageError(err error) error {
	var own *gym.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	return &gym.Error{Code: gym.CodeStorage, Msg: "the export cannot be written", Err: err}
}

// target is where an export is written beside its place, until it is whole.
type target interface {
	commit() error
	discard()
}

func open(f Format, out string) (target, writer, error) {
	if f == FormatParquet {
		return openFolder(out)
	}
	t, err := openFile(out)
	if err != nil {
		return nil, nil, err
	}
	switch f {
	case FormatMessages:
		return t, messages{t.w}, nil
	case FormatShareGPT:
		return t, &conversations{w: t.w}, nil
	}
	return t, transitions{t.w}, nil
}

// fileTarget is a file under way.
type fileTarget struct {
	path  string
	temp  *os.File
	w     *bufio.Writer
	flush []func() error // of what compresses
}

func openFile(path string) (*fileTarget, error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return nil, err
	}
	t := &fileTarget{path: path, temp: temp}
	var to io.Writer = temp
	if strings.HasSuffix(path, ".zst") {
		z, err := zstd.NewWriter(temp)
		if err != nil {
			return nil, errors.Join(err, temp.Close(), os.Remove(temp.Name()))
		}
		to, t.flush = z, append(t.flush, z.Close)
	}
	t.w = bufio.NewWriter(to)
	return t, nil
}

func (t *fileTarget) commit() error {
	errs := []error{t.w.Flush()}
	for _, flush := range t.flush {
		errs = append(errs, flush())
	}
	errs = append(errs, t.temp.Chmod(0o644), t.temp.Sync(), t.temp.Close())
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return os.Rename(t.temp.Name(), t.path)
}

func (t *fileTarget) discard() {
	t.temp.Close()
	os.Remove(t.temp.Name())
}

// folderTarget is a folder under way.
type folderTarget struct{ path, temp string }

// openFolder refuses a place where something is: files of an earlier export would be read
// along with the new ones.
func openFolder(path string) (target, writer, error) {
	if there, err := os.ReadDir(path); err == nil && len(there) > 0 || err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, gym.Errorf(gym.CodeInvalidConfig, "%s is not an empty folder; remove it, or name another", filepath.Base(path))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, nil, err
	}
	temp, err := os.MkdirTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return nil, nil, err
	}
	return folderTarget{path, temp}, newDataset(temp), nil
}

func (t folderTarget) commit() error {
	if err := os.Chmod(t.temp, 0o755); err != nil {
		return err
	}
	return os.Rename(t.temp, t.path) // in place of an empty folder, too
}

func (t folderTarget) discard() { os.RemoveAll(t.temp) }
