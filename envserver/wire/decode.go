package wire

import (
	"errors"

	"dreamgym/envserver/gym"
)

var errReply = errors.New("wire: the reply is malformed")

// replyDecoder reads what a server says. Unlike a request's, its unknown fields are
// skipped: a newer server of the same protocol may say more.
type replyDecoder struct {
	r   reader
	bad bool
}

func (d *replyDecoder) done() error {
	if err := d.r.finish(); err != nil {
		return errors.Join(errReply, err)
	}
	if d.bad {
		return errReply
	}
	return nil
}

func (d *replyDecoder) check(ok bool) { d.bad = d.bad || !ok }

func (d *replyDecoder) text() string {
	b, ok := d.r.text()
	d.check(ok)
	return string(b)
}

func (d *replyDecoder) boolean() bool {
	b, ok := d.r.boolean()
	d.check(ok)
	return b
}

func (d *replyDecoder) integer() int64 {
	n, ok := d.r.integer()
	d.check(ok)
	return n
}

func (d *replyDecoder) number() float64 {
	f, ok := d.r.number()
	d.check(ok && finite(f))
	return f
}

// fields calls read for each entry of a map that is not null; read leaves no value unread.
func (d *replyDecoder) fields(read func(key string)) {
	d.entries(func(key string) {
		if d.r.kind() == kindNull {
			d.r.skip()
			return
		}
		read(key)
	})
}

// entries calls read for each entry of a map.
func (d *replyDecoder) entries(read func(key string)) {
	if d.r.kind() != kindMap {
		d.bad = true
		d.r.skip()
		return
	}
	for left, more := d.r.more(d.r.open()); more; left, more = d.r.more(left) {
		key, ok := d.r.text()
		d.check(ok)
		read(string(key))
	}
}

// elements calls read for each element of a list.
func (d *replyDecoder) elements(read func()) {
	if d.r.kind() != kindList {
		d.bad = true
		d.r.skip()
		return
	}
	for left, more := d.r.more(d.r.open()); more; left, more = d.r.more(left) {
		read()
	}
}

func (d *replyDecoder) reply(into *Reply) {
	d.fields(func(key string) {
		switch key {
		case "id":
			into.ID = d.integer()
		case "session":
			into.Session = d.text()
		case "timestep":
			into.Timestep = new(gym.Timestep)
			d.timestep(into.Timestep)
		case "steps":
			into.Steps = new(Steps)
			d.steps(into.Steps)
		case "results":
			into.Results = []Reply{}
			d.elements(func() {
				into.Results = append(into.Results, Reply{})
				d.reply(&into.Results[len(into.Results)-1])
			})
		default:
			d.rare(key, into)
		}
	})
}

// rare reads the fields that are not on the way of a step.
func (d *replyDecoder) rare(key string, into *Reply) {
	switch key {
	case "opened":
		d.r.value(&into.Opened)
	case "closed":
		into.Closed = d.boolean()
	case "resumed":
		d.r.value(&into.Resumed)
	case "advice":
		into.Advice = new(d.text())
	case "envs":
		d.r.value(&into.Envs)
	case "tasks":
		d.r.value(&into.Tasks)
	case "pong":
		into.Pong = d.boolean()
	case "running":
		into.Running = d.boolean()
	case "error":
		d.r.value(&into.Error)
	default:
		d.r.skip()
	}
}

func (d *replyDecoder) timestep(t *gym.Timestep) {
	d.fields(func(key string) {
		switch key {
		case "observation":
			d.observation(&t.Observation)
		case "reward":
			t.Reward = d.number()
		case "terminated":
			t.Terminated = d.boolean()
		case "truncated":
			t.Truncated = d.boolean()
		case "info":
			t.Info = d.anyMap()
		default:
			d.r.skip()
		}
	})
}

func (d *replyDecoder) observation(o *gym.Observation) {
	d.fields(func(key string) {
		switch key {
		case "goal":
			o.Goal = d.text()
		case "text":
			o.Text = d.text()
		case "actions":
			d.elements(func() { o.Actions = append(o.Actions, d.text()) })
		case "url":
			o.URL = d.text()
		case "image":
			b, ok := d.r.blob()
			d.check(ok)
			o.Image = b
		case "array":
			o.Array = new(gym.Array)
			d.array(o.Array)
		case "extra":
			o.Extra = d.anyMap()
		default:
			d.r.skip()
		}
	})
}

func (d *replyDecoder) array(a *gym.Array) {
	d.shaped(&a.DType, &a.Shape, func() {
		d.elements(func() { a.Data = append(a.Data, d.number()) })
	})
}

// shaped reads the map of an array, whose data are read as data does.
func (d *replyDecoder) shaped(dtype *string, shape *[]int, data func()) {
	d.fields(func(key string) {
		switch key {
		case "dtype":
			*dtype = d.text()
		case "shape":
			d.elements(func() { *shape = append(*shape, int(d.integer())) })
		case "data":
			data()
		default:
			d.r.skip()
		}
	})
}

func (d *replyDecoder) anyMap() map[string]any {
	m := make(map[string]any)
	d.entries(func(key string) { m[key] = d.any() })
	return m
}

// any reads a value of no known type: integers that are written as such are int64.
func (d *replyDecoder) any() any {
	switch d.r.kind() {
	case kindString:
		return d.text()
	case kindBool:
		return d.boolean()
	case kindNumber:
		return d.anyNumber()
	case kindBytes:
		b, ok := d.r.blob()
		d.check(ok)
		return b
	case kindList:
		list := []any{}
		d.elements(func() { list = append(list, d.any()) })
		return list
	case kindMap:
		return d.anyMap()
	}
	d.r.skip()
	return nil
}

func (d *replyDecoder) anyNumber() any {
	n, f, integral := d.r.numeral()
	if integral {
		return n
	}
	d.check(finite(f))
	return f
}
