package chrome

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// profilePrefix begins the name of every profile's folder in the temporary folder.
const profilePrefix = "dreamgym-chrome-"

// profile is the folder of one browser. Its lock is held by this process, so that
// another one can tell the folder of a dead process from that of a living one.
type profile struct {
	dir  string
	lock *os.File
}

func newProfile() (*profile, error) {
	dir, err := os.MkdirTemp("", profilePrefix)
	if err != nil {
		return nil, fmt.Errorf("chrome: make a profile folder: %w", err)
	}
	lock, err := os.OpenFile(lockOf(dir), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		lock.Close()
		return nil, errors.Join(fmt.Errorf("chrome: lock a profile folder: %w", err), os.RemoveAll(dir))
	}
	return &profile{dir, lock}, nil
}

func lockOf(dir string) string { return filepath.Join(dir, "lock") }

// mostRemoval bounds how long dying children of a browser may go on writing.
const mostRemoval = 2 * time.Second

// remove removes the folder. Children of the browser may still be dying.
func (p *profile) remove() error {
	defer p.lock.Close()
	for deadline := time.Now().Add(mostRemoval); ; time.Sleep(10 * time.Millisecond) {
		if err := os.RemoveAll(p.dir); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// youngest is the age from which on a folder without a lock is nobody's: a younger one
// may be about to get its own.
const youngest = time.Minute

// sweep removes the profiles that processes left behind which were killed, and answers
// how many those were.
func sweep() (removed int, err error) {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), profilePrefix+"*"))
	var errs []error
	for _, dir := range dirs {
		if !left(dir) {
			continue
		}
		errs = append(errs, os.RemoveAll(dir))
		removed++
	}
	return removed, errors.Join(append(errs, err)...)
}

// left tells whether a profile's process is dead.
func left(dir string) bool {
	lock, err := os.Open(lockOf(dir))
	if err != nil {
		info, statErr := os.Stat(dir)
		return errors.Is(err, os.ErrNotExist) && statErr == nil && time.Since(info.ModTime()) > youngest
	}
	defer lock.Close()
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
