package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"dreamgym/adapters/chrome"
)

// exportBrowsers registers metrics of what a meter counts.
func exportBrowsers(r prometheus.Registerer, m *chrome.Meter) {
	figure := func(of func(chrome.Count) int64) func() float64 {
		return func() float64 { return float64(of(m.Count())) }
	}
	counter := func(name, help string, of func(chrome.Count) int64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "dreamgym_chrome_" + name + "_total", Help: help}, figure(of)))
	}
	counter("launches", "Starts of browsers; more than one an adapter: it crashed.", func(c chrome.Count) int64 { return c.Launches })
	counter("refused", "Requests of pages for hosts that they may not reach.", func(c chrome.Count) int64 { return c.Refused })
	counter("interrupted", "Pages whose script or loading was stopped so that they could be observed.", func(c chrome.Count) int64 { return c.Interrupted })
	counter("lost", "Pages that crashed or answered no more.", func(c chrome.Count) int64 { return c.Lost })
}
