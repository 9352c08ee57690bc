package exchange

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// loader is the Python with the packages that exported files are for.
const loader = "../../.venv-exchange/bin/python"

// What is written loads in datasets and pandas, with the types and values that it had.
func TestLoadsInPython(t *testing.T) {
	if _, err := os.Stat(loader); err != nil {
		t.Fatal("`make setup-tests` installs the packages that this loads files with")
	}
	folder := t.TempDir()
	for name, f := range map[string]Format{
		"ds": FormatParquet, "messages.jsonl": FormatMessages, "sharegpt.json": FormatShareGPT, "transitions.jsonl.zst": FormatTransitions,
	} {
		export(t, f, filepath.Join(folder, name), sample()...)
	}
	cmd := exec.CommandContext(t.Context(), loader, "testdata/load.py", folder)
	cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1", "HF_HOME="+t.TempDir())
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Splits     map[string]int
		Columns    []string
		Rows       []map[string]any
		Kinds      map[string]string
		Returns    float64
		Messages   [][]Message
		Infos      []ChatInfo
		RewardType []string `json:"reward_type"`
		Talks      [][]Turn
		Compressed int
	}
	if err := json.Unmarshal(out, &got, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	wantColumns := []string{
		"schema_version", "env", "split", "task", "scene", "episode", "step", "goal", "state", "action", "next_state", "reward",
		"terminated", "truncated", "actions", "reasoning", "source", "model", "created_at",
	}
	if diff := cmp.Diff(wantColumns, got.Columns); diff != "" {
		t.Error(diff)
	}
	if !cmp.Equal(got.Splits, map[string]int{"train": 3, "unseen": 2}) || got.Returns != 1 || got.Compressed != 5 {
		t.Errorf("splits %v, returns %v, compressed %d", got.Splits, got.Returns, got.Compressed)
	}
	wantKinds := map[string]string{"step": "int64", "reward": "float64", "terminated": "bool", "created_at": "datetime64[ms, UTC]"}
	if diff := cmp.Diff(wantKinds, got.Kinds); diff != "" {
		t.Error(diff)
	}
	wantLast := map[string]any{
		"schema_version": 1.0, "env": "farm", "split": "unseen", "task": "t-e2", "scene": "s-e2", "episode": "e2", "step": 1.0,
		"goal": "make tea – ☕", "state": "state 1", "action": "act <1>", "next_state": "state 2", "reward": 0.5, "terminated": false,
		"truncated": true, "actions": nil, "reasoning": "The kettle is hot.", "source": "dream", "model": "analogy/3", "created_at": nil,
	}
	if diff := cmp.Diff(wantLast, got.Rows[4]); diff != "" {
		t.Error(diff)
	}
	if !cmp.Equal(got.Rows[0]["actions"], []any{"wait", "act <0>"}) || got.Rows[0]["created_at"] != "2026-01-02 03:04:05+00:00" {
		t.Errorf("%v", got.Rows[0])
	}
	if len(got.Messages) != 2 || len(got.Messages[0]) != 7 || len(got.Talks[0]) != 8 || !got.Infos[1].Truncated {
		t.Errorf("%v\n%v\n%v", got.Messages, got.Talks, got.Infos)
	}
	if !cmp.Equal(got.RewardType, []string{"Value('float64')", "List(Value('float64'))"}) {
		t.Errorf("rewards are %v", got.RewardType)
	}
}
