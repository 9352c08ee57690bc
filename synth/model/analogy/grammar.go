package analogy

import (
	"sort"
	"strconv"
	"strings"

	"dreamgym/synth/experience"
)

// mostActionWords bounds the actions whose words are told apart.
const mostActionWords = 24

// call is an action read as a frame with arguments: "take mug 1 from shelf 2" is
// "take {0} from {1}" of "mug 1" and "shelf 2".
type call struct {
	frame string
	args  []string
	said  uint64 // the arguments, by bit, that label no line of a page, though some may read like a label
}

// line finds the line of a page that an argument labels; -1 for none.
func (c call) line(lines []string, arg int) int {
	if c.said>>arg&1 == 1 {
		return -1
	}
	return lineWith(lines, c.args[arg])
}

// grammar tells frames from arguments. It is learned from the actions alone: which
// words join arguments shows in actions whose parts are arguments elsewhere.
type grammar struct {
	lead  map[string]string          // verb → the word that always follows it ("go" → "to")
	links map[string]map[string]bool // verb → the words that join its arguments
	cache map[string]call
	named map[string]bool // words in threes that stand together in one thing's name
	said  map[string]uint64
}

// learnGrammar reads distinct actions. named are the threes of words in them that stood
// together in texts before them: "jar of jam" in "take jar of jam" is one thing's name.
func learnGrammar(actions []string, named map[string]bool) *grammar {
	g := &grammar{lead: map[string]string{}, links: map[string]map[string]bool{}, cache: map[string]call{}, named: named}
	byVerb := map[string][][]string{}
	for _, a := range actions {
		if _, ok := bracketed(a); ok {
			continue
		}
		if w := strings.Fields(a); len(w) > 1 && len(w) <= mostActionWords {
			byVerb[w[0]] = append(byVerb[w[0]], w[1:])
		}
	}
	g.learnLeads(byVerb)
	g.learnLinks(byVerb)
	return g
}

// learnLeads finds the words that follow a verb in every one of several actions, up to
// two of them.
func (g *grammar) learnLeads(byVerb map[string][][]string) {
	for verb, rests := range byVerb {
		var lead []string
		for len(lead) < 2 && sharedLead(rests, len(lead)) {
			lead = append(lead, rests[0][len(lead)])
		}
		if len(lead) > 0 {
			g.lead[verb] = strings.Join(lead, " ")
		}
	}
}

// sharedLead tells whether all actions of a verb have the same word at i and vary in
// what follows it by more than numbers: "go to bed 1", "go to desk 1" do, "open crate 1",
// "open crate 2" do not.
func sharedLead(rests [][]string, i int) bool {
	next := map[string]bool{}
	for _, r := range rests {
		if len(r) < i+2 || r[i] != rests[0][i] {
			return false
		}
		if !number(r[i+1]) {
			next[r[i+1]] = true
		}
	}
	return len(rests) >= 3 && (len(next) >= 3 || len(next) >= 1 && constant(rests, i+1))
}

// constant tells whether the word at i is one and the same and more follows it, as the
// second word of "walk over to …".
func constant(rests [][]string, i int) bool {
	for _, r := range rests {
		if len(r) < i+2 || r[i] != rests[0][i] || number(r[i+1]) {
			return false
		}
	}
	return sharedLead(rests, i)
}

// learnLinks finds the words that join two arguments: what stands left and right of
// them are arguments by themselves elsewhere, or vary freely. What one verb's words join
// are arguments by themselves for the others.
func (g *grammar) learnLinks(byVerb map[string][][]string) {
	whole, last := map[string]bool{}, map[string]bool{}
	for verb, rests := range byVerb {
		for _, r := range rests {
			r = g.strip(verb, r)
			whole[strings.Join(r, " ")] = true
			last[r[len(r)-1]] = true
		}
	}
	for range 2 {
		for verb, rests := range byVerb {
			g.learnLinksOf(verb, rests, whole, last)
		}
		for verb, rests := range byVerb {
			for _, r := range rests {
				for _, a := range g.read(verb + " " + strings.Join(r, " ")).args {
					whole[a] = true
				}
			}
		}
	}
}

// learnLinksOf finds one verb's links.
func (g *grammar) learnLinksOf(verb string, rests [][]string, whole, last map[string]bool) {
	known, lefts, rights := map[string]int{}, map[string]map[string]bool{}, map[string]map[string]bool{}
	within := map[string]*tally{} // whether what stands around a word is one thing
	for _, r := range rests {
		r = g.strip(verb, r)
		for i := 1; i+1 < len(r); i++ {
			if within[r[i]] == nil {
				within[r[i]] = &tally{}
			}
			within[r[i]].add(g.named[strings.Join(r[i-1:i+2], " ")])
			l, rt := strings.Join(r[:i], " "), strings.Join(r[i+1:], " ")
			if lefts[r[i]] == nil {
				lefts[r[i]], rights[r[i]] = map[string]bool{}, map[string]bool{}
			}
			lefts[r[i]][l], rights[r[i]][rt] = true, true
			if whole[l] && whole[rt] {
				known[r[i]]++
			}
		}
	}
	for w := range lefts {
		if last[w] || number(w) || within[w].yes > within[w].no {
			continue
		}
		free := len(lefts[w]) >= 3 && len(rights[w]) >= 2 && 2*count(rests, w) >= len(rests)
		if known[w] >= 2 || (known[w] == 1 && len(rests) <= 4) || free {
			if g.links[verb] == nil {
				g.links[verb] = map[string]bool{}
			}
			g.links[verb][w] = true
		}
	}
}

func count(rests [][]string, w string) int {
	n := 0
	for _, r := range rests {
		for i := 1; i+1 < len(r); i++ {
			if r[i] == w {
				n++
				break
			}
		}
	}
	return n
}

func (g *grammar) strip(verb string, rest []string) []string {
	n := len(strings.Fields(g.lead[verb]))
	if n > 0 && len(rest) > n && strings.Join(rest[:n], " ") == g.lead[verb] {
		return rest[n:]
	}
	return rest
}

// parse reads an action.
func (g *grammar) parse(action string) call {
	c, ok := g.cache[action]
	if !ok {
		c = g.read(action)
	}
	c.said = g.said[c.frame]
	return c
}

// leastLabels is the share of an argument's recorded values that label lines where it is a label:
// some were chosen of an earlier page.
const leastLabels = 0.75

// learnSaid finds the arguments that are no labels: "8" in "answer 8" is none, though a line may
// have it for one.
func (g *grammar) learnSaid(all []*experience.Transition) {
	labels := map[string][]tally{}
	for _, t := range all {
		c, lines := g.parse(t.Action), linesOf(t.State)
		if labels[c.frame] == nil {
			labels[c.frame] = make([]tally, min(len(c.args), 64))
		}
		for i, args := 0, labels[c.frame]; i < min(len(c.args), len(args)); i++ {
			args[i].add(lineWith(lines, c.args[i]) >= 0)
		}
	}
	g.said = map[string]uint64{}
	for frame, args := range labels {
		for i := range args {
			if rate(&args[i]) < leastLabels {
				g.said[frame] |= 1 << i
			}
		}
	}
}

// remember keeps the readings of actions that will be parsed often.
func (g *grammar) remember(actions []string) {
	for _, a := range actions {
		g.cache[a] = g.read(a)
	}
}

func (g *grammar) read(action string) call {
	if c, ok := bracketed(action); ok {
		return c
	}
	w := strings.Fields(action)
	if len(w) == 1 && number(w[0]) {
		return call{frame: "{0}", args: w}
	}
	if len(w) < 2 {
		return call{frame: strings.TrimSpace(action)}
	}
	if len(w) > mostActionWords { // prose: what is said, not what it is about
		return call{frame: w[0] + " {0}", args: []string{strings.Join(w[1:], " ")}}
	}
	frame, rest := w[0], g.strip(w[0], w[1:])
	if len(rest) < len(w)-1 {
		frame += " " + g.lead[w[0]]
	}
	var args []string
	start := 0
	for i := 1; i+1 < len(rest); i++ {
		if i > start && g.links[w[0]][rest[i]] {
			frame += " {" + strconv.Itoa(len(args)) + "} " + rest[i]
			args = append(args, strings.Join(rest[start:i], " "))
			start = i + 1
		}
	}
	frame += " {" + strconv.Itoa(len(args)) + "}"
	return call{frame: frame, args: append(args, strings.Join(rest[start:], " "))}
}

// text is the action that a frame makes of arguments.
func (c call) text() string { return fill(c.frame, c.args) }

// fill puts arguments into a template's slots.
func fill(template string, args []string) string {
	for i, a := range args {
		template = strings.ReplaceAll(template, "{"+strconv.Itoa(i)+"}", a)
	}
	return template
}

// bracketed reads the forms name(arg, 'arg'), name[arg] and [arg]. The frame keeps the
// spelling: "click('{0}')".
func bracketed(a string) (call, bool) {
	a = strings.TrimSpace(a)
	i := strings.IndexAny(a, "([")
	if i < 0 || strings.ContainsAny(a[:i], " \t") {
		return call{}, false
	}
	closing := map[byte]string{'(': ")", '[': "]"}[a[i]]
	if !strings.HasSuffix(a, closing) {
		return call{}, false
	}
	inner := a[i+1 : len(a)-1]
	if a[i] == '[' {
		return call{frame: a[:i] + "[{0}]", args: []string{inner}}, true
	}
	var spelled []string
	c := call{}
	for _, arg := range splitArgs(inner) {
		quote, name := "", keyword(arg)
		arg = arg[len(name):]
		if len(arg) > 1 && (arg[0] == '\'' || arg[0] == '"') && arg[len(arg)-1] == arg[0] {
			quote, arg = arg[:1], arg[1:len(arg)-1]
		}
		spelled = append(spelled, name+quote+"{"+strconv.Itoa(len(c.args))+"}"+quote)
		c.args = append(c.args, arg)
	}
	c.frame = a[:i+1] + strings.Join(spelled, ", ") + closing
	return c, true
}

// keyword is the name that an argument is given by, with what joins them: "to=" of
// to="Ann"; "" for none.
func keyword(arg string) string {
	name, _, ok := strings.Cut(arg, "=")
	if !ok || strings.ContainsFunc(name, func(r rune) bool { return !wordRune(r) }) {
		return ""
	}
	return name + "="
}

// splitArgs divides at commas outside quotes and brackets.
func splitArgs(s string) []string {
	var out []string
	quote, depth, start := byte(0), 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '[' || c == '(':
			depth++
		case c == ']' || c == ')':
			depth--
		case c == ',' && depth == 0:
			out = append(out, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	if rest := strings.TrimSpace(s[start:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

// keys are the keys of m in order.
func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
