package analogy

import "strings"

// leastOfLine is how many cases about lines of one name a decision of their own is grown over.
const leastOfLine = 12

// surelyOf is the share of a leaf's cases that have to agree for others not to be told.
const surelyOf = 0.8

// growOfLines makes a decision for every kind of line that is wording: a frame's decision is over
// all lines, and what follows from one may depend on what no other asks for.
func (m *memory) growOfLines(g *grower) {
	m.lineTrees = map[string]*tree{}
	for _, key := range keys(m.ofLines) {
		about, all := strings.CutPrefix(key, "\x00")
		if cases := m.taken(m.ofLines[key]); all && len(cases) >= leastOfLine {
			m.lineTrees[about] = g.grow(cases, 6)
		}
	}
}

// agreeing are those of some cases about a line that came out as the decision about lines of its
// name tells; all of them where it does not tell, or none did.
func (d *dreamer) agreeing(c call, cases, atoms []int32) []int32 {
	t := d.m.lineTrees[c.frame+"\x00"+d.m.k.calledAs(lineAt(d.b.text.raw, c))]
	if t == nil {
		return cases
	}
	leaf := t.leaf(atoms)
	v := d.m.vote(leaf.cases)
	var out []int32
	for _, i := range cases {
		if v.support >= surelyOf && d.m.cases[i].class == d.m.cases[v.rep].class {
			out = append(out, i)
		}
	}
	if len(out) == 0 {
		return cases
	}
	return out
}

// ofLine answers a case that is about a line called as the one that the action is about: in
// this scene, else anywhere. It is the one given where that is, and where none is.
func (d *dreamer) ofLine(c call, rep int32, atoms []int32) int32 {
	about := d.m.k.calledAs(lineAt(d.b.text.raw, c))
	if d.m.k.ground == nil || about == "" || d.m.cases[rep].about == about {
		return rep
	}
	for _, scene := range []string{d.start.Task.Scene, ""} {
		if list := d.m.taken(d.m.ofLines[scene+"\x00"+c.frame+"\x00"+about]); len(list) > 0 {
			return d.m.vote(d.agreeing(c, list, atoms)).rep
		}
	}
	return rep
}

// calledAs is a line's name as far as it is wording.
func (k *knowledge) calledAs(line string) string {
	_, name, _ := inParts(line)
	return openQuoted(name, func(v string) string {
		if k.lex.wording[masked(v)] {
			return masked(v)
		}
		return ""
	})
}
