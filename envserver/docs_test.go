package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus"

	"dreamgym/adapters/chrome"
	"dreamgym/envserver/internal/compat/openenv"
	"dreamgym/envserver/internal/config"
	"dreamgym/envserver/internal/server"
	"dreamgym/envserver/internal/session"
)

// root is the repository's, from this package.
const root = ".."

// documents answers every document by its path from the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(name, ".") || slices.Contains([]string{"data", "out", "node_modules"}, name)):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		path, err = filepath.Rel(root, path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d documents were found", len(all))
	}
	return all
}

var (
	fence   = regexp.MustCompile("(?ms)^ *```[a-z]*\n(.*?)^ *```")
	inline  = regexp.MustCompile("`([^`\n]+)`")
	comment = regexp.MustCompile(`(?m)(^|\s)#.*$`)
)

// code answers what a document shows as code, a line each.
func code(text string) []string {
	var all []string
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		all = append(all, strings.Split(comment.ReplaceAllString(m[1], ""), "\n")...)
	}
	for _, m := range inline.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		all = append(all, m[1])
	}
	return all
}

var commandLine = regexp.MustCompile(`^(?:[A-Z_]+=\S+ +)*(?:bin/)?envserver +([^|&>]+)`)

// TestDocsCommands parses every command line that the documents show.
func TestDocsCommands(t *testing.T) {
	docs := documents(t)
	t.Chdir(t.TempDir())
	t.Setenv("DREAMGYM_TOKEN", "secret")
	n := 0
	for path, text := range docs {
		for _, line := range code(text) {
			m := commandLine.FindStringSubmatch(strings.TrimSpace(line))
			if m == nil || strings.HasPrefix(m[1], "COMMAND") {
				continue
			}
			n++
			if err := parses(t, strings.Fields(m[1])); err != nil {
				t.Errorf("%s: %s: %v", path, line, err)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d command lines were found", n)
	}
}

// parses tells why the program would not take a command line, without running it. Files
// that it names are there; a command may be named without its arguments.
func parses(t *testing.T, args []string) error {
	t.Helper()
	for _, a := range args {
		if !strings.ContainsAny(a, "/-") {
			if err := os.WriteFile(a, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err := config.Parse(new(cli), config.Source{Args: args, Getenv: os.Getenv, Stdout: io.Discard, Stderr: io.Discard, Version: version})
	if errors.Is(err, config.ErrPrinted) || err != nil && strings.Contains(err.Error(), `expected "<`) {
		return nil
	}
	return err
}

// flags lists the names of every command's flags, and the variables that set them.
func flags(t *testing.T) (names, variables map[string]bool) {
	t.Helper()
	parser, err := kong.New(new(cli), kong.Vars{"version": version})
	if err != nil {
		t.Fatal(err)
	}
	names, variables = map[string]bool{"--help": true}, make(map[string]bool)
	err = kong.Visit(parser.Model, func(n kong.Visitable, next kong.Next) error {
		if f, ok := n.(*kong.Flag); ok {
			names["--"+f.Name] = true
			for _, v := range f.Envs {
				variables[v] = true
			}
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, variables
}

var (
	flagUse      = regexp.MustCompile(`^--[a-z][a-z-]*`)
	variableName = regexp.MustCompile(`\bDREAMGYM_[A-Z_]+`)
	metricName   = regexp.MustCompile(`\bdreamgym_[a-z_]+`)
	pythonName   = regexp.MustCompile(`\b(dreamgym|rl)\.([A-Za-z_]+)\b`)
	target       = regexp.MustCompile(`^make ([a-z-]+)`)
	link         = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)
)

// TestDocsNames looks up every flag, variable, metric, make target and public name of the
// Python package that the documents name.
func TestDocsNames(t *testing.T) {
	names, variables := flags(t)
	metrics := metricNames()
	python := pythonSources(t)
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range documents(t) {
		for _, c := range code(text) {
			if f := flagUse.FindString(c); f != "" && !names[f] {
				t.Errorf("%s: no command has the flag %s", path, f)
			}
			if m := target.FindStringSubmatch(c); m != nil && !strings.Contains("\n"+string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s: the Makefile has no target %s", path, m[1])
			}
			for _, m := range pythonName.FindAllStringSubmatch(c, -1) {
				if m[2] != "v" && !isPythonModule(m[2]) && !strings.Contains(python, `"`+m[2]+`"`) {
					t.Errorf("%s: the Python package has no public name %s", path, m[0])
				}
			}
		}
		for _, v := range variableName.FindAllString(text, -1) {
			if !variables[v] && v != "DREAMGYM_" && !strings.Contains(python, v) {
				t.Errorf("%s: nothing reads the variable %s", path, v)
			}
		}
		for _, m := range metricName.FindAllString(text, -1) {
			if !metrics[m] {
				t.Errorf("%s: there is no metric %s", path, m)
			}
		}
	}
}

// TestDocsAreComplete looks for every flag of serve and every metric in operations.md.
func TestDocsAreComplete(t *testing.T) {
	operations := documents(t)["docs/operations.md"]
	for _, name := range slices.Concat(first(settingsOf(config.Server{})), []string{"token", "model-key", "encoder-key"}) {
		if !strings.Contains(operations, "`--"+name+"`") {
			t.Errorf("operations.md does not name the flag --%s", name)
		}
	}
	for name := range metricNames() {
		if !strings.Contains(operations, name) {
			t.Errorf("operations.md does not name the metric %s", name)
		}
	}
}

func first(names []string, _ []any) []string { return names }

var fqName = regexp.MustCompile(`fqName: "(dreamgym_[a-z_]+)"`)

// metricNames lists the server's own metrics.
func metricNames() map[string]bool {
	registry := prometheus.NewRegistry()
	session.NewMetrics(registry)
	newModelMetrics(registry)
	exportBrowsers(registry, new(chrome.Meter))
	server.New(server.Options{Metrics: registry})
	openenv.New(nil, openenv.Options{Metrics: registry})
	descs := make(chan *prometheus.Desc, 1024)
	registry.Describe(descs)
	close(descs)
	names := make(map[string]bool)
	for d := range descs {
		if m := fqName.FindStringSubmatch(d.String()); m != nil {
			names[m[1]] = true
		}
	}
	return names
}

// TestDocsLinks follows every link between documents.
func TestDocsLinks(t *testing.T) {
	for path, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: the link %s leads nowhere", path, m[1])
			}
		}
	}
}

const pythonPackage = root + "/clients/python/src/dreamgym"

// isPythonModule tells whether the package has a module of this name.
func isPythonModule(name string) bool {
	for _, path := range []string{name + ".py", name + "/__init__.py"} {
		if _, err := os.Stat(filepath.Join(pythonPackage, path)); err == nil {
			return true
		}
	}
	return false
}

// pythonSources is the text of the package, and of what builds it.
func pythonSources(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	setup, err := os.ReadFile(filepath.Join(root, "clients/python/setup.py"))
	if err != nil {
		t.Fatal(err)
	}
	b.Write(setup)
	err = filepath.WalkDir(pythonPackage, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".py" {
			return err
		}
		text, err := os.ReadFile(path)
		b.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
