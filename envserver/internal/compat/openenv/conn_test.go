package openenv

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat/compattest"
	"dreamgym/envserver/wire"
)

// TestEpisode plays one, from the first frame to the last.
func TestEpisode(t *testing.T) {
	f := start(t, options{})
	c := f.dial(script + "/ws")
	before := c.state()
	if before.Data.Episode != nil || before.Data.Steps != 0 {
		t.Errorf("before a reset the state is %+v", before)
	}
	c.refused(c.act("half"), executionError)
	first := c.ask(`{"type":"reset","data":{"seed":7,"episode_id":"mine","split":"seen","index":0,"task":null}}`)
	c.want("observation", first)
	if first.Data.Reward != nil || first.Data.Done || first.Data.Observation["goal"] != "goal 0 of seen" {
		t.Errorf("a reset answers %+v", first)
	}
	equal(t, first.Data.Observation["metadata"], any(first.Data.Metadata))
	second := c.act("half")
	if *second.Data.Reward != 0.5 || second.Data.Done || second.Data.Observation["text"] != "step 1: half" {
		t.Errorf("a step answers %+v", second)
	}
	equal(t, second.Data.Metadata, map[string]any{"terminated": false, "truncated": false, "seed_honoured": true, "backend": "real"})
	last := c.act("win")
	if *last.Data.Reward != 1 || !last.Data.Done || last.Data.Metadata["terminated"] != true || last.Data.Metadata["truncated"] != false {
		t.Errorf("the last step answers %+v", last)
	}
	equal(t, last.Data.Observation["actions"], any([]any{}))
	c.refused(c.act("half"), executionError)
	state := c.state()
	if *state.Data.Episode != "mine" || state.Data.Steps != 2 {
		t.Errorf("after the end the state is %+v", state)
	}
	c.want("observation", c.ask(`{"type":"reset","data":{}}`))
	cut := c.act("cut")
	if !cut.Data.Done || cut.Data.Metadata["terminated"] != false || cut.Data.Metadata["truncated"] != true {
		t.Errorf("a step that is cut off answers %+v", cut)
	}
}

// TestBadFrames costs no session: what comes after is answered as if they had not been.
func TestBadFrames(t *testing.T) {
	f := start(t, options{})
	c := f.reset(script)
	steps := 0
	for frame, want := range map[string]code{
		``: invalidJSON, `{`: invalidJSON, `nonsense`: invalidJSON, `{} {}`: invalidJSON, `{"type":"step","type":"step"}`: invalidJSON,
		"{\"type\":\"step\",\"data\":{\"action\":\"\xff\"}}": invalidJSON,
		`[]`: validationError, `[{"type":"step"}]`: validationError, `3`: validationError, `"step"`: validationError, `null`: validationError,
		`{}`: unknownType, `{"type":null}`: unknownType, `{"type":"fly"}`: unknownType, `{"data":{}}`: unknownType,
		`{"type":3}`:                         validationError,
		`{"id":1,"op":"step","session":"s"}`: unknownType, // protocol v1
		`{"name":"act","input":{}}`:          unknownType, // ORS
		`{"type":"step"}`:                    validationError, `{"type":"step","data":null}`: validationError, `{"type":"step","data":[]}`: validationError,
		`{"type":"step","data":"half"}`:                                             validationError,
		`{"type":"step","data":{}}`:                                                 validationError,
		`{"type":"step","data":{"action":null}}`:                                    validationError,
		`{"type":"step","data":{"action":1}}`:                                       validationError,
		`{"type":"step","data":{"action":["a"]}}`:                                   validationError,
		`{"type":"step","data":{"action":""}}`:                                      validationError,
		`{"type":"step","data":{"action":"what"}}`:                                  validationError,
		`{"type":"step","data":{"action":"half","metadata":3}}`:                     validationError,
		`{"type":"step","data":{"action":"half","speed":3}}`:                        validationError,
		`{"type":"step","data":{"action_str":"half"}}`:                              validationError,
		`{"type":"step","data":{"action":"half"},"request_id":"1"}`:                 validationError,
		`{"type":"step","data":{"type":"fly"}}`:                                     validationError,
		`{"type":"step","data":{"type":"call_tool"}}`:                               validationError,
		`{"type":"step","data":{"type":"call_tool","tool_name":"fly"}}`:             validationError,
		`{"type":"step","data":{"type":"list_tools","action":"half"}}`:              validationError,
		`{"type":"step","data":{"action":"half","tool_name":"act"}}`:                validationError,
		`{"type":"reset","data":[]}`:                                                validationError,
		`{"type":"reset","data":{"seed":1.5}}`:                                      validationError,
		`{"type":"reset","data":{"seed":-1}}`:                                       validationError,
		`{"type":"reset","data":{"seed":true}}`:                                     validationError,
		`{"type":"reset","data":{"speed":1}}`:                                       validationError,
		`{"type":"reset","data":{"backend":"dream"}}`:                               validationError,
		`{"type":"reset","data":{"backend":"none"}}`:                                validationError,
		`{"type":"reset","data":{"task":"none"}}`:                                   validationError,
		`{"type":"reset","data":{"split":"train","index":99}}`:                      validationError,
		`{"type":"reset","data":{"split":"elsewhere"}}`:                             validationError,
		`{"type":"reset","data":{"evaluation":"no"}}`:                               validationError,
		`{"type":"reset","data":{"backend":"replay"}}`:                              validationError,
		`{"type":"reset","data":{"backend":"replay","episode_id":"none"}}`:          validationError,
		`{"type":"state","extra":1}`:                                                validationError,
		`{"type":"reset","data":{"episode_id":"` + strings.Repeat("x", 256) + `"}}`: validationError,
	} {
		c.refused(c.ask(frame), want)
		if a := c.want("observation", c.act("half")); t.Failed() {
			t.Fatalf("after %s a step answers %+v", frame, a)
		}
		if steps++; c.state().Data.Steps != steps {
			t.Fatalf("after %s the state is %+v, want %d steps", frame, c.state(), steps)
		}
	}
	must(t, c.ws.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"state"}`)))
	c.refused(c.read(), validationError)
	c.want("observation", c.act("half"))
}

// TestNames says what there is instead of what is not there.
func TestNames(t *testing.T) {
	c := start(t, options{}).reset(script)
	for frame, want := range map[string]string{
		`{"type":"reset","data":{"speed":1}}`:           "seed, episode_id, split, index, task, backend, evaluation",
		`{"type":"step","data":{"a":1}}`:                "there is action",
		`{"type":"fly"}`:                                "reset",
		`{"type":"reset","data":{"split":"elsewhere"}}`: "train, seen (validation) or unseen (test)",
	} {
		if a := c.ask(frame); !strings.Contains(a.Data.Message, want) {
			t.Errorf("%s is told %q, want %q in it", frame, a.Data.Message, want)
		}
	}
}

// TestCrash is an error, not a reward, and costs the episode alone.
func TestCrash(t *testing.T) {
	c := start(t, options{}).reset(script)
	a := c.act("crash")
	c.refused(a, executionError)
	if a.Data.ErrorCode != gym.CodeEnvCrashed || a.Data.Done {
		t.Errorf("a crash is told as %+v", a)
	}
	c.refused(c.act("half"), executionError)
	c.refused(c.ask(`{"type":"reset","data":{"seed":666}}`), executionError)
	c.want("observation", c.ask(`{"type":"reset"}`))
}

// TestOrder answers requests that were sent without waiting, one after another.
func TestOrder(t *testing.T) {
	c := start(t, options{}).reset(script)
	const n = 50
	for i := range n {
		action := "half"
		if i%10 == 0 {
			action = "slow"
		}
		c.send(fmt.Sprintf(`{"type":"step","data":{"action":%q}}`, action))
		c.send(`{"type":"state"}`)
		c.send(`{"type":"fly"}`)
	}
	for i := range n {
		text, _ := c.want("observation", c.read()).Data.Observation["text"].(string)
		if !strings.HasPrefix(text, fmt.Sprintf("step %d:", i+1)) {
			t.Fatalf("answer %d is %q", i, text)
		}
		if s := c.want("state", c.read()); s.Data.Steps != i+1 {
			t.Fatalf("state %d is %+v", i, s)
		}
		c.refused(c.read(), unknownType)
	}
}

// TestPings are answered during a step.
func TestPings(t *testing.T) {
	f := start(t, options{})
	c := f.reset(gate)
	c.send(`{"type":"step","data":{"action":"half"}}`)
	until(t, "a step waits", func() bool { return f.waiting.Load() == 1 })
	ponged := make(chan struct{})
	c.ws.SetPongHandler(func(string) error {
		close(ponged)
		f.openGate()
		return nil
	})
	must(t, c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)))
	c.want("observation", c.read())
	select {
	case <-ponged:
	default:
		t.Error("the answer came before the pong")
	}
}

// TestDeaf gives an environment up that does not return, and goes on with what waits.
func TestDeaf(t *testing.T) {
	f := start(t, options{limits: func(l *wire.Limits) { l.StepTimeoutMS = 20 }})
	c := f.reset(gate)
	c.send(`{"type":"step","data":{"action":"deaf"}}`)
	until(t, "a step waits", func() bool { return f.waiting.Load() == 1 })
	c.send(`{"type":"state"}`)
	c.send(`{"type":"reset"}`)
	a := c.read()
	c.refused(a, executionError)
	equal(t, a.Data.ErrorCode, gym.CodeDeadlineExceeded)
	c.want("state", c.read())
	c.want("observation", c.read())
	f.openGate()
	c.want("observation", c.act("half"))
}

// TestLargeAnswers come whole.
func TestLargeAnswers(t *testing.T) {
	c := start(t, options{}).reset(script)
	equal(t, c.act("long").Data.Observation["text"], any(compattest.Long))
}

// TestPage has what BrowserGym's clients read and send.
func TestPage(t *testing.T) {
	c := start(t, options{}).reset(page)
	a := c.want("observation", c.ask(`{"type":"step","data":{"action_str":"half","metadata":{}}}`))
	delete(a.Data.Observation, "metadata")
	equal(t, a.Data.Observation, map[string]any{
		"text": "step 1: half", "goal": a.Data.Observation["goal"], "actions": []any{"half", "win"}, "url": "", "screenshot": nil,
		"axtree_txt": "step 1: half", "pruned_html": "", "error": "", "last_action_error": false,
	})
	c.want("observation", c.act("half"))
	c.refused(c.ask(`{"type":"step","data":{"action":"half","action_str":"half"}}`), validationError)
}
