package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// episode is one of n steps, whose rewards are 0 but for the last.
func made(name string, split gym.Split, n int) *Episode {
	seed := int64(7)
	e := &Episode{
		Env: "farm", Source: "real", Seed: &seed, Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Episode: experience.Episode{ID: name, Task: "t-" + name, Scene: "s-" + name, Goal: "make tea – ☕", Split: split},
	}
	for i := range n {
		e.Steps = append(e.Steps, experience.Transition{
			Task: e.Task, Scene: e.Scene, Episode: name, Step: i, Goal: e.Goal, State: fmt.Sprint("state ", i), Action: fmt.Sprint("act <", i, ">"),
			Next: fmt.Sprint("state ", i+1), Actions: []string{"wait", fmt.Sprint("act <", i, ">")},
		})
	}
	last := &e.Steps[n-1]
	last.Reward, last.Terminated = 0.5, true
	return e
}

func of(all ...*Episode) Episodes {
	return func(yield func(*Episode, error) bool) {
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func export(t *testing.T, f Format, out string, all ...*Episode) Count {
	t.Helper()
	count, err := Export(t.Context(), of(all...), f, out)
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func sample() []*Episode {
	b := made("e2", gym.SplitUnseen, 2)
	b.Steps[1].Terminated, b.Steps[1].Truncated, b.Model, b.Source, b.Created = false, true, "analogy/3", "dream", time.Time{}
	b.Reasonings = []string{"", "The kettle is hot."}
	b.Steps[1].Actions = nil
	return []*Episode{made("e1", gym.SplitTrain, 3), b}
}

// Transitions that are read and written again are the same to the byte, compressed or not.
func TestTransitionsRoundTrip(t *testing.T) {
	folder := t.TempDir()
	plain, small := filepath.Join(folder, "a.jsonl"), filepath.Join(folder, "a.jsonl.zst")
	want := Count{Episodes: 2, Steps: map[gym.Split]int{gym.SplitTrain: 3, gym.SplitUnseen: 2}}
	for _, out := range []string{plain, small} {
		if count := export(t, FormatTransitions, out, sample()...); !cmp.Equal(count, want) {
			t.Errorf("%+v", count)
		}
	}
	first, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := experience.ReadFile(small)
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := rec.Write(&again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(first), again.String()); diff != "" {
		t.Error(diff)
	}
}

func TestParquet(t *testing.T) {
	out := filepath.Join(t.TempDir(), "ds")
	all := sample()
	export(t, FormatParquet, out, all...)
	rows, err := parquet.ReadFile[Row](filepath.Join(out, "data", "unseen-00000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0].Actions == nil || rows[1].Actions != nil || rows[0].Reasoning != nil || *rows[1].Reasoning != "The kettle is hot." {
		t.Errorf("%+v", rows)
	}
	if r := rows[1]; *r.Model != "analogy/3" || r.Source != "dream" || r.CreatedAt != nil || !r.Truncated || r.Reward != 0.5 || r.NextState != "state 2" {
		t.Errorf("%+v", r)
	}
	card, err := os.ReadFile(filepath.Join(out, "README.md"))
	if err != nil || !strings.Contains(string(card), "- split: unseen\n    path: data/unseen-*.parquet") || strings.Contains(string(card), "split: seen") {
		t.Errorf("%s, %v", card, err)
	}
	_, err = Export(t.Context(), of(all...), FormatParquet, out)
	if gym.CodeOf(err) != gym.CodeInvalidConfig {
		t.Errorf("a folder that is there: %v", err)
	}
}

func TestMessages(t *testing.T) {
	out := filepath.Join(t.TempDir(), "m.jsonl")
	export(t, FormatMessages, out, sample()[1])
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var chat Chat
	var info ChatInfo
	if err := errors.Join(json.Unmarshal(text, &chat), json.Unmarshal([]byte(chat.Info), &info)); err != nil {
		t.Fatal(err)
	}
	want := []Message{
		{"user", "make tea – ☕\n\nstate 0"}, {"assistant", "act <0>"}, {"user", "state 1"}, {"assistant", "act <1>"}, {"user", "state 2"},
	}
	if !cmp.Equal(chat.Messages, want) || chat.Task != "t-e2" || chat.Reward != 0.5 {
		t.Errorf("%+v", chat)
	}
	if !cmp.Equal(info.Rewards, []Number{0, 0.5}) || !info.Truncated || info.Terminated || *info.Seed != 7 {
		t.Errorf("%+v", info)
	}
	if !strings.Contains(chat.Info, `"rewards":[0.0,0.5]`) {
		t.Errorf("a whole reward is written as a whole number: %s", chat.Info)
	}
}

func TestShareGPT(t *testing.T) {
	out := filepath.Join(t.TempDir(), "s.json")
	export(t, FormatShareGPT, out, sample()...)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var all []Conversation
	if err := json.Unmarshal(text, &all); err != nil || len(all) != 2 {
		t.Fatalf("%s, %v", text, err)
	}
	c := all[1]
	var shape []string
	for _, turn := range c.Conversations {
		loss := "null"
		if turn.Loss != nil {
			loss = fmt.Sprint(*turn.Loss)
		}
		shape = append(shape, turn.From+" "+loss)
	}
	if got := strings.Join(shape, ", "); got != "human null, gpt false, human null, gpt true, human null, gpt true" {
		t.Error(got)
	}
	if v := c.Conversations[5].Value; v != "Thought:\nThe kettle is hot.\n\nAction:\nact <1>" {
		t.Errorf("%q", v)
	}
	if c.ItemID != "farm_1" || c.Last != "state 2" || c.Reward != 0.5 {
		t.Errorf("%+v", c)
	}
}

// What fails, is empty or is interrupted leaves an earlier export as it was, and nothing beside it.
func TestExportIsWholeOrNotAtAll(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	broken := func(yield func(*Episode, error) bool) {
		if yield(made("e1", gym.SplitTrain, 2), nil) {
			yield(nil, io.ErrUnexpectedEOF)
		}
	}
	for _, f := range []Format{FormatTransitions, FormatParquet, FormatMessages, FormatShareGPT} {
		folder := t.TempDir()
		out := filepath.Join(folder, "out")
		if f != FormatParquet {
			export(t, f, out, made("before", gym.SplitTrain, 1))
		}
		before, _ := os.ReadFile(out)
		for name, try := range map[string]func() error{
			"fails":       func() error { _, err := Export(t.Context(), broken, f, out); return err },
			"empty":       func() error { _, err := Export(t.Context(), of(), f, out); return err },
			"interrupted": func() error { _, err := Export(canceled, of(sample()...), f, out); return err },
		} {
			if err := try(); err == nil {
				t.Errorf("%s, %s: no error", f, name)
			}
			after, _ := os.ReadFile(out)
			left, err := os.ReadDir(folder)
			if err != nil || !bytes.Equal(before, after) || len(left) > 1 || f == FormatParquet && len(left) > 0 {
				t.Errorf("%s, %s: %v are there, %v", f, name, left, err)
			}
		}
	}
}

// Memory does not grow with the number of episodes: 250 MB pass through far less.
func TestMemoryIsBounded(t *testing.T) {
	const steps, episodes, most = 64, 60, 100 << 20
	long := strings.Repeat("a state of sixty-four thousand characters ", 1560)
	for _, f := range []Format{FormatTransitions, FormatParquet, FormatMessages, FormatShareGPT} {
		var peak uint64
		all := func(yield func(*Episode, error) bool) {
			for i := range episodes {
				e := made(fmt.Sprint("e", i), gym.SplitTrain, steps)
				for j := range e.Steps {
					e.Steps[j].State = fmt.Sprint(i, j, long)
				}
				if !yield(e, nil) {
					return
				}
				if i%10 != 9 {
					continue
				}
				var m runtime.MemStats
				runtime.GC() // what is garbage is not held
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
		}
		if _, err := Export(t.Context(), all, f, filepath.Join(t.TempDir(), "out")); err != nil {
			t.Fatal(err)
		}
		if peak > most {
			t.Errorf("%s: %d MB at most", f, peak>>20)
		}
	}
}
