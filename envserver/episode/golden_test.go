package episode

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/gym"
)

var update = flag.Bool("update", false, "write the golden files anew")

// recordGolden records one of each kind of record.
func recordGolden(t testing.TB, dir string) {
	l, err := Open(dir, Options{salt: func() uint32 { return 0x5eed }})
	must(t, err)
	must(t, l.OpenSession(Session{ID: "s1", TokenHash: []byte{1, 2, 3}, Env: "test/echo-v0", Backend: gym.BackendDream, Reasoning: true, Request: 1, Digest: []byte{4}, Opened: noon}))
	h := header("e1", "s1")
	h.Snapshot, h.Model, h.Backend = 12, "analogy/1", gym.BackendDream
	must(t, l.Begin(h, step(0, 0), nil), l.AppendStep("e1", step(1, 0.25), nil))
	must(t, l.Refuse("s1", Refusal{Request: 8, Digest: []byte{5}, Code: gym.CodeInvalidAction, Msg: "say go"}))
	must(t, l.AppendEnd("e1", End{Reason: Aborted, Code: gym.CodeEnvCrashed, Ended: noon}))
	must(t, l.CloseSession("s1", Closing{Request: 9, Digest: []byte{6}, Closed: noon}), l.Close())
}

// TestGoldenSegment pins the format: a segment that was written by an earlier version is
// read, and is still written so.
func TestGoldenSegment(t *testing.T) {
	golden := filepath.Join("testdata", "golden", segmentFolder, "000001.seg")
	dir := t.TempDir()
	recordGolden(t, dir)
	now, err := os.ReadFile(segmentPath(dir, 1))
	must(t, err)
	if *update {
		must(t, os.MkdirAll(filepath.Dir(golden), 0o755), os.WriteFile(golden, now, 0o644))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if !bytes.Equal(now, want) {
		t.Errorf("the segment that is written now differs from %s", golden)
	}
	r := newReader(filepath.Join("testdata", "golden"), nil)
	defer r.Close()
	got := ended(t, r)
	h := header("e1", "s1")
	h.Snapshot, h.Model, h.Backend = 12, "analogy/1", gym.BackendDream
	episodes := []*Episode{{Header: h, Steps: []Step{step(0, 0), step(1, 0.25)}, End: &End{Reason: Aborted, Code: gym.CodeEnvCrashed, Ended: noon}}}
	if diff := cmp.Diff(episodes, got); diff != "" {
		t.Error(diff)
	}
}
