package main

import (
	"fmt"
	"slices"
)

// p50 is the median of what was taken, in ms.
func p50(seconds []float64) float64 {
	sorted := slices.Sorted(slices.Values(seconds))
	return 1000 * sorted[len(sorted)/2]
}

// webRows are the measures beside the peer's. They are told as so many times less.
func webRows(all []versusWeb, shipped visited) []row {
	page := func(v visited) float64 { return p50(v.Page) }
	place := func(v visited) float64 { return p50(v.Place) }
	reset := func(v visited) float64 { return p50(v.Reset) }
	cost := func(v visited) float64 { return v.cpu }
	one := func(measure string, figure func(visited) float64, most, times float64) row {
		ours := medianOf(all, func(v versusWeb) float64 { return figure(v.ours) })
		less := medianOf(all, func(v versusWeb) float64 { return figure(v.tuned) / figure(v.ours) })
		r := row{measure: measure, ours: fmt.Sprintf("%.1f ms", ours), ratio: fmt.Sprintf("1/%.0f of tuned", less), aim: fmt.Sprintf("≤ 1/%.0f", times),
			limit: fmt.Sprintf("tuned %.0f ms, as shipped %.0f ms", medianOf(all, func(v versusWeb) float64 { return figure(v.tuned) }), figure(shipped))}
		if most > 0 {
			r.aim = fmt.Sprintf("≤ %.0f ms, %s", most, r.aim)
		}
		r.met = verdict(less >= times && (most == 0 || ours <= most))
		return r
	}
	return []row{
		one("a step to a new page, p50", page, 15, 10),
		one("a step in place, p50", place, 6, 25),
		one("processor time of a step", cost, 0, 8),
		one("a reset, p50", reset, 35, 20),
	}
}

func heldRow(bytes float64) row {
	mib := bytes / (1 << 20)
	return row{"memory of a live page", fmt.Sprintf("%.1f MiB", mib), "—", "—", "≤ 30 MB", verdict(bytes <= 30e6)}
}

func bareRow(_ string, m map[string]float64) row {
	return row{"what one visitor's steps take without us, p50", "—", fmt.Sprintf("bare CDP: a new page %.1f ms, in place %.1f ms", m["page-p50-ms"], m["place-p50-ms"]),
		"—", "told", "—"}
}

func surfRow(_ string, m map[string]float64) row {
	return row{"steps to new pages, four visitors at once", fmt.Sprintf("%.0f/s", m["steps/s"]), fmt.Sprintf("bare CDP %.0f/s", m["raw-steps/s"]),
		fmt.Sprintf("%.2f", m["share"]), "≥ 0.85", verdict(m["share"] >= 0.85)}
}

func eventualRow(_ string, m map[string]float64) row {
	return row{"premature observations of asynchronous pages", fmt.Sprintf("%.0f of %.0f", m["premature"], m["steps"]), "—", "—", "0", verdict(m["premature"] == 0)}
}

func idleRow(_ string, m map[string]float64) row {
	return row{"500 idle sessions, parked beyond 64", fmt.Sprintf("%.0f MiB; wake p50 %.0f ms, p95 %.0f ms", m["MiB"], m["wake-p50-ms"], m["wake-p95-ms"]), "—", "—",
		"≤ 3 GiB, p50 ≤ 150 ms", verdict(m["MiB"] <= 3<<10 && m["wake-p50-ms"] <= 150)}
}
