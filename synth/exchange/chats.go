package exchange

import (
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// transitions writes a row a step.
type transitions struct{ w io.Writer }

func (t transitions) write(e *Episode) error { return experience.WriteEpisode(t.w, e.Env, &e.Episode) }
func (transitions) close() error             { return nil }

// encode writes a JSON value, the same for the same value.
func encode(v any) ([]byte, error) {
	return json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
}

// Number is written with a fraction, "1.0", so that a table's reader takes no column of them
// for whole numbers.
type Number float64

// MarshalJSON writes n.
func (n Number) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(float64(n))
	if err == nil && !bytes.ContainsAny(b, ".e") {
		b = append(b, ".0"...)
	}
	return b, err
}

// Message is a turn of a chat, as OpenAI's API has it.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Chat is an episode as a line of FormatMessages.
type Chat struct {
	Messages []Message `json:"messages"`
	Reward   Number    `json:"reward"` // of the whole episode
	Task     string    `json:"task"`
	// Info is an object as text ([ChatInfo]), so that a table has one type for it, whatever is in it.
	Info string `json:"info"`
}

// ChatInfo is what else there is to tell of an episode.
type ChatInfo struct {
	Env        string    `json:"env"`
	Episode    string    `json:"episode"`
	Split      gym.Split `json:"split"`
	Scene      string    `json:"scene"`
	Goal       string    `json:"goal"`
	Source     string    `json:"source"`
	Model      string    `json:"model,omitempty"`
	Created    string    `json:"created_at,omitempty"`
	Seed       *int64    `json:"seed,omitempty"`
	Rewards    []Number  `json:"rewards"` // of each step
	Terminated bool      `json:"terminated"`
	Truncated  bool      `json:"truncated"`
}

func (e *Episode) info() ChatInfo {
	last := &e.Steps[len(e.Steps)-1]
	i := ChatInfo{
		Env: e.Env, Episode: e.ID, Split: e.Split, Scene: e.Scene, Goal: e.Goal, Source: e.Source, Model: e.Model,
		Seed: e.Seed, Rewards: e.rewards(), Terminated: last.Terminated, Truncated: last.Truncated,
	}
	if !e.Created.IsZero() {
		i.Created = e.Created.UTC().Format(time.RFC3339Nano)
	}
	return i
}

func (e *Episode) rewards() []Number {
	all := make([]Number, len(e.Steps))
	for i := range e.Steps {
		all[i] = Number(e.Steps[i].Reward)
	}
	return all
}

// opening is the first thing that a policy reads: the goal, unless the state tells it, and
// the state.
func (e *Episode) opening() string {
	state := e.Steps[0].State
	if e.Goal == "" || strings.Contains(state, e.Goal) {
		return state
	}
	return e.Goal + "\n\n" + state
}

// messages writes an episode a line: what the environment shows are the user's turns, the
// actions the assistant's. The last turn is the state that the last action led to.
type messages struct{ w io.Writer }

func (m messages) write(e *Episode) error {
	chat := Chat{Messages: []Message{{"user", e.opening()}}, Reward: Number(e.Return()), Task: e.Task}
	for i := range e.Steps {
		t := &e.Steps[i]
		chat.Messages = append(chat.Messages, Message{"assistant", t.Action}, Message{"user", t.Next})
	}
	info, err := encode(e.info())
	if err != nil {
		return err
	}
	chat.Info = string(info)
	b, err := encode(chat)
	if err != nil {
		return err
	}
	_, err = m.w.Write(append(b, '\n'))
	return err
}

func (messages) close() error { return nil }
