package dreamgym_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write "+noticesFile+" anew")

const (
	noticesFile  = "THIRD_PARTY_NOTICES.txt"
	noticesAbout = `Third-party notices
===================

The envserver binary links the Go modules below. This file is made of their own licence files:

    go test . -run Notices -update

The Go standard library and runtime are under the licence of the Go project (BSD-3-Clause, https://go.dev/LICENSE).

The Python package brings nothing along: pip installs what it depends on, each under its own licence: gymnasium (MIT),
msgpack (Apache-2.0), numpy (BSD-3-Clause and others), websockets (BSD-3-Clause).

Used where they are installed, and never copied: the pages of the Python package miniwob (MIT), and Chromium
(BSD-3-Clause and others).
`
)

// TestNotices keeps the notices those of what the binary links.
func TestNotices(t *testing.T) {
	if _, err := os.ReadFile("go.mod"); err != nil { // a change of it must not be answered from the cache
		t.Fatal(err)
	}
	var want bytes.Buffer
	want.WriteString(noticesAbout)
	for _, m := range linkedModules(t) {
		if err := m.write(&want); err != nil {
			t.Fatal(err)
		}
	}
	if *update {
		if err := os.WriteFile(noticesFile, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(noticesFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want.Bytes()) {
		t.Errorf("%s is not of the modules that envserver links; write it anew: go test . -run Notices -update", noticesFile)
	}
}

// linkedModule is a module that the binary links.
type linkedModule struct {
	Path, Version, Dir string
	Main               bool
}

// linkedModules lists them in order of path, as a build for Linux links them.
func linkedModules(t *testing.T) []linkedModule {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=Module", "./envserver")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []linkedModule
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg struct{ Module *linkedModule }
		if err := d.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if m := pkg.Module; m != nil && !m.Main && !slices.Contains(all, *m) {
			all = append(all, *m)
		}
	}
	slices.SortFunc(all, func(a, b linkedModule) int { return strings.Compare(a.Path, b.Path) })
	return all
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)(\b|[-_.])`)

// write prints the module's licence files; a module without one is an error.
func (m linkedModule) write(w io.Writer) error {
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return err
	}
	found := false
	for _, e := range entries {
		if e.IsDir() || !licenceFile.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
		if err != nil {
			return err
		}
		found = true
		body := strings.ReplaceAll(strings.TrimSpace(string(text)), "\r\n", "\n")
		fmt.Fprintf(w, "\n\n%s\n%s %s: %s\n\n%s\n", strings.Repeat("-", 80), m.Path, m.Version, e.Name(), body)
	}
	if !found {
		return fmt.Errorf("%s %s has no licence file", m.Path, m.Version)
	}
	return nil
}
