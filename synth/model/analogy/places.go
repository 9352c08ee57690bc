package analogy

import (
	"sort"

	"dreamgym/synth/experience"
)

// mostHeaders bounds the headers that are tried as names of places: the most frequent.
const mostHeaders = 16

// passage is an action that was taken when a header had last shown some value; the value is
// "" where none is looked at.
type passage struct{ scene, action, shown string }

// learnPlaces finds which headers say where one is: those whose last value best tells what
// an action leads to, where the action alone does not.
func (k *knowledge) learnPlaces(all []*experience.Transition, eps []episodeOf) {
	headers := k.headers(all)
	outcomes, carries := k.passages(headers, eps)
	score := make([]map[string]*tally, len(outcomes))
	for i, of := range outcomes {
		score[i] = k.told(of)
	}
	for f, base := range score[0] {
		if carries[f] {
			continue
		}
		best, share := -1, rate(base)+0.05
		for i := 1; i < len(score); i++ {
			if s := score[i][f]; s != nil && s.yes+s.no >= (base.yes+base.no)/8 && s.yes+s.no >= 5 && rate(s) > share {
				best, share = i, rate(s)
			}
		}
		if best > 0 && base.no >= 3 {
			k.places[headers[best-1]] = true
		}
	}
}

// headers are the commonest first pieces of texts that name one thing at most: a place is
// one thing.
func (k *knowledge) headers(all []*experience.Transition) []string {
	count := map[string]int{}
	for _, t := range all {
		if r := k.lex.readText(t.Next); len(r.pieces) > 0 && len(r.pieces[0].ents) <= 1 {
			count[r.pieces[0].template]++
		}
	}
	headers := keys(count)
	sort.SliceStable(headers, func(i, j int) bool { return count[headers[i]] > count[headers[j]] })
	return headers[:min(len(headers), mostHeaders)]
}

// passages counts what each action led to: first by the action alone, then by the last
// value of each header. carries are the frames that answer what one carries.
func (k *knowledge) passages(headers []string, eps []episodeOf) (outcomes []map[passage]map[string]int, carries map[string]bool) {
	outcomes, carries = make([]map[passage]map[string]int, len(headers)+1), map[string]bool{}
	for i := range outcomes {
		outcomes[i] = map[passage]map[string]int{}
	}
	for _, ep := range eps {
		last := map[string]string{}
		note := func(r *reading) {
			if len(r.pieces) > 0 {
				last[r.pieces[0].template] = r.key
			}
		}
		note(k.lex.readText(ep[0].State))
		for _, t := range ep {
			r := k.lex.readText(t.Next)
			if _, ok := k.blank[t.Next]; ok {
				carries[k.grammar.parse(t.Action).frame] = true
			}
			for i := range outcomes {
				p := passage{scene: t.Scene, action: t.Action}
				if i > 0 {
					p.shown = last[headers[i-1]]
				}
				if outcomes[i][p] == nil {
					outcomes[i][p] = map[string]int{}
				}
				outcomes[i][p][r.key]++
			}
			note(r)
		}
	}
	return outcomes, carries
}

// told counts, for every frame, how often its passages led where they mostly did, the first
// time of each left out.
func (k *knowledge) told(outcomes map[passage]map[string]int) map[string]*tally {
	out := map[string]*tally{}
	for p, to := range outcomes {
		n, top := 0, 0
		for _, c := range to {
			n += c
			top = max(top, c)
		}
		if n < 2 {
			continue
		}
		f := k.grammar.parse(p.action).frame
		if out[f] == nil {
			out[f] = &tally{}
		}
		out[f].yes += top - 1
		out[f].no += n - top
	}
	return out
}
