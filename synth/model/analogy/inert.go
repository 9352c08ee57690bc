package analogy

import (
	"dreamgym/synth/experience"
	"strings"
)

// spent answers the frames whose actions use up their own chance: one that was taken is
// no longer admissible, until another about the same thing makes it so again. They
// change what they are about.
func (k *knowledge) spent(eps []episodeOf) map[string]bool {
	undone := map[string]*tally{}
	for _, ep := range eps {
		for i, t := range ep {
			c := k.grammar.parse(t.Action)
			if len(c.args) == 0 || !in(t.Actions, t.Action) || in(t.NextActions, t.Action) {
				continue
			}
			if by, ok := k.againAdmissible(ep[i+1:], t.Action); ok {
				if undone[c.frame] == nil {
					undone[c.frame] = &tally{}
				}
				undone[c.frame].add(in(by.args, c.args[0]))
			}
		}
	}
	out := map[string]bool{}
	for f, n := range undone {
		out[f] = n.yes >= 3 && n.yes >= 9*n.no
	}
	return out
}

// againAdmissible answers what makes an action admissible again.
func (k *knowledge) againAdmissible(ts []*experience.Transition, action string) (by call, ok bool) {
	for _, t := range ts {
		if in(t.NextActions, action) {
			return k.grammar.parse(t.Action), true
		}
	}
	return call{}, false
}

// learnInert finds the frames after which what was shown before is shown again as it
// was: the same view, or the same answer to the same action. Only stretches in which
// nothing but the one frame had an effect count.
func (k *knowledge) learnInert(eps []episodeOf) {
	changed := map[string]*tally{}
	for _, ep := range eps {
		seen := map[string]view{}
		for i, t := range ep {
			r := k.lex.readText(t.Next)
			for _, what := range []string{"view " + r.key, "action " + t.Action} {
				if v, ok := seen[what]; ok {
					if f, one := k.only(ep[v.at+1 : i]); one {
						if changed[f] == nil {
							changed[f] = &tally{}
						}
						changed[f].add(v.text.raw != t.Next)
					}
				}
				seen[what] = view{r, i}
			}
		}
	}
	k.inert = map[string]bool{}
	for f, c := range changed {
		k.inert[f] = c.no >= 3 && 20*c.yes <= c.no
	}
	for f, yes := range k.spent(eps) {
		k.inert[f] = k.inert[f] && !yes
	}
	for key, e := range k.effects {
		f, _, _ := strings.Cut(key, "#")
		if was := strings.HasSuffix(key, "true"); e.yes+e.no > 1 && (e.yes > e.no) != was {
			k.inert[f] = false
		}
	}
}

// only answers the one frame that had an effect in a stretch of an episode.
func (k *knowledge) only(ts []*experience.Transition) (frame string, one bool) {
	for _, t := range ts {
		c := k.grammar.parse(t.Action)
		if k.failing[bind(c, k.lex.readText(t.Next))] {
			continue
		}
		if one && c.frame != frame {
			return "", false
		}
		frame, one = c.frame, true
	}
	return frame, one
}

// learnInverse finds pairs of actions of which the second leads back to where the
// first began.
func (k *knowledge) learnInverse(eps []episodeOf) {
	n := map[string]map[string]int{}
	all := map[string]int{}
	for _, ep := range eps {
		b := newBelief(k, "", ep[0].State, nil)
		from, action := "", ""
		for _, t := range ep {
			before := b.place
			b.observe(t.Action, t.Next, nil)
			if b.place == before || before == "" {
				continue
			}
			all[action]++
			if b.place == from {
				if n[action] == nil {
					n[action] = map[string]int{}
				}
				n[action][t.Action]++
			}
			from, action = before, t.Action
		}
	}
	k.inverse = map[string]string{}
	for a, m := range n {
		if back := commonest(m); m[back] >= 3 && 5*m[back] >= 4*sum(m) {
			k.inverse[a] = back
		}
	}
}
