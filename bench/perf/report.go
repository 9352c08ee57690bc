package main

import (
	"fmt"
	"strings"
)

// row is one measure beside its limit and its aim.
type row struct {
	measure, ours, limit, ratio, aim, met string
}

// section is the rows of one part.
type section struct {
	title, note string
	rows        []row
	left        string // why nothing, or not everything, was measured
}

// report is everything that was measured in a run.
type report struct {
	options    options
	machine    string
	loadBefore string
	loadAfter  string
	sections   []section
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

func (r report) markdown() string {
	var b strings.Builder
	b.WriteString("# Performance\n\n")
	b.WriteString("Written by `make bench` (`make bench TEXTWORLD=FILE` where there are recordings of textworld). What counts are the ratios: both sides are measured in one run on the same cores, in three alternating rounds;\n" +
		"told are the medians, of ratios the median of the rounds' ratios.\n")
	b.WriteString("Absolute figures depend on the machine and on what else runs there.\n\n")
	fmt.Fprintf(&b, "Machine: %s. Load average when it began %s, when it ended %s.\n", r.machine, r.loadBefore, r.loadAfter)
	if r.options.short {
		b.WriteString("A short run: it shows that everything can be measured, and is too short to judge by.\n")
	}
	r.writeMissed(&b)
	for _, s := range r.sections {
		s.write(&b)
	}
	return b.String()
}

// writeMissed lists the aims that were not reached.
func (r report) writeMissed(b *strings.Builder) {
	b.WriteString("\nAims missed in this run:")
	none := " none"
	for _, s := range r.sections {
		for _, row := range s.rows {
			if row.met == verdict(false) {
				fmt.Fprintf(b, "\n- %s, %s: %s; the aim is %s", strings.ToLower(s.title), row.measure, row.ratio, row.aim)
				none = ""
			}
		}
	}
	b.WriteString(none + "\n")
}

func (s section) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n", s.title, s.note)
	if len(s.rows) > 0 {
		b.WriteString("\n| measure | ours | limit or peer | ratio | aim | |\n|---|---|---|---|---|---|\n")
	}
	for _, r := range s.rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join([]string{r.measure, r.ours, r.limit, r.ratio, r.aim, r.met}, " | "))
	}
	if s.left != "" {
		fmt.Fprintf(b, "\n%s\n", s.left)
	}
}
