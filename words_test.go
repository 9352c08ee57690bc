package dreamgym_test

import (
	"go/ast"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dreamgym/adapters/chrome/action"
	"dreamgym/adapters/house"
	"dreamgym/adapters/miniwob"
	"dreamgym/envserver/gym"
)

// TestDreamsKnowNoEnvironment looks for the environments' own words in what the
// dreaming side could act on: its string literals. What it knows of wording must come
// from recordings.
func TestDreamsKnowNoEnvironment(t *testing.T) {
	own := vocabulary(t)
	for _, f := range sources(t) {
		if !strings.HasPrefix(f.pkg, "synth/") || f.isTest() {
			continue
		}
		for _, literal := range f.literals() {
			if found := own.in(literal); found != "" {
				t.Errorf("%s has the literal %q, with %q of an environment's own", f.path, literal, found)
			}
		}
	}
}

// TestVocabularyIsTold makes sure that the words that are looked for are there.
func TestVocabularyIsTold(t *testing.T) {
	own := vocabulary(t)
	for _, literal := range []string{
		"countertop", "go to fridge %d", "You arrive at", "nothing happens", "inventory", "click('", "login-user", "fill", "bid", "[%d] button",
	} {
		if own.in(literal) == "" {
			t.Errorf("%q would not be found", literal)
		}
	}
	for _, literal := range []string{"there is no task %d in split %s", "scene", "reward", "the state is empty"} {
		if found := own.in(literal); found != "" {
			t.Errorf("%q is refused for %q", literal, found)
		}
	}
}

// words are an environment's own.
type words struct {
	nouns map[string]bool // anywhere in a literal
	whole map[string]bool // as a whole literal
	runs  map[string]bool // three words in a row
	codes []string        // as a part of a literal
}

var word = regexp.MustCompile(`[a-z]+`)

// in answers what a literal has of the environments' own, "" where it has nothing.
func (w words) in(literal string) string {
	lower := strings.ToLower(literal)
	if w.whole[strings.TrimSpace(lower)] {
		return lower
	}
	all := word.FindAllString(lower, -1)
	for i, one := range all {
		if w.nouns[one] {
			return one
		}
		if i >= 2 && w.runs[strings.Join(all[i-2:i+1], " ")] {
			return strings.Join(all[i-2:i+1], " ")
		}
	}
	for _, code := range w.codes {
		if strings.Contains(lower, code) {
			return code
		}
	}
	return ""
}

// vocabulary derives the words from what the environments say and from their sources.
func vocabulary(t *testing.T) words {
	t.Helper()
	w := words{nouns: make(map[string]bool), whole: make(map[string]bool), runs: make(map[string]bool)}
	w.addHouse(t)
	w.addPages(t)
	return w
}

var numbered = regexp.MustCompile(`\b([a-z]+) [0-9]+\b`)

// addHouse plays a few of every environment's tasks and takes the names of what has a
// number, the verbs, and every three words in a row.
func (w *words) addHouse(t *testing.T) {
	t.Helper()
	registry := gym.NewRegistry()
	if err := house.Register(registry); err != nil {
		t.Fatal(err)
	}
	for _, reg := range registry.All() {
		n, err := reg.Tasks.Len(t.Context(), gym.SplitTrain)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < n; i += 13 {
			task, err := reg.Tasks.At(t.Context(), gym.SplitTrain, i)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range told(t, reg, task) {
				w.addText(strings.ToLower(text))
			}
		}
	}
	w.whole["nothing happens"] = true
}

// told plays a task by its solver and answers everything that was said and done.
func told(t *testing.T, reg gym.Registration, task gym.Task) []string {
	t.Helper()
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: task, Seed: 1})
	texts := slices.Concat([]string{ts.Observation.Goal, ts.Observation.Text}, ts.Observation.Actions)
	for solver := reg.Solver(task); err == nil && !ts.Ended(); {
		ts, err = env.Step(t.Context(), solver.Act(ts))
		texts = append(append(texts, ts.Observation.Text), ts.Observation.Actions...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func (w *words) addText(text string) {
	for _, m := range numbered.FindAllStringSubmatch(text, -1) {
		w.nouns[m[1]] = true
	}
	all := word.FindAllString(text, -1)
	for i := 2; i < len(all); i++ {
		w.runs[strings.Join(all[i-2:i+1], " ")] = true
	}
	if !strings.Contains(text, ".") { // an action
		w.whole[all[0]] = true
	}
}

// addPages takes the pages' names, the names of actions as their parser's error tells
// them, and the roles of elements from the sources that name them.
func (w *words) addPages(t *testing.T) {
	t.Helper()
	registry := gym.NewRegistry()
	suite, err := miniwob.Register(registry, miniwob.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer suite.Close()
	for _, reg := range registry.All() {
		name, _, _ := strings.Cut(strings.TrimPrefix(reg.Spec.ID, "miniwob/"), "-v")
		w.codes = append(w.codes, name)
	}
	for _, name := range actionNames(t) {
		w.whole[name] = true
		w.codes = append(w.codes, name+"(")
	}
	for _, role := range roles(t) {
		w.whole[role] = true
		w.codes = append(w.codes, "] "+role)
	}
	w.whole["bid"] = true
}

// actionNames lists the actions that a page takes, as the parser's error tells them.
func actionNames(t *testing.T) []string {
	t.Helper()
	_, err := action.Parse("nonsense()")
	if err == nil {
		t.Fatal("nonsense is an action")
	}
	_, list, _ := strings.Cut(err.Error(), "there are ")
	names := strings.Split(list, ", ")
	if !slices.Contains(names, "click") || len(names) < 5 {
		t.Fatalf("the error names no actions: %v", err)
	}
	return names
}

var quoted = regexp.MustCompile(`'([a-z]{4,})'`)

// roles lists the roles of elements, as the browser's own source names them.
func roles(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("adapters/chrome/observe.js")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(source), "const roleOfTag")
	table, _, ends := strings.Cut(table, "const roleOf ")
	if !found || !ends {
		t.Fatal("the table of roles is no longer where it was")
	}
	var all []string
	for _, m := range quoted.FindAllStringSubmatch(table, -1) {
		all = append(all, m[1])
	}
	return all
}

// literals lists the file's strings, without those of imports and of field tags.
func (s source) literals() []string {
	apart := make(map[*ast.BasicLit]bool)
	var all []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			apart[n.Path] = true
		case *ast.Field:
			apart[n.Tag] = true
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && !apart[n] {
				all = append(all, text)
			}
		}
		return true
	})
	return all
}
