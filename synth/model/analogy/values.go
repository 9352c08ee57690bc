package analogy

import (
	"slices"
	"strconv"
	"strings"

	"dreamgym/synth/experience"
)

// Pages quote what they hold, `[12] link "Cart (2)"`, and label what can be acted upon.
// A quoted value that comes again from task to task is wording; any other is a value, and
// stands in a template as an open place, like an entity. So is a label.

const (
	// wordingShare is the share of tasks in which a quoted value has to come to be wording.
	wordingShare = 0.2
	// wordingTasks is how many tasks it takes at least.
	wordingTasks = 3
)

// learnWording finds the quoted values that are wording: those that come in many tasks,
// or in most of the tasks that show a page of one shape.
func (x *lexicon) learnWording(all []*experience.Transition) {
	type place struct {
		shape string
		line  int
		value string
	}
	tasks, of := map[string]bool{}, map[string]map[string]bool{}
	shown, shapes := map[place]map[string]bool{}, map[string]map[string]bool{}
	note := func(task, text string) {
		lines := linesOf(text)
		shape := shapeOf(lines)
		add(shapes, shape, task)
		for i, l := range lines {
			for _, v := range quoted([]string{l}) {
				add(of, masked(v), task)
				add(shown, place{shape, i, masked(v)}, task)
			}
		}
	}
	read := map[string]bool{}
	for _, t := range all {
		tasks[t.Task] = true
		for _, s := range []string{t.State, t.Next} {
			if key := t.Task + "\x00" + s; !read[key] && strings.Contains(s, `"`) {
				read[key] = true
				note(t.Task, s)
			}
		}
	}
	for v, in := range of {
		x.wording[v] = len(in) >= wordingTasks && float64(len(in)) >= wordingShare*float64(len(tasks))
	}
	at := map[place]map[string]bool{} // the same without the value → values
	for p, in := range shown {
		if len(in) >= wordingTasks && 2*len(in) > len(shapes[p.shape]) {
			x.wording[p.value] = true
		}
		add(at, place{shape: p.shape, line: p.line}, p.value)
	}
	for _, values := range at {
		if p := sharedStart(keys(values)); len(values) >= wordingTasks && p != "" {
			x.starts = append(x.starts, p)
		}
	}
	slices.Sort(x.starts)
	x.starts = slices.Compact(x.starts)
}

// sharedStart is the words with which all texts begin, "" for none: "Re: " of "Re: a" and
// "Re: b".
func sharedStart(all []string) string {
	start := all[0]
	for _, s := range all[1:] {
		for !strings.HasPrefix(s, start) {
			start = strings.TrimRight(start, " ")
			start = start[:strings.LastIndexByte(start, ' ')+1]
		}
	}
	return start[:strings.LastIndexByte(start, ' ')+1]
}

// startTokens is how many of the first tokens of a quoted value are wording.
func (x *lexicon) startTokens(value string) int {
	n := 0
	for _, s := range x.starts {
		if len(s) > n && len(s) < len(value) && strings.HasPrefix(value, s) {
			n = len(s)
		}
	}
	return len(tokens(value[:n]))
}

func add[K comparable](to map[K]map[string]bool, key K, value string) {
	if to[key] == nil {
		to[key] = map[string]bool{}
	}
	to[key][value] = true
}

// shapeOf is a page without what it quotes and its labels.
func shapeOf(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(pattern(l))
		b.WriteByte('\n')
	}
	return b.String()
}

// values finds what is open in a piece though no action names it: labels, numbers, and
// quoted values that are not wording.
func (x *lexicon) values(s string, ts []token) []mention {
	var out []mention
	closed := -1
	for i := 0; i < len(ts); i++ {
		if j := closing(ts, i); j > 0 && i != closed {
			closed = j
			if v := s[ts[i].end:ts[j].start]; !x.wording[masked(v)] {
				if from := i + 1 + x.startTokens(v); from < j {
					out = append(out, mention{from, j, s[ts[from].start:ts[j-1].end]})
				}
				i = j
			}
			continue
		}
		if to := numberAt(ts, i); to > i {
			out = append(out, mention{i, to, s[ts[i].start:ts[to-1].end]})
			i = to - 1
		}
	}
	return out
}

// closing is the token that closes the quotation which token i opens; 0 where it opens none.
func closing(ts []token, i int) int {
	if ts[i].text != `"` {
		return 0
	}
	for j := i + 1; j < len(ts); j++ {
		if ts[j].text == `"` {
			return j
		}
	}
	return 0
}

// numberAt is where the number ends that begins at token i, decimals included; i for none.
func numberAt(ts []token, i int) int {
	if !number(ts[i].text) {
		return i
	}
	if i+2 < len(ts) && ts[i+1].text == "." && number(ts[i+2].text) && ts[i].end == ts[i+1].start && ts[i+1].end == ts[i+2].start {
		return i + 3
	}
	return i + 1
}

// masked is a text with its numbers open.
func masked(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch digit := s[i] >= '0' && s[i] <= '9'; {
		case !digit:
			out = append(out, s[i])
		case len(out) == 0 || out[len(out)-1] != '#':
			out = append(out, '#')
		}
	}
	return string(out)
}

// found are the entities and values of a piece, in order. What is quoted is one value,
// whatever it names; a number that belongs to an entity's name is no value.
func (x *lexicon) found(s string, ts []token) []mention {
	values, entities := x.values(s, ts), x.mentions(s, ts)
	if len(values) == 0 {
		return entities
	}
	var out []mention
	for len(values) > 0 || len(entities) > 0 {
		switch {
		case len(entities) == 0 || len(values) > 0 && values[0].to <= entities[0].from:
			out, values = append(out, values[0]), values[1:]
		case len(values) == 0 || entities[0].to <= values[0].from:
			out, entities = append(out, entities[0]), entities[1:]
		case number(values[0].entity) && entities[0].to-entities[0].from > values[0].to-values[0].from:
			values = values[1:]
		default:
			entities = entities[1:]
		}
	}
	return out
}

const (
	// nearLines is how far from the line of an action's label values are looked for.
	nearLines = 6
	// topLines and bottomLines are the lines of a page that are known by where they are.
	topLines, bottomLines = 24, 8
)

// valueRelations adds what values are to the moment: what the goal has, and what stands
// on the page, known by its place: from the line that the action is about, from the top
// and from the bottom.
func (b *belief) valueRelations(c call, out map[string]string) {
	for i, v := range b.goal.values[1:] {
		out["goal"+strconv.Itoa(i)] = v
	}
	b.fieldsOf(b.text, "now", out)
	if n := len(b.deeds); n > 1 {
		b.fieldsOf(b.deeds[n-2].next, "before", out)
	}
	for i := range c.args {
		at := c.line(linesOf(b.text.raw), i)
		if at < 0 || len(b.text.pieces) <= at {
			continue
		}
		for d := -nearLines; d <= nearLines; d++ {
			if i := at + d; i >= 0 && i < len(b.text.pieces) {
				addFields(out, "beside"+strconv.Itoa(d), b.text.pieces[i])
			}
		}
		break
	}
}

func (b *belief) fieldsOf(r *reading, name string, out map[string]string) {
	n := len(r.pieces)
	for i, p := range r.pieces {
		if i < topLines {
			addFields(out, name+strconv.Itoa(i), p)
		}
		if n-i <= bottomLines {
			addFields(out, name+strconv.Itoa(i-n), p)
		}
	}
}

// addFields adds the values of a piece, and the first word of each.
func addFields(out map[string]string, name string, p *sentence) {
	for j, e := range p.ents {
		at := name + "." + strconv.Itoa(j)
		out[at] = e
		if first, _, more := strings.Cut(e, " "); more {
			out[at+" first"] = first
		}
	}
}

// running adds what is known from what was just said: the number after the last label, in
// this text or ever.
func (b *belief) running(rel map[string]string, told []string) {
	n := b.label
	for i := len(told) - 1; i >= 0; i-- {
		if number(told[i]) {
			n, _ = strconv.Atoi(told[i])
			break
		}
	}
	rel["following"] = strconv.Itoa(n + 1)
	rel["new"] = strconv.Itoa(b.label + 1)
}

// countLabels keeps the highest label.
func (b *belief) countLabels(r *reading) {
	for _, p := range r.pieces {
		if label, ok := labelled(p.raw); ok && number(label) {
			n, _ := strconv.Atoi(label)
			b.label = max(b.label, n)
		}
	}
}
