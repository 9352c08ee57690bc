package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
)

// TestWrongDeclarationFirst wants a declaration that cannot be read to be told before any
// Python is started for the others.
func TestWrongDeclarationFirst(t *testing.T) {
	dir := t.TempDir()
	python, started := filepath.Join(dir, "python3"), filepath.Join(dir, "started")
	if err := os.WriteFile(python, []byte("#!/bin/sh\ntouch "+started+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for declared, want := range map[string]gym.Code{`{"id": "Taxi-v4", "observe": "all"}`: gym.CodeInvalidConfig, "Taxi-v4": ""} {
		s := config.Server{Python: python, PythonEnv: []string{"CartPole-v1", declared}}
		hosted, err := registerHosted(gym.NewRegistry(), s, zerolog.Nop())
		if err := hosted.Close(); err != nil {
			t.Fatal(err)
		}
		_, missing := os.Stat(started)
		if gym.CodeOf(err) != want || (missing == nil) != (want == "") {
			t.Errorf("%s: %v; Python was started: %t", declared, err, missing == nil)
		}
		os.Remove(started)
	}
}
