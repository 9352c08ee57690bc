package analogy

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// touch is one effective action upon an entity.
type touch struct {
	frame string
	role  int // which argument the entity was
	args  []string
	at    int
	place string // where it was done
}

// sig is the touch without its other arguments: what was done to the entity.
func (t touch) sig() string { return t.frame + "#" + strconv.Itoa(t.role) }

// listFact is a list as it was last shown.
type listFact struct {
	items []item
	at    int
}

// view is a text as it was last shown.
type view struct {
	text *reading
	at   int
}

// belief is what an episode has been told so far: of each entity, list and place, and
// what was done since. It is what a prediction is applied to.
type belief struct {
	k       *knowledge
	goal    goal
	now     int
	touches map[string][]touch // entity → its touches in order
	order   []string           // entities in the order of their first touch
	deeds   []deed
	lists   map[string]listFact // by list key
	views   map[string]view     // by view key
	led     map[string]string   // action and place → the view key it led to
	phrases map[string]string   // entity → as it was last listed
	said    map[string]string   // entity → the template of the newest piece about it
	first   string              // the first text of the episode
	text    *reading
	page    *screen // the lines of text, once they were looked at
	actions []string
	place   string
	offered map[string]bool   // every action that was ever admissible; shared by forks
	scene   []*sceneFacts     // what the recordings tell of the task's and the scene's start
	facts   map[string][]fact // what they showed in places of pieces
	episode string            // the recorded episode that is gone through; "" in a dream
	shown   map[string]string // place of a piece → what stood there last
	amounts map[string]string // entity → the number that a text last gave with it
	paid    map[string]int    // action → how often it was rewarded
	label   int               // the highest number that ever labelled anything
	rewards int
}

// deed is an action with what it came to.
type deed struct {
	call   call
	text   string
	failed bool
	place  string
	next   *reading
	on     string // the pattern of the line that an argument labelled, on a page
	named  string // the action with that line in the place of its label
}

func newBelief(k *knowledge, goalText, state string, actions []string) *belief {
	b := &belief{k: k, goal: k.readGoal(k.instruction(goalText, state)), touches: map[string][]touch{}, lists: map[string]listFact{}, views: map[string]view{},
		led: map[string]string{}, phrases: map[string]string{},
		said: map[string]string{}, paid: map[string]int{}, shown: map[string]string{}, amounts: map[string]string{}, offered: map[string]bool{}}
	b.first = state
	b.show(k.lex.readText(state), actions)
	return b
}

// reward notes that an action was rewarded.
func (b *belief) reward(action string) {
	b.paid[action]++
	b.rewards++
}

// observe takes in what an action led to.
func (b *belief) observe(action string, next string, actions []string) {
	c := b.k.grammar.parse(action)
	r := b.k.lex.readText(next)
	failed := b.k.failed(bind(c, r))
	b.now++
	b.deeds = append(b.deeds, deed{c, action, failed, b.place, r, b.lineOf(c), b.k.named(b.text.raw, action)})
	if !failed {
		for i, a := range c.args {
			if _, had := b.touches[a]; !had {
				b.order = append(b.order, a)
			}
			b.touches[a] = append(b.touches[a], touch{c.frame, i, c.args, b.now, b.place})
		}
	}
	if b.k.isPlace(r) {
		b.led[action+"\x00"+b.place] = r.key
	}
	b.show(r, actions)
}

// show takes in a text that is on the screen now.
func (b *belief) show(r *reading, actions []string) {
	b.text = r
	b.offer(actions)
	if len(r.pieces) == 0 {
		return
	}
	if b.k.isPlace(r) {
		b.place = r.key
	}
	b.views[r.key] = view{r, b.now}
	if o, ok := b.k.blank[r.raw]; ok {
		b.lists[b.k.listKey(o)] = listFact{nil, b.now}
	}
	b.countLabels(r)
	for i, p := range r.pieces {
		b.notePlaces(p)
		for _, e := range p.ents {
			b.said[e] = p.template
		}
		if !p.listed {
			continue
		}
		b.lists[b.k.listKey(r.owners[i])] = listFact{p.list, b.now}
		for _, it := range p.list {
			b.phrases[it.entity] = it.phrase
		}
	}
}

// notePlaces takes in what stands in a piece's places, and which number comes with which
// of its entities.
func (b *belief) notePlaces(p *sentence) {
	place, loose, entity := p.template, p.template, ""
	for _, e := range p.ents {
		b.shown[place], b.shown[loose] = e, e
		place, loose = placeAfter(place, e), placeAfter(loose, unnumbered(e))
		if _, is := amount(e); !is {
			entity = e
		} else if entity != "" {
			b.amounts[entity] = e
		}
	}
}

// offer takes in the actions that are admissible now.
func (b *belief) offer(actions []string) {
	b.actions = actions
	for _, a := range actions {
		b.offered[a] = true
	}
}

// bind is the outcome's class: its templates with the action's arguments in their
// slots and everything else open.
func bind(c call, r *reading) string {
	var s strings.Builder
	for i, p := range r.pieces {
		s.WriteString(bindPiece(c, p))
		s.WriteString(r.seps[i])
	}
	return s.String()
}

// bindPiece is a piece's template with the action's arguments as {0}, {1}.
func bindPiece(c call, p *sentence) string {
	t := p.template
	var s strings.Builder
	for j := range p.ents {
		i := strings.Index(t, openThing)
		if i < 0 {
			break
		}
		s.WriteString(t[:i])
		s.WriteString(p.slotOf(c, j))
		t = t[i+3:]
	}
	s.WriteString(t)
	return s.String()
}

// slotOf is the action's argument that stands in place j, {e} where none does. A label
// that happens to be an argument on another page is another label.
func (p *sentence) slotOf(c call, j int) string {
	if i := p.argument(c, j); i >= 0 {
		return "{" + strconv.Itoa(i) + "}"
	}
	return openThing
}

// argument is the index of the action's argument that stands in place j; -1 for none.
func (p *sentence) argument(c call, j int) int {
	if j == 0 && strings.HasPrefix(p.template, "["+openThing+"]") {
		return -1
	}
	return slices.Index(c.args, p.ents[j])
}

// lastTouch is the newest touch of an entity since a time.
func (b *belief) lastTouch(entity string, since int) (touch, bool) {
	ts := b.touches[entity]
	if len(ts) == 0 || ts[len(ts)-1].at <= since {
		return touch{}, false
	}
	return ts[len(ts)-1], true
}

// active is what was last done to an entity that can change what is shown of it, ""
// for nothing.
func (b *belief) active(entity string) string {
	ts := b.touches[entity]
	for i := len(ts) - 1; i >= 0; i-- {
		if !b.k.inert[ts[i].frame] {
			return ts[i].sig()
		}
	}
	return ""
}

// touchedSince tells whether an entity was treated in a way that can change what is
// shown of it, after a time.
func (b *belief) touchedSince(entity string, at int) bool {
	for _, t := range b.touches[entity] {
		if t.at > at && !b.k.inert[t.frame] {
			return true
		}
	}
	return false
}

// effective are the actions that could change what is shown, and did not fail.
func (b *belief) effective() map[string]bool {
	out := map[string]bool{}
	for _, d := range b.deeds {
		if !d.failed && !b.k.inert[d.call.frame] {
			out[d.text] = true
		}
	}
	return out
}

// fork answers a belief that can go on by itself: this one stays as it is.
func (b *belief) fork() *belief {
	f := *b
	f.touches = maps.Clone(b.touches)
	f.order = slices.Clone(b.order)
	f.deeds = slices.Clone(b.deeds)
	f.lists, f.views, f.led = maps.Clone(b.lists), maps.Clone(b.views), maps.Clone(b.led)
	f.phrases, f.said, f.paid = maps.Clone(b.phrases), maps.Clone(b.said), maps.Clone(b.paid)
	f.shown, f.amounts = maps.Clone(b.shown), maps.Clone(b.amounts)
	for e, ts := range f.touches {
		f.touches[e] = slices.Clip(ts)
	}
	return &f
}

// list answers what a list holds now: as it was shown last, or as the recordings of
// the scene show it, changed by what was done since. known is false where neither has it.
func (b *belief) list(o owner) (items []item, known bool) {
	key := b.k.listKey(o)
	fact, known := b.lists[key]
	for _, f := range b.scene {
		if known {
			break
		}
		fact.items, known = f.lists[key], f.known[key]
		fact.at = -1
	}
	if !known {
		fact.at = -1
	}
	return b.changed(o, fact), known
}

// changed applies the touches since a fact to it.
func (b *belief) changed(o owner, fact listFact) []item {
	var out []item
	for _, it := range fact.items {
		if b.member(it.entity, o, fact.at, true) {
			out = append(out, it)
		}
	}
	for _, e := range b.order {
		if !contains(fact.items, e) && b.member(e, o, fact.at, false) {
			out = b.k.insert(out, item{e, b.phrase(e)})
		}
	}
	return out
}

func contains(items []item, entity string) bool {
	for _, it := range items {
		if it.entity == entity {
			return true
		}
	}
	return false
}

// member follows an entity's touches since a time: is it in a list now?
func (b *belief) member(entity string, o owner, since int, in bool) bool {
	for _, t := range b.touches[entity] {
		if t.at > since {
			in = b.k.effect(t, b.k.relation(t, o), in)
		}
	}
	return in
}

// phrase is how an entity is listed.
func (b *belief) phrase(entity string) string {
	if p := b.phrases[entity]; p != "" {
		return p
	}
	return b.k.phrase(entity)
}

// goal is a task's instruction as the grammar's words divide it.
type goal struct {
	form     string         // the instruction with its entities open
	slot     []string       // the classes it names, in order
	rank     map[string]int // class or entity → index of its first slot
	values   []string       // the instruction, and what it quotes
	words    []token
	mentions []mention
	back     map[string]int // class or entity → how many distinct others are named after it
}

// sigsAt is what had been done to every entity at a time of this episode.
func (b *belief) sigsAt(at int) map[string]string {
	out := map[string]string{}
	for e, ts := range b.touches {
		for i := len(ts) - 1; i >= 0; i-- {
			if ts[i].at <= at && !b.k.inert[ts[i].frame] {
				out[e] = ts[i].sig()
				break
			}
		}
	}
	return out
}
