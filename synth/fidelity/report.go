package fidelity

import (
	"context"
	"fmt"
	"math/rand/v2"

	"dreamgym/envserver/gym"
)

// Report is everything that was measured, in the form that --json prints.
type Report struct {
	Env string `json:"env"`
	// Buffer is the largest buffer's number of transitions; Models has its scores by
	// model and split.
	Buffer int                          `json:"buffer"`
	Models map[string]map[string]Scores `json:"models"`
	// ByBuffer has the scores of every size, the largest last.
	ByBuffer []Level `json:"by_buffer"`
	// Intervals are 95 % bootstrap intervals over episodes: model, split, metric.
	Intervals map[string]map[string]map[string]Interval `json:"intervals"`
	// ByEvidence splits the steps by what was recorded of them, "same" state and action,
	// same "scene", or only "elsewhere": model, split, evidence.
	ByEvidence map[string]map[string]map[string]Scores `json:"by_evidence"`
	// Calibration has, by model and split, the share of right predictions by confidence.
	Calibration map[string]map[string][]CalibrationPoint `json:"calibration"`
	// Spent is what a step takes of models that ask an endpoint: model, split.
	Spent map[string]map[string]Spent `json:"spent"`
	// SelfConsistency of free dreams by a random policy: model, split.
	SelfConsistency map[string]map[string]Consistency `json:"self_consistency"`
	// Chance compares drawn with recorded frequencies where steps were repeated: model, split.
	Chance map[string]map[string]Chance `json:"chance"`
	// Ladder and ExploitGap need the real side; nil where there is none.
	Ladder     map[string]Ladder     `json:"ladder"`
	ExploitGap map[string]ExploitGap `json:"exploit_gap"`
}

// Level is the scores with one size of the buffer.
type Level struct {
	Buffer int                          `json:"buffer"`
	Models map[string]map[string]Scores `json:"models"`
}

// Interval holds a figure with 95 % probability, as far as the episodes tell.
type Interval [2]float64

// CalibrationPoint is a bin of confidence.
type CalibrationPoint struct {
	Confidence float64 `json:"confidence"`
	Right      float64 `json:"right"`
	Steps      int     `json:"steps"`
}

// Play adds what needs the real side: the ladder of policies on the splits seen and
// unseen, and the exploit gap on seen.
func (r *Report) Play(ctx context.Context, s Sides) error {
	r.Ladder, r.ExploitGap = make(map[string]Ladder), make(map[string]ExploitGap)
	for _, split := range []gym.Split{gym.SplitSeen, gym.SplitUnseen} {
		n, err := s.Registration.Tasks.Len(ctx, split)
		if err != nil {
			return fmt.Errorf("fidelity: tasks of %s: %w", split, err)
		}
		if n == 0 {
			continue
		}
		if r.Ladder[string(split)], err = s.Ladder(ctx, split); err != nil {
			return err
		}
		if split == gym.SplitUnseen {
			continue // actions found in an invented scene say nothing about another
		}
		if r.ExploitGap[string(split)], err = s.ExploitGap(ctx, split); err != nil {
			return err
		}
	}
	return nil
}

// detail adds what is told of the largest buffer alone.
func (r *run) detail(report *Report, all results) {
	report.Calibration = make(map[string]map[string][]CalibrationPoint)
	report.Spent = make(map[string]map[string]Spent)
	for name, splits := range all {
		report.Intervals[name] = make(map[string]map[string]Interval)
		report.ByEvidence[name] = make(map[string]map[string]Scores)
		report.Calibration[name] = make(map[string][]CalibrationPoint)
		for split, f := range splits {
			if s := spentOn(f); s.Asked > 0 {
				if report.Spent[name] == nil {
					report.Spent[name] = make(map[string]Spent)
				}
				report.Spent[name][string(split)] = s
			}
			report.Intervals[name][string(split)] = intervals(f, r.options.Resamples, r.options.Seed)
			report.ByEvidence[name][string(split)] = byEvidence(f)
			report.Calibration[name][string(split)] = calibration(f)
		}
	}
}

func byEvidence(all []followed) map[string]Scores {
	kinds := make(map[string]Scores)
	for _, kind := range []string{"same", "scene", "elsewhere"} {
		if s := score(all, kind); s.Steps > 0 {
			kinds[kind] = s
		}
	}
	return kinds
}

func calibration(all []followed) []CalibrationPoint {
	var t tally
	for i := range all {
		t.addEpisode(&all[i], "", make(map[string]*meanError))
	}
	var points []CalibrationPoint
	for _, b := range t.bins {
		if b.n > 0 {
			n := float64(b.n)
			points = append(points, CalibrationPoint{Confidence: b.confidence / n, Right: float64(b.right) / n, Steps: b.n})
		}
	}
	return points
}

// intervals draws the episodes again, with replacement, and takes the middle 95 % of
// each metric.
func intervals(all []followed, resamples int, seed int64) map[string]Interval {
	if resamples <= 0 {
		return nil
	}
	rng := rand.New(rand.NewPCG(uint64(seed), uint64(len(all))))
	tallies, errors := perEpisode(all)
	drawn := make(map[string][]float64)
	for range resamples {
		var t tally
		sums := make(map[string]*meanError)
		for range all {
			i := rng.IntN(len(all))
			t.add(&tallies[i])
			merge(sums, all[i].task, errors[i])
		}
		s := t.scores(len(all), sums)
		for _, m := range metrics() {
			if v := m.of(&s); v != nil {
				drawn[m.name] = append(drawn[m.name], *v)
			}
		}
	}
	found := make(map[string]Interval)
	for name, values := range drawn {
		sorted(values)
		found[name] = Interval{quantile(values, 0.025), quantile(values, 0.975)}
	}
	return found
}

// perEpisode tallies each episode alone.
func perEpisode(all []followed) ([]tally, []meanError) {
	tallies, errors := make([]tally, len(all)), make([]meanError, len(all))
	for i := range all {
		of := make(map[string]*meanError)
		tallies[i].addEpisode(&all[i], "", of)
		if e := of[all[i].task]; e != nil {
			errors[i] = *e
		}
	}
	return tallies, errors
}

func merge(sums map[string]*meanError, task string, e meanError) {
	if e.n == 0 {
		return
	}
	if sums[task] == nil {
		sums[task] = new(meanError)
	}
	sums[task].sum += e.sum
	sums[task].n += e.n
}

// quantile of sorted values, by the nearest rank.
func quantile(values []float64, q float64) float64 {
	return values[min(len(values)-1, int(q*float64(len(values))))]
}
