package gym

import "context"

// Split says what an episode may be used for.
type Split string

// The splits. Only episodes of SplitTrain reach the experience buffer.
const (
	// SplitTrain is what is learned from.
	SplitTrain Split = "train"
	// SplitSeen has other tasks in scenes that train has.
	SplitSeen Split = "seen"
	// SplitUnseen has neither task nor scene in common with train.
	SplitUnseen Split = "unseen"
)

// Splits lists every split.
func Splits() []Split { return []Split{SplitTrain, SplitSeen, SplitUnseen} }

// Valid tells whether s is one of the splits.
func (s Split) Valid() bool { return s == SplitTrain || s == SplitSeen || s == SplitUnseen }

// Task is a goal with its start condition. What decides success is the
// environment's own.
type Task struct {
	// ID is unique in its environment.
	ID   string `json:"id"`
	Goal string `json:"goal,omitempty"`
	// Split decides what may be done with the task's episodes.
	Split Split `json:"split"`
	// Scene names what persists over tasks; tasks with one Scene share it.
	Scene string `json:"scene,omitempty"`
	// Seed and Params are the adapter's own: with them it sets the start condition up.
	Seed   int64             `json:"seed,omitempty"`
	Params map[string]string `json:"params,omitempty"`
	// Start is the first observation, but for its views, where it is known without the real
	// side: a dream then begins with it.
	Start *Observation `json:"start,omitempty"`
}

// TaskSet is an environment's tasks. It may be used by many goroutines.
type TaskSet interface {
	// Len is the number of tasks in a split; 0 where there is no such split.
	Len(ctx context.Context, s Split) (int, error)
	// At answers task i of a split, 0 ≤ i < Len; CodeUnknownTask beyond.
	At(ctx context.Context, s Split, i int) (Task, error)
	// Find answers the task with an id, or CodeUnknownTask.
	Find(ctx context.Context, id string) (Task, error)
}
