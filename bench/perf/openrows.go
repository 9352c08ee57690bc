package main

import (
	"fmt"
	"time"
)

// versus is a measure beside those of both forms of the peer.
type versus struct {
	measure, ours, theirs string
	times                 [2]float64 // how many times better than the default, than the fastest
	aims                  [2]float64 // 0: it is told alone
	less                  bool       // less is better
}

func (v versus) row() row {
	r := row{measure: v.measure, ours: v.ours, limit: v.theirs, aim: "told", met: "—"}
	r.ratio = v.factor(v.times[0], "%.1f") + " of the default, " + v.factor(v.times[1], "%.1f") + " of the fastest"
	sign := "≥ "
	if v.less {
		sign = "≤ "
	}
	if v.aims[0] > 0 {
		r.aim = sign + v.factor(v.aims[0], "%.0f")
		r.met = verdict(v.times[0] >= v.aims[0] && v.times[1] >= v.aims[1])
	}
	if v.aims[1] > 0 {
		r.aim += ", " + sign + v.factor(v.aims[1], "%.0f")
	}
	return r
}

// factor writes how many times better as one would say it of this measure.
func (v versus) factor(times float64, format string) string {
	if v.less {
		return "1/" + fmt.Sprintf(format, times)
	}
	return fmt.Sprintf(format, times) + "×"
}

// better is the median over rounds of how many times better a target is than each form of
// the peer; figure is what less of is better.
func better[T any](all [][openTargets]T, target int, figure func(T) float64) [2]float64 {
	over := func(peer int) float64 {
		return medianOf(all, func(r [openTargets]T) float64 { return figure(r[peer]) / figure(r[target]) })
	}
	return [2]float64{over(openDefault), over(openFastest)}
}

// told writes the medians of both forms of the peer, and of the echo.
func told[T any](all [][openTargets]T, write func(float64) string, figure func(T) float64) (ours func(target int) string, theirs string) {
	ours = func(target int) string {
		return write(medianOf(all, func(r [openTargets]T) float64 { return figure(r[target]) }))
	}
	return ours, fmt.Sprintf("default %s, fastest %s; bare echo %s", ours(openDefault), ours(openFastest), ours(openBare))
}

func milliseconds(d float64) string { return fmt.Sprintf("%.1f ms", d/float64(time.Millisecond)) }

func steppingRows(n int, all [][openTargets]speed) []row {
	sessions := counted(n)
	cost := func(s speed) float64 { return s.cpu }
	pace := func(s speed) float64 { return 1 / s.rate }
	tail := func(s speed) float64 { return float64(s.p99) }
	rates, peerRates := told(all, func(v float64) string { return fmt.Sprintf("%.0f/s", v) }, func(s speed) float64 { return s.rate })
	costs, peerCosts := told(all, func(v float64) string { return fmt.Sprintf("%.1f µs", v) }, cost)
	tails, peerTails := told(all, milliseconds, tail)
	rows := []row{
		versus{sessions + ", steps, recorded", rates(openRecorded), peerRates, better(all, openRecorded, pace), [2]float64{8, 4}, false}.row(),
		versus{sessions + ", steps, not recorded", rates(openUnrecorded), peerRates, better(all, openUnrecorded, pace), [2]float64{10, 6}, false}.row(),
		versus{sessions + ", the server's CPU per step, recorded", costs(openRecorded), peerCosts, better(all, openRecorded, cost), [2]float64{8, 4}, true}.row(),
	}
	aims := [2]float64{}
	if n >= 1024 {
		aims = [2]float64{8, 3}
	}
	return append(rows, versus{sessions + ", p99 of a step, recorded", tails(openRecorded), peerTails, better(all, openRecorded, tail), aims, true}.row())
}

func arrivalRows(n int, all [][openTargets]arrival, held [openTargets]float64) []row {
	connect := func(a arrival) float64 { return float64(a.connect) }
	ready := func(a arrival) float64 { return float64(a.ready) }
	connects, peerConnects := told(all, milliseconds, connect)
	readies, _ := told(all, milliseconds, ready)
	kib := func(i int) string { return fmt.Sprintf("%.1f KiB", held[i]/1024) }
	weights := [2]float64{held[openDefault] / held[openRecorded], held[openFastest] / held[openRecorded]}
	return []row{
		versus{fmt.Sprintf("connect p50, %d sessions", n), connects(openRecorded), peerConnects, better(all, openRecorded, connect), [2]float64{12, 0}, true}.row(),
		versus{fmt.Sprintf("ready p50, %d sessions", n), readies(openRecorded), fmt.Sprintf("default %s, fastest %s", readies(openDefault), readies(openFastest)),
			better(all, openRecorded, ready), [2]float64{}, true}.row(),
		versus{fmt.Sprintf("RSS of an idle session, of %d", n), kib(openRecorded), fmt.Sprintf("default %s, fastest %s", kib(openDefault), kib(openFastest)), weights, [2]float64{2, 2}, true}.row(),
	}
}

func heldRows(a arrival, took, stepped time.Duration, each float64, all openLanes) []row {
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
	answered := 0
	for _, l := range all {
		if l.check() == nil {
			answered++
		}
	}
	return []row{
		{fmt.Sprintf("%d sessions at once, connect", len(all)), fmt.Sprintf("p50 %s, p99 %s, all in %s", milliseconds(float64(a.connect)), milliseconds(float64(a.tail)), seconds(took)),
			"—", "—", "p50 ≤ 15 ms", verdict(a.connect <= 15*time.Millisecond)},
		{fmt.Sprintf("%d sessions at once, each stepped", len(all)), fmt.Sprintf("%d in %s; %.1f KiB a session", answered, seconds(stepped), each/1024),
			"—", "—", "all of them", verdict(answered == len(all))},
	}
}
