// Package arena reads and judges tasks in the format of WebArena's classic files. It knows of
// the sites what they are called there.
package arena

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
)

// Task is a task as WebArena's files have it; Own is what they do not know of.
type Task struct {
	ID             int            `json:"task_id"`
	Sites          []string       `json:"sites"`
	RequireLogin   bool           `json:"require_login"`
	StorageState   *string        `json:"storage_state"`
	StartURL       string         `json:"start_url"`
	Geolocation    any            `json:"geolocation"`
	Intent         string         `json:"intent"`
	IntentTemplate string         `json:"intent_template"`
	Instantiation  map[string]any `json:"instantiation_dict"`
	TemplateID     int            `json:"intent_template_id"`
	RequireReset   bool           `json:"require_reset"` // or not: every episode has a session of its own
	Eval           Eval           `json:"eval"`

	Own Own `json:"dreamgym"`
}

// Own is what a task here has beside what WebArena knows of.
type Own struct {
	Task  string    `json:"task,omitempty"`  // the id of the task that this is
	Seed  int64     `json:"seed,omitzero"`   // of the sites' content; 1 when 0
	Split gym.Split `json:"split,omitempty"` // train when empty
}

// Eval is how a task is judged: every one of its types has to hold.
type Eval struct {
	Types     []string  `json:"eval_types"`
	Answers   *Wanted   `json:"reference_answers"`
	URL       string    `json:"reference_url"`
	URLNote   string    `json:"url_note,omitempty"`
	HTML      []Content `json:"program_html"`
	StringRaw string    `json:"reference_answer_raw_annotation,omitempty"`

	StringNote     string `json:"string_note,omitempty"`
	AnnotationNote string `json:"annotation_note,omitempty"`
}

// The types of Eval.
const (
	stringMatch = "string_match"
	urlMatch    = "url_match"
	programHTML = "program_html"
)

// Wanted is what a text has to be, or to have in it.
type Wanted struct {
	Exact   *string        `json:"exact_match,omitempty"`
	Include []string       `json:"must_include,omitempty"`
	Fuzzy   jsontext.Value `json:"fuzzy_match,omitzero"` // "N/A", or what a language model would judge
}

// Content is what a page has to have.
type Content struct {
	URL      string `json:"url"`
	Locator  string `json:"locator"`
	Required Wanted `json:"required_contents"`
}

// site is one of the sites as the files have it.
type site struct{ app, name, placeholder string }

func sites() []site {
	return []site{
		{"shop", "shopping", "__SHOPPING__"}, {"admin", "shopping_admin", "__SHOPPING_ADMIN__"},
		{"forum", "reddit", "__REDDIT__"}, {"code", "gitlab", "__GITLAB__"},
	}
}

// SiteName is what files call a site.
func SiteName(app string) string {
	for _, s := range sites() {
		if s.app == app {
			return s.name
		}
	}
	return app
}

// Addressed writes a path of the sites as files do.
func Addressed(path string) string {
	for _, s := range sites() {
		if rest, ok := strings.CutPrefix(path, "/"+s.app+"/"); ok {
			return s.placeholder + "/" + rest
		}
	}
	return path
}

// placed puts the sites' addresses where a file has their names.
func placed(file string) string {
	var pairs []string
	for _, s := range sites() {
		pairs = append(pairs, s.placeholder, task.Public+"/"+s.app)
	}
	return strings.NewReplacer(pairs...).Replace(file)
}

// mostFaults bounds how many rows an error names.
const mostFaults = 20

// ReadFile is Read of a file.
func ReadFile(path string) (*Set, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &gym.Error{Code: gym.CodeInvalidConfig, Msg: "the file of tasks cannot be read", Err: err}
	}
	set, err := Read(b)
	if err != nil {
		return nil, gym.Errorf(gym.CodeInvalidConfig, "%s: %v", path, err)
	}
	return set, nil
}

// Read reads a file's tasks: all of them, or none, where one cannot be played and judged
// here. The error then names each such row with the reason.
func Read(file []byte) (*Set, error) {
	var rows []jsontext.Value
	if err := json.Unmarshal([]byte(placed(string(file))), &rows); err != nil {
		return nil, fmt.Errorf("the file is not a JSON list of tasks: %w", err)
	}
	set := &Set{byID: make(map[string]*Task, len(rows))}
	var faults []error
	for i, row := range rows {
		t := new(Task)
		err := t.read(row)
		if err == nil {
			err = errors.Join(t.check(), set.add(t))
		}
		if err != nil {
			reasons := strings.ReplaceAll(err.Error(), "\n", "; ") // a line a row
			faults = append(faults, fmt.Errorf("row %d, task_id %d: %s", i+1, t.ID, reasons))
		}
	}
	faults = append(faults, set.mixed()...)
	if len(rows) == 0 {
		faults = append(faults, errors.New("there is no task in the file"))
	}
	if n := len(faults) - mostFaults; n > 0 {
		faults = append(faults[:mostFaults], fmt.Errorf("and %d more", n))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return set, nil
}

// read decodes a row strictly, and fills in what it may leave out.
func (t *Task) read(row jsontext.Value) error {
	if err := json.Unmarshal(row, t, json.RejectUnknownMembers(true)); err != nil {
		return misread(err)
	}
	if t.Own.Seed == 0 {
		t.Own.Seed = 1
	}
	if t.Own.Split == "" {
		t.Own.Split = gym.SplitTrain
	}
	return nil
}

// misread says what of a row cannot be read, without the words of Go.
func misread(err error) error {
	var wrong *json.SemanticError
	if !errors.As(err, &wrong) {
		return err
	}
	field := strings.ReplaceAll(strings.TrimPrefix(string(wrong.JSONPointer), "/"), "/", ".")
	if errors.Is(err, json.ErrUnknownName) {
		return fmt.Errorf("there is no field %q among %s", field, strings.Join(members(wrong.GoType), ", "))
	}
	return fmt.Errorf("%s cannot have this value", cmp.Or(field, "a row"))
}

// members are what the fields of a struct are called in a file.
func members(of reflect.Type) []string {
	var names []string
	for _, f := range reflect.VisibleFields(of) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// asks tells whether an answer is judged.
func (t *Task) asks() bool { return slices.Contains(t.Eval.Types, stringMatch) }
