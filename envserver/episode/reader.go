package episode

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"

	"dreamgym/envserver/gym"
)

// Reader reads the episodes of a data folder. It takes no lock: another process may
// write the folder meanwhile. Many goroutines may use it.
type Reader struct {
	dir string
	// end answers how far the log may be read; nil: as far as its files go.
	end func() Place

	mu    sync.Mutex
	files map[uint32]segmentSource
}

// segmentSource is a segment opened for reading.
type segmentSource struct {
	*os.File
	salt  uint32
	sound bool // its head is as it should be
}

func openSource(path string) (segmentSource, error) {
	f, err := os.Open(path)
	if err != nil {
		return segmentSource{}, err
	}
	var head [segmentHead]byte
	if _, err := f.ReadAt(head[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return segmentSource{}, errors.Join(err, f.Close())
	}
	return segmentSource{
		File:  f,
		salt:  binary.LittleEndian.Uint32(head[len(segmentMagic):]),
		sound: string(head[:len(segmentMagic)]) == segmentMagic,
	}, nil
}

// OpenReader opens a data folder for reading alone. CodeStorage where there is none,
// CodeVersionMismatch for a format that this version does not read.
func OpenReader(dir string) (*Reader, error) {
	if err := checkReadable(dir); err != nil {
		return nil, err
	}
	return newReader(dir, nil), nil
}

func newReader(dir string, end func() Place) *Reader {
	return &Reader{dir: dir, end: end, files: make(map[uint32]segmentSource)}
}

// Close frees the files. Reads afterwards open them anew.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for n, f := range r.files {
		errs = append(errs, f.Close())
		delete(r.files, n)
	}
	return errors.Join(errs...)
}

// file answers an open segment; fs.ErrNotExist when it was pruned.
func (r *Reader) file(n uint32) (segmentSource, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f, ok := r.files[n]; ok {
		return f, nil
	}
	f, err := openSource(segmentPath(r.dir, n))
	if err != nil {
		return f, err
	}
	r.files[n] = f
	return f, nil
}

// forget closes a segment's file.
func (r *Reader) forget(n uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f, ok := r.files[n]; ok {
		f.Close()
		delete(r.files, n)
	}
}

// Scan calls fn with every record from a place on, as the log stands when it starts,
// and answers where to go on. Damaged stretches are left out; Check lists them. It ends
// early with the error of fn or of ctx.
func (r *Reader) Scan(ctx context.Context, from Place, fn func(Entry) error) (Place, error) {
	return r.scan(ctx, from, fn, func(Damage) {})
}

// Check reads the whole log and lists what cannot be read. What a running server is
// just writing may show as damage at the very end.
func (r *Reader) Check(ctx context.Context) ([]Damage, error) {
	var all []Damage
	_, err := r.scan(ctx, Place{}, func(Entry) error { return nil }, func(d Damage) { all = append(all, d) })
	return all, err
}

func (r *Reader) scan(ctx context.Context, from Place, fn func(Entry) error, hurt func(Damage)) (Place, error) {
	end, err := r.reach()
	if err != nil {
		return from, err
	}
	segments, err := listSegments(r.dir)
	if err != nil {
		return from, err
	}
	for _, n := range segments {
		if n < from.Segment || n > end.Segment {
			continue
		}
		if n > from.Segment {
			from = Place{Segment: n}
		}
		if from, err = r.scanSegment(ctx, from, end, fn, hurt); err != nil {
			return from, err
		}
	}
	return from, nil
}

// Gap is a run of segments that are not there: From up to, not including, Until.
type Gap struct{ From, Until uint32 }

// Gaps lists the segments that were pruned, as gaps between those that are there.
func (r *Reader) Gaps() ([]Gap, error) {
	segments, err := listSegments(r.dir)
	if err != nil {
		return nil, err
	}
	var gaps []Gap
	expected := uint32(1)
	for _, n := range segments {
		if n > expected {
			gaps = append(gaps, Gap{From: expected, Until: n})
		}
		expected = n + 1
	}
	return gaps, nil
}

// End answers where a scan that starts now ends.
func (r *Reader) End() (Place, error) { return r.reach() }

// reach answers where a scan that starts now ends.
func (r *Reader) reach() (Place, error) {
	if r.end != nil {
		return r.end(), nil
	}
	segments, err := listSegments(r.dir)
	if err != nil || len(segments) == 0 {
		return Place{}, err
	}
	last := segments[len(segments)-1]
	info, err := os.Stat(segmentPath(r.dir, last))
	if err != nil {
		return Place{}, storageError(err)
	}
	return Place{Segment: last, Offset: uint32(info.Size())}, nil
}

// scanSegment scans the rest of one segment. A damaged end of the last segment is not
// passed: it may be in the middle of being written.
func (r *Reader) scanSegment(ctx context.Context, from, end Place, fn func(Entry) error, hurt func(Damage)) (Place, error) {
	s, err := r.scanner(from, end, hurt)
	if err != nil || s == nil {
		return from, err
	}
	from = s.place(s.off)
	for {
		if err := ctx.Err(); err != nil {
			return from, err
		}
		f, at, d, ok := s.next()
		switch {
		case !ok:
			return from, storageError(s.err)
		case d != nil:
			hurt(*d)
			if !d.Resumed && at.Segment == end.Segment {
				return from, nil
			}
		default:
			if err := fn(f.entry(at)); err != nil {
				return from, err
			}
		}
		from = s.place(s.off)
	}
}

// scanner opens a segment at a place; nil when it was pruned.
func (r *Reader) scanner(from, end Place, hurt func(Damage)) (*scanner, error) {
	f, err := r.file(from.Segment)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, storageError(err)
	}
	if from.Offset < uint32(segmentHead) {
		if !f.sound {
			hurt(Damage{At: from, Bytes: int64(segmentHead), Resumed: true})
		}
		from.Offset = uint32(segmentHead)
	}
	limit := int64(end.Offset)
	if from.Segment != end.Segment {
		info, err := f.Stat()
		if err != nil {
			return nil, storageError(err)
		}
		limit = info.Size()
	}
	return newScanner(f, from, f.salt, limit), nil
}

// usual is enough for most records: one read gets them whole.
const usual = 4 << 10

// at reads the record at a place. CodeUnknownEpisode when its segment was pruned.
func (r *Reader) at(p Place) (frame, error) {
	return r.atInto(p, make([]byte, usual))
}

// atInto is at with a buffer to read into, if the record fits.
func (r *Reader) atInto(p Place, b []byte) (frame, error) {
	f, err := r.file(p.Segment)
	if errors.Is(err, fs.ErrNotExist) {
		return frame{}, gym.Errorf(gym.CodeUnknownEpisode, "the episode was pruned")
	}
	if err != nil {
		return frame{}, storageError(err)
	}
	got, err := f.ReadAt(b, int64(p.Offset))
	if err != nil && !errors.Is(err, io.EOF) {
		return frame{}, storageError(err)
	}
	b = b[:got]
	if n, err := frameSize(b); err == nil && n > got {
		b = make([]byte, n)
		got, _ = f.ReadAt(b, int64(p.Offset))
		b = b[:got]
	}
	fr, err := parseFrame(b, f.salt)
	return fr, damaged(p, err)
}

// damaged gives a failure to decode what is at a place its code.
func damaged(p Place, err error) error {
	if err == nil {
		return nil
	}
	return &gym.Error{Code: gym.CodeStorage, Msg: "the record at " + p.String() + " is damaged", Err: err}
}

// back visits the records of a chain from p to its beginning, until visit answers false.
// An entry is valid during the visit.
func (r *Reader) back(p Place, visit func(Entry) (bool, error)) error {
	buf := make([]byte, usual)
	for p != (Place{}) {
		f, err := r.atInto(p, buf)
		if err != nil {
			return err
		}
		if !f.prev.Before(p) {
			return damaged(p, errFrame)
		}
		more, err := visit(f.entry(p))
		if err != nil || !more {
			return err
		}
		p = f.prev
	}
	return nil
}

// Read answers the episode that has a record at p, up to that record: with the place of
// its last, the whole of it. CodeUnknownEpisode when it was pruned, CodeStorage when a
// record of it is damaged.
func (r *Reader) Read(p Place) (*Episode, error) {
	f, err := r.at(p)
	if err != nil {
		return nil, err
	}
	if f.kind > KindEnd {
		return nil, gym.Errorf(gym.CodeUnknownEpisode, "no episode is recorded at %s", p)
	}
	return r.readFrom(p, string(f.id))
}

// readFrom reads an episode from a place in its chain backwards, past what is not of it.
func (r *Reader) readFrom(p Place, id string) (*Episode, error) {
	var e Episode
	found := false
	err := r.back(p, func(record Entry) (bool, error) {
		if record.Kind > KindEnd || record.ID != id {
			return true, nil
		}
		found = record.Kind == KindHeader
		return !found, e.add(record)
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, gym.Errorf(gym.CodeUnknownEpisode, "no episode %q is recorded at %s", id, p)
	}
	slices.Reverse(e.Steps)
	return &e, nil
}

// Episodes calls fn with every episode that ended from a place on, in order of end, and
// answers where to go on.
func (r *Reader) Episodes(ctx context.Context, from Place, fn func(Ended) error) (Place, error) {
	return r.Scan(ctx, from, func(e Entry) error {
		if e.Kind != KindEnd {
			return nil
		}
		end, err := e.Ending()
		if err != nil {
			return err
		}
		return fn(Ended{ID: e.ID, Ending: end, Place: e.Place, Next: e.Next, r: r})
	})
}
