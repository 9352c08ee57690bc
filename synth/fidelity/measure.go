package fidelity

import (
	"context"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// Data is what to measure on.
type Data struct {
	// Spec is the environment's registration.
	Spec gym.Spec
	// Train fills the buffer. The other splits are held out.
	Train, Seen, Unseen []experience.Episode
}

// FromRecording takes the splits of an imported recording.
func FromRecording(r *experience.Recording) Data {
	return Data{Spec: r.Spec(), Train: r.Of(gym.SplitTrain), Seen: r.Of(gym.SplitSeen), Unseen: r.Of(gym.SplitUnseen)}
}

// Options say how to measure. The zero value works but for Models.
type Options struct {
	// Models to measure, in the order in which they are shown.
	Models []model.Model
	// Sizes of the buffer in transitions, beside the whole of train; nil: 300, 1,000, 3,000, … below it.
	Sizes []int
	// Most bounds the held-out steps of each split, in whole episodes; 0: all.
	Most int
	// Brief measures predictions one step ahead and verdicts alone, with the whole buffer.
	Brief bool
	// Seed decides the draws of freely dreamed episodes and of the intervals.
	Seed int64
	// Resamples of the episodes for the intervals; 1,000 when zero, none when negative.
	Resamples int
	// Workers is how many episodes are measured at the same time; one a processor when zero.
	Workers int
	// Progress is told how far it is; nil: nobody.
	Progress io.Writer
}

// Measure measures every model on every held-out split at every size of the buffer.
func Measure(ctx context.Context, d Data, o Options) (*Report, error) {
	if len(d.Train) == 0 {
		return nil, gym.Errorf(gym.CodeInsufficientEvidence, "there is no training episode to fill the buffer from; record real episodes of the split train first")
	}
	d.Seen, d.Unseen = atMost(d.Seen, o.Most), atMost(d.Unseen, o.Most)
	r := &run{data: d, options: o.withDefaults(), yardstick: newYardstick(d.Train)}
	report := &Report{Env: d.Spec.ID, Intervals: make(map[string]map[string]map[string]Interval), ByEvidence: make(map[string]map[string]map[string]Scores)}
	for _, buffer := range r.buffers() {
		level, results, err := r.level(ctx, buffer)
		if err != nil {
			return nil, err
		}
		report.ByBuffer = append(report.ByBuffer, level)
		report.Buffer, report.Models = level.Buffer, level.Models
		if !buffer.whole {
			continue
		}
		r.detail(report, results)
		if o.Brief {
			continue
		}
		if report.SelfConsistency, err = r.consistencies(ctx, buffer); err != nil {
			return nil, err
		}
		if report.Chance, err = r.chances(ctx, buffer); err != nil {
			return nil, err
		}
	}
	return report, nil
}

func (o Options) withDefaults() Options {
	if o.Resamples == 0 {
		o.Resamples = 1000
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if o.Brief {
		o.Sizes = []int{}
	}
	return o
}

// atMost are the first episodes with so many steps together, at least one; all where most
// is 0.
func atMost(all []experience.Episode, most int) []experience.Episode {
	if most <= 0 {
		return all
	}
	n := 0
	for i := range all {
		if n += len(all[i].Steps); n > most && i > 0 {
			return all[:i]
		}
	}
	return all
}

// run is one call of Measure.
type run struct {
	data      Data
	options   Options
	yardstick *yardstick
}

// buffer is a part of the training episodes.
type buffer struct {
	snapshot *experience.Snapshot
	scenes   map[string]bool
	whole    bool
}

// buffers fills one for each size, smallest first; the last holds all of train.
func (r *run) buffers() []buffer {
	total := 0
	for i := range r.data.Train {
		total += len(r.data.Train[i].Steps)
	}
	sizes := r.options.Sizes
	if sizes == nil {
		sizes = ladderOfSizes(total)
	}
	var all []buffer
	for _, size := range slices.Sorted(slices.Values(sizes)) {
		if size > 0 && size < total {
			all = append(all, fill(r.data.Train, size))
		}
	}
	return append(all, fill(r.data.Train, math.MaxInt))
}

// ladderOfSizes are 300, 1,000, 3,000, 10,000 and so on, well below total.
func ladderOfSizes(total int) []int {
	var sizes []int
	for size := 300; size < total*2/3; size = size * 10 / 3 {
		sizes = append(sizes, size-size%100)
	}
	return sizes
}

// fill adds episodes until there are size transitions.
func fill(train []experience.Episode, size int) buffer {
	b := experience.NewBuffer(0)
	scenes := make(map[string]bool)
	n := 0
	for i := range train {
		if n >= size {
			return buffer{snapshot: b.Snapshot(), scenes: scenes}
		}
		n += b.Add(train[i].Steps)
		scenes[train[i].Scene] = true
	}
	return buffer{snapshot: b.Snapshot(), scenes: scenes, whole: true}
}

// heldOut are the episodes of a split to measure with a buffer. A buffer that holds a
// part of train knows a part of its scenes: seen are then the episodes in those.
func (r *run) heldOut(split gym.Split, b buffer) []experience.Episode {
	if split == gym.SplitUnseen {
		return r.data.Unseen
	}
	if b.whole {
		return r.data.Seen
	}
	return slices.DeleteFunc(slices.Clone(r.data.Seen), func(e experience.Episode) bool { return !b.scenes[e.Scene] })
}

// results are what each model made of each split's episodes.
type results map[string]map[gym.Split][]followed

// level measures all models with one buffer.
func (r *run) level(ctx context.Context, b buffer) (Level, results, error) {
	level := Level{Buffer: b.snapshot.Len(), Models: make(map[string]map[string]Scores)}
	all := make(results)
	for _, m := range r.options.Models {
		s := &subject{model: m, spec: r.data.Spec, snapshot: b.snapshot, seed: r.options.Seed}
		level.Models[nameOf(m)] = make(map[string]Scores)
		all[nameOf(m)] = make(map[gym.Split][]followed)
		for _, split := range []gym.Split{gym.SplitSeen, gym.SplitUnseen} {
			held := r.heldOut(split, b)
			if len(held) == 0 {
				continue
			}
			f, err := r.followAll(ctx, s, split, held)
			if err != nil {
				return level, nil, fmt.Errorf("fidelity of %s on %s: %w", nameOf(m), split, err)
			}
			level.Models[nameOf(m)][string(split)] = score(f, "")
			all[nameOf(m)][split] = f
		}
	}
	return level, all, nil
}

// followAll measures episodes, several at a time.
func (r *run) followAll(ctx context.Context, s *subject, split gym.Split, held []experience.Episode) ([]followed, error) {
	all := make([]followed, len(held))
	err := r.each(ctx, s, string(split), len(held), func(ctx context.Context, i int) (err error) {
		all[i], err = s.follow(ctx, r.yardstick, &held[i])
		return err
	})
	return all, err
}

// each calls do for n episodes, several at a time.
func (r *run) each(ctx context.Context, s *subject, what string, n int, do func(ctx context.Context, i int) error) error {
	p := progress{w: r.options.Progress, what: fmt.Sprintf("%s, buffer %d, %s", nameOf(s.model), s.snapshot.Len(), what), total: n}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.options.Workers)
	for i := range n {
		group.Go(func() error {
			defer p.step()
			return do(ctx, i)
		})
	}
	return group.Wait()
}

// progress tells every tenth of the way.
type progress struct {
	w     io.Writer
	what  string
	total int

	mu   sync.Mutex
	done int
}

func (p *progress) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if tenth := max(1, p.total/10); p.done%tenth == 0 || p.done == p.total {
		fmt.Fprintf(p.w, "%s: %d of %d episodes\n", p.what, p.done, p.total)
	}
}

// score sums up episodes; with an evidence, the steps of that kind alone and no verdicts.
func score(all []followed, evidence string) Scores {
	var t tally
	errors := make(map[string]*meanError)
	episodes := 0
	for i := range all {
		before := t.steps
		t.addEpisode(&all[i], evidence, errors)
		episodes += one(t.steps > before)
	}
	return t.scores(episodes, errors)
}

// addEpisode counts an episode's steps and, unless only some evidence counts, its verdict.
func (t *tally) addEpisode(f *followed, evidence string, errors map[string]*meanError) {
	for i := range f.steps {
		c := &f.steps[i]
		if evidence != "" && c.evidence != evidence {
			continue
		}
		t.countStep(c)
		e := errors[f.task]
		if e == nil {
			e = new(meanError)
			errors[f.task] = e
		}
		e.sum += c.rewardError
		e.n++
	}
	if evidence == "" {
		t.countVerdict(f.verdict)
	}
}
