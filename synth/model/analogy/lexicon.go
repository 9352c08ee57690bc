package analogy

import (
	"slices"
	"sort"
	"strings"
)

// lexicon knows how an environment words things: what its entities are called, how
// it lists them, and which pieces of text carry a value in a fixed frame. All of it
// is learned from recordings.
type lexicon struct {
	first    map[string][][]string // first word → entities, longest first
	kinds    map[string][][]string // first word → names of kinds whose members carry numbers
	articles map[string]bool       // what may stand before a listed entity; "" for nothing
	comma    string                // what stands between listed entities
	last     map[string]bool       // what stands before the last one
	leadIns  map[string]bool       // templates around a list: "On the {e}, you see {L}."
	empties  map[string]int        // how an empty list is worded
	joints   map[int]string        // what stands before the last of 2, and of 3 or more
	frames   []valueFrame          // headers with one free value
	cache    map[string]*sentence
	wording  map[string]bool // quoted values that belong to the wording
	starts   []string        // how quoted values of one place begin
	learned  bool            // how lists are written is known
}

// valueFrame is a piece of fixed words around one free value: "-= {e} =-".
type valueFrame struct{ prefix, suffix string }

// sentence is a piece as the lexicon reads it.
type sentence struct {
	raw      string
	template string   // entities are {e}, a list is {L}
	ents     []string // the entities of {e}, in order
	list     []item   // what {L} holds; nil where there is no list
	listed   bool     // there is a list, perhaps an empty one
	leadIn   string   // the template with the list, where there is one
}

// item is one member of a list: "a raw carrot" of the entity "carrot".
type item struct{ entity, phrase string }

// mention is an entity found in tokens [from, to).
type mention struct {
	from, to int
	entity   string
}

func newLexicon(entities map[string]bool) *lexicon {
	x := &lexicon{first: map[string][][]string{}, kinds: map[string][][]string{}, articles: map[string]bool{}, last: map[string]bool{},
		leadIns: map[string]bool{}, empties: map[string]int{}, wording: map[string]bool{}, joints: map[int]string{}, cache: map[string]*sentence{}}
	for _, e := range keys(entities) {
		x.add(e)
	}
	return x
}

// add takes an entity in. Bare numbers are not told from other numbers: they are left out.
func (x *lexicon) add(entity string) {
	w := words(entity)
	if len(w) == 0 || len(w) > 8 || (len(w) == 1 && (number(w[0]) || len(w[0]) < 2)) {
		return
	}
	list := x.first[w[0]]
	for _, have := range list {
		if strings.Join(have, " ") == strings.Join(w, " ") {
			return
		}
	}
	x.first[w[0]] = byLength(append(list, w))
	if n := len(w) - 1; n > 0 && number(w[n]) {
		x.addKind(w[:n])
	}
}

// addKind takes in that members of a kind carry numbers: "bench 3" is then known where
// only "bench 1" was recorded.
func (x *lexicon) addKind(w []string) {
	for _, have := range x.kinds[w[0]] {
		if slices.Equal(have, w) {
			return
		}
	}
	x.kinds[w[0]] = byLength(append(x.kinds[w[0]], w))
}

func byLength(list [][]string) [][]string {
	sort.SliceStable(list, func(i, j int) bool { return len(list[i]) > len(list[j]) })
	return list
}

// mentions finds the entities in a tokenised text, the longest first.
func (x *lexicon) mentions(s string, ts []token) []mention {
	var out []mention
	for i := 0; i < len(ts); i++ {
		if n := x.entityAt(ts[i:]); n > 0 {
			out = append(out, mention{i, i + n, s[ts[i].start:ts[i+n-1].end]})
			i += n - 1
		}
	}
	return out
}

// entityAt is how many of the first tokens are an entity, the longest; 0 for none.
func (x *lexicon) entityAt(ts []token) int {
	n := 0
	for _, w := range x.first[ts[0].text] {
		if matches(ts, w) {
			n = len(w)
			break
		}
	}
	for _, w := range x.kinds[ts[0].text] {
		if len(w)+1 > n && matches(ts, w) && len(ts) > len(w) && number(ts[len(w)].text) {
			return len(w) + 1
		}
	}
	return n
}

func matches(ts []token, w []string) bool {
	if len(ts) < len(w) {
		return false
	}
	for i := range w {
		if ts[i].text != w[i] {
			return false
		}
	}
	return true
}

// framed finds a list's frame around part of a template.
func (x *lexicon) framed(template string) (between, leadIn string, ok bool) {
	for l := range x.leadIns {
		p, s, _ := strings.Cut(l, "{L}")
		if len(words(p)) > 0 && len(template) > len(p)+len(s) && strings.HasPrefix(template, p) && strings.HasSuffix(template, s) {
			b := template[len(p) : len(template)-len(s)]
			if !ok || len(b) < len(between) || (len(b) == len(between) && l < leadIn) {
				between, leadIn, ok = b, l, true
			}
		}
	}
	return between, leadIn, ok
}

// learnFrames finds headers: short first pieces that differ in one free value.
func (x *lexicon) learnFrames(headers map[string]int) {
	type pair struct{ p, s string }
	fillers := map[pair]map[string]bool{}
	for h := range headers {
		ts := tokens(h)
		if len(ts) < 3 || len(ts) > 8 || len(x.mentions(h, ts)) > 0 {
			continue
		}
		for i := 0; i < len(ts); i++ {
			for j := i + 1; j <= len(ts) && j <= i+3; j++ {
				if len(ts)-(j-i) < 2 {
					continue
				}
				p := pair{h[:ts[i].start], h[ts[j-1].end:]}
				if fillers[p] == nil {
					fillers[p] = map[string]bool{}
				}
				fillers[p][h[ts[i].start:ts[j-1].end]] = true
			}
		}
	}
	var best []valueFrame
	for p, f := range fillers {
		if len(f) >= 3 {
			best = append(best, valueFrame{p.p, p.s})
		}
	}
	sort.Slice(best, func(i, j int) bool {
		a, b := len(fillers[pair{best[i].prefix, best[i].suffix}]), len(fillers[pair{best[j].prefix, best[j].suffix}])
		la, lb := len(best[i].prefix)+len(best[i].suffix), len(best[j].prefix)+len(best[j].suffix)
		if a != b {
			return a > b
		}
		if la != lb {
			return la > lb
		}
		if best[i].prefix != best[j].prefix {
			return best[i].prefix < best[j].prefix
		}
		return best[i].suffix < best[j].suffix
	})
	if len(best) > 50 {
		best = best[:50]
	}
	x.frames = best
	x.cache = map[string]*sentence{}
}

func commonest(n map[string]int) string {
	best := ""
	for _, k := range keys(n) {
		if best == "" || n[k] > n[best] {
			best = k
		}
	}
	return best
}

// read answers how a piece is worded. The same piece is read once.
func (x *lexicon) read(s string) *sentence {
	if r, ok := x.cache[s]; ok {
		return r
	}
	return x.parse(s)
}

// remember reads a piece and keeps the reading.
func (x *lexicon) remember(s string) {
	if _, ok := x.cache[s]; !ok {
		x.cache[s] = x.parse(s)
	}
}

func (x *lexicon) parse(s string) *sentence {
	ts := tokens(s)
	ms := x.found(s, ts)
	if len(ms) == 0 {
		if r := x.valued(s); r != nil {
			return r
		}
	}
	r := mark(s, ts, ms)
	if framed := *r; x.asFramed(&framed) && x.faithful(&framed) {
		return &framed
	}
	from, to := x.findList(ts, ms)
	if to-from < 2 {
		return r
	}
	start, end := ts[x.itemStart(ts, ms, from)].start, ts[ms[to-1].to-1].end
	head, tail := mark(s[:start], ts, ms[:from]), mark(s[end:], tokens(s[end:]), x.mentions(s[end:], tokens(s[end:])))
	l := &sentence{raw: s, listed: true, template: head.template + "{L}" + tail.template, ents: append(head.ents, tail.ents...)}
	for i := from; i < to; i++ {
		l.list = append(l.list, item{ms[i].entity, s[ts[x.itemStart(ts, ms, i)].start:ts[ms[i].to-1].end]})
	}
	l.leadIn = l.template
	if !x.faithful(l) {
		return r
	}
	return l
}

// faithful tells whether a reading gives the text again, to the byte: how lists are
// written may have been misread. While that is still being learned, every reading is.
func (x *lexicon) faithful(r *sentence) bool {
	if !x.learned || len(r.list) == 0 {
		return true
	}
	return strings.Replace(r.bound(), "{L}", x.render(r.list), 1) == r.raw
}

// mark puts {e} in the place of every entity.
func mark(s string, ts []token, ms []mention) *sentence {
	r := &sentence{raw: s}
	var b strings.Builder
	at := 0
	for _, m := range ms {
		b.WriteString(s[at:ts[m.from].start])
		b.WriteString("{e}")
		r.ents = append(r.ents, m.entity)
		at = ts[m.to-1].end
	}
	b.WriteString(s[at:])
	r.template = b.String()
	return r
}

// asFramed reads a piece whose list frame is known: its members need not be.
func (x *lexicon) asFramed(r *sentence) bool {
	between, leadIn, ok := x.framed(r.template)
	if !ok {
		return false
	}
	before := strings.Count(leadIn[:strings.Index(leadIn, "{L}")], "{e}")
	inside := strings.Count(between, "{e}")
	raw := between
	for _, e := range r.ents[before : before+inside] {
		raw = strings.Replace(raw, "{e}", e, 1)
	}
	items, ok := x.items(raw)
	if !ok {
		return false
	}
	r.list, r.listed, r.leadIn, r.template = items, true, leadIn, leadIn
	r.ents = append(append([]string{}, r.ents[:before]...), r.ents[before+inside:]...)
	return true
}

// items divides what stands in a list's frame into members.
func (x *lexicon) items(s string) ([]item, bool) {
	if x.empties[s] > 0 {
		return nil, true
	}
	var out []item
	for _, part := range x.split(s) {
		ts := tokens(part)
		if len(ts) == 0 || len(ts) > 8 || !(x.articles[ts[0].text] || x.articles[""]) {
			return nil, false
		}
		out = append(out, item{x.headEntity(part, ts), part})
	}
	return out, len(out) > 0
}

// split divides at commas and at what joins the last member.
func (x *lexicon) split(s string) []string {
	var parts []string
	for _, p := range strings.Split(s, x.comma+" ") {
		p = strings.TrimSpace(p)
		for _, l := range keys(x.last) {
			l = strings.TrimPrefix(l, x.comma+" ")
			p = strings.TrimPrefix(p, l+" ")
			if a, b, ok := strings.Cut(p, " "+l+" "); ok {
				parts = append(parts, a)
				p = b
			}
		}
		parts = append(parts, p)
	}
	return parts
}

// headEntity is what a member is called: a known entity at its end, else all behind
// the article.
func (x *lexicon) headEntity(part string, ts []token) string {
	if ms := x.mentions(part, ts); len(ms) > 0 && ms[len(ms)-1].to == len(ts) {
		return ms[len(ms)-1].entity
	}
	if x.articles[ts[0].text] && len(ts) > 1 {
		return part[ts[1].start:]
	}
	return part
}

// valued reads a header with a free value.
func (x *lexicon) valued(s string) *sentence {
	for _, f := range x.frames {
		if len(s) > len(f.prefix)+len(f.suffix) && strings.HasPrefix(s, f.prefix) && strings.HasSuffix(s, f.suffix) {
			v := s[len(f.prefix) : len(s)-len(f.suffix)]
			if len(words(v)) <= 3 {
				return &sentence{raw: s, template: f.prefix + "{e}" + f.suffix, ents: []string{v}}
			}
		}
	}
	return nil
}

// itemStart is the token at which the listed entity i begins, its article and
// adjectives included.
func (x *lexicon) itemStart(ts []token, ms []mention, i int) int {
	floor := 0
	if i > 0 {
		floor = ms[i-1].to
	}
	for j := ms[i].from - 1; j >= floor && j >= ms[i].from-4; j-- {
		if ts[j].text == x.comma || x.last[ts[j].text] {
			break
		}
		if x.articles[ts[j].text] {
			return j
		}
	}
	return ms[i].from
}

// findList answers the mentions [from, to) that form a list: the longest run of
// entities joined as lists are, else a single one with an article.
func (x *lexicon) findList(ts []token, ms []mention) (from, to int) {
	if x.comma == "" {
		return 0, 0
	}
	for i := 0; i < len(ms); i++ {
		j := i + 1
		for j < len(ms) && x.follows(ts, ms, j) {
			j++
		}
		if j-i > to-from && (j-i > 1 || x.startsItem(ts, ms, i)) {
			from, to = i, j
		}
		i = j - 1
	}
	return from, to
}

func (x *lexicon) startsItem(ts []token, ms []mention, i int) bool {
	start := x.itemStart(ts, ms, i)
	return start < ms[i].from && x.articles[ts[start].text] || x.articles[""]
}

// follows tells whether mention j follows mention j-1 in one list.
func (x *lexicon) follows(ts []token, ms []mention, j int) bool {
	start := x.itemStart(ts, ms, j)
	if start == ms[j].from && !x.articles[""] {
		return false
	}
	var gap []string
	for _, t := range ts[ms[j-1].to:start] {
		gap = append(gap, t.text)
	}
	g := strings.Join(gap, " ")
	return g == x.comma || x.last[g]
}
