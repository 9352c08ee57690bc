package ors

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/compattest"
	"dreamgym/envserver/internal/compat/rest"
	"dreamgym/envserver/wire"
)

// FuzzStream streams any text and reads it as the SDKs do.
func FuzzStream(f *testing.F) {
	for _, seed := range []string{"", compattest.Long, strings.Repeat("\u2028 \r\n", 3000), strings.Repeat("\x00\xff", 4096), strings.Repeat("😀", 5000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := httptest.NewRecorder()
		result{answer: refused{Error: text}}.write(newStream(w))
		joined := ""
		for _, e := range events(w.Body.String()) {
			joined += e.data
		}
		var got refused
		if err := json.Unmarshal([]byte(joined), &got); err != nil {
			t.Fatal(err)
		}
		if want := strings.ToValidUTF8(text, "\ufffd"); strings.ReplaceAll(got.Error, "\ufffd", "") != strings.ReplaceAll(want, "\ufffd", "") {
			t.Errorf("%q arrives as %q", text, got.Error)
		}
	})
}

// FuzzCreate reads any body: it is refused, or names one task.
func FuzzCreate(f *testing.F) {
	for _, seed := range []string{`{"split":"train","index":0}`, `{"task_spec":{"id":"a","seed":1,"goal":null}}`, `{"task_spec":{"split":"test","index":3,"evaluation":true}}`, `[]`, `{"index":1e3}`, `{"split":"train","index":9007199254740993}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var b createBody
		err := rest.Decode([]byte(body), &b)
		if err == nil {
			var a asked
			if a, err = b.asked(); err == nil && (a.task == "" && a.episode == "") == (a.index < 0) {
				t.Errorf("%s asks for %+v", body, a)
			}
		}
		if c := gym.CodeOf(err); c != "" && c != gym.CodeInvalidRequest && c != gym.CodeUnknownTask {
			t.Errorf("%s: %v", body, err)
		}
	})
}

// FuzzPath takes any path: it is served, or refused.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/", "/ors", "/ors//tools", "/a%2Fb-v0/tools", "/a/b-v0@x/splits", "/%20/%2F/health"} {
		f.Add(seed)
	}
	front := &front{operations: operations(), host: &compat.Host{Registry: gym.NewRegistry(), Limits: wire.Limits{MessageBytes: 1 << 10}, Log: zerolog.Nop()}}
	f.Fuzz(func(t *testing.T, path string) {
		r, err := http.NewRequest(http.MethodGet, "http://localhost/"+strings.TrimPrefix(path, "/"), nil)
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		front.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%q answers %d %s", path, w.Code, w.Body)
		}
	})
}
