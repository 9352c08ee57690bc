// Package experience is the experience buffer (the paper's replay buffer): recorded
// real transitions, in the order in which they came, searchable, and seen through
// snapshots that later additions and evictions do not change.
package experience

import "strconv"

// Transition is one recorded step: what was, what was done, what came of it.
type Transition struct {
	// Seq is the place in the buffer, from 1, given by the buffer.
	Seq     int64
	Task    string
	Scene   string
	Episode string
	Step    int // from 0 in its episode
	Goal    string
	State   string
	Action  string
	Next    string
	Reward  float64
	// Terminated: the task ended; Truncated: the recording did.
	Terminated bool
	Truncated  bool
	// Actions are admissible in State, NextActions in Next; nil where not recorded.
	Actions     []string
	NextActions []string
}

// Ref names a recorded transition.
type Ref struct {
	Episode string
	Step    int
}

// String gives "episode#step", as in info.evidence.
func (r Ref) String() string { return r.Episode + "#" + strconv.Itoa(r.Step) }

// Ref names t.
func (t *Transition) Ref() Ref { return Ref{t.Episode, t.Step} }
