package episode

import (
	"errors"
	"io"
)

// scanWindow is how much of a segment is in memory at a time, unless one record is larger.
const scanWindow = 256 << 10

// Damage is a stretch of a segment that holds no readable record.
type Damage struct {
	At    Place `json:"at"`
	Bytes int64 `json:"bytes"`
	// Resumed: records after it are readable. Else the rest of the segment is lost.
	Resumed bool `json:"resumed"`
}

// scanner reads the records of one segment in order.
type scanner struct {
	r       io.ReaderAt
	segment uint32
	salt    uint32
	off     int64 // of the next record
	limit   int64 // bytes of the segment that may be read
	buf     []byte
	base    int64 // offset of buf[0]
	err     error // a failed read
}

func newScanner(r io.ReaderAt, from Place, salt uint32, limit int64) *scanner {
	return &scanner{r: r, segment: from.Segment, salt: salt, off: int64(from.Offset), base: int64(from.Offset), limit: limit}
}

// next answers the next record, or the damage that comes before it. After the last
// record ok is false; s.err then tells a failed read from the end. The frame is valid
// until the next call.
func (s *scanner) next() (f frame, at Place, d *Damage, ok bool) {
	if s.off >= s.limit {
		return frame{}, Place{}, nil, false
	}
	at = s.place(s.off)
	f, err := s.parse(s.off)
	switch {
	case err == nil:
		s.off += int64(f.size)
		return f, at, nil, true
	case s.err != nil:
		return frame{}, Place{}, nil, false
	}
	return frame{}, at, s.skip(), true
}

// skip goes to the next readable record, or to the end. It tries first where the
// damaged record says that it ends.
func (s *scanner) skip() *Damage {
	from := s.off
	if n, err := frameSize(s.window(from, frameFixed)); err == nil && s.readable(from+int64(n)) {
		s.off = from + int64(n)
		return s.damage(from, true)
	}
	for s.off++; s.off < s.limit && s.err == nil; s.off++ {
		if s.readable(s.off) {
			return s.damage(from, true)
		}
	}
	s.off = s.limit
	return s.damage(from, false)
}

func (s *scanner) readable(off int64) bool {
	_, err := s.parse(off)
	return err == nil
}

func (s *scanner) damage(from int64, resumed bool) *Damage {
	return &Damage{At: s.place(from), Bytes: s.off - from, Resumed: resumed}
}

// parse reads the frame at off. Of what is no frame it reads the fixed part alone.
func (s *scanner) parse(off int64) (frame, error) {
	if off >= s.limit {
		return frame{}, errShort
	}
	head := s.window(off, frameFixed)
	n, err := frameSize(head)
	switch {
	case err != nil:
		return frame{}, err
	case off+int64(n) > s.limit:
		return frame{}, errShort
	case !framePrev(head).Before(s.place(off)): // told before a checksum over many bytes is
		return frame{}, errFrame
	}
	return parseFrame(s.window(off, n), s.salt)
}

// window answers the n bytes at off, fewer at the limit.
func (s *scanner) window(off int64, n int) []byte {
	n = int(min(int64(n), s.limit-off))
	if off < s.base || off+int64(n) > s.base+int64(len(s.buf)) {
		s.load(off, n)
	}
	b := s.buf[off-s.base:]
	return b[:min(n, len(b))]
}

// load fills the buffer with what comes at off, at least n bytes.
func (s *scanner) load(off int64, n int) {
	size := int(min(int64(max(n, scanWindow)), s.limit-off))
	if cap(s.buf) < size {
		s.buf = make([]byte, size)
	}
	s.buf, s.base = s.buf[:size], off
	got, err := s.r.ReadAt(s.buf, off)
	s.buf = s.buf[:got]
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
}

func (s *scanner) place(off int64) Place { return Place{Segment: s.segment, Offset: uint32(off)} }
