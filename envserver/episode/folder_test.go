package episode

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/gym"
)

func TestAFolderHasOneWriter(t *testing.T) {
	dir := t.TempDir()
	if h, err := FindHolder(filepath.Join(dir, "none")); h != nil || err != nil {
		t.Errorf("holder of no folder: %v, %v", h, err)
	}
	l, err := Open(dir, Options{})
	must(t, err, l.Announce("http://127.0.0.1:8000"))
	h, err := FindHolder(dir)
	must(t, err)
	if diff := cmp.Diff(&Holder{PID: os.Getpid(), URL: "http://127.0.0.1:8000"}, h); diff != "" {
		t.Error(diff)
	}
	_, err = Open(dir, Options{})
	wantCode(t, err, gym.CodeStorage)
	if want := fmt.Sprintf("the data folder is in use by process %d, serving http://127.0.0.1:8000", os.Getpid()); gym.AsError(err).Msg != want {
		t.Errorf("the message is %q", gym.AsError(err).Msg)
	}
	must(t, l.Begin(header("e1", ""), last(0, 0), nil)) // the refused one did no harm
	must(t, l.Close(), l.Close())
	if h, err := FindHolder(dir); h != nil || err != nil {
		t.Errorf("holder after the end: %v, %v", h, err)
	}
	must(t, openLog(t, dir, Options{}).Begin(header("e2", ""), last(0, 0), nil))
}

func TestFormats(t *testing.T) {
	for name, c := range map[string]struct {
		format string
		code   gym.Code
	}{
		"newer":     {`{"format":2}`, gym.CodeVersionMismatch},
		"none":      {`{"format":0}`, gym.CodeStorage},
		"malformed": {`{"format":`, gym.CodeStorage},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, formatFile), []byte(c.format), 0o644))
			_, err := Open(dir, Options{})
			wantCode(t, err, c.code)
			if h, err := FindHolder(dir); h != nil || err != nil {
				t.Errorf("the refused folder is held: %v, %v", h, err)
			}
			if _, err := OpenReader(dir); err == nil {
				t.Error("a reader takes it")
			}
		})
	}
	_, err := OpenReader(t.TempDir())
	wantCode(t, err, gym.CodeStorage)
}

func TestAnOlderFormatIsMigratedAndKept(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(dir, Options{})
	must(t, err, l.Close())
	must(t, os.WriteFile(segmentPath(dir, 1), []byte("old"), 0o644))
	rewrite := func(dir string) error { return os.WriteFile(segmentPath(dir, 1), []byte("new"), 0o644) }
	failing := func(string) error { return errors.New("no") }

	wantCode(t, checkFormat(dir, []migration{failing}), gym.CodeStorage)
	must(t, checkFormat(dir, []migration{rewrite}))
	must(t, checkFormat(dir, []migration{rewrite})) // it is of format 2 now
	before, err := os.ReadFile(filepath.Join(dir, "episodes.v1", "000001.seg"))
	must(t, err)
	after, err := os.ReadFile(segmentPath(dir, 1))
	must(t, err)
	if string(before) != "old" || string(after) != "new" {
		t.Errorf("kept %q, made %q", before, after)
	}
	wantCode(t, checkFormat(dir, nil), gym.CodeVersionMismatch)
}

// faultyFiles makes files that fail as the test says.
type faultyFiles struct {
	osFiles
	room     atomic.Int64 // bytes that may still be written
	truncate atomic.Bool  // Truncate fails
	closed   atomic.Bool  // open fails
}

type faultyFile struct {
	segmentFile
	f *faultyFiles
}

func (f *faultyFiles) open(path string, create bool) (segmentFile, error) {
	if f.closed.Load() {
		var none *os.File
		return none, syscall.EACCES
	}
	file, err := f.osFiles.open(path, create)
	return faultyFile{file, f}, err
}

func (f faultyFile) WriteAt(b []byte, off int64) (int, error) {
	room := f.f.room.Add(-int64(len(b)))
	if room >= 0 {
		return f.segmentFile.WriteAt(b, off)
	}
	n, err := f.segmentFile.WriteAt(b[:max(0, room+int64(len(b)))], off)
	f.f.room.Store(0)
	return n, errors.Join(err, syscall.ENOSPC)
}

func (f faultyFile) Truncate(n int64) error {
	if f.f.truncate.Load() {
		return syscall.EIO
	}
	return f.segmentFile.Truncate(n)
}

func TestAFailedWriteLeavesTheLogAsItWas(t *testing.T) {
	const full = 1 << 40
	for name, o := range map[string]Options{"within a segment": {}, "at a new segment": {SegmentBytes: 1}} {
		for _, stuck := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				dir, files := t.TempDir(), &faultyFiles{}
				files.room.Store(full)
				o.files = files
				l, err := Open(dir, o)
				must(t, err, l.OpenSession(Session{ID: "s1"}), l.Begin(header("e1", "s1"), step(0, 0), nil))

				files.room.Store(100) // less than a step
				files.truncate.Store(stuck)
				wantCode(t, l.AppendStep("e1", step(1, 0.5), nil), gym.CodeStorage)
				wantCode(t, l.AppendStep("e1", last(1, 1), nil), gym.CodeStorage)
				wantCode(t, l.OpenSession(Session{ID: "s2"}), gym.CodeStorage)
				wantCode(t, l.Begin(header("e2", ""), step(0, 0), nil), gym.CodeStorage)
				wantCode(t, l.Refuse("s1", Refusal{Request: 5}), gym.CodeStorage)
				if s, err := l.Session("s1"); err != nil || s.Steps != 1 || s.Episode != "e1" {
					t.Errorf("session %+v, %v", s, err)
				}

				files.room.Store(full)
				files.truncate.Store(false)
				must(t, l.AppendStep("e1", last(1, 1), nil), l.CloseSession("s1", Closing{}), l.OpenSession(Session{ID: "s2"}))
				want := []*Episode{{Header: header("e1", "s1"), Steps: []Step{step(0, 0), last(1, 1)}}}
				got := ended(t, l.Reader)
				want[0].End = got[0].End
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
				must(t, l.Close())
				l = openLog(t, dir, Options{})
				if r := l.Recovered(); r.TornBytes != 0 || len(r.Damage) != 0 {
					t.Errorf("what the failure left: %s", r)
				}
			})
		}
	}
}

func TestASegmentThatCannotBeOpenedIsTriedAgain(t *testing.T) {
	dir, files := t.TempDir(), &faultyFiles{}
	files.room.Store(1 << 40)
	for range 2 { // with a new segment, then with one that is there
		l, err := Open(dir, Options{files: files})
		must(t, err)
		files.closed.Store(true)
		for range 2 {
			wantCode(t, l.OpenSession(Session{ID: "s1"}), gym.CodeStorage)
		}
		files.closed.Store(false)
		must(t, l.OpenSession(Session{ID: "s1"}), l.CloseSession("s1", Closing{}), l.Close())
	}
}

func TestMessagesOfStorageErrorsSayWhatToDo(t *testing.T) {
	for err, want := range map[error]string{
		syscall.ENOSPC: "the disk that holds the data folder is full",
		syscall.EROFS:  "the data folder may not be written by this user, or is read-only",
		syscall.EACCES: "the data folder may not be written by this user, or is read-only",
		syscall.EFBIG:  "the data folder's files may not grow further: a file size limit is reached",
		syscall.EIO:    "the data folder could not be read or written",
	} {
		got := storageError(&fs.PathError{Op: "open", Path: "/secret", Err: err})
		if e := gym.AsError(got); e.Code != gym.CodeStorage || e.Msg != want {
			t.Errorf("%v gives %q", err, e.Msg)
		}
	}
	if storageError(nil) != nil {
		t.Error("no error became one")
	}
}

// TestATinyDisk uses a real file system without room, and one that is read-only; it needs
// the right to mount.
func TestATinyDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("cannot mount: %v", err)
	}
	t.Cleanup(func() { must(t, syscall.Unmount(dir, 0)) })
	l, err := Open(dir, Options{})
	must(t, err, l.Begin(header("e1", ""), step(0, 0), nil))
	var done int
	for done = 1; err == nil; done++ {
		err = l.AppendStep("e1", step(done, 0), make([]byte, 1000))
	}
	wantCode(t, err, gym.CodeStorage)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v", err)
	}
	must(t, l.Close())
	must(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	_, err = Open(dir, Options{})
	wantCode(t, err, gym.CodeStorage)
	r, err := OpenReader(dir)
	must(t, err)
	steps := 0
	_, err = r.Scan(t.Context(), Place{}, func(e Entry) error {
		if e.Kind == KindStep {
			steps++
		}
		return nil
	})
	must(t, err, r.Close())
	if steps != done-1 {
		t.Errorf("%d steps are there, %d were acknowledged", steps, done-1)
	}
}
