package nemogym

import (
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat/rest"
)

// FuzzStep reads any body: it is refused, or holds an action or the reason why it does not.
func FuzzStep(f *testing.F) {
	for _, seed := range []string{
		spoken("1", message("go")), spoken("2", function("c", "act", `{"action":"go"}`)), spoken("3", thought), `{"response":{"output":[{"type":"message","content":[null]}]}}`, `[]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var b stepBody
		if err := rest.Decode([]byte(body), &b); err != nil {
			if gym.CodeOf(err) != gym.CodeInvalidRequest {
				t.Errorf("%s: %v", body, err)
			}
			return
		}
		if b.Response == nil {
			return
		}
		if s, err := b.Response.action(); err != nil && (gym.CodeOf(err) != gym.CodeInvalidAction || len(s.calls) == 0) {
			t.Errorf("%s: %v", body, err)
		}
	})
}
