package session

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what sessions do.
type Metrics struct {
	sessions     prometheus.Gauge
	steps        *prometheus.CounterVec // env, backend
	resets       *prometheus.CounterVec
	stepSeconds  *prometheus.HistogramVec // backend
	resetSeconds *prometheus.HistogramVec
	errors       *prometheus.CounterVec // code
	ended        *prometheus.CounterVec // reason, backend
	unsure       *prometheus.CounterVec // env: dreams that ran out of evidence
	abandoned    prometheus.Counter
}

// NewMetrics makes the metrics and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dreamgym_" + name, Help: help}, labels)
	}
	seconds := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "dreamgym_" + name, Help: help, Buckets: prometheus.ExponentialBuckets(0.00002, 4, 11),
		}, []string{"backend"})
	}
	m := &Metrics{
		sessions:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "dreamgym_sessions", Help: "Open sessions."}),
		steps:        counter("steps_total", "Steps carried out.", "env", "backend"),
		resets:       counter("resets_total", "Episodes begun.", "env", "backend"),
		stepSeconds:  seconds("step_seconds", "Time that environments took to step."),
		resetSeconds: seconds("reset_seconds", "Time that environments took to reset."),
		errors:       counter("errors_total", "Requests of sessions answered with an error.", "code"),
		ended:        counter("episodes_ended_total", "Episodes by how they ended: terminated, truncated, aborted.", "backend", "reason"),
		unsure:       counter("insufficient_evidence_total", "Dreams refused at reset or stopped for want of evidence.", "env"),
		abandoned:    prometheus.NewCounter(prometheus.CounterOpts{Name: "dreamgym_abandoned_total", Help: "Environments given up because they did not return."}),
	}
	r.MustRegister(m.sessions, m.steps, m.resets, m.stepSeconds, m.resetSeconds, m.errors, m.ended, m.unsure, m.abandoned)
	return m
}
