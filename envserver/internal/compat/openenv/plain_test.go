package openenv

import (
	"testing"

	"dreamgym/envserver/gym"
)

// TestPlainStep reads the form that clients send, and leaves every other alone.
func TestPlainStep(t *testing.T) {
	for _, b := range []string{
		`{"type": "step", "data": {"action": "go to shelf 1"}}`, `{"type":"step","data":{"action":""}}`,
		" {\n\t\"type\" : \"step\" ,\r \"data\" :{ \"action\":\"~ \" } }\n",
	} {
		if _, ok := plainStep([]byte(b)); !ok {
			t.Errorf("%s is not read", b)
		}
		samePlain(t, []byte(b))
	}
	for _, b := range []string{
		``, `{"type":"step","data":{"action":"a\u0062"}}`, `{"type":"step","data":{"action":"é"}}`, "{\"type\":\"step\",\"data\":{\"action\":\"a\tb\"}}",
		`{"type":"step","data":{"action":"a","metadata":{}}}`, `{"type":"step","data":{"action":"a"}} {}`, `{"type":"step","data":{"action":"a"}`,
		`{"type":"step","data":{"action":"a}}`, `{"type":"step","data":{"action":1}}`, `{"type":"steps","data":{"action":"a"}}`, "\v" + `{"type":"step","data":{"action":"a"}}`,
	} {
		if action, ok := plainStep([]byte(b)); ok {
			t.Errorf("%s is read as the action %q", b, action)
		}
	}
}

// samePlain holds plainStep to what readFrame and readAction make of a message.
func samePlain(t *testing.T, b []byte) {
	t.Helper()
	action, ok := plainStep(b)
	if !ok {
		return
	}
	q, err := readFrame(b)
	must(t, err)
	for _, spec := range []gym.Spec{{}, {Browser: true}, {NumericActions: true}} {
		a, err := readAction(q.data, &spec)
		if err != nil || q.kind != kindStep || a.tool != "" || string(a.action) != string(action) {
			t.Errorf("%q is the plain action %q, and else that of a %s %+v, %v", b, action, q.kind, a, err)
		}
	}
}
