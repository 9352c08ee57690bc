package experience

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"dreamgym/envserver/gym"
)

// SchemaVersion is the version of the rows that [WriteEpisode] writes and [Read] takes.
const SchemaVersion = 1

// Row is one step of a transitions file, as JSON. The rows of an episode are in order.
type Row struct {
	SchemaVersion int       `json:"schema_version"`
	Env           string    `json:"env"`
	Split         gym.Split `json:"split,omitempty"`
	Task          string    `json:"task"`
	Scene         string    `json:"scene,omitempty"`
	Episode       string    `json:"episode"`
	Step          int       `json:"step"`
	Goal          string    `json:"goal"`
	State         string    `json:"state"`
	Action        string    `json:"action"`
	NextState     string    `json:"next_state"`
	Reward        float64   `json:"reward"`
	Terminated    bool      `json:"terminated"`
	Truncated     bool      `json:"truncated"`
	// Actions are admissible in State; those of the next row in NextState.
	Actions []string `json:"actions,omitempty"`
}

// WriteEpisode appends an episode's rows to w, under the environment's name.
func WriteEpisode(w io.Writer, env string, e *Episode) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range e.Steps {
		t := &e.Steps[i]
		row := Row{
			SchemaVersion: SchemaVersion, Env: env, Split: e.Split, Task: e.Task, Scene: e.Scene, Episode: e.ID,
			Step: t.Step, Goal: e.Goal, State: t.State, Action: t.Action, NextState: t.Next, Reward: t.Reward,
			Terminated: t.Terminated, Truncated: t.Truncated, Actions: t.Actions,
		}
		if err := enc.Encode(row); err != nil {
			return fmt.Errorf("experience: write row %s#%d: %w", e.ID, t.Step, err)
		}
	}
	return nil
}

var versionSuffix = regexp.MustCompile(`-v[0-9]+$`)

// EnvName makes the name of an import of a row's env: without its version, and with
// each "/" as ".".
func EnvName(env string) string {
	return strings.ReplaceAll(versionSuffix.ReplaceAllString(env, ""), "/", ".")
}
