package episode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"dreamgym/envserver/gym"
)

// Format is the version of the data folder that this package writes.
const Format = 1

// Names within a data folder.
const (
	segmentFolder = "episodes"
	segmentSuffix = ".seg"
	lockFile      = "lock"
	holderFile    = "server.json"
	formatFile    = "format.json"
)

// lockPatience is how long the lock is tried for: FindHolder takes it for a moment.
const lockPatience = 200 * time.Millisecond

// Holder is who has a data folder open for writing.
type Holder struct {
	PID int    `json:"pid"`
	URL string `json:"url,omitempty"` // where it serves, if it does
}

// FindHolder answers who writes the data folder now, nil when nobody does.
func FindHolder(dir string) (*Holder, error) {
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetFlag(os.O_RDONLY))
	defer lock.Close()
	free, err := lock.TryRLock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, storageError(err)
	case free:
		return nil, nil
	}
	var h Holder
	if err := readJSON(filepath.Join(dir, holderFile), &h); err != nil {
		return &Holder{}, nil // held, but not announced yet
	}
	return &h, nil
}

// lockFolder makes the folder where there is none, and takes it for this process.
func lockFolder(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(filepath.Join(dir, segmentFolder), 0o755); err != nil {
		return nil, storageError(err)
	}
	lock := flock.New(filepath.Join(dir, lockFile))
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	taken, err := lock.TryLockContext(ctx, lockPatience/10)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, storageError(err)
	}
	if !taken {
		lock.Close()
		return nil, heldError(dir)
	}
	if err := writeJSON(filepath.Join(dir, holderFile), Holder{PID: os.Getpid()}); err != nil {
		return nil, errors.Join(storageError(err), lock.Close())
	}
	return lock, nil
}

func heldError(dir string) error {
	h, err := FindHolder(dir)
	if err != nil || h == nil || h.PID == 0 {
		return gym.Errorf(gym.CodeStorage, "the data folder is in use by another process")
	}
	where := ""
	if h.URL != "" {
		where = ", serving " + h.URL
	}
	return gym.Errorf(gym.CodeStorage, "the data folder is in use by process %d%s", h.PID, where)
}

// folderFormat is the content of formatFile.
type folderFormat struct {
	Format int `json:"format"`
}

// migration takes a data folder from one format to the next.
type migration func(dir string) error

// checkFormat refuses a folder of a newer format. An older one is brought to the newest
// by steps, of which the first leads from format 1 to 2, after its segments were copied
// to episodes.v<its format>. A folder without a format is new.
func checkFormat(dir string, steps []migration) error {
	path, newest := filepath.Join(dir, formatFile), len(steps)+1
	var found folderFormat
	err := readJSON(path, &found)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return storageError(writeJSON(path, folderFormat{Format: newest}))
	case err != nil || found.Format < 1:
		return &gym.Error{Code: gym.CodeStorage, Msg: "the data folder's format.json is not readable", Err: err}
	case found.Format > newest:
		return newerFormat(found.Format, newest)
	case found.Format == newest:
		return nil
	}
	kept := filepath.Join(dir, fmt.Sprintf("%s.v%d", segmentFolder, found.Format))
	if err := keepCopy(filepath.Join(dir, segmentFolder), kept); err != nil {
		return storageError(err)
	}
	for _, step := range steps[found.Format-1:] {
		if err := step(dir); err != nil {
			return &gym.Error{Code: gym.CodeStorage, Msg: fmt.Sprintf("the data folder could not be migrated from format %d to %d; a copy is kept beside it", found.Format, newest), Err: err}
		}
	}
	return storageError(writeJSON(path, folderFormat{Format: newest}))
}

// checkReadable refuses a folder that a Reader cannot read, and changes nothing.
func checkReadable(dir string) error {
	var found folderFormat
	err := readJSON(filepath.Join(dir, formatFile), &found)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return gym.Errorf(gym.CodeStorage, "the data folder does not exist or holds no episodes")
	case err != nil:
		return storageError(err)
	case found.Format > Format:
		return newerFormat(found.Format, Format)
	case found.Format < Format:
		return gym.Errorf(gym.CodeVersionMismatch, "the data folder has format %d; a server of this version migrates it to %d when it starts", found.Format, Format)
	}
	return nil
}

func newerFormat(found, newest int) error {
	return gym.Errorf(gym.CodeVersionMismatch, "the data folder has format %d; this version reads up to %d: use a newer envserver", found, newest)
}

// keepCopy copies a folder unless an earlier attempt did so completely.
func keepCopy(from, to string) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	partial := to + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return err
	}
	if err := os.CopyFS(partial, os.DirFS(from)); err != nil {
		return err
	}
	return os.Rename(partial, to)
}

// segmentPath names the file of a segment.
func segmentPath(dir string, n uint32) string {
	return filepath.Join(dir, segmentFolder, fmt.Sprintf("%06d%s", n, segmentSuffix))
}

// listSegments answers the numbers of the segments that are there, ascending.
func listSegments(dir string) ([]uint32, error) {
	files, err := os.ReadDir(filepath.Join(dir, segmentFolder))
	if err != nil {
		return nil, storageError(err)
	}
	var all []uint32
	for _, f := range files {
		digits, isSegment := strings.CutSuffix(f.Name(), segmentSuffix)
		if n, err := strconv.ParseUint(digits, 10, 32); isSegment && err == nil && n > 0 {
			all = append(all, uint32(n))
		}
	}
	slices.Sort(all)
	return all, nil
}

// storageError gives a failure of the file system its code and a message; nil stays nil.
func storageError(err error) error {
	msg := "the data folder could not be read or written"
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		msg = "the disk that holds the data folder is full"
	case errors.Is(err, syscall.EFBIG):
		msg = "the data folder's files may not grow further: a file size limit is reached"
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		msg = "the data folder may not be written by this user, or is read-only"
	}
	return &gym.Error{Code: gym.CodeStorage, Msg: msg, Err: err}
}

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// writeJSON replaces a file in one step, so that no reader sees half of it.
func writeJSON(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	partial := path + ".partial"
	if err := os.WriteFile(partial, append(b, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(partial, path)
}
