package analogy

import (
	"slices"
	"strconv"
	"strings"
)

// atoms are the conditions under which an action is taken, each a short name: which
// of them hold is all that tells one case of a frame from another. a<i> is what was
// last said of argument i, c<i> its kind, d<i> what was ever done to it, g<i> the
// goal's slot that names it, s<i> what was last done to it; g is the goal's value that an
// action without arguments is.
func (b *belief) atoms(c call, action string) []string {
	out := make([]string, 0, 48)
	add := func(parts ...string) { out = append(out, strings.Join(parts, "")) }
	if b.actions != nil {
		add("listed=", strconv.FormatBool(in(b.actions, action)))
	}
	if b.k.paged {
		b.pageAtoms(add, c)
		for _, p := range b.screen().patterns {
			add("P=", p)
		}
		for _, d := range b.deeds {
			if d.on != "" && !d.failed {
				add("H=", d.call.frame, " ", d.on)
			}
		}
	}
	for i, a := range c.args {
		if b.k.paged {
			break // labels name other things on every page
		}
		n := strconv.Itoa(i)
		add("c", n, "=", class(a))
		add("g", n, "=", strconv.Itoa(b.goal.slotFor(a)))
		add("z", n, "=", strconv.Itoa(min(b.goal.fromEnd(a), 3)))
		add("s", n, "=", b.active(a))
		add("a", n, "=", b.said[a])
		for _, t := range b.touches[a] {
			add("d", n, "=", t.sig())
		}
		add("p", n, "=", strconv.FormatBool(b.placeNames(a)))
		b.listAtoms(add, n, a, c.args)
	}
	b.goalAtoms(add, c)
	if n := len(b.deeds); n > 0 {
		add("prev=", b.deeds[n-1].call.frame, strconv.FormatBool(b.deeds[n-1].failed))
	}
	if len(b.text.pieces) > 0 {
		add("h=", b.text.pieces[0].template)
	}
	add("again=", strconv.Itoa(min(b.times(action), 2)))
	add("paid=", strconv.Itoa(min(b.paid[action], 2)))
	add("rewards=", strconv.Itoa(min(b.rewards, 20)))
	slices.Sort(out)
	return slices.Compact(out)
}

// pageAtoms tell where the page is and what arguments are on the screen: the line that one labels and the lines
// before it, the line that quotes one or has it as a word of what it quotes, the values that the goal names.
func (b *belief) pageAtoms(add func(...string), c call) {
	s := b.screen()
	if at, ok := addressIn(s.lines[:ownLines]); ok {
		add("W=", b.k.paths.of(at.path))
	}
	for i, a := range c.args {
		n := strconv.Itoa(i)
		at := c.line(s.lines, i)
		if at < 0 {
			add("V", n, "=", named2goal(a, b.goal.values))
			if i := quoting(s.lines, a); i >= 0 {
				add("Q", n, "=", s.patterns[i])
			}
			for _, i := range having(s.lines, a) {
				add("R", n, "=", b.k.calledAs(s.lines[i]))
			}
			continue
		}
		add("A", n, "=", s.patterns[at])
		for back := 1; back <= 2 && at-back >= 0; back++ {
			add("B", n, strconv.Itoa(back), "=", s.patterns[at-back])
		}
	}
}

// screen is the page that is seen, line by line.
type screen struct {
	of              *reading
	lines, patterns []string
}

// screen reads the page that is seen now; the same page is read once.
func (b *belief) screen() *screen {
	if b.page == nil || b.page.of != b.text {
		s := &screen{of: b.text, lines: linesOf(b.text.raw)}
		top, bottom := b.k.ground.bounds(s.lines)
		for i, l := range s.lines {
			if ownLines <= i && i <= top || i >= bottom {
				s.patterns = append(s.patterns, b.groundPattern(l))
			} else {
				s.patterns = append(s.patterns, b.pattern(l))
			}
		}
		b.page = s
	}
	return b.page
}

// lineOf is the pattern of the line on the page that an argument labels; "" for none.
func (b *belief) lineOf(c call) string {
	if !b.k.paged {
		return ""
	}
	s := b.screen()
	if at, _ := acted(s.lines, c); at >= 0 {
		return s.patterns[at]
	}
	return ""
}

// listAtoms tell which lists hold argument a, and whether its own lists hold anything.
func (b *belief) listAtoms(add func(...string), n, a string, args []string) {
	for key := range b.lists {
		parts := strings.SplitN(key, "\x00", 3)
		o := owner{leadIn: parts[0], entity: parts[1], view: parts[2]}
		switch {
		case o.entity == a:
			items, _ := b.list(o)
			add("e", n, "=", strconv.Itoa(min(len(items), 1)))
		case o.entity != "":
			for j, other := range args {
				if other == o.entity {
					items, _ := b.list(o)
					add("in", n, strconv.Itoa(j), "=", strconv.FormatBool(contains(items, a)))
				}
			}
		}
	}
	for _, o := range b.k.selves {
		items, _ := b.list(o)
		add("self", n, "=", o.leadIn, strconv.FormatBool(contains(items, a)))
	}
}

// goalAtoms tell how far the goal is: what was last done to things of the kinds it
// names, and how many others were treated as the arguments would be now.
func (b *belief) goalAtoms(add func(...string), c call) {
	add("f=", c.frame)
	add("form=", b.goal.form)
	if len(c.args) == 0 {
		add("g=", strconv.Itoa(slices.Index(b.goal.values, c.frame)))
	}
	for _, e := range b.order {
		if j := b.goal.slotFor(e); j >= 0 {
			add("G", strconv.Itoa(j), "=", b.active(e))
		}
	}
	twins := 0
	for _, e := range b.order {
		t, ok := b.lastTouch(e, -1)
		if ok && len(c.args) > 0 && e != c.args[0] && t.frame == c.frame && t.role == 0 && sameClasses(t.args, c.args) {
			twins++
		}
	}
	add("twins=", strconv.Itoa(min(twins, 2)))
	for _, o := range b.k.selves {
		items, known := b.list(o)
		if known || len(items) > 0 {
			add("S=", o.leadIn, strconv.Itoa(min(len(items), 2)))
		} else {
			add("S=", o.leadIn, "?")
		}
	}
}

func sameClasses(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if class(a[i]) != class(b[i]) {
			return false
		}
	}
	return true
}

// placeNames tells whether where one is names an entity.
func (b *belief) placeNames(e string) bool {
	return b.place != "" && strings.Contains(b.place, e)
}

// times is how often an action was taken in this episode.
func (b *belief) times(action string) int {
	n := 0
	for _, d := range b.deeds {
		if d.text == action {
			n++
		}
	}
	return n
}
