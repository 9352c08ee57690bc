package numeric

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// hopeless is how near to saying that nothing changes a model is that is refused.
const hopeless = 0.9

// enough is how many steps have to be left out to refuse by them.
const enough = 50

// Begin starts a dream, or says that the recordings do not tell what would come next.
func (m *Memory) Begin(s model.Start) (model.Episode, error) {
	if t := m.trust; t.steps >= enough && t.forecast > hopeless*t.still {
		return nil, gym.Errorf(gym.CodeInsufficientEvidence,
			"the recorded steps do not tell what comes next: in episodes left out the model is %.2g off, and %.2g where it says that nothing changes; record more episodes",
			t.forecast, t.still)
	}
	e := &episode{m: m, start: s, goal: s.Task.Goal}
	if err := e.open(s.Task); err != nil {
		return nil, err
	}
	return e, nil
}

// episode is a dream under way.
type episode struct {
	m     *Memory
	start model.Start
	goal  string
	first model.Prediction
	text  string
	state []float64
	steps int
	past  []step // what was done before
}

// open finds the start state: given, recorded of the task, or drawn from all that were recorded.
func (e *episode) open(t gym.Task) error {
	if t.Start != nil {
		values, shape, ok := gym.ParseNumbers(t.Start.Text)
		if !ok || !slices.Equal(shape, e.m.space.shape) {
			return gym.Errorf(gym.CodeInsufficientEvidence, "the task's start state is no list of numbers like those that were recorded")
		}
		e.begin(t.Start.Text, values, t.Start.Actions, model.EvidenceSame, 1, "The start state was given with the task.")
		return nil
	}
	firsts, kind, confidence, why := e.m.firsts[t.ID], model.EvidenceSame, 0.99, "The task was recorded; it starts as it did."
	if len(firsts) == 0 {
		firsts, kind, confidence, why = e.m.firsts[""], model.EvidenceElsewhere, 0.5, "The task was not recorded; it starts as another one did."
	}
	if len(firsts) == 0 {
		return gym.Errorf(gym.CodeInsufficientEvidence, "no recorded episode shows where one begins: record whole episodes")
	}
	i := firsts[0]
	if !e.start.MostLikely {
		i = firsts[rand.New(rand.NewPCG(uint64(e.start.Seed), 1)).IntN(len(firsts))]
	}
	st := &e.m.steps[i]
	if e.goal == "" {
		e.goal = st.t.Goal
	}
	e.begin(st.t.State, st.state, st.t.Actions, kind, confidence, why)
	e.first.Transitions = []experience.Ref{st.t.Ref()}
	return nil
}

func (e *episode) begin(text string, state []float64, actions []string, kind model.Evidence, confidence float64, why string) {
	e.text, e.state = text, state
	e.first = model.Prediction{
		Reasoning: why, Next: gym.Observation{Goal: e.goal, Text: text, Actions: actions}, Evidence: kind, Confidence: confidence,
	}
}

// First is the start state.
func (e *episode) First() model.Prediction { return e.first }

// Observe goes on from what came to pass. A state that is no list of numbers leaves nothing
// to go on from.
func (e *episode) Observe(o model.Outcome) {
	values, shape, ok := gym.ParseNumbers(o.Next.Text)
	if !ok || !slices.Equal(shape, e.m.space.shape) {
		values = nil
	}
	e.past = append(e.past, step{t: &experience.Transition{Action: o.Action}, state: e.state, next: values})
	e.past = e.past[max(0, len(e.past)-mostPast):]
	e.text, e.state = o.Next.Text, values
	e.steps++
}

// Predict fits what an action changes to the recorded steps around the state.
func (e *episode) Predict(ctx context.Context, action string) (model.Prediction, error) {
	if err := ctx.Err(); err != nil {
		return model.Prediction{}, err
	}
	g, numbers := e.m.groupOf(action)
	if g == nil || e.state == nil {
		return e.nothing(fmt.Sprintf("The action %q was never recorded.", action)), nil
	}
	p := e.m.fitStep(g, &step{action: numbers, state: e.state}, e.past)
	nearest := p.rows[0].distance
	if nearest > g.reach && e.m.trust.steps > 0 {
		return e.nothing(fmt.Sprintf("Nothing was recorded near here: the nearest step is %.2g away, and %.2g is as far as there is something to go by.", nearest, g.reach)), nil
	}
	var chance *rand.Rand
	if !e.start.MostLikely {
		chance = e.chance(action)
	}
	if chance != nil && e.m.trust.noisy {
		p.draw(chance, e.m)
	}
	l := e.m.label(p, action, numbers, e.state, e.steps+1, chance)
	return model.Prediction{
		Reasoning: e.m.reasoning(action, g, p, l), Next: gym.Observation{Goal: e.goal, Text: e.m.space.text(p.next), Actions: e.m.actionsAfter(g, p, l)},
		Reward: l.reward, Terminated: l.terminated, Evidence: evidence(nearest), Transitions: e.m.refs(g, p), Confidence: e.m.trust.confidence(nearest),
	}, nil
}

// nothing says that there is nothing to go by.
func (e *episode) nothing(why string) model.Prediction {
	return model.Prediction{Reasoning: why, Next: gym.Observation{Goal: e.goal, Text: e.text}, Evidence: model.EvidenceNone}
}

// chance draws by seed, step, state and action.
func (e *episode) chance(action string) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d\x00%s\x00%s", e.steps, e.text, action)
	return rand.New(rand.NewPCG(uint64(e.start.Seed), h.Sum64()))
}

func evidence(distance float64) model.Evidence {
	if distance == 0 {
		return model.EvidenceSame
	}
	return model.EvidenceElsewhere
}

// groupOf finds the steps of an action.
func (m *Memory) groupOf(action string) (*group, []float64) {
	more := len(m.space.mean) - len(m.space.whole)
	if more == 0 {
		return m.groups[action], nil
	}
	numbers, _, ok := gym.ParseNumbers(action)
	if !ok || len(numbers) != more {
		return nil, nil
	}
	return m.groups[""], numbers
}

// actionsAfter are those that the nearest step that did not end had; nil at an end.
func (m *Memory) actionsAfter(g *group, p predicted, l label) []string {
	if l.terminated {
		return nil
	}
	for _, r := range p.rows {
		if t := m.steps[g.steps[r.row]].t; !t.Terminated {
			return t.NextActions
		}
	}
	return nil
}

// mostRefs bounds the steps that a prediction names.
const mostRefs = 8

func (m *Memory) refs(g *group, p predicted) []experience.Ref {
	var refs []experience.Ref
	for _, r := range p.rows[:min(mostRefs, len(p.rows))] {
		refs = append(refs, m.steps[g.steps[r.row]].t.Ref())
	}
	return refs
}

// reasoning is the way to the answer in sentences.
func (m *Memory) reasoning(action string, g *group, p predicted, l label) string {
	var b strings.Builder
	way := "the mean"
	if m.method.linear {
		way = "a line through them"
	}
	fmt.Fprintf(&b, "%q was recorded %d times; of the %d steps nearest to here, %s says what changes", action, len(g.steps), len(p.rows), way)
	switch {
	case m.trust.steps > 0 && m.space.names:
		fmt.Fprintf(&b, " (wrong in %.2g %% of the steps of episodes left out)", 100*m.trust.err)
	case m.trust.steps > 0:
		fmt.Fprintf(&b, " (%.2g of a step's spread off in episodes left out)", m.trust.err)
	}
	b.WriteString(".")
	if m.trust.noisy {
		b.WriteString(" What that does not explain is drawn.")
	}
	fmt.Fprintf(&b, " It earns %g and terminated is %t.", l.reward, l.terminated)
	return b.String()
}
