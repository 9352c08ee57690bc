package ors

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dreamgym/envserver/internal/compat/compattest"
)

// TestNames finds environments as SDKs name them.
func TestNames(t *testing.T) {
	h := compattest.Start(t, 10)
	c := serve(t, h)
	const raw = "/" + compattest.ID
	escaped := "/" + strings.Replace(compattest.ID, "/", "%2F", 1)
	for _, path := range []string{raw, escaped, "/ors" + raw, "/ors" + escaped, raw + "@real", escaped + "%40real"} {
		if status, text := c.send("GET", path+"/splits", nil); status != 200 || text != `[{"name":"train","type":"train"},{"name":"seen","type":"validation"}]` {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if _, text := c.send("GET", "/splits", nil); !strings.HasPrefix(text, "[") {
		t.Errorf("the only environment is not found without a name: %s", text)
	}
	if err := compattest.RegisterAs(h.Registry, "test/other-v0"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		deployment, backend, path, want string
		status                          int
	}{
		{"", "", "/task", "name the environment", 404},
		{"env", "", "/task", "name the environment", 404},
		{"test/other-v0", "", "/task", `"env_name":"test/other-v0"`, 200},
		{"test/other-v0", "real", "/task", `"env_name":"test/other-v0@real"`, 200},
		{"test/other-v0", "dream", "/task", "dream", 409},
		{"test/other-v0", "x", "/task", "is not a backend", 400},
		{"test/other-v0", "", raw + "/task", `"env_name":"` + compattest.ID + `"`, 200},
		{"test/none-v0", "", "/task", "there is no environment", 404},
		{"", "", "/any/task", "is not an environment id", 404},
	} {
		c.header = http.Header{"X-Deployment": {tt.deployment}, "X-Backend": {tt.backend}}
		if status, text := c.send("POST", tt.path, `{"split":"train","index":1}`); status != tt.status || !strings.Contains(text, tt.want) {
			t.Errorf("%+v: %d %s", tt, status, text)
		}
	}
	c.header = http.Header{"X-Deployment": {"env"}}
	h.Env = "test/other-v0"
	if status, text := c.send("POST", "/num_tasks", `{"split":"train"}`); status != 200 || text != `{"env_name":"test/other-v0","num_tasks":2}` {
		t.Errorf("the environment for those that name none: %d %s", status, text)
	}
}

// TestLateName creates a session without an environment, which the first call's path names.
func TestLateName(t *testing.T) {
	h := compattest.Start(t, 1)
	if err := compattest.RegisterAs(h.Registry, "test/other-v0"); err != nil {
		t.Fatal(err)
	}
	c := serve(t, h)
	c.create(`{"split":"validation","index":0}`)
	c.create(`{"split":"validation","index":0}`)
	if status, _ := c.send("POST", "/ping", nil); status != 200 || h.Sessions.Len() != 0 {
		t.Errorf("ping: %d, %d sessions", status, h.Sessions.Len())
	}
	for range 2 { // SDKs try again, and show what they are told last
		if status, text := c.send("GET", "/test/none-v0/prompt", nil); status != http.StatusNotFound || !strings.Contains(text, "there is no environment") {
			t.Errorf("a prompt of no environment: %d %s", status, text)
		}
		if status, text := c.send("GET", "/"+compattest.ID+"@dream/prompt", nil); status != http.StatusConflict || !strings.Contains(text, "cannot be dreamed") {
			t.Errorf("a prompt of a dream that is not there: %d %s", status, text)
		}
	}
	c.create(`{"split":"validation","index":0}`)
	a, _, failure := c.call(act("half"))
	if failure != "" || !a.OK {
		t.Errorf("a call: %+v %s", a, failure)
	}
	if _, text := c.send("GET", "/prompt", nil); !strings.Contains(text, "goal 0 of seen") {
		t.Errorf("the prompt: %s", text)
	}
}

// TestCreatedOnly bounds what is created and never used.
func TestCreatedOnly(t *testing.T) {
	h := compattest.Start(t, 1)
	if err := compattest.RegisterAs(h.Registry, "test/other-v0"); err != nil {
		t.Fatal(err)
	}
	c := serve(t, h)
	for i, want := range []int{200, 200, 503} {
		c.sid = fmt.Sprint(i)
		if status, text := c.send("POST", "/create", `{"split":"train","index":0}`); status != want {
			t.Errorf("create %d: %d %s", i, status, text)
		}
	}
}

// TestTasks lists a split in the ways that there are.
func TestTasks(t *testing.T) {
	c := serve(t, compattest.Start(t, 1))
	const zero = `{"id":"train-0","split":"train","index":0,"goal":"goal 0 of train"}`
	const one = `{"id":"train-1","split":"train","index":1,"goal":"goal 1 of train"}`
	const name = `"env_name":"` + compattest.ID + `"`
	for _, tt := range []struct {
		path, body, want string
		status           int
	}{
		{"/tasks", `{"split":"train"}`, `{` + name + `,"tasks":[` + zero + `,` + one + `]}`, 200},
		{"/tasks", `{"split":"test"}`, `{` + name + `,"tasks":[]}`, 200},
		{"/task_range", `{"split":"train","start":-1}`, `{` + name + `,"tasks":[` + one + `]}`, 200},
		{"/task_range", `{"split":"train","start":null,"stop":-1}`, `{` + name + `,"tasks":[` + zero + `]}`, 200},
		{"/task_range", `{"split":"train","start":2,"stop":1}`, `{` + name + `,"tasks":[]}`, 200},
		{"/task", `{"split":"train","index":1}`, `{` + name + `,"task":` + one + `}`, 200},
		{"/task", `{"split":"train","index":2}`, "there is no index 2", 400},
		{"/task", `{"split":"train","index":-1}`, "there is no index -1", 400},
		{"/task", `{"split":"none","index":0}`, "there is no split", 400},
		{"/task", `{"split":"train"}`, "is missing", 422},
		{"/task", `{"split":"train","index":"0"}`, `field \"index\" must be an integer`, 422},
		{"/task", `{"split":"train","index":0,"x":0}`, `there is no field \"x\"`, 422},
		{"/task", `[]`, "must be an object", 422},
		{"/task", `{"split"`, "is not JSON", 422},
	} {
		status, text := c.send("POST", "/"+compattest.ID+tt.path, tt.body)
		if status != tt.status || (status == 200 && text != tt.want) || !strings.Contains(text, tt.want) {
			t.Errorf("%s %s: %d %s", tt.path, tt.body, status, text)
		}
	}
}

// TestBad sends what no SDK would, but others may.
func TestBad(t *testing.T) {
	h := compattest.Start(t, 2)
	c := serve(t, h)
	for _, body := range []string{
		``, `{}`, `[]`, `"x"`, `{"split":"train"}`, `{"index":0}`, `{"split":"train","index":-1}`, `{"split":"train","index":0,"task_spec":{"id":"train-0"}}`,
		`{"task_spec":[]}`, `{"task_spec":{}}`, `{"task_spec":{"split":"train"}}`, `{"task_spec":{"id":"train-0","seed":-1}}`, `{"task_spec":{"id":"train-0","seed":"1"}}`,
		`{"task_spec":{"id":"train-0","x":1}}`, `{"split":"train","index":0,"toolset_name":"codex"}`, `{"split":"train","index":0,"secrets":[]}`, `{"split":"train","index":0.5}`,
	} {
		if status, text := c.send("POST", "/"+compattest.ID+"/create", body); status != http.StatusUnprocessableEntity || !strings.Contains(text, `"code":"invalid_request"`) {
			t.Errorf("create %s: %d %s", body, status, text)
		}
	}
	for body, want := range map[string]int{
		`{"split":"train","index":5}`: 400, `{"task_spec":{"id":"none"}}`: 400, `{"task_spec":{"id":"train-0","backend":"dream"}}`: 409,
		`{"env_name":"test/none-v0","task_spec":{"id":"train-0"}}`: 404, `{"task_spec":{"id":"train-0","episode":"e"}}`: 422,
	} {
		if status, text := c.send("POST", "/create", body); status != want {
			t.Errorf("create %s: %d %s", body, status, text)
		}
	}
	c.create(first)
	for _, body := range []string{``, `[]`, `{"name":"act"}`, `{"name":1,"input":{}}`, `{"name":"act","input":[]}`, `{"name":"act","input":null}`, `{"name":"act","input":"half"}`, `{"input":{}}`, `{"name":"act","input":{},"task_id":"a\ndata: b"}`, `{"name":"act","input":{},"task_id":1}`} {
		if _, _, failure := c.call(body); !strings.HasPrefix(failure, "422 ") {
			t.Errorf("call %s: %s", body, failure)
		}
	}
	for body, want := range map[string]string{
		`{"name":"look","input":{}}`: reasonTool, `{"name":"act","input":{}}`: reasonInput, `{"name":"act","input":{"action":["half"]}}`: reasonInput,
		`{"name":"act","input":{"action":null}}`: reasonInput, `{"name":"act","input":{"action":"half","x":1}}`: reasonInput,
		`{"name":"act","input":{"action":" "}}`: reasonInput, `{"name":"act","input":{"action":"what"}}`: reasonInput,
	} {
		if a, _, failure := c.call(body); a.OK || a.Reason != want || a.Error == "" {
			t.Errorf("call %s: %+v %s", body, a, failure)
		}
	}
	if a, _, _ := c.call(act("half")); !strings.Contains(a.Output.Blocks[0].Text, "step 1:") {
		t.Errorf("after bad calls, the first step is %+v", a)
	}
	badPaths(c)
	if h.Sessions.Len() != 1 {
		t.Errorf("%d sessions are open", h.Sessions.Len())
	}
}

func badPaths(c *client) {
	c.t.Helper()
	for _, tt := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/", 404}, {"GET", "/ors/", 404}, {"GET", "/favicon.ico", 404}, {"GET", "/" + compattest.ID, 404}, {"GET", "/" + compattest.ID + "/messages", 404},
		{"POST", "/health", 405}, {"GET", "/call", 405}, {"GET", "/a/b/c/tools", 404}, {"GET", "/%FF/tools", 404},
	} {
		if status, text := c.send(tt.method, tt.path, nil); status != tt.want || !strings.Contains(text, `"detail"`) {
			c.t.Errorf("%s %s: %d %s", tt.method, tt.path, status, text)
		}
	}
	c.sid = ""
	if status, text := c.send("POST", "/ping", nil); status != http.StatusBadRequest {
		c.t.Errorf("ping without a session: %d %s", status, text)
	}
	c.sid = "unknown"
	for _, path := range []string{"/ping", "/call"} {
		if status, text := c.send("POST", path, act("half")); status != http.StatusGone {
			c.t.Errorf("%s of an unknown session: %d %s", path, status, text)
		}
	}
	c.sid = "s"
	if status, text := c.send("POST", "/create_session", `{"env":{"A":"b"}}`); status != http.StatusUnprocessableEntity {
		c.t.Errorf("create_session with variables: %d %s", status, text)
	}
	if status, text := c.send("POST", "/call", strings.Repeat(" ", 2<<20)); status != http.StatusRequestEntityTooLarge {
		c.t.Errorf("a large body: %d %s", status, text)
	}
}

// TestHeartbeat streams signs of life while a call takes its time.
func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &front{heartbeat: 10 * time.Second}
		w := httptest.NewRecorder()
		answered := make(chan result)
		go func() {
			time.Sleep(25 * time.Second)
			answered <- result{answer: refused{Error: "so", Reason: reasonTool}}
		}()
		f.stream(request{Request: httptest.NewRequest("POST", "/call", nil)}, newStream(w), answered)
		const want = ": alive\n\n: alive\n\nevent: end\ndata: {\"ok\":false,\"error\":\"so\",\"reason\":\"not_found\"}\n\n"
		if got := w.Body.String(); got != want {
			t.Errorf("streamed %q, want %q", got, want)
		}
	})
}
