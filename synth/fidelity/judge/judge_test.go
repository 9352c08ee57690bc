package judge

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
	"dreamgym/synth/fidelity"
	"dreamgym/synth/model"
	"dreamgym/synth/model/analogy/testdata/invented"
	"dreamgym/synth/model/baseline"
)

func data() fidelity.Data {
	w := invented.Workshop(3, 4, 1)
	return fidelity.Data{Spec: w.Spec, Train: w.Episodes(w.Train, 30, 1), Seen: w.Episodes(w.Train, 4, 2), Unseen: w.Episodes(w.Unseen, 4, 3)}
}

func scores(s Score) string {
	return fmt.Sprintf(`{"reasoning":"so","consistency":%d,"diversity":%d,"informativeness":%d,"hallucination":%d}`, s[0], s[1], s[2], s[3])
}

func judgeBy(t *testing.T, say func(q endpointtest.Request) string, o Options) (*Report, *endpointtest.Server) {
	t.Helper()
	s := endpointtest.New(t)
	s.Otherwise = endpointtest.SayTo(say)
	c, err := endpoint.New(endpoint.Options{URL: s.URL, Model: "judge"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	r, err := Judge(t.Context(), c, data(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r, s
}

func models() []model.Model { return baseline.All()[:1] }

// A judge that knows the recordings is trusted, and one that scores everything alike is not.
func TestTrust(t *testing.T) {
	d := data()
	outcomes := map[string]bool{}
	for _, e := range d.Train {
		for _, s := range e.Steps {
			outcomes[fmt.Sprintf("Present state:\n%s\n\nAction: %s\n\nOutcome:\n%s\nReward: %g. The task has ended: %t.\n", s.State, s.Action, s.Next, s.Reward, s.Terminated)] = true
		}
	}
	knowing := func(q endpointtest.Request) string {
		text := q.Last()
		if outcomes[text[strings.Index(text, "Present state:"):]] {
			return scores(Score{2, 2, 2, 2})
		}
		return scores(Score{0, 0, 0, 0})
	}
	r, s := judgeBy(t, knowing, Options{Models: models(), Sample: 10, Known: 12})
	for _, c := range Criteria() {
		if r.Trust[c].Right < 0.95 || r.Trust[c].Pairs < 100 {
			t.Errorf("a judge that knows is trusted with %s by %+v", c, r.Trust[c])
		}
	}
	if r.Unread != 0 || r.Judged != 20+60 || len(s.Requests()) > 80 { // alike ones at the same time are asked once
		t.Errorf("judged were %d, unread %d, asked %d", r.Judged, r.Unread, len(s.Requests()))
	}
	for _, q := range s.Requests() {
		for _, word := range []string{"nearest", "known", "model"} {
			if strings.Contains(q.Last(), word) {
				t.Errorf("the judge is told of %q", word)
			}
		}
	}
	blunt, _ := judgeBy(t, func(endpointtest.Request) string { return scores(Score{2, 1, 2, 1}) }, Options{Models: models(), Sample: 10, Known: 4})
	var out strings.Builder
	if err := blunt.WriteTable(&out); err != nil {
		t.Fatal(err)
	}
	for i, c := range Criteria() {
		if blunt.Trust[c].Right != 0.5 || !strings.Contains(out.String(), "do not rely on "+c) {
			t.Errorf("a judge that scores all alike is trusted with %s by %+v:\n%s", c, blunt.Trust[c], out.String())
		}
		if got := blunt.Scores["real"]["seen"][c]; got.N > 0 && (got.Mean != float64(Score{2, 1, 2, 1}[i]) || got.Error != 0) {
			t.Errorf("%s of the real side is %+v", c, got)
		}
	}
}

// What cannot be read is asked for once more, then counted and left out.
func TestUnread(t *testing.T) {
	for text, want := range map[string]bool{
		scores(Score{0, 1, 2, 0}): true, scores(Score{0, 1, 3, 0}): false, "{}": false, "two": false,
		`{"reasoning":"so","consistency":1,"diversity":1,"informativeness":1,"hallucination":1,"x":1}`: false,
	} {
		if _, err := read(text); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	r, s := judgeBy(t, func(endpointtest.Request) string { return "good" }, Options{Sample: 3, Known: 1})
	if r.Unread != 8 || len(s.Requests()) > 16 || len(s.Requests()) < 8 {
		t.Errorf("unread are %d, asked %d times", r.Unread, len(s.Requests()))
	}
	if err := r.WriteTable(io.Discard); err != nil {
		t.Error(err)
	}
	c, err := endpoint.New(endpoint.Options{URL: s.URL, Model: "judge"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	d := data()
	d.Seen, d.Unseen = nil, nil
	if _, err := Judge(t.Context(), c, d, Options{}); gym.CodeOf(err) != gym.CodeInsufficientEvidence {
		t.Errorf("nothing held out: %v", err)
	}
}
