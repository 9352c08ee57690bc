package episode

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"dreamgym/envserver/gym"
)

// recorded answers a folder with one segment, the bytes of it, and the places of its
// records.
func recorded(t testing.TB) (dir string, segment []byte, places []Place) {
	t.Helper()
	dir = t.TempDir()
	l, err := Open(dir, Options{})
	must(t, err, l.OpenSession(Session{ID: "s1", Opened: noon}))
	play(t, l, header("e1", ""), 1)
	must(t, l.Begin(header("e2", "s1"), step(0, 0), nil), l.AppendStep("e2", step(1, 0.5), nil), l.AppendStep("e2", step(2, 0.25), nil))
	_, err = l.Scan(t.Context(), Place{}, func(e Entry) error {
		places = append(places, e.Place)
		return nil
	})
	must(t, err, l.Close())
	segment, err = os.ReadFile(segmentPath(dir, 1))
	must(t, err)
	return dir, segment, places
}

func overwrite(t testing.TB, dir string, b []byte) {
	t.Helper()
	must(t, os.WriteFile(segmentPath(dir, 1), b, 0o644))
}

func TestATornEndIsCutOff(t *testing.T) {
	dir, whole, places := recorded(t)
	lastAt := int(places[len(places)-1].Offset)
	for name, c := range map[string]struct {
		content []byte
		torn    int
	}{
		"nothing torn":         {whole, 0},
		"a byte short":         {whole[:len(whole)-1], len(whole) - 1 - lastAt},
		"the first byte alone": {whole[:lastAt+1], 1},
		"head alone":           {whole[:lastAt+frameFixed], frameFixed},
		"a bit":                {flip(whole, len(whole)-1), len(whole) - lastAt},
		"zeros":                {append(whole[:len(whole):len(whole)], make([]byte, 5000)...), 5000},
		"a length beyond":      {append(whole[:len(whole):len(whole)], 0xff, 0xff, 0xff, 3, 1, 2, 3, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0), 19},
	} {
		t.Run(name, func(t *testing.T) {
			overwrite(t, dir, c.content)
			l, err := Open(dir, Options{})
			must(t, err)
			if diff := cmp.Diff(Recovery{TornBytes: int64(c.torn)}, l.Recovered(), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			s, err := l.Session("s1")
			must(t, err)
			must(t, l.AppendStep("e2", last(s.Steps, 1), nil))
			if got := ended(t, l.Reader); len(got) != 2 || len(got[1].Steps) != s.Steps+1 {
				t.Errorf("read back %+v", got)
			}
			damage, err := l.Check(t.Context())
			must(t, err, l.Close())
			if len(damage) != 0 {
				t.Errorf("damage is left: %v", damage)
			}
		})
	}
}

func flip(b []byte, at int) []byte {
	b = append([]byte(nil), b...)
	b[at] ^= 1
	return b
}

func TestEveryPrefixOpens(t *testing.T) {
	dir, whole, _ := recorded(t)
	for n := 0; n < len(whole); n += 7 {
		overwrite(t, dir, whole[:n])
		l, err := Open(dir, Options{})
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		play(t, l, header("new", ""), 1)
		if got := ended(t, l.Reader); got[len(got)-1].Header.ID != "new" {
			t.Fatalf("%d bytes: the new episode is not there", n)
		}
		must(t, l.Close())
	}
}

func TestDamageInTheMiddleIsReported(t *testing.T) {
	dir, whole, places := recorded(t)
	// places: checkpoint, opened, header e1, e1#0, e1#1, end e1, header e2, e2#0, e2#1, e2#2
	const e1Step, e2Step = 4, 8
	size := func(i int) int64 { return int64(places[i+1].Offset - places[i].Offset) }

	t.Run("in an episode that ended", func(t *testing.T) {
		overwrite(t, dir, flip(whole, int(places[e1Step+1].Offset)-1))
		l := openLog(t, dir, Options{})
		want := []Damage{{At: places[e1Step], Bytes: size(e1Step), Resumed: true}}
		if diff := cmp.Diff(want, l.Recovered().Damage); diff != "" {
			t.Error(diff)
		}
		if got, err := l.Check(t.Context()); err != nil || !cmp.Equal(want, got) {
			t.Errorf("Check answers %v, %v", got, err)
		}
		_, err := l.Episodes(t.Context(), Place{}, func(e Ended) error { return second(e.Episode()) })
		wantCode(t, err, gym.CodeStorage)
		if s, err := l.Session("s1"); err != nil || s.Episode != "e2" || s.Steps != 3 {
			t.Errorf("what is not damaged: %+v, %v", s, err)
		}
		must(t, l.Close())
	})
	t.Run("in an episode that runs", func(t *testing.T) {
		overwrite(t, dir, flip(whole, int(places[e2Step].Offset))) // its length
		l := openLog(t, dir, Options{})
		want := Recovery{Damage: []Damage{{At: places[e2Step], Bytes: size(e2Step), Resumed: true}}, Aborted: []string{"e2"}}
		if diff := cmp.Diff(want, l.Recovered()); diff != "" {
			t.Error(diff)
		}
		got := ended(t, l.Reader)
		if end := got[len(got)-1]; end.Header.ID != "e2" || len(end.Steps) != 1 || end.End.Code != gym.CodeStorage {
			t.Errorf("the damaged episode reads %+v", end)
		}
	})
}

// TestARecordWithinARecordIsNotBelieved: a text may hold what looks like a record. It is
// taken for one only by who knows the segment's salt.
func TestARecordWithinARecordIsNotBelieved(t *testing.T) {
	const known = 7
	forged, err := appendPayload(beginFrame(nil, KindEnd, "e1"), Ending{End: End{Reason: Terminated}, Return: 1000})
	must(t, err)
	sealFrame(forged, Place{}, known)
	for name, c := range map[string]struct {
		salt func() uint32
		want int
	}{"its salt guessed": {func() uint32 { return known }, 1}, "a random salt": {nil, 0}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l, err := Open(dir, Options{salt: c.salt})
			must(t, err)
			h := header("e1", "")
			h.Task.Goal = string(forged)
			must(t, l.Begin(h, step(0, 0), nil), l.Close())
			b, err := os.ReadFile(segmentPath(dir, 1))
			must(t, err)
			overwrite(t, dir, flip(b, segmentHead+frameLength(t, b[segmentHead:]))) // the header's length
			r, err := OpenReader(dir)
			must(t, err)
			defer r.Close()
			ends := 0
			_, err = r.Episodes(t.Context(), Place{}, func(Ended) error { ends++; return nil })
			must(t, err)
			if ends != c.want {
				t.Errorf("%d ends were read, want %d", ends, c.want)
			}
		})
	}
}

func frameLength(t testing.TB, b []byte) int {
	t.Helper()
	n, err := frameSize(b)
	must(t, err)
	return n
}
