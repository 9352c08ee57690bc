package openenv

import (
	"net/http"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
	"dreamgym/envserver/wire"
)

// How a request over HTTP names its session. A client that keeps cookies need not know of it:
// reset sets one. A client that does not sends the header, with what metadata.session_id said.
const (
	sessionHeader = "X-Session-ID"
	sessionCookie = "openenv_session"
)

// sessionOf is the session that a request names; "": none.
func sessionOf(r request) (id string, byCookie bool) {
	if id := r.Header.Get(sessionHeader); id != "" {
		return id, false
	}
	if c, err := r.Cookie(sessionCookie); err == nil {
		return c.Value, true
	}
	return "", false
}

// session answers the session that a request names.
func (f *Front) session(r request) (*play, error) {
	id, _ := sessionOf(r)
	if id == "" {
		e := gym.Errorf(gym.CodeResetRequired, "the request names no session: POST /reset makes one, and sets the cookie %s; without cookies send the header %s with its metadata.session_id; in JSON-RPC, %s and %s make one", sessionCookie, sessionHeader, methodInitialize, methodCreate)
		return nil, &failure{code: sessionError, err: e}
	}
	return f.touched(id, r)
}

// touched answers a session that is asked for.
func (f *Front) touched(id string, r request) (*play, error) {
	p, err := f.find(id, r.Target)
	if err != nil {
		return nil, err
	}
	return p, p.lease.Touch()
}

// sessionFor is session for a reset, which makes one where the request names none, or one of a
// cookie that is over.
func (f *Front) sessionFor(r request) (p *play, made bool, err error) {
	id, byCookie := sessionOf(r)
	if id != "" {
		if p, err = f.touched(id, r); err == nil || !byCookie {
			return p, false, err
		}
	}
	p, err = f.open(r.Context(), r.Target, nil)
	if err != nil {
		err = f.refusal(err)
	}
	return p, true, err
}

func (f *Front) reset(w http.ResponseWriter, r request) error {
	b, err := f.read(w, r)
	if err != nil {
		return err
	}
	args, err := readReset(b)
	if err != nil {
		return err
	}
	p, made, err := f.sessionFor(r)
	if err != nil {
		return err
	}
	answer, err := f.wait(&turn{play: p, write: appendBare}, func(t *turn, to *waiting) error { return t.reset(args, to) })
	if err != nil && made {
		f.close(p)
	}
	if err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: p.id, Path: "/envs/" + r.name, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	write(w, answer)
	return nil
}

func (f *Front) step(w http.ResponseWriter, r request) error {
	b, err := f.read(w, r)
	if err != nil {
		return err
	}
	s, err := readStep(b)
	if err != nil {
		return err
	}
	a, err := readAction(s.action, &r.Reg.Spec)
	if err != nil {
		return err
	}
	if a.tool != "" {
		return wrong("tools are called over the WebSocket, or at /mcp", nil, "action", "type")
	}
	p, err := f.session(r)
	if err != nil {
		return err
	}
	call := p.call(s)
	answer, err := f.wait(&turn{play: p, write: appendBare}, func(t *turn, to *waiting) error { return t.step(a.action, call, to) })
	if err == nil {
		write(w, answer)
	}
	return err
}

// call says how a step is to be carried out. Its request_id names it in its episode: clients
// that count their steps begin anew with each.
func (p *play) call(s stepping) compat.Call {
	c := compat.Call{Timeout: answerWithin}
	if s.key != "" {
		c.Key = p.now().logged + " " + s.key
	}
	if s.timeout > 0 {
		c.Timeout = min(c.Timeout, s.timeout)
	}
	return c
}

func (f *Front) state(w http.ResponseWriter, r request) error {
	p, err := f.session(r)
	if err == nil {
		write(w, p.appendState(nil))
	}
	return err
}

// waiting takes the answer to a request that somebody waits for.
type waiting struct {
	*turn
	done   chan struct{}
	answer []byte
	err    error
}

// Deliver keeps the answer.
func (w *waiting) Deliver(r *wire.Reply) {
	defer close(w.done)
	if w.err = w.take(r); w.err == nil {
		w.answer = w.appendTo(nil)
	}
}

// wait has a turn carried out, and waits for its answer.
func (f *Front) wait(t *turn, send func(*turn, *waiting) error) ([]byte, error) {
	w := &waiting{turn: t, done: make(chan struct{})}
	if err := send(t, w); err != nil {
		return nil, err
	}
	<-w.done
	return w.answer, w.err
}

// read reads a body. One that was cut short is no JSON.
func (f *Front) read(w http.ResponseWriter, r request) ([]byte, error) {
	b, err := rest.Body(w, r.Request, f.host.Limits.MessageBytes)
	if gym.CodeOf(err) == gym.CodeInvalidRequest {
		err = malformed()
	}
	return b, err
}

// write answers with what is JSON already. Who asked may be gone: that is no failure.
func write(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(b)
}
