// Package ors is the front end for the Open Reward Standard: environments as tools that a
// language model calls, over HTTP with answers streamed as server-sent events. An environment
// has one tool, act, and a session is one episode.
//
// Its paths are at the root, where its clients look for them, and under /ors. An environment
// is named in the path, raw or percent-encoded, in the field env_name, or in the header
// X-Deployment.
package ors

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// Mounts are where the front end answers. The root takes what no other path takes.
func Mounts(h *compat.Host) []compat.Mount {
	f := &front{host: h, operations: operations(), heartbeat: 10 * time.Second}
	return []compat.Mount{{Pattern: "/", Handler: f}, {Pattern: "/ors/", Handler: f}}
}

type front struct {
	host       *compat.Host
	operations map[string]operation // by what a path ends with
	sessions   compat.Table[*session]
	heartbeat  time.Duration // between signs of life in a stream
}

// request is a request whose path is taken apart.
type request struct {
	*http.Request
	env string // what the path says of the environment; "" where it says nothing
}

// operation is what a path ends with.
type operation struct {
	method string
	serve  func(f *front, w http.ResponseWriter, r request) error
}

func operations() map[string]operation {
	return map[string]operation{
		"health":            {http.MethodGet, (*front).health},
		"version":           {http.MethodGet, (*front).version},
		"list_environments": {http.MethodGet, (*front).listEnvironments},
		"tools":             {http.MethodGet, (*front).tools},
		"splits":            {http.MethodGet, (*front).splits},
		"tasks":             {http.MethodPost, (*front).tasks},
		"num_tasks":         {http.MethodPost, (*front).numTasks},
		"task":              {http.MethodPost, (*front).task},
		"task_range":        {http.MethodPost, (*front).taskRange},
		"create_session":    {http.MethodPost, (*front).createSession},
		"create":            {http.MethodPost, (*front).create},
		"ping":              {http.MethodPost, (*front).ping},
		"prompt":            {http.MethodGet, (*front).prompt},
		"task_tools":        {http.MethodGet, (*front).taskTools},
		"call":              {http.MethodPost, (*front).call},
		"delete":            {http.MethodPost, (*front).delete},
		"delete_session":    {http.MethodPost, (*front).delete},
	}
}

// ServeHTTP finds the operation that a path ends with.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	env, name, err := cut(r.URL.EscapedPath())
	op, known := f.operations[name]
	switch {
	case err != nil:
		f.fail(w, err)
	case !known:
		f.fail(w, gym.Errorf(gym.CodeUnknownOperation, "there is nothing at this path; an environment is at /envs/{namespace}/{name} for OpenEnv, likewise under /nemo and /agentgym, and by its name here"))
	case op.method != r.Method && !(op.method == http.MethodGet && r.Method == http.MethodHead):
		w.Header().Set("Allow", op.method)
		rest.Write(w, http.StatusMethodNotAllowed, failure{Detail: name + " takes " + op.method, Code: gym.CodeInvalidRequest})
	default:
		if err := op.serve(f, w, request{r, env}); err != nil {
			f.fail(w, err)
		}
	}
}

// cut takes "/ors/{env}/{operation}" apart; the prefix and the environment may be missing, and
// the environment's own slash may be percent-encoded.
func cut(path string) (env, operation string, err error) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if parts[0] == "ors" {
		parts = parts[1:]
	}
	for i, p := range parts {
		if parts[i], err = url.PathUnescape(p); err != nil {
			return "", "", gym.Errorf(gym.CodeInvalidRequest, "the path is not well encoded")
		}
	}
	if len(parts) == 0 {
		return "", "", nil
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], "/"), parts[last], nil
}

// failure is an error's body; detail is what clients show.
type failure struct {
	Detail string   `json:"detail"`
	Code   gym.Code `json:"code"`
}

func (f *front) fail(w http.ResponseWriter, err error) {
	e := f.host.Failure(err, "ORS")
	status := rest.Status(e)
	if errors.As(err, new(badHeader)) {
		status = http.StatusBadRequest
	}
	rest.Retry(w, e)
	rest.Write(w, status, failure{e.Msg, e.Code})
}

func (f *front) health(w http.ResponseWriter, _ request) error {
	rest.Write(w, http.StatusOK, map[string]string{"status": "ok"})
	return nil
}

func (f *front) version(w http.ResponseWriter, _ request) error {
	rest.Write(w, http.StatusOK, map[string]any{"version": f.host.Version, "build_sha": nil})
	return nil
}

func (f *front) listEnvironments(w http.ResponseWriter, _ request) error {
	ids := []string{}
	for _, reg := range f.host.Registry.All() {
		ids = append(ids, reg.Spec.ID)
	}
	rest.Write(w, http.StatusOK, ids)
	return nil
}

// read decodes a body.
func (f *front) read(w http.ResponseWriter, r request, into any) error {
	return rest.Read(w, r.Request, f.host.Limits.MessageBytes, into)
}
