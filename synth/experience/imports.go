package experience

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"
)

const importSuffix = ".jsonl.zst"

// Write writes all rows of the recording to w, each with its split.
func (r *Recording) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	for i := range r.Episodes {
		if err := WriteEpisode(out, r.Env, &r.Episodes[i]); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("experience: write recording: %w", err)
	}
	return nil
}

// Save keeps the recording in a folder of imports, in place of an earlier one of the
// same name. It is there whole or not at all.
func (r *Recording) Save(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("experience: save import: %w", err)
	}
	f, err := os.CreateTemp(folder, ".import-*")
	if err != nil {
		return fmt.Errorf("experience: save import: %w", err)
	}
	defer os.Remove(f.Name()) // after the rename there is nothing left to remove
	err = r.compress(f)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(folder, r.Env+importSuffix))
	}
	if err != nil {
		return fmt.Errorf("experience: save import: %w", err)
	}
	return nil
}

func (r *Recording) compress(w io.Writer) error {
	z, err := zstd.NewWriter(w)
	if err != nil {
		return err
	}
	return errors.Join(r.Write(z), z.Close())
}

// LoadImports reads every recording of a folder of imports, in order of name; none
// where there is no such folder.
func LoadImports(folder string) ([]*Recording, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*"+importSuffix))
	if err != nil {
		return nil, fmt.Errorf("experience: imports: %w", err)
	}
	slices.Sort(files)
	var all []*Recording
	for _, file := range files {
		r, err := ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("experience: import %s: %w", filepath.Base(file), err)
		}
		all = append(all, r)
	}
	return all, nil
}
