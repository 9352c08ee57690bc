package distill_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"dreamgym/envserver/gym"
	"dreamgym/synth/distill"
	"dreamgym/synth/model/llm"
)

// Every completion is read by llm, and says what came to pass.
func TestTargets(t *testing.T) {
	s := marked()
	real := steps(s)
	for _, form := range []llm.Form{llm.FormState, llm.FormEdit} {
		shape := llm.ShapeOf(s.Spec, llm.Options{Form: form})
		all, _ := export(t, s, distill.ExportOptions{Prompting: distill.Prompting{Form: form}})
		if len(all) != len(real) {
			t.Errorf("%s: %d examples of %d steps", form, len(all), len(real))
		}
		for _, e := range all {
			step := real[e.Ref]
			if len(e.Completion) != 1 || e.Completion[0].Role != "assistant" || e.Prompt[0].Role != "system" || e.Task != step.Task || e.Scene != step.Scene {
				t.Fatalf("%+v", e)
			}
			a, err := shape.Read(e.Completion[0].Content)
			if err != nil {
				t.Fatalf("%s: %v", e.Ref, err)
			}
			if next, err := shape.Next(a, step.State); err != nil || next != step.Next || a.Reward != step.Reward || a.Terminated != step.Terminated {
				t.Errorf("%s says %q, %g (%v)", e.Ref, next, a.Reward, err)
			}
		}
	}
}

// recorded is what of an example was recorded in other episodes: the example episode, and
// the demonstrations.
func recorded(e distill.Example) string {
	system, last := e.Prompt[0].Content, e.Prompt[len(e.Prompt)-1].Content
	_, episode, _ := strings.Cut(system, "A recorded episode of a similar task:")
	episode, _, _ = strings.Cut(episode, "\nStart state:\n")
	return episode + last[:strings.LastIndex(last, "\n\nAction: ")]
}

// No row of train, and no demonstration of any row, has anything of what is held out;
// demonstrations have nothing of their own episode.
func TestNothingLeaks(t *testing.T) {
	s := marked()
	foreign := map[string]bool{} // must stand in no row of train, and in no demonstration
	for _, e := range s.Episodes {
		if e.Split != gym.SplitTrain {
			foreign["<"+e.ID+">"] = true
		}
		if e.Split == gym.SplitUnseen {
			foreign["<"+e.Task+">"], foreign["<"+e.Scene+">"] = true, true
		}
	}
	leaks := func(e distill.Example, where, text string) {
		for mark := range foreign {
			if strings.Contains(text, mark) {
				t.Errorf("%s of %s (%s) has %s", where, e.Ref, e.Split, mark)
			}
		}
	}
	all, _ := export(t, s, distill.ExportOptions{})
	for _, e := range all {
		shown := recorded(e)
		leaks(e, "a demonstration", shown)
		if id, _, _ := strings.Cut(e.Ref, "#"); strings.Contains(shown, "<"+id+">") {
			t.Errorf("a demonstration of %s is of its own episode", e.Ref)
		}
		if strings.Count(shown, "State: ") != 4 || !strings.Contains(shown, "Its task:") {
			t.Errorf("%s is shown %q", e.Ref, shown)
		}
		if e.Split == gym.SplitTrain {
			leaks(e, "the row", e.Completion[0].Content)
			for _, m := range e.Prompt {
				leaks(e, "the row", m.Content)
			}
		}
	}
}

func TestLeakingSourcesAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*distill.Source){
		"task":    func(s *distill.Source) { s.Episodes[len(s.Episodes)-1].Task = "t0.0" },
		"scene":   func(s *distill.Source) { s.Episodes[len(s.Episodes)-1].Scene = "s0" },
		"episode": func(s *distill.Source) { s.Episodes[1].ID = s.Episodes[0].ID },
	} {
		s := marked()
		spoil(&s)
		if _, err := distill.Export(t.Context(), s, t.TempDir(), distill.ExportOptions{}); gym.CodeOf(err) != gym.CodeInvalidRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
	held := marked()
	held.Episodes = held.Episodes[len(held.Episodes)-1:]
	if _, err := distill.Export(t.Context(), held, t.TempDir(), distill.ExportOptions{}); gym.CodeOf(err) != gym.CodeInsufficientEvidence {
		t.Errorf("without train: %v", err)
	}
}

// The same source gives the same bytes, and Parquet the rows of JSONL.
func TestFiles(t *testing.T) {
	o := distill.ExportOptions{Formats: []distill.Format{distill.FormatJSONL, distill.FormatParquet}}
	_, first := export(t, marked(), o)
	_, second := export(t, marked(), o)
	for split, n := range map[string]int{"train": 64, "seen": 32, "unseen": 48} {
		for _, format := range []string{".jsonl", ".parquet"} {
			a, err := os.ReadFile(filepath.Join(first, split+format))
			b, again := os.ReadFile(filepath.Join(second, split+format))
			if err != nil || again != nil || !bytes.Equal(a, b) {
				t.Errorf("%s%s is not the same again (%v, %v)", split, format, err, again)
			}
		}
		rows, err := parquet.ReadFile[distill.Example](filepath.Join(first, split+".parquet"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(examples(t, filepath.Join(first, split+".jsonl")), rows); diff != "" || len(rows) != n {
			t.Errorf("%s: %d rows, %s", split, len(rows), diff)
		}
	}
	if names := ls(t, first); len(names) != 6 {
		t.Errorf("the folder has %v", names)
	}
}

func ls(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A teacher's kept reasoning stands in the answer, and in the history after it; the others
// have an empty one, or are left out.
func TestReasoning(t *testing.T) {
	o := distill.ExportOptions{Annotations: distill.Annotations{
		"e0.0.0#1": {Ref: "e0.0.0#1", Reasoning: "Because.", Kept: true},
		"e0.0.0#2": {Ref: "e0.0.0#2", Reasoning: "By chance.", Why: distill.WhyState},
	}}
	all, folder := export(t, marked(), o)
	at := func(ref string) distill.Example {
		return all[slices.IndexFunc(all, func(e distill.Example) bool { return e.Ref == ref })]
	}
	for ref, want := range map[string]string{"e0.0.0#1": `{"reasoning":"Because.",`, "e0.0.0#2": `{"reasoning":"","next_state"`} {
		if got := at(ref).Completion[0].Content; !strings.HasPrefix(got, want) {
			t.Errorf("%s answers %s", ref, got)
		}
	}
	if history := at("e0.0.0#2").Prompt; !strings.HasPrefix(history[4].Content, `{"reasoning":"Because.",`) || !strings.HasPrefix(history[2].Content, `{"next_state":`) {
		t.Errorf("the history is %v", history[1:])
	}
	o.SkipWithout = true
	if _, err := distill.Export(t.Context(), marked(), folder, o); err != nil {
		t.Fatal(err)
	}
	if names := ls(t, folder); !slices.Equal(names, []string{"train.jsonl"}) || len(examples(t, filepath.Join(folder, "train.jsonl"))) != 1 {
		t.Errorf("with one step kept the folder has %v", names)
	}
}

func TestShorterPrompts(t *testing.T) {
	all, _ := export(t, marked(), distill.ExportOptions{Prompting: distill.Prompting{Demonstrations: -1, NoExample: true, MaxHistory: 1}})
	for _, e := range all {
		if strings.Contains(e.Prompt[0].Content, "A recorded episode") || strings.Contains(e.Prompt[len(e.Prompt)-1].Content, "Recorded steps") {
			t.Errorf("%s is shown other episodes", e.Ref)
		}
		if strings.HasSuffix(e.Ref, "#3") && (len(e.Prompt) != 4 || !strings.Contains(e.Prompt[0].Content, "After the first 2 steps")) {
			t.Errorf("%s is shown %v", e.Ref, e.Prompt)
		}
	}
}

func TestInterruptedExport(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	folder := t.TempDir()
	if _, err := distill.Export(ctx, marked(), folder, distill.ExportOptions{}); gym.CodeOf(err) != gym.CodeCanceled || len(ls(t, folder)) > 0 {
		t.Errorf("%v; the folder has %v", err, ls(t, folder))
	}
}
