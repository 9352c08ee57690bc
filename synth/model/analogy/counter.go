package analogy

import (
	"strconv"
	"strings"

	"dreamgym/synth/experience"
)

// counter is a number that a piece of text carries and that an action changes by one
// and the same difference each time: "Turns: 3." after "Turns: 2.".
type counter struct{ step, first int }

// openNumber leaves the one number of a template open: "Turns: #." of "Turns: 3.". ok is
// false where there is none, or more than one.
func openNumber(template string) (open string, n int, ok bool) {
	at, end := -1, -1
	for i := 0; i < len(template); i++ {
		if template[i] == '{' {
			for i < len(template) && template[i] != '}' {
				i++
			}
			continue
		}
		if template[i] < '0' || template[i] > '9' {
			continue
		}
		if at >= 0 {
			return "", 0, false
		}
		at = i
		for i < len(template) && template[i] >= '0' && template[i] <= '9' {
			i++
		}
		end = i
	}
	if at < 0 || end-at > 9 {
		return "", 0, false
	}
	n, err := strconv.Atoi(template[at:end])
	return template[:at] + "#" + template[end:], n, err == nil
}

// learnCounters finds the numbers that a frame changes by a constant difference.
func (k *knowledge) learnCounters(eps []episodeOf) {
	steps, firsts := map[string]map[string]int{}, map[string]map[string]int{}
	count := func(to map[string]map[string]int, key string, n int) {
		if to[key] == nil {
			to[key] = map[string]int{}
		}
		to[key][strconv.Itoa(n)]++
	}
	for _, ep := range eps {
		last := map[string]int{}
		k.numbersOf(k.lex.readText(ep[0].State), last)
		for _, t := range ep {
			k.countSteps(t, last, func(key string, step, n int, known bool) {
				if known {
					count(steps, key, step)
				} else {
					count(firsts, key, n)
				}
			})
		}
	}
	k.counters = map[string]counter{}
	for key, m := range steps {
		top := commonest(m)
		if m[top] < 3 || 5*m[top] < 4*sum(m) || top == "0" {
			continue
		}
		step, _ := strconv.Atoi(top)
		first, _ := strconv.Atoi(commonest(firsts[key]))
		k.counters[key] = counter{step, first}
	}
}

// countSteps calls f with every number of a transition's outcome and how far it is from
// the last of its kind.
func (k *knowledge) countSteps(t *experience.Transition, last map[string]int, f func(key string, step, n int, known bool)) {
	r := k.lex.readText(t.Next)
	c := k.grammar.parse(t.Action)
	for _, p := range r.pieces {
		if open, n, ok := openNumber(p.template); ok {
			was, known := last[open]
			f(c.frame+"\x00"+open, n-was, n, known)
		}
	}
	k.numbersOf(r, last)
}

// numbersOf notes the numbers that a text's pieces carry.
func (k *knowledge) numbersOf(r *reading, into map[string]int) {
	for _, p := range r.pieces {
		if open, n, ok := openNumber(p.template); ok {
			into[open] = n
		}
	}
}

// counted answers the counter that a frame changes in a piece.
func (k *knowledge) counted(frame string, p *sentence) (open string, c counter, ok bool) {
	if len(k.counters) == 0 {
		return "", counter{}, false
	}
	open, _, ok = openNumber(p.template)
	if !ok {
		return "", counter{}, false
	}
	c, ok = k.counters[frame+"\x00"+open]
	return open, c, ok
}

// count is what a counter comes to after one more step.
func (b *belief) count(open string, c counter) string {
	n, ok := b.numbers[open]
	if !ok {
		return strings.Replace(open, "#", strconv.Itoa(c.first), 1)
	}
	return strings.Replace(open, "#", strconv.Itoa(n+c.step), 1)
}
