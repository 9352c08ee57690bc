package nemogym

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"dreamgym/envserver/internal/compat/compattest"
)

// TestGymnasium plays as the Gymnasium agent does.
func TestGymnasium(t *testing.T) {
	h := compattest.Start(t, 1)
	a := serve(t, h)
	r := a.post("/reset", line(`,"_ng_task_index":1,"_ng_rollout_index":0`))
	if r.status != 200 || !strings.HasPrefix(*r.Observation, "Goal: goal 1 of train") || r.Info["supports_explicit_close"] != true ||
		r.Info["supports_step_idempotency"] != true || r.Info["backend"] != "real" {
		t.Fatalf("reset: %d %s", r.status, r.raw)
	}
	for range 2 { // the first answer is lost
		r = a.post("/step", spoken("1", thought, message(" half\n")))
		if r.status != 200 || !strings.HasPrefix(*r.Observation, "step 1: half\n\nAdmissible") || *r.Reward != 0.5 || r.Terminated || r.Truncated {
			t.Fatalf("step: %d %s", r.status, r.raw)
		}
	}
	if r := a.post("/step", spoken("1", message("win"))); r.status != http.StatusConflict {
		t.Errorf("another step of the same name: %d %s", r.status, r.raw)
	}
	r = a.post("/step", spoken("2", function("c1", "act", `{"action":"half"}`), function("c2", "act", `{"action":"win"}`)))
	outputs := r.Info["tool_outputs"].([]any)
	if r.Observation != nil || len(outputs) != 2 || outputs[0].(map[string]any)["call_id"] != "c1" ||
		!strings.HasPrefix(outputs[0].(map[string]any)["output"].(string), "step 2: half") || !strings.HasPrefix(outputs[1].(map[string]any)["output"].(string), "error: ") {
		t.Errorf("a step with calls: %s", r.raw)
	}
	r = a.post("/step", spoken("3", message("win")))
	if *r.Reward != 1 || !r.Terminated || r.Truncated || r.Info["terminated"] != true {
		t.Errorf("the last step: %s", r.raw)
	}
	if r := a.post("/step", spoken("4", message("half"))); r.status != http.StatusConflict || r.Code != "reset_required" {
		t.Errorf("a step after the end: %d %s", r.status, r.raw)
	}
	for range 2 {
		if r := a.post("/close", "{}"); r.status != 200 {
			t.Errorf("close: %d %s", r.status, r.raw)
		}
	}
	if h.Sessions.Len() != 0 {
		t.Errorf("%d sessions are left", h.Sessions.Len())
	}
}

// TestOlder plays as an agent that does not close its sessions: they end with their episodes.
func TestOlder(t *testing.T) {
	h := compattest.Start(t, 1)
	a := serve(t, h)
	for range 2 {
		a.cookies = nil
		if r := a.post("/reset", line("")); r.status != 200 {
			t.Fatalf("reset: %d %s", r.status, r.raw)
		}
		if r := a.post("/step", spoken("", message("win"))); !r.Terminated {
			t.Errorf("step: %d %s", r.status, r.raw)
		}
	}
	if h.Sessions.Len() != 0 {
		t.Errorf("%d sessions are left", h.Sessions.Len())
	}
}

// TestStandard plays as the simple agent does: seed, call tools, verify.
func TestStandard(t *testing.T) {
	h := compattest.Start(t, 1)
	a := serve(t, h)
	if r := a.post("/seed_session", line(`,"split":"seen","index":0,"seed":5`)); r.status != 200 || r.Info["seed"] != 5.0 {
		t.Fatalf("seed_session: %d %s", r.status, r.raw)
	}
	if r := a.post("/observe", "{}"); !strings.HasPrefix(*r.Observation, "Goal: goal 0 of seen") || r.Done {
		t.Errorf("observe: %s", r.raw)
	}
	for _, tt := range []struct {
		body string
		want int
	}{{`{"action":"half"}`, 200}, {`{"action":"what"}`, 422}, {`{}`, 422}, {`{"action":1}`, 422}, {`[]`, 422}, {`{"action":"half"}`, 200}} {
		if r := a.post("/act", tt.body); r.status != tt.want || r.Reward != nil {
			t.Errorf("act %s: %d %s", tt.body, r.status, r.raw)
		}
	}
	if r := a.post("/act", `{"action":"cut"}`); !r.Done || !strings.HasPrefix(*r.Observation, "step 3: cut") {
		t.Errorf("the last act: %s", r.raw)
	}
	for range 2 { // the first answer is lost
		r := a.post("/verify", line(`,"response":{"output":[]}`))
		if r.status != 200 || *r.Reward != 1 || r.Terminated || !r.Truncated || *r.Mask || !strings.Contains(r.raw, `"verifier_metadata":{"x":1}`) {
			t.Errorf("verify: %d %s", r.status, r.raw)
		}
	}
	if h.Sessions.Len() != 0 {
		t.Errorf("%d sessions are left", h.Sessions.Len())
	}
	if r := a.post("/act", `{"action":"half"}`); r.status != http.StatusGone {
		t.Errorf("act after verify: %d %s", r.status, r.raw)
	}
	if r := a.post("/seed_session", line(`,"task":"train-1"`)); r.status != 200 || r.Info["task"] != "train-1" {
		t.Errorf("seed_session again: %d %s", r.status, r.raw)
	}
	if r := a.post("/verify", `{}`); *r.Reward != 0 {
		t.Errorf("verify of an episode that was left: %s", r.raw)
	}
	r := a.post("/aggregate_metrics", `{"verify_responses":[{"reward":1,"_ng_task_index":0},{"reward":0,"_ng_task_index":0},{"reward":5,"mask_sample":true}]}`)
	if r.raw != `{"agent_metrics":{"mean/reward":0.5},"group_level_metrics":[],"key_metrics":{"mean/reward":0.5}}` {
		t.Errorf("aggregate_metrics: %s", r.raw)
	}
}

// TestRows starts a session of every row of a dataset.
func TestRows(t *testing.T) {
	a := serve(t, compattest.Start(t, 1))
	for query, tools := range map[string]bool{"": false, "?split=train&from=0&limit=5&style=standard": true} {
		lines := strings.Split(strings.TrimSpace(a.get("/rows"+query)), "\n")
		if len(lines) != 2 || strings.Contains(lines[0], `"name":"act"`) != tools {
			t.Fatalf("rows%s: %s", query, lines)
		}
		for i, line := range lines {
			if r := a.post("/reset", line); r.status != 200 || r.Info["task"] != fmt.Sprintf("train-%d", i) {
				t.Errorf("reset of row %d: %d %s", i, r.status, r.raw)
			}
		}
	}
	for _, query := range []string{"?split=none", "?from=-1", "?limit=x", "?style=x", "?x=1"} {
		if text := a.get("/rows" + query); !strings.Contains(text, "invalid_request") {
			t.Errorf("rows%s: %s", query, text)
		}
	}
}

// TestCrash has errors where an episode was aborted, and no reward.
func TestCrash(t *testing.T) {
	a := serve(t, compattest.Start(t, 1))
	if r := a.post("/reset", line(`,"index":0,"seed":666`)); r.status != 500 || r.Code != "env_crashed" {
		t.Errorf("reset: %d %s", r.status, r.raw)
	}
	a.post("/seed_session", line(`,"index":0`))
	a.post("/act", `{"action":"half"}`)
	if r := a.post("/act", `{"action":"crash"}`); r.status != 500 || r.Code != "env_crashed" {
		t.Errorf("act: %d %s", r.status, r.raw)
	}
	if r := a.post("/verify", line("")); r.status != 500 || r.Reward != nil {
		t.Errorf("verify after the crash: %d %s", r.status, r.raw)
	}
	if r := a.post("/reset", line("")); r.status != 200 {
		t.Errorf("reset after the crash: %d %s", r.status, r.raw)
	}
	if r := a.post("/step", spoken("1", message("crash"))); r.status != 500 || r.Reward != nil {
		t.Errorf("a step that crashes: %d %s", r.status, r.raw)
	}
}

// TestRestart goes on with a session on the server that took the other's place.
func TestRestart(t *testing.T) {
	data := t.TempDir()
	var cookies []*http.Cookie
	t.Run("before", func(t *testing.T) {
		a := serve(t, compattest.Open(t, data, 1))
		a.post("/reset", line(`,"index":0`))
		a.post("/step", spoken("1", message("half")))
		cookies = a.cookies
	})
	a := serve(t, compattest.Open(t, data, 1))
	a.cookies = cookies
	for _, id := range []string{"1", "2", "1"} {
		if r := a.post("/step", spoken(id, message("half"))); r.status != 200 || !strings.HasPrefix(*r.Observation, "step "+id+": half") {
			t.Errorf("step %s after the restart: %d %s", id, r.status, r.raw)
		}
	}
	if r := a.post("/verify", line("")); r.status == 200 {
		t.Errorf("verify after the restart: %s", r.raw)
	}
}

// TestBad sends what no agent should.
func TestBad(t *testing.T) {
	h := compattest.Start(t, 1)
	a := serve(t, h)
	for body, want := range map[string]int{
		`[]`: 422, `{"index":-1}`: 422, `{"index":"0"}`: 422, `{"seed":1.5}`: 422, `{"seed":-1}`: 422, `{"split":"none"}`: 400, `{"index":7}`: 400, `{"task":"none"}`: 400,
		`{"backend":"dream"}`: 409, `{"backend":"x"}`: 400, `{"_ng_task_index":5}`: 400, `{`: 422, `{"task":["train-0"]}`: 422,
	} {
		if r := a.post("/reset", body); r.status != want || r.Detail == "" {
			t.Errorf("reset %s: %d %s", body, r.status, r.raw)
		}
	}
	if h.Sessions.Len() != 0 {
		t.Errorf("%d sessions are left", h.Sessions.Len())
	}
	a.cookies = nil
	for path, body := range map[string]string{"/step": spoken("1", message("half")), "/act": `{"action":"half"}`, "/verify": `{}`, "/observe": `{}`} {
		if r := a.post(path, body); r.status != http.StatusGone {
			t.Errorf("%s without a session: %d %s", path, r.status, r.raw)
		}
	}
	a.post("/reset", line(""))
	for body, want := range map[string]int{`{}`: 422, `[]`: 422, `{"response":[]}`: 422, `{"response":{"output":{}}}`: 422, `{"response":{"output":["x"]}}`: 422, `{"response":{},"_ng_step_request_id":1}`: 422} {
		if r := a.post("/step", body); r.status != want || r.Reward != nil {
			t.Errorf("step %s: %d %s", body, r.status, r.raw)
		}
	}
	for _, items := range [][]string{{}, {thought}, {message("  ")}, {message("what")}, {function("c", "look", `{}`)}, {function("c", "act", `{`)}, {function("c", "act", `{"action":null}`)}, {`{"type":"message","content":7}`}} {
		r := a.post("/step", spoken("", items...))
		if r.status != 200 || *r.Reward != 0 || r.Terminated || r.Truncated || r.Info["action_error"] == nil {
			t.Errorf("step of %s: %d %s", items, r.status, r.raw)
		}
	}
	if r := a.post("/step", spoken("", message("half"))); !strings.HasPrefix(*r.Observation, "step 1:") {
		t.Errorf("after bad steps, the first one is %s", r.raw)
	}
	for _, path := range []string{"/look", "/ng-rollout/1-0/look"} {
		if r := a.post(path, "{}"); r.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, r.status, r.raw)
		}
	}
	if r := a.post("/ng-rollout/1-0/observe", "{}"); r.status != 200 {
		t.Errorf("a path of a traced rollout: %d %s", r.status, r.raw)
	}
	for _, path := range []string{"", "/", "/health", "/livez"} {
		if r := a.send("GET", path, ""); r.status != 200 {
			t.Errorf("%s: %d %s", path, r.status, r.raw)
		}
	}
	a.url = strings.TrimSuffix(a.url, compattest.ID)
	for _, path := range []string{"test/none-v0/reset", "test", "", compattest.ID + "@x/reset"} {
		if r := a.post(path, "{}"); r.status != http.StatusNotFound && r.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, r.status, r.raw)
		}
	}
}

// TestFull has no room, and says when to come again; sessions that agents leave make some.
func TestFull(t *testing.T) {
	h := compattest.Start(t, 1)
	a := serve(t, h)
	a.post("/reset", line(""))
	a.cookies = nil
	if r := a.post("/reset", line("")); r.status != http.StatusServiceUnavailable || r.Code != "capacity_reached" {
		t.Errorf("a full server: %d %s", r.status, r.raw)
	}
	compattest.Reap(t, h.Sessions)
	if r := a.post("/reset", line("")); r.status != 200 {
		t.Errorf("after the reaper: %d %s", r.status, r.raw)
	}
}
