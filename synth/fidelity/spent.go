package fidelity

import (
	"slices"
	"time"

	"dreamgym/synth/model"
)

// Spent is what predicting a step takes, on average over all held-out steps, whether an
// endpoint was asked for them or not.
type Spent struct {
	// Asked is the share of steps for which a language model was asked.
	Asked            float64 `json:"asked"`
	Completions      float64 `json:"completions"`
	PromptTokens     float64 `json:"prompt_tokens"`
	CachedTokens     float64 `json:"cached_tokens"`
	CompletionTokens float64 `json:"completion_tokens"`
	Cost             float64 `json:"cost"`
	// Disagreed is the share of steps at which models, or a model and the recordings, said
	// different things.
	Disagreed float64 `json:"disagreed"`
	// Latency of a step in milliseconds: the median, and the 99th of 100. Answers that were
	// kept take next to none.
	LatencyP50 float64 `json:"latency_ms_p50"`
	LatencyP99 float64 `json:"latency_ms_p99"`
}

// spending sums up what steps took.
type spending struct {
	usage            model.Usage
	asked, disagreed int
	latencies        []time.Duration
}

func (s *spending) add(p *model.Prediction, took time.Duration) {
	s.latencies = append(s.latencies, took)
	s.disagreed += one(p.Disagreed)
	if u := p.Usage; u != nil {
		s.asked++
		s.usage.Completions += u.Completions
		s.usage.PromptTokens += u.PromptTokens
		s.usage.CachedTokens += u.CachedTokens
		s.usage.CompletionTokens += u.CompletionTokens
		s.usage.Cost += u.Cost
	}
}

// spentOn sums up over episodes.
func spentOn(all []followed) Spent {
	var s spending
	for i := range all {
		o := &all[i].spent
		s.asked, s.disagreed, s.latencies = s.asked+o.asked, s.disagreed+o.disagreed, append(s.latencies, o.latencies...)
		s.usage.Completions += o.usage.Completions
		s.usage.PromptTokens += o.usage.PromptTokens
		s.usage.CachedTokens += o.usage.CachedTokens
		s.usage.CompletionTokens += o.usage.CompletionTokens
		s.usage.Cost += o.usage.Cost
	}
	n := float64(max(1, len(s.latencies)))
	each := func(sum int) float64 { return float64(sum) / n }
	slices.Sort(s.latencies)
	return Spent{
		Asked: each(s.asked), Completions: each(s.usage.Completions), PromptTokens: each(s.usage.PromptTokens),
		CachedTokens: each(s.usage.CachedTokens), CompletionTokens: each(s.usage.CompletionTokens), Cost: s.usage.Cost / n,
		Disagreed: each(s.disagreed), LatencyP50: s.latency(0.5), LatencyP99: s.latency(0.99),
	}
}

// latency is a quantile of the sorted latencies in milliseconds.
func (s *spending) latency(q float64) float64 {
	if len(s.latencies) == 0 {
		return 0
	}
	at := min(len(s.latencies)-1, int(q*float64(len(s.latencies))))
	return float64(s.latencies[at].Microseconds()) / 1000
}
