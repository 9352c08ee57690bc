package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"dreamgym/synth/distill"
	"dreamgym/synth/endpoint/endpointtest"
)

// A teacher behind an endpoint annotates a file; a second run goes on where the first
// stopped, and what is kept goes into the export.
func TestDistill(t *testing.T) {
	s := endpointtest.New(t)
	s.Otherwise = endpointtest.SayTo(func(q endpointtest.Request) string {
		if strings.Contains(q.Last(), "This step was recorded.") {
			return `{"reasoning":"The drawer is the one that was opened."}`
		}
		if strings.HasSuffix(strings.Split(q.Last(), "\n\nReasoning")[0], "Action: take spoon 1") {
			return `{"reasoning":"So.","next_state":"You take the spoon 1.","reward":1,"terminated":true}`
		}
		return `{"reasoning":"So.","next_state":"Nothing.","reward":0,"terminated":false}`
	})
	folder := t.TempDir()
	why, file := filepath.Join(folder, "why.jsonl"), kitchen(t)
	annotate := func(flags ...string) (sum distill.Summary) {
		t.Helper()
		args := append([]string{"distill", "annotate", "--from", file, "--out", why, "--data", filepath.Join(folder, "d"), "--json",
			"--teacher-url", s.URL, "--teacher-name", "tiny", "--teacher-price", "1,1,1"}, flags...)
		stdout, stderr, err := command(t, args...)
		if err != nil || !strings.Contains(stderr, "steps annotated") {
			t.Fatalf("%v, %s", err, stderr)
		}
		if err := json.Unmarshal([]byte(stdout), &sum); err != nil {
			t.Fatal(err)
		}
		return sum
	}
	if sum := annotate("--limit", "5"); sum.Annotated != 5 || sum.Left != 49 || sum.Usage.Cost == 0 {
		t.Errorf("at first %+v", sum)
	}
	if sum := annotate("--check-url", s.URL, "--check-name", "other"); sum.Earlier != 5 || sum.Annotated != 49 || sum.Left != 0 || sum.Dropped[distill.WhyState] == 0 {
		t.Errorf("then %+v", sum)
	}
	stdout, _, err := command(t, "distill", "export", "--from", file, "--annotations", why, "--out", filepath.Join(folder, "sft"))
	if err != nil || !strings.Contains(stdout, "train: 54 examples, 18 with reasoning") {
		t.Errorf("%s, %v", stdout, err)
	}
}
