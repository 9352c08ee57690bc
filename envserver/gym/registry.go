package gym

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Backend names what plays an environment.
type Backend string

// The backends. BackendMixed takes a share of dream, as "mixed:0.9".
const (
	BackendReal   Backend = "real"
	BackendDream  Backend = "dream"
	BackendReplay Backend = "replay"
	BackendMixed  Backend = "mixed"
	BackendShadow Backend = "shadow"
)

var (
	idPattern      = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+-v[0-9]+$`)
	backendPattern = regexp.MustCompile(`^(real|dream|replay|shadow|mixed(:(0(\.[0-9]+)?|1(\.0+)?))?)$`)
)

// ParseID splits "namespace/name-vN[@backend]"; the backend is "" where there is none.
func ParseID(s string) (id string, b Backend, err error) {
	id, suffix, at := strings.Cut(s, "@")
	if !idPattern.MatchString(id) {
		return "", "", Errorf(CodeUnknownEnvironment, "%q is not an environment id: it has the form namespace/name-vN, optionally @backend", Clip(s))
	}
	if !at {
		return id, "", nil
	}
	b, err = ParseBackend(suffix)
	return id, b, err
}

// ParseBackend checks the name of a backend.
func ParseBackend(s string) (Backend, error) {
	if !backendPattern.MatchString(s) {
		return "", Errorf(CodeUnknownBackend, "%q is not a backend: use real, dream or replay", Clip(s))
	}
	return Backend(s), nil
}

// Spec is an environment's registration: what it promises on every backend.
type Spec struct {
	ID          string `json:"id"`
	Description string `json:"description"`
	// MaxSteps truncates an episode; 0: never.
	MaxSteps int `json:"max_steps,omitempty"`
	// Rewards are the values a reward may take; empty: any.
	Rewards []float64 `json:"rewards,omitempty"`
	// Deterministic: the same task, seed and actions give the same timesteps.
	Deterministic bool `json:"deterministic"`
	// ListsActions: every observation of a running episode has its admissible actions.
	ListsActions bool `json:"lists_actions"`
	// MaxText bounds Observation.Text in bytes; 0: 1 MiB.
	MaxText int `json:"max_text,omitempty"`
	// MaxAction bounds an action in bytes; 0: 4 KiB.
	MaxAction int `json:"max_action,omitempty"`
	// Experience names the buffer that the environment's episodes flow into; environments
	// of one name share it. Empty: the ID.
	Experience string `json:"experience,omitempty"`
	// Array says that every observation has an Array, and what it is like; nil: none has.
	Array *ArraySpec `json:"array,omitempty"`
	// Spaces are what a client makes of the array, and takes as actions; nil: both are text.
	Spaces *Spaces `json:"spaces,omitempty"`
	// NumericActions: an action is the text of a number, or of nested lists of numbers.
	NumericActions bool `json:"numeric_actions,omitempty"`
	// Browser: what is shown is a page in a browser, and actions are such as click('a12').
	Browser bool `json:"browser,omitempty"`
	// Views are the keys of Observation.Extra that every timestep has; one that a backend
	// cannot give is null. "screenshot" stands for Observation.Image, "url" for Observation.URL.
	Views []string `json:"views,omitempty"`
	// DreamOnly: there is no real side (an import).
	DreamOnly bool `json:"dream_only,omitempty"`
}

// Views that come as fields of their own: Observation.Image and Observation.URL.
const (
	ViewScreenshot = "screenshot"
	ViewURL        = "url"
)

// Shown gives an observation the keys that Views declares, null where it lacks one, and no
// others.
func (s Spec) Shown(o Observation) Observation {
	if len(s.Views) == 0 {
		return o
	}
	extra := make(map[string]any, len(s.Views))
	for _, v := range s.Views {
		if v != ViewScreenshot && v != ViewURL {
			extra[v] = o.Extra[v]
		}
	}
	if o.Extra = extra; len(extra) == 0 {
		o.Extra = nil
	}
	return o
}

// TextLimit is MaxText with its default.
func (s Spec) TextLimit() int { return orDefault(s.MaxText, 1<<20) }

// ActionLimit is MaxAction with its default.
func (s Spec) ActionLimit() int { return orDefault(s.MaxAction, 4<<10) }

// Buffer is Experience with its default.
func (s Spec) Buffer() string {
	if s.Experience == "" {
		return s.ID
	}
	return s.Experience
}

func orDefault(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}

// CheckAction answers CodeInvalidAction for what no environment of this Spec can read.
func (s Spec) CheckAction(a Action) error {
	switch {
	case strings.TrimSpace(string(a)) == "":
		return Errorf(CodeInvalidAction, "the action is empty; an action is text such as the environment lists or documents")
	case len(a) > s.ActionLimit():
		return Errorf(CodeInvalidAction, "the action has %d bytes; %s takes at most %d", len(a), s.ID, s.ActionLimit())
	case strings.ToValidUTF8(string(a), "") != string(a):
		return Errorf(CodeInvalidAction, "the action is not valid UTF-8")
	}
	return nil
}

// Registration is an environment as its adapter registers it.
type Registration struct {
	Spec  Spec
	Tasks TaskSet
	// Open makes a real Env; nil where there is no real side.
	Open func(ctx context.Context) (Env, error)
	// Solver makes the scripted policy of a task, which acts on what a policy sees and
	// so plays on every backend; nil where there is none.
	Solver func(t Task) Policy
	// Ready answers nil, or CodeNotAvailable with what is missing; nil: always ready.
	Ready func() error
}

// Registry holds registrations. It may be used by many goroutines.
type Registry struct {
	mu  sync.RWMutex
	all map[string]Registration
}

// NewRegistry answers an empty registry.
func NewRegistry() *Registry { return &Registry{all: make(map[string]Registration)} }

// Register adds an environment; an id can be registered once.
func (r *Registry) Register(reg Registration) error {
	id, backend, err := ParseID(reg.Spec.ID)
	if err != nil {
		return err
	}
	if backend != "" {
		return fmt.Errorf("gym: register %s: an id is registered without a backend", reg.Spec.ID)
	}
	if namespace, _, _ := strings.Cut(id, "/"); slices.Contains(Reserved(), namespace) {
		return fmt.Errorf("gym: register %s: the namespace %q is a path of the server's own", id, namespace)
	}
	if reg.Tasks == nil || (reg.Open == nil) != reg.Spec.DreamOnly {
		return fmt.Errorf("gym: register %s: Tasks is required, and Open unless DreamOnly", id)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, taken := r.all[id]; taken {
		return fmt.Errorf("gym: register %s: the id is taken", id)
	}
	r.all[id] = reg
	return nil
}

// Reserved lists what a namespace cannot be called: paths of the server and of the protocols
// that it speaks begin with these.
func Reserved() []string {
	return []string{
		"agentgym", "call", "create", "create_session", "delete", "delete_session", "docs", "envs", "health", "healthz",
		"list_environments", "mcp", "messages", "metadata", "metrics", "nemo", "num_tasks", "openapi.json", "ors", "ping", "prompt",
		"readyz", "reset", "schema", "score_group", "splits", "state", "step", "task", "task_range", "task_tools", "tasks",
		"tools", "v1", "version", "ws",
	}
}

// Find answers the registration of an id without a backend, or CodeUnknownEnvironment.
func (r *Registry) Find(id string) (Registration, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	reg, ok := r.all[id]
	if !ok {
		return Registration{}, Errorf(CodeUnknownEnvironment, "there is no environment %q here; `envserver envs` lists what there is", Clip(id))
	}
	return reg, nil
}

// All answers every registration in order of id.
func (r *Registry) All() []Registration {
	r.mu.RLock()
	defer r.mu.RUnlock()
	all := make([]Registration, 0, len(r.all))
	for _, reg := range r.all {
		all = append(all, reg)
	}
	slices.SortFunc(all, func(a, b Registration) int { return strings.Compare(a.Spec.ID, b.Spec.ID) })
	return all
}
