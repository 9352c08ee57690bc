package ors

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// createSession hands a session's id out. Nothing is held for it until it is created.
func (f *front) createSession(w http.ResponseWriter, r request) error {
	var body struct {
		TaskID string                    `json:"task_id"` // of an answer that was lost
		Env    map[string]jsontext.Value `json:"env"`
	}
	if err := f.read(w, r, &body); err != nil {
		return err
	}
	if len(body.Env) > 0 {
		return gym.Errorf(gym.CodeInvalidRequest, "environment variables cannot be set from here")
	}
	id, err := taskID(body.TaskID)
	if err != nil {
		return err
	}
	s := newStream(w)
	if s.send("task_id", id) == nil {
		s.send("end", "") // a client that is gone asks again
	}
	return nil
}

// asked is which episode a client asked for.
type asked struct {
	env, task, split, backend, episode string
	index, seed                        int64 // -1: none
	evaluation                         bool
}

// createBody is the body of create.
type createBody struct {
	EnvName  string            `json:"env_name"`
	TaskSpec *taskSpec         `json:"task_spec"`
	Split    *string           `json:"split"`
	Index    *int64            `json:"index"`
	Secrets  map[string]string `json:"secrets"` // there is nothing here that they would open
	Toolset  *string           `json:"toolset_name"`
}

// taskSpec is a spec as it comes back, and what a client may add to it.
type taskSpec struct {
	ID         string  `json:"id"`
	Split      *string `json:"split"`
	Index      *int64  `json:"index"`
	Goal       *string `json:"goal"`
	Seed       *int64  `json:"seed"`
	Backend    string  `json:"backend"`
	Evaluation bool    `json:"evaluation"`
	Episode    string  `json:"episode"` // of the backend replay: the recorded episode
}

// asked checks a body of create.
func (b createBody) asked() (asked, error) {
	a := asked{env: b.EnvName, index: -1, seed: -1}
	byIndex := b.Split != nil || b.Index != nil
	switch {
	case b.Toolset != nil:
		return a, gym.Errorf(gym.CodeInvalidRequest, "there is no toolset %q here: leave toolset_name out", gym.Clip(*b.Toolset))
	case (b.TaskSpec != nil) == byIndex:
		return a, gym.Errorf(gym.CodeInvalidRequest, "give either task_spec, or split and index")
	case byIndex:
		return a, a.place(b.Split, b.Index)
	}
	t := b.TaskSpec
	a.backend, a.evaluation, a.episode = t.Backend, t.Evaluation, t.Episode
	if t.Seed != nil {
		if a.seed = *t.Seed; a.seed < 0 {
			return a, gym.Errorf(gym.CodeInvalidRequest, "field \"task_spec.seed\" must not be negative")
		}
	}
	if a.task = t.ID; a.task != "" || a.episode != "" {
		return a, nil
	}
	return a, a.place(t.Split, t.Index)
}

// place sets the task by its place in a split.
func (a *asked) place(split *string, index *int64) error {
	if split == nil || index == nil || *index < 0 {
		return gym.Errorf(gym.CodeInvalidRequest, "a task is named by its id, or by both its split and its index, which is not negative")
	}
	s, err := compat.Split(*split)
	a.split, a.index = string(s), *index
	return err
}

// reset is the request that starts the episode.
func (a asked) reset() compat.Reset {
	r := compat.Reset{Backend: a.backend, Task: a.task, Split: gym.Split(a.split), Evaluation: a.evaluation, Episode: a.episode}
	if a.index >= 0 {
		r.Index = &a.index
	}
	if a.seed >= 0 {
		r.Seed = &a.seed
	}
	return r
}

// create starts the episode of a session; repeated, it is answered as at first. Where it does
// not say which environment it is for, the first request that does starts it: SDKs name it in
// later paths alone.
func (f *front) create(w http.ResponseWriter, r request) error {
	var body createBody
	if err := f.read(w, r, &body); err != nil {
		return err
	}
	want, err := body.asked()
	if err != nil {
		return err
	}
	sid, err := sessionID(r)
	if err != nil {
		return err
	}
	s, err := f.lookUp(r)
	if err != nil {
		if f.sessions.Full(2 * f.host.Limits.Sessions) { // what waits for an environment's name takes no room in the host
			return gym.Errorf(gym.CodeCapacityReached, "as many sessions as there may be were created and never used")
		}
		s, _ = f.sessions.Place(sid, func() *session { return f.newSession(sid, nil) })
	}
	if err := f.ask(r, s, want); err != nil {
		return err
	}
	rest.Write(w, http.StatusOK, map[string]string{"sid": sid})
	return nil
}

// sessionID is what a client calls its session.
func sessionID(r request) (string, error) {
	sid := r.Header.Get("X-Session-ID")
	const most = 200
	if sid == "" || len(sid) > most {
		return "", badHeader{gym.Errorf(gym.CodeInvalidRequest, "the header X-Session-ID is missing, or longer than %d bytes", most)}
	}
	return sid, nil
}

// badHeader is a failure that the standard's servers answer with 400, where a bad body is 422.
type badHeader struct{ error }

// Unwrap answers the failure.
func (b badHeader) Unwrap() error { return b.error }
