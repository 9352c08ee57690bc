package agentgym

import (
	"crypto/rand"
	"math/big"
	"net/http"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// session is a client's environment, over any number of episodes.
type session struct {
	mu    sync.Mutex // held while a request is carried out
	lease *compat.Lease
	text  string  // of the newest observation
	score float64 // what the episode's rewards add up to
	lost  bool    // text and score are not known, for the server was started anew
}

// Over tells whether the session has ended.
func (s *session) Over() bool {
	if !s.mu.TryLock() {
		return false
	}
	defer s.mu.Unlock()
	return s.lease.Ended()
}

// newID draws an id: a number, as clients expect, that no earlier or other session has, and
// that a double holds exactly.
func newID() int64 {
	n, err := rand.Int(rand.Reader, big.NewInt(1<<53-1))
	if err != nil {
		return 1 // the reader never fails
	}
	return n.Int64() + 1
}

func key(id int64) string { return compat.SessionID("agentgym", strconv.FormatInt(id, 10)) }

// lookUp answers the session of an id, locked; after a restart of the server, the one that was
// open before.
func (f *front) lookUp(id *int64) (*session, error) {
	if id == nil {
		return nil, gym.Errorf(gym.CodeInvalidRequest, "the environment's id is missing: it is the field id or env_idx, as create answered it")
	}
	s, found := f.sessions.Get(key(*id))
	if !found {
		lease, err := f.host.Resume(key(*id))
		if err != nil {
			return nil, compat.UnknownSession(strconv.FormatInt(*id, 10))
		}
		s, _ = f.sessions.Place(key(*id), func() *session { return &session{lease: lease, lost: true} })
	}
	s.mu.Lock()
	return s, nil
}

// running is lookUp for requests that need what is known of the episode.
func (f *front) running(id *int64) (*session, error) {
	s, err := f.lookUp(id)
	if err == nil && s.lost {
		s.mu.Unlock()
		return nil, gym.Errorf(gym.CodeSessionLost, "the server was started anew: reset the environment")
	}
	return s, err
}

// create opens a session; its episode begins with reset. A failure of which a client would take
// the answer for an id has a status of its own.
func (f *front) create(w http.ResponseWriter, r request) error {
	var body struct {
		Commands jsontext.Value `json:"commands"`
		Goal     jsontext.Value `json:"goal"`
		Rest     jsontext.Value `json:",inline"`
	}
	err := f.read(w, r, &body)
	if err == nil && (isSet(body.Commands) || isSet(body.Goal)) {
		err = gym.Errorf(gym.CodeInvalidRequest, "commands and goal cannot be chosen here: reset takes a task's index, data_idx")
	}
	id := newID()
	var lease *compat.Lease
	if err == nil {
		lease, err = f.host.Open(r.Context(), key(id), r.target)
	}
	switch {
	case err != nil && r.shape.number:
		f.fail(w, rest.Status(err), err)
		return nil
	case err != nil:
		return err
	}
	f.sessions.Place(key(id), func() *session { return &session{lease: lease} })
	if r.shape.number {
		rest.Write(w, http.StatusOK, id)
		return nil
	}
	rest.Write(w, http.StatusOK, map[string]any{"id": id, "env_idx": id, "observation": "", "reward": 0, "done": false})
	return nil
}

func isSet(v jsontext.Value) bool { return len(v) > 0 && v.Kind() != 'n' }

// resetBody is the body of reset. Clients name the session id or env_idx, and the task's index
// data_idx, idx, game or session_id, or id where the session is env_idx.
type resetBody struct {
	ID      *int64 `json:"id"`
	EnvIdx  *int64 `json:"env_idx"`
	DataIdx *int64 `json:"data_idx"`
	Idx     *int64 `json:"idx"`
	Game    *int64 `json:"game"`
	Session *int64 `json:"session_id"`

	WorldType  string `json:"world_type"` // ALFWorld's; there is one here
	Split      string `json:"split"`
	Seed       *int64 `json:"seed"`
	Backend    string `json:"backend"`
	Evaluation bool   `json:"evaluation"`
}

// reset is the request that starts the episode, and the session's id.
func (b resetBody) reset() (r compat.Reset, id *int64, err error) {
	id = b.ID
	index := []*int64{b.DataIdx, b.Idx, b.Game, b.Session}
	if b.EnvIdx != nil {
		id, index = b.EnvIdx, append(index, b.ID)
	}
	r = compat.Reset{Split: gym.Split(b.Split), Seed: b.Seed, Backend: b.Backend, Evaluation: b.Evaluation, Index: new(int64(0))}
	given := 0
	for _, n := range index {
		if n != nil {
			r.Index = n
			given++
		}
	}
	switch {
	case given > 1:
		err = gym.Errorf(gym.CodeInvalidRequest, "one of data_idx, idx, game and session_id names the task")
	case *r.Index < 0 || r.Seed != nil && *r.Seed < 0:
		err = gym.Errorf(gym.CodeInvalidRequest, "index and seed must not be negative")
	case b.Split != "" && !r.Split.Valid():
		err = gym.Errorf(gym.CodeUnknownTask, "there is no split %q: use train, seen or unseen", gym.Clip(b.Split))
	}
	return r, id, err
}

func (f *front) reset(w http.ResponseWriter, r request) error {
	var body resetBody
	if err := f.read(w, r, &body); err != nil {
		return err
	}
	want, id, err := body.reset()
	if err != nil {
		return err
	}
	s, err := f.lookUp(id)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	ts, err := s.lease.Reset(want, compat.Call{})
	if err != nil {
		return err
	}
	s.text, s.score, s.lost = r.shape.opening(ts.Observation), 0, false
	if r.shape.list {
		rest.Write(w, http.StatusOK, []any{s.text, compat.Told(ts)})
		return nil
	}
	rest.Write(w, http.StatusOK, answer(*id, s.text, 0, ts))
	return nil
}

func (f *front) step(w http.ResponseWriter, r request) error {
	var body struct {
		ID     *int64  `json:"id"`
		EnvIdx *int64  `json:"env_idx"`
		Action *string `json:"action"`
	}
	if err := f.read(w, r, &body); err != nil {
		return err
	}
	id := either(body.EnvIdx, body.ID)
	if body.Action == nil {
		return gym.Errorf(gym.CodeInvalidRequest, "field \"action\" is missing")
	}
	s, err := f.running(id)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	ts, err := s.lease.Step(gym.Action(*body.Action), compat.Call{})
	if err != nil {
		return err
	}
	s.text = compat.Reading(ts.Observation)
	s.score += ts.Reward
	rest.Write(w, http.StatusOK, answer(*id, s.text, s.score, ts))
	return nil
}

// observation shows the newest observation again.
func (f *front) observation(w http.ResponseWriter, r request) error {
	q := r.URL.Query()
	text := q.Get("env_idx")
	if text == "" {
		text = q.Get("id")
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return gym.Errorf(gym.CodeInvalidRequest, "the parameter id or env_idx is a number")
	}
	s, err := f.running(&id)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	if err := s.lease.Touch(); err != nil {
		return err
	}
	rest.Write(w, http.StatusOK, s.text)
	return nil
}

// close ends a session. One that is not open is closed already.
func (f *front) close(w http.ResponseWriter, r request) error {
	var body struct {
		ID     *int64 `json:"id"`
		EnvIdx *int64 `json:"env_idx"`
	}
	if err := f.read(w, r, &body); err != nil {
		return err
	}
	id := either(body.EnvIdx, body.ID)
	s, err := f.lookUp(id)
	if err == nil {
		defer s.mu.Unlock()
		err = s.lease.Close()
	}
	if err != nil && gym.CodeOf(err) != gym.CodeUnknownSession {
		return err
	}
	rest.Write(w, http.StatusOK, map[string]any{"id": *id, "closed": true})
	return nil
}

func either(a, b *int64) *int64 {
	if a != nil {
		return a
	}
	return b
}
