package judge

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"text/tabwriter"
)

// Report is what a judge said, and how far it is to be trusted.
type Report struct {
	Env   string `json:"env"`
	Judge string `json:"judge"`
	// Scores are means, 0 to 2: whose ("real", or a model), split, criterion.
	Scores map[string]map[string]map[string]Mean `json:"scores"`
	// Trust is, for each criterion, how often a known good outcome was scored above one that
	// is known to fail it; ties count half. A judge that scores by chance, or everything
	// alike, has 0.5.
	Trust map[string]Trust `json:"trust"`
	// Unread are the outcomes for which the judge gave no scores that can be read.
	Unread int `json:"unread"`
	Judged int `json:"judged"`
}

// Mean is a mean score with its standard error.
type Mean struct {
	Mean  float64 `json:"mean"`
	Error float64 `json:"standard_error"`
	N     int     `json:"n"`
}

// Trust is how well a judge tells good from bad.
type Trust struct {
	Right float64 `json:"right"`
	Pairs int     `json:"pairs"`
}

// Enough is the trust from which on a criterion's scores are to be relied on.
const Enough = 0.8

func report(env, judge string, items []*item) *Report {
	r := &Report{Env: env, Judge: judge, Scores: map[string]map[string]map[string]Mean{}, Trust: map[string]Trust{}, Judged: len(items)}
	values := map[[3]string][]float64{}
	for _, it := range items {
		if it.score == nil {
			r.Unread++
			continue
		}
		if it.whose == "" {
			continue
		}
		for i, c := range Criteria() {
			key := [3]string{it.whose, string(it.split), c}
			values[key] = append(values[key], float64(it.score[i]))
		}
	}
	for key, v := range values {
		if r.Scores[key[0]] == nil {
			r.Scores[key[0]] = map[string]map[string]Mean{}
		}
		if r.Scores[key[0]][key[1]] == nil {
			r.Scores[key[0]][key[1]] = map[string]Mean{}
		}
		r.Scores[key[0]][key[1]][key[2]] = meanOf(v)
	}
	for i, c := range Criteria() {
		r.Trust[c] = trust(items, i)
	}
	return r
}

func meanOf(values []float64) Mean {
	sum, squares, n := 0.0, 0.0, float64(len(values))
	for _, v := range values {
		sum += v
	}
	mean := sum / n
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return Mean{mean, math.Sqrt(squares / max(1, n-1) / n), len(values)}
}

// trust compares every known good outcome with every known bad one of a criterion.
func trust(items []*item, criterion int) Trust {
	var good, bad []int
	for _, it := range items {
		switch {
		case it.score == nil:
		case slices.Contains(it.good, criterion):
			good = append(good, it.score[criterion])
		case slices.Contains(it.bad, criterion):
			bad = append(bad, it.score[criterion])
		}
	}
	right := 0.0
	for _, g := range good {
		for _, b := range bad {
			switch {
			case g > b:
				right++
			case g == b:
				right += 0.5
			}
		}
	}
	n := len(good) * len(bad)
	return Trust{Right: right / float64(max(1, n)), Pairs: n}
}

// WriteTable prints the scores, with a warning at criteria that the judge cannot tell.
func (r *Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s, judged by %s: 0 to 2, with standard errors\t", r.Env, r.Judge)
	for _, c := range Criteria() {
		fmt.Fprintf(t, "%s\t", c)
	}
	fmt.Fprintln(t)
	for _, whose := range slices.Sorted(maps.Keys(r.Scores)) {
		for _, split := range slices.Sorted(maps.Keys(r.Scores[whose])) {
			fmt.Fprintf(t, "%s, %s\t", whose, split)
			for _, c := range Criteria() {
				m := r.Scores[whose][split][c]
				fmt.Fprintf(t, "%.2f ±%.2f\t", m.Mean, m.Error)
			}
			fmt.Fprintln(t)
		}
	}
	fmt.Fprint(t, "trust: known good above known bad\t")
	for _, c := range Criteria() {
		fmt.Fprintf(t, "%.2f\t", r.Trust[c].Right)
	}
	fmt.Fprintln(t)
	if err := t.Flush(); err != nil {
		return err
	}
	for _, c := range Criteria() {
		if r.Trust[c].Right < Enough {
			fmt.Fprintf(w, "do not rely on %s: of outcomes whose answer is known, the judge tells good from bad in %.0f %% of the pairs (chance: 50)\n", c, 100*r.Trust[c].Right)
		}
	}
	_, err := fmt.Fprintf(w, "%d outcomes were judged; of %d the scores could not be read\n", r.Judged, r.Unread)
	return err
}
