package remote

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/gym"
)

const (
	begun = `{"type":"observation","data":{"observation":{"text":"begun"},"reward":null,"done":false}}`
	oneOf = `{"action":{"properties":{"metadata":{"type":"object"},"message":{"type":"string"}},"required":["message"]}}`
)

// standIn is a server that answers what a test wants: one function a connection, which is
// given what comes in.
type standIn struct {
	*httptest.Server
	mu    sync.Mutex
	talks []func(ws *websocket.Conn) // of the connections to come; the last one stays
	dials int
}

func newStandIn(t *testing.T, schema string, talks ...func(*websocket.Conn)) *standIn {
	t.Helper()
	s := &standIn{talks: talks}
	var served sync.WaitGroup
	mux := http.NewServeMux()
	mux.HandleFunc("/schema", func(w http.ResponseWriter, _ *http.Request) {
		if schema == "" {
			w.WriteHeader(http.StatusNotFound)
		}
		w.Write([]byte(schema))
	})
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		defer served.Done()
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		s.next()(ws)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(func() { s.Close(); served.Wait() })
	return s
}

func (s *standIn) next() func(*websocket.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	talk := s.talks[min(s.dials, len(s.talks)-1)]
	s.dials++
	return talk
}

// says answers each message with the next text, and then hears on without a word.
func says(texts ...string) func(*websocket.Conn) {
	return func(ws *websocket.Conn) {
		for i := 0; ; i++ {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
			if i < len(texts) {
				ws.WriteMessage(websocket.TextMessage, []byte(texts[i]))
			}
		}
	}
}

func observed(rest string) string {
	return `{"type":"observation","data":{"observation":{"text":"seen"},` + rest + `}}`
}

// stepped resets and steps in a stand-in that answers the step so, and then resets again,
// on another connection.
func stepped(t *testing.T, declared string, talk func(*websocket.Conn)) error {
	t.Helper()
	s := newStandIn(t, oneOf, talk, says(begun))
	r := registered(t, strings.Replace(declared, "URL", s.URL, 1))[0]
	e := opened(t, r)
	if _, err := e.Reset(t.Context(), task(t, r, 0)); err != nil {
		t.Fatal(err)
	}
	ts, err := e.Step(t.Context(), "go")
	if err != nil && (ts.Reward != 0 || ts.Ended()) {
		t.Errorf("a failure with a timestep: %+v", ts)
	}
	if err != nil {
		if _, err := e.Step(t.Context(), "go"); gym.CodeOf(err) != gym.CodeResetRequired {
			t.Errorf("a step after a failure: %v", err)
		}
		if _, err := e.Reset(t.Context(), task(t, r, 0)); err != nil || s.dials != 2 {
			t.Errorf("a reset after a failure, after %d connections: %v", s.dials, err)
		}
	}
	return err
}

// Answers that the protocol does not have are failures of the environment, and no rewards.
func TestNonsense(t *testing.T) {
	for name, answer := range map[string]string{
		"no JSON":               `x`,
		"NaN":                   observed(`"reward":NaN,"done":false`),
		"infinite":              observed(`"reward":1e999,"done":false`),
		"a reward of text":      observed(`"reward":"1","done":true`),
		"a reward of a list":    observed(`"reward":[1],"done":true`),
		"done of text":          observed(`"reward":1,"done":"true"`),
		"no done":               observed(`"reward":1`),
		"no observation":        `{"type":"observation","data":{"reward":1,"done":true}}`,
		"observation of a list": `{"type":"observation","data":{"observation":[1],"reward":1,"done":true}}`,
		"another type":          `{"type":"state","data":{"step_count":1}}`,
		"no type":               `{"data":{"observation":{"text":"x"},"reward":1,"done":true}}`,
		"an array":              `[1,2]`,
		"null":                  `null`,
		"two objects":           begun + begun,
		"cut off":               begun[:40],
		"an error":              `{"type":"error","data":{"message":"secret path","code":"EXECUTION_ERROR"}}`,
		"an error without code": `{"type":"error","data":{"message":"x"}}`,
		"an error of text":      `{"type":"error","data":"x"}`,
		"too large":             `{"type":"observation","data":{"observation":{"text":"` + strings.Repeat("x", maxReply) + `"},"reward":1,"done":true}}`,
		"too long a text":       `{"type":"observation","data":{"observation":{"text":"` + strings.Repeat("x", 1<<20+1) + `"},"reward":1,"done":true}}`,
	} {
		err := stepped(t, "x=URL", says(begun, answer))
		if gym.CodeOf(err) != gym.CodeEnvCrashed {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(gym.AsError(err).Msg, "secret") {
			t.Errorf("%s: clients are told %q", name, err)
		}
	}
	if err := stepped(t, `{"name":"x","url":"URL","rewards":[0,1]}`, says(begun, observed(`"reward":0.5,"done":false`))); gym.CodeOf(err) != gym.CodeEnvCrashed {
		t.Errorf("an undeclared reward: %v", err)
	}
	bare := newStandIn(t, oneOf, says(begun))
	r := registered(t, `{"name":"x","url":"`+bare.URL+`","text":"page.body"}`)[0]
	if _, err := opened(t, r).Reset(t.Context(), task(t, r, 0)); gym.CodeOf(err) != gym.CodeEnvCrashed || !strings.Contains(err.Error(), "no page.body") {
		t.Errorf("without the field that is shown: %v", err)
	}
}

// What the protocol does have is taken as it is meant.
func TestAllowed(t *testing.T) {
	for answer, want := range map[string]gym.Timestep{
		observed(`"reward":true,"done":true`):                                                {Reward: 1, Terminated: true},
		observed(`"reward":-2,"done":false`):                                                 {Reward: -2},
		observed(`"reward":null,"done":true`):                                                {Terminated: true},
		observed(`"reward":0.5,"done":true,"metadata":{"truncated":true}`):                   {Reward: 0.5, Truncated: true},
		observed(`"reward":0.5,"done":true,"metadata":{"truncated":true,"terminated":true}`): {Reward: 0.5, Terminated: true},
		observed(`"reward":0.5,"done":false,"metadata":{"truncated":true}`):                  {Reward: 0.5},
	} {
		s := newStandIn(t, oneOf, says(begun, answer))
		r := registered(t, "x="+s.URL)[0]
		e := opened(t, r)
		if _, err := e.Reset(t.Context(), task(t, r, 0)); err != nil {
			t.Fatal(err)
		}
		ts, err := e.Step(t.Context(), "go")
		if err != nil || ts.Reward != want.Reward || ts.Terminated != want.Terminated || ts.Truncated != want.Truncated {
			t.Errorf("%s: %+v, %v", answer, ts, err)
		}
	}
}

// A server that goes away, is slow, or talks on its own.
func TestLostServers(t *testing.T) {
	closes := func(ws *websocket.Conn) {
		ws.ReadMessage()
		ws.WriteMessage(websocket.TextMessage, []byte(begun))
		ws.ReadMessage()
	}
	if err := stepped(t, "x=URL", closes); gym.CodeOf(err) != gym.CodeEnvCrashed {
		t.Errorf("it closes: %v", err)
	}
	binary := func(ws *websocket.Conn) {
		ws.ReadMessage()
		ws.WriteMessage(websocket.TextMessage, []byte(begun))
		ws.ReadMessage()
		ws.WriteMessage(websocket.BinaryMessage, []byte(begun))
		ws.ReadMessage()
	}
	if err := stepped(t, "x=URL", binary); gym.CodeOf(err) != gym.CodeEnvCrashed {
		t.Errorf("a binary frame: %v", err)
	}
	floods := func(ws *websocket.Conn) {
		ws.ReadMessage()
		ws.WriteMessage(websocket.TextMessage, []byte(begun))
		ws.ReadMessage()
		for range 9 {
			ws.WriteMessage(websocket.TextMessage, []byte(observed(`"reward":1,"done":"x"`)))
		}
		ws.ReadMessage()
	}
	if err := stepped(t, "x=URL", floods); gym.CodeOf(err) != gym.CodeEnvCrashed {
		t.Errorf("many replies: %v", err)
	}
}

// A late reply is not taken for that of the next episode.
func TestSlowServer(t *testing.T) {
	release := make(chan struct{})
	slow := func(ws *websocket.Conn) {
		ws.ReadMessage()
		ws.WriteMessage(websocket.TextMessage, []byte(begun))
		ws.ReadMessage()
		<-release
		ws.WriteMessage(websocket.TextMessage, []byte(observed(`"reward":1,"done":true`)))
	}
	s := newStandIn(t, oneOf, slow, says(begun, observed(`"reward":0.25,"done":false`)))
	r := registered(t, "x="+s.URL)[0]
	e := opened(t, r)
	if _, err := e.Reset(t.Context(), task(t, r, 0)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := e.Step(ctx, "go"); gym.CodeOf(err) != gym.CodeDeadlineExceeded {
		t.Errorf("%v", err)
	}
	close(release)
	if _, err := e.Reset(t.Context(), task(t, r, 0)); err != nil {
		t.Fatal(err)
	}
	if ts, err := e.Step(t.Context(), "go"); err != nil || ts.Reward != 0.25 {
		t.Errorf("%+v, %v", ts, err)
	}
}

// A connection that was closed while nobody played is made anew, and the seed goes along.
func TestIdleConnection(t *testing.T) {
	var data struct {
		Type string
		Data map[string]any
	}
	once := func(ws *websocket.Conn) {
		ws.ReadMessage()
		ws.WriteMessage(websocket.TextMessage, []byte(begun))
	}
	again := func(ws *websocket.Conn) {
		_, frame, _ := ws.ReadMessage()
		json.Unmarshal(frame, &data)
		ws.WriteMessage(websocket.TextMessage, []byte(begun))
		ws.ReadMessage()
	}
	s := newStandIn(t, oneOf, once, again)
	r := registered(t, "x="+s.URL)[0]
	e := opened(t, r)
	for i := range 2 {
		if ts, err := e.Reset(t.Context(), task(t, r, 3+i)); err != nil || ts.Observation.Text != "begun" {
			t.Fatalf("%+v, %v", ts, err)
		}
	}
	if data.Type != "reset" || data.Data["seed"] != 4.0 || data.Data["episode_id"] == "" || s.dials != 2 {
		t.Errorf("%+v, %d connections", data, s.dials)
	}
	e.Close()
}

// A server's pings are answered while nobody acts: it would take the session for lost.
func TestPingsAreAnswered(t *testing.T) {
	answered := make(chan string, 1)
	pings := func(ws *websocket.Conn) {
		ws.SetPongHandler(func(data string) error {
			answered <- data
			return nil
		})
		ws.ReadMessage()
		ws.WriteMessage(websocket.TextMessage, []byte(begun))
		ws.WriteControl(websocket.PingMessage, []byte("there?"), time.Now().Add(time.Second))
		ws.ReadMessage() // hears the answer
	}
	s := newStandIn(t, oneOf, pings)
	r := registered(t, "x="+s.URL)[0]
	e := opened(t, r)
	if _, err := e.Reset(t.Context(), task(t, r, 0)); err != nil {
		t.Fatal(err)
	}
	select {
	case data := <-answered:
		if data != "there?" {
			t.Errorf("%q", data)
		}
	case <-time.After(10 * time.Second):
		t.Error("no answer")
	}
}

// A server without room says so before it is asked anything.
func TestNoRoom(t *testing.T) {
	full := func(ws *websocket.Conn) {
		ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"error","data":{"message":"full","code":"CAPACITY_REACHED"}}`))
	}
	s := newStandIn(t, oneOf, full)
	r := registered(t, "x="+s.URL)[0]
	if _, err := opened(t, r).Reset(t.Context(), task(t, r, 0)); gym.CodeOf(err) != gym.CodeCapacityReached {
		t.Errorf("%v", err)
	}
	over := newStandIn(t, oneOf, says(observed(`"reward":1,"done":true`)))
	r = registered(t, "x="+over.URL)[0]
	if _, err := opened(t, r).Reset(t.Context(), task(t, r, 0)); gym.CodeOf(err) != gym.CodeEnvCrashed {
		t.Errorf("an episode that is over as it begins: %v", err)
	}
}

// A server that is not there, or tells no schema, is not available; with the field of
// actions named, no schema is needed.
func TestNotAvailable(t *testing.T) {
	s := newStandIn(t, "", says(begun, observed(`"reward":1,"done":true`)))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	all := registered(t, "gone="+gone.URL, "bare="+s.URL, `{"name":"named","url":"`+s.URL+`","action":"say"}`)
	for _, r := range all[:2] {
		if gym.CodeOf(r.Ready()) != gym.CodeNotAvailable {
			t.Errorf("%s: %v", r.Spec.ID, r.Ready())
		}
		if _, err := opened(t, r).Reset(t.Context(), task(t, r, 0)); gym.CodeOf(err) != gym.CodeNotAvailable {
			t.Errorf("%s: %v", r.Spec.ID, err)
		}
	}
	if err := all[2].Ready(); err != nil {
		t.Error(err)
	}
}

func TestParse(t *testing.T) {
	for declared, says := range map[string]string{
		"shop":                                "give NAME=URL",
		"sh op=http://h":                      "this is not a name",
		"shop=h:80":                           "url is",
		"shop=ftp://h":                        "url is",
		`{"name":"a","url":"http://h"} x`:     "something follows",
		`{"name":"a","url":"http://h","x":1}`: `unknown field "x"`,
		`{"name":"a","url":"http://h","max_steps":-1,"train":-2,"actions":["b","b"],"reset":{"seed":1}}`: "max_steps must not be negative\na: train, seen and unseen are numbers of seeds from 0 to 536870911\na: the action \"b\" is blank, too long or given twice\na: reset has a seed",
	} {
		_, err := Parse(declared)
		if gym.CodeOf(err) != gym.CodeInvalidConfig || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
}

func TestForm(t *testing.T) {
	for text, want := range map[string]form{
		`{"properties":{"a":{"type":"string"},"metadata":{}},"required":["a"]}`:                           {"a", "string"},
		`{"properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"]}`:                  {"a", "integer"},
		`{"properties":{"a":{"type":"string"},"metadata":{}}}`:                                            {"a", "string"},
		`{"properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["a","b"]}`:               {},
		`{"properties":{"a":{"type":["string","null"]},"b":{"type":["object","null"]}},"required":["a"]}`: {"a", "string"},
		`{"properties":{"a":{"type":["string","number"]}}}`:                                               {"a", ""},
		`{"properties":{"a":{"$ref":"#/$defs/Colour"}}}`:                                                  {"a", ""},
		`{}`: {},
	} {
		var s schema
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		if got := *s.form(); got != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
	number := form{"n", "integer"}
	if v, err := number.action("7"); err != nil || v.(map[string]any)["n"] != json.Number("7") {
		t.Errorf("%v, %v", v, err)
	}
	if v, err := number.action(`{"n": 7, "m": 8}`); err != nil || len(v.(map[string]any)) != 2 {
		t.Errorf("%v, %v", v, err)
	}
	unknown := form{"a", ""}
	for action, want := range map[gym.Action]any{"7": json.Number("7"), "red": "red", `"red"`: "red", "go 7": "go 7", "7 7": "7 7"} {
		if v, err := unknown.action(action); err != nil || v.(map[string]any)["a"] != want {
			t.Errorf("%s: %v, %v", action, v, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{begun, observed(`"reward":1,"done":true,"metadata":{"a":[null,1,{"b":1e400}]}`), `{"type":"error","data":{"code":"X"}}`, `[]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := parse([]byte(s))
		if err != nil || r.code != "" {
			return
		}
		info := gym.Info{}
		r.info(info)
		if _, err := json.Marshal(info); err != nil {
			t.Errorf("%q: %v", s, err)
		}
		if _, err := r.text(""); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	})
}
