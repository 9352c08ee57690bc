package episode

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzFrame: whatever is parsed as a frame is made of exactly these bytes.
func FuzzFrame(f *testing.F) {
	good, err := appendPayload(beginFrame(nil, KindRefusal, "s1"), Refusal{Request: 1})
	must(f, err)
	sealFrame(good, Place{Segment: 1, Offset: 12}, 3)
	f.Add(good, uint32(3))
	f.Add(good[:len(good)-1], uint32(3))
	f.Add([]byte{}, uint32(0))
	f.Fuzz(func(t *testing.T, b []byte, salt uint32) {
		fr, err := parseFrame(b, salt)
		if err != nil {
			return
		}
		again := append(beginFrame(nil, fr.kind, string(fr.id)), fr.payload...)
		sealFrame(again, fr.prev, salt)
		if !bytes.Equal(again, b[:fr.size]) {
			t.Errorf("%x was parsed from %x", again, b)
		}
	})
}

// FuzzRecords: decoders of every kind of record answer an error for what they cannot read.
func FuzzRecords(f *testing.F) {
	r := newReader(filepath.Join("testdata", "golden"), nil)
	_, err := r.Scan(f.Context(), Place{}, func(e Entry) error {
		f.Add(byte(e.Kind), bytes.Clone(e.frame.payload))
		return nil
	})
	must(f, err, r.Close())
	f.Fuzz(func(_ *testing.T, kind byte, payload []byte) {
		e := Entry{Kind: Kind(kind), frame: frame{kind: Kind(kind), payload: payload}}
		e.change()
		e.Ending()
		e.Session()
		e.answer()
		(&Episode{}).add(e)
		(&recovered{}).restore(e)
	})
}

// FuzzSegment: any bytes as a segment are brought to a sound end, once and for all, and
// what of them is readable is read.
func FuzzSegment(f *testing.F) {
	golden, err := os.ReadFile(filepath.Join("testdata", "golden", segmentFolder, "000001.seg"))
	must(f, err)
	f.Add(golden, 100, byte(1))
	f.Add(golden, 20, byte(0xff))
	f.Add([]byte{}, 0, byte(0))
	f.Fuzz(func(t *testing.T, b []byte, at int, change byte) {
		if at >= 0 && at < len(b) {
			b = bytes.Clone(b)
			b[at] ^= change
		}
		dir := t.TempDir()
		must(t, os.MkdirAll(filepath.Join(dir, segmentFolder), 0o755), os.WriteFile(segmentPath(dir, 1), b, 0o644))
		first, err := recoverFolder(dir)
		must(t, err)
		again, err := recoverFolder(dir)
		must(t, err)
		if again.report.TornBytes != 0 || again.size != first.size {
			t.Errorf("recovered to %d bytes, then to %d", first.size, again.size)
		}
		r := newReader(dir, nil)
		defer r.Close()
		r.Episodes(t.Context(), Place{}, func(e Ended) error {
			e.Episode()
			return nil
		})
	})
}
