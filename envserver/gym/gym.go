// Package gym is the contract between whoever steps an environment and whoever
// plays it. It is a leaf: standard library only, no state of its own.
//
// An [Env] is one steppable instance. What stands behind it, a real system or a
// dream of one, shows in [Info] alone; observation and action have the same
// schema on every backend.
package gym

import "context"

// Env is one steppable instance of an environment.
//
// Its owner calls it from one goroutine at a time. A context bounds the call it
// is given to, never the life of the Env; that ends with Close.
type Env interface {
	// Reset starts an episode of o.Task and answers its first timestep, whose
	// reward is 0. It may be called again at any time.
	Reset(ctx context.Context, o ResetOptions) (Timestep, error)
	// Step acts. Before a Reset, and after a timestep that is terminated or
	// truncated, it answers CodeResetRequired. An error with any other code than
	// CodeInvalidAction means that the episode is lost: Reset comes next.
	Step(ctx context.Context, a Action) (Timestep, error)
	// Close frees what the Env holds. It may be called more than once.
	Close() error
}

// ResetOptions say which episode to start.
type ResetOptions struct {
	// Task is what to play. It is required, and comes from the environment's TaskSet.
	Task Task
	// Seed decides everything in the episode that Task leaves open. The same Task,
	// Seed and actions give the same timesteps wherever the Spec says Deterministic.
	Seed int64
}

// Action is what a policy says: text such as "go to shelf 1" or "click('a12')".
type Action string

// Timestep is what an Env answers to Reset and to Step.
type Timestep struct {
	Observation Observation `json:"observation"`
	Reward      float64     `json:"reward"`
	// Terminated says that the task itself ended, by success or failure.
	Terminated bool `json:"terminated"`
	// Truncated says that something else ended the episode: a step limit, or a dream
	// without evidence to go on (Info "stop").
	Truncated bool `json:"truncated"`
	Info      Info `json:"info,omitempty"`
}

// Ended tells whether the episode is over.
func (t Timestep) Ended() bool { return t.Terminated || t.Truncated }

// Observation is what a policy sees. Which fields an environment fills is in its
// Spec and is the same for every backend.
type Observation struct {
	// Goal is the task's instruction.
	Goal string `json:"goal,omitempty"`
	// Text is the state as a policy reads it: an element list, a game's words.
	Text string `json:"text"`
	// Actions are the admissible actions, where the environment can list them.
	Actions []string `json:"actions,omitempty"`
	URL     string   `json:"url,omitempty"`
	// Image is a PNG, only when asked for.
	Image []byte `json:"image,omitempty"`
	// Array is the state of a numeric environment.
	Array *Array `json:"array,omitempty"`
	// Extra holds further views (accessibility tree, HTML), only when asked for.
	Extra map[string]any `json:"extra,omitempty"`
}

// Info is what is worth knowing of a timestep and is not for the policy: where it
// came from and how sure that is. Keys that the server itself gives are the Info
// constants; an adapter may add others. Values are strings, numbers, booleans, and
// lists and string-keyed maps of these.
type Info map[string]any

// Keys of Info.
const (
	InfoBackend      = "backend"       // "real", "dream", "replay", …; on every timestep
	InfoSeedHonoured = "seed_honoured" // whether Seed decides the episode; on the first timestep
	InfoTask         = "task"          // the task's id; on the first timestep
	InfoSplit        = "split"         // the task's split; on the first timestep
	InfoScene        = "scene"         // the task's scene; on the first timestep
	InfoEpisode      = "episode"       // the episode's id; on the first timestep, given by the session
	InfoActionError  = "action_error"  // why the action could not be carried out, where the state says no more
	InfoRawReward    = "raw_reward"    // the system's own figure, where Reward is derived from it
	InfoPartial      = "partial"       // true: the observation was cut short by a deadline
	InfoRefused      = "refused"       // hosts that a page asked for and may not reach
	InfoTabsClosed   = "tabs_closed"   // how many tabs a page opened beyond what it may; they were closed
	InfoStop         = "stop"          // why a truncated episode ended: "step_limit", "insufficient_evidence"
	InfoEvidence     = "evidence"      // dream: the recorded transitions it rests on, strings "episode#step"
	InfoConfidence   = "confidence"    // dream: calibrated probability that the timestep is right, 0 to 1
	InfoModel        = "model"         // dream: the experience model's name and version
	InfoSnapshot     = "snapshot"      // dream: the buffer's watermark that the episode is pinned to
	InfoReasoning    = "reasoning"     // dream: the model's reasoning, only when asked for
	InfoReproducible = "reproducible"  // dream: false where the same inputs may not give the same step
	InfoDisagreed    = "disagreed"     // dream: true where models, or a model and the recordings, said different things
	InfoUsage        = "usage"         // dream: completions, tokens and cost that a language model's endpoint took
)

// Values of InfoStop.
const (
	StopStepLimit            = "step_limit"
	StopInsufficientEvidence = "insufficient_evidence"
)

// Policy chooses actions from what a policy sees. It lives for one episode.
type Policy interface {
	// Act answers the action to take after ts, "" when it has no more to say.
	Act(ts Timestep) Action
}
