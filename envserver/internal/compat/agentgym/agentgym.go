// Package agentgym is the front end for AgentGym's environment clients: create, reset, step,
// observation and close over HTTP, with failures as answers. An environment is under
// /agentgym/{namespace}/{name}, and under names that the configuration gives it: there the
// answers have the shape that AgentGym's client of that name reads.
package agentgym

import (
	"net/http"
	"net/url"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// prefix is where the front end answers.
const prefix = "/agentgym/"

// Mounts are where the front end answers. Aliases are ids of environments by AgentGym's names.
func Mounts(h *compat.Host, aliases map[string]string) []compat.Mount {
	return []compat.Mount{{Pattern: prefix, Handler: &front{host: h, operations: operations(), aliases: aliases}}}
}

type front struct {
	host       *compat.Host
	operations map[string]operation // by method and path
	aliases    map[string]string
	sessions   compat.Table[*session]
}

// request is a request to one environment's server.
type request struct {
	*http.Request
	target compat.Target
	shape  shape
}

type operation func(f *front, w http.ResponseWriter, r request) error

func operations() map[string]operation {
	return map[string]operation{
		"POST create":     (*front).create,
		"POST reset":      (*front).reset,
		"POST step":       (*front).step,
		"POST close":      (*front).close,
		"GET observation": (*front).observation,
		"GET ":            (*front).hello,
	}
}

// ServeHTTP finds the environment and the operation. What is wrong with the path has a status of
// its own; any other failure is an answer.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, name, err := f.find(r)
	op, known := f.operations[r.Method+" "+name]
	if err == nil && !known {
		err = gym.Errorf(gym.CodeUnknownOperation, "%s %q is nothing here", r.Method, gym.Clip(name))
	}
	if err != nil {
		f.fail(w, rest.Status(err), err)
		return
	}
	if err := op(f, w, q); err != nil {
		f.fail(w, http.StatusOK, err)
	}
}

// find takes "/agentgym/{namespace}/{name}/{operation}" or "/agentgym/{alias}/{operation}" apart.
func (f *front) find(r *http.Request) (q request, operation string, err error) {
	path, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), prefix))
	if err != nil {
		return q, "", gym.Errorf(gym.CodeUnknownEnvironment, "the path is not well encoded")
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	q = request{Request: r, shape: shapeOf(parts[0])}
	name, backend, _ := strings.Cut(parts[0], "@")
	id, aliased := f.aliases[name]
	switch {
	case aliased:
		q.shape, parts = shapeOf(name), parts[1:]
		if backend != "" {
			id, _, _ = strings.Cut(id, "@")
			id += "@" + backend
		}
	case len(parts) < 2, len(parts) == 2 && f.operations[r.Method+" "+parts[1]] != nil:
		return q, "", gym.Errorf(gym.CodeUnknownEnvironment, "the path is %s{namespace}/{name}, or a name of --agentgym-env, and an operation", prefix)
	default:
		id, parts = parts[0]+"/"+parts[1], parts[2:]
	}
	q.target, err = f.host.Target(id)
	return q, strings.Join(parts, "/"), err
}

// failure is an error's body.
type failure struct {
	Error string   `json:"error"`
	Code  gym.Code `json:"code"`
}

func (f *front) fail(w http.ResponseWriter, status int, err error) {
	e := f.host.Failure(err, "AgentGym's protocol")
	rest.Write(w, status, failure{e.Msg, e.Code})
}

func (f *front) hello(w http.ResponseWriter, r request) error {
	rest.Write(w, http.StatusOK, "This is environment "+r.target.Reg.Spec.ID+".")
	return nil
}

// read decodes a body.
func (f *front) read(w http.ResponseWriter, r request, into any) error {
	return rest.Read(w, r.Request, f.host.Limits.MessageBytes, into)
}
