// Package nemogym is the front end for NeMo Gym: an environment is a resources server under
// /nemo/{namespace}/{name}, in both of its styles. In the Gymnasium style an agent resets and
// steps with whole model responses; in the standard style it seeds a session, calls tools, and
// has the episode verified at the end. A session is known by its cookie.
package nemogym

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// prefix is where the front end answers.
const prefix = "/nemo/"

// Mounts are where the front end answers.
func Mounts(h *compat.Host) []compat.Mount {
	return []compat.Mount{{Pattern: prefix, Handler: &front{host: h, operations: operations()}}}
}

type front struct {
	host       *compat.Host
	operations map[string]operation // by method and path
	sessions   compat.Table[*session]
}

// request is a request to one environment's server.
type request struct {
	*http.Request
	target compat.Target
	env    string // as the path names it
	cookie string // the session's
}

// operation is what a path ends with.
type operation func(f *front, w http.ResponseWriter, r request) error

func operations() map[string]operation {
	return map[string]operation{
		"POST reset":             (*front).reset,
		"POST step":              (*front).step,
		"POST close":             (*front).close,
		"POST seed_session":      (*front).seed,
		"POST " + toolAct:        (*front).act,
		"POST " + toolObserve:    (*front).observe,
		"POST verify":            (*front).verify,
		"POST aggregate_metrics": (*front).aggregate,
		"GET rows":               (*front).rows,
		"GET ":                   (*front).alive,
		"GET health":             (*front).alive,
		"GET healthz":            (*front).alive,
		"GET readyz":             (*front).alive,
		"GET livez":              (*front).alive,
	}
}

// ServeHTTP finds the environment and the operation. Every answer sets the cookie: agents keep
// those of the newest answer alone.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	env, name, err := cut(r.URL.EscapedPath())
	q := request{Request: r, env: env, cookie: cookieOf(r)}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: q.cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	if err == nil {
		q.target, err = f.host.Target(env)
	}
	op, known := f.operations[r.Method+" "+name]
	if err == nil && !known {
		err = gym.Errorf(gym.CodeUnknownOperation, "%s %q is nothing here; the tools are %s and %s", r.Method, gym.Clip(name), toolAct, toolObserve)
	}
	if err == nil {
		err = op(f, w, q)
	}
	if err != nil {
		f.fail(w, err)
	}
}

// cut takes "/nemo/{namespace}/{name}/{operation}" apart. Agents that trace their rollouts put
// "ng-rollout/{id}" before the operation.
func cut(path string) (env, operation string, err error) {
	path, err = url.PathUnescape(strings.TrimPrefix(path, prefix))
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if err != nil || len(parts) < 2 {
		return "", "", gym.Errorf(gym.CodeUnknownEnvironment, "the path is %s{namespace}/{name}, and an operation", prefix)
	}
	env, parts = parts[0]+"/"+parts[1], parts[2:]
	if len(parts) >= 2 && parts[0] == "ng-rollout" {
		parts = parts[2:]
	}
	return env, strings.Join(parts, "/"), nil
}

// cookieName is the session cookie's.
const cookieName = "dreamgym-session"

// cookieOf is the session that a request belongs to; a new one where it has none.
func cookieOf(r *http.Request) string {
	const most = 200
	if c, err := r.Cookie(cookieName); err == nil && c.Value != "" && len(c.Value) <= most {
		return c.Value
	}
	return rand.Text()
}

func (f *front) alive(w http.ResponseWriter, _ request) error {
	rest.Write(w, http.StatusOK, map[string]string{"status": "ok"})
	return nil
}

// failure is an error's body; an agent may show it to its model as a tool's output.
type failure struct {
	Detail string   `json:"detail"`
	Code   gym.Code `json:"code"`
}

func (f *front) fail(w http.ResponseWriter, err error) {
	e := f.host.Failure(err, "NeMo Gym's protocol")
	rest.Retry(w, e)
	rest.Write(w, rest.Status(e), failure{e.Msg, e.Code})
}

// read decodes a body.
func (f *front) read(w http.ResponseWriter, r request, into any) error {
	return rest.Read(w, r.Request, f.host.Limits.MessageBytes, into)
}
