package episode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// Durability says what an acknowledged record survives.
type Durability string

// The durabilities.
const (
	DurableProcess Durability = "process" // the death of the process
	DurableSync    Durability = "sync"    // loss of power, too: one fsync per group of records
)

// Options of a log. The zero value is usable.
type Options struct {
	Durability   Durability // DurableProcess when empty
	SegmentBytes int64      // a segment that has grown so large is followed by a new one; 64 MiB when zero, at most 1 GiB
	// Now tells the time of ends that the log writes itself; time.Now when nil.
	Now func() time.Time

	files fileSystem    // for tests; the operating system's when nil
	salt  func() uint32 // of a new segment; random when nil
}

// Validate reports every fault of the options.
func (o Options) Validate() error {
	var errs []error
	switch o.Durability {
	case "", DurableProcess, DurableSync:
	default:
		errs = append(errs, gym.Errorf(gym.CodeInvalidConfig, "durability is %q: use %s or %s", o.Durability, DurableProcess, DurableSync))
	}
	if o.SegmentBytes < 0 || o.SegmentBytes > 1<<30 {
		errs = append(errs, gym.Errorf(gym.CodeInvalidConfig, "segments of %d bytes: at most 1 GiB", o.SegmentBytes))
	}
	return errors.Join(errs...)
}

func (o Options) withDefaults() Options {
	if o.Durability == "" {
		o.Durability = DurableProcess
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.files == nil {
		o.files = osFiles{}
	}
	if o.salt == nil {
		o.salt = rand.Uint32
	}
	return o
}

// Log is the append-only log of a data folder, which it holds locked. Its methods may be
// called by many goroutines; the records of one session or episode follow each other in
// the order of the calls.
type Log struct {
	*Reader
	options   Options
	codec     *wire.Codec
	lock      *flock.Flock
	recovered Recovery
	w         writer
	stopped   chan struct{} // closed when nothing is written any more
	closing   sync.Once
}

// Open takes the data folder for this process, makes it where there is none, and brings
// the log to a sound end: a record that was cut off by a crash goes, an episode without a
// session that was running is aborted with CodeSessionLost. Recovered tells of both.
//
// CodeStorage says that another process holds the folder, or that it cannot be written;
// CodeVersionMismatch that its format is newer.
func Open(dir string, o Options) (*Log, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	l := &Log{options: o.withDefaults(), codec: wire.NewCodecs().Msgpack, lock: lock, stopped: make(chan struct{})}
	l.Reader = newReader(dir, l.end)
	if err := l.start(); err != nil {
		return nil, errors.Join(err, l.Reader.Close(), unlock(dir, lock))
	}
	return l, nil
}

// start recovers the log.
func (l *Log) start() error {
	if err := checkFormat(l.dir, nil); err != nil {
		return err
	}
	found, err := recoverFolder(l.dir)
	if err != nil {
		return err
	}
	l.recovered = found.report
	l.w.init(l.dir, l.options, found)
	if err := l.abortLost(found); err != nil {
		return errors.Join(err, l.stop())
	}
	return nil
}

// abortLost ends the episodes that nobody can go on with.
func (l *Log) abortLost(found recovered) error {
	for id, code := range found.lost {
		if err := l.AppendEnd(id, End{Reason: Aborted, Code: code, Ended: l.options.Now()}); err != nil {
			return err
		}
		l.recovered.Aborted = append(l.recovered.Aborted, id)
	}
	return nil
}

// Recovered tells what Open met.
func (l *Log) Recovered() Recovery { return l.recovered }

// Announce tells other processes where this one serves; see FindHolder.
func (l *Log) Announce(url string) error {
	return storageError(writeJSON(filepath.Join(l.dir, holderFile), Holder{PID: os.Getpid(), URL: url}))
}

// Close waits for appends under way and releases the folder. Later appends answer
// CodeShuttingDown. It may be called more than once.
func (l *Log) Close() error {
	var err error
	l.closing.Do(func() {
		err = errors.Join(l.stop(), l.Reader.Close(), unlock(l.dir, l.lock))
	})
	return err
}

func (l *Log) stop() error {
	l.w.stop()
	close(l.stopped)
	return l.w.close()
}

func unlock(dir string, lock *flock.Flock) error {
	err := os.Remove(filepath.Join(dir, holderFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, lock.Close())
}

// Begin records the start of an episode with its first timestep, whose index is 0. The
// header's session, if it is open, must have no running episode. A header whose Session
// is not open makes an episode without a session.
func (l *Log) Begin(h Header, first Step, encoded []byte) error {
	r := newRequest()
	err := r.add(change{kind: KindHeader, id: h.ID, session: h.Session}, h)
	if err == nil {
		err = l.addStep(r, h.ID, &first, encoded)
	}
	return l.w.append(r, err)
}

// AppendStep records a timestep of a running episode, of the next index. Where the
// timestep is terminated or truncated it records the End with it. encoded is the
// timestep's MessagePack, or nil; it is not used after the return.
//
// CodeUnknownEpisode says that no such episode is running, CodeStorage that nothing of
// the step was recorded.
func (l *Log) AppendStep(id string, s Step, encoded []byte) error {
	r := newRequest()
	return l.w.append(r, l.addStep(r, id, &s, encoded))
}

// addStep adds a step to a request, encoded if it is not yet.
func (l *Log) addStep(r *request, id string, s *Step, encoded []byte) error {
	if encoded == nil {
		var err error
		if encoded, err = l.codec.AppendTimestep(nil, &s.Timestep); err != nil {
			return err
		}
	}
	return r.addStep(id, s, encoded, l.options.Now)
}

// AppendEnd ends a running episode from outside: aborted.
func (l *Log) AppendEnd(id string, e End) error {
	r := newRequest()
	r.addEnd(id, e)
	return l.w.append(r, nil)
}

// OpenSession records that a session was opened.
func (l *Log) OpenSession(s Session) error {
	r := newRequest()
	return l.w.append(r, r.add(change{kind: KindOpened, id: s.ID}, s))
}

// Refuse records that a request of an open session was answered with an error.
func (l *Log) Refuse(session string, f Refusal) error {
	r := newRequest()
	return l.w.append(r, r.add(change{kind: KindRefusal, id: session}, f))
}

// CloseSession records that a session was closed. Its episode must have ended.
func (l *Log) CloseSession(id string, c Closing) error {
	r := newRequest()
	return l.w.append(r, r.add(change{kind: KindClosed, id: id}, c))
}

// end is where the log ends for readers of this process.
func (l *Log) end() Place {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.w.end
}

// Wait returns when an episode or session began or ended after a place: there is
// something to scan for from there.
func (l *Log) Wait(ctx context.Context, after Place) error {
	for {
		news, changed := l.w.news()
		if after.Before(news) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.stopped:
			return gym.Errorf(gym.CodeShuttingDown, "the log is closed")
		case <-changed:
		}
	}
}

// Follow calls fn with every episode that ended from a place on, and with those to come,
// each once, in order of end, until ctx ends, the log is closed or fn fails; it answers
// why. A slow fn holds nobody up.
func (l *Log) Follow(ctx context.Context, from Place, fn func(Ended) error) error {
	for {
		next, err := l.Episodes(ctx, from, fn)
		if err != nil {
			return err
		}
		if err := l.Wait(ctx, next); err != nil {
			return err
		}
		from = next
	}
}

// Segment is a segment file.
type Segment struct {
	Number   uint32
	Bytes    int64
	Modified time.Time
	// Pinned: it holds a running episode, what an open session needs after a restart, or
	// is the one being written. Drop refuses it.
	Pinned bool
}

// Segments lists the segment files, oldest first.
func (l *Log) Segments() ([]Segment, error) {
	pins := l.w.pinned()
	numbers, err := listSegments(l.dir)
	if err != nil {
		return nil, err
	}
	all := make([]Segment, 0, len(numbers))
	for _, n := range numbers {
		info, err := os.Stat(segmentPath(l.dir, n))
		if err != nil {
			return nil, storageError(err)
		}
		all = append(all, Segment{Number: n, Bytes: info.Size(), Modified: info.ModTime(), Pinned: pins[n]})
	}
	return all, nil
}

// Drop removes segments with all that is in them. Episodes that had records there can no
// longer be read: CodeUnknownEpisode.
func (l *Log) Drop(numbers ...uint32) error {
	pins := l.w.pinned()
	for _, n := range numbers {
		if pins[n] {
			return gym.Errorf(gym.CodeStorage, "segment %06d is in use", n)
		}
	}
	for _, n := range numbers {
		if err := os.Remove(segmentPath(l.dir, n)); err != nil {
			return storageError(err)
		}
		l.forget(n)
	}
	return nil
}

// Recovery is what Open met and did.
type Recovery struct {
	// TornBytes were cut off the end: records that were never acknowledged. Where nothing
	// of the last segment was readable, it was renamed instead, to NNNNNN.seg.damaged.
	TornBytes int64 `json:"torn_bytes"`
	// Damage are the stretches that could not be read, of the segments that had to be
	// looked at; Check looks at all.
	Damage []Damage `json:"damage,omitempty"`
	// Aborted are the episodes that were running and cannot go on.
	Aborted []string `json:"aborted,omitempty"`
}

// String says it in one line of JSON, for logs.
func (r Recovery) String() string {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Sprintf("%+v", struct{ Torn int64 }{r.TornBytes})
	}
	return string(b)
}
