package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
)

// modelMetrics counts what a language model's endpoint gives and takes.
type modelMetrics struct {
	answers *prometheus.CounterVec // source
	tokens  *prometheus.CounterVec // kind
	errors  *prometheus.CounterVec // code
	seconds prometheus.Histogram
}

// newModelMetrics makes the metrics and registers them.
func newModelMetrics(r prometheus.Registerer) *modelMetrics {
	counter := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dreamgym_model_" + name, Help: help}, []string{label})
	}
	m := &modelMetrics{
		answers: counter("answers_total", "Completions of the language model, by where they came from: the endpoint, or the store.", "source"),
		tokens:  counter("tokens_total", "Tokens that the endpoint counted: prompt, cached (of the prompt's), completion.", "kind"),
		errors:  counter("errors_total", "Requests for completions that failed, after their retries.", "code"),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "dreamgym_model_seconds", Help: "Time until the endpoint's answer, with retries.", Buckets: prometheus.ExponentialBuckets(0.01, 2, 14),
		}),
	}
	r.MustRegister(m.answers, m.tokens, m.errors, m.seconds)
	return m
}

func (m *modelMetrics) observe(a endpoint.Answer, err error) {
	switch {
	case err != nil:
		m.errors.WithLabelValues(string(gym.CodeOf(err))).Inc()
		return
	case a.Stored:
		m.answers.WithLabelValues("store").Inc()
		return
	}
	m.answers.WithLabelValues("endpoint").Inc()
	m.seconds.Observe(a.Latency.Seconds())
	m.tokens.WithLabelValues("prompt").Add(float64(a.Usage.PromptTokens))
	m.tokens.WithLabelValues("cached").Add(float64(a.Usage.CachedTokens))
	m.tokens.WithLabelValues("completion").Add(float64(a.Usage.CompletionTokens))
}
