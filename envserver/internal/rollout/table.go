package rollout

import (
	"cmp"
	"math"
	"slices"

	"dreamgym/envserver/gym"
)

// Score sums up the outcomes of one policy on one backend.
type Score struct {
	Env      string    `json:"env"`
	Split    gym.Split `json:"split"`
	Policy   string    `json:"policy"`
	Backend  string    `json:"backend"`
	Episodes int       `json:"episodes"` // that count
	Success  float64   `json:"success"`  // share that earned a reward
	Return   float64   `json:"return"`   // mean
	Steps    float64   `json:"steps"`    // mean
	// Failed episodes are left out: infrastructure failed, or a dream was refused or ran
	// out of evidence. Reason is why the first of them did.
	Failed int    `json:"failed"`
	Reason string `json:"reason,omitempty"`
}

// Scores sums outcomes up by environment, split, policy and backend, in order of
// appearance.
func Scores(outcomes []Outcome) []Score {
	var all []Score
	for _, o := range outcomes {
		i := slices.IndexFunc(all, func(s Score) bool {
			return s.Env == o.Env && s.Split == o.Split && s.Policy == o.Policy.Name && s.Backend == o.Backend
		})
		if i < 0 {
			i = len(all)
			all = append(all, Score{Env: o.Env, Split: o.Split, Policy: o.Policy.Name, Backend: o.Backend})
		}
		all[i].add(&o)
	}
	for i := range all {
		if n := float64(all[i].Episodes); n > 0 {
			all[i].Success /= n
			all[i].Return /= n
			all[i].Steps /= n
		}
	}
	return all
}

func (s *Score) add(o *Outcome) {
	if !o.Counted() {
		s.Failed++
		s.Reason = cmp.Or(s.Reason, o.Reason)
		return
	}
	s.Episodes++
	s.Return += o.Return
	s.Steps += float64(o.Steps)
	if o.Won() {
		s.Success++
	}
}

// Agreement is how a policy fares on two backends, on the same tasks and seeds.
type Agreement struct {
	Env    string    `json:"env"`
	Split  gym.Split `json:"split"`
	Policy string    `json:"policy"`
	Pairs  int       `json:"pairs"` // episodes that count on both
	Real   float64   `json:"real"`  // success
	Dream  float64   `json:"dream"`
	// Verdicts is the share of pairs with the same success; FalseWins that of pairs that
	// were won in the dream alone.
	Verdicts  float64 `json:"verdict_agreement"`
	FalseWins float64 `json:"false_success"`
}

// Agreements pairs the outcomes of two backends, by job.
func Agreements(outcomes []Outcome, real, dream string) []Agreement {
	type key struct {
		env    string
		split  gym.Split
		policy string
		index  int64
		seed   int64
	}
	keyOf := func(o *Outcome) key {
		k := key{o.Env, o.Split, o.Policy.Name, -1, o.Seed}
		if o.Index != nil {
			k.index = *o.Index
		}
		return k
	}
	reals := make(map[key]*Outcome)
	for i := range outcomes {
		if o := &outcomes[i]; o.Backend == real && o.Counted() {
			reals[keyOf(o)] = o
		}
	}
	var all []Agreement
	for i := range outcomes {
		o := &outcomes[i]
		pair := reals[keyOf(o)]
		if o.Backend != dream || !o.Counted() || pair == nil {
			continue
		}
		at := slices.IndexFunc(all, func(a Agreement) bool { return a.Env == o.Env && a.Split == o.Split && a.Policy == o.Policy.Name })
		if at < 0 {
			at = len(all)
			all = append(all, Agreement{Env: o.Env, Split: o.Split, Policy: o.Policy.Name})
		}
		all[at].add(pair.Won(), o.Won())
	}
	for i := range all {
		n := float64(all[i].Pairs)
		all[i].Real, all[i].Dream, all[i].Verdicts, all[i].FalseWins = all[i].Real/n, all[i].Dream/n, all[i].Verdicts/n, all[i].FalseWins/n
	}
	return all
}

func (a *Agreement) add(real, dream bool) {
	a.Pairs++
	if real {
		a.Real++
	}
	if dream {
		a.Dream++
	}
	if real == dream {
		a.Verdicts++
	}
	if dream && !real {
		a.FalseWins++
	}
}

// Ladder tells how well a dream orders policies: Spearman's rank correlation of their
// success, and the mean error of it. NaN where there are fewer than two policies, or all
// fare the same.
func Ladder(rungs []Agreement) (spearman, meanError float64) {
	if len(rungs) < 2 {
		return math.NaN(), math.NaN()
	}
	var real, dream []float64
	for _, a := range rungs {
		real, dream = append(real, a.Real), append(dream, a.Dream)
		meanError += math.Abs(a.Real-a.Dream) / float64(len(rungs))
	}
	return pearson(ranks(real), ranks(dream)), meanError
}

// ranks answers the rank of each value; equal ones share theirs.
func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(v[a], v[b]) })
	out := make([]float64, len(v))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && v[order[j]] == v[order[i]] {
			j++
		}
		for _, k := range order[i:j] {
			out[k] = float64(i+j-1) / 2
		}
		i = j
	}
	return out
}

func pearson(x, y []float64) float64 {
	n := float64(len(x))
	var mx, my, xy, xx, yy float64
	for i := range x {
		mx, my = mx+x[i]/n, my+y[i]/n
	}
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
	}
	return xy / math.Sqrt(xx*yy)
}
