package session_test

import (
	"testing"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/internal/session"
)

// counting counts the answers that are read back.
type counting struct {
	session.Journal
	read int
}

func (c *counting) Answers(session string, fn func(episode.Answer) bool) error {
	return c.Journal.Answers(session, func(a episode.Answer) bool {
		c.read++
		return fn(a)
	})
}

// TestFallingIDs has ids that fall: new ones are looked for in the log once, not each
// time, and repeated ones are answered as before.
func TestFallingIDs(t *testing.T) {
	var journal *counting
	h := newHarness(t, t.TempDir(), &fake{}, func(o *session.Options) {
		journal = &counting{Journal: o.Journal}
		o.Journal = journal
	})
	u := h.open()
	u.want(reset(1000), "step 0, salt 0")
	u.want(step(999, "go"), "step 1, salt 0")
	u.want(step(998, "?"), "invalid_action")
	for id := int64(997); id > 897; id-- {
		u.do(step(id, "go"))
	}
	if journal.read > 10 {
		t.Errorf("%d answers were read back for new requests", journal.read)
	}
	u.want(step(999, "go"), "step 1, salt 0")
	u.want(step(998, "?"), "invalid_action")
	u.want(step(996, "stay"), "request_conflict")
	u.want(step(2000, "go"), "step 102, salt 0")
}
