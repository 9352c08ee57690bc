package rest_test

import (
	"math"
	"net/http/httptest"
	"strings"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat/rest"
)

// TestRead reads strictly, and says what is wrong in words of JSON.
func TestRead(t *testing.T) {
	for body, want := range map[string]string{
		"": "", "{}": "", "null": "", `{"a":"x","n":1,"m":{"b":true},"l":["x"]}`: "",
		"[]": "what was sent must be an object", `"x"`: "what was sent must be an object", "{": "not JSON", `{"a":"x","a":"y"}`: "has a name twice", `{"a":"x"}{}`: "not JSON",
		`{"x":1}`: `there is no field "x"`, `{"A":"x"}`: `there is no field "A"`, `{"m":{"x":1}}`: `there is no field "m.x"`,
		`{"a":1}`: `field "a" must be a string`, `{"n":"1"}`: `field "n" must be an integer`, `{"n":1.5}`: `field "n" must be an integer`, `{"n":1e30}`: `field "n" must be an integer`,
		`{"m":[]}`: `field "m" must be an object`, `{"m":{"b":0}}`: `field "m.b" must be true or false`, `{"l":{}}`: `field "l" must be an array`, `{"l":[1]}`: `field "l.0" must be a string`,
		`{"a":"` + strings.Repeat("x", 200) + `"}`: "message_bytes is 100",
	} {
		var into struct {
			A string `json:"a"`
			N *int64 `json:"n"`
			M *struct {
				B bool `json:"b"`
			} `json:"m"`
			L []string `json:"l"`
		}
		err := rest.Read(httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader(body)), 100, &into)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", body, err)
		case want != "" && (err == nil || !strings.Contains(gym.AsError(err).Msg, want)):
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

// TestStatus has a status of failure for every code, and calls nothing passing that does not
// pass.
func TestStatus(t *testing.T) {
	for _, d := range gym.Codes() {
		err := gym.Errorf(d.Code, "so")
		if s := rest.Status(err); s < 400 || s > 599 {
			t.Errorf("%s has status %d", d.Code, s)
		}
		if rest.Passing(err) && !d.Retry {
			t.Errorf("%s does not pass", d.Code)
		}
	}
}

// TestWrite answers with an error where a value cannot be sent.
func TestWrite(t *testing.T) {
	for _, tt := range []struct {
		v      any
		status int
		want   string
	}{
		{map[string]any{"b": 1, "a": "\xff\n"}, 200, `{"a":"` + "\ufffd" + `\n","b":1}`},
		{math.NaN(), 500, "{}"},
	} {
		w := httptest.NewRecorder()
		if rest.Write(w, 200, tt.v); w.Code != tt.status || w.Body.String() != tt.want {
			t.Errorf("%v is written as %d %s", tt.v, w.Code, w.Body)
		}
	}
}
