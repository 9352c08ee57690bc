package rollout

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"dreamgym/clients/go"
	"dreamgym/envserver/gym"
)

// Job is one episode to play.
type Job struct {
	Env        string
	Backend    string // "": the environment's own
	Policy     Policy
	Split      gym.Split
	Index      *int64 // of the task; nil: chosen by Seed
	Seed       int64
	Evaluation bool
}

// Outcome is what came of a job.
type Outcome struct {
	Job
	Episode string
	Task    string
	Steps   int
	Return  float64
	// Ended: the episode terminated or was truncated. GaveUp: the policy had no more to say,
	// or the episode grew longer than Runner.MaxSteps.
	Ended, GaveUp bool
	// Stop is why a truncated episode ended.
	Stop string
	// Failure is set where infrastructure failed or a dream was refused.
	Failure gym.Code
	// Reason says why an episode does not count; "" where it does.
	Reason string
}

// Won tells whether the episode earned a reward.
func (o *Outcome) Won() bool { return o.Return > 0 }

// Counted tells whether the episode says something about the policy: infrastructure did
// not fail, and a dream did not run out of evidence.
func (o *Outcome) Counted() bool {
	return o.Failure == "" && o.Stop != gym.StopInsufficientEvidence
}

// Runner plays jobs, several at a time.
type Runner struct {
	Client   *client.Client
	Parallel int // episodes at a time; 1 when zero
	MaxSteps int // an episode that is longer is left; 1000 when zero
	// Progress is told how far it has come, every other second; nil: nobody.
	Progress io.Writer
}

// Run plays the jobs and answers their outcomes, in order. Failures of infrastructure are
// outcomes; the error is that of the connection, of ctx, or of a job that cannot be played.
func (r *Runner) Run(ctx context.Context, jobs []Job) ([]Outcome, error) {
	outcomes := make([]Outcome, len(jobs))
	var next, finished atomic.Int64
	report := r.report(&finished, len(jobs))
	defer report()
	g, ctx := errgroup.WithContext(ctx)
	for range min(max(r.Parallel, 1), len(jobs)) {
		g.Go(func() error {
			w := player{r: r, sessions: make(map[string]*client.Session)}
			defer w.close(ctx)
			for i := next.Add(1) - 1; i < int64(len(jobs)); i = next.Add(1) - 1 {
				var err error
				if outcomes[i], err = w.play(ctx, jobs[i]); err != nil {
					return err
				}
				finished.Add(1)
			}
			return nil
		})
	}
	return outcomes, g.Wait()
}

// report tells of progress until the function that it answers is called.
func (r *Runner) report(finished *atomic.Int64, total int) (stop func()) {
	if r.Progress == nil {
		return func() {}
	}
	tick := time.NewTicker(2 * time.Second)
	done := make(chan struct{})
	var told sync.WaitGroup
	told.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				fmt.Fprintf(r.Progress, "%d of %d episodes\n", finished.Load(), total)
			}
		}
	})
	return func() {
		tick.Stop()
		close(done)
		told.Wait()
	}
}

// player plays one episode at a time, with a session for each environment and backend.
type player struct {
	r        *Runner
	sessions map[string]*client.Session
}

func (w *player) session(ctx context.Context, j Job) (*client.Session, error) {
	key := j.Env + "@" + j.Backend
	if s := w.sessions[key]; s != nil {
		return s, nil
	}
	s, err := w.r.Client.Open(ctx, j.Env, client.OpenOptions{Backend: j.Backend})
	if err == nil {
		w.sessions[key] = s
	}
	return s, err
}

func (w *player) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	for _, s := range w.sessions {
		s.Close(ctx) // the server closes what is not closed here
	}
}

// play plays one job.
func (w *player) play(ctx context.Context, j Job) (Outcome, error) {
	o := Outcome{Job: j}
	s, err := w.session(ctx, j)
	if err != nil {
		return o, err
	}
	ts, err := s.Reset(ctx, client.ResetOptions{Split: j.Split, Index: j.Index, Seed: &j.Seed, Evaluation: j.Evaluation})
	if err != nil {
		return o, o.failed(err)
	}
	o.Episode, _ = ts.Info[gym.InfoEpisode].(string)
	o.Task, _ = ts.Info[gym.InfoTask].(string)
	random := j.Policy.stream(j.Seed)
	var earlier []string // admissible before, for a recording's stray actions
	for !ts.Ended() {
		if o.Steps >= w.maxSteps() {
			o.GaveUp = true
			return o, nil
		}
		a, err := j.Policy.act(ctx, s, &ts, random, earlier)
		if err != nil {
			return o, o.failed(err)
		}
		if a == "" {
			o.GaveUp = true
			return o, nil
		}
		if !j.Evaluation {
			earlier = append(earlier, ts.Observation.Actions...)
		}
		if ts, err = s.Step(ctx, a); err != nil {
			return o, o.failed(err)
		}
		o.Steps++
		o.Return += ts.Reward
	}
	o.Ended = true
	o.Stop, _ = ts.Info[gym.InfoStop].(string)
	if o.Stop == gym.StopInsufficientEvidence {
		o.Reason = gym.Errorf(gym.CodeInsufficientEvidence, "the dream came to what nothing recorded tells, at step %d", o.Steps).Error()
	}
	return o, nil
}

func (w *player) maxSteps() int {
	if w.r.MaxSteps == 0 {
		return 1000
	}
	return w.r.MaxSteps
}

// failed makes a failure of infrastructure, or a dream's refusal, the outcome; other
// errors are answered.
func (o *Outcome) failed(err error) error {
	switch code := gym.CodeOf(err); code {
	case gym.CodeEnvCrashed, gym.CodeDeadlineExceeded, gym.CodeSessionLost, gym.CodeInsufficientEvidence:
		o.Failure, o.Reason = code, err.Error()
		return nil
	}
	return err
}
