package analogy

import "dreamgym/synth/experience"

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
