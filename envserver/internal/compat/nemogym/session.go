package nemogym

import (
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// session is an agent's session in one environment, over any number of episodes.
type session struct {
	id string

	mu       sync.Mutex // held while a request is carried out
	opened   bool       // or it could not be
	lease    *compat.Lease
	newest   gym.Timestep // of the running episode, or of the one that ended last
	total    float64      // what the episode's rewards add up to
	counted  string       // the name of the step that was added last
	invalid  error        // why total is not what the policy earned
	verified time.Time    // when the session ended by verify
}

// again is how long a verified episode is kept, for an agent that lost the answer.
const again = 5 * time.Minute

// Over tells whether nothing can be asked of the session any more.
func (s *session) Over() bool {
	if !s.mu.TryLock() {
		return false
	}
	defer s.mu.Unlock()
	if !s.verified.IsZero() {
		return time.Since(s.verified) > again
	}
	return s.opened && !s.open()
}

func (s *session) open() bool { return s.lease != nil && !s.lease.Ended() }

// key and id tell sessions apart: one cookie may have a session in each environment.
func (r request) key() string { return r.env + ":" + r.cookie }

func (r request) id() string { return compat.SessionID("nemo", r.env, r.cookie) }

// held answers the session of a request, locked; after a restart of the server, the one that
// was open before.
func (f *front) held(r request) (*session, error) {
	s, found := f.sessions.Get(r.key())
	if !found {
		lease, err := f.host.Resume(r.id())
		if err != nil {
			return nil, errUnknown()
		}
		lost := gym.Errorf(gym.CodeSessionLost, "the rewards from before the server was started anew are not known")
		s, _ = f.sessions.Place(r.key(), func() *session { return &session{id: r.id(), opened: true, lease: lease, invalid: lost} })
	}
	s.mu.Lock()
	return s, nil
}

// lookUp is held for requests that need the session to be open.
func (f *front) lookUp(r request) (*session, error) {
	s, err := f.held(r)
	if err == nil && !s.open() {
		s.mu.Unlock()
		return nil, errUnknown()
	}
	return s, err
}

func errUnknown() error {
	return gym.Errorf(gym.CodeUnknownSession, "the session is not open: send the cookie of its reset or seed_session; it may have been closed, or idle for too long")
}

// lookUpOrOpen is lookUp for requests that begin an episode.
func (f *front) lookUpOrOpen(r request) (*session, error) {
	s, err := f.held(r)
	if err != nil {
		s, _ = f.sessions.Place(r.key(), func() *session { return &session{id: r.id()} })
		s.mu.Lock()
	}
	if s.open() {
		return s, nil
	}
	s.lease, err = f.host.Open(r.Context(), s.id, r.target)
	s.opened, s.verified = true, time.Time{}
	if err != nil {
		s.lease = nil
		s.mu.Unlock()
		return nil, err
	}
	return s, nil
}

// row is what a dataset's row says of the episode; everything else in it is the agent's.
type row struct {
	Task       string         `json:"task"` // its id; or split and index
	Split      string         `json:"split"`
	Index      *int64         `json:"index"`
	Seed       *int64         `json:"seed"`
	Backend    string         `json:"backend"`
	Evaluation bool           `json:"evaluation"`
	Episode    string         `json:"episode"`        // of the backend replay: the recorded episode
	Row        *int64         `json:"_ng_task_index"` // the row's place in its dataset
	Rest       jsontext.Value `json:",inline"`
}

// reset is the request that starts the episode. A row that names no task is that of its place,
// so that the rollouts of a group play the same one.
func (r row) reset() (compat.Reset, error) {
	for name, n := range map[string]*int64{"index": r.Index, "seed": r.Seed, "_ng_task_index": r.Row} {
		if n != nil && *n < 0 {
			return compat.Reset{}, gym.Errorf(gym.CodeInvalidRequest, "field %q must not be negative", name)
		}
	}
	split := gym.Split(r.Split)
	if split != "" && !split.Valid() {
		return compat.Reset{}, gym.Errorf(gym.CodeUnknownTask, "there is no split %q: use train, seen or unseen", gym.Clip(r.Split))
	}
	if r.Task != "" { // it names the task alone
		return compat.Reset{Task: r.Task, Seed: r.Seed, Backend: r.Backend, Evaluation: r.Evaluation}, nil
	}
	reset := compat.Reset{Split: split, Index: r.Index, Seed: r.Seed, Backend: r.Backend, Evaluation: r.Evaluation, Episode: r.Episode}
	if reset.Index == nil && reset.Seed == nil && reset.Episode == "" {
		reset.Index = r.Row
	}
	return reset, nil
}

// begin starts the episode that a row names, in the session of its cookie.
func (f *front) begin(w http.ResponseWriter, r request) (gym.Timestep, error) {
	var body row
	if err := f.read(w, r, &body); err != nil {
		return gym.Timestep{}, err
	}
	want, err := body.reset()
	if err != nil {
		return gym.Timestep{}, err
	}
	s, err := f.lookUpOrOpen(r)
	if err != nil {
		return gym.Timestep{}, err
	}
	defer s.mu.Unlock()
	ts, err := s.lease.Reset(want, compat.Call{})
	if err != nil {
		if s.newest.Info == nil { // nobody knows of the session yet
			s.lease.Close() // the reset's failure is what there is to tell
		}
		return ts, err
	}
	s.newest, s.total, s.counted, s.invalid = ts, 0, "", nil
	return ts, nil
}

// do carries an action out, once where it has a name. A failure that ends the episode makes its
// rewards worthless.
func (s *session) do(a gym.Action, key string) (gym.Timestep, error) {
	ts, err := s.lease.Step(a, compat.Call{Key: key})
	switch code := gym.CodeOf(err); {
	case err == nil && (key == "" || key != s.counted):
		s.newest, s.counted = ts, key
		s.total += ts.Reward
	case err == nil, rest.Passing(err), code == gym.CodeInvalidAction, code == gym.CodeResetRequired, code == gym.CodeRequestConflict:
	default:
		s.invalid = err
	}
	return ts, err
}
