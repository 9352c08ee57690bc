package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"dreamgym/envserver/gym"
)

// Types and codes of the protocol.
const (
	typeObservation = "observation"
	typeError       = "error"

	codeValidation = "VALIDATION_ERROR"
	codeCapacity   = "CAPACITY_REACHED"
)

// object is a JSON object with its numbers as they stand.
type object = map[string]any

// reply is what a server answers, read.
type reply struct {
	code, message string // of an error; code is "" where it is none
	observation   object
	metadata      object
	reward        float64
	rewarded      bool // the reward is not null
	done          bool
}

// parse reads a reply. What the protocol does not have is an error: nothing is guessed.
func parse(frame []byte) (r reply, err error) {
	d := json.NewDecoder(bytes.NewReader(frame))
	d.UseNumber()
	var envelope struct {
		Type string `json:"type"`
		Data object `json:"data"`
	}
	if err := d.Decode(&envelope); err != nil {
		return r, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return r, errors.New("something follows the reply's object")
	}
	switch envelope.Type {
	case typeError:
		r.code, _ = envelope.Data["code"].(string)
		r.message, _ = envelope.Data["message"].(string)
		if r.code == "" {
			return r, errors.New("an error without a code")
		}
		return r, nil
	case typeObservation:
		return r, r.read(envelope.Data)
	}
	return r, fmt.Errorf("a reply of type %q", envelope.Type)
}

// read reads an observation with what came of the action.
func (r *reply) read(data object) (err error) {
	var ok bool
	if r.observation, ok = data["observation"].(object); !ok {
		return errors.New("observation is no object")
	}
	if r.done, ok = data["done"].(bool); !ok {
		return errors.New("done is neither true nor false")
	}
	r.metadata, _ = data[metadataName].(object)
	if inner, ok := r.observation[metadataName].(object); ok && r.metadata == nil {
		r.metadata = inner
	}
	r.reward, r.rewarded, err = rewardOf(data["reward"])
	return err
}

// rewardOf reads a reward: a number, true or false as the protocol allows, or none.
func rewardOf(v any) (reward float64, given bool, err error) {
	switch v := v.(type) {
	case nil:
		return 0, false, nil
	case bool:
		if v {
			reward = 1
		}
		return reward, true, nil
	case json.Number:
		reward, err = v.Float64()
		if err != nil || math.IsNaN(reward) || math.IsInf(reward, 0) {
			return 0, false, errors.New("reward is no finite number")
		}
		return reward, true, nil
	}
	return 0, false, errors.New("reward is no number")
}

// truncated tells whether an episode that is done was cut off: the protocol has one flag
// for both ends, and metadata that tells them apart.
func (r *reply) truncated() bool {
	terminated, _ := r.metadata["terminated"].(bool)
	truncated, _ := r.metadata["truncated"].(bool)
	return r.done && truncated && !terminated
}

// shown are the fields that are text by themselves, the first that there is.
var shown = [...]string{"text", "prompt", "observation"}

// text is what a policy reads of an observation.
func (r *reply) text(field string) (string, error) {
	if field != "" {
		var v any = r.observation
		for _, name := range strings.Split(field, ".") {
			inner, _ := v.(object)
			v = inner[name]
		}
		if v == nil {
			return "", fmt.Errorf("its observation has no %s", field)
		}
		return written(v)
	}
	for _, name := range shown {
		if s, ok := r.observation[name].(string); ok {
			return withGoal(r.observation, s), nil
		}
	}
	rest := make(object, len(r.observation))
	for name, v := range r.observation {
		if name != metadataName && name != "done" && name != "reward" {
			rest[name] = v
		}
	}
	return written(rest)
}

// withGoal puts the goal that an observation has before a text that does not have it.
func withGoal(o object, text string) string {
	goal, _ := o["goal"].(string)
	if goal == "" || strings.Contains(text, goal) {
		return text
	}
	return "Goal: " + goal + "\n\n" + text
}

// written is a value as text: text as it is, anything else as JSON, the same for the same value.
func written(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// info is the server's metadata as it may stand in a timestep.
func (r *reply) info(info gym.Info) {
	if v, ok := sendable(r.metadata); ok && len(r.metadata) > 0 {
		info[metadataName] = v
	}
}

// sendable makes a JSON value one that goes over every wire: without null, and with numbers.
func sendable(v any) (any, bool) {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
		f, err := v.Float64()
		return f, err == nil
	case []any:
		all := make([]any, 0, len(v))
		for _, e := range v {
			if e, ok := sendable(e); ok {
				all = append(all, e)
			}
		}
		return all, true
	case object:
		all := make(object, len(v))
		for k, e := range v {
			if e, ok := sendable(e); ok {
				all[k] = e
			}
		}
		return all, true
	}
	return v, v != nil
}
