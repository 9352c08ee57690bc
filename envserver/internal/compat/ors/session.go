package ors

import (
	"encoding/base64"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// session is a client's session: what it asked for and, once it is open, the lease.
type session struct {
	id   string
	idle time.Duration
	used atomic.Int64 // when it was last asked for, in Unix nanoseconds

	mu     sync.Mutex // held while it is being opened
	want   *asked     // nil after a restart of the server
	lease  *compat.Lease
	prompt []block // of the first timestep; nil until it is known
	failed error   // why it did not start
}

func (f *front) newSession(id string, lease *compat.Lease) *session {
	s := &session{id: id, lease: lease, idle: time.Duration(f.host.Limits.IdleTimeoutMS) * time.Millisecond}
	s.touch()
	return s
}

func (s *session) touch() { s.used.Store(time.Now().UnixNano()) }

// Over tells whether the session has ended, or was created and never used.
func (s *session) Over() bool {
	if !s.mu.TryLock() {
		return false
	}
	defer s.mu.Unlock()
	if s.lease != nil || s.failed != nil {
		return s.failed != nil || s.lease.Ended()
	}
	return time.Since(time.Unix(0, s.used.Load())) > s.idle
}

// lookUp answers the session that a request is of; after a restart of the server, the one that
// was open before.
func (f *front) lookUp(r request) (*session, error) {
	sid, err := sessionID(r)
	if err != nil {
		return nil, err
	}
	if s, found := f.sessions.Get(sid); found {
		s.touch()
		return s, nil
	}
	lease, err := f.host.Resume(leaseID(sid))
	if err != nil {
		return nil, compat.UnknownSession(sid)
	}
	s, _ := f.sessions.Place(sid, func() *session { return f.newSession(sid, lease) })
	return s, nil
}

func leaseID(sid string) string { return compat.SessionID("ors", sid) }

// opened is lookUp for requests that need the episode to run.
func (f *front) opened(r request) (*session, error) {
	s, err := f.lookUp(r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.failed != nil:
		return nil, s.failed
	case s.lease != nil:
		return s, s.lease.Touch()
	case s.want == nil:
		return nil, compat.UnknownSession(s.id)
	}
	return s, f.begin(r, s) // fails it, the next request tries again: SDKs show the failure of their last try
}

// ask says what a session is to play, and starts it, unless the request does not tell in which
// environment.
func (f *front) ask(r request, s *session, want asked) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.failed != nil:
		return s.failed
	case s.want == nil:
		s.want = &want
	case *s.want != want:
		return gym.Errorf(gym.CodeRequestConflict, "session %q was created before with another task", gym.Clip(s.id))
	}
	if s.prompt != nil {
		return s.lease.Touch()
	}
	if f.unnamed(r, want.env) {
		return nil
	}
	err := f.begin(r, s)
	if err != nil && !rest.Passing(err) { // else there was no room: the client comes again
		s.failed = err
		f.sessions.Drop(s.id, s) // so that it can be created again
	}
	return err
}

// begin opens the lease and begins the episode; what was begun before is answered as it was
// then.
func (f *front) begin(r request, s *session) error {
	if err := f.lease(r, s); err != nil {
		return err
	}
	ts, err := s.lease.Reset(s.want.reset(), compat.Call{Key: "create"})
	if err != nil {
		s.lease.Close() // the reset's failure is what there is to tell
		s.lease = nil
		return err
	}
	s.prompt = opening(ts)
	return nil
}

// lease opens the session's lease, if it has none.
func (f *front) lease(r request, s *session) error {
	if s.lease != nil {
		return nil
	}
	t, err := f.target(r, s.want.env)
	if err != nil {
		return err
	}
	lease, err := f.host.Open(r.Context(), leaseID(s.id), t.Target)
	if err == nil {
		s.lease = lease
	}
	return err
}

// block is a piece of what a policy is shown.
type block struct {
	Type     string         `json:"type"`
	Text     *string        `json:"text,omitempty"`
	Data     string         `json:"data,omitempty"`
	MimeType string         `json:"mimeType,omitempty"`
	Detail   map[string]any `json:"detail"`
}

// opening shows a first timestep; what else there is to know of it is the text's detail.
func opening(ts gym.Timestep) []block {
	return blocks(compat.Opening(ts.Observation), ts.Observation.Image, compat.Told(ts))
}

func blocks(text string, image []byte, detail map[string]any) []block {
	all := []block{{Type: "text", Text: &text, Detail: detail}}
	if len(image) > 0 {
		all = append(all, block{Type: "image", Data: base64.StdEncoding.EncodeToString(image), MimeType: "image/png"})
	}
	return all
}

func (f *front) prompt(w http.ResponseWriter, r request) error {
	s, err := f.opened(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.prompt == nil {
		return gym.Errorf(gym.CodeSessionLost, "the prompt was given before the server was started anew; create the session again to have it")
	}
	rest.Write(w, http.StatusOK, s.prompt)
	return nil
}

// ping keeps a session from being idle.
func (f *front) ping(w http.ResponseWriter, r request) error {
	s, err := f.lookUp(r)
	if err != nil {
		return err
	}
	if s.mu.TryLock() { // else it is being opened, and not idle
		defer s.mu.Unlock()
		if s.lease != nil {
			err = s.lease.Touch()
		}
	}
	if err == nil {
		rest.Write(w, http.StatusOK, map[string]string{"status": "ok"})
	}
	return err
}

// delete ends a session. One that is not there is deleted already.
func (f *front) delete(w http.ResponseWriter, r request) error {
	sid, err := sessionID(r)
	if err != nil {
		return err
	}
	if s, err := f.lookUp(r); err == nil {
		f.sessions.Drop(sid, s)
		if err := s.close(); err != nil && gym.CodeOf(err) != gym.CodeUnknownSession {
			return err
		}
	}
	rest.Write(w, http.StatusOK, map[string]string{"sid": sid})
	return nil
}

// close ends the lease, after it was opened if it is being opened.
func (s *session) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lease == nil {
		return nil
	}
	return s.lease.Close()
}
