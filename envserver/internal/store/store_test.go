package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func openLog(t testing.TB, dir string, o episode.Options) *episode.Log {
	t.Helper()
	o.Now = func() time.Time { return noon.Add(time.Minute) }
	l, err := episode.Open(dir, o)
	must(t, err)
	t.Cleanup(func() { must(t, l.Close()) })
	return l
}

func openStore(t testing.TB, dir string, l *episode.Log) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, l.Reader)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code gym.Code) {
	t.Helper()
	if gym.CodeOf(err) != code {
		t.Fatalf("error %v, want code %q", err, code)
	}
}

func header(id string) episode.Header {
	return episode.Header{
		ID: id, Env: "house/any-v0", Backend: gym.BackendReal, Server: "0.1.0", Started: noon, Seed: 7,
		Task: gym.Task{ID: "t1", Split: gym.SplitTrain, Scene: "kitchen"},
	}
}

func begin(t testing.TB, l *episode.Log, h episode.Header) {
	t.Helper()
	must(t, l.Begin(h, episode.Step{Timestep: gym.Timestep{Observation: gym.Observation{Text: "start"}}}, nil))
}

// play records an episode of two actions, worth 1.5.
func play(t testing.TB, l *episode.Log, h episode.Header) {
	t.Helper()
	begin(t, l, h)
	must(t,
		l.AppendStep(h.ID, episode.Step{Index: 1, Action: "a", Timestep: gym.Timestep{Reward: 0.5}}, nil),
		l.AppendStep(h.ID, episode.Step{Index: 2, Action: "b", Timestep: gym.Timestep{Reward: 1, Terminated: true}}, nil))
}

func ids(rows []Row) []string {
	all := make([]string, 0, len(rows))
	for _, r := range rows {
		all = append(all, r.ID)
	}
	return all
}

func list(t testing.TB, s *Store, f Filter) []string {
	t.Helper()
	rows, err := s.List(t.Context(), f)
	must(t, err)
	return ids(rows)
}

func TestARowSaysWhatTheLogSays(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, episode.Options{})
	s := openStore(t, dir, l)
	h := header("e1")
	h.Model, h.Evaluation = "analogy/1", true
	play(t, l, h)
	got, err := s.Find(t.Context(), "e1")
	must(t, err)
	want := Row{
		ID: "e1", Env: "house/any-v0", Backend: gym.BackendReal, Task: "t1", Scene: "kitchen", Split: gym.SplitTrain, Seed: 7,
		Evaluation: true, Model: "analogy/1", Started: noon, Reason: episode.Terminated, Steps: 2, Return: 1.5,
		Ended: noon.Add(time.Minute), First: got.First, Last: got.Last,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	e, err := s.Episode(t.Context(), "e1")
	must(t, err)
	if len(e.Steps) != 3 || e.End == nil || e.Header.ID != "e1" {
		t.Errorf("episode %+v", e)
	}
	_, err = s.Find(t.Context(), "e2")
	wantCode(t, err, gym.CodeUnknownEpisode)
}

func TestARunningEpisodeIsReadAsFarAsItHasCome(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, episode.Options{SegmentBytes: 1})
	s := openStore(t, dir, l)
	begin(t, l, header("e1"))
	must(t, l.AppendStep("e1", episode.Step{Index: 1, Action: "a"}, nil))
	e, err := s.Episode(t.Context(), "e1")
	must(t, err)
	if len(e.Steps) != 2 || e.End != nil {
		t.Errorf("episode %+v", e)
	}
}

func TestListFilters(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, episode.Options{})
	s := openStore(t, dir, l)
	play(t, l, header("plain"))
	dream := header("dream")
	dream.Backend = gym.BackendDream
	play(t, l, dream)
	other := header("other")
	other.Env, other.Task.ID, other.Task.Split, other.Evaluation = "house/cool-v0", "t2", gym.SplitUnseen, true
	play(t, l, other)
	must(t, l.OpenSession(episode.Session{ID: "s1", Opened: noon}))
	live := header("live")
	live.Session = "s1"
	begin(t, l, live)
	lost := header("lost")
	begin(t, l, lost)
	must(t, l.AppendEnd("lost", episode.End{Reason: episode.Aborted, Code: gym.CodeEnvCrashed, Ended: noon}))

	yes, no := true, false
	for name, c := range map[string]struct {
		filter Filter
		want   []string
	}{
		"all, newest first": {Filter{}, []string{"lost", "live", "other", "dream", "plain"}},
		"environment":       {Filter{Env: "house/cool-v0"}, []string{"other"}},
		"backend":           {Filter{Backend: gym.BackendDream}, []string{"dream"}},
		"split":             {Filter{Split: gym.SplitUnseen}, []string{"other"}},
		"task":              {Filter{Task: "t2"}, []string{"other"}},
		"session":           {Filter{Session: "s1"}, []string{"live"}},
		"aborted":           {Filter{Reason: episode.Aborted}, []string{"lost"}},
		"running":           {Filter{Running: true}, []string{"live"}},
		"evaluations":       {Filter{Evaluation: &yes}, []string{"other"}},
		"no evaluations":    {Filter{Evaluation: &no, Backend: gym.BackendReal}, []string{"lost", "live", "plain"}},
		"limit":             {Filter{Limit: 2}, []string{"lost", "live"}},
		"second page":       {Filter{Limit: 2, Offset: 2}, []string{"other", "dream"}},
		"none":              {Filter{Env: "x"}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, list(t, s, c.filter)); diff != "" {
				t.Error(diff)
			}
		})
	}
	counts, err := s.Counts(t.Context())
	must(t, err)
	want := []Count{
		{Env: "house/any-v0", Backend: gym.BackendDream, Split: gym.SplitTrain, Reason: episode.Terminated, Episodes: 1, Steps: 2, Return: 1.5},
		{Env: "house/any-v0", Backend: gym.BackendReal, Split: gym.SplitTrain, Reason: "", Episodes: 1},
		{Env: "house/any-v0", Backend: gym.BackendReal, Split: gym.SplitTrain, Reason: episode.Aborted, Episodes: 1},
		{Env: "house/any-v0", Backend: gym.BackendReal, Split: gym.SplitTrain, Reason: episode.Terminated, Episodes: 1, Steps: 2, Return: 1.5},
		{Env: "house/cool-v0", Backend: gym.BackendReal, Split: gym.SplitUnseen, Evaluation: true, Reason: episode.Terminated, Episodes: 1, Steps: 2, Return: 1.5},
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Error(diff)
	}
}

func TestFollowFillsTheCatalogueWhileEpisodesEnd(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, episode.Options{SegmentBytes: 4096})
	s := openStore(t, dir, l)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		s.Follow(ctx, l, func(err error) { t.Error(err) })
	}()
	for i := range 200 {
		play(t, l, header(fmt.Sprint(i)))
	}
	// Another process sees what Follow wrote, and that alone.
	other, err := OpenReader(t.Context(), dir, l.Reader)
	must(t, err)
	defer other.Close()
	eventually(t, func() bool { return len(list(t, other, Filter{Limit: -1, Reason: episode.Terminated})) == 200 })
	cancel()
	<-stopped
}

// eventually waits for what another goroutine is about to do.
func eventually(t testing.TB, done func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			t.Fatal("it did not happen within 10 s")
		case <-tick.C:
		}
	}
}

func TestTheCatalogueIsBroughtUpToDateAndRebuilt(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, episode.Options{})
	s, err := Open(t.Context(), dir, l.Reader)
	must(t, err)
	play(t, l, header("e1"))
	must(t, s.CatchUp(t.Context()), s.Close())
	play(t, l, header("e2"))

	s, err = Open(t.Context(), dir, l.Reader)
	must(t, err)
	want := []string{"e2", "e1"}
	if diff := cmp.Diff(want, list(t, s, Filter{})); diff != "" {
		t.Error(diff)
	}
	must(t, s.Close(), os.WriteFile(filepath.Join(dir, fileName), []byte("this is no database, and long enough to show it"), 0o644))
	_, err = Open(t.Context(), dir, l.Reader)
	wantCode(t, err, gym.CodeStorage)
	s, err = Rebuild(t.Context(), dir, l.Reader)
	must(t, err)
	defer s.Close()
	if diff := cmp.Diff(want, list(t, s, Filter{})); diff != "" {
		t.Error(diff)
	}
}

func TestACatalogueOfAnotherLogIsFilledAnew(t *testing.T) {
	dir := t.TempDir()
	l, err := episode.Open(dir, episode.Options{SegmentBytes: 1})
	must(t, err)
	play(t, l, header("old"))
	s, err := Open(t.Context(), dir, l.Reader)
	must(t, err, s.Close(), l.Close(), os.RemoveAll(filepath.Join(dir, "episodes")))
	l = openLog(t, dir, episode.Options{})
	play(t, l, header("new"))
	s = openStore(t, dir, l)
	if diff := cmp.Diff([]string{"new"}, list(t, s, Filter{})); diff != "" {
		t.Error(diff)
	}
}

func TestSchemas(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, episode.Options{})
	play(t, l, header("e1"))
	s, err := Open(t.Context(), dir, l.Reader)
	must(t, err)
	p, err := s.provider()
	must(t, err)
	_, err = p.DownTo(t.Context(), 1)
	must(t, err)

	_, err = OpenReader(t.Context(), dir, l.Reader)
	wantCode(t, err, gym.CodeVersionMismatch)
	must(t, s.Close())
	s, err = Open(t.Context(), dir, l.Reader)
	must(t, err)
	if diff := cmp.Diff([]string{"e1"}, list(t, s, Filter{})); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "catalogue.v1.db")); err != nil {
		t.Errorf("no copy of the older catalogue: %v", err)
	}

	_, err = s.db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
	must(t, err, s.Close())
	_, err = Open(t.Context(), dir, l.Reader)
	wantCode(t, err, gym.CodeVersionMismatch)
	_, err = OpenReader(t.Context(), dir, l.Reader)
	wantCode(t, err, gym.CodeVersionMismatch)
}

func TestPrune(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, episode.Options{SegmentBytes: 1}) // a segment a call
	s := openStore(t, dir, l)
	play(t, l, header("old"))
	begin(t, l, header("live"))
	play(t, l, header("young"))
	none, err := s.Prune(t.Context(), l, Limits{Bytes: 1 << 30, Age: time.Hour}, time.Now())
	must(t, err)
	if len(none.Segments) != 0 || none.Episodes != 0 {
		t.Errorf("pruned %+v within the limits", none)
	}
	p, err := s.Prune(t.Context(), l, Limits{Bytes: 1}, time.Now())
	must(t, err)
	if p.Episodes != 2 || p.Bytes == 0 || p.Left == 0 {
		t.Errorf("pruned %+v, want old and young", p)
	}
	if diff := cmp.Diff([]string{"live"}, list(t, s, Filter{})); diff != "" {
		t.Error(diff)
	}
	_, err = s.Episode(t.Context(), "old")
	wantCode(t, err, gym.CodeUnknownEpisode)

	must(t, l.AppendStep("live", episode.Step{Index: 1, Action: "a", Timestep: gym.Timestep{Truncated: true}}, nil))
	e, err := s.Episode(t.Context(), "live")
	must(t, err)
	if len(e.Steps) != 2 || e.End.Reason != episode.Truncated {
		t.Errorf("live episode after a prune: %+v", e)
	}
	p, err = s.Prune(t.Context(), l, Limits{Age: time.Hour}, time.Now().Add(2*time.Hour))
	must(t, err)
	if p.Episodes != 1 {
		t.Errorf("pruned %+v by age, want live", p)
	}
}

func BenchmarkFill(b *testing.B) {
	dir := b.TempDir()
	l := openLog(b, dir, episode.Options{})
	s := openStore(b, dir, l)
	for i := range b.N {
		play(b, l, header(fmt.Sprint(i)))
	}
	b.ResetTimer()
	must(b, s.CatchUp(b.Context()))
}

// TestAReadOnlyFolderIsListed needs the right to mount.
func TestAReadOnlyFolderIsListed(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("cannot mount: %v", err)
	}
	t.Cleanup(func() { must(t, syscall.Unmount(dir, 0)) })
	l, err := episode.Open(dir, episode.Options{})
	must(t, err)
	play(t, l, header("e1"))
	s, err := Open(t.Context(), dir, l.Reader)
	must(t, err, s.Close(), l.Close(), syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))

	r, err := episode.OpenReader(dir)
	must(t, err)
	defer r.Close()
	_, err = Open(t.Context(), dir, r)
	wantCode(t, err, gym.CodeStorage)
	s, err = OpenReader(t.Context(), dir, r)
	must(t, err)
	defer s.Close()
	if diff := cmp.Diff([]string{"e1"}, list(t, s, Filter{})); diff != "" {
		t.Error(diff)
	}
	e, err := s.Episode(t.Context(), "e1")
	must(t, err)
	if len(e.Steps) != 3 {
		t.Errorf("episode %+v", e)
	}
}
