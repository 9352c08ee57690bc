package analogy

import (
	"fmt"
	"sort"

	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// route is one of the ways to the recorded case that an outcome is told after.
type route int

const (
	routeHere       route = iota // the action was recorded on this very text of this scene
	routeText                    // the action was recorded on this very text
	routeTask                    // the action was recorded in this task
	routeScene                   // the action was recorded in this scene
	routeConditions              // the conditions that separate the frame's outcomes
	routes
)

// standing counts, for one frame, how often each route was right where they told
// different things of a step of a held-out episode.
type standing [routes]tally

// order are the routes, most trusted first. Nothing counted leaves what the conditions
// tell before what was recorded of the action; that is how new things come out right.
func (s *standing) order() [routes]route {
	out := [routes]route{routeConditions, routeHere, routeTask, routeScene, routeText}
	if s != nil {
		sort.SliceStable(out[:], func(i, j int) bool { return s.share(out[i]) > s.share(out[j]) })
	}
	return out
}

// payOrder is the order for what is earned: what the same task paid goes first where
// nothing was counted.
func (s *standing) payOrder() [routes]route {
	out := [routes]route{routeTask, routeConditions, routeHere, routeText, routeScene}
	if s != nil {
		sort.SliceStable(out[:], func(i, j int) bool { return s.share(out[i]) > s.share(out[j]) })
	}
	return out
}

func (s *standing) share(r route) float64 {
	return (float64(s[r].yes) + 0.5) / (float64(s[r].yes+s[r].no) + 1)
}

// recorded answers the cases that a route by the action's own recordings chooses from.
func (d *dreamer) recorded(r route, action string) []int32 {
	switch r {
	case routeHere, routeText:
		var out []int32
		for _, i := range d.m.onText[d.b.text.raw+"\x00"+action] {
			if r == routeText || d.m.cases[i].t.Scene == d.start.Task.Scene {
				out = append(out, i)
			}
		}
		if r == routeHere && len(out) == 0 {
			out = d.m.onBody[d.m.bodyKey(d.start.Task.Scene, d.b.text.raw, d.named(action))]
		}
		return d.m.taken(out)
	case routeTask:
		return d.m.taken(d.m.tasked[d.start.Task.ID+"\x00"+d.named(action)])
	case routeScene:
		return d.m.taken(d.m.same[d.start.Task.Scene+"\x00"+d.named(action)])
	}
	return nil
}

// named is what an action is about now.
func (d *dreamer) named(action string) string { return d.m.k.named(d.b.text.raw, action) }

// by goes a route to a case; ok is false where it leads nowhere.
func (d *dreamer) by(r route, c call, action string, atoms []int32, leaf *tree) (answer, bool) {
	if r == routeConditions {
		a := answer{}
		a.rep = d.ofLine(c, d.choose(c, leaf, &a), atoms)
		a.why = append(a.why, d.explain(d.m.outcome[c.frame], atoms, c, leaf))
		return a, true
	}
	metric, list := d.m.alike[c.frame], d.recorded(r, action)
	if metric == nil || len(list) == 0 {
		return answer{}, false
	}
	rep, ok := d.m.nearest(metric, d.agreeing(c, list, atoms), atoms, "")
	return d.cite(action, rep), ok
}

// cite rests an answer on a case of the same action.
func (d *dreamer) cite(action string, rep int32) answer {
	if rep < 0 {
		return answer{}
	}
	k := &d.m.cases[rep]
	a := answer{rep: rep, kind: model.EvidenceElsewhere, support: d.m.alike[k.call.frame].trust, cases: []int32{rep}}
	where := "elsewhere"
	switch {
	case k.t.State == d.b.text.raw && k.t.Scene == d.start.Task.Scene:
		a.kind, where = model.EvidenceSame, "on this very text"
	case k.t.Scene == d.start.Task.Scene:
		a.kind, where = model.EvidenceScene, "in this scene"
	}
	a.why = []string{fmt.Sprintf("%q was recorded %s; most alike is %s", action, where, k.t.Ref())}
	return a
}

// compare lets every route predict a held-out step and counts who was right.
func (m *memory) compare(d *dreamer, t *experience.Transition) {
	c := d.m.k.grammar.parse(t.Action)
	atoms := d.m.known(d.b.atoms(c, t.Action))
	tree := d.m.outcome[c.frame]
	if tree == nil || d.m.refused(atoms) {
		return
	}
	leaf := tree.leaf(atoms)
	told := map[route]string{}
	for r := range routes {
		a, ok := d.by(r, c, t.Action, atoms, leaf)
		if !ok {
			continue
		}
		told[r] = d.tell(c, t.Action, atoms, a).text
	}
	differ := false
	for _, text := range told {
		differ = differ || text != told[routeConditions]
	}
	if !differ {
		return
	}
	if m.standings[c.frame] == nil {
		m.standings[c.frame] = &standing{}
	}
	for r, text := range told {
		m.standings[c.frame][r].add(text == t.Next)
	}
}
