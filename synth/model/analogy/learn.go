package analogy

import (
	"sort"
	"strings"

	"dreamgym/synth/experience"
)

// episodeOf is one recorded episode's transitions in order.
type episodeOf []*experience.Transition

// learnKnowledge reads recordings in passes, each of which rests on what the passes
// before it found: words, places, failures, lists that are one, what actions do to
// lists, how scenes begin.
func learnKnowledge(all []*experience.Transition) *knowledge {
	k := &knowledge{groups: map[string]string{}, places: map[string]bool{}, failing: map[string]bool{}, effects: map[string]*tally{},
		article: map[byte]map[string]int{}, scenes: map[string]*sceneFacts{}}
	k.learnWords(all)
	eps := episodes(all)
	k.briefing = learnBriefing(eps)
	k.learnForms(eps)
	k.learnFailures(all)
	k.learnSelves(eps)
	k.learnPlaces(all, eps)
	k.learnGroups(eps)
	k.learnOrder()
	k.learnInverse(eps)
	k.learnEffects(eps)
	k.learnInert(eps)
	k.learnScenes(eps)
	k.learnFacts(eps)
	return k
}

// episodes divides transitions, which come in order, by episode.
func episodes(all []*experience.Transition) []episodeOf {
	at := map[string]int{}
	var out []episodeOf
	for _, t := range all {
		i, ok := at[t.Episode]
		if !ok {
			i = len(out)
			at[t.Episode] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], t)
	}
	return out
}

// learnWords makes grammar and lexicon.
func (k *knowledge) learnWords(all []*experience.Transition) {
	actions, pieces, headers, singles := map[string]bool{}, map[string]int{}, map[string]int{}, map[string]bool{}
	for _, t := range all {
		actions[t.Action] = true
		for _, a := range t.Actions {
			actions[a] = true
		}
		for _, s := range []string{t.State, t.Next} {
			for i, p := range cut(s) {
				pieces[p.text]++
				if i == 0 {
					headers[p.text]++
				}
			}
		}
	}
	list := keys(actions)
	k.grammar = learnGrammar(list, namesIn(all))
	k.grammar.remember(list)
	k.grammar.learnSaid(all)
	entities, kinds := map[string]bool{}, map[string]bool{}
	for _, a := range list {
		for _, e := range k.grammar.parse(a).args {
			entities[e] = true
			kinds[e], kinds[class(e)] = true, true
		}
	}
	for _, t := range all {
		if len(k.grammar.parse(t.Action).args) == 0 && len(cut(t.Next)) == 1 {
			singles[t.Next] = true
		}
	}
	k.lex, k.classes = newLexicon(entities), newLexicon(kinds)
	texts := keys(pieces)
	k.lex.learnWording(all)
	k.lex.learnLists(pieces)
	k.lex.learnSingles(keys(singles))
	k.lex.learnFrames(headers)
	for _, s := range texts {
		k.lex.remember(s)
	}
	k.learnArticles()
}

// maxNamed bounds how often three words of actions are looked for.
const maxNamed = 20

// namesIn answers the threes of words in actions that mostly stand together in the text on
// which they were possible.
func namesIn(all []*experience.Transition) map[string]bool {
	found := map[string]*tally{}
	for _, t := range all {
		for _, a := range append([]string{t.Action}, t.Actions...) {
			w := strings.Fields(a)
			for i := 1; i+2 < len(w); i++ {
				three := strings.Join(w[i:i+3], " ")
				n := found[three]
				if n == nil {
					n = &tally{}
					found[three] = n
				}
				if n.yes+n.no < maxNamed {
					n.add(strings.Contains(t.State, three))
				}
			}
		}
	}
	out := map[string]bool{}
	for three, n := range found {
		out[three] = 3*n.yes >= n.no && n.yes > 0
	}
	return out
}

// learnArticles counts which article goes with which first letter.
func (k *knowledge) learnArticles() {
	for _, r := range k.lex.cache {
		for _, it := range r.list {
			a, rest, ok := strings.Cut(it.phrase, " ")
			if ok && k.lex.articles[a] && rest != "" {
				if k.article[rest[0]] == nil {
					k.article[rest[0]] = map[string]int{}
				}
				k.article[rest[0]][a]++
			}
		}
	}
}

// learnFailures finds the outcomes that mean "not possible here": those that follow
// actions which were not admissible, or, where no list of these is recorded, the one
// text that follows three frames and more and never a reward or an end.
func (k *knowledge) learnFailures(all []*experience.Transition) {
	unlisted, frames, paid := map[string]*tally{}, map[string]map[string]bool{}, map[string]bool{}
	common := experience.CommonReward(all)
	lists := 0
	for _, t := range all {
		c := k.grammar.parse(t.Action)
		class := bind(c, k.lex.readText(t.Next))
		if unlisted[class] == nil {
			unlisted[class], frames[class] = &tally{}, map[string]bool{}
		}
		if t.Actions != nil {
			lists++
			unlisted[class].add(!in(t.Actions, t.Action))
		}
		frames[class][c.frame] = true
		paid[class] = paid[class] || t.Terminated || t.Reward > common
	}
	for class, u := range unlisted {
		switch {
		case 2*lists > len(all):
			k.failing[class] = u.yes > 0 && u.yes >= 4*u.no
		default:
			k.failing[class] = len(frames[class]) >= 3 && !strings.Contains(class, "{") && !paid[class]
		}
	}
}

func in(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func rate(t *tally) float64 { return float64(t.yes) / float64(max(1, t.yes+t.no)) }

// learnGroups finds list frames that show one and the same list: what they say of an
// owner agrees while nothing that either names was touched.
func (k *knowledge) learnGroups(eps []episodeOf) {
	type seen struct {
		leadIn string
		items  []item
		at     int
	}
	agree := map[[2]string]*tally{}
	for _, ep := range eps {
		shown := map[string]seen{}
		touched := map[string]int{}
		note := func(s string, now int) {
			r := k.lex.readText(s)
			for i, p := range r.pieces {
				o := r.owners[i]
				if !p.listed || o.entity == "" {
					continue
				}
				was, had := shown[o.entity]
				if had && was.leadIn != p.leadIn && !disturbed(touched, was.items, p.list, was.at) && len(was.items)+len(p.list) > 0 {
					pair := [2]string{min(was.leadIn, p.leadIn), max(was.leadIn, p.leadIn)}
					if agree[pair] == nil {
						agree[pair] = &tally{}
					}
					agree[pair].add(same(was.items, p.list))
				}
				shown[o.entity] = seen{p.leadIn, p.list, now}
			}
		}
		note(ep[0].State, 0)
		for i, t := range ep {
			for _, a := range k.grammar.parse(t.Action).args {
				touched[a] = i + 1
			}
			note(t.Next, i+1)
		}
	}
	for _, pair := range sortedPairs(agree) {
		if t := agree[pair]; t.yes >= 2 && t.yes >= 3*t.no {
			k.union(pair[0], pair[1])
		}
	}
}

func sortedPairs(m map[[2]string]*tally) [][2]string {
	var out [][2]string
	for p := range m {
		out = append(out, p)
	}
	sort.Slice(out, func(i, j int) bool {
		return out[i][0] < out[j][0] || out[i][0] == out[j][0] && out[i][1] < out[j][1]
	})
	return out
}

func (k *knowledge) union(a, b string) {
	root := func(s string) string {
		if g := k.groups[s]; g != "" {
			return g
		}
		return s
	}
	ra, rb := root(a), root(b)
	for _, s := range append(keys(k.groups), a, b) {
		if root(s) == rb {
			k.groups[s] = ra
		}
	}
	k.groups[a] = ra
}

func disturbed(touched map[string]int, a, b []item, since int) bool {
	for _, list := range [][]item{a, b} {
		for _, it := range list {
			if touched[it.entity] > since {
				return true
			}
		}
	}
	return false
}

func same(a, b []item) bool {
	if len(a) != len(b) {
		return false
	}
	for _, it := range a {
		if !contains(b, it.entity) {
			return false
		}
	}
	return true
}

// learnOrder takes the order that most neighbours in recorded lists keep; where none
// is kept, members are added at the end.
func (k *knowledge) learnOrder() {
	best, share := 0, 0.95
	for i, o := range orders {
		if o.less == nil {
			continue
		}
		kept := tally{}
		for _, r := range k.lex.cache {
			for j := 1; j < len(r.list); j++ {
				kept.add(!o.less(r.list[j].entity, r.list[j-1].entity))
			}
		}
		if kept.yes+kept.no >= 10 && rate(&kept) > share {
			best, share = i, rate(&kept)
		}
	}
	k.sorting = best
}

// learnEffects compares what a list showed with what it shows later in the same
// episode, and gives the difference to the one action that touched a member between.
func (k *knowledge) learnEffects(eps []episodeOf) {
	for _, ep := range eps {
		b := newBelief(k, ep[0].Goal, ep[0].State, nil)
		for _, t := range ep {
			before := make(map[string]listFact, len(b.lists))
			for key, f := range b.lists {
				before[key] = f
			}
			b.observe(t.Action, t.Next, nil)
			for i, p := range b.text.pieces {
				if p.listed {
					f, shown := before[k.listKey(b.text.owners[i])]
					k.credit(b, b.text.owners[i], f, shown, p.list)
				}
			}
			if o, ok := k.blank[t.Next]; ok {
				f, shown := before[k.listKey(o)]
				k.credit(b, o, f, shown, nil)
			}
		}
	}
}

// credit gives a list's change to the touches that explain it.
func (k *knowledge) credit(b *belief, o owner, before listFact, shown bool, now []item) {
	since := before.at
	if !shown {
		since = -1
	}
	for _, e := range b.order {
		var newest *touch
		n := 0
		for i := range b.touches[e] {
			t := &b.touches[e][i]
			if t.at <= since {
				continue
			}
			n++
			if newest == nil || named(*t, o) || !named(*newest, o) {
				newest = t
			}
		}
		was, is := contains(before.items, e), contains(now, e)
		if newest == nil || (n > 1 && !named(*newest, o)) || (!shown && !is) {
			continue
		}
		key := effectKey(*newest, k.relation(*newest, o), was)
		if k.effects[key] == nil {
			k.effects[key] = &tally{}
		}
		k.effects[key].add(is)
	}
}

func named(t touch, o owner) bool { return o.entity != "" && in(t.args, o.entity) }

// learnScenes keeps, per scene, each list as it is before anybody touches it: of all
// the first views, the one with the fewest touches before it.
func (k *knowledge) learnScenes(eps []episodeOf) {
	cost := map[string]map[string]int{}
	k.isScene, k.numbered = map[string]bool{}, map[string]bool{}
	for _, ep := range eps {
		k.isScene[ep[0].Scene] = true
		for _, id := range []string{ep[0].Scene, ep[0].Task} {
			if k.scenes[id] == nil {
				k.scenes[id] = &sceneFacts{map[string][]item{}, map[string]bool{}, k.lex.readText(ep[0].State).kinds()}
				cost[id] = map[string]int{}
			}
		}
		b := newBelief(k, ep[0].Goal, ep[0].State, nil)
		first := map[string]bool{}
		note := func() {
			for i, p := range b.text.pieces {
				if !p.listed {
					continue
				}
				key := k.listKey(b.text.owners[i])
				if first[key] {
					continue
				}
				first[key] = true
				c := relevant(b, b.text.owners[i], p.list)
				untouched := b.untouched(b.text.owners[i], p.list)
				for _, it := range p.list {
					if c := class(it.entity); c != it.entity {
						k.numbered[c] = true
					}
				}
				for _, id := range []string{ep[0].Scene, ep[0].Task} {
					if have := k.scenes[id]; !have.known[key] || c < cost[id][key] {
						have.lists[key], have.known[key] = untouched, true
						cost[id][key] = c
					}
				}
			}
		}
		note()
		for _, t := range ep {
			b.observe(t.Action, t.Next, nil)
			note()
		}
	}
}

// untouched leaves out the members that are in a list because of what was done.
func (b *belief) untouched(o owner, items []item) []item {
	out := make([]item, 0, len(items))
	for _, it := range items {
		if len(b.touches[it.entity]) == 0 || !b.member(it.entity, o, -1, false) {
			out = append(out, it)
		}
	}
	return out
}

// relevant counts the touches that may have changed a list.
func relevant(b *belief, o owner, items []item) int {
	n := 0
	for _, e := range b.order {
		for _, t := range b.touches[e] {
			if named(t, o) && len(t.args) > 1 || contains(items, e) {
				n++
			}
		}
	}
	return n
}

// learnSelves finds the lists that are whole texts of their own ("You are carrying: …"),
// and the texts that the same frames answer when such a list is empty.
func (k *knowledge) learnSelves(eps []episodeOf) {
	n, frames := map[string]owner{}, map[string]owner{}
	each := func(f func(c call, r *reading)) {
		for _, ep := range eps {
			for _, t := range ep {
				f(k.grammar.parse(t.Action), k.lex.readText(t.Next))
			}
		}
	}
	each(func(c call, r *reading) {
		if len(r.pieces) == 1 && r.pieces[0].listed && r.owners[0].entity == "" && len(c.args) == 0 {
			n[k.listKey(r.owners[0])], frames[c.frame] = r.owners[0], r.owners[0]
		}
	})
	for _, key := range keys(n) {
		if len(k.selves) < 4 {
			k.selves = append(k.selves, n[key])
		}
	}
	k.blank = map[string]owner{}
	each(func(c call, r *reading) {
		o, ok := frames[c.frame]
		if ok && len(r.pieces) == 1 && !r.pieces[0].listed && len(r.pieces[0].ents) == 0 && !k.failing[bind(c, r)] {
			k.blank[r.raw] = o
		}
	})
}

func sum(m map[string]int) int {
	s := 0
	for _, n := range m {
		s += n
	}
	return s
}
