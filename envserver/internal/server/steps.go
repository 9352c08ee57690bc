package server

import (
	"sync"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

// receiver takes the answer to a request, or the same encoded.
type receiver interface {
	session.Client
	send(answer *[]byte)
}

// steps hands many steps to their sessions, and gathers what comes of them in columns.
func (c *conn) steps(q *wire.Request, to receiver) {
	n := len(q.Sessions)
	t := &table{c: c, id: q.ID, to: to, left: n, rest: make(map[string]int)}
	t.steps = wire.Steps{Rewards: make([]float64, n), Terminated: make([]bool, n), Truncated: make([]bool, n), Which: make([]int, n)}
	members, rows := make([]wire.Request, n), make([]row, n)
	for i := range members {
		members[i] = wire.Request{ID: q.ID, Op: wire.OpStep, Session: q.Sessions[i], Action: gym.Action(q.Actions[i]), TimeoutMS: q.TimeoutMS}
		rows[i] = row{t, i}
		c.submit(&members[i], &rows[i])
	}
}

// table gathers the answers to many steps; the last one has it sent.
type table struct {
	c  *conn
	id int64
	to receiver

	mu    sync.Mutex
	left  int
	steps wire.Steps
	rest  map[string]int // the place of what was encoded so in steps.Rest
}

// row is the place of a session's answer in a table.
type row struct {
	t *table
	i int
}

// Deliver keeps a session's answer.
func (r *row) Deliver(reply *wire.Reply) {
	ts, err := reply.Outcome()
	var rest wire.Rest
	if err != nil {
		rest.Error = wire.ErrorOf(err)
	} else {
		rest.Observation, rest.Info = r.column(&ts.Observation), ts.Info
	}
	b := r.t.c.srv.buffer()
	encoded, err := r.t.c.codec.AppendRest((*b)[:0], &rest)
	if err != nil {
		r.t.c.srv.o.Log.Error().Err(err).Str("session", reply.Session).Msg("a step could not be encoded")
		ts = nil
		encoded, _ = r.t.c.codec.AppendRest((*b)[:0], &wire.Rest{Error: wire.ErrorOf(err)})
	}
	last := r.keep(ts, encoded)
	*b = encoded
	r.t.c.srv.free(b)
	if last {
		r.t.send()
	}
}

// column puts an observation's array into the column, where it fits, and answers what is left.
func (r *row) column(seen *gym.Observation) *gym.Observation {
	if seen.Array == nil {
		return seen
	}
	r.t.mu.Lock()
	defer r.t.mu.Unlock()
	s := &r.t.steps
	if s.Arrays == nil {
		s.Arrays = wire.NewArrays(len(s.Rewards), seen.Array)
	}
	if !s.Arrays.Put(r.i, len(s.Rewards), seen.Array) {
		return seen
	}
	without := *seen
	without.Array = nil
	return &without
}

// keep notes a timestep, unless it is nil, and what was left over; true says that it was the last.
func (r *row) keep(ts *gym.Timestep, encoded []byte) bool {
	r.t.mu.Lock()
	defer r.t.mu.Unlock()
	s := &r.t.steps
	if ts != nil {
		s.Rewards[r.i], s.Terminated[r.i], s.Truncated[r.i] = ts.Reward, ts.Terminated, ts.Truncated
	}
	place, known := r.t.rest[string(encoded)]
	if !known {
		place = len(s.Rest)
		kept := string(encoded)
		r.t.rest[kept] = place
		s.Rest = append(s.Rest, wire.Rest{Encoded: []byte(kept)})
	}
	s.Which[r.i] = place
	r.t.left--
	return r.t.left == 0
}

func (t *table) send() {
	t.to.send(t.c.encode(&wire.Reply{ID: t.id, Steps: &t.steps}))
}
