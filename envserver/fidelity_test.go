package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// command runs a command line and answers what it printed.
func command(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	err = run(t.Context(), args, &out, &errs)
	return out.String(), errs.String(), err
}

// kitchen writes a recording of a small world: two drawers in each of some scenes, one
// of which holds the spoon that wins.
func kitchen(t *testing.T) string { return recordedAs(t, "home/kitchen-v1") }

// recordedAs writes the same as the recording of an environment of that name.
func recordedAs(t *testing.T, env string) string {
	t.Helper()
	var b strings.Builder
	for scene := range 12 {
		for run := range 3 {
			split := []gym.Split{gym.SplitTrain, gym.SplitTrain, gym.SplitSeen}[run]
			if scene >= 9 {
				split = gym.SplitUnseen
			}
			episode := fmt.Sprintf("e%d-%d", scene, run)
			line := func(step int, state, action, next string, reward int) {
				row := experience.Row{
					SchemaVersion: 1, Env: env, Task: fmt.Sprintf("t%d", scene), Scene: fmt.Sprintf("s%d", scene),
					Episode: episode, Step: step, Goal: "find the spoon", State: state, Action: action, NextState: next,
					Split: split, Reward: float64(reward), Terminated: reward == 1,
					Actions: []string{"open drawer 1", "open drawer 2", "take spoon 1"},
				}
				if err := json.NewEncoder(&b).Encode(row); err != nil {
					t.Fatal(err)
				}
			}
			line(0, "There is a drawer 1 and a drawer 2.", "open drawer 1", "The drawer 1 is empty.", 0)
			line(1, "The drawer 1 is empty.", "open drawer 2", "In the drawer 2 is a spoon 1.", 0)
			line(2, "In the drawer 2 is a spoon 1.", "take spoon 1", "You take the spoon 1.", 1)
		}
	}
	file := filepath.Join(t.TempDir(), "kitchen.jsonl")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFidelityFromFile(t *testing.T) {
	plots := filepath.Join(t.TempDir(), "plots")
	stdout, stderr, err := command(t, "fidelity", "--from", kitchen(t), "--json", "--plots", plots, "--sizes", "20")
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Buffer   int                                  `json:"buffer"`
		Models   map[string]map[string]map[string]any `json:"models"`
		ByBuffer []any                                `json:"by_buffer"`
		Ladder   map[string]any                       `json:"ladder"`
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	if report.Buffer != 54 || len(report.ByBuffer) != 2 || len(report.Ladder) != 0 {
		t.Errorf("buffer %d, %d sizes, ladder %v", report.Buffer, len(report.ByBuffer), report.Ladder)
	}
	for _, name := range []string{"analogy", "nearest", "no_change", "common_reward"} {
		seen := report.Models[name]["seen"]
		if seen["steps"] != 27.0 || report.Models[name]["unseen"]["steps"] != 27.0 {
			t.Errorf("%s: %v", name, report.Models[name])
		}
		if exact := seen["exact"]; name == "nearest" && exact != 1.0 {
			t.Errorf("nearest knows every step of a trained scene, but exact is %v", exact)
		}
	}
	if !strings.Contains(stderr, "home.kitchen: 36 episodes") {
		t.Errorf("it does not say what it read: %s", stderr)
	}
	if files, err := os.ReadDir(plots); err != nil || len(files) != 4 {
		t.Errorf("plots: %v, %v", files, err)
	}
}

// With a file's recordings the ladder is played where one says.
func TestFidelityPlaysALadder(t *testing.T) {
	stdout, _, err := command(t, "fidelity", "--from", recordedAs(t, "house/any-v0"), "--ladder", "house/any-v0", "--episodes", "1", "--sizes", "54")
	if err != nil || !strings.Contains(stdout, "ladder, unseen: random actions") {
		t.Errorf("%v: %s", err, stdout)
	}
}

func TestImportThenFidelity(t *testing.T) {
	data := t.TempDir()
	stdout, _, err := command(t, "import", kitchen(t), "--data", data, "--json")
	if err != nil {
		t.Fatal(err)
	}
	var imported importResult
	if err := json.Unmarshal([]byte(stdout), &imported); err != nil {
		t.Fatal(err)
	}
	if imported.Env != "import/home.kitchen-v0" || imported.Episodes != 36 || imported.Steps["unseen"] != 27 || imported.Hashed {
		t.Errorf("import: %+v", imported)
	}
	table, _, err := command(t, "fidelity", "import/home.kitchen-v0", "--data", data)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(table, "import/home.kitchen-v0, buffer of 54 transitions") {
		t.Errorf("fidelity: %s", table)
	}
	f := newFeed(0, nil, nil, zerolog.Nop())
	if err := f.fillImports(data); err != nil {
		t.Fatal(err)
	}
	if n := f.buffer("import/home.kitchen-v0").Snapshot().Len(); n != 54 {
		t.Errorf("a server's buffer of the import holds %d transitions, want those of train, 54", n)
	}
}

func TestFidelityMistakes(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.jsonl")
	if err := os.WriteFile(bad, []byte("{\"schema_version\":1,\"env\":\"kitchen\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"neither", []string{"fidelity"}, "give an environment, or --from FILE"},
		{"both", []string{"fidelity", "house/any-v0", "--from", bad}, "give an environment, or --from FILE"},
		{"a ladder without a file", []string{"fidelity", "house/any-v0", "--ladder", "house/any-v0"}, "--ladder goes with --from"},
		{"a ladder in no environment", []string{"fidelity", "--from", kitchen(t), "--ladder", "moon/any-v0"}, "no environment"},
		{"a ladder in another environment", []string{"fidelity", "--from", kitchen(t), "--ladder", "house/any-v0"}, "has recordings of home.kitchen, not of house/any-v0"},
		{"no such file", []string{"fidelity", "--from", "nowhere.jsonl"}, "nowhere.jsonl"},
		{"a bad row", []string{"fidelity", "--from", bad}, "line 1: task, episode"},
		{"a bad row imported", []string{"import", bad, "--data", t.TempDir()}, "line 1: task, episode"},
		{"unknown environment", []string{"fidelity", "moon/any-v0", "--data", t.TempDir()}, "no environment"},
		{"nothing recorded", []string{"fidelity", "house/any-v0", "--data", t.TempDir()}, "no episodes"},
		{"unknown model", []string{"fidelity", "house/any-v0", "--model", "crystal"}, "analogy"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := command(t, test.args...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v = %v, want %q", test.args, err, test.want)
			}
		})
	}
}
