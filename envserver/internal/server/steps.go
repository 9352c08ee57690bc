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
	rest := r.divide(reply)
	b := r.t.c.srv.buffer()
	encoded, err := r.t.c.codec.AppendRest((*b)[:0], &rest)
	if err != nil { // JSON cannot hold every string of bytes
		encoded, _ = r.t.c.codec.AppendRest((*b)[:0], &wire.Rest{Error: wire.ErrorOf(err)})
	}
	last := r.keep(encoded)
	*b = encoded
	r.t.c.srv.free(b)
	if last {
		r.t.send()
	}
}

// divide puts of an answer into the columns what they have, and answers the rest.
func (r *row) divide(reply *wire.Reply) wire.Rest {
	ts, failure := reply.Timestep, reply.Error
	if ts == nil && failure == nil { // it was given before, and kept as it was encoded
		before, err := wire.DecodeTimestep(reply.Encoded)
		if ts = &before; err != nil {
			failure = wire.ErrorOf(err)
		}
	}
	if failure != nil {
		return wire.Rest{Error: failure}
	}
	rest := wire.Rest{Observation: &ts.Observation, Info: ts.Info}
	r.t.mu.Lock()
	defer r.t.mu.Unlock()
	s := &r.t.steps
	s.Rewards[r.i], s.Terminated[r.i], s.Truncated[r.i] = ts.Reward, ts.Terminated, ts.Truncated
	if array := ts.Observation.Array; array != nil {
		if s.Arrays == nil {
			s.Arrays = wire.NewArrays(len(s.Rewards), array)
		}
		if s.Arrays.Put(r.i, len(s.Rewards), array) {
			without := ts.Observation
			without.Array = nil
			rest.Observation = &without
		}
	}
	return rest
}

// keep notes what was left over; true says that it was the last.
func (r *row) keep(encoded []byte) bool {
	r.t.mu.Lock()
	defer r.t.mu.Unlock()
	place, known := r.t.rest[string(encoded)]
	if !known {
		place = len(r.t.steps.Rest)
		kept := string(encoded)
		r.t.rest[kept] = place
		r.t.steps.Rest = append(r.t.steps.Rest, wire.Rest{Encoded: []byte(kept)})
	}
	r.t.steps.Which[r.i] = place
	r.t.left--
	return r.t.left == 0
}

func (t *table) send() {
	t.to.send(t.c.encode(&wire.Reply{ID: t.id, Steps: &t.steps}))
}
