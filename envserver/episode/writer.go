package episode

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"dreamgym/envserver/gym"
)

// groupBytes bounds what is written at once.
const groupBytes = 1 << 20

// keepBytes bounds the buffers that are kept for reuse.
const keepBytes = 64 << 10

// patience is after how many batches of one nobody else is waited for.
const patience = 16

// fileSystem makes the files that segments are written to.
type fileSystem interface {
	open(path string, create bool) (segmentFile, error)
}

// segmentFile is what the writer needs of a file.
type segmentFile interface {
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Sync() error
}

type osFiles struct{}

func (osFiles) open(path string, create bool) (segmentFile, error) {
	if create {
		return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	}
	return os.OpenFile(path, os.O_WRONLY, 0)
}

// request is one append call: records that are written together or not at all.
type request struct {
	records [3]record
	n       int
	step    stepRecord // while it is encoded
	err     error
	turn    chan bool // gets true: write what waits; or false: the request is answered
}

// record is a frame that lacks its seal. That of an End lacks its payload, too: the
// writer knows what the episode came to.
type record struct {
	change
	frame []byte
	end   End
}

var requests = sync.Pool{New: func() any { return &request{turn: make(chan bool, 1)} }}

func newRequest() *request { return requests.Get().(*request) }

// free gives a request back, without large buffers.
func (r *request) free() {
	for i := range r.records {
		if cap(r.records[i].frame) > keepBytes {
			r.records[i].frame = nil
		}
	}
	r.n, r.err = 0, nil
	requests.Put(r)
}

// begin takes the next record of the request and starts its frame.
func (r *request) begin(c change) *record {
	rec := &r.records[r.n]
	r.n++
	rec.change = c
	rec.frame = beginFrame(rec.frame[:0], c.kind, c.id)
	return rec
}

func (r *request) add(c change, payload any) error {
	if c.id == "" || len(c.id) > maxID {
		return gym.Errorf(gym.CodeInternal, "an id of %d bytes cannot be recorded", len(c.id))
	}
	rec := r.begin(c)
	var err error
	if rec.frame, err = appendPayload(rec.frame, payload); err != nil {
		return err
	}
	if len(rec.frame) > maxRecord {
		return gym.Errorf(gym.CodeTooLarge, "a record of %d bytes is larger than %d", len(rec.frame), maxRecord)
	}
	return nil
}

// addStep adds a step, and the end that it makes.
func (r *request) addStep(id string, s *Step, encoded []byte, now func() time.Time) error {
	r.step.set(s, encoded)
	err := r.add(change{kind: KindStep, id: id, reward: s.Timestep.Reward, index: s.Index}, &r.step)
	r.step = stepRecord{}
	if err != nil {
		return err
	}
	if s.Timestep.Ended() {
		r.addOwnEnd(id, &s.Timestep, now())
	}
	return nil
}

// addOwnEnd adds the end that an episode's last timestep makes.
func (r *request) addOwnEnd(id string, last *gym.Timestep, now time.Time) {
	reason := Truncated
	if last.Terminated {
		reason = Terminated
	}
	r.addEnd(id, End{Reason: reason, Ended: now})
}

func (r *request) addEnd(id string, e End) { r.begin(change{kind: KindEnd, id: id}).end = e }

// writer is the end of the log. Of the goroutines that append one has the lead: it writes
// what all of them have brought, once, and passes the lead to one that came meanwhile.
type writer struct {
	dir     string
	options Options

	mu      sync.Mutex // of these
	led     bool       // somebody has the lead
	unled   sync.Cond
	pending []*request
	closed  bool
	end     Place         // after the last record written
	newest  Place         // of the last record that is not a step
	changed chan struct{} // closed when newest changes

	stateMu sync.Mutex // held while records are placed and written
	state   *state

	// of the lead alone
	alone   int        // batches of one in a row
	spare   []*request // of pending
	file    segmentFile
	segment uint32
	salt    uint32 // of the segment
	size    int64
	dirty   bool // bytes may lie after size
	buf     []byte
	group   []*request // placed in buf
}

func (w *writer) init(dir string, o Options, found recovered) {
	w.dir, w.options = dir, o
	w.unled.L = &w.mu
	w.state, w.segment, w.size = found.state, found.segment, found.size
	w.end = Place{Segment: w.segment, Offset: uint32(w.size)}
	w.newest = w.end
	w.changed = make(chan struct{})
}

// append waits until a request is written, and writes it where nobody else does. err is
// the failure to build the request.
func (w *writer) append(r *request, err error) error {
	defer r.free()
	if err != nil {
		return err
	}
	if err := w.join(r); err != nil {
		return err
	}
	for <-r.turn {
		w.lead()
	}
	return r.err
}

// join adds a request to those that wait. It has the lead if nobody has.
func (w *writer) join(r *request) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return gym.Errorf(gym.CodeShuttingDown, "the log is closed")
	}
	w.pending = append(w.pending, r)
	if !w.led {
		w.led = true
		r.turn <- true
	}
	return nil
}

// lead writes what waits and passes the lead on.
func (w *writer) lead() {
	if w.alone < patience {
		runtime.Gosched() // whoever is about to append joins the batch
	}
	batch := w.take()
	if w.alone++; len(batch) > 1 {
		w.alone = 0
	}
	w.write(batch)
	clear(batch)
	w.spare = batch[:0]
	w.pass()
}

// take answers all that waits.
func (w *writer) take() []*request {
	w.mu.Lock()
	defer w.mu.Unlock()
	batch := w.pending
	w.pending = w.spare
	return batch
}

// pass gives the lead to the first that waits.
func (w *writer) pass() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.pending) > 0 {
		w.pending[0].turn <- true
		return
	}
	w.led = false
	w.unled.Signal()
}

// stop takes no more requests and waits for those there are.
func (w *writer) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for w.led {
		w.unled.Wait()
	}
}

// close ends the file of a stopped writer.
func (w *writer) close() error {
	if w.file == nil {
		return nil
	}
	err := w.heal()
	if err == nil {
		err = w.file.Sync()
	}
	if cerr := w.file.Close(); err == nil {
		err = cerr
	}
	return storageError(err)
}

// write places and writes a batch, in groups of about groupBytes.
func (w *writer) write(batch []*request) {
	w.stateMu.Lock()
	defer w.stateMu.Unlock()
	for _, r := range batch {
		if len(w.buf) > groupBytes {
			w.flush()
		}
		if len(w.group) == 0 {
			if err := w.ready(); err != nil {
				r.answer(err)
				continue
			}
		}
		w.place(r)
	}
	w.flush()
}

func (r *request) answer(err error) {
	r.err = err
	r.turn <- false
}

// place seals a request's records and adds them to the group, or answers why not.
func (w *writer) place(r *request) {
	mark, before := len(w.state.undo), len(w.buf)
	for i := range r.records[:r.n] {
		if err := w.placeRecord(&r.records[i]); err != nil {
			w.state.rollback(mark)
			w.buf = w.buf[:before]
			r.answer(err)
			return
		}
	}
	w.group = append(w.group, r)
}

func (w *writer) placeRecord(rec *record) error {
	at, err := w.state.find(rec.change)
	if err != nil {
		return err
	}
	if rec.kind == KindEnd {
		if rec.frame, err = appendPayload(rec.frame, Ending{End: rec.end, Steps: at.Steps, Return: at.Return, First: at.Header}); err != nil {
			return err
		}
	}
	sealFrame(rec.frame, at.Last, w.salt)
	w.state.apply(at, rec.change, w.next())
	w.buf = append(w.buf, rec.frame...)
	return nil
}

// next is where the next record goes.
func (w *writer) next() Place {
	return Place{Segment: w.segment, Offset: uint32(w.size) + uint32(len(w.buf))}
}

// flush writes the group and answers its requests.
func (w *writer) flush() {
	if len(w.group) == 0 {
		return
	}
	err := w.save()
	if err == nil {
		w.state.commit()
		w.publish()
	} else {
		w.state.rollback(0)
	}
	for _, r := range w.group {
		r.answer(err)
	}
	clear(w.group)
	w.group = w.group[:0]
	w.buf = w.buf[:0]
	if cap(w.buf) > 2*groupBytes {
		w.buf = nil
	}
}

// save brings buf to the file. When that fails nothing of it stays there.
func (w *writer) save() error {
	w.dirty = true
	_, err := w.file.WriteAt(w.buf, w.size)
	if err == nil && w.options.Durability == DurableSync {
		err = w.file.Sync()
	}
	if err != nil {
		w.heal() // else ready tries again
		return storageError(err)
	}
	w.dirty = false
	w.size += int64(len(w.buf))
	return nil
}

// heal cuts off what a failed write left.
func (w *writer) heal() error {
	if !w.dirty {
		return nil
	}
	if err := w.file.Truncate(w.size); err != nil {
		return err
	}
	w.dirty = false
	return nil
}

// ready makes sure that there is a sound segment with room.
func (w *writer) ready() error {
	err := w.heal()
	switch {
	case err != nil:
	case w.file == nil && w.segment > 0 && w.size < w.options.SegmentBytes:
		err = w.reopen()
	case w.file == nil || w.size >= w.options.SegmentBytes:
		err = w.roll()
	}
	return storageError(err)
}

// reopen goes on with the segment that was the last when the log was opened.
func (w *writer) reopen() error {
	path := segmentPath(w.dir, w.segment)
	source, err := openSource(path)
	if err != nil {
		return err
	}
	w.salt = source.salt
	source.Close()
	file, err := w.options.files.open(path, false)
	if err != nil {
		return err
	}
	w.file = file
	return nil
}

// roll starts the next segment; its first record is a checkpoint.
func (w *writer) roll() error {
	number := w.segment + 1
	path := segmentPath(w.dir, number)
	head, err := appendPayload(beginFrame(nil, KindCheckpoint, ""), w.state.checkpoint())
	if err != nil {
		return err
	}
	salt := w.options.salt()
	sealFrame(head, Place{}, salt)
	head = append(binary.LittleEndian.AppendUint32([]byte(segmentMagic), salt), head...)
	file, err := w.options.files.open(path, true)
	if err != nil {
		return err
	}
	if err := w.writeHead(file, head); err != nil {
		file.Close()
		os.Remove(path)
		return err
	}
	if w.file != nil {
		w.file.Close()
	}
	w.file, w.segment, w.salt, w.size, w.dirty = file, number, salt, int64(len(head)), false
	return nil
}

// writeHead writes the head of a segment and makes its name durable where that is asked for.
func (w *writer) writeHead(file segmentFile, head []byte) error {
	if _, err := file.WriteAt(head, 0); err != nil {
		return err
	}
	if w.options.Durability != DurableSync {
		return nil
	}
	return syncFolder(filepath.Dir(segmentPath(w.dir, 1)))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	defer folder.Close()
	return folder.Sync()
}

// publish lets readers see the group.
func (w *writer) publish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end = Place{Segment: w.segment, Offset: uint32(w.size)}
	if w.notable() {
		w.newest = w.end
		close(w.changed)
		w.changed = make(chan struct{})
	}
}

// notable tells whether the group holds more than steps.
func (w *writer) notable() bool {
	for _, r := range w.group {
		for i := range r.records[:r.n] {
			if r.records[i].kind != KindStep {
				return true
			}
		}
	}
	return false
}

// news answers where the log ended when it last got more than steps, and a channel that
// is closed when that changes.
func (w *writer) news() (Place, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.newest, w.changed
}

// pinned lists the segments that must stay.
func (w *writer) pinned() map[uint32]bool {
	w.stateMu.Lock()
	defer w.stateMu.Unlock()
	pins := w.state.pinned()
	pins[w.segment] = true
	return pins
}
