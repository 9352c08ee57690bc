package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dreamgym/fixtures/openenv"
)

// What OpenEnv's own server plays is recorded as the real side, and then dreamed.
func TestRemoteIsRecordedAndDreamed(t *testing.T) {
	t.Setenv("DREAMGYM_REMOTE_ENV", `{"name":"say","url":"`+openenv.Start(t)+`/say","actions":["red","green","blue"],"rewards":[0,1]}`)
	data, rows := t.TempDir(), filepath.Join(t.TempDir(), "say.jsonl")
	for _, args := range [][]string{
		{"collect", "remote/say-v0", "--episodes", "40", "--policy", "random"},
		{"evaluate", "remote/say-v0", "--backend", "dream", "--policy", "random", "--episodes", "6"},
		{"export", "remote/say-v0", "--out", rows},
	} {
		if stdout, stderr, err := command(t, append(args, "--data", data)...); err != nil {
			t.Fatalf("%v: %v\n%s%s", args, err, stdout, stderr)
		}
	}
	text, err := os.ReadFile(rows)
	if err != nil || strings.Count(string(text), `"reward":1,`) == 0 || strings.Count(string(text), `"step":0,`) != 40 {
		t.Errorf("%s, %v", text, err)
	}
	stdout, stderr, err := command(t, "episodes", "list", "--backend", "dream", "--reason", "terminated", "--data", data)
	if err != nil || !strings.Contains(stdout, "remote/say-v0") {
		t.Errorf("no dreamed episode ended by itself: %s%s, %v", stdout, stderr, err)
	}
}
