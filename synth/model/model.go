// Package model is the contract of an experience model: from the task, the history,
// the action and recorded transitions it reasons its way to the next state, reward and
// end (arXiv:2511.03773, Eq. 4).
package model

import (
	"context"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// Model is an experience model. It may be used by many goroutines.
type Model interface {
	// Name is the model's name and version, as in info.model.
	Name() string
	// Begin starts a dreamed episode, or answers CodeInsufficientEvidence with what
	// would help.
	Begin(ctx context.Context, s Start) (Episode, error)
}

// Learner is what a Model also is if it has to learn from a snapshot before it can begin.
type Learner interface {
	Model
	// Ready answers the newest snapshot, s or an earlier one of its buffer, with which
	// Begin does not wait, and learns meanwhile from s; s itself where there is none that
	// is new enough.
	Ready(s *experience.Snapshot) *experience.Snapshot
	// Close ends the learning; Begin then knows only what was learned.
	Close() error
}

// Stopped tells whether stop is closed: what is being learned is not wanted any more.
func Stopped(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// Start says which episode to dream.
type Start struct {
	// Spec is the environment's registration; the model gives no reward that it does
	// not declare.
	Spec gym.Spec
	// Task is what to dream; with Task.Start the episode begins there.
	Task gym.Task
	Seed int64
	// Experience is what the model may rest on, pinned for the episode's life.
	Experience *experience.Snapshot
	// MostLikely takes the commonest recorded outcome where chance decides, instead of
	// a draw keyed by Seed.
	MostLikely bool
}

// Episode is a dream under way. It is used by one goroutine.
type Episode interface {
	// First is the start state.
	First() Prediction
	// Predict reasons about what action would lead to. It changes nothing: the same
	// call gives the same answer until Observe.
	Predict(ctx context.Context, action string) (Prediction, error)
	// Observe tells what the action did lead to: the prediction itself in a dream, the
	// recorded outcome where a real episode is followed.
	Observe(o Outcome)
}

// Critic is what an Episode also is if it can hold what another model says against the
// recordings.
type Critic interface {
	Episode
	// Supports tells whether recorded cases speak for a reward and an end after an action
	// now, and what speaks against it. The common reward without an end needs no case.
	Supports(action string, reward float64, terminated bool) (ok bool, why string)
	// Actions predicts the admissible actions after an outcome that is not observed yet; nil
	// where the recordings list none.
	Actions(o Outcome) []string
}

// Outcome is a step as it came to pass.
type Outcome struct {
	Action     string
	Next       gym.Observation
	Reward     float64
	Terminated bool
	// Dreamed: it is a prediction of the model's own, nothing that really happened.
	Dreamed bool
}

// Evidence says what kind of recordings a prediction rests on, best first.
type Evidence string

// The kinds of evidence.
const (
	EvidenceSame      Evidence = "same"      // the same state and action were recorded
	EvidenceScene     Evidence = "scene"     // the same scene
	EvidenceElsewhere Evidence = "elsewhere" // other scenes only
	EvidenceNone      Evidence = "none"      // nothing fits: not enough to go on
)

// Prediction is the model's answer.
type Prediction struct {
	// Reasoning tells in plain sentences how the model came to its answer.
	Reasoning string
	// Next is the next state; Next.Actions where the environment lists them.
	Next       gym.Observation
	Reward     float64
	Terminated bool
	// Invalid: the action is not possible here; the state stays.
	Invalid bool
	// Evidence kind, and the transitions it rests on, best first.
	Evidence    Evidence
	Transitions []experience.Ref
	// Confidence is the calibrated probability that the prediction is right, 0 to 1.
	Confidence float64
	// Disagreed: models, or a model and the recordings, said different things of it.
	Disagreed bool
	// Irreproducible: the same inputs may not give it again.
	Irreproducible bool
	// Usage is what it took of an endpoint; nil where none was asked. An answer that is given
	// again has the usage that it had the first time.
	Usage *Usage
}

// Usage counts what was asked of an endpoint.
type Usage struct {
	Completions      int
	PromptTokens     int
	CachedTokens     int // of the prompt's, those that the endpoint had at hand
	CompletionTokens int
	Compactions      int     // how often the history was cut, so that its prefix changed
	Cost             float64 // by the prices that were configured
}
