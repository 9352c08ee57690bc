package analogy

import (
	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// held says which part of the episodes is left out to calibrate: one in seven.
const held = 7

// probes bounds how many steps are predicted to calibrate.
const probes = 1000

// calibrate learns how often predictions of each kind of evidence and support are
// right, on whole episodes that a memory made without them predicts, those of scenes that
// it does not know apart; false where stop is closed meanwhile.
func (m *memory) calibrate(all []*experience.Transition, stop <-chan struct{}) bool {
	m.right = map[evidence]share{}
	eps := episodes(all)
	if len(eps) < held {
		return true
	}
	rest, out := leaveOut(eps)
	half, stride := learnMemory(rest, stop), strideOver(out)
	if half == nil {
		return false
	}
	half.follow(out, stride, m.compare)
	if model.Stopped(stop) {
		return false
	}
	half.standings = m.standings
	half.follow(out, stride, m.comparePay)
	half.payStandings, half.promises = m.payStandings, m.promises
	half.follow(out, stride, m.noteStep)
	return m.calibrateStrange(eps, stop)
}

// calibrateStrange leaves out a scene where there are too few to leave out one in seven:
// what is known from elsewhere alone is less often right.
func (m *memory) calibrateStrange(eps []episodeOf, stop <-chan struct{}) bool {
	scenes := scenesOf(eps)
	if len(scenes) < 2 || len(scenes) >= held {
		return true
	}
	var rest []*experience.Transition
	var out []episodeOf
	for _, ep := range eps {
		if scenes[ep[0].Scene] == len(scenes)/2 {
			out = append(out, ep)
		} else {
			rest = append(rest, ep...)
		}
	}
	half := learnMemory(rest, stop)
	if half == nil {
		return false
	}
	half.standings, half.payStandings, half.promises = m.standings, m.payStandings, m.promises
	half.follow(out, strideOver(out), m.noteStep)
	return true
}

// strideOver is the stride that keeps to the bound of probes.
func strideOver(out []episodeOf) int {
	steps := 0
	for _, ep := range out {
		steps += len(ep)
	}
	return max(1, steps/probes)
}

// noteStep notes whether the next step of a held-out episode is predicted right.
func (m *memory) noteStep(d *dreamer, t *experience.Transition) {
	a := d.predict(t.Action)
	m.note(d, a, a.text == t.Next && a.label.reward == t.Reward && a.label.terminated == t.Terminated)
}

// follow goes through episodes and calls each for one step in stride, before it is told
// what came of it.
func (half *memory) follow(out []episodeOf, stride int, each func(d *dreamer, t *experience.Transition)) {
	at := 0
	for _, ep := range out {
		d := &dreamer{m: half, start: model.Start{Task: gym.Task{ID: ep[0].Task, Scene: ep[0].Scene}}}
		d.b = half.believe(ep[0].Goal, ep[0].State, ep[0].Actions, ep[0].Task, ep[0].Scene)
		d.hidden = half.hide(d, 0)
		d.last.at = -1
		for _, t := range ep {
			if at++; at%stride == 0 {
				each(d, t)
			}
			d.b.observe(t.Action, t.Next, t.NextActions)
			if t.Reward != half.common.reward {
				d.b.reward(t.Action)
			}
		}
	}
}

// leaveOut puts one episode in seven aside, and one whole scene in seven: what is known
// from elsewhere alone is to be calibrated too.
func leaveOut(eps []episodeOf) (rest []*experience.Transition, out []episodeOf) {
	scenes := scenesOf(eps)
	for i, ep := range eps {
		whole := len(scenes) >= held && scenes[ep[0].Scene]%held == held/2
		if i%held == held-1 || whole {
			out = append(out, ep)
		} else {
			rest = append(rest, ep...)
		}
	}
	return rest, out
}

// scenesOf numbers the scenes.
func scenesOf(eps []episodeOf) map[string]int {
	scenes := map[string]int{}
	for _, ep := range eps {
		if _, had := scenes[ep[0].Scene]; !had {
			scenes[ep[0].Scene] = len(scenes)
		}
	}
	return scenes
}

// evidence is what a prediction rests on, as far as confidence depends on it.
type evidence struct {
	strange bool // nothing is recorded of the scene
	kind    model.Evidence
	failed  bool // it says that the action is not possible
	drawn   bool
	support int // in quarters, rounded to either side
}

// share counts predictions, in parts where their support lies between two quarters.
type share struct{ right, all float64 }

func (s *share) add(o share, weight float64) {
	s.right += weight * o.right
	s.all += weight * o.all
}

// evidence answers the two quarters of support that a lies between, and how much it is of
// the second.
func (d *dreamer) evidence(a answer) (one, two evidence, part float64) {
	one = evidence{strange: len(d.m.firsts["scene "+d.start.Task.Scene]) == 0, kind: a.kind, failed: a.failed, drawn: a.drawn}
	quarters := 4 * min(1, max(0, a.support))
	one.support = int(quarters)
	two = one
	two.support++
	return one, two, quarters - float64(one.support)
}

// note counts a prediction, by its evidence and among all of as strange scenes.
func (m *memory) note(d *dreamer, a answer, right bool) {
	one, two, part := d.evidence(a)
	add := func(e evidence, weight float64) {
		s := m.right[e]
		s.all += weight
		if right {
			s.right += weight
		}
		m.right[e] = s
	}
	add(one, 1-part)
	add(two, part)
	add(evidence{strange: one.strange}, 1)
}

// drawnTo is how many predictions like one have to have been counted to weigh as much as
// those of all kinds.
const drawnTo = 2

// confidence is the share of predictions like this one that were right, drawn towards
// the share of all where there were few.
func (d *dreamer) confidence(a answer) float64 {
	if a.kind == model.EvidenceNone {
		return 0.1 // nothing recorded speaks for it
	}
	one, two, part := d.evidence(a)
	s := share{drawnTo * d.m.overall(one.strange), drawnTo}
	s.add(d.m.right[one], 1-part)
	s.add(d.m.right[two], part)
	return s.right / s.all
}

// overall is the share of all predictions in recorded or in strange scenes that were
// right. Where strange ones were never tried, half as many are expected to be.
func (m *memory) overall(strange bool) float64 {
	s := m.right[evidence{strange: strange}]
	switch {
	case s.all > 0:
		return s.right / s.all
	case strange:
		return m.overall(false) / 2
	}
	return 0.5
}
