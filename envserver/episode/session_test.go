package episode

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// answers lists the answers of a session, newest first.
func answers(t testing.TB, l *Log, session string) []string {
	t.Helper()
	all := []string{}
	must(t, l.Answers(session, func(a Answer) bool {
		if a.Refused != nil {
			all = append(all, fmt.Sprintf("%d %s %x: %s", a.Request, a.Refused.Code, a.Digest, a.Refused.Msg))
		} else {
			all = append(all, fmt.Sprintf("%d %s#%d %x", a.Request, a.Episode, a.Index, a.Digest))
		}
		return true
	}))
	return all
}

func TestASessionIsThereAfterARestart(t *testing.T) {
	for name, o := range map[string]Options{"one segment": {}, "a segment a call": {SegmentBytes: 1}} {
		t.Run(name, func(t *testing.T) { testRestart(t, o) })
	}
}

func testRestart(t *testing.T, o Options) {
	dir := t.TempDir()
	l, err := Open(dir, o)
	must(t, err)
	s := Session{ID: "s1", TokenHash: []byte{1, 2}, Env: "test/echo-v0", Backend: gym.BackendReal, Reasoning: true, Request: 1, Digest: []byte{9}, Opened: noon}
	must(t, l.OpenSession(s))
	must(t, l.OpenSession(Session{ID: "s2", Opened: noon}))
	play(t, l, header("e1", "s1"), 1)
	must(t, l.Begin(header("e2", "s1"), step(0, 0), nil), l.AppendStep("e2", step(1, 0), nil))
	must(t, l.Refuse("s1", Refusal{Request: 9, Digest: []byte{7}, Code: gym.CodeInvalidAction, Msg: "what?"}))
	must(t, l.AppendStep("e2", step(2, 0), []byte(encodedStep(t, step(2, 0)))))
	must(t, l.CloseSession("s2", Closing{Closed: noon}), l.Close())

	l = openLog(t, dir, o)
	open, err := l.Sessions()
	must(t, err)
	if diff := cmp.Diff([]SessionState{{Session: s, Episode: "e2", Steps: 3}}, open); diff != "" {
		t.Fatal(diff)
	}
	want := []string{"4 e2#2 02", "9 invalid_action 07: what?", "3 e2#1 01", "2 e2#0 00", "3 e1#1 01", "2 e1#0 00"}
	if diff := cmp.Diff(want, answers(t, l, "s1")); diff != "" {
		t.Error(diff)
	}
	a, ok, err := l.Answer("s1", 4)
	must(t, err)
	if !ok || string(a.Timestep) != encodedStep(t, step(2, 0)) {
		t.Errorf("answer 4: %v %+v", ok, a)
	}
	if _, ok, err := l.Answer("s1", 77); ok || err != nil {
		t.Errorf("an answer to a request that never was: %v, %v", ok, err)
	}
	e, err := l.Running("e2")
	must(t, err)
	if diff := cmp.Diff(&Episode{Header: header("e2", "s1"), Steps: []Step{step(0, 0), step(1, 0), step(2, 0)}}, e); diff != "" {
		t.Error(diff)
	}
	must(t, l.AppendStep("e2", last(3, 1), nil), l.CloseSession("s1", Closing{Closed: noon}))
	if len(ended(t, l.Reader)) != 2 {
		t.Error("the episode that went on after the restart did not end")
	}
}

func encodedStep(t testing.TB, s Step) string {
	t.Helper()
	b, err := wire.NewCodecs().Msgpack.AppendTimestep(nil, &s.Timestep)
	must(t, err)
	return string(b)
}

func TestAnEpisodeWithoutSessionIsAbortedByARestart(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(dir, Options{})
	must(t, err, l.Begin(header("e1", ""), step(0, 0), nil), l.AppendStep("e1", step(1, 0.5), nil), l.Close())
	l = openLog(t, dir, Options{})
	if diff := cmp.Diff(Recovery{Aborted: []string{"e1"}}, l.Recovered()); diff != "" {
		t.Error(diff)
	}
	want := []*Episode{{Header: header("e1", ""), Steps: []Step{step(0, 0), step(1, 0.5)}, End: &End{Reason: Aborted, Code: gym.CodeSessionLost, Ended: noon}}}
	if diff := cmp.Diff(want, ended(t, l.Reader)); diff != "" {
		t.Error(diff)
	}
}

func TestMisuseIsRefusedAndLeavesNothing(t *testing.T) {
	l := openLog(t, t.TempDir(), Options{})
	must(t, l.OpenSession(Session{ID: "s1"}), l.Begin(header("e1", "s1"), step(0, 0), nil))
	before := l.end()
	for name, c := range map[string]struct {
		err  error
		code gym.Code
	}{
		"open twice":             {l.OpenSession(Session{ID: "s1"}), gym.CodeSessionExists},
		"begin twice":            {l.Begin(header("e1", ""), step(0, 0), nil), gym.CodeInternal},
		"two in one session":     {l.Begin(header("e2", "s1"), step(0, 0), nil), gym.CodeInternal},
		"begins with another":    {l.Begin(header("e3", ""), step(1, 0), nil), gym.CodeInternal},
		"step left out":          {l.AppendStep("e1", step(2, 0), nil), gym.CodeInternal},
		"step repeated":          {l.AppendStep("e1", step(0, 0), nil), gym.CodeInternal},
		"step of none":           {l.AppendStep("e9", step(1, 0), nil), gym.CodeUnknownEpisode},
		"end of none":            {l.AppendEnd("e9", End{Reason: Aborted}), gym.CodeUnknownEpisode},
		"refusal of none":        {l.Refuse("s9", Refusal{}), gym.CodeUnknownSession},
		"close of none":          {l.CloseSession("s9", Closing{}), gym.CodeUnknownSession},
		"close while it runs":    {l.CloseSession("s1", Closing{}), gym.CodeInternal},
		"no id":                  {l.OpenSession(Session{}), gym.CodeInternal},
		"an id of 256 bytes":     {l.OpenSession(Session{ID: string(make([]byte, 256))}), gym.CodeInternal},
		"answers of none":        {l.Answers("s9", nil), gym.CodeUnknownSession},
		"a record of 64 MiB":     {l.AppendStep("e1", step(1, 0), make([]byte, maxRecord)), gym.CodeTooLarge},
		"session of none":        {second(l.Session("s9")), gym.CodeUnknownSession},
		"running that is not":    {second(l.Running("e9")), gym.CodeUnknownEpisode},
		"a durability of theirs": {Options{Durability: "eventual"}.Validate(), gym.CodeInvalidConfig},
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, c.err, c.code) })
	}
	if l.end() != before {
		t.Errorf("the log grew from %s to %s", before, l.end())
	}
	must(t, l.AppendStep("e1", last(1, 1), nil))
	must(t, l.Close())
	wantCode(t, l.AppendStep("e1", step(2, 0), nil), gym.CodeShuttingDown)
}

func second[T any](_ T, err error) error { return err }

func TestASessionIdMayBeUsedAgain(t *testing.T) {
	l := openLog(t, t.TempDir(), Options{})
	must(t, l.OpenSession(Session{ID: "s1"}), l.Refuse("s1", Refusal{Request: 1}), l.CloseSession("s1", Closing{}))
	must(t, l.OpenSession(Session{ID: "s1"}))
	if got := answers(t, l, "s1"); len(got) != 0 {
		t.Errorf("the new session has answers of the old one: %v", got)
	}
}
