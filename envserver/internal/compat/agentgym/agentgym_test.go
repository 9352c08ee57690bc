package agentgym

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/compattest"
)

// aliases give the environment three of AgentGym's names.
var aliases = map[string]string{"webshop": compattest.ID, "sciworld": compattest.ID, "alfworld": compattest.ID + "@real"}

// client sends what AgentGym's environment clients send.
type client struct {
	t    *testing.T
	base string
}

func serve(t *testing.T, h *compat.Host) *client {
	t.Helper()
	return &client{t, compattest.Serve(t, Mounts(h, aliases)) + "/agentgym/"}
}

// send answers a reply's status and its JSON.
func (c *client) send(method, path, body string) (int, any) {
	c.t.Helper()
	q, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	reply, b := compattest.Send(c.t, q)
	d := json.NewDecoder(strings.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		c.t.Fatalf("%s answers %s", path, b)
	}
	return reply.StatusCode, v
}

// post sends a body that is answered with an object and status 200, as every client asserts.
func (c *client) post(path, format string, args ...any) map[string]any {
	c.t.Helper()
	status, v := c.send("POST", path, fmt.Sprintf(format, args...))
	object, ok := v.(map[string]any)
	if status != http.StatusOK || !ok {
		c.t.Fatalf("%s answers %d %v", path, status, v)
	}
	return object
}

func number(v any) float64 {
	n, _ := v.(json.Number)
	f, _ := n.Float64()
	return f
}

// TestById plays as the clients of TextCraft, BabyAI and ALFWorld do.
func TestById(t *testing.T) {
	h := compattest.Start(t, 2)
	c := serve(t, h)
	for path, reset := range map[string]string{compattest.ID: `"data_idx":1`, "alfworld": `"game":1,"world_type":"Text"`} {
		created := c.post(path+"/create", `{"minecraft_dir":"agentenv_textcraft/","commands":null,"goal":null}`)
		id := created["id"]
		if created["observation"] != "" || number(id) < 1 {
			t.Errorf("create: %v", created)
		}
		first := c.post(path+"/reset", `{%s,"id":%s}`, reset, id)
		if text := first["observation"].(string); !strings.HasPrefix(text, "Goal: goal 1 of train\n\nready\n\nAdmissible actions:") || first["done"] != false || len(first["available_actions"].([]any)) != 2 {
			t.Errorf("reset: %v", first)
		}
		c.post(path+"/step", `{"action":"half","id":%s}`, id)
		step := c.post(path+"/step", `{"action":"half","id":%s}`, id)
		if number(step["reward"]) != 0.5 || number(step["score"]) != 1 || step["done"] != false || !strings.HasPrefix(step["observation"].(string), "step 2: half") {
			t.Errorf("step: %v", step)
		}
		if _, seen := c.send("GET", fmt.Sprintf("%s/observation?id=%s", path, id), ""); seen != step["observation"] {
			t.Errorf("observation: %v", seen)
		}
		end := c.post(path+"/step", `{"action":"cut","id":%s}`, id)
		if end["done"] != true || end["truncated"] != true || end["terminated"] != false {
			t.Errorf("the last step: %v", end)
		}
		if after := c.post(path+"/step", `{"action":"half","id":%s}`, id); after["error"] == nil || after["code"] != "reset_required" || after["reward"] != nil {
			t.Errorf("a step after the end: %v", after)
		}
		for range 2 {
			if closed := c.post(path+"/close", `{"id":%s}`, id); closed["closed"] != true {
				t.Errorf("close: %v", closed)
			}
		}
	}
	if h.Sessions.Len() != 0 {
		t.Errorf("%d sessions are left", h.Sessions.Len())
	}
}

// TestByIndex plays as the clients of WebShop, SearchQA and WebArena do.
func TestByIndex(t *testing.T) {
	c := serve(t, compattest.Start(t, 3))
	_, id := c.send("POST", "webshop/create", "")
	if _, isNumber := id.(json.Number); !isNumber {
		t.Fatalf("create: %v", id)
	}
	_, first := c.send("POST", "webshop/reset", fmt.Sprintf(`{"session_id":1,"env_idx":%s}`, id))
	if list, ok := first.([]any); !ok || !strings.HasPrefix(list[0].(string), "Goal: goal 1") {
		t.Errorf("reset: %v", first)
	}
	if step := c.post("webshop/step", `{"action":"win","env_idx":%s}`, id); !strings.HasPrefix(step["state"].(string), "step 1: win") || number(step["reward"]) != 1 || step["done"] != true {
		t.Errorf("step: %v", step)
	}
	if _, seen := c.send("GET", fmt.Sprintf("webshop/observation?env_idx=%s", id), ""); seen != "step 1: win" {
		t.Errorf("observation: %v", seen)
	}
	// SearchQA resets by id, WebArena by idx and a seed.
	for _, reset := range []string{`"id":1`, `"seed":0,"idx":1`} {
		id := c.post(compattest.ID+"/create", `{"id":0}`)["env_idx"]
		first := c.post(compattest.ID+"/reset", `{%s,"env_idx":%s}`, reset, id)
		if info := first["info"].(map[string]any); info["task"] != "train-1" || first["terminated"] != false {
			t.Errorf("reset by %s: %v", reset, first)
		}
	}
}

// TestGoalApart leaves the goal to a client that puts it before the observation.
func TestGoalApart(t *testing.T) {
	c := serve(t, compattest.Start(t, 1))
	id := c.post("sciworld/create", "")["id"]
	first := c.post("sciworld/reset", `{"id":%s,"split":"seen"}`, id)
	if first["task_description"] != "goal 0 of seen" || !strings.HasPrefix(first["observation"].(string), "ready") {
		t.Errorf("reset: %v", first)
	}
}

// TestCrash answers with the failure, and no reward; the environment can be reset.
func TestCrash(t *testing.T) {
	c := serve(t, compattest.Start(t, 1))
	id := c.post(compattest.ID+"/create", "")["id"]
	if reset := c.post(compattest.ID+"/reset", `{"id":%s,"seed":666}`, id); reset["code"] != "env_crashed" {
		t.Errorf("a reset that crashes: %v", reset)
	}
	c.post(compattest.ID+"/reset", `{"id":%s}`, id)
	if step := c.post(compattest.ID+"/step", `{"id":%s,"action":"crash"}`, id); step["code"] != "env_crashed" || step["reward"] != nil || step["done"] != nil {
		t.Errorf("a crash: %v", step)
	}
	if step := c.post(compattest.ID+"/step", `{"id":%s,"action":"half"}`, id); step["code"] != "reset_required" {
		t.Errorf("a step after the crash: %v", step)
	}
	if reset := c.post(compattest.ID+"/reset", `{"id":%s}`, id); reset["error"] != nil {
		t.Errorf("a reset after the crash: %v", reset)
	}
}

// TestRestart knows a session after a restart, but not what it had earned.
func TestRestart(t *testing.T) {
	data := t.TempDir()
	var id any
	t.Run("before", func(t *testing.T) {
		c := serve(t, compattest.Open(t, data, 1))
		id = c.post(compattest.ID+"/create", "")["id"]
		c.post(compattest.ID+"/reset", `{"id":%s}`, id)
		c.post(compattest.ID+"/step", `{"id":%s,"action":"half"}`, id)
	})
	c := serve(t, compattest.Open(t, data, 1))
	if step := c.post(compattest.ID+"/step", `{"id":%s,"action":"half"}`, id); step["code"] != "session_lost" {
		t.Errorf("a step after the restart: %v", step)
	}
	c.post(compattest.ID+"/reset", `{"id":%s}`, id)
	if step := c.post(compattest.ID+"/step", `{"id":%s,"action":"half"}`, id); number(step["score"]) != 0.5 {
		t.Errorf("a step after a reset: %v", step)
	}
}

// TestBad sends what no client should.
func TestBad(t *testing.T) {
	h := compattest.Start(t, 1)
	c := serve(t, h)
	const env = compattest.ID
	for _, body := range []string{`{"goal":"x"}`, `{"commands":["x"]}`, `[]`, `{`} {
		if made := c.post(env+"/create", "%s", body); made["code"] != "invalid_request" {
			t.Errorf("create %s: %v", body, made)
		}
	}
	id := c.post(env+"/create", "")["id"].(json.Number).String()
	for body, code := range map[string]string{
		`{"id":ID,"data_idx":-1}`: "invalid_request", `{"id":ID,"data_idx":9}`: "unknown_task", `{"id":ID,"data_idx":"0"}`: "invalid_request", `{"id":ID,"x":1}`: "invalid_request",
		`{"id":ID,"data_idx":0,"game":1}`: "invalid_request", `{"id":ID,"split":"none"}`: "unknown_task", `{"id":ID,"backend":"dream"}`: "not_available", `{"id":ID,"seed":-1}`: "invalid_request",
		`{"id":1}`: "unknown_session", `{"id":"ID"}`: "invalid_request", `{"data_idx":0}`: "invalid_request", `[]`: "invalid_request", `{"id":[ID]}`: "invalid_request",
	} {
		if answer := c.post(env+"/reset", "%s", strings.ReplaceAll(body, "ID", id)); answer["code"] != code {
			t.Errorf("reset %s: %v", body, answer)
		}
	}
	for body, code := range map[string]string{
		`{"id":ID,"action":"half"}`: "reset_required", `{"id":ID}`: "invalid_request", `{"id":ID,"action":["half"]}`: "invalid_request", `{"id":1,"action":"half"}`: "unknown_session", `{"action":"half"}`: "invalid_request",
	} {
		if answer := c.post(env+"/step", "%s", strings.ReplaceAll(body, "ID", id)); answer["code"] != code || answer["reward"] != nil {
			t.Errorf("step %s: %v", body, answer)
		}
	}
	c.post(env+"/reset", `{"id":%s}`, id)
	if answer := c.post(env+"/step", `{"id":%s,"action":"what"}`, id); answer["code"] != "invalid_action" || answer["reward"] != nil {
		t.Errorf("an action that is none: %v", answer)
	}
	if answer := c.post(env+"/close", `{}`); answer["code"] != "invalid_request" {
		t.Errorf("close of nothing: %v", answer)
	}
	if _, answer := c.send("GET", env+"/observation?id=x", ""); answer.(map[string]any)["code"] != "invalid_request" {
		t.Errorf("observation of nothing: %v", answer)
	}
	for path, want := range map[string]int{
		"": 404, "babyai/create": 404, "test/none-v0/create": 404, env + "/nothing": 404, env + "@x/create": 400, "alfworld@dream/create": 409,
	} {
		if status, answer := c.send("POST", path, ""); status != want {
			t.Errorf("%s: %d %v", path, status, answer)
		}
	}
	if _, answer := c.send("POST", "babyai/create", ""); !strings.Contains(fmt.Sprint(answer), "--agentgym-env") {
		t.Errorf("a name that nothing has: %v", answer)
	}
	if status, _ := c.send("GET", env, ""); status != 200 {
		t.Errorf("the environment's own path: %d", status)
	}
}

// TestFull has no room: an answer, or a status where the client would take it for an id.
func TestFull(t *testing.T) {
	h := compattest.Start(t, 1)
	c := serve(t, h)
	c.post(compattest.ID+"/create", "")
	if made := c.post(compattest.ID+"/create", ""); made["code"] != "capacity_reached" || made["id"] != nil {
		t.Errorf("create on a full server: %v", made)
	}
	if status, answer := c.send("POST", "webshop/create", ""); status != http.StatusServiceUnavailable {
		t.Errorf("create on a full server: %d %v", status, answer)
	}
	compattest.Reap(t, h.Sessions)
	c.post(compattest.ID+"/create", "")
	if h.Sessions.Len() != 1 {
		t.Errorf("%d sessions are open", h.Sessions.Len())
	}
}
