package distill

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/experience"
)

// Annotator has a teacher say why recorded steps came out as they did.
type Annotator struct {
	Teacher Asker
	// Check predicts the outcome from the teacher's reasoning; the teacher when it has no
	// client.
	Check     Asker
	Prompting Prompting
	// Splits to annotate; train when empty.
	Splits []gym.Split
	// Budget and Limit bound a run: what it may cost, in the prices' money, and how many
	// steps it annotates; 0: no bound. What is under way when the budget is spent is
	// finished, so that at most Workers steps go beyond it.
	Budget float64
	Limit  int
	// Workers is how many steps are annotated at once; 1 when zero.
	Workers int
	// Progress is told how far it has come, every other second; nil: nobody.
	Progress io.Writer
}

// Summary is what a run did.
type Summary struct {
	Earlier   int         `json:"earlier"`   // steps that were annotated before
	Annotated int         `json:"annotated"` // steps of this run
	Kept      int         `json:"kept"`      // of these
	Left      int         `json:"left"`      // steps that are still to be annotated
	Dropped   map[Why]int `json:"dropped"`   // those that were not kept, by reason
	Usage     Usage       `json:"usage"`
}

// Run appends an annotation of every step that has none to a file. When it fails or is
// cancelled, all that was annotated is in the file, which another run goes on with. Errors
// have the codes of [endpoint.Client.Chat]; CodeStorage where the file fails.
func (a *Annotator) Run(ctx context.Context, s Source, path string) (sum Summary, err error) {
	p, err := newPrompter(&s, a.Prompting)
	if err != nil {
		return sum, err
	}
	l, err := openLog(path)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	r := a.begin(&s, p, l)
	stop := r.report(a.Progress)
	err = r.run(ctx)
	stop()
	if ctx.Err() != nil {
		err = gym.Errorf(gym.CodeCanceled, "interrupted; what was annotated stays, and the next run goes on from there")
	}
	return r.summary(), err
}

// annotating is a run under way.
type annotating struct {
	*Annotator
	prompter *prompter
	log      *log
	episodes []experience.Episode // those whose split is annotated
	todo     int

	mu  sync.Mutex
	sum Summary
}

func (a *Annotator) begin(s *Source, p *prompter, l *log) *annotating {
	r := &annotating{Annotator: a, prompter: p, log: l, sum: Summary{Dropped: map[Why]int{}}}
	splits := a.Splits
	if len(splits) == 0 {
		splits = []gym.Split{gym.SplitTrain}
	}
	for _, e := range s.Episodes {
		if !slices.Contains(splits, e.Split) {
			continue
		}
		r.episodes = append(r.episodes, e)
		for i := range e.Steps {
			if r.wanted(&e.Steps[i]) {
				r.todo++
			} else {
				r.sum.Earlier++
			}
		}
	}
	return r
}

// wanted tells whether a step is still to be annotated.
func (r *annotating) wanted(t *experience.Transition) bool {
	_, done := r.log.done[t.Ref().String()]
	return !done
}

func (r *annotating) run(ctx context.Context) error {
	jobs := make(chan asked)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(jobs)
		return r.feed(ctx, jobs)
	})
	for range max(1, r.Workers) {
		g.Go(func() error { return r.work(ctx, jobs) })
	}
	return g.Wait()
}

// feed hands out steps until none is left, or a bound is reached.
func (r *annotating) feed(ctx context.Context, jobs chan<- asked) error {
	handed := 0
	unknown := func(experience.Ref) string { return "" } // the steps before may not be annotated yet
	for i := range r.episodes {
		for q, err := range r.prompter.steps(ctx, &r.episodes[i], unknown, r.wanted) {
			if err != nil {
				return err
			}
			if r.Limit > 0 && handed == r.Limit || r.spent() {
				return nil
			}
			select {
			case jobs <- q:
				handed++
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

func (r *annotating) work(ctx context.Context, jobs <-chan asked) error {
	for q := range jobs {
		if r.spent() { // since it was handed out
			continue
		}
		row, err := r.annotate(ctx, q)
		if err != nil {
			return err
		}
		if err := r.put(row); err != nil {
			return err
		}
	}
	return nil
}

// annotate has the teacher explain a step, and the outcome predicted from that.
func (r *annotating) annotate(ctx context.Context, q asked) (Annotation, error) {
	row := Annotation{SchemaVersion: SchemaVersion, Ref: q.step.Ref().String()}
	shown := r.prompter.shape.Demonstration(q.step)
	said, err := r.Teacher.ask(ctx, with(q.messages, explain, shown), "reasoning", []byte(traceSchema))
	if err != nil {
		return row, row.tooLong(err)
	}
	row.Usage.add(said, r.Teacher.Price)
	var readable bool
	if row.Reasoning, readable = readTrace(said); !readable {
		row.Why = WhyTeacher
		return row, nil
	}
	check := r.Check
	if check.Client == nil {
		check = r.Teacher
	}
	foretold, err := check.ask(ctx, with(q.messages, predict, row.Reasoning), "step", r.prompter.shape.Schema())
	if err != nil {
		return row, row.tooLong(err)
	}
	row.Usage.add(foretold, check.Price)
	row.Why = held(r.prompter.shape, foretold, q.step)
	row.Kept = row.Why == ""
	return row, nil
}

// tooLong makes of a request that is too long for the endpoint a step that is not kept;
// another error stays.
func (a *Annotation) tooLong(err error) error {
	if endpoint.ReasonOf(err) != endpoint.ReasonContext {
		return err
	}
	a.Why = WhyContext
	return nil
}

// put writes a row and counts it.
func (r *annotating) put(row Annotation) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.log.append(row); err != nil {
		return err
	}
	r.sum.count(row)
	return nil
}

func (s *Summary) count(row Annotation) {
	s.Annotated++
	if row.Kept {
		s.Kept++
	} else {
		s.Dropped[row.Why]++
	}
	s.Usage.Completions += row.Usage.Completions
	s.Usage.PromptTokens += row.Usage.PromptTokens
	s.Usage.CachedTokens += row.Usage.CachedTokens
	s.Usage.CompletionTokens += row.Usage.CompletionTokens
	s.Usage.Cost += row.Usage.Cost
}

// spent tells whether the budget is.
func (r *annotating) spent() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Budget > 0 && r.sum.Usage.Cost >= r.Budget
}

func (r *annotating) summary() Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum.Left = r.todo - r.sum.Annotated
	return r.sum
}
