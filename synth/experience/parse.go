package experience

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"dreamgym/envserver/gym"
)

// rowJSON is a Row with what may be absent told from what is zero.
type rowJSON struct {
	SchemaVersion *int      `json:"schema_version"`
	Env           *string   `json:"env"`
	Split         *string   `json:"split"`
	Task          *string   `json:"task"`
	Scene         *string   `json:"scene"`
	Episode       *string   `json:"episode"`
	Step          *int      `json:"step"`
	Goal          *string   `json:"goal"`
	State         *string   `json:"state"`
	Action        *string   `json:"action"`
	NextState     *string   `json:"next_state"`
	Reward        *float64  `json:"reward"`
	Terminated    *bool     `json:"terminated"`
	Truncated     *bool     `json:"truncated"`
	Actions       []*string `json:"actions"`
}

const rowFields = "schema_version, env, split, task, scene, episode, step, goal, state, action, next_state, reward, terminated, truncated, actions"

// parseRow decodes a row strictly and fills what may be absent. Of a faulty row it answers
// the episode, where that can be told.
func parseRow(line []byte) (Row, error) {
	if !utf8.Valid(line) {
		return Row{}, errors.New("the row is not valid UTF-8")
	}
	var j rowJSON
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return Row{Episode: or(j.Episode, "")}, explain(err)
	}
	if dec.InputOffset() < int64(len(bytes.TrimRight(line, " \t\r\n"))) {
		return Row{}, errors.New("something follows the row's object; a line holds one row")
	}
	if err := j.complete(); err != nil {
		return Row{Episode: or(j.Episode, "")}, err
	}
	return j.row(), nil
}

// explain says what is wrong with a line in the words of the format.
func explain(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return fmt.Errorf("%s is a JSON %s but has to be of type %s", wrong.Field, wrong.Value, wrong.Type)
	}
	if field, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return fmt.Errorf("the field %s is unknown; a row has %s", field, rowFields)
	}
	return fmt.Errorf("not a JSON object: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// complete names the required fields that are missing.
func (j *rowJSON) complete() error {
	var missing []string
	for _, f := range []struct {
		name   string
		absent bool
	}{
		{"env", j.Env == nil}, {"task", j.Task == nil}, {"episode", j.Episode == nil}, {"step", j.Step == nil},
		{"goal", j.Goal == nil}, {"state", j.State == nil}, {"action", j.Action == nil},
		{"next_state", j.NextState == nil}, {"reward", j.Reward == nil}, {"terminated", j.Terminated == nil},
	} {
		if f.absent {
			missing = append(missing, f.name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s missing; only schema_version, split, scene, truncated and actions may be absent", strings.Join(missing, ", "))
	}
	return nil
}

func (j *rowJSON) row() Row {
	row := Row{
		SchemaVersion: or(j.SchemaVersion, SchemaVersion), Env: *j.Env, Split: gym.Split(or(j.Split, "")),
		Task: *j.Task, Scene: or(j.Scene, *j.Task), Episode: *j.Episode, Step: *j.Step, Goal: *j.Goal,
		State: *j.State, Action: *j.Action, NextState: *j.NextState, Reward: *j.Reward,
		Terminated: *j.Terminated, Truncated: or(j.Truncated, false),
	}
	if j.Actions != nil {
		row.Actions = make([]string, len(j.Actions))
		for i, a := range j.Actions {
			row.Actions[i] = or(a, "")
		}
	}
	return row
}

func or[T any](p *T, absent T) T {
	if p == nil {
		return absent
	}
	return *p
}

var envPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$`)

// check tells what is wrong with a row by itself.
func (r *Row) check() error {
	switch {
	case r.SchemaVersion != SchemaVersion:
		return fmt.Errorf("schema_version is %d; this version reads %d", r.SchemaVersion, SchemaVersion)
	case !envPattern.MatchString(r.Env):
		return fmt.Errorf("env %q is no name; its segments begin with a letter or digit and have letters, digits and _ . - such as farm", r.Env)
	case r.Split != "" && !r.Split.Valid():
		return fmt.Errorf("split is %q; it is train, seen or unseen", r.Split)
	case r.Task == "" || r.Scene == "" || r.Episode == "":
		return errors.New("task, scene and episode cannot be empty")
	case strings.TrimSpace(r.Action) == "":
		return errors.New("the action is empty")
	case r.Terminated && r.Truncated:
		return errors.New("a step cannot be both terminated and truncated")
	}
	for _, a := range r.Actions {
		if strings.TrimSpace(a) == "" {
			return errors.New("actions holds an empty action")
		}
	}
	return nil
}
