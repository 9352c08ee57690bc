package foreign

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// The programs that read what Python wrote; each is run with the folder.
var (
	//go:embed experiments.py
	experimentsProgram string
	//go:embed datasets.py
	datasetsProgram string
)

// message is a line of such a program.
type message struct {
	At      string `json:"at"`
	Row     *pyRow `json:"row"`
	Missing string `json:"missing"` // a package
	Install string `json:"install"` // what pip gets it by
	Refused *struct {
		At      string `json:"at"`
		Episode string `json:"episode"`
		Why     string `json:"why"`
	} `json:"refused"`
	End bool `json:"end"`
}

// pyRow is a row whose states may be arrays.
type pyRow struct {
	Env        string  `json:"env"`
	Task       string  `json:"task"`
	Scene      string  `json:"scene"`
	Episode    string  `json:"episode"`
	Step       int     `json:"step"`
	Goal       string  `json:"goal"`
	State      pyState `json:"state"`
	Action     string  `json:"action"`
	Next       pyState `json:"next_state"`
	Reward     float64 `json:"reward"`
	Terminated bool    `json:"terminated"`
	Truncated  bool    `json:"truncated"`
}

func (r *pyRow) row() experience.Row {
	return experience.Row{
		SchemaVersion: experience.SchemaVersion, Env: r.Env, Task: r.Task, Scene: r.Scene, Episode: r.Episode, Step: r.Step, Goal: r.Goal,
		State: string(r.State), Action: r.Action, NextState: string(r.Next), Reward: r.Reward, Terminated: r.Terminated, Truncated: r.Truncated,
	}
}

// pyState is a state as text. Arrays are worded as those of hosted environments are, and
// the parts of a dictionary stand on lines of their own.
type pyState string

// UnmarshalJSON reads text, an array or named parts.
func (s *pyState) UnmarshalJSON(b []byte) error {
	if jsontext.Value(b).Kind() == '"' {
		return json.Unmarshal(b, (*string)(s))
	}
	var v struct {
		gym.Array
		Parts [][2]jsontext.Value `json:"parts"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	if v.Parts == nil {
		*s = pyState(experience.State(gym.Observation{Array: &v.Array, Text: v.Rounded()}))
		return nil
	}
	var lines []string
	for _, part := range v.Parts {
		var name string
		var inner pyState
		if err := errors.Join(json.Unmarshal(part[0], &name), json.Unmarshal(part[1], &inner)); err != nil {
			return err
		}
		lines = append(lines, name+": "+string(inner))
	}
	*s = pyState(strings.Join(lines, "\n"))
	return nil
}

// python reads a folder with the interpreter.
func (r *reading) python(path string, f Format) error {
	interpreter := orElse(r.o.Python, "python3")
	if _, err := exec.LookPath(interpreter); err != nil {
		return &gym.Error{Code: gym.CodeNotAvailable, Err: err, Msg: "the Python interpreter was not found; install Python 3.11 or newer, or name one with DREAMGYM_PYTHON"}
	}
	program := datasetsProgram
	if f == FormatAgentLab {
		program = experimentsProgram
		fmt.Fprintln(r.o.Notes, "the steps are pickles: plain values are taken out of them, and nothing that they name is imported or called")
	}
	cmd := exec.CommandContext(r.ctx, interpreter, "-P", "-c", program, path) // -P: a module in the present folder is not taken for another
	var last tail
	cmd.Stderr = &last
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return &gym.Error{Code: gym.CodeNotAvailable, Err: err, Msg: "the Python interpreter does not start"}
	}
	whole, err := r.messages(out, interpreter)
	if err != nil {
		cmd.Process.Kill() // nobody reads on
	}
	ended := cmd.Wait()
	switch {
	case r.ctx.Err() != nil:
		return gym.Errorf(gym.CodeCanceled, "interrupted; nothing was imported")
	case err != nil:
		return err
	case ended != nil || !whole:
		return &gym.Error{Code: gym.CodeInvalidRequest, Msg: "the folder cannot be read to its end: " + last.line(), Err: ended}
	}
	return nil
}

// messages takes what the program writes; whole tells that it came to its end.
func (r *reading) messages(out io.Reader, interpreter string) (whole bool, err error) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		var m message
		if err == nil {
			err = json.Unmarshal(line, &m)
		}
		if err != nil {
			return false, &gym.Error{Code: gym.CodeInternal, Msg: "the program that reads the folder wrote what cannot be read", Err: err}
		}
		switch {
		case m.End:
			return true, nil
		case m.Missing != "":
			return false, gym.Errorf(gym.CodeNotAvailable, "the Python package %s was not found; install it: %s -m pip install %s", m.Missing, interpreter, m.Install)
		case m.Refused != nil:
			err = r.refuse(m.Refused.At, m.Refused.Episode, errors.New(m.Refused.Why))
		case m.Row != nil:
			err = r.add(m.At, m.Row.row())
		}
		if err != nil {
			return false, err
		}
	}
}

// tail keeps the end of what is written.
type tail struct{ b []byte }

const mostTail = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-mostTail):]
	return len(p), nil
}

// line is the last line.
func (t *tail) line() string {
	lines := strings.Split(strings.TrimSpace(string(t.b)), "\n")
	return orElse(lines[len(lines)-1], "it ended early")
}
