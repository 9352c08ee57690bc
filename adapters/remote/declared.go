package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
)

// Remote is an environment as configuration declares it.
type Remote struct {
	// Name gives the id remote/NAME; "-v0" is added where it has no version.
	Name string `json:"name"`
	// URL is the server's, or that of one of its environments: http://host:8000/envs/shop.
	URL string `json:"url"`
	// Text is the field of an observation that is shown, a dot leads into an object; where it
	// is empty that is text, prompt or observation, else the whole observation as JSON.
	Text string `json:"text"`
	// Action is the field that an action's text goes into; where it is empty, the only
	// required one. An action of several fields is a JSON object.
	Action string `json:"action"`
	// Reset has further arguments of every reset.
	Reset map[string]any `json:"reset"`
	// Actions are listed as admissible in every state; empty: none are.
	Actions []string `json:"actions"`
	// Goal is the instruction of every task; "play" with the Name when empty.
	Goal string `json:"goal"`
	// MaxSteps truncates an episode; 0: the server alone ends it.
	MaxSteps int `json:"max_steps"`
	// Rewards are the values a reward may take; empty: any.
	Rewards []float64 `json:"rewards"`
	// Deterministic: the same seed and actions give the same timesteps.
	Deterministic bool `json:"deterministic"`
	gym.SeedCounts
}

// Parse reads a declaration: NAME=URL, or a JSON object with the fields of Remote.
func Parse(s string) (Remote, error) {
	var r Remote
	if !strings.HasPrefix(strings.TrimSpace(s), "{") {
		name, address, ok := strings.Cut(s, "=")
		if !ok {
			return r, invalid("%q: give NAME=URL, or a JSON object", s)
		}
		r.Name, r.URL = strings.TrimSpace(name), strings.TrimSpace(address)
		return r, r.validate()
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, invalid("%s: %v", s, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return r, invalid("%s: something follows the object", s)
	}
	return r, r.validate()
}

func invalid(format string, args ...any) error {
	return gym.Errorf(gym.CodeInvalidConfig, "--remote-env "+format, args...)
}

// validate reports every fault at once.
func (r Remote) validate() error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(r.Name+": "+format, args...)) }
	if _, _, err := gym.ParseID(r.id()); err != nil {
		fault("this is not a name; it has letters, digits and _ . -, such as shop or shop-v2")
	}
	if u, err := url.Parse(r.URL); err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme) || u.RawQuery != "" {
		fault("url is %q; give http://HOST:PORT, or https, with the path of the environment", r.URL)
	}
	if r.MaxSteps < 0 {
		fault("max_steps must not be negative")
	}
	if err := r.CheckSeeds(); err != nil {
		fault("%w", err)
	}
	for i, a := range r.Actions {
		if (gym.Spec{}).CheckAction(gym.Action(a)) != nil || slices.Contains(r.Actions[:i], a) {
			fault("the action %q is blank, too long or given twice", a)
		}
	}
	if _, given := r.Reset["seed"]; given {
		fault("reset has a seed, and that is the task's")
	}
	if len(errs) > 0 {
		return invalid("%v", errors.Join(errs...))
	}
	return nil
}

var versioned = regexp.MustCompile(`-v[0-9]+$`)

// id is the environment's id here.
func (r Remote) id() string {
	if versioned.MatchString(r.Name) {
		return "remote/" + r.Name
	}
	return "remote/" + r.Name + "-v0"
}

// spec is what is promised of the environment.
func (r Remote) spec() gym.Spec {
	return gym.Spec{
		ID: r.id(), Description: r.Name + " of an OpenEnv server", MaxSteps: r.MaxSteps, Rewards: r.Rewards,
		Deterministic: r.Deterministic, ListsActions: len(r.Actions) > 0,
	}
}

// address is that of a path of the server; its WebSocket where ws is set.
func (r Remote) address(path string, ws bool) string {
	base := strings.TrimSuffix(r.URL, "/")
	if ws {
		base = "ws" + strings.TrimPrefix(base, "http")
	}
	return base + path
}
