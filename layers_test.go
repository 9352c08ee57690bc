package dreamgym_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "dreamgym"

// A layer says which packages of this module a package may import, and why.
type layer struct {
	imports []string // a name ending in /... stands for a folder
	reason  string
}

// layers has a row for every package of the module. It binds what is built; tests may
// import more, see mayImport.
func layers() map[string]layer {
	const contract = "envserver/gym"
	return map[string]layer{
		".":                                  {nil, "the module's own tests; nothing is built from it"},
		contract:                             {nil, "the contract is a leaf: an environment or a learner needs nothing else to be one"},
		contract + "/gymtest":                {[]string{contract}, "any adapter's tests may import it, also outside this module"},
		"envserver/wire":                     {[]string{contract}, "the protocol can be spoken without a server"},
		"envserver/episode":                  {[]string{contract, "envserver/wire"}, "what happened is recorded as it was sent"},
		"envserver":                          {[]string{"..."}, "main puts everything together"},
		"clients/go":                         {[]string{contract, "envserver/wire"}, "a client knows the protocol, not the server"},
		"adapters/house":                     {[]string{contract}, "a real environment knows the contract alone"},
		"adapters/chrome":                    {[]string{contract, "adapters/chrome/action"}, "a browser for adapters, not an environment"},
		"adapters/miniwob":                   {[]string{contract, "adapters/chrome", "adapters/chrome/action"}, "the pages are played in a browser"},
		"adapters/sites":                     {[]string{contract, "adapters/chrome", "adapters/chrome/action", "adapters/sites/internal/...", "fixtures/sites", "fixtures/sites/..."}, "the sites are played in a browser, and judged by their state"},
		"adapters/sites/internal/task":       {[]string{contract, "adapters/chrome", "adapters/chrome/action", "fixtures/sites"}, "what tasks are made of, whatever the site; they are judged by what a browser was told"},
		"adapters/sites/internal/arena":      {[]string{contract, "adapters/chrome", "adapters/sites/internal/task"}, "tasks in WebArena's format, whatever the sites have; they are judged by what a browser was told"},
		"adapters/sites/internal/admintasks": {[]string{contract, "adapters/sites/internal/task", "fixtures/sites", "fixtures/sites/admin", "fixtures/sites/shop"}, "the tasks of a site know no other but what it stands on"},
		"adapters/sites/internal/crosstasks": {[]string{"adapters/sites/internal/...", "fixtures/sites/..."}, "tasks over several sites go through the tasks of each"},
		"adapters/sites/internal/codetasks":  {[]string{contract, "adapters/sites/internal/task", "fixtures/sites", "fixtures/sites/code"}, "the tasks of a site know no other"},
		"adapters/sites/internal/shoptasks":  {[]string{contract, "adapters/sites/internal/task", "fixtures/sites", "fixtures/sites/shop"}, "the tasks of a site know no other"},
		"fixtures/sites":                     {nil, "web applications that know nothing of environments; a person can use them"},
		"fixtures/sites/admin":               {[]string{"fixtures/sites", "fixtures/sites/shop"}, "the shop's back office stands on the shop's state"},
		"fixtures/sites/code":                {[]string{"fixtures/sites"}, "a site stands on the frame, and on no other site"},
		"fixtures/sites/shop":                {[]string{"fixtures/sites"}, "a site stands on the frame, and on no other site"},
		"adapters/sites/internal/forumtasks": {[]string{contract, "adapters/sites/internal/task", "fixtures/sites", "fixtures/sites/forum"}, "the tasks of a site know no other"},
		"fixtures/sites/forum":               {[]string{"fixtures/sites"}, "a site stands on the frame, and on no other site"},
		"fixtures/sites/sitestest":           {[]string{"fixtures/sites", "adapters/chrome"}, "what the tests of sites share: any site, and a browser to look at it"},
		"adapters/python":                    {[]string{contract}, "hosted environments are played in processes of Python, not in a browser"},
		"adapters/remote":                    {[]string{contract}, "environments of other servers are reached by their protocol alone"},
		"synth/experience":                   {[]string{contract, "envserver/episode"}, "what was recorded becomes experience"},
		"synth/model":                        {[]string{contract, "synth/experience"}, "what an experience model is"},
		"synth/model/analogy":                {[]string{contract, "synth/experience", "synth/model", "synth/model/numeric"}, "a model sees transitions, and nothing that made them"},
		"synth/model/numeric":                {[]string{contract, "synth/experience", "synth/model"}, "the part of the embedded model for states that are numbers"},
		"synth/endpoint":                     {[]string{contract}, "a client for language models, whatever they are asked"},
		"synth/endpoint/endpointtest":        {nil, "an endpoint for tests, whoever's"},
		"synth/model/llm":                    {[]string{contract, "synth/endpoint", "synth/experience", "synth/model"}, "a model behind an endpoint; the embedded one that holds it to the recordings comes in through the contract"},
		"synth/model/ensemble":               {[]string{"synth/experience", "synth/model"}, "models know each other by their contract"},
		"synth/model/baseline":               {[]string{contract, "synth/experience", "synth/model"}, "models see transitions alone"},
		"synth/dream":                        {[]string{contract, "synth/experience", "synth/model"}, "an Env over any model"},
		"synth/fidelity/judge":               {[]string{contract, "synth/endpoint", "synth/experience", "synth/fidelity", "synth/model"}, "another measure of the same predictions"},
		"synth/distill":                      {[]string{contract, "synth/endpoint", "synth/experience", "synth/model/llm"}, "training data has the prompts that llm dreams with"},
		"synth/exchange":                     {[]string{contract, "envserver/episode", "synth/experience"}, "episodes in the formats of other programs"},
		"synth/exchange/foreign":             {[]string{contract, "synth/experience"}, "files of other programs become recordings"},
		"synth/fidelity":                     {[]string{contract, "synth/dream", "synth/experience", "synth/model"}, "any model is measured alike"},

		"adapters/chrome/action":     {nil, "a parser, tried without a browser"},
		"envserver/internal/config":  {[]string{contract, "envserver/wire", "envserver/episode"}, "settings have the types of what they set"},
		"envserver/internal/echo":    {[]string{contract}, "an environment like any other"},
		"envserver/internal/backend": {[]string{contract, "envserver/episode"}, "chooses what plays; dreams come in through an interface"},
		"envserver/internal/conns":   {[]string{contract}, "which connections there are, of whatever protocol"},
		"envserver/internal/alarm":   {nil, "timers, whatever they are for"},
		"envserver/internal/session": {[]string{contract, "envserver/wire", "envserver/episode", "envserver/internal/alarm", "envserver/internal/backend"}, "leases, whatever plays and whoever asks"},
		"envserver/internal/compat":  {[]string{contract, "envserver/wire", "envserver/internal/backend", "envserver/internal/session"}, "what front ends for other protocols share: leases on sessions, and nothing of HTTP messages"},
		"envserver/internal/compat/compattest": {[]string{contract, "envserver/wire", "envserver/episode", "envserver/internal/backend", "envserver/internal/compat", "envserver/internal/session"},
			"what tests of front ends share"},
		"envserver/internal/compat/rest":     {[]string{contract, "envserver/internal/compat"}, "what front ends over plain HTTP share: bodies and statuses"},
		"envserver/internal/compat/agentgym": {[]string{contract, "envserver/internal/compat", "envserver/internal/compat/rest"}, "a protocol onto leases, and nothing of another"},
		"envserver/internal/compat/nemogym":  {[]string{contract, "envserver/internal/compat", "envserver/internal/compat/rest"}, "a protocol onto leases, and nothing of another"},
		"envserver/internal/compat/ors":      {[]string{contract, "envserver/internal/compat", "envserver/internal/compat/rest"}, "a protocol onto leases, and nothing of another"},
		"envserver/internal/store":           {[]string{contract, "envserver/episode"}, "the catalogue is made of the log alone"},
		"envserver/internal/compat/openenv": {[]string{contract, "envserver/wire", "envserver/internal/alarm", "envserver/internal/compat", "envserver/internal/compat/rest", "envserver/internal/conns", "envserver/internal/session"},
			"a protocol onto leases, and nothing of another; its WebSockets take sessions' replies as they are"},
		"envserver/internal/server": {[]string{contract, "envserver/wire", "envserver/episode", "envserver/internal/alarm", "envserver/internal/backend", "envserver/internal/conns", "envserver/internal/session",
			"envserver/internal/store"}, "carries messages to sessions, and shows the catalogue"},
		"envserver/internal/rollout": {[]string{contract, "clients/go"}, "plays as any client does"},

		"fixtures/running": {nil, "processes for tests, whoever's"},
		"fixtures/openenv": {[]string{"fixtures/running"}, "somebody else's server, for whoever tests against one"},

		"bench/fidelity": {[]string{"synth/..."}, "measures models on files, without a server"},
		"bench/perf":     {[]string{contract, "envserver/wire", "clients/go", "adapters/chrome", "synth/..."}, "loads servers by the protocol alone, finds the browser for a peer, and dreams in process"},
		"bench/record":   {[]string{contract, "adapters/...", "synth/experience"}, "records in process"},
	}
}

// TestLayers holds every package against its row.
func TestLayers(t *testing.T) {
	table := layers()
	seen := make(map[string]bool)
	for _, f := range sources(t) {
		seen[f.pkg] = true
		row, listed := table[f.pkg]
		if !listed {
			continue
		}
		if row.reason == "" {
			t.Errorf("%s: its row has no reason", f.pkg)
		}
		for _, imported := range f.imports() {
			within, ours := strings.CutPrefix(imported, module+"/")
			switch {
			case ours && !f.mayImport(row, within):
				t.Errorf("%s imports %s; %s may not: %s", f.path, within, f.pkg, row.reason)
			case !ours && f.pkg == "envserver/gym" && !f.isTest() && strings.Contains(imported, "."):
				t.Errorf("%s imports %s; the contract needs the standard library alone", f.path, imported)
			}
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(seen)) {
		if _, listed := table[pkg]; !listed {
			t.Errorf("package %s has no row in the table of layers: say what it may import, and why", pkg)
		}
	}
	for pkg := range table {
		if !seen[pkg] {
			t.Errorf("the table of layers has a row for %s, and there is no such package", pkg)
		}
	}
}

// TestWalls looks at the table itself: no row may break through a wall.
func TestWalls(t *testing.T) {
	for pkg, row := range layers() {
		for _, imported := range row.imports {
			if walled(pkg, imported) {
				t.Errorf("the row of %s allows %s", pkg, imported)
			}
		}
	}
	for _, pair := range [][2]string{{"adapters/house", "synth/dream"}, {"synth/dream", "adapters/house"}, {"adapters/house", "adapters/miniwob"}, {"adapters/house", "adapters/sites/internal/task"}} {
		if !walled(pair[0], pair[1]) {
			t.Errorf("%s may import %s", pair[0], pair[1])
		}
	}
}

// source is a file of Go, parsed.
type source struct {
	path, pkg string
	file      *ast.File
}

// sources parses every file of the module.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (name != "." && strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		all = append(all, source{name, path.Dir(name), parsed})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s source) imports() []string {
	var all []string
	for _, i := range s.file.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err == nil {
			all = append(all, name)
		}
	}
	return all
}

// mayImport tells whether the file may import a package of this module. Tests may
// import what they like, but for what is on the other side of the wall.
func (s source) mayImport(row layer, imported string) bool {
	if s.pkg == "." || allows(row.imports, imported) {
		return true
	}
	return s.isTest() && !walled(s.pkg, imported)
}

// walled tells whether a wall is between two packages: between adapters and the dreaming
// side, and between adapters; the browser is for all of them.
func walled(from, to string) bool {
	adapter := func(p string) bool { return strings.HasPrefix(p, "adapters/") }
	synth := func(p string) bool { return strings.HasPrefix(p, "synth/") }
	switch {
	case adapter(from) && synth(to), synth(from) && adapter(to):
		return true
	case adapter(from) && adapter(to):
		return adapterOf(from) != adapterOf(to) && adapterOf(to) != "chrome"
	}
	return false
}

// adapterOf is the adapter that a package under adapters is part of.
func adapterOf(pkg string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(pkg, "adapters/"), "/")
	return name
}

func allows(patterns []string, imported string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		folder, many := strings.CutSuffix(p, "...")
		return p == imported || many && strings.HasPrefix(imported, folder)
	})
}
