package miniwob

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dreamgym/envserver/gym"
)

// A package that is missing is looked for once for all its pages, and again after a while.
func TestMissingPackage(t *testing.T) {
	asked := filepath.Join(t.TempDir(), "asked")
	python := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(python, []byte("#!/bin/sh\necho >> "+asked+"\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := gym.NewRegistry()
	s, err := Register(r, Config{Python: python})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	times := func() int {
		for _, p := range pages() {
			reg, err := r.Find(p.spec().ID)
			if err != nil {
				t.Fatal(err)
			}
			if err := reg.Ready(); gym.CodeOf(err) != gym.CodeNotAvailable {
				t.Fatalf("%s: %v", p.name, err)
			}
		}
		text, err := os.ReadFile(asked)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), "\n")
	}
	if n := times(); n != 1 {
		t.Errorf("Python was asked %d times", n)
	}
	s.site.looked = time.Now().Add(-2 * lookAgain)
	if n := times(); n != 2 {
		t.Errorf("later it was asked %d times in all", n)
	}
}
