package analogy

import (
	"slices"
	"strconv"
	"strings"
)

// knowledge is what was learned from the recordings before any one prediction. It is
// never changed once it is made.
type knowledge struct {
	grammar  *grammar
	lex      *lexicon
	classes  *lexicon          // names of kinds, for goals that name no number
	groups   map[string]string // a list's frame → the frame that stands for all that show the same list
	places   map[string]bool   // header templates that say where one is
	failing  map[string]bool   // outcome classes that mean: not possible here
	effects  map[string]*tally // touch, relation and former membership → membership
	sorting  int               // how lists are ordered: an index of orders
	article  map[byte]map[string]int
	scenes   map[string]*sceneFacts
	paged    bool                         // states are pages of which a step changes a few lines
	ground   ground                       // what pages share; nil where they share nothing
	paths    paths                        // segments of addresses that scenes share
	facts    map[string]map[string][]fact // scene → place of a piece → what stood there
	isScene  map[string]bool              // which keys of scenes are scenes, not tasks
	numbered map[string]bool              // kinds whose members carry numbers
	selves   []owner                      // lists that belong to no entity and no place: what one carries
	blank    map[string]owner             // texts that say that a list of selves is empty
	inert    map[string]bool              // frames that change nothing that is shown
	inverse  map[string]string            // action → the action that leads back
	briefing *briefing                    // nil where goals say what is wanted
	forms    []form                       // of instructions that no entity of an action's tells apart
}

// tally counts how often something held.
type tally struct{ yes, no int }

func (t *tally) add(yes bool) {
	if yes {
		t.yes++
	} else {
		t.no++
	}
}

// sceneFacts is what the recordings of one scene tell of its start.
type sceneFacts struct {
	lists map[string][]item
	known map[string]bool
	kinds map[string]bool // of the things that its first text names
}

// listKey names a list over all the ways in which it is shown.
func (k *knowledge) listKey(o owner) string {
	g := k.groups[o.leadIn]
	if g == "" {
		g = o.leadIn
	}
	return g + "\x00" + o.entity + "\x00" + o.view
}

// failed tells whether an outcome class means that the action was not possible.
func (k *knowledge) failed(class string) bool { return k.failing[class] }

// relation tells what a list's owner is to a touch: an argument of it, the place where
// it happened, a list of its own kind, or something else.
func (k *knowledge) relation(t touch, o owner) string {
	if o.entity != "" {
		for i, a := range t.args {
			if a == o.entity {
				return strconv.Itoa(i)
			}
		}
		return "other"
	}
	if strings.Contains(o.view, "{L}") {
		return "self " + k.listKey(o)
	}
	if o.view == t.place {
		return "here"
	}
	return "away"
}

// effect answers whether what was touched is in a list after the touch.
func (k *knowledge) effect(t touch, relation string, in bool) bool {
	e := k.effects[effectKey(t, relation, in)]
	if e == nil || e.yes == e.no {
		return in
	}
	return e.yes > e.no
}

func effectKey(t touch, relation string, was bool) string {
	return t.sig() + "\x00" + relation + "\x00" + strconv.FormatBool(was)
}

// phrase words an entity as a list member, with the article that names of its first
// letter have most often.
func (k *knowledge) phrase(entity string) string {
	if entity == "" {
		return ""
	}
	a := commonest(k.article[entity[0]])
	if a == "" {
		all := map[string]int{}
		for _, m := range k.article {
			for w, n := range m {
				all[w] += n
			}
		}
		a = commonest(all)
	}
	if a == "" {
		return entity
	}
	return a + " " + entity
}

// insert puts a member into a list where the environment would.
func (k *knowledge) insert(items []item, it item) []item {
	at := len(items)
	if less := orders[k.sorting].less; less != nil {
		at = 0
		for at < len(items) && less(items[at].entity, it.entity) {
			at++
		}
	} else if orders[k.sorting].front {
		at = 0
	}
	out := make([]item, 0, len(items)+1)
	out = append(out, items[:at]...)
	out = append(out, it)
	return append(out, items[at:]...)
}

// order is a way in which lists may be kept.
type order struct {
	less  func(a, b string) bool
	front bool
}

// orders are tried against the recordings; the one that most agrees is taken.
var orders = []order{
	{},
	{front: true},
	{less: func(a, b string) bool { return a < b }},
	{less: func(a, b string) bool { return a > b }},
	{less: func(a, b string) bool { return byClass(a, b, 1) }},
	{less: func(a, b string) bool { return byClass(a, b, -1) }},
}

// byClass orders by kind, and within a kind by number, up or down.
func byClass(a, b string, sign int) bool {
	ca, cb := class(a), class(b)
	if ca != cb {
		return ca < cb
	}
	return sign*ordinal(a) < sign*ordinal(b)
}

func ordinal(entity string) int {
	n, err := strconv.Atoi(entity[strings.LastIndexByte(entity, ' ')+1:])
	if err != nil {
		return 0
	}
	return n
}

// readGoal divides an instruction: which kinds of things it names, in what form.
func (k *knowledge) readGoal(s string) goal {
	g := goal{values: goalValues(s), rank: map[string]int{}, back: map[string]int{}, words: tokens(s)}
	form, own, things := k.formOf(s)
	g.form = form
	for _, t := range own {
		if !slices.Contains(g.values, t.text) {
			g.values = append(g.values, t.text)
		}
	}
	g.mentions = k.classes.mentions(s, g.words)
	if things {
		g.mentions = g.at(own)
	}
	for _, m := range g.mentions {
		g.slot = append(g.slot, m.entity)
	}
	for i, e := range g.slot {
		if _, had := g.rank[e]; !had {
			g.rank[e] = i
		}
	}
	for i := len(g.slot) - 1; i >= 0; i-- {
		if _, had := g.back[g.slot[i]]; !had {
			g.back[g.slot[i]] = len(g.back)
		}
	}
	return g
}

// at are parts of the instruction as mentions.
func (g goal) at(parts []token) []mention {
	var out []mention
	for _, p := range parts {
		m := mention{entity: p.text}
		for m.from < len(g.words) && g.words[m.from].start < p.start {
			m.from++
		}
		for m.to = m.from; m.to < len(g.words) && g.words[m.to].end <= p.end; m.to++ {
		}
		out = append(out, m)
	}
	return out
}

// slotFor is the goal's slot that names an entity or its kind; -1 for none. An entity
// that no recording has is looked for in the instruction's own words.
func (g goal) slotFor(entity string) int {
	for _, name := range []string{entity, class(entity)} {
		if i, ok := g.rank[name]; ok {
			return i
		}
	}
	before, _, ok := g.around(entity)
	if !ok {
		return -1
	}
	return len(before)
}

// around are the slots named before and after an entity's last mention.
func (g goal) around(entity string) (before, after map[string]bool, ok bool) {
	for _, name := range []string{entity, class(entity)} {
		w := words(name)
		for i := len(g.words) - len(w); i >= 0 && len(w) > 0; i-- {
			if !matches(g.words[i:], w) {
				continue
			}
			before, after = map[string]bool{}, map[string]bool{}
			for _, m := range g.mentions {
				if m.from < i {
					before[m.entity] = true
				} else if m.from > i {
					after[m.entity] = true
				}
			}
			return before, after, true
		}
	}
	return nil, nil, false
}

// start is what the recordings tell of a task's start, its own before its scene's.
func (k *knowledge) start(task, scene string) []*sceneFacts {
	var out []*sceneFacts
	for _, id := range []string{task, scene} {
		if f := k.scenes[id]; f != nil {
			out = append(out, f)
		}
	}
	return out
}

// fromEnd is how many others the goal names after it last names an entity or its kind;
// -1 where it does not name it.
func (g goal) fromEnd(entity string) int {
	for _, name := range []string{entity, class(entity)} {
		if i, ok := g.back[name]; ok {
			return i
		}
	}
	_, after, ok := g.around(entity)
	if !ok {
		return -1
	}
	return len(after)
}

// isPlace tells whether a text says where one is.
func (k *knowledge) isPlace(r *reading) bool {
	return len(r.pieces) > 0 && k.places[r.pieces[0].template]
}

// own tells whether a text is a list that belongs to no entity and no place, or says
// that it is empty.
func (k *knowledge) own(r *reading) bool {
	if _, blank := k.blank[r.raw]; blank {
		return true
	}
	return len(r.pieces) == 1 && r.pieces[0].listed && slices.Contains(k.selves, r.owners[0])
}
