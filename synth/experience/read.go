package experience

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"dreamgym/envserver/gym"
)

const (
	maxLine   = 16 << 20 // bytes of one row
	maxMemory = 1 << 30  // bytes that a compressed file may ask for while it is read
	maxFaults = 10       // faulty rows that are named

	byteOrderMark = "\ufeff" // some editors begin a file with it
)

// Recording is a transitions file as read.
type Recording struct {
	// Env is the environment's name, as [EnvName] makes it.
	Env string
	// Episodes are in the order of their first rows.
	Episodes []Episode
	// Hashed says that no row named a split, so that a hash of scenes and episodes did.
	Hashed bool
}

// ReadFile reads a transitions file, compressed where its name ends in .zst.
func ReadFile(path string) (*Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("experience: open recording: %w", err)
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".zst") {
		return Read(f)
	}
	z, err := zstd.NewReader(f, zstd.WithDecoderMaxMemory(maxMemory))
	if err != nil {
		return nil, fmt.Errorf("experience: read recording: %w", err)
	}
	defer z.Close()
	return Read(z)
}

// Read reads transitions, one JSON row a line. Rows that are wrong are named by line,
// with what would be right, in one CodeInvalidRequest for all.
func Read(r io.Reader) (*Recording, error) {
	d := &reader{episodes: make(map[episodeKey]*gathered), names: make(map[string]*gathered)}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 1<<16), maxLine)
	for lines.Scan() && len(d.faults) < maxFaults {
		d.line++
		line := lines.Bytes()
		if d.line == 1 {
			line = bytes.TrimPrefix(line, []byte(byteOrderMark))
		}
		d.take(line)
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		d.line++
		d.fault("the row has more than %d bytes", maxLine)
	case err != nil:
		return nil, fmt.Errorf("experience: read recording after line %d: %w", d.line, err)
	}
	return d.finish()
}

// reader gathers rows into episodes.
type reader struct {
	line     int
	faults   []string
	unread   int // rows that could not be read: their episodes lack them
	env      string
	splits   bool // whether rows name a split
	order    []*gathered
	episodes map[episodeKey]*gathered
	names    map[string]*gathered // the first episode of a name
}

// episodeKey tells episodes apart: logs of several tasks may number their episodes alike.
type episodeKey struct {
	split       gym.Split
	task, scene string
	name        string
}

// gathered is an episode under way.
type gathered struct {
	Episode
	line   int // of its first row
	ended  bool
	faulty bool // rows after its end were named
	shared bool // other episodes have its name
}

func (d *reader) fault(format string, args ...any) {
	d.faults = append(d.faults, fmt.Sprintf("line %d: %s", d.line, fmt.Sprintf(format, args...)))
}

func (d *reader) take(line []byte) {
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	row, err := parseRow(line)
	if err == nil {
		err = d.place(row)
	} else {
		d.unread++
	}
	if err != nil {
		d.fault("%v", err)
	}
}

// place appends a row to its episode.
func (d *reader) place(row Row) error {
	if len(d.order) == 0 {
		d.env, d.splits = row.Env, row.Split != ""
	}
	if row.Env != d.env {
		return fmt.Errorf("env is %q but the rows before have %q; a file holds one environment", row.Env, d.env)
	}
	if d.splits != (row.Split != "") {
		return errors.New("either every row has a split or none has")
	}
	e, err := d.episode(row)
	if e != nil {
		e.ended = row.Terminated || row.Truncated
		appendRow(&e.Episode, row)
	}
	return err
}

// episode answers the episode that row belongs to. Where it is not the next step, that is
// a fault, once: what follows it is then in order, and so is what follows a row that could
// not be read. nil: the row belongs to none.
func (d *reader) episode(row Row) (*gathered, error) {
	key := episodeKey{row.Split, row.Task, row.Scene, row.Episode}
	e, first := d.episodes[key], d.names[row.Episode]
	expected, comes := 0, "first"
	switch {
	case e == nil && row.Step != 0 && first != nil:
		return nil, fmt.Errorf("episode %q began on line %d with task %q, scene %q, split %q; they stay the same in an episode",
			first.ID, first.line, first.Task, first.Scene, first.Split)
	case e == nil:
		e = d.begin(key, row)
	case e.ended && e.faulty:
		return nil, nil
	case e.ended:
		e.faulty = true
		return nil, fmt.Errorf("episode %q has ended before this row; another episode needs another name", e.ID)
	default:
		expected, comes = e.Steps[len(e.Steps)-1].Step+1, "next"
	}
	if gap := row.Step - expected; gap == 0 || gap > 0 && gap <= d.unread {
		return e, nil
	}
	return e, fmt.Errorf("step is %d but %d comes %s in episode %q; steps count from 0, in order", row.Step, expected, comes, e.ID)
}

// begin starts an episode.
func (d *reader) begin(key episodeKey, row Row) *gathered {
	e := &gathered{line: d.line, Episode: Episode{ID: row.Episode, Task: row.Task, Scene: row.Scene, Goal: row.Goal, Split: row.Split}}
	if first := d.names[row.Episode]; first != nil {
		first.shared, e.shared = true, true
	} else {
		d.names[row.Episode] = e
	}
	d.episodes[key] = e
	d.order = append(d.order, e)
	return e
}

// distinguish gives episodes of one name different ones.
func (e *gathered) distinguish() {
	if !e.shared {
		return
	}
	e.ID = strings.Join([]string{string(e.Split), e.Scene, e.Task, e.ID}, "/")
	for i := range e.Steps {
		e.Steps[i].Episode = e.ID
	}
}

// appendRow adds a row's transition, and shares what it repeats of the one before.
func appendRow(e *Episode, row Row) {
	if n := len(e.Steps); n > 0 {
		last := &e.Steps[n-1]
		last.NextActions = row.Actions
		if last.Next == row.State {
			row.State = last.Next
		}
	}
	e.Steps = append(e.Steps, Transition{
		Task: e.Task, Scene: e.Scene, Episode: e.ID, Step: row.Step, Goal: row.Goal,
		State: row.State, Action: row.Action, Next: row.NextState, Reward: row.Reward,
		Terminated: row.Terminated, Truncated: row.Truncated, Actions: row.Actions,
	})
}

func (d *reader) finish() (*Recording, error) {
	rec := &Recording{Env: EnvName(d.env), Hashed: !d.splits}
	for _, e := range d.order {
		e.distinguish()
		rec.Episodes = append(rec.Episodes, e.Episode)
	}
	switch {
	case len(d.faults) > 0:
	case len(d.order) == 0:
		return nil, gym.Errorf(gym.CodeInvalidRequest, "the recording has no rows")
	case rec.Hashed:
		splitByHash(rec.Episodes)
	default:
		d.checkUnseen()
	}
	if len(d.faults) > 0 {
		return nil, gym.Errorf(gym.CodeInvalidRequest, "%s", strings.Join(d.faults, "\n"))
	}
	return rec, nil
}

// checkUnseen names the unseen episodes whose task or scene train has.
func (d *reader) checkUnseen() {
	tasks, scenes := make(map[string]bool), make(map[string]bool)
	for _, e := range d.order {
		if e.Split == gym.SplitTrain {
			tasks[e.Task], scenes[e.Scene] = true, true
		}
	}
	for _, e := range d.order {
		if e.Split != gym.SplitUnseen || len(d.faults) >= maxFaults {
			continue
		}
		d.line = e.line
		if tasks[e.Task] {
			d.fault("task %q is in train, so the episode is not unseen; name its split seen", e.Task)
		} else if scenes[e.Scene] {
			d.fault("scene %q is in train, so the episode is not unseen; name its split seen", e.Scene)
		}
	}
}

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

// parseRow decodes a row strictly and fills what may be absent.
func parseRow(line []byte) (Row, error) {
	if !utf8.Valid(line) {
		return Row{}, errors.New("the row is not valid UTF-8")
	}
	var j rowJSON
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return Row{}, explain(err)
	}
	if dec.InputOffset() < int64(len(bytes.TrimRight(line, " \t\r\n"))) {
		return Row{}, errors.New("something follows the row's object; a line holds one row")
	}
	if err := j.complete(); err != nil {
		return Row{}, err
	}
	row := j.row()
	return row, row.check()
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
