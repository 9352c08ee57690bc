package agentgym

import (
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat/rest"
)

// FuzzReset reads any body: it is refused, or names a task by an index.
func FuzzReset(f *testing.F) {
	for _, seed := range []string{`{"id":1,"data_idx":2}`, `{"env_idx":1,"id":2}`, `{"id":1,"game":0,"world_type":"Text"}`, `{"session_id":3,"env_idx":1}`, `[]`, `{"id":null}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var b resetBody
		err := rest.Decode([]byte(body), &b)
		if err == nil {
			r, _, refused := b.reset()
			if err = refused; err == nil && (r.Index == nil || *r.Index < 0) {
				t.Errorf("%s asks for %+v", body, r)
			}
		}
		if c := gym.CodeOf(err); c != "" && c != gym.CodeInvalidRequest && c != gym.CodeUnknownTask {
			t.Errorf("%s: %v", body, err)
		}
	})
}
