package nemogym

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/compattest"
)

// agent speaks as NeMo Gym's agents do: with the cookies of the newest answer alone.
type agent struct {
	t       *testing.T
	url     string
	cookies []*http.Cookie
}

func serve(t *testing.T, h *compat.Host) *agent {
	t.Helper()
	return &agent{t: t, url: compattest.Serve(t, Mounts(h)) + "/nemo/" + compattest.ID}
}

// reply is any answer.
type reply struct {
	status      int
	raw         string
	Observation *string
	Reward      *float64
	Terminated  bool
	Truncated   bool
	Done        bool
	Info        map[string]any
	Detail      string
	Code        string
	Mask        *bool `json:"mask_sample"`
}

// post sends a body, which is sent as it is where it is a string.
func (a *agent) post(path string, body any) reply {
	a.t.Helper()
	text, raw := body.(string)
	if !raw {
		b, err := json.Marshal(body)
		if err != nil {
			a.t.Fatal(err)
		}
		text = string(b)
	}
	return a.send(http.MethodPost, path, text)
}

func (a *agent) send(method, path, body string) (r reply) {
	a.t.Helper()
	q, err := http.NewRequestWithContext(a.t.Context(), method, a.url+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	for _, c := range a.cookies {
		q.AddCookie(c)
	}
	answer, b := compattest.Send(a.t, q)
	a.cookies = answer.Cookies()
	r.status, r.raw = answer.StatusCode, b
	if err := json.Unmarshal([]byte(b), &r); err != nil {
		a.t.Fatalf("%s answers %d %s", path, r.status, b)
	}
	return r
}

// get answers a body as it is.
func (a *agent) get(path string) string {
	a.t.Helper()
	q, err := http.NewRequestWithContext(a.t.Context(), http.MethodGet, a.url+path, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	_, b := compattest.Send(a.t, q)
	return b
}

// line is a dataset's, as an agent sends it with every request.
func line(more string) string {
	return `{"responses_create_params":{"input":[{"role":"user","content":"play"}],"tools":[]},"agent_ref":{"name":"a"},"verifier_metadata":{"x":1}` + more + `}`
}

// spoken is a step's body with a model's response.
func spoken(id string, items ...string) string {
	return line(`,"_ng_step_request_id":"` + id + `","response":{"id":"r","object":"response","output":[` + strings.Join(items, ",") + `],"tools":[],"usage":null}`)
}

func message(text string) string {
	b, _ := json.Marshal(text)
	return `{"id":"m","role":"assistant","status":"completed","type":"message","content":[{"annotations":[],"text":` + string(b) + `,"type":"output_text"}]}`
}

func function(id, name, arguments string) string {
	b, _ := json.Marshal(arguments)
	return `{"type":"function_call","call_id":"` + id + `","name":"` + name + `","arguments":` + string(b) + `,"status":"completed"}`
}

const thought = `{"id":"t","type":"reasoning","summary":[{"type":"summary_text","text":"win"}]}`
