package foreign

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// quoted bounds what is quoted of a file, in bytes.
const quoted = 60

// Fields are the names that a column can be given.
func Fields() []string {
	return []string{"env", "split", "task", "scene", "episode", "step", "goal", "state", "action", "next_state", "reward", "terminated", "truncated", "actions"}
}

// table makes rows of objects whose columns have names of their own.
type table struct {
	*reading
	paths   map[string][]string // of each field
	steps   map[string]int      // rows of each episode
	waiting map[string]placed   // the last row of each, where its next state comes with the next
	order   []string            // of the episodes that wait
	broken  map[string]bool     // episodes with a refused row
}

type placed struct {
	at  string
	row experience.Row
}

func (r *reading) table() (*table, error) {
	t := &table{reading: r, paths: make(map[string][]string), steps: make(map[string]int), waiting: make(map[string]placed), broken: make(map[string]bool)}
	for _, f := range Fields() {
		t.paths[f] = []string{f}
	}
	for _, f := range slices.Sorted(maps.Keys(r.o.Map)) {
		if !slices.Contains(Fields(), f) {
			return nil, gym.Errorf(gym.CodeInvalidConfig, "--map: there is no field %q; the fields are %s", f, strings.Join(Fields(), ", "))
		}
		t.paths[f] = strings.Split(r.o.Map[f], ".")
	}
	return t, nil
}

// column names a field's column, for whoever has to mend it.
func (t *table) column(field string) string {
	if name := strings.Join(t.paths[field], "."); name != field {
		return fmt.Sprintf("%s (column %s)", field, name)
	}
	return field
}

// get is the value of a field, nil where there is none.
func (t *table) get(o object, field string) any {
	var v any = o
	if whole, ok := o[strings.Join(t.paths[field], ".")]; ok {
		return whole // a name may have a dot
	}
	for _, name := range t.paths[field] {
		inner, ok := v.(object)
		if !ok {
			return nil
		}
		v = inner[name]
	}
	return v
}

// object takes an object as a row.
func (t *table) object(at string, o object) error {
	row, err := t.row(o)
	if err != nil {
		t.broken[row.Episode] = true
		return t.refuse(at, row.Episode, err)
	}
	if t.get(o, "step") == nil {
		row.Step = t.steps[row.Episode]
	}
	t.steps[row.Episode]++
	before, waits := t.waiting[row.Episode]
	if waits {
		before.row.NextState = row.State
		if err := t.add(before.at, before.row); err != nil {
			return err
		}
	}
	if t.get(o, "next_state") != nil || row.Terminated || row.Truncated { // what is seen at the end is often not recorded
		delete(t.waiting, row.Episode)
		t.under = ""
		return t.add(at, row)
	}
	if !waits {
		t.order = append(t.order, row.Episode)
	}
	t.waiting[row.Episode], t.under = placed{at, row}, row.Episode
	return nil
}

// finish takes the rows that still wait for a next state: the last of their episodes.
func (t *table) finish() error {
	for _, name := range t.order {
		last, waits := t.waiting[name]
		delete(t.waiting, name)
		if !waits || t.broken[name] { // what follows was refused
			continue
		}
		if err := t.refuse(last.at, name, fmt.Errorf("%s is missing, and no row of episode %q follows; give it, or say that the episode ended (terminated, truncated)", t.column("next_state"), name)); err != nil {
			return err
		}
	}
	return nil
}

// row reads an object's fields, and reports every fault at once.
func (t *table) row(o object) (experience.Row, error) {
	var errs []error
	text := func(field string, required bool, absent string) string {
		v := t.get(o, field)
		if v == nil {
			if required {
				errs = append(errs, fmt.Errorf("%s is missing", t.column(field)))
			}
			return absent
		}
		return written(v)
	}
	row := experience.Row{SchemaVersion: experience.SchemaVersion}
	if row.Env = text("env", false, ""); row.Env == "" && t.o.Env == "" {
		errs = append(errs, fmt.Errorf("%s is missing; --env NAME gives it to all", t.column("env")))
	}
	row.Goal = text("goal", false, "")
	row.Task = text("task", false, orElse(row.Goal, "task"))
	row.Scene = text("scene", false, row.Task)
	row.Episode = text("episode", true, "")
	row.State, row.Action = text("state", true, ""), text("action", true, "")
	row.NextState = text("next_state", false, "")
	row.Split = gym.Split(text("split", false, ""))
	var err error
	if row.Reward, err = t.number(o, "reward"); err != nil {
		errs = append(errs, err)
	}
	if row.Step, err = t.whole(o, "step"); err != nil {
		errs = append(errs, err)
	}
	for field, to := range map[string]*bool{"terminated": &row.Terminated, "truncated": &row.Truncated} {
		if *to, err = t.truth(o, field); err != nil {
			errs = append(errs, err)
		}
	}
	if row.Actions, err = t.list(o, "actions"); err != nil {
		errs = append(errs, err)
	}
	row.Truncated = row.Truncated && !row.Terminated
	return row, errors.Join(errs...)
}

func orElse(s, empty string) string {
	if s == "" {
		return empty
	}
	return s
}

// written is a value as text: text as it is, anything else as JSON.
func written(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// number reads a number that is one: text is not taken for it.
func (t *table) number(o object, field string) (float64, error) {
	v := t.get(o, field)
	f, ok := 0.0, false
	switch v := v.(type) {
	case json.Number:
		parsed, err := v.Float64()
		f, ok = parsed, err == nil
	case nil:
		return 0, fmt.Errorf("%s is missing", t.column(field))
	}
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%s is %s; it has to be a number", t.column(field), gym.ClipTo(written(v), quoted))
	}
	return f, nil
}

func (t *table) whole(o object, field string) (int, error) {
	v := t.get(o, field)
	if v == nil {
		return 0, nil
	}
	if n, ok := v.(json.Number); ok {
		if i, err := n.Int64(); err == nil && i >= 0 && i <= math.MaxInt32 {
			return int(i), nil
		}
	}
	return 0, fmt.Errorf("%s is %s; it has to be a whole number from 0", t.column(field), gym.ClipTo(written(v), quoted))
}

func (t *table) truth(o object, field string) (bool, error) {
	switch v := t.get(o, field).(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	case json.Number:
		if v == "0" || v == "1" {
			return v == "1", nil
		}
	}
	return false, fmt.Errorf("%s is %s; it has to be true or false", t.column(field), gym.ClipTo(written(t.get(o, field)), quoted))
}

func (t *table) list(o object, field string) ([]string, error) {
	v := t.get(o, field)
	if v == nil {
		return nil, nil
	}
	all, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%s is %s; it has to be a list", t.column(field), gym.ClipTo(written(v), quoted))
	}
	actions := make([]string, len(all))
	for i, a := range all {
		actions[i] = written(a)
	}
	return actions, nil
}
