// Package python hosts Gymnasium environments as python/<id>: each in supervised Python
// processes of its own, several environments in a process.
//
// The interpreter needs gymnasium and NumPy; the program that it runs is in the binary.
// A task is a seed of the environment's reset. What hosted code prints goes to the log;
// what it breaks (an exception, a lost process, an observation against its own space)
// is CodeEnvCrashed, and other processes go on.
package python

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"dreamgym/envserver/gym"
)

// Config says what is hosted and what it may use. Its zero value hosts nothing.
type Config struct {
	// Interpreter is the Python to run; python3 when empty.
	Interpreter string
	// Path has folders of modules, beside those that the interpreter knows.
	Path []string
	Envs []Hosted

	Workers   int           // processes of one environment; as many as processors when 0
	PerWorker int           // environments in one process; 64 when 0
	Memory    int64         // bytes that a process may have; 0: no bound
	CPU       time.Duration // processor time for one message, in whole seconds; 0: no bound
	Deadline  time.Duration // for one message, whoever waits; 5 min when 0
	Log       zerolog.Logger
}

func (c Config) withDefaults() Config {
	c.Interpreter = cmp.Or(c.Interpreter, "python3")
	c.Workers = cmp.Or(c.Workers, runtime.GOMAXPROCS(0))
	c.PerWorker = cmp.Or(c.PerWorker, 64)
	c.Deadline = cmp.Or(c.Deadline, 5*time.Minute)
	return c
}

// startTimeout bounds the start of a process: imports, and making one environment.
const startTimeout = time.Minute

// Suite is what the environments share. Close it when they are used no more.
type Suite struct{ pools []*pool }

// Register adds the configured environments. Each is made once in a process to learn
// its spaces; one that cannot be made is registered and not available.
func Register(r *gym.Registry, c Config) (*Suite, error) {
	c = c.withDefaults()
	s := &Suite{}
	registrations := make([]gym.Registration, len(c.Envs))
	var probes errgroup.Group
	probes.SetLimit(c.Workers)
	for i, h := range c.Envs {
		p := newPool(c, h)
		s.pools = append(s.pools, p)
		probes.Go(func() error {
			registrations[i] = p.registration()
			return nil
		})
	}
	probes.Wait() // what fails is in the registration
	var errs []error
	for _, reg := range registrations {
		errs = append(errs, r.Register(reg))
	}
	for _, p := range s.pools {
		if gym.CodeOf(p.missing) == gym.CodeInvalidConfig {
			errs = append(errs, p.missing)
		}
	}
	return s, errors.Join(errs...)
}

// Close ends every process. It may be called more than once.
func (s *Suite) Close() error {
	for _, p := range s.pools {
		p.close()
	}
	return nil
}

// registration asks a process what the environment is like.
func (p *pool) registration() gym.Registration {
	p.traits, p.missing = p.probe()
	p.spec = p.hosted.spec(p.traits)
	return gym.Registration{
		Spec:  p.spec,
		Tasks: gym.SeedTasks{Env: p.hosted.id(), Goal: cmp.Or(p.hosted.Goal, "play "+p.hosted.ID), Sizes: p.hosted.Seeds()},
		Open: func(context.Context) (gym.Env, error) {
			if p.missing != nil {
				return nil, p.missing
			}
			return &env{pool: p}, nil
		},
		Ready: func() error { return p.missing },
	}
}

// probe starts a process for what it tells of the environment alone.
func (p *pool) probe() (traits, error) {
	if _, err := exec.LookPath(p.config.Interpreter); err != nil {
		return traits{}, &gym.Error{Code: gym.CodeNotAvailable, Err: err, Msg: "the Python interpreter was not found; install Python 3.11 or newer, or name one with --python"}
	}
	proc, err := start(p.config, p.hosted)
	if err != nil {
		return traits{}, notStarted(err)
	}
	defer proc.kill()
	return proc.greet(p.config, p.hosted)
}

// traits are what a process tells of its environment.
type traits struct {
	Code          gym.Code `json:"code"` // with Message: why it cannot be hosted
	Message       string   `json:"message"`
	MaxSteps      int      `json:"max_steps"`
	Deterministic bool     `json:"deterministic"`
	Actions       []string `json:"actions"`
	ActionSpace   string   `json:"action_space"`
	Array         string   `json:"array"` // the observations' NumPy type; "": they are no arrays
	Shape         []int    `json:"shape"`
	// Spaces are told where the observations are arrays.
	Spaces *gym.Spaces `json:"spaces"`
}

// spec is what is promised of the environment.
func (h Hosted) spec(t traits) gym.Spec {
	return gym.Spec{
		ID: h.id(), Description: h.describe(t),
		MaxSteps: cmp.Or(h.MaxSteps, t.MaxSteps), Rewards: h.Rewards, Deterministic: t.Deterministic && !h.Nondeterministic,
		ListsActions: len(t.Actions)+len(h.Actions) > 0, Array: h.array(t), Spaces: h.spaces(t),
		NumericActions: !strings.HasPrefix(t.ActionSpace, "Text("),
	}
}

// spaces are what a client rebuilds, where observations show their array.
func (h Hosted) spaces(t traits) *gym.Spaces {
	if !h.shows(ObserveArray) {
		return nil
	}
	return t.Spaces
}

// array is what the observations' arrays are like, if they have any.
func (h Hosted) array(t traits) *gym.ArraySpec {
	if t.Array == "" || !h.shows(ObserveArray) {
		return nil
	}
	return &gym.ArraySpec{DType: t.Array, Shape: orEmpty(t.Shape), Worded: h.shows(ObserveText)}
}

func (h Hosted) describe(t traits) string {
	if t.ActionSpace == "" {
		return fmt.Sprintf("%s of Gymnasium", h.ID)
	}
	return fmt.Sprintf("%s of Gymnasium; actions: %s", h.ID, t.ActionSpace)
}
