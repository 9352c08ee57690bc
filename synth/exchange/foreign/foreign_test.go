package foreign

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"dreamgym/envserver/gym"
	"dreamgym/synth/exchange"
	"dreamgym/synth/experience"
)

// file writes a file for one test.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string, o Options) (*experience.Recording, Format) {
	t.Helper()
	rec, f, err := Read(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	return rec, f
}

// refused wants a reading to fail, and to say all of this.
func refused(t *testing.T, path string, o Options, says ...string) {
	t.Helper()
	_, _, err := Read(t.Context(), path, o)
	if gym.CodeOf(err) != gym.CodeInvalidRequest && gym.CodeOf(err) != gym.CodeInvalidConfig {
		t.Fatalf("%v", err)
	}
	for _, part := range says {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

// number is a pointer to a reward.
func number(f float64) *float64 { return &f }

const rowsJSON = `{"env":"farm","task":"t","episode":"e","step":0,"goal":"g","state":"a","action":"x","next_state":"b","reward":0,"terminated":false,"actions":["x"]}
{"env":"farm","task":"t","episode":"e","step":1,"goal":"g","state":"b","action":"y","next_state":"c","reward":1,"terminated":true}
`

// Our own rows are known by what is in them, compressed or not, whatever the file is called.
func TestTransitions(t *testing.T) {
	for _, name := range []string{"rows", "rows.jsonl.gz"} {
		path := file(t, name, "\ufeff"+rowsJSON)
		if strings.HasSuffix(name, "gz") {
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			z := gzip.NewWriter(f)
			z.Write([]byte(rowsJSON))
			z.Close()
			f.Close()
		}
		rec, f := read(t, path, Options{})
		if f != FormatTransitions || len(rec.Episodes) != 1 || len(rec.Episodes[0].Steps) != 2 || rec.Env != "farm" {
			t.Errorf("%s: %s, %+v", name, f, rec)
		}
	}
	if rec, _ := read(t, file(t, "x", rowsJSON), Options{Env: "barn"}); rec.Env != "barn" {
		t.Errorf("%+v", rec)
	}
	refused(t, file(t, "x", strings.Replace(rowsJSON, `"reward":1`, `"reward":"1"`, 1)), Options{}, "line 2: reward is a JSON string")
	refused(t, file(t, "x", "hello\n"), Options{}, "line 1: not a JSON object")
	refused(t, file(t, "x", ""), Options{}, "no rows")
	refused(t, filepath.Join(t.TempDir(), "gone"), Options{}, "no such file")
	refused(t, t.TempDir(), Options{}, "the folder is not known")
	refused(t, file(t, "x", "\x28\xb5\x2f\xfd broken"), Options{}, "cannot be read")
	refused(t, file(t, "x", "\x1f\x8b broken"), Options{}, "cannot be read")
}

// Columns with other names are mapped; what a row does not have follows from the others.
func TestMapped(t *testing.T) {
	path := file(t, "log.jsonl", `{"obs":{"text":"a","n":1},"act":"x","r":0,"run":7,"more":true}
{"obs":{"text":"b"},"act":["y",1],"r":0.5,"run":7,"more":true,"done":1}
`)
	o := Options{Env: "barn", Map: map[string]string{"state": "obs.text", "action": "act", "reward": "r", "episode": "run", "terminated": "done"}}
	rec, f := read(t, path, o)
	want := []experience.Transition{
		{Task: "task", Scene: "task", Episode: "7", State: "a", Action: "x", Next: "b"},
		{Task: "task", Scene: "task", Episode: "7", Step: 1, State: "b", Action: `["y",1]`, Reward: 0.5, Terminated: true},
	}
	if diff := cmp.Diff(want, rec.Episodes[0].Steps); diff != "" || f != FormatJSON || rec.Env != "barn" {
		t.Errorf("%s, %s: %s", f, rec.Env, diff)
	}
	array := file(t, "log.json", `[{"state":"a","action":"x","reward":0,"episode":"e","terminated":true}]`)
	if rec, f := read(t, array, Options{Env: "barn"}); f != FormatJSON || rec.Episodes[0].Steps[0].Action != "x" {
		t.Errorf("%s, %+v", f, rec)
	}
}

func TestMappedRefusals(t *testing.T) {
	refused(t, file(t, "x", `{"obs":"a","act":"x"}`), Options{}, "the file's objects have act, obs", "--map state=COLUMN")
	refused(t, file(t, "x", `{"obs":"a"}`), Options{Map: map[string]string{"sate": "obs"}}, `no field "sate"`, "next_state")
	o := Options{Map: map[string]string{"state": "obs"}}
	refused(t, file(t, "x", `{"obs":"a","reward":"1","terminated":"no","step":0.5,"actions":"x"}`), o,
		"line 1: env is missing", "episode is missing", "action is missing", `reward is 1; it has to be a number`,
		"step is 0.5; it has to be a whole number", "terminated is no; it has to be true or false", "actions is x; it has to be a list")
	o.Env = "barn"
	refused(t, file(t, "x", `{"state":"a","action":"x","reward":0,"episode":"e"}`), o, "line 1: state (column obs) is missing")
	refused(t, file(t, "x", `{"obs":"a","action":"x","reward":0,"episode":"e"}`), o, "line 1: next_state is missing, and no row of episode", "terminated")
	refused(t, file(t, "x", `{"obs":"a","action":"x","reward":0,"episode":"e","terminated":true}{}`), o, "line 1: something follows")
	refused(t, file(t, "x", "{\"obs\":\"a\xff\"}"), o, "line 1: it is not valid UTF-8")
	refused(t, file(t, "x", `[{"obs":"a","action":"x","reward":0,"episode":"e","terminated":true},{"obs":`), o, "item 2: the file is cut off")
	refused(t, file(t, "x", `[{"obs":"a","action":"x","reward":0,"episode":"e","terminated":true}`), o, "the end: the array is not closed")
	refused(t, file(t, "x", `[7]`), Options{Format: FormatJSON}, "item 1: it is not a JSON object")
}

// What has faults can be left out, and the rest is there.
func TestSkipBad(t *testing.T) {
	path := file(t, "x", `{"state":"a","action":"x","reward":0,"episode":"e1","terminated":true}
{"state":"a","action":"x","reward":0,"episode":"e2"}
{"state":"b","action":"x","reward":"much","episode":"e2"}
{"state":"c","action":"x","reward":0,"episode":"e2","terminated":true}
{"state":"a","action":"x","reward":0,"episode":"e3","terminated":true}
`)
	refused(t, path, Options{Env: "barn"}, "line 3: reward is much")
	rec, _ := read(t, path, Options{Env: "barn", SkipBad: true})
	if len(rec.Episodes) != 2 || rec.Skipped.Rows != 1 || rec.Episodes[1].ID != "e3" {
		t.Errorf("%+v", rec)
	}
}

// What cannot be read is taken for a row of the episode under way, and of none after its end.
func TestSkipUnreadable(t *testing.T) {
	path := file(t, "x", `{"state":"a","action":"x","reward":0,"episode":"e1"}
{"state":"b","action":"x","reward":0,"episode":"e1","terminated":true}
{"state":"a","act
{"state":"a","action":"x","reward":0,"episode":"e2"}
{"state":"b","act
{"state":"c","action":"x","reward":0,"episode":"e2","terminated":true}
{"state":"a","action":"x","reward":0,"episode":"e3","terminated":true}
`)
	rec, _ := read(t, path, Options{Env: "barn", SkipBad: true})
	if len(rec.Episodes) != 2 || rec.Episodes[0].ID != "e1" || len(rec.Episodes[0].Steps) != 2 || rec.Episodes[1].ID != "e3" || rec.Skipped.Rows != 2 || rec.Skipped.Episodes != 1 {
		t.Errorf("%+v", rec)
	}
}

// Of a compressed file that is cut off, the episodes before the cut can be had.
func TestSkipCutOff(t *testing.T) {
	var whole bytes.Buffer
	z := gzip.NewWriter(&whole)
	for i := range 3 {
		fmt.Fprintf(z, `{"state":"a","action":"x","reward":0,"episode":"e%d","terminated":true}`+"\n", i)
		z.Flush()
	}
	z.Close()
	path := file(t, "x.gz", whole.String()[:whole.Len()-20])
	refused(t, path, Options{Env: "barn"}, "the file is cut off; what follows is not read")
	if rec, _ := read(t, path, Options{Env: "barn", SkipBad: true}); len(rec.Episodes) == 0 || rec.Skipped.Rows != 1 {
		t.Errorf("%+v", rec)
	}
}

const talk = `[
 {"conversations":[
   {"from":"human","loss":null,"value":"You are in a shop. Answer with Thought and Action."},
   {"from":"gpt","loss":false,"value":"Ok."},
   {"from":"human","loss":null,"value":"Shop [SEP] Instruction: [SEP] Find me a red cup [SEP] Search"},
   {"from":"gpt","loss":true,"value":"Thought:\nI look for it.\n\nAction:\nsearch[red cup]"},
   {"from":"human","loss":null,"value":"Results"},
   {"from":"gpt","loss":true,"value":"Thought: that is it. Action: is next\nAction: click[Buy]</s>"}],
  "item_id":"shop_6"},
 {"conversations":[{"from":"human","value":"Look"},{"from":"gpt","value":"Action: go"}],"item_id":"shop_6","reward":0.25}
]`

func TestActionOf(t *testing.T) {
	for said, want := range map[string]string{
		"Action: go": "go", "Thought: Action: no\n Action:\n go to shelf 1 \n": "go to shelf 1", "I think. Action: go</s>": "go",
		"Thought:\nx\n\nAction:\nsearch[a\nb]": "search[a\nb]", "Ok.": "", "Action:": "", "Action: a\nAction: b": "b",
	} {
		if got, ok := actionOf(said); got != want || ok != (want != "") {
			t.Errorf("%q: %q", said, got)
		}
	}
}

// Conversations of AgentGym become episodes: the agent's turns are the actions.
func TestConversations(t *testing.T) {
	rec, f := read(t, file(t, "traj.json", talk), Options{Reward: number(1)})
	if f != FormatShareGPT || rec.Env != "shop" || len(rec.Episodes) != 2 {
		t.Fatalf("%s, %+v", f, rec)
	}
	first := rec.Episodes[0]
	want := []experience.Transition{
		{Task: "shop_6", Scene: "shop_6", Episode: "shop_6", Goal: "Find me a red cup", State: "Shop [SEP] Instruction: [SEP] Find me a red cup [SEP] Search", Action: "search[red cup]", Next: "Results"},
		{Task: "shop_6", Scene: "shop_6", Episode: "shop_6", Step: 1, Goal: "Find me a red cup", State: "Results", Action: "click[Buy]", Reward: 1, Terminated: true},
	}
	if diff := cmp.Diff(want, first.Steps); diff != "" {
		t.Error(diff)
	}
	if second := rec.Episodes[1]; second.ID != "shop_6.2" || second.Steps[0].Reward != 0.25 || second.Goal != "Look" {
		t.Errorf("%+v", second)
	}
	lines := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(talk, "["), "]"), "\n", " ")
	lines = strings.Replace(lines, "},  {\"conv", "}\n{\"conv", 1)
	if rec, f := read(t, file(t, "traj.jsonl", lines), Options{Reward: number(1)}); f != FormatShareGPT || len(rec.Episodes) != 2 {
		t.Errorf("%s, %+v", f, rec)
	}
}

func TestConversationRefusals(t *testing.T) {
	one := func(rest string) string { return file(t, "x", `[{"item_id":"shop_1",`+rest+`}]`) }
	refused(t, file(t, "x", talk), Options{}, "item 1: it has no reward", "--reward")
	o := Options{Reward: number(1)}
	refused(t, one(`"conversations":null`), o, "item 1: it has no action")
	refused(t, one(`"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"Action: b"},{"from":"human","value":"c"},{"from":"gpt","value":"What?"}]`), o, `turn 4 has no Action: in it, but "What?"`)
	refused(t, one(`"conversations":[{"from":"robot","value":"a"}]`), o, `turn 1 is from "robot"`)
	refused(t, one(`"conversations":[{"from":"human","value":7}]`), o, "conversations.value is a JSON number")
	refused(t, one(`"conversations":[{"from":"gpt","value":"Action: a"}]`), o, "turn 1 acts, and no state comes before it")
	refused(t, one(`"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"Action: b"}],"rewards":[1,2]`), o, "rewards has 2 numbers for 1 actions")
	refused(t, file(t, "x", `[{"conversations":[]}]`), o, "item_id is missing")
}

// What export writes is read back as it was, whatever the format, but for what it cannot tell.
func TestRoundTrips(t *testing.T) {
	rec, _ := read(t, file(t, "x", rowsJSON), Options{})
	rec.Episodes[0].Split = gym.SplitTrain
	all := func(yield func(*exchange.Episode, error) bool) {
		for _, e := range rec.Episodes {
			if !yield(exchange.FromImport(rec, e), nil) {
				return
			}
		}
	}
	for f, want := range map[exchange.Format]Format{
		exchange.FormatTransitions: FormatTransitions, exchange.FormatParquet: FormatParquet, exchange.FormatShareGPT: FormatShareGPT,
	} {
		out := filepath.Join(t.TempDir(), "out")
		if _, err := exchange.Export(t.Context(), all, f, out); err != nil {
			t.Fatal(err)
		}
		again, found := read(t, out, Options{})
		if found != want {
			t.Errorf("%s is taken for %s", f, found)
		}
		want := rec.Episodes
		if f == exchange.FormatShareGPT { // it has no lists of actions
			want = []experience.Episode{want[0]}
			want[0].Steps = append([]experience.Transition{}, want[0].Steps...)
			for i := range want[0].Steps {
				want[0].Steps[i].Actions, want[0].Steps[i].NextActions = nil, nil
			}
		}
		if diff := cmp.Diff(want, again.Episodes); diff != "" {
			t.Errorf("%s: %s", f, diff)
		}
	}
}

// Rows of pandas, with columns of their own names; its NaN is no reward.
func TestParquetOfPandas(t *testing.T) {
	const python = "../../../.venv-exchange/bin/python"
	if _, err := os.Stat(python); err != nil {
		t.Fatal("`make setup-tests` installs the pandas that writes the file")
	}
	folder := t.TempDir()
	script := `import pandas, sys
rows = [{"obs": {"text": "a"}, "act": 1, "r": 0.5, "run": 7, "legal": ["1", "2"], "end": False},
        {"obs": {"text": "b"}, "act": 2, "r": float("nan"), "run": 7, "legal": ["1"], "end": True}]
pandas.DataFrame(rows).to_parquet(sys.argv[1] + "/bad.parquet")
rows[1]["r"] = 1.0
pandas.DataFrame(rows).to_parquet(sys.argv[1] + "/good.parquet")`
	if out, err := exec.CommandContext(t.Context(), python, "-c", script, folder).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	o := Options{Env: "barn", Map: map[string]string{"state": "obs.text", "action": "act", "reward": "r", "episode": "run", "terminated": "end", "actions": "legal"}}
	refused(t, filepath.Join(folder, "bad.parquet"), o, "row 2: reward (column r) is missing")
	rec, f := read(t, filepath.Join(folder, "good.parquet"), o)
	want := []experience.Transition{
		{Task: "task", Scene: "task", Episode: "7", State: "a", Action: "1", Next: "b", Reward: 0.5, Actions: []string{"1", "2"}, NextActions: []string{"1"}},
		{Task: "task", Scene: "task", Episode: "7", Step: 1, State: "b", Action: "2", Reward: 1, Terminated: true, Actions: []string{"1"}},
	}
	if diff := cmp.Diff(want, rec.Episodes[0].Steps); diff != "" || f != FormatParquet {
		t.Errorf("%s: %s", f, diff)
	}
	refused(t, folder, o, "bad.parquet, row 2: reward")
}

// A damaged Parquet file is refused, and no crash.
func TestDamagedParquet(t *testing.T) {
	refused(t, file(t, "x.parquet", "PAR1 and then nothing of it"), Options{}, "damaged")
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	told := 0
	path := file(t, "x", strings.Repeat(`{"state":"a","action":"x","reward":0,"episode":"e"}`+"\n", 2*tellEvery))
	_, _, err := Read(ctx, path, Options{Env: "barn", Rows: func(n int) { told = n; cancel() }})
	if gym.CodeOf(err) != gym.CodeCanceled || told != tellEvery {
		t.Errorf("%v after %d rows", err, told)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{rowsJSON, talk, `{"state":"a","action":"x","reward":0,"episode":"e","terminated":true}`, `[{}]`, "PAR1", "\x1f\x8b", "{\"conversations\":[{}]}", "[[[["} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o := Options{Env: "farm", Reward: number(0)}
		format, err := o.formatOfText(b)
		if err != nil || format == FormatParquet {
			format = FormatJSON
		}
		r := o.reading(t.Context())
		rec, err := r.finish(r.stream(&content{Reader: bufio.NewReader(bytes.NewReader(b))}, format))
		if (err == nil) != (rec != nil && len(rec.Episodes) > 0) {
			t.Errorf("%+v, %v", rec, err)
		}
	})
}
