package wire

import (
	"maps"
	"slices"

	"dreamgym/envserver/gym"
)

// count tells how many entries a map has when absent ones are left out.
func count(given ...bool) (n int) {
	for _, g := range given {
		if g {
			n++
		}
	}
	return n
}

func writeReply(w writer, r *Reply) {
	w.mapOf(1 + count(r.Session != "", r.Opened != nil, r.Timestep != nil || r.Encoded != nil, r.Closed, r.Resumed != nil,
		r.Advice != nil, r.Steps != nil, r.Results != nil, r.Envs != nil, r.Tasks != nil, r.Pong, r.Running, r.Error != nil))
	w.text("id")
	w.integer(r.ID)
	if r.Session != "" {
		w.text("session")
		w.text(r.Session)
	}
	switch {
	case r.Timestep != nil || r.Encoded != nil:
		writeReplyTimestep(w, r)
	case r.Error != nil:
		w.text("error")
		writeError(w, r.Error)
	case r.Running:
		w.text("running")
		w.boolean(true)
	case r.Steps != nil:
		w.text("steps")
		writeSteps(w, r.Steps)
	case r.Results != nil:
		writeResults(w, r.Results)
	default:
		writeRare(w, r)
	}
	w.endMap()
}

func writeReplyTimestep(w writer, r *Reply) {
	w.text("timestep")
	_, packed := w.(*msgpackWriter)
	if r.Encoded != nil && (packed || r.Timestep == nil) {
		w.encoded(r.Encoded)
		return
	}
	writeTimestep(w, r.Timestep)
}

func writeError(w writer, e *Error) {
	w.mapOf(3)
	w.text("code")
	w.text(string(e.Code))
	w.text("message")
	w.text(e.Message)
	w.text("retry")
	w.boolean(e.Retry)
	w.endMap()
}

func writeResults(w writer, rs []Reply) {
	w.text("results")
	w.listOf(len(rs))
	for i := range rs {
		writeReply(w, &rs[i])
	}
	w.endList()
}

// writeRare writes the replies that are not on the way of a step.
func writeRare(w writer, r *Reply) {
	switch {
	case r.Opened != nil:
		w.text("opened")
		w.value(r.Opened)
	case r.Closed:
		w.text("closed")
		w.boolean(true)
	case r.Resumed != nil:
		w.text("resumed")
		w.value(r.Resumed)
	case r.Advice != nil:
		w.text("advice")
		w.text(*r.Advice)
	case r.Envs != nil:
		w.text("envs")
		w.value(r.Envs)
	case r.Tasks != nil:
		w.text("tasks")
		w.value(r.Tasks)
	case r.Pong:
		w.text("pong")
		w.boolean(true)
	}
}

func writeTimestep(w writer, t *gym.Timestep) {
	w.mapOf(4 + count(len(t.Info) > 0))
	w.text("observation")
	writeObservation(w, &t.Observation)
	w.text("reward")
	w.number(t.Reward)
	w.text("terminated")
	w.boolean(t.Terminated)
	w.text("truncated")
	w.boolean(t.Truncated)
	if len(t.Info) > 0 {
		w.text("info")
		writeMap(w, t.Info)
	}
	w.endMap()
}

func writeObservation(w writer, o *gym.Observation) {
	w.mapOf(1 + count(o.Goal != "", len(o.Actions) > 0, o.URL != "", len(o.Image) > 0, o.Array != nil, len(o.Extra) > 0))
	if o.Goal != "" {
		w.text("goal")
		w.text(o.Goal)
	}
	w.text("text")
	w.text(o.Text)
	if len(o.Actions) > 0 {
		w.text("actions")
		writeList(w, o.Actions, w.text)
	}
	if o.URL != "" {
		w.text("url")
		w.text(o.URL)
	}
	if len(o.Image) > 0 {
		w.text("image")
		w.blob(o.Image)
	}
	if o.Array != nil {
		w.text("array")
		writeArray(w, o.Array)
	}
	if len(o.Extra) > 0 {
		w.text("extra")
		writeMap(w, o.Extra)
	}
	w.endMap()
}

func writeArray(w writer, a *gym.Array) {
	writeShaped(w, a.DType, a.Shape)
	writeList(w, a.Data, w.number)
	w.endMap()
}

// writeShaped begins the map of an array: what is left to write are its data and the map's end.
func writeShaped(w writer, dtype string, shape []int) {
	w.mapOf(3)
	w.text("dtype")
	w.text(dtype)
	w.text("shape")
	writeIntegers(w, shape)
	w.text("data")
}

func writeIntegers(w writer, list []int) { writeList(w, list, func(n int) { w.integer(int64(n)) }) }

// writeList writes a list, each entry as write does.
func writeList[T any](w writer, list []T, write func(T)) {
	w.listOf(len(list))
	for _, x := range list {
		write(x)
	}
	w.endList()
}

// writeMap writes entries in order of their keys, so that equal timesteps are equal bytes.
func writeMap(w writer, m map[string]any) {
	w.mapOf(len(m))
	if len(m) == 1 {
		for k, v := range m {
			w.text(k)
			writeAny(w, v)
		}
		w.endMap()
		return
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		w.text(k)
		writeAny(w, m[k])
	}
	w.endMap()
}

func writeAny(w writer, v any) {
	switch v := v.(type) {
	case nil:
		w.null()
	case string:
		w.text(v)
	case gym.Backend:
		w.text(string(v))
	case gym.Split:
		w.text(string(v))
	case bool:
		w.boolean(v)
	case int:
		w.integer(int64(v))
	case int64:
		w.integer(v)
	case float64:
		w.number(v)
	case []string:
		writeList(w, v, w.text)
	case []any:
		w.listOf(len(v))
		for _, e := range v {
			writeAny(w, e)
		}
		w.endList()
	case map[string]any:
		writeMap(w, v)
	default:
		w.value(v)
	}
}

func writeRequest(w writer, q *Request) {
	w.mapOf(2 + count(q.Session != "", q.Env != "", q.Backend != "", q.Task != "", q.Split != "", q.Index != nil, q.Limit != 0,
		q.Seed != nil, q.Evaluation, q.Episode != "", q.Reasoning, q.Op == OpStep || q.Action != "", q.TimeoutMS != 0, q.Token != "", q.Requests != nil, q.IfEnded, q.Sessions != nil, q.Actions != nil))
	w.text("id")
	w.integer(q.ID)
	w.text("op")
	w.text(string(q.Op))
	optText(w, "session", q.Session)
	if q.Op == OpStep || q.Action != "" {
		w.text("action")
		w.text(string(q.Action))
	} else {
		writeRequestRest(w, q)
	}
	optTexts(w, "sessions", q.Sessions)
	optTexts(w, "actions", q.Actions)
	optInteger(w, "timeout_ms", q.TimeoutMS)
	if q.Requests != nil {
		w.text("requests")
		w.listOf(len(q.Requests))
		for i := range q.Requests {
			writeRequest(w, &q.Requests[i])
		}
		w.endList()
	}
	w.endMap()
}

// writeRequestRest writes what a step does not have.
func writeRequestRest(w writer, q *Request) {
	optText(w, "env", q.Env)
	optText(w, "backend", q.Backend)
	optText(w, "task", q.Task)
	optText(w, "split", string(q.Split))
	if q.Index != nil {
		w.text("index")
		w.integer(*q.Index)
	}
	optInteger(w, "limit", q.Limit)
	if q.Seed != nil {
		w.text("seed")
		w.integer(*q.Seed)
	}
	optBoolean(w, "evaluation", q.Evaluation)
	optText(w, "episode", q.Episode)
	optBoolean(w, "reasoning", q.Reasoning)
	optText(w, "token", q.Token)
	optBoolean(w, "if_ended", q.IfEnded)
}

func optText(w writer, name, s string) {
	if s != "" {
		w.text(name)
		w.text(s)
	}
}

func optTexts(w writer, name string, list []string) {
	if list != nil {
		w.text(name)
		writeList(w, list, w.text)
	}
}

func optInteger(w writer, name string, n int64) {
	if n != 0 {
		w.text(name)
		w.integer(n)
	}
}

func optBoolean(w writer, name string, b bool) {
	if b {
		w.text(name)
		w.boolean(true)
	}
}
