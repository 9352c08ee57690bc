package fidelity

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// WriteTable prints the report as aligned tables for a terminal: shares in percent,
// "-" where nothing was to be measured.
func (r *Report) WriteTable(w io.Writer, order []string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s, buffer of %d transitions; shares in %%, [95 %% interval over episodes]\n\n", r.Env, r.Buffer)
	for _, split := range []string{"seen", "unseen"} {
		r.splitTable(t, split, order)
	}
	r.spentTable(t, order)
	r.sizesTable(t, order)
	r.evidenceTable(t, order)
	r.consistencyTable(t, order)
	r.chanceTable(t, order)
	r.ladderTable(t)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("fidelity: write table: %w", err)
	}
	return nil
}

// splitTable has a row for each metric and a column for each model.
func (r *Report) splitTable(w io.Writer, split string, order []string) {
	first, measured := Scores{}, false
	for _, name := range order {
		if s, ok := r.Models[name][split]; ok && !measured {
			first, measured = s, true
		}
	}
	if !measured {
		fmt.Fprintf(w, "%s: no episodes\t\n\n", split)
		return
	}
	fmt.Fprintf(w, "%s: %d episodes, %d steps\t%s\t\n", split, first.Episodes, first.Steps, strings.Join(order, "\t"))
	for _, m := range metrics() {
		fmt.Fprintf(w, "%s\t", m.name)
		for _, name := range order {
			s := r.Models[name][split]
			fmt.Fprintf(w, "%s%s\t", percent(m.of(&s)), r.interval(name, split, m.name))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "verdicts tp/fp/fn/tn\t")
	for _, name := range order {
		v := r.Models[name][split].Verdicts
		fmt.Fprintf(w, "%d/%d/%d/%d\t", v.TP, v.FP, v.FN, v.TN)
	}
	fmt.Fprint(w, "\n\n")
}

func (r *Report) interval(name, split, metric string) string {
	i, ok := r.Intervals[name][split][metric]
	if !ok {
		return ""
	}
	return fmt.Sprintf(" [%.0f-%.0f]", 100*i[0], 100*i[1])
}

func percent(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f", 100**v)
}

// spentTable shows what a step takes of models that ask an endpoint.
func (r *Report) spentTable(w io.Writer, order []string) {
	header := "a step takes\tsplit\tasked\tdisagreed\tcompletions\tprompt tokens\tat hand\tanswer tokens\tcost\tms p50\tp99\t\n"
	for _, name := range order {
		for _, split := range []string{"seen", "unseen"} {
			s, ok := r.Spent[name][split]
			if !ok || s.Asked == 0 {
				continue
			}
			fmt.Fprint(w, header)
			header = ""
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.2f\t%.0f\t%.0f\t%.0f\t%.6f\t%.1f\t%.1f\t\n", name, split, percent(&s.Asked), percent(&s.Disagreed),
				s.Completions, s.PromptTokens, s.CachedTokens, s.CompletionTokens, s.Cost, s.LatencyP50, s.LatencyP99)
		}
	}
	if header == "" {
		fmt.Fprintln(w)
	}
}

// sizesTable shows how the headline figures grow with the buffer.
func (r *Report) sizesTable(w io.Writer, order []string) {
	if len(r.ByBuffer) < 2 {
		return
	}
	header := "buffer\tmodel\tsplit"
	row := func(s *Scores) []*float64 {
		return []*float64{s.Exact, s.ExactKnowable, s.LineF1, s.RewardRecall, s.RewardPrecision, s.InvalidRecall, s.VerdictAgreement}
	}
	fmt.Fprintf(w, "%s\texact\tknowable\tline_f1\treward_recall\treward_precision\tinvalid_recall\tverdicts\t\n", header)
	for _, level := range r.ByBuffer {
		for _, name := range order {
			for _, split := range []string{"seen", "unseen"} {
				if s, ok := level.Models[name][split]; ok {
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", level.Buffer, name, split, cells(row(&s)))
				}
			}
		}
	}
	fmt.Fprintln(w)
}

func cells(values []*float64) string {
	var b strings.Builder
	for _, v := range values {
		b.WriteString(percent(v) + "\t")
	}
	return b.String()
}

// evidenceTable shows what rests on which kind of recording, for the first model.
func (r *Report) evidenceTable(w io.Writer, order []string) {
	if len(order) == 0 {
		return
	}
	fmt.Fprintf(w, "%s, recorded\tsplit\tsteps\texact\tknowable\treward_recall\treward_precision\t\n", order[0])
	for _, kind := range []string{"same", "scene", "elsewhere"} {
		for _, split := range []string{"seen", "unseen"} {
			if s, ok := r.ByEvidence[order[0]][split][kind]; ok {
				fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", kind, split, s.Steps,
					cells([]*float64{s.Exact, s.ExactKnowable, s.RewardRecall, s.RewardPrecision}))
			}
		}
	}
	fmt.Fprintln(w)
}

func (r *Report) consistencyTable(w io.Writer, order []string) {
	if len(r.SelfConsistency) == 0 {
		return
	}
	fmt.Fprint(w, "self-consistency\tsplit\tviews again\tthe same\tthings again\tin one place\t\n")
	for _, name := range order {
		for _, split := range []string{"seen", "unseen"} {
			if c, ok := r.SelfConsistency[name][split]; ok {
				fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d\t%s\t\n", name, split, c.Views, percent(c.SameViews), c.Things, percent(c.OnePlace))
			}
		}
	}
	fmt.Fprintln(w)
}

// chanceTable has a row for each model and split; none where no step was repeated.
func (r *Report) chanceTable(w io.Writer, order []string) {
	first := true
	for _, name := range order {
		for _, split := range []string{"seen", "unseen"} {
			c := r.Chance[name][split]
			if c.Steps == 0 {
				continue
			}
			if first {
				fmt.Fprint(w, "chance\tsplit\trepeated\tsteps\ttotal variation\t(floor)\tlog score\t(recorded)\t\n")
				first = false
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%.2f\t%.2f\t\n", name, split, c.Kinds, c.Steps,
				percent(c.TotalVariation), percent(c.TotalVariationFloor), *c.LogScore, *c.LogScoreRecorded)
		}
	}
	if !first {
		fmt.Fprintln(w)
	}
}

func (r *Report) ladderTable(w io.Writer) {
	for _, split := range sortedKeys(r.Ladder) {
		l := r.Ladder[split]
		fmt.Fprintf(w, "ladder, %s: random actions\tepisodes\treal success\tdream success\trefused\t\n", split)
		for _, rung := range l.Rungs {
			fmt.Fprintf(w, "%.0f %%\t%d\t%.1f\t%.1f\t%.1f\t\n", 100*rung.Noise, rung.Episodes, 100*rung.Real, 100*rung.Dream, 100*rung.Refused)
		}
		fmt.Fprintf(w, "Spearman %s, mean error %s\t\n\n", percent(l.Spearman), percent(l.MeanError))
	}
	for _, split := range sortedKeys(r.ExploitGap) {
		g := r.ExploitGap[split]
		fmt.Fprintf(w, "exploit gap, %s (%s)\tdream %.1f\treal %.1f\tgap %.1f\tof %d wins %d false, %d of them unfounded\t\n",
			split, g.Method, 100*g.Dream, 100*g.Real, 100*g.Gap, g.Wins, g.FalseWins, g.Unfounded)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
