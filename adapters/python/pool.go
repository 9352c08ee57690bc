package python

import (
	"slices"
	"sync"

	"dreamgym/envserver/gym"
)

// pool has the processes of one environment. It may be used by many goroutines.
type pool struct {
	config  Config
	hosted  Hosted
	traits  traits // with spec and missing: set before the pool is used
	spec    gym.Spec
	missing error

	mu      sync.Mutex
	workers []*worker
	closed  bool
}

func newPool(c Config, h Hosted) *pool { return &pool{config: c, hosted: h} }

// acquire answers a slot: in an idle process, else in a new one, else, where there are
// as many as there may be, in the one with the fewest.
func (p *pool) acquire() (*worker, int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, 0, gym.Errorf(gym.CodeShuttingDown, "the hosted environments are closed")
	}
	w, alive := p.idlest()
	if (w == nil || w.load > 0) && alive < p.config.Workers {
		w = newWorker(p)
		p.workers = append(p.workers, w)
	}
	if w == nil || w.load >= p.config.PerWorker {
		return nil, 0, gym.Errorf(gym.CodeCapacityReached, "%s has %d processes with %d environments each, the most; raise --python-workers or --python-per-worker",
			p.spec.ID, p.config.Workers, p.config.PerWorker)
	}
	w.load++
	w.slot++
	return w, w.slot, nil
}

// idlest is the process that has the fewest environments, nil when there is none, and
// how many there are.
func (p *pool) idlest() (best *worker, alive int) {
	for _, w := range p.workers {
		if w.ended() {
			continue
		}
		alive++
		if best == nil || w.load < best.load {
			best = w
		}
	}
	return best, alive
}

// release takes a slot back. One idle process is kept for who comes next.
func (p *pool) release(w *worker, slot int) {
	w.send(slot, "close", nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	w.load--
	spare := slices.ContainsFunc(p.workers, func(o *worker) bool { return o != w && o.load == 0 && !o.ended() })
	if w.load == 0 && spare {
		w.end(gym.Errorf(gym.CodeShuttingDown, "the process is not needed any more"))
	}
}

// forget drops a process that is gone.
func (p *pool) forget(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.workers = slices.DeleteFunc(p.workers, func(o *worker) bool { return o == w })
}

// crashed is what a client is told when an environment or its process broke.
func (p *pool) crashed(why string, cause error) *gym.Error {
	return &gym.Error{Code: gym.CodeEnvCrashed, Msg: p.spec.ID + ": " + why + "; the episode is aborted", Err: cause}
}

// close ends every process and waits for that.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	all := slices.Clone(p.workers)
	p.mu.Unlock()
	for _, w := range all {
		w.end(gym.Errorf(gym.CodeShuttingDown, "the hosted environments are closed"))
		<-w.gone
	}
}
