package python

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"dreamgym/envserver/gym"
)

// worker is a process from before its start until it is gone. Calls that come while it
// is busy are gathered and go out together. It may be used by many goroutines.
type worker struct {
	pool *pool
	load int // slots in use; the pool's
	slot int // the last one given; the pool's

	mu     sync.Mutex
	queue  []*call
	wake   chan struct{} // something is queued, or the end has come
	proc   *process      // nil before its start
	reason *gym.Error    // why it was ended; nil while it is wanted
	gone   chan struct{}
}

// call is a request with who waits for it.
type call struct {
	request
	sent bool        // the worker's mu guards it
	done chan result // takes one without waiting
}

type result struct {
	answer answer
	err    error
}

func newWorker(p *pool) *worker {
	w := &worker{pool: p, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	go w.run()
	return w
}

// call has a request carried out. Where ctx's deadline passes while the process is at
// it, the process hangs, and is killed.
func (w *worker) call(ctx context.Context, slot int, op string, argument any) (answer, error) {
	c := w.send(slot, op, argument)
	select {
	case r := <-c.done:
		return r.answer, r.err
	case <-ctx.Done():
	}
	w.mu.Lock()
	hangs := c.sent && errors.Is(ctx.Err(), context.DeadlineExceeded)
	w.mu.Unlock()
	if hangs {
		w.end(w.pool.crashed("another environment of its process did not answer in time, and the process was killed", ctx.Err()))
		<-w.gone
	}
	return answer{}, ctx.Err()
}

// send queues a request.
func (w *worker) send(slot int, op string, argument any) *call {
	c := &call{request: request{slot, op, argument}, done: make(chan result, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reason != nil {
		c.done <- result{err: w.reason}
		return c
	}
	w.queue = append(w.queue, c)
	w.notify()
	return c
}

func (w *worker) notify() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// end kills the process; calls that wait are answered with the reason. Only the first
// reason counts.
func (w *worker) end(reason *gym.Error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reason == nil {
		w.reason = reason
	}
	if w.proc != nil {
		w.proc.signal()
	}
	w.notify()
}

// ended tells whether the process is not to be used any more.
func (w *worker) ended() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reason != nil
}

// run starts the process and is its only user until it is gone.
func (w *worker) run() {
	proc := w.start()
	var under []*call
	for {
		if under = w.next(); under == nil {
			break
		}
		if err := w.exchange(proc, under); err != nil {
			w.end(w.pool.crashed("its process ended", err))
			break
		}
	}
	if proc != nil {
		proc.kill()
	}
	w.fail(under)
	w.pool.forget(w)
	close(w.gone)
}

// start starts the process; nil where there is none. What fails is the reason of the end.
func (w *worker) start() *process {
	proc, err := start(w.pool.config, w.pool.hosted)
	if err != nil {
		w.end(notStarted(err))
		return nil
	}
	w.mu.Lock()
	w.proc = proc
	over := w.reason != nil
	w.mu.Unlock()
	if over {
		return proc
	}
	if _, err := proc.greet(w.pool.config, w.pool.hosted); err != nil {
		w.end(gym.AsError(err))
	}
	return proc
}

// next waits for calls; nil when the process is to end.
func (w *worker) next() []*call {
	for {
		w.gather()
		w.mu.Lock()
		over, batch := w.reason != nil, w.queue
		if !over {
			w.queue = nil
			for _, c := range batch {
				c.sent = true
			}
		}
		w.mu.Unlock()
		switch {
		case over:
			return nil
		case len(batch) > 0:
			return batch
		}
		<-w.wake
	}
}

// quiet is how long nobody may have called before a message is sent.
const quiet = 5 * time.Microsecond

// gather lets whoever is about to call join the message: another one costs the process many
// times the wait.
func (w *worker) gather() {
	had := 0
	for until := time.Now(); ; runtime.Gosched() {
		w.mu.Lock()
		n := len(w.queue)
		w.mu.Unlock()
		switch now := time.Now(); {
		case n > had:
			had, until = n, now.Add(quiet)
		case !now.Before(until):
			return
		}
	}
}

// exchange carries calls out in one message, and tells who waits. What the process
// answers before an error reaches nobody.
func (w *worker) exchange(p *process, batch []*call) error {
	requests := make([]request, len(batch))
	for i, c := range batch {
		requests[i] = c.request
	}
	watch := time.AfterFunc(w.pool.config.Deadline, p.signal)
	defer watch.Stop()
	frame, err := p.exchange(requests)
	if err != nil {
		return err
	}
	answers, err := readAnswers(frame, len(batch))
	if err != nil {
		return fmt.Errorf("python: %w", err)
	}
	fatal := false
	for i, c := range batch {
		fatal = fatal || answers[i].status == statusFatal
		c.done <- result{answer: answers[i]}
	}
	if fatal {
		w.end(w.pool.crashed("another environment of its process used up the process's memory, and the process was ended", nil))
	}
	return nil
}

// fail answers what was under way or queued with the reason of the end.
func (w *worker) fail(under []*call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range append(under, w.queue...) {
		c.done <- result{err: w.reason}
	}
	w.queue = nil
}
