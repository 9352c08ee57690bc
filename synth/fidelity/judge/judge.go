// Package judge lets a language model score dreamed steps by the paper's rubric
// (arXiv:2511.03773, section 5): consistency, diversity, informativeness, hallucination, 0
// to 2 each. It also scores steps whose answers are known, and so tells how far the judge
// is to be trusted.
package judge

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"

	"golang.org/x/sync/errgroup"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/fidelity"
	"dreamgym/synth/model"
)

// Options say what to judge.
type Options struct {
	// Models whose predictions are judged, beside the real outcomes.
	Models []model.Model
	// Sample is how many held-out steps are judged of each; 100 when zero.
	Sample int
	// Known is how many steps of each kind with known answers are judged; 25 when zero.
	Known int
	// Seed decides the sample and the order.
	Seed int64
	// MaxTokens of a judgement; 512 when zero.
	MaxTokens int
	// Workers is how many judgements are under way at once; 16 when zero.
	Workers int
	// Progress is told how far it is; nil: nobody.
	Progress io.Writer
}

// Criteria are what is scored, in order.
func Criteria() []string {
	return []string{"consistency", "diversity", "informativeness", "hallucination"}
}

// Score of each criterion, 0 to 2, in the order of Criteria.
type Score [4]int

// real is whose outcomes the recorded ones are.
const real = "real"

// Judge judges predictions of held-out steps and real outcomes, without the judge knowing
// which is which, and steps with known answers among them.
func Judge(ctx context.Context, client *endpoint.Client, d fidelity.Data, o Options) (*Report, error) {
	o = o.withDefaults()
	rng := rand.New(rand.NewPCG(uint64(o.Seed), 1))
	items, err := sample(ctx, d, o, rng)
	if err != nil {
		return nil, err
	}
	items = append(items, known(d, o.Known, rng)...)
	rng.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	b := &bench{client: client, o: o, items: items}
	if err := b.judge(ctx); err != nil {
		return nil, err
	}
	return report(d.Spec.ID, client.Model(), items), nil
}

func (o Options) withDefaults() Options {
	for n, def := range map[*int]int{&o.Sample: 100, &o.Known: 25, &o.MaxTokens: 512, &o.Workers: 16} {
		if *n == 0 {
			*n = def
		}
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return o
}

// bench is one call of Judge.
type bench struct {
	client *endpoint.Client
	o      Options
	items  []*item

	mu   sync.Mutex
	done int
}

// judge scores every item, several at a time.
func (b *bench) judge(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(b.o.Workers)
	for _, it := range b.items {
		group.Go(func() error {
			defer b.step()
			return b.score(ctx, it)
		})
	}
	return group.Wait()
}

func (b *bench) step() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done++
	if tenth := max(1, len(b.items)/10); b.done%tenth == 0 || b.done == len(b.items) {
		fmt.Fprintf(b.o.Progress, "judged: %d of %d\n", b.done, len(b.items))
	}
}

// score asks for an item's scores; what cannot be read is asked for once more, then left
// out and counted.
func (b *bench) score(ctx context.Context, it *item) error {
	for try := range 2 {
		temperature := 0.7 * float64(try)
		a, err := b.client.Chat(ctx, endpoint.Chat{Messages: messages(it), Schema: schema(), Name: "scores", Temperature: &temperature, MaxTokens: b.o.MaxTokens})
		if err != nil {
			return err
		}
		if s, err := read(a.Content); err == nil && a.Finish != "length" {
			it.score = &s
			return nil
		}
	}
	return nil
}

// errNoSteps is that there is nothing to judge.
func errNoSteps() error {
	return gym.Errorf(gym.CodeInsufficientEvidence, "no held-out step is recorded to judge: record episodes of the split seen or unseen, too")
}
