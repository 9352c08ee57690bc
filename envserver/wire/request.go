package wire

import (
	"fmt"
	"unicode/utf8"

	"dreamgym/envserver/gym"
)

// field is a bit for every field of a request.
type field uint32

const (
	fID field = 1 << iota
	fOp
	fSession
	fEnv
	fBackend
	fTask
	fSplit
	fIndex
	fLimit
	fSeed
	fEvaluation
	fEpisode
	fReasoning
	fAction
	fTimeout
	fToken
	fRequests
	fIfEnded
	fSessions
	fActions
)

// fieldNamed answers the field of a name, 0 where there is none.
func fieldNamed(name []byte) field {
	for i, n := range fieldNames {
		if string(name) == n {
			return 1 << i
		}
	}
	return 0
}

// fieldNames are in the order of the bits.
var fieldNames = [...]string{"id", "op", "session", "env", "backend", "task", "split", "index", "limit", "seed",
	"evaluation", "episode", "reasoning", "action", "timeout_ms", "token", "requests", "if_ended", "sessions", "actions"}

// rule says which fields an operation needs and which it may have beside id and op.
func rule(op Op) (needs, may field, known bool) {
	switch op {
	case OpStep:
		return fSession | fAction, fTimeout, true
	case OpSteps:
		return fSessions | fActions, fTimeout, true
	case OpReset:
		return fSession, fBackend | fTask | fSplit | fIndex | fSeed | fEvaluation | fEpisode | fTimeout | fIfEnded, true
	case OpOpen:
		return fSession | fEnv, fBackend | fReasoning, true
	case OpClose, OpAdvise:
		return fSession, 0, true
	case OpResume:
		return fSession | fToken, 0, true
	case OpBatch:
		return fRequests, 0, true
	case OpTasks:
		return fEnv, fSplit | fIndex | fLimit, true
	case OpEnvs, OpPing:
		return 0, 0, true
	}
	return 0, 0, false
}

// requestDecoder reads one request. It keeps the first fault and reads on, so that an
// id that comes after it is still found.
type requestDecoder struct {
	r     reader
	fault *gym.Error
	// member is the place in a batch, from 1; 0 for a request of its own.
	member int
}

// name is a field as a fault names it.
func (d *requestDecoder) name(field string) string {
	if d.member == 0 {
		return field
	}
	return fmt.Sprintf("requests[%d].%s", d.member-1, field)
}

// decodeRequest reads a whole frame. Whatever the error, q.ID and q.Session hold what
// could be read of them.
func decodeRequest(r reader, q *Request) error {
	d := requestDecoder{r: r}
	d.request(q)
	if err := r.finish(); err != nil {
		d.malformed(err)
	}
	if d.fault != nil {
		return d.fault
	}
	return nil
}

func (d *requestDecoder) malformed(err error) {
	if d.fault == nil {
		d.fault = gym.Errorf(gym.CodeInvalidRequest, "the message is malformed: %v", err)
	}
}

// fail keeps the first fault. After a fault of the encoding it is that one: nothing
// could be read since.
func (d *requestDecoder) fail(format string, args ...any) {
	if err := d.r.fault(); err != nil {
		d.malformed(err)
	}
	if d.fault == nil {
		d.fault = gym.Errorf(gym.CodeInvalidRequest, format, args...)
	}
}

func (d *requestDecoder) wrong(field, want string) {
	d.fail("field %q must be %s", d.name(field), want)
}

// request reads a map into q and checks it against its operation's rule.
func (d *requestDecoder) request(q *Request) {
	if d.r.kind() != kindMap {
		d.r.skip()
		d.fail("a request must be a map")
		return
	}
	var seen, given field
	for left, more := d.r.more(d.r.open()); more; left, more = d.r.more(left) {
		key, ok := d.r.text()
		if !ok {
			d.fail("the name of a field must be a string")
			d.r.skip()
			continue
		}
		f := fieldNamed(key)
		switch {
		case f == 0:
			d.fail("there is no field %q", d.name(clip(string(key))))
		case seen&f != 0:
			d.fail("field %q is given twice", d.name(string(key)))
		case d.r.kind() != kindNull:
			given |= f
			seen |= f
			d.value(q, f)
			continue
		}
		seen |= f
		d.r.skip()
	}
	d.check(q, given)
}

// check holds the given fields against the operation.
func (d *requestDecoder) check(q *Request, given field) {
	switch {
	case d.fault != nil:
		return
	case given&fID == 0:
		d.fail("field %q is missing", d.name("id"))
	case given&fOp == 0:
		d.fail("field %q is missing", d.name("op"))
	}
	needs, may, known := rule(q.Op)
	if d.fault == nil && !known {
		d.fault = gym.Errorf(gym.CodeUnknownOperation, "there is no operation %q", clip(string(q.Op)))
	}
	if d.fault == nil && d.member > 0 && q.Op != OpStep && q.Op != OpSteps && q.Op != OpReset && q.Op != OpOpen && q.Op != OpClose {
		d.fail("a batch takes step, steps, reset, open and close, not %q", q.Op)
	}
	if len(q.Sessions) != len(q.Actions) {
		d.fail("fields %q and %q must be as long as each other", d.name("sessions"), d.name("actions"))
	}
	for i, name := range fieldNames {
		f := field(1) << i
		switch {
		case needs&f != 0 && given&f == 0:
			d.fail("field %q is missing: %q needs it", d.name(name), q.Op)
		case (needs|may|fID|fOp)&f == 0 && given&f != 0:
			d.fail("field %q does not go with %q", d.name(name), q.Op)
		}
	}
}

// value reads the value of one field.
func (d *requestDecoder) value(q *Request, f field) {
	switch f {
	case fID:
		q.ID = d.integer("id", 1, MaxInt)
	case fOp:
		q.Op = d.op()
	case fSession:
		q.Session = d.session("session")
	case fEnv:
		q.Env = d.text("env")
	case fBackend:
		q.Backend = d.text("backend")
	case fTask:
		q.Task = d.text("task")
	case fSplit:
		q.Split = d.split()
	case fIndex:
		q.Index = new(d.integer("index", 0, MaxInt))
	case fLimit:
		q.Limit = d.integer("limit", 1, MaxTasks)
	case fSeed:
		q.Seed = new(d.integer("seed", 0, MaxInt))
	case fEvaluation:
		q.Evaluation = d.boolean("evaluation")
	case fEpisode:
		q.Episode = d.text("episode")
	case fReasoning:
		q.Reasoning = d.boolean("reasoning")
	case fAction:
		q.Action = gym.Action(d.text("action"))
	case fTimeout:
		q.TimeoutMS = d.integer("timeout_ms", 1, MaxInt)
	case fToken:
		q.Token = d.text("token")
	case fRequests:
		d.requests(q)
	case fIfEnded:
		q.IfEnded = d.boolean("if_ended")
	case fSessions:
		d.list("sessions", func() { q.Sessions = append(q.Sessions, d.session("sessions")) })
	case fActions:
		d.list("actions", func() { q.Actions = append(q.Actions, d.text("actions")) })
	}
}

func (d *requestDecoder) integer(name string, from, to int64) int64 {
	n, ok := d.r.integer()
	if !ok || n < from || n > to {
		d.wrong(name, fmt.Sprintf("an integer from %d to %d", from, to))
		return 0
	}
	return n
}

func (d *requestDecoder) boolean(name string) bool {
	b, ok := d.r.boolean()
	if !ok {
		d.wrong(name, "true or false")
	}
	return b
}

func (d *requestDecoder) bytes(name string) []byte {
	b, ok := d.r.text()
	if !ok {
		d.wrong(name, "a string")
		return nil
	}
	if !utf8.Valid(b) {
		d.wrong(name, "valid UTF-8")
		return nil
	}
	return b
}

func (d *requestDecoder) text(name string) string { return string(d.bytes(name)) }

// op avoids an allocation for the commonest.
func (d *requestDecoder) op() Op {
	b := d.bytes("op")
	switch {
	case string(b) == string(OpStep):
		return OpStep
	case string(b) == string(OpReset):
		return OpReset
	}
	return Op(b)
}

func (d *requestDecoder) session(name string) string {
	s := d.text(name)
	if !ValidSession(s) {
		d.wrong(name, "1 to 64 characters of A-Z a-z 0-9 _ . : -")
		return ""
	}
	return s
}

func (d *requestDecoder) split() gym.Split {
	s := gym.Split(d.text("split"))
	if !s.Valid() {
		d.wrong("split", "train, seen or unseen")
	}
	return s
}

// requests reads the members of a batch. A member with a readable id keeps its fault to
// itself.
func (d *requestDecoder) requests(q *Request) {
	if d.member > 0 {
		d.r.skip()
		d.fail("a batch does not hold batches")
		return
	}
	d.list("requests", func() {
		var m Request
		md := requestDecoder{r: d.r, member: len(q.Requests) + 1}
		md.request(&m)
		if m.Fault = md.fault; m.Fault != nil && m.ID == 0 {
			if d.fault == nil {
				d.fault = m.Fault
			}
			m.Fault = nil
		}
		q.Requests = append(q.Requests, m)
	})
}

// list calls read for each element of a list, of which there must be one.
func (d *requestDecoder) list(name string, read func()) {
	n := 0
	if d.r.kind() != kindList {
		d.r.skip()
	} else {
		for left, more := d.r.more(d.r.open()); more; left, more = d.r.more(left) {
			read()
			n++
		}
	}
	if n == 0 {
		d.wrong(name, "a list of at least one")
	}
}

// ValidSession tells whether s may be a session's id.
func ValidSession(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > ':') && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return 0 < len(s) && len(s) <= 64
}

// clip shortens what a client sent before it is quoted back.
func clip(s string) string {
	const most = 40
	if len(s) > most {
		s = s[:most] + "…"
	}
	return string([]rune(s))
}
