package miniwob

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"dreamgym/envserver/gym"
)

// rawReset seeds and starts an episode and lists the controls, in one evaluate: what a
// reset costs at least.
const rawReset = `(async () => {
	core.EPISODE_MAX_TIME = 1e9;
	Math.seedrandom(%d);
	core.startEpisodeReal();
	const turn = () => new Promise((done) => { const c = new MessageChannel(); c.port1.onmessage = () => { c.port1.close(); done(); }; c.port2.postMessage(0); });
	await turn(); await turn();
	return [...document.querySelectorAll('#area a[href], #area button, #area input, #area select, #area textarea, #area p, #area span')].filter((e) => {
		const r = e.getBoundingClientRect(), s = getComputedStyle(e);
		return r.width > 0 && r.height > 0 && s.visibility === 'visible' && s.opacity !== '0';
	}).map((e) => [e.localName, e.innerText, e.value, e.checked, e.disabled]);
})()`

// BenchmarkReset takes a raw reset and one of ours in turn, on pages without
// animation. Aim: ratio ≤ 2.5.
func BenchmarkReset(b *testing.B) {
	for _, name := range []string{"click-checkboxes-large", "email-inbox-forward", "login-user"} {
		b.Run(name, func(b *testing.B) { benchReset(b, name) })
	}
}

func benchReset(b *testing.B, name string) {
	s, _ := testSuite(b, Config{})
	i := slices.IndexFunc(pages(), func(p page) bool { return p.name == name })
	e := &Env{suite: s, page: pages()[i]}
	defer e.Close()
	var raw, ours []time.Duration
	task := func(seed int) gym.ResetOptions {
		return gym.ResetOptions{Task: gym.Task{Seed: int64(seed), Scene: name}}
	}
	if _, err := e.Reset(b.Context(), task(1)); err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		begun := time.Now()
		var list []any
		if err := e.tab.Evaluate(b.Context(), fmt.Sprintf(rawReset, i%300+1), &list); err != nil {
			b.Fatal(err)
		}
		half := time.Now()
		ts, err := e.Reset(b.Context(), task(i%300+1))
		if err != nil {
			b.Fatal(err)
		}
		raw, ours = append(raw, half.Sub(begun)), append(ours, time.Since(half))
		if _, err := e.Step(b.Context(), gym.Action(ts.Observation.Actions[0])); err != nil { // as in use: a reset follows steps
			b.Fatal(err)
		}
	}
	r, o := median(raw), median(ours)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(r.Microseconds())/1000, "raw-p50-ms")
	b.ReportMetric(float64(o.Microseconds())/1000, "reset-p50-ms")
	b.ReportMetric(float64(o)/float64(r), "ratio")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// BenchmarkEpisodes plays solved episodes, steps alone counted.
func BenchmarkEpisodes(b *testing.B) {
	s, _ := testSuite(b, Config{})
	var steps []time.Duration
	for _, p := range pages() {
		if p.solve == nil || p.unplayable != "" {
			continue
		}
		e := &Env{suite: s, page: p}
		for seed := int64(1); seed <= 5; seed++ {
			ts, err := e.Reset(b.Context(), gym.ResetOptions{Task: gym.Task{Seed: seed, Scene: p.name}})
			for policy := newSolver(p); err == nil && !ts.Ended(); {
				begun := time.Now()
				ts, err = e.Step(b.Context(), policy.Act(ts))
				steps = append(steps, time.Since(begun))
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		e.Close()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(median(steps).Microseconds())/1000, "step-p50-ms")
	b.ReportMetric(float64(steps[len(steps)*99/100].Microseconds())/1000, "step-p99-ms")
}
