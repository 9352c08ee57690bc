package python

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"dreamgym/envserver/gym"
)

// Hosted is an environment as configuration declares it.
type Hosted struct {
	// ID is Gymnasium's, such as CartPole-v1 or minigrid:MiniGrid-Empty-5x5-v0, where
	// minigrid is a module that registers it.
	ID string `json:"id"`
	// Kwargs go to gymnasium.make.
	Kwargs map[string]any `json:"kwargs"`
	// Wrappers are put around it in this order, such as gymnasium.wrappers:FlattenObservation.
	Wrappers []string `json:"wrappers"`
	// Observe is what an observation has of the state: ObserveArray when empty. A Dict or a
	// Tuple of arrays is one array. Other observations than arrays are always text.
	Observe Observe `json:"observe"`
	// MaxSteps truncates an episode; the environment's own limit when 0.
	MaxSteps int `json:"max_steps"`
	// Rewards are the values a reward may take; empty: any.
	Rewards []float64 `json:"rewards"`
	// Actions name a Discrete space's actions; their numbers are taken as well.
	Actions []string `json:"actions"`
	// Goal is the instruction of every task; "play" with the ID when empty. A dream finds
	// where to begin by it.
	Goal string `json:"goal"`
	// Nondeterministic: the same seed and actions may give other timesteps.
	Nondeterministic bool `json:"nondeterministic"`
	gym.SeedCounts
}

// Observe says what an observation has of the state.
type Observe string

// What an observation may have. ObserveRender is what the environment draws as text
// (render mode "ansi"), without the array.
const (
	ObserveBoth   Observe = "both"
	ObserveText   Observe = "text"
	ObserveArray  Observe = "array"
	ObserveRender Observe = "render"
)

// Parse reads a declaration: an id, or a JSON object with the fields of Hosted.
func Parse(s string) (Hosted, error) {
	h := Hosted{ID: strings.TrimSpace(s)}
	if strings.HasPrefix(h.ID, "{") {
		d := json.NewDecoder(strings.NewReader(s))
		d.DisallowUnknownFields()
		d.UseNumber()
		h = Hosted{}
		if err := d.Decode(&h); err != nil {
			return h, invalid("%s: %v", s, err)
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return h, invalid("%s: something follows the object", s)
		}
	}
	return h, h.validate()
}

func invalid(format string, args ...any) error {
	return gym.Errorf(gym.CodeInvalidConfig, "--python-env "+format, args...)
}

// validate reports every fault at once.
func (h Hosted) validate() error {
	var errs []error
	fault := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf(h.ID+": "+format, args...))
	}
	if _, _, err := gym.ParseID(h.id()); err != nil {
		fault("this is not the id of a Gymnasium environment with its version, such as CartPole-v1")
	}
	switch h.Observe {
	case "", ObserveBoth, ObserveText, ObserveArray, ObserveRender:
	default:
		fault("observe is %q; use both, text, array or render", h.Observe)
	}
	if h.MaxSteps < 0 {
		fault("max_steps must not be negative")
	}
	if err := h.CheckSeeds(); err != nil {
		fault("%w", err)
	}
	for i, a := range h.Actions {
		if strings.TrimSpace(a) != a || a == "" || strings.Contains("\n"+strings.Join(h.Actions[:i], "\n")+"\n", "\n"+a+"\n") {
			fault("the action's name %q is blank, begins or ends with blanks, or is given twice", a)
		}
	}
	if len(errs) > 0 {
		return invalid("%v", errors.Join(errs...))
	}
	return nil
}

// id is the environment's id here.
func (h Hosted) id() string { return "python/" + strings.NewReplacer(":", ".", "/", ".").Replace(h.ID) }

// shows tells whether observations that are arrays are shown in a form.
func (h Hosted) shows(o Observe) bool {
	return h.Observe == o || h.Observe == ObserveBoth || h.Observe == "" && o == ObserveArray
}

// hello is the first message to a process.
func (h Hosted) hello(c Config) map[string]any {
	kwargs := h.Kwargs
	if kwargs == nil {
		kwargs = map[string]any{}
	}
	return map[string]any{
		"path": orEmpty(c.Path), "memory": c.Memory, "cpu": int64(c.CPU.Seconds()),
		"env": map[string]any{
			"id": h.ID, "kwargs": kwargs, "wrappers": orEmpty(h.Wrappers), "render": h.Observe == ObserveRender,
			"array":     h.shows(ObserveArray),
			"max_steps": h.MaxSteps, "actions": orEmpty(h.Actions),
		},
	}
}

func orEmpty[T any](s []T) []T { return append([]T{}, s...) }
