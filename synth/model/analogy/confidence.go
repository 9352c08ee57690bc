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
// right, on whole episodes that a memory made without them predicts; false where stop
// is closed meanwhile.
func (m *memory) calibrate(all []*experience.Transition, stop <-chan struct{}) bool {
	m.right = map[int]*tally{}
	eps := episodes(all)
	if len(eps) < held {
		return true
	}
	rest, out, steps := leaveOut(eps)
	half, stride := learnMemory(rest, stop), max(1, steps/probes)
	if half == nil {
		return false
	}
	half.follow(out, stride, m.compare)
	if over(stop) {
		return false
	}
	half.standings = m.standings
	half.follow(out, stride, func(d *dreamer, t *experience.Transition) {
		a := d.predict(t.Action)
		m.note(a, a.text == t.Next && a.label.reward == t.Reward && a.label.terminated == t.Terminated)
	})
	return true
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
func leaveOut(eps []episodeOf) (rest []*experience.Transition, out []episodeOf, steps int) {
	scenes := map[string]int{}
	for _, ep := range eps {
		if _, had := scenes[ep[0].Scene]; !had {
			scenes[ep[0].Scene] = len(scenes)
		}
	}
	for i, ep := range eps {
		whole := len(scenes) >= held && scenes[ep[0].Scene]%held == held/2
		if i%held == held-1 || whole {
			out = append(out, ep)
			steps += len(ep)
		} else {
			rest = append(rest, ep...)
		}
	}
	return rest, out, steps
}

func (m *memory) note(a answer, right bool) {
	for _, b := range [2]int{bin(a), -1} {
		if m.right[b] == nil {
			m.right[b] = &tally{}
		}
		m.right[b].add(right)
	}
}

// bin groups predictions by kind of evidence and quarter of support.
func bin(a answer) int {
	k := map[model.Evidence]int{model.EvidenceSame: 0, model.EvidenceScene: 1, model.EvidenceElsewhere: 2, model.EvidenceNone: 3}[a.kind]
	return k*8 + min(int(a.support*4), 4)
}

// confidence is the share of predictions like this one that were right, drawn towards
// the share of all where there were few.
func (m *memory) confidence(a answer) float64 {
	overall := 0.5
	if a.kind == model.EvidenceNone {
		return 0.1 // nothing recorded speaks for it
	}
	if t := m.right[-1]; t != nil {
		overall = rate(t)
	}
	t := m.right[bin(a)]
	if t == nil {
		t = &tally{}
	}
	return (float64(t.yes) + 2*overall) / (float64(t.yes+t.no) + 2)
}
