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
	gauge := func(name, help string, of func(chrome.Count) int64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "dreamgym_chrome_" + name, Help: help}, figure(of)))
	}
	gauge("pages_live", "Pages in use that have a browser context.", func(c chrome.Count) int64 { return c.Live })
	gauge("pages_parked", "Pages in use that are parked.", func(c chrome.Count) int64 { return c.Parked })
	counter("parkings", "Pages that were parked.", func(c chrome.Count) int64 { return c.Parkings })
	counter("wakes", "Parked pages that were woken.", func(c chrome.Count) int64 { return c.Wakes })
	counter("unparked", "Pages that could not be parked as they were, and stayed.", func(c chrome.Count) int64 { return c.Unparked })
	counter("launches", "Starts of browsers; more than one an adapter: it crashed.", func(c chrome.Count) int64 { return c.Launches })
	counter("refused", "Requests of pages for hosts that they may not reach.", func(c chrome.Count) int64 { return c.Refused })
	counter("interrupted", "Pages whose script or loading was stopped so that they could be observed.", func(c chrome.Count) int64 { return c.Interrupted })
	counter("lost", "Pages that crashed or answered no more.", func(c chrome.Count) int64 { return c.Lost })
}
