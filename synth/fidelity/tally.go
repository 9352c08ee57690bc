package fidelity

import "math"

// bins of confidence, for calibration.
const bins = 10

// tally sums what was compared over steps. Tallies add up.
type tally struct {
	steps, covered, exact             int
	knowable, exactKnowable           int
	quantities                        int
	stateError                        float64
	lineF1                            float64
	changed                           int
	changedF1                         float64
	lists                             int
	listF1                            float64
	reward, end, invalid              hits
	tp, fp, fn, tn, agreed, unsettled int
	bins                              [bins]bin
}

// hits count what was, what was said to be, and where both agree.
type hits struct{ truth, said, both int }

func (h *hits) count(truth, said, agree bool) {
	h.truth += one(truth)
	h.said += one(said)
	h.both += one(truth && said && agree)
}

func (h *hits) add(o hits) {
	h.truth += o.truth
	h.said += o.said
	h.both += o.both
}

// bin gathers predictions of about one confidence.
type bin struct {
	n, right   int
	confidence float64 // sum
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// add sums o into t.
func (t *tally) add(o *tally) {
	t.steps += o.steps
	t.covered += o.covered
	t.exact += o.exact
	t.knowable += o.knowable
	t.exactKnowable += o.exactKnowable
	t.quantities += o.quantities
	t.stateError += o.stateError
	t.lineF1 += o.lineF1
	t.changed += o.changed
	t.changedF1 += o.changedF1
	t.lists += o.lists
	t.listF1 += o.listF1
	t.reward.add(o.reward)
	t.end.add(o.end)
	t.invalid.add(o.invalid)
	t.tp += o.tp
	t.fp += o.fp
	t.fn += o.fn
	t.tn += o.tn
	t.agreed += o.agreed
	t.unsettled += o.unsettled
	for i := range t.bins {
		t.bins[i].n += o.bins[i].n
		t.bins[i].right += o.bins[i].right
		t.bins[i].confidence += o.bins[i].confidence
	}
}

// countStep adds one compared step.
func (t *tally) countStep(c *comparison) {
	t.steps++
	t.covered += one(!c.refused)
	t.exact += one(c.exact)
	t.knowable += one(c.knowable)
	t.exactKnowable += one(c.knowable && c.exact)
	t.quantities += one(c.numeric)
	t.stateError += c.stateError
	t.lineF1 += c.lineF1
	if c.changed {
		t.changed++
		t.changedF1 += c.changedF1
	}
	if c.listed {
		t.lists++
		t.listF1 += c.listF1
	}
	t.reward.count(c.rewarded, c.saidReward, c.rewardRight)
	t.end.count(c.ended, c.saidEnd, true)
	t.invalid.count(c.invalid, c.saidInvalid, true)
	if !c.refused {
		b := &t.bins[min(bins-1, int(c.confidence*bins))]
		b.n++
		b.right += one(c.right)
		b.confidence += c.confidence
	}
}

// countVerdict adds one freely dreamed episode. A dream that was refused has no verdict
// and so disagrees: it counts as the opposite of what really happened.
func (t *tally) countVerdict(v verdict) {
	dream := v.dream
	if v.refused {
		dream = !v.real
		t.unsettled++
	}
	t.agreed += one(dream == v.real)
	switch {
	case v.real && dream:
		t.tp++
	case dream:
		t.fp++
	case v.real:
		t.fn++
	default:
		t.tn++
	}
}

// scores are the tally's shares; errors has each task's mean reward error.
func (t *tally) scores(episodes int, errors map[string]*meanError) Scores {
	s := Scores{
		Steps: t.steps, Episodes: episodes,
		Coverage:        share(t.covered, t.steps),
		Exact:           share(t.exact, t.steps),
		ExactKnowable:   share(t.exactKnowable, t.knowable),
		StateError:      mean(t.stateError, t.quantities),
		LineF1:          mean(t.lineF1, t.steps),
		ChangedLineF1:   mean(t.changedF1, t.changed),
		RewardRecall:    share(t.reward.both, t.reward.truth),
		RewardPrecision: share(t.reward.both, t.reward.said),
		EndRecall:       share(t.end.both, t.end.truth),
		EndPrecision:    share(t.end.both, t.end.said),
		// An invalid action is not an outcome of its own but a kind of outcome: recall and
		// precision are of telling it, exactness is in Exact.
		InvalidRecall:    share(t.invalid.both, t.invalid.truth),
		InvalidPrecision: share(t.invalid.both, t.invalid.said),
		ActionsF1:        mean(t.listF1, t.lists),
		VerdictAgreement: share(t.agreed, t.tp+t.fp+t.fn+t.tn),
		Verdicts:         Verdicts{TP: t.tp, FP: t.fp, FN: t.fn, TN: t.tn},
		CalibrationError: t.calibrationError(),
	}
	s.RewardErrorMean, s.RewardErrorMax = overTasks(errors)
	return s
}

// calibrationError is the mean distance between confidence and share of right
// predictions, over bins of confidence.
func (t *tally) calibrationError() *float64 {
	var sum float64
	var n int
	for _, b := range t.bins {
		n += b.n
		sum += math.Abs(b.confidence - float64(b.right))
	}
	return mean(sum, n)
}

// meanError gathers the reward errors of one task.
type meanError struct {
	sum float64
	n   int
}

func overTasks(errors map[string]*meanError) (average, most *float64) {
	if len(errors) == 0 {
		return nil, nil
	}
	means := make([]float64, 0, len(errors))
	for _, e := range errors {
		means = append(means, e.sum/float64(e.n))
	}
	var sum, top float64
	for _, m := range sorted(means) { // in one order, so that the sum is the same each time
		sum += m
		top = max(top, m)
	}
	return mean(sum, len(means)), &top
}

// share is a of b, nil where there was nothing to measure.
func share(a, b int) *float64 { return mean(float64(a), b) }

func mean(sum float64, n int) *float64 {
	if n == 0 {
		return nil
	}
	m := sum / float64(n)
	return &m
}
