package analogy

import (
	"slices"
	"strconv"
	"strings"
)

// Some environments show a whole page at every step, and an action changes a few lines
// of it. There an outcome is told as an edit of the lines on the screen, and conditions
// are about the lines: which of them an argument labels, and which hold what the goal
// names.

// edit is what an action did to the lines of a state.
type edit struct {
	changes []lineChange
	removed []string // whole lines
	added   []insertion
	mark    *marking // that is all then; nil for none
}

// lineChange replaces part of one line.
type lineChange struct {
	arg         int    // the argument that labels the line; -1: the line is known by what it has
	value       int    // the argument that the line quotes; -1: none
	label       string // the line's own label; "" for none
	line        string // the line's pattern
	before, now string // what is replaced, and by what; arguments are {0}, {1}
	head        string // what stood before it on the line
	key         string // of a line "key: value", with arguments open; all behind it is replaced
	step        string // how far the number in it went; "" where it is no number that went
}

// insertion adds a line.
type insertion struct {
	after string // the line before it; "" at the start
	line  string
}

// linesOf divides a state.
func linesOf(s string) []string { return strings.Split(s, "\n") }

// labelled tells whether a line's first word is a label, and which: "[12] button" has "12".
func labelled(line string) (label string, ok bool) {
	line = strings.TrimLeft(line, " \t")
	if !strings.HasPrefix(line, "[") {
		return "", false
	}
	label, _, ok = strings.Cut(line[1:], "]")
	return label, ok && label != ""
}

// lineWith finds the line that a label stands for; -1 for none.
func lineWith(lines []string, label string) int {
	return slices.IndexFunc(lines, func(l string) bool {
		have, ok := labelled(l)
		return ok && have == label
	})
}

// acted finds the line that an action is about, and the argument that labels it; -1 for none.
func acted(lines []string, c call) (line, arg int) {
	for arg := range c.args {
		if line := c.line(lines, arg); line >= 0 {
			return line, arg
		}
	}
	return -1, -1
}

// quoting finds the line that quotes a value; -1 for none.
func quoting(lines []string, value string) int {
	if value == "" {
		return -1
	}
	return slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, `"`+value+`"`) })
}

// having finds the lines that have a word among others within what they quote first.
func having(lines []string, word string) (at []int) {
	for i, l := range lines {
		if q := firstQuoted(l); q != word && strings.Contains(q, word) && slices.Contains(words(q), word) {
			at = append(at, i)
		}
	}
	return at
}

// quoted are the values that lines quote.
func quoted(lines []string) []string {
	var out []string
	for _, l := range lines {
		parts := strings.Split(l, `"`)
		for i := 1; i < len(parts); i += 2 {
			out = append(out, parts[i])
		}
	}
	return out
}

// diff tells how one state became another, nil where too little is left of it.
func diff(c call, from, to string) *edit {
	a, b := linesOf(from), linesOf(to)
	if len(a) < 2 || len(b) < 2 {
		return nil
	}
	if p := marksOnly(c, a, b); p != nil {
		return &edit{mark: p}
	}
	keepA, keepB := common(a, b)
	kept := 0
	for _, k := range keepB {
		if k {
			kept++
		}
	}
	e := &edit{}
	paired := map[int]bool{}
	for i, line := range a {
		if keepA[i] {
			continue
		}
		if j := counterpart(line, b, keepB, paired); j >= 0 {
			paired[j] = true
			kept++
			e.changes = append(e.changes, changeOf(c, line, b[j]))
			continue
		}
		e.removed = append(e.removed, line)
	}
	for j, line := range b {
		if !keepB[j] && !paired[j] {
			after := ""
			if j > 0 {
				after = b[j-1]
			}
			e.added = append(e.added, insertion{after, line})
		}
	}
	if 2*kept < max(len(a), len(b)) {
		return nil
	}
	return e
}

// mostCells bounds the table in which the middle parts of two texts are compared. Beyond
// it their lines count as different.
const mostCells = 1 << 20

// common marks the lines of a longest common subsequence. What both texts begin and end with
// is in it.
func common(a, b []string) (inA, inB []bool) {
	inA, inB = make([]bool, len(a)), make([]bool, len(b))
	from, toA, toB := 0, len(a), len(b)
	for from < toA && from < toB && a[from] == b[from] {
		inA[from], inB[from] = true, true
		from++
	}
	for toA > from && toB > from && a[toA-1] == b[toB-1] {
		toA, toB = toA-1, toB-1
		inA[toA], inB[toB] = true, true
	}
	if (toA-from)*(toB-from) <= mostCells {
		commonMiddle(a[from:toA], b[from:toB], inA[from:toA], inB[from:toB])
	}
	return inA, inB
}

// commonMiddle marks a longest common subsequence by the table of all pairs of lines.
func commonMiddle(a, b []string, inA, inB []bool) {
	n := make([][]int, len(a)+1)
	for i := range n {
		n[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				n[i][j] = n[i+1][j+1] + 1
			} else {
				n[i][j] = max(n[i+1][j], n[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			inA[i], inB[j] = true, true
			i, j = i+1, j+1
		case n[i+1][j] >= n[i][j+1]:
			i++
		default:
			j++
		}
	}
}

// counterpart finds what became of a line: the one with its label, else one that begins
// with the same two words.
func counterpart(line string, b []string, kept []bool, paired map[int]bool) int {
	if label, ok := labelled(line); ok {
		if j := lineWith(b, label); j >= 0 && !kept[j] && !paired[j] {
			return j
		}
		return -1
	}
	if key := keyOf(line); key != "" {
		if j := withKey(b, key); j >= 0 && !kept[j] && !paired[j] {
			return j
		}
		return -1
	}
	w := tokenSpans(strings.TrimLeft(line, " "))
	for j, other := range b {
		if kept[j] || paired[j] || len(w) < 2 {
			continue
		}
		o := tokenSpans(strings.TrimLeft(other, " "))
		if _, ok := labelled(other); !ok && len(o) > 1 && w[0] == o[0] && w[1] == o[1] {
			return j
		}
	}
	return -1
}

// keyOf is how a line "key: value" begins; "" for other lines.
func keyOf(line string) string {
	key, _, ok := strings.Cut(line, ": ")
	if !ok || len(strings.Fields(key)) > 3 || strings.ContainsAny(key, `[]"`) {
		return ""
	}
	return key + ": "
}

// withKey finds the one line that begins with a key; -1 for none, or more than one.
func withKey(lines []string, key string) int {
	at := -1
	for i, l := range lines {
		if strings.HasPrefix(l, key) {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	return at
}

// valueChange tells another value of a key.
func valueChange(c call, key, from, to string) lineChange {
	ch := lineChange{arg: -1, value: -1, key: c.open(key), before: from, now: c.open(to)}
	if masked(from) == masked(to) && strings.Count(masked(from), "#") == 1 {
		ch.step, _ = minus(onlyNumber(to), onlyNumber(from))
	}
	return ch
}

// onlyNumber is the number of a text that has one.
func onlyNumber(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// open puts {0}, {1} in the place of the action's arguments.
func (c call) open(s string) string {
	for i, arg := range c.args {
		if len(arg) > 0 {
			s = strings.ReplaceAll(s, arg, "{"+strconv.Itoa(i)+"}")
		}
	}
	return s
}

// changeOf tells the part in which two forms of a line differ.
func changeOf(c call, from, to string) lineChange {
	if key := keyOf(from); key != "" && strings.HasPrefix(to, key) {
		return valueChange(c, key, from[len(key):], to[len(key):])
	}
	a, b := tokenSpans(from), tokenSpans(to)
	p := 0
	for p < len(a) && p < len(b) && a[p] == b[p] {
		p++
	}
	s := 0
	for s < len(a)-p && s < len(b)-p && a[len(a)-1-s] == b[len(b)-1-s] {
		s++
	}
	ch := lineChange{arg: -1, value: -1, line: pattern(from), head: strings.Join(a[:p], ""),
		before: strings.Join(a[p:len(a)-s], ""), now: strings.Join(b[p:len(b)-s], "")}
	if label, ok := labelled(from); ok {
		ch.arg, ch.label = slices.Index(c.args, label), label
	} else {
		ch.value = slices.IndexFunc(c.args, func(a string) bool { return a != "" && strings.Contains(from, `"`+a+`"`) })
	}
	for i, arg := range c.args {
		if i != ch.arg && len(arg) > 0 {
			ch.now = strings.ReplaceAll(ch.now, arg, "{"+strconv.Itoa(i)+"}")
		}
	}
	if i := strings.LastIndexByte(ch.head, ' '); i >= 0 {
		ch.head = ch.head[i+1:]
	}
	return ch
}

// tokenSpans divides a line so that joining gives it back: words with the space before
// them, and quoted values in one.
func tokenSpans(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] == ' ' {
			j++
		}
		for j < len(s) && s[j] != ' ' {
			if s[j] == '"' {
				if k := strings.IndexByte(s[j+1:], '"'); k >= 0 {
					j += k + 1
				}
			}
			j++
		}
		out = append(out, s[i:min(j, len(s))])
		i = j
	}
	return out
}

// class names an edit so that edits of one kind have one name: labels and arguments are
// open, and so is what was replaced.
func (e *edit) class() string {
	var b strings.Builder
	b.WriteString("edit")
	for _, c := range e.changes {
		if c.key != "" {
			b.WriteString("|" + c.key + masked(openQuotes(c.now)) + c.step)
			continue
		}
		b.WriteString("|" + strconv.Itoa(c.arg) + strconv.Itoa(c.value) + " " + openQuotes(c.before) + "→" + openQuotes(c.now))
	}
	if n := len(e.removed); n > 0 {
		b.WriteString("|remove")
	}
	if n := len(e.added); n > 0 {
		b.WriteString("|add")
	}
	if e.mark != nil {
		b.WriteString("|mark" + strconv.Itoa(e.mark.arg) + e.mark.mark)
	}
	return b.String()
}

// openQuotes leaves quoted values open, but for arguments.
func openQuotes(s string) string {
	parts := strings.Split(s, `"`)
	for i := 1; i < len(parts); i += 2 {
		if !strings.HasPrefix(parts[i], "{") {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, `"`)
}

// apply edits a state as the recorded one was edited. Of lines that go, those that were
// not on the episode's first page may be worded otherwise than the recorded ones.
func (e *edit) apply(c call, state, first string) string {
	lines, old := linesOf(state), linesOf(first)
	if e.mark != nil {
		e.mark.apply(lines, c)
	}
	for _, ch := range e.changes {
		if i := ch.find(c, lines); i >= 0 {
			lines[i] = ch.apply(c, lines[i])
		}
	}
	for _, r := range e.removed {
		i := slices.Index(lines, r)
		if i < 0 {
			i = slices.IndexFunc(lines, func(l string) bool {
				return pattern(l) == pattern(r) && !slices.Contains(old, l) && !slices.Contains(e.removed, l)
			})
		}
		if i >= 0 {
			lines = slices.Delete(lines, i, i+1)
		}
	}
	for _, in := range e.added {
		at := len(lines)
		if i := slices.Index(lines, in.after); i >= 0 {
			at = i + 1
		}
		if !slices.Contains(lines, in.line) {
			lines = slices.Insert(lines, at, in.line)
		}
	}
	return strings.Join(lines, "\n")
}

// find answers the line that a change is for: the one that the argument labels, else the
// one line that has what is replaced.
func (ch lineChange) find(c call, lines []string) int {
	if ch.key != "" {
		return withKey(lines, fill(ch.key, c.args))
	}
	if ch.arg >= 0 && ch.arg < len(c.args) {
		return lineWith(lines, c.args[ch.arg])
	}
	if ch.value >= 0 && ch.value < len(c.args) {
		return quoting(lines, c.args[ch.value])
	}
	if i := lineWith(lines, ch.label); ch.label != "" && i >= 0 && pattern(lines[i]) == ch.line {
		return i
	}
	if ch.before == "" {
		return -1
	}
	best := -1
	for i, l := range lines {
		if !strings.Contains(l, ch.before) {
			continue
		}
		if pattern(l) == ch.line {
			return i
		}
		if best < 0 {
			best = i
		}
	}
	return best
}

func (ch lineChange) apply(c call, line string) string {
	now := fill(ch.now, c.args)
	if ch.key != "" {
		key := fill(ch.key, c.args)
		if n, ok := plus(onlyNumber(line[len(key):]), ch.step); ok {
			return key + strings.Replace(line[len(key):], onlyNumber(line[len(key):]), n, 1)
		}
		return key + now
	}
	if ch.before != "" && strings.Contains(line, ch.before) {
		return strings.Replace(line, ch.before, now, 1)
	}
	// the same attribute with another value
	if key, _, ok := strings.Cut(now, `"`); ok && key != "" {
		if i := strings.Index(line, key+`"`); i >= 0 {
			if j := strings.IndexByte(line[i+len(key)+1:], '"'); j >= 0 {
				return line[:i] + now + line[i+len(key)+j+2:]
			}
		}
	}
	if strings.Contains(line, now) {
		return line
	}
	if ch.head != "" {
		if i := strings.LastIndex(line, ch.head); i >= 0 {
			return line[:i+len(ch.head)] + now + line[i+len(ch.head):]
		}
	}
	return line + now
}

// pattern is a line without what is its own: no label, and of each quoted value only
// whether, and where, the goal names it; wording stays.
func (b *belief) pattern(line string) string {
	return openQuoted(line, func(v string) string {
		if at := named2goal(v, b.goal.values); at != "-" || !b.k.lex.wording[v] {
			return at
		}
		return v
	})
}

// pattern is a line without its label and what it quotes.
func pattern(line string) string { return openQuoted(line, func(string) string { return "" }) }

// openQuoted replaces what a line quotes, and leaves out its label.
func openQuoted(line string, by func(value string) string) string {
	if label, ok := labelled(line); ok {
		line = strings.TrimLeft(strings.Replace(line, "["+label+"]", "", 1), " ")
	}
	parts := strings.Split(line, `"`)
	for i := 1; i < len(parts); i += 2 {
		parts[i] = by(parts[i])
	}
	return strings.Join(parts, `"`)
}

// named2goal tells which of the goal's values a text is: its number, "+" where the goal
// has it in other words, "-" where it has not, "" for nothing.
func named2goal(s string, goal []string) string {
	if s == "" || len(goal) == 0 {
		return s[:0]
	}
	for i, v := range goal[1:] {
		if strings.EqualFold(v, s) {
			return strconv.Itoa(i)
		}
	}
	if len(s) > 1 && strings.Contains(" "+strings.ToLower(goal[0])+" ", strings.ToLower(s)) {
		return "+"
	}
	if w := strings.Fields(s); len(w) > 1 {
		for _, v := range goal[1:] {
			if slices.Contains(w, v) {
				return "~" // it begins with or holds one
			}
		}
		if len(w[0]) > 2 && slices.Contains(strings.FieldsFunc(goal[0], notWord), w[0]) {
			return "~"
		}
	}
	return "-"
}

func notWord(r rune) bool { return !wordRune(r) }

// goalValues are an instruction, and the values that it quotes.
func goalValues(s string) []string {
	out := []string{s}
	parts := strings.Split(s, `"`)
	for i := 1; i < len(parts); i += 2 {
		out = append(out, parts[i])
	}
	return out
}
