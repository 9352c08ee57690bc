package experience

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/gym"
)

// row is a valid row of episode e1 with some fields replaced, "" leaving a field out.
func row(fields ...string) string {
	values := map[string]string{
		"env": `"farm"`, "task": `"t1"`, "episode": `"e1"`, "step": `0`, "goal": `"tea"`, "state": `"cold"`,
		"action": `"heat water"`, "next_state": `"hot"`, "reward": `0`, "terminated": `false`,
	}
	for i := 0; i < len(fields); i += 2 {
		values[fields[i]] = fields[i+1]
	}
	var parts []string
	for _, name := range strings.Split(rowFields+", extra", ", ") {
		if v, ok := values[name]; ok && v != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", name, v))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func TestReadNamesBadRows(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  []string
	}{
		{"empty", nil, []string{"no rows"}},
		{"not JSON", []string{"tea"}, []string{"line 1: not a JSON object"}},
		{"an array", []string{"[]"}, []string{"line 1: not a JSON object"}},
		{"cut off", []string{row()[:20]}, []string{"line 1: not a JSON object"}},
		{"two rows on a line", []string{row() + row()}, []string{"line 1: something follows"}},
		{"unknown field", []string{row("extra", "1")}, []string{`line 1: the field "extra" is unknown`, "next_state"}},
		{"missing", []string{row("reward", "", "goal", "")}, []string{"line 1: goal, reward missing"}},
		{"null", []string{row("state", "null")}, []string{"line 1: state missing"}},
		{"wrong type", []string{row("reward", `"1"`)}, []string{"line 1: reward is a JSON string", "float64"}},
		{"fraction of a step", []string{row("step", "0.5")}, []string{"line 1: step is a JSON number 0.5"}},
		{"reward out of range", []string{row("reward", "1e999")}, []string{"line 1: reward"}},
		{"not UTF-8", []string{row("state", "\"\xff\"")}, []string{"line 1: the row is not valid UTF-8"}},
		{"version", []string{row("schema_version", "2")}, []string{"line 1: schema_version is 2; this version reads 1"}},
		{"env", []string{row("env", `"my farm"`)}, []string{`line 1: env "my farm" is no name`}},
		{"parent folder as env", []string{row("env", `"../x"`), row("env", `"..-v1"`)}, []string{`line 1: env "../x" is no name`, `line 2: env "..-v1" is no name`}},
		{"split", []string{row("split", `"test"`)}, []string{`line 1: split is "test"; it is train, seen or unseen`}},
		{"empty task", []string{row("task", `""`)}, []string{"line 1: task, scene and episode cannot be empty"}},
		{"empty action", []string{row("action", `" "`)}, []string{"line 1: the action is empty"}},
		{"empty admissible action", []string{row("actions", `["a",null]`)}, []string{"line 1: actions holds an empty action"}},
		{"both ends", []string{row("terminated", "true", "truncated", "true")}, []string{"line 1: a step cannot be both"}},
		{"two environments", []string{row(), row("env", `"cellar"`, "step", "1")}, []string{`line 2: env is "cellar" but the rows before have "farm"`}},
		{"some splits", []string{row(), row("split", `"train"`, "step", "1")}, []string{"line 2: either every row has a split or none"}},
		{"first step", []string{row("step", "1")}, []string{`line 1: step is 1 but 0 comes first in episode "e1"`}},
		{"repeated step", []string{row(), row()}, []string{"line 2: step is 0 but 1 comes next"}},
		{"task changes", []string{row(), row("step", "1", "task", `"t2"`)}, []string{`line 2: episode "e1" began on line 1 with task "t1"`}},
		{"after the end", []string{row("terminated", "true"), row("step", "1")}, []string{`line 2: episode "e1" has ended before this row`}},
		{"every bad row", []string{row(), "x", row("step", "7")}, []string{"line 2: ", "line 3: "}},
		{"unseen task in train", []string{
			row("split", `"train"`, "scene", `"s1"`),
			row("split", `"unseen"`, "scene", `"s2"`, "episode", `"e2"`),
		}, []string{`line 2: task "t1" is in train`}},
		{"unseen scene in train", []string{
			row("split", `"unseen"`, "task", `"t2"`, "scene", `"s"`),
			row("split", `"train"`, "scene", `"s"`, "episode", `"e2"`),
		}, []string{`line 1: scene "s" is in train`}},
		{"too many faults", strings.Split(strings.Repeat("x\n", 30), "\n"), []string{"line 10: "}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(strings.Join(test.lines, "\n")))
			if gym.CodeOf(err) != gym.CodeInvalidRequest {
				t.Fatalf("Read = %v, want %s", err, gym.CodeInvalidRequest)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Read = %v\nwant it to say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "line 11") {
				t.Errorf("Read names more rows than %d: %v", maxFaults, err)
			}
		})
	}
}

// A fault is named once: not again with every row that comes after it.
func TestReadNamesAFaultOnce(t *testing.T) {
	steps := func(from, to int) (all []string) {
		for i := from; i <= to; i++ {
			all = append(all, row("step", fmt.Sprint(i)))
		}
		return all
	}
	for name, test := range map[string]struct {
		lines []string
		want  string
	}{
		"a row that cannot be read": {append([]string{row(), "x"}, steps(2, 6)...), "line 2"},
		"the first row is missing":  {steps(1, 5), "line 1"},
		"a row is missing":          {append(steps(0, 2), steps(4, 8)...), "line 4"},
		"rows after the end":        {append([]string{row("terminated", "true")}, steps(1, 5)...), "line 2"},
	} {
		_, err := Read(strings.NewReader(strings.Join(test.lines, "\n")))
		if err == nil || !strings.HasPrefix(err.(*gym.Error).Msg, test.want+":") || strings.Count(err.Error(), "line ") != 1 {
			t.Errorf("%s: Read = %v, want %s alone to be named", name, err, test.want)
		}
	}
}

func TestReadSkipsAByteOrderMark(t *testing.T) {
	if rec, err := Read(strings.NewReader("\ufeff" + row("terminated", "true"))); err != nil || len(rec.Episodes) != 1 {
		t.Errorf("Read = %v, %v", rec, err)
	}
}

func TestReadLongLine(t *testing.T) {
	long := row("state", `"`+strings.Repeat("x", maxLine)+`"`)
	_, err := Read(strings.NewReader(row() + "\n" + long))
	if err == nil || !strings.Contains(err.Error(), "line 2: the row has more than") {
		t.Fatalf("Read = %v, want the second line named", err)
	}
}

func TestReadFillsWhatIsAbsent(t *testing.T) {
	rec, err := Read(strings.NewReader(strings.Join([]string{
		row("env", `"home/farm-v2"`, "split", `"train"`, "actions", `["heat water"]`),
		"",
		row("env", `"home/farm-v2"`, "split", `"train"`, "step", "1", "state", `"hot"`, "action", `"pour"`, "actions", `["pour","wait"]`, "terminated", "true", "reward", "0.5"),
	}, "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	want := &Recording{Env: "home.farm", Episodes: []Episode{{
		ID: "e1", Task: "t1", Scene: "t1", Goal: "tea", Split: gym.SplitTrain, Steps: []Transition{
			{Task: "t1", Scene: "t1", Episode: "e1", Goal: "tea", State: "cold", Action: "heat water", Next: "hot",
				Actions: []string{"heat water"}, NextActions: []string{"pour", "wait"}},
			{Task: "t1", Scene: "t1", Episode: "e1", Goal: "tea", Step: 1, State: "hot", Action: "pour", Next: "hot",
				Actions: []string{"pour", "wait"}, Reward: 0.5, Terminated: true},
		},
	}}}
	if diff := cmp.Diff(want, rec); diff != "" {
		t.Errorf("Read (-want +got):\n%s", diff)
	}
	wantSpec := gym.Spec{ID: "import/home.farm-v0", Description: "imported: 1 recorded episodes", MaxSteps: 2, Rewards: []float64{0, 0.5}, ListsActions: true, DreamOnly: true}
	if diff := cmp.Diff(wantSpec, rec.Spec()); diff != "" {
		t.Errorf("Spec (-want +got):\n%s", diff)
	}
}

// Logs of several tasks may number their episodes alike.
func TestEpisodesOfOneName(t *testing.T) {
	rec, err := Read(strings.NewReader(strings.Join([]string{
		row("split", `"train"`), row("split", `"train"`, "task", `"t2"`), row("split", `"seen"`), row("split", `"train"`, "step", "1"),
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	ids := make(map[string]int)
	for _, e := range rec.Episodes {
		ids[e.Steps[0].Episode] = len(e.Steps)
	}
	want := map[string]int{"train/t1/t1/e1": 2, "train/t2/t2/e1": 1, "seen/t1/t1/e1": 1}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("episodes (-want +got):\n%s", diff)
	}
	if n := rec.Buffer().Snapshot().Len(); n != 3 {
		t.Errorf("the buffer holds %d transitions, want 3", n)
	}
}

// recording has n scenes with four episodes of one task each.
func recording(t *testing.T, scenes int, sharedTask bool) *Recording {
	t.Helper()
	var b strings.Builder
	for s := range scenes {
		for e := range 4 {
			task := fmt.Sprintf(`"t%d"`, s)
			if sharedTask {
				task = `"t"`
			}
			fmt.Fprintln(&b, row("task", task, "scene", fmt.Sprintf(`"s%d"`, s), "episode", fmt.Sprintf(`"e%d-%d"`, s, e)))
		}
	}
	rec, err := Read(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestHashedSplit(t *testing.T) {
	rec := recording(t, 200, false)
	trained := make(map[string]bool)
	for _, e := range rec.Of(gym.SplitTrain) {
		trained[e.Scene] = true
	}
	for _, e := range rec.Of(gym.SplitUnseen) {
		if trained[e.Scene] {
			t.Errorf("scene %s is in train and in unseen", e.Scene)
		}
	}
	for _, e := range rec.Of(gym.SplitSeen) {
		if !trained[e.Scene] {
			t.Errorf("scene %s is in seen but not in train", e.Scene)
		}
	}
	between := func(what string, got, low, high int) {
		if got < low || got > high {
			t.Errorf("%s: %d, want %d to %d", what, got, low, high)
		}
	}
	between("unseen episodes of 800", len(rec.Of(gym.SplitUnseen)), 100, 230)
	between("seen episodes of about 640", len(rec.Of(gym.SplitSeen)), 35, 100)
	if !strings.Contains(rec.Describe(), "No row names a split") {
		t.Errorf("Describe = %q does not say that a hash split it", rec.Describe())
	}
}

func TestHashedSplitNeverEmptiesTrain(t *testing.T) {
	for scenes := 1; scenes <= 12; scenes++ {
		for _, shared := range []bool{false, true} {
			rec := recording(t, scenes, shared)
			if len(rec.Of(gym.SplitTrain)) == 0 {
				t.Errorf("%d scenes, shared task %t: train is empty", scenes, shared)
			}
			if shared && len(rec.Of(gym.SplitUnseen)) > 0 {
				t.Errorf("%d scenes share one task and some are unseen", scenes)
			}
		}
	}
}

func TestImports(t *testing.T) {
	rec := recording(t, 30, false)
	folder := filepath.Join(t.TempDir(), "imports")
	if none, err := LoadImports(folder); err != nil || len(none) != 0 {
		t.Fatalf("LoadImports of no folder = %v, %v", none, err)
	}
	for range 2 { // the second takes the first one's place
		if err := rec.Save(folder); err != nil {
			t.Fatal(err)
		}
	}
	all, err := LoadImports(folder)
	if err != nil || len(all) != 1 {
		t.Fatalf("LoadImports = %d recordings, %v; want one", len(all), err)
	}
	rec.Hashed = false // the saved rows name their splits
	if diff := cmp.Diff(rec, all[0]); diff != "" {
		t.Errorf("saved and loaded (-want +got):\n%s", diff)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v; want the import alone", left, err)
	}
}

func TestImportedTasks(t *testing.T) {
	rec := recording(t, 30, false)
	reg := rec.Registration()
	total := 0
	for _, split := range gym.Splits() {
		n, err := reg.Tasks.Len(t.Context(), split)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			task, err := reg.Tasks.At(t.Context(), split, i)
			if err != nil || task.Split != split || task.Start == nil || task.Start.Text != "cold" {
				t.Fatalf("At(%s, %d) = %+v, %v", split, i, task, err)
			}
			if found, err := reg.Tasks.Find(t.Context(), task.ID); err != nil || found.ID != task.ID {
				t.Fatalf("Find(%s) = %+v, %v", task.ID, found, err)
			}
		}
		if _, err := reg.Tasks.At(t.Context(), split, n); gym.CodeOf(err) != gym.CodeUnknownTask {
			t.Errorf("At(%s, %d) = %v, want %s", split, n, err, gym.CodeUnknownTask)
		}
		total += n
	}
	if total != 30 {
		t.Errorf("the splits have %d tasks, want 30", total)
	}
	if _, err := reg.Tasks.Find(t.Context(), "none"); gym.CodeOf(err) != gym.CodeUnknownTask {
		t.Errorf("Find(none) = %v, want %s", err, gym.CodeUnknownTask)
	}
}

// FuzzRead feeds anything in; what is read has to survive being written.
func FuzzRead(f *testing.F) {
	f.Add([]byte(row() + "\n" + row("step", "1", "actions", `["a"]`, "truncated", "true")))
	f.Add([]byte(row("split", `"unseen"`, "scene", `"s"`)))
	f.Add([]byte(`{"env":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := rec.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&b)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		rec.Hashed = false
		if diff := cmp.Diff(rec, again); diff != "" {
			t.Errorf("read again (-want +got):\n%s", diff)
		}
	})
}
