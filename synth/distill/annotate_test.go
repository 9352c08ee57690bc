package distill_test

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-json-experiment/json"

	"dreamgym/envserver/gym"
	"dreamgym/synth/distill"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
	"dreamgym/synth/model/llm"
)

// teaches tells a request to a teacher from one for a prediction.
func teaches(q endpointtest.Request) bool {
	return strings.Contains(q.Last(), "This step was recorded.")
}

// between is what stands between two marks of a text.
func between(text, from, to string) string {
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}

// faithful is a teacher whose reasoning is the outcome itself, which is then predicted; what
// is predicted may be changed.
func faithful(change func(q endpointtest.Request, a *llm.Answer)) endpointtest.Reply {
	return endpointtest.SayTo(func(q endpointtest.Request) string {
		if teaches(q) {
			b, err := json.Marshal(map[string]string{"reasoning": between(q.Last(), "really led to:\n", "\n\n")})
			if err != nil {
				return err.Error()
			}
			return string(b)
		}
		var a llm.Answer
		if err := json.Unmarshal([]byte(between(q.Last(), "which is right:\n", "\n\n")), &a); err != nil {
			return err.Error()
		}
		if a.Reasoning = "So."; change != nil {
			change(q, &a)
		}
		return a.Text()
	})
}

func asker(t *testing.T, s *endpointtest.Server) distill.Asker {
	t.Helper()
	c, err := endpoint.New(endpoint.Options{URL: s.URL, Model: "tiny", Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return distill.Asker{Client: c, Price: llm.Price{Prompt: 1e6, Cached: 1e6, Completion: 1e6}} // a token costs one
}

// rows reads a whole annotations file: every line is one of its rows, and no step has two.
func rows(t *testing.T, path string) map[string]distill.Annotation {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := distill.ReadAnnotations(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b, []byte("\n")); n != len(all) || len(b) > 0 && b[len(b)-1] != '\n' {
		t.Errorf("%d lines have %d steps", n, len(all))
	}
	return all
}

// A reasoning is kept where the outcome is predicted from it. The prediction is asked for by
// the prompt of training, with the reasoning and nothing else.
func TestAnnotate(t *testing.T) {
	s, path := endpointtest.New(t), filepath.Join(t.TempDir(), "why.jsonl")
	s.Otherwise = faithful(nil)
	a := distill.Annotator{Teacher: asker(t, s), Workers: 4}
	sum, err := a.Run(t.Context(), marked(), path)
	if err != nil || sum.Annotated != 64 || sum.Kept != 64 || sum.Left != 0 || sum.Usage.Completions != 128 || sum.Usage.Cost == 0 {
		t.Fatalf("%+v, %v", sum, err)
	}
	var cost float64
	for ref, row := range rows(t, path) {
		if cost += row.Usage.Cost; !row.Kept || row.Why != "" || row.SchemaVersion != 1 || row.Usage.Completions != 2 || !strings.Contains(row.Reasoning, "next_state") {
			t.Errorf("%s: %+v", ref, row)
		}
	}
	if cost != sum.Usage.Cost {
		t.Errorf("the rows cost %g, the run %g", cost, sum.Usage.Cost)
	}
	exported, _ := export(t, marked(), distill.ExportOptions{})
	prompts := map[string]bool{}
	for _, e := range exported {
		prompts[e.Prompt[len(e.Prompt)-1].Content] = true
	}
	for _, q := range s.Requests() {
		if before, _, _ := strings.Cut(q.Last(), "\n\nReasoning about this step"); !teaches(q) && !prompts[before] {
			t.Errorf("a prediction is asked for by %q", q.Last())
		}
	}
}

// What is not predicted again, or cannot be read, is written with why it is not kept.
func TestNotKept(t *testing.T) {
	wrong := func(next, reward bool) endpointtest.Reply {
		return faithful(func(_ endpointtest.Request, a *llm.Answer) {
			if next {
				*a.NextState += " Or so."
			}
			if reward {
				a.Reward = 1 - a.Reward
			}
		})
	}
	unread := func(teacher bool) endpointtest.Reply {
		return func(w http.ResponseWriter, r *http.Request, q endpointtest.Request) {
			if teaches(q) == teacher {
				endpointtest.Say("Because.")(w, r, q)
				return
			}
			faithful(nil)(w, r, q)
		}
	}
	for why, reply := range map[distill.Why]endpointtest.Reply{
		distill.WhyState: wrong(true, false), distill.WhyReward: wrong(false, true), distill.WhyBoth: wrong(true, true),
		distill.WhyTeacher: unread(true), distill.WhyCheck: unread(false),
		distill.WhyContext: endpointtest.Status(400, "exceed_context_size_error"),
	} {
		s, path := endpointtest.New(t), filepath.Join(t.TempDir(), "why.jsonl")
		s.Otherwise = reply
		a := distill.Annotator{Teacher: asker(t, s), Limit: 3}
		sum, err := a.Run(t.Context(), marked(), path)
		if err != nil || sum.Annotated != 3 || sum.Kept != 0 || !maps.Equal(sum.Dropped, map[distill.Why]int{why: 3}) {
			t.Errorf("%s: %+v, %v", why, sum, err)
		}
		for ref, row := range rows(t, path) {
			if row.Kept || row.Why != why {
				t.Errorf("%s: %s is %+v", why, ref, row)
			}
		}
	}
}

// Another model may predict.
func TestCheckByAnother(t *testing.T) {
	teacher, check := endpointtest.New(t), endpointtest.New(t)
	teacher.Otherwise, check.Otherwise = faithful(nil), faithful(nil)
	a := distill.Annotator{Teacher: asker(t, teacher), Check: asker(t, check), Splits: []gym.Split{gym.SplitSeen, gym.SplitUnseen}}
	sum, err := a.Run(t.Context(), marked(), filepath.Join(t.TempDir(), "why.jsonl"))
	if err != nil || sum.Kept != 80 || len(teacher.Requests()) != 80 || len(check.Requests()) != 80 {
		t.Errorf("%+v, %v: %d and %d requests", sum, err, len(teacher.Requests()), len(check.Requests()))
	}
	if slices.ContainsFunc(check.Requests(), teaches) {
		t.Error("the model that predicts was told the outcome")
	}
}

// A run goes on where the one before stopped, also after a torn line.
func TestResume(t *testing.T) {
	s, path := endpointtest.New(t), filepath.Join(t.TempDir(), "why.jsonl")
	s.Otherwise = faithful(nil)
	a := distill.Annotator{Teacher: asker(t, s), Workers: 2, Limit: 10}
	sum, err := a.Run(t.Context(), marked(), path)
	if err != nil || sum.Annotated != 10 || sum.Left != 54 {
		t.Fatalf("%+v, %v", sum, err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)-7], 0o600); err != nil {
		t.Fatal(err)
	}
	if some, err := distill.ReadAnnotations(path); err != nil || len(some) != 9 {
		t.Errorf("%d rows are read of a torn file, %v", len(some), err)
	}
	a.Limit = 0
	sum, err = a.Run(t.Context(), marked(), path)
	if err != nil || sum.Earlier != 9 || sum.Annotated != 55 || sum.Left != 0 {
		t.Errorf("%+v, %v", sum, err)
	}
	if n := len(rows(t, path)); n != 64 {
		t.Errorf("%d rows", n)
	}
	asked := len(s.Requests())
	if sum, err = a.Run(t.Context(), marked(), path); err != nil || sum.Annotated != 0 || len(s.Requests()) != asked {
		t.Errorf("with nothing left: %+v, %v", sum, err)
	}
}

func TestForeignFileIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "why.jsonl")
	for _, line := range []string{
		"Dear diary\n", `{"schema_version":2,"ref":"a#0","reasoning":"","kept":true,"why":"","usage":{}}` + "\n", `{"schema_version":1,"ref":"a#0","reasoning":"","kept":false,"why":"","usage":{}}` + "\n",
	} {
		if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		a := distill.Annotator{Teacher: asker(t, endpointtest.New(t))}
		_, err := a.Run(t.Context(), marked(), path)
		if after, _ := os.ReadFile(path); gym.CodeOf(err) != gym.CodeInvalidRequest || string(after) != line {
			t.Errorf("%q: %v, then %q", line, err, after)
		}
	}
}

// The budget ends a run; what is under way is finished.
func TestBudget(t *testing.T) {
	s, path := endpointtest.New(t), filepath.Join(t.TempDir(), "why.jsonl")
	s.Otherwise = faithful(nil)
	one := distill.Annotator{Teacher: asker(t, s), Limit: 1}
	sum, err := one.Run(t.Context(), marked(), path)
	if err != nil {
		t.Fatal(err)
	}
	a := distill.Annotator{Teacher: asker(t, s), Budget: 2.5 * sum.Usage.Cost, Workers: 2}
	sum, err = a.Run(t.Context(), marked(), path)
	if err != nil || sum.Annotated < 2 || sum.Annotated > 5 || sum.Usage.Cost < a.Budget || sum.Left != 63-sum.Annotated {
		t.Errorf("%+v, %v", sum, err)
	}
}

// What came out of the store of answers costs nothing.
func TestStoredAnswersAreFree(t *testing.T) {
	s, folder := endpointtest.New(t), t.TempDir()
	s.Otherwise = faithful(nil)
	store, err := endpoint.OpenStore(t.Context(), filepath.Join(folder, "answers.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	c, err := endpoint.New(endpoint.Options{URL: s.URL, Model: "tiny", Store: store})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a := distill.Annotator{Teacher: distill.Asker{Client: c, Price: llm.Price{Prompt: 1}}, Limit: 4}
	paid, err := a.Run(t.Context(), marked(), filepath.Join(folder, "a.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	free, err := a.Run(t.Context(), marked(), filepath.Join(folder, "b.jsonl"))
	if err != nil || paid.Usage.Cost == 0 || free.Usage.Cost != 0 || free.Kept != 4 {
		t.Errorf("%+v, then %+v, %v", paid, free, err)
	}
}

// An interrupt leaves a file of whole lines, and the next run finishes it.
func TestInterrupt(t *testing.T) {
	s, path := endpointtest.New(t), filepath.Join(t.TempDir(), "why.jsonl")
	ctx, cancel := context.WithCancel(t.Context())
	var asked atomic.Int64
	s.Otherwise = func(w http.ResponseWriter, r *http.Request, q endpointtest.Request) {
		if asked.Add(1) > 21 {
			cancel()
			s.Hang(w, r, q)
			return
		}
		faithful(nil)(w, r, q)
	}
	a := distill.Annotator{Teacher: asker(t, s), Workers: 4}
	sum, err := a.Run(ctx, marked(), path)
	if gym.CodeOf(err) != gym.CodeCanceled || sum.Annotated == 0 || len(rows(t, path)) != sum.Annotated {
		t.Errorf("%+v, %v", sum, err)
	}
	s.Otherwise = faithful(nil)
	if sum, err = a.Run(t.Context(), marked(), path); err != nil || sum.Left != 0 || len(rows(t, path)) != 64 {
		t.Errorf("%+v, %v", sum, err)
	}
}

// An endpoint's error passes with its code; what was annotated stays.
func TestRefused(t *testing.T) {
	s, path := endpointtest.New(t), filepath.Join(t.TempDir(), "why.jsonl")
	for range 6 {
		s.Then(faithful(nil))
	}
	s.Otherwise = endpointtest.Status(401, "no such key")
	var told bytes.Buffer
	a := distill.Annotator{Teacher: asker(t, s), Progress: &told}
	sum, err := a.Run(t.Context(), marked(), path)
	if gym.CodeOf(err) != gym.CodeNotAvailable || sum.Annotated != 3 || len(rows(t, path)) != 3 {
		t.Errorf("%+v, %v", sum, err)
	}
	if !strings.Contains(told.String(), "3 of 64 steps annotated, 3 kept, cost ") {
		t.Errorf("it told %q", told.String())
	}
}
