package gym_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"dreamgym/envserver/gym"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParseID(t *testing.T) {
	for _, tt := range []struct {
		in      string
		id      string
		backend gym.Backend
		code    gym.Code
	}{
		{"house/any-v0", "house/any-v0", "", ""},
		{"a.b/c_d-e-v12", "a.b/c_d-e-v12", "", ""},
		{"house/any-v0@dream", "house/any-v0", gym.BackendDream, ""},
		{"house/any-v0@mixed:0.9", "house/any-v0", "mixed:0.9", ""},
		{"", "", "", gym.CodeUnknownEnvironment},
		{"house", "", "", gym.CodeUnknownEnvironment},
		{"house/any", "", "", gym.CodeUnknownEnvironment},
		{"house/any-v", "", "", gym.CodeUnknownEnvironment},
		{"house/any-v0/x", "", "", gym.CodeUnknownEnvironment},
		{"../any-v0", "../any-v0", "", ""}, // dots are allowed; ids are never paths
		{"house/any v0", "", "", gym.CodeUnknownEnvironment},
		{"häuser/any-v0", "", "", gym.CodeUnknownEnvironment},
		{"house/any-v0\n", "", "", gym.CodeUnknownEnvironment},
		{"house/any-v0@", "house/any-v0", "", gym.CodeUnknownBackend},
		{"house/any-v0@nightmare", "house/any-v0", "", gym.CodeUnknownBackend},
		{"house/any-v0@real@dream", "house/any-v0", "", gym.CodeUnknownBackend},
	} {
		id, backend, err := gym.ParseID(tt.in)
		if id != tt.id || backend != tt.backend || gym.CodeOf(err) != tt.code {
			t.Errorf("ParseID(%q) = %q, %q, %v; want %q, %q, code %q", tt.in, id, backend, err, tt.id, tt.backend, tt.code)
		}
	}
}

func TestParseBackend(t *testing.T) {
	for in, ok := range map[string]bool{
		"real": true, "dream": true, "replay": true, "shadow": true, "mixed": true, "mixed:0": true, "mixed:1": true,
		"mixed:0.25": true, "mixed:1.0": true, "mixed:1.5": false, "mixed:-1": false, "mixed:": false, "mixed:.5": false, "mixed:1e3": false,
		"": false, "Real": false, "real ": false, "shadow:0.1": false,
	} {
		b, err := gym.ParseBackend(in)
		if ok && (err != nil || string(b) != in) || !ok && gym.CodeOf(err) != gym.CodeUnknownBackend {
			t.Errorf("ParseBackend(%q) = %q, %v", in, b, err)
		}
	}
}

// TestQuotedInputIsShort wants what a client sent to be quoted in part alone.
func TestQuotedInputIsShort(t *testing.T) {
	long := strings.Repeat("ä", 10_000)
	_, _, idErr := gym.ParseID(long)
	_, backendErr := gym.ParseBackend(long)
	_, findErr := gym.NewRegistry().Find(long)
	for _, err := range []error{idErr, backendErr, findErr} {
		if msg := gym.AsError(err).Msg; len(msg) > 300 {
			t.Errorf("the message has %d bytes", len(msg))
		}
	}
}

func FuzzParseID(f *testing.F) {
	for _, s := range []string{"house/any-v0", "house/any-v0@dream", "house/any-v0@mixed:0.5", "@", "a/b-v0@", "\xff/\x00-v1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, backend, err := gym.ParseID(s)
		if err != nil {
			if code := gym.CodeOf(err); code != gym.CodeUnknownEnvironment && code != gym.CodeUnknownBackend {
				t.Errorf("ParseID(%q): code %q", s, code)
			}
			return
		}
		whole := id
		if backend != "" {
			whole += "@" + string(backend)
		}
		if whole != s {
			t.Errorf("ParseID(%q) = %q, %q", s, id, backend)
		}
	})
}

func TestCheckAction(t *testing.T) {
	small := gym.Spec{ID: "test/x-v0", MaxAction: 8}
	for _, tt := range []struct {
		spec gym.Spec
		in   gym.Action
		ok   bool
	}{
		{small, "look", true},
		{small, "12345678", true},
		{small, "123456789", false},
		{small, "ääää", true},
		{small, "äääää", false},
		{small, "", false},
		{small, " \t\r\n", false},
		{small, "\xff", false},
		{small, "\x00", true},
		{gym.Spec{}, gym.Action(strings.Repeat("a", 4096)), true},
		{gym.Spec{}, gym.Action(strings.Repeat("a", 4097)), false},
	} {
		err := tt.spec.CheckAction(tt.in)
		if tt.ok && err != nil || !tt.ok && gym.CodeOf(err) != gym.CodeInvalidAction {
			t.Errorf("CheckAction(%.20q) of %d bytes: %v", tt.in, len(tt.in), err)
		}
	}
}

func TestSpecDefaults(t *testing.T) {
	zero, set := gym.Spec{ID: "a/b-v0"}, gym.Spec{ID: "a/b-v0", MaxText: 5, MaxAction: 6, Experience: "shared"}
	if zero.TextLimit() != 1<<20 || zero.ActionLimit() != 4096 || zero.Buffer() != "a/b-v0" {
		t.Errorf("defaults: %d, %d, %q", zero.TextLimit(), zero.ActionLimit(), zero.Buffer())
	}
	if set.TextLimit() != 5 || set.ActionLimit() != 6 || set.Buffer() != "shared" {
		t.Errorf("as set: %d, %d, %q", set.TextLimit(), set.ActionLimit(), set.Buffer())
	}
}

func TestAsError(t *testing.T) {
	own := gym.Errorf(gym.CodeDiverged, "at step %d", 3)
	secret := errors.New("the secret is out")
	for _, tt := range []struct {
		name string
		err  error
		code gym.Code
	}{
		{"its own", own, gym.CodeDiverged},
		{"its own, wrapped", fmt.Errorf("step: %w", own), gym.CodeDiverged},
		{"its own, around a context's", &gym.Error{Code: gym.CodeEnvCrashed, Err: context.Canceled}, gym.CodeEnvCrashed},
		{"a deadline", fmt.Errorf("act: %w", context.DeadlineExceeded), gym.CodeDeadlineExceeded},
		{"a cancellation", fmt.Errorf("act: %w", context.Canceled), gym.CodeCanceled},
		{"any other", secret, gym.CodeInternal},
	} {
		e := gym.AsError(tt.err)
		if e.Code != tt.code || gym.CodeOf(tt.err) != tt.code {
			t.Errorf("%s: code %q, want %q", tt.name, e.Code, tt.code)
		}
	}
	e := gym.AsError(secret)
	if strings.Contains(e.Msg, "secret") || !errors.Is(e, secret) || !strings.Contains(e.Error(), "secret") {
		t.Errorf("the cause is for the log alone: message %q, error %q", e.Msg, e)
	}
	if gym.CodeOf(nil) != "" {
		t.Errorf("nil has the code %q", gym.CodeOf(nil))
	}
}

// TestCodesAreComplete reads the source: every constant of type Code has its CodeDoc.
func TestCodesAreComplete(t *testing.T) {
	docs := make(map[gym.Code]bool)
	for _, d := range gym.Codes() {
		if docs[d.Code] {
			t.Errorf("%s is documented twice", d.Code)
		}
		docs[d.Code] = true
		if !strings.HasSuffix(d.Meaning, ".") || !strings.HasSuffix(d.Cure, ".") {
			t.Errorf("%s: meaning %q and cure %q are to be sentences", d.Code, d.Meaning, d.Cure)
		}
	}
	declared := declaredCodes(t)
	for _, c := range declared {
		if !docs[c] {
			t.Errorf("%s has no CodeDoc", c)
		}
	}
	if len(declared) != len(docs) {
		t.Errorf("%d codes are declared, %d documented", len(declared), len(docs))
	}
}

// declaredCodes are the values of the constants of type Code in errors.go.
func declaredCodes(t *testing.T) []gym.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []gym.Code
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := v.Type.(*ast.Ident); ok && typ.Name == "Code" {
			codes = append(codes, gym.Code(strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`)))
		}
		return true
	})
	return codes
}

type noTasks struct{}

func (noTasks) Len(context.Context, gym.Split) (int, error) { return 0, nil }
func (noTasks) At(context.Context, gym.Split, int) (gym.Task, error) {
	return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "none")
}
func (noTasks) Find(context.Context, string) (gym.Task, error) {
	return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "none")
}

func TestRegister(t *testing.T) {
	open := func(context.Context) (gym.Env, error) { return nil, errors.New("not opened here") }
	r := gym.NewRegistry()
	good := gym.Registration{Spec: gym.Spec{ID: "test/b-v0"}, Tasks: noTasks{}, Open: open}
	for _, tt := range []struct {
		name  string
		spoil func(r *gym.Registration)
		ok    bool
	}{
		{"the first", func(*gym.Registration) {}, true},
		{"the same again", func(*gym.Registration) {}, false},
		{"another", func(r *gym.Registration) { r.Spec.ID = "test/a-v0" }, true},
		{"with a backend", func(r *gym.Registration) { r.Spec.ID = "test/c-v0@dream" }, false},
		{"without version", func(r *gym.Registration) { r.Spec.ID = "test/c" }, false},
		{"a path of the server's", func(r *gym.Registration) { r.Spec.ID = "ors/c-v0" }, false},
		{"without tasks", func(r *gym.Registration) { r.Spec.ID, r.Tasks = "test/c-v0", nil }, false},
		{"without Open", func(r *gym.Registration) { r.Spec.ID, r.Open = "test/c-v0", nil }, false},
		{"a dream with Open", func(r *gym.Registration) { r.Spec.ID, r.Spec.DreamOnly = "test/c-v0", true }, false},
		{"a dream", func(r *gym.Registration) { r.Spec.ID, r.Spec.DreamOnly, r.Open = "test/c-v0", true, nil }, true},
	} {
		reg := good
		tt.spoil(&reg)
		if err := r.Register(reg); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	var ids []string
	for _, reg := range r.All() {
		ids = append(ids, reg.Spec.ID)
	}
	if got := strings.Join(ids, " "); got != "test/a-v0 test/b-v0 test/c-v0" {
		t.Errorf("All answers %s", got)
	}
	if reg, err := r.Find("test/a-v0"); err != nil || reg.Spec.ID != "test/a-v0" {
		t.Errorf("Find: %q, %v", reg.Spec.ID, err)
	}
	if _, err := r.Find("test/d-v0"); gym.CodeOf(err) != gym.CodeUnknownEnvironment {
		t.Errorf("Find of what is not there: %v", err)
	}
}

func TestTimestepEnded(t *testing.T) {
	for _, tt := range []struct{ terminated, truncated, want bool }{{false, false, false}, {true, false, true}, {false, true, true}} {
		if got := (gym.Timestep{Terminated: tt.terminated, Truncated: tt.truncated}).Ended(); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

func TestSplits(t *testing.T) {
	for _, s := range gym.Splits() {
		if !s.Valid() {
			t.Errorf("%q is a split and not valid", s)
		}
	}
	if gym.Split("test").Valid() || gym.Split("").Valid() {
		t.Error("what is no split is valid")
	}
}

// TestShown: an observation has the views that the Spec declares, null where it was given none.
func TestShown(t *testing.T) {
	spec := gym.Spec{Views: []string{"tree", "html", gym.ViewScreenshot, gym.ViewURL}}
	o := spec.Shown(gym.Observation{Extra: map[string]any{"tree": "x", "other": 1}})
	if html, there := o.Extra["html"]; len(o.Extra) != 2 || o.Extra["tree"] != "x" || !there || html != nil {
		t.Errorf("shown: %v", o.Extra)
	}
	if o = (gym.Spec{}).Shown(gym.Observation{Text: "x"}); o.Extra != nil {
		t.Errorf("without views: %v", o.Extra)
	}
}
