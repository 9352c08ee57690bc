package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// measureChrome runs the browser's own benchmarks, which take a raw step and one of ours
// in turn, and tells the medians of their ratios.
func measureChrome(ctx context.Context, o options, progress io.Writer) (section, error) {
	s := section{title: "Chrome", note: "The limit is the same trusted, pipelined input followed by one raw `Runtime.evaluate` that settles and lists the controls, in a page that holds nothing of ours; " +
		"for a reset, one raw evaluate that seeds, starts and lists. Pages without animation."}
	err := s.run(ctx, o, progress, []goBenchmark{
		{"./adapters/chrome", "BenchmarkStep", "200x", "20x", stepRow},
		{"./adapters/chrome", "BenchmarkSaturated", "5x", "1x", saturatedRow},
		{"./adapters/miniwob", "BenchmarkReset", "200x", "20x", resetRow},
	})
	return s, err
}

// goBenchmark is a benchmark of a package, how long it takes, and how its row is made.
type goBenchmark struct {
	pkg, name   string
	time, short string // as -benchtime has it, the second in a short run; "": not there
	row         func(name string, m map[string]float64) row
}

// run adds the rows of benchmarks to the section, and what was skipped.
func (s *section) run(ctx context.Context, o options, progress io.Writer, all []goBenchmark) error {
	for _, b := range all {
		runs, length := "3", b.time
		if o.short {
			runs, length = "1", b.short
		}
		if length == "" {
			s.left += fmt.Sprintf("Left out of a short run: %s of `%s`.\n", b.name, b.pkg)
			continue
		}
		fmt.Fprintf(progress, "%s: %s\n", strings.ToLower(s.title), b.name)
		out, err := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^"+b.name+"$", "-benchtime", length, "-count", runs, b.pkg).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", b.name, err, out)
		}
		measured := parseBenchmarks(out)
		if len(measured) == 0 {
			s.left += fmt.Sprintf("Left out: %s of `%s`: it was skipped here.\n", b.name, b.pkg)
		}
		for _, m := range measured {
			s.rows = append(s.rows, b.row(m.name, m.medians))
		}
	}
	return nil
}

// benchmark is the medians of one benchmark's metrics by unit.
type benchmark struct {
	name    string
	medians map[string]float64
}

// parseBenchmarks reads the output of go test -bench, in the order of first mention.
func parseBenchmarks(out []byte) []benchmark {
	values := make(map[string]map[string][]float64)
	var names []string
	for line := range bytes.Lines(out) {
		fields := strings.Fields(string(line))
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name, _ := strings.CutSuffix(fields[0], "-"+strconv.Itoa(runtime.GOMAXPROCS(0)))
		if values[name] == nil {
			values[name] = make(map[string][]float64)
			names = append(names, name)
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				values[name][fields[i+1]] = append(values[name][fields[i+1]], v)
			}
		}
	}
	var all []benchmark
	for _, name := range names {
		b := benchmark{name, make(map[string]float64)}
		for unit, vs := range values[name] {
			slices.Sort(vs)
			b.medians[unit] = vs[len(vs)/2]
		}
		all = append(all, b)
	}
	return all
}

func stepRow(_ string, m map[string]float64) row {
	return row{"a step, alone", fmt.Sprintf("p50 %.2f ms", m["step-p50-ms"]), fmt.Sprintf("raw %.2f ms", m["raw-p50-ms"]),
		fmt.Sprintf("%.2f×", m["ratio"]), "≤ 2.5×", verdict(m["ratio"] <= 2.5)}
}

func saturatedRow(_ string, m map[string]float64) row {
	return row{"steps, four pages at once", fmt.Sprintf("%.0f/s", m["steps/s"]), fmt.Sprintf("raw %.0f/s", m["raw-steps/s"]),
		fmt.Sprintf("%.2f", m["share"]), "≥ 0.7", verdict(m["share"] >= 0.7)}
}

func resetRow(name string, m map[string]float64) row {
	_, page, _ := strings.Cut(name, "/")
	return row{"a reset of " + page, fmt.Sprintf("p50 %.2f ms", m["reset-p50-ms"]), fmt.Sprintf("raw %.2f ms", m["raw-p50-ms"]),
		fmt.Sprintf("%.2f×", m["ratio"]), "≤ 2.5×", verdict(m["ratio"] <= 2.5)}
}
