package chrome

import (
	"context"
	"errors"
	"slices"
	"time"
)

// state is what is done with a page. The Browser's mutex guards it.
type state int

const (
	using   state = iota // its user's, between resting and the end of a step
	resting              // observed, and left alone since; it may be parked
	parking              // being parked
	parked               // without a browser context
	ended                // closed, or wiped and waiting for a next user
)

// place is a page's place among those of its Browser. The Browser's mutex guards it.
type place struct {
	state state
	kept  *kept
	fails int           // parkings in a row that failed
	skip  int           // rests until the next one is tried
	stop  func()        // ends the parking that is under way
	done  chan struct{} // closed when that has ended
}

// begin takes the page into use, and wakes it where it was parked.
func (p *Page) begin(ctx context.Context) error {
	b := p.browser
	for {
		b.mu.Lock()
		at := p.place.state
		switch at {
		case resting:
			b.unrest(p)
			p.place.state = using
		case parked:
			p.place.state = using
		case parking:
			p.place.stop()
		}
		done := p.place.done
		b.mu.Unlock()
		switch at {
		case parked:
			return p.rouse(ctx)
		case parking:
			<-done
		default:
			return nil
		}
	}
}

// rest says that the page was observed and is left alone from now on.
func (p *Page) rest() {
	b := p.browser
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.place.state != using || p.session.failed() != nil {
		return
	}
	p.place.state = resting
	p.place.skip = max(0, p.place.skip-1)
	b.resting = append(b.resting, p)
	if b.live > b.cfg.Live && !b.parker && !b.closed {
		b.parker = true
		b.background.Go(func() {
			for b.parkOne(context.Background(), true) {
			}
		})
	}
}

// admit waits for a place among the steps that run, and takes the page into use. The page
// rests once it is released.
func (p *Page) admit(ctx context.Context) (release func(), err error) {
	leave, err := p.browser.admit(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.begin(ctx); err != nil {
		leave()
		return nil, err
	}
	return func() { leave(); p.rest() }, nil
}

// hand gives a page to a user.
func (b *Browser) hand(p *Page) *Page {
	b.mu.Lock()
	defer b.mu.Unlock()
	p.place = place{}
	b.count(1, 0)
	return p
}

// slack is how far opening pages may run ahead of parking them.
const slack = 8

func (b *Browser) crowded() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.live >= b.cfg.Live+slack
}

func (p *Page) isParked() bool {
	p.browser.mu.Lock()
	defer p.browser.mu.Unlock()
	return p.place.state == parked || p.place.state == parking
}

// unrest takes a page out of those that may be parked. The mutex is held.
func (b *Browser) unrest(p *Page) {
	if i := slices.Index(b.resting, p); i >= 0 {
		b.resting = slices.Delete(b.resting, i, i+1)
	}
}

// mostParking bounds how long parking a page may take.
const mostParking = 10 * time.Second

// mostSkipped bounds how many rests of a page that could not be parked pass until it is
// tried again.
const mostSkipped = 64

// parkOne parks the page that has rested longest, if more pages are live than are to be,
// and tells whether there was one to try. The parker is the goroutine that goes on until
// there is none.
func (b *Browser) parkOne(ctx context.Context, parker bool) bool {
	ctx, cancel := context.WithTimeout(ctx, mostParking)
	defer cancel()
	p := b.longestIdle(cancel, parker)
	if p == nil {
		return false
	}
	b.park(ctx, p)
	return true
}

// park parks a page that was taken for that, or leaves it live and answers why.
func (b *Browser) park(ctx context.Context, p *Page) error {
	k, err := p.rehearse(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	defer close(p.place.done)
	if err != nil {
		b.stay(p, err)
		return err
	}
	p.place = place{state: parked, kept: k}
	b.count(-1, 1)
	b.cfg.Meter.parkings.Add(1)
	return nil
}

// stay leaves a page live that could not be parked. The mutex is held.
func (b *Browser) stay(p *Page, err error) {
	p.place.state = resting
	b.resting = append(b.resting, p)
	if p.place.skip = 1; !errors.Is(err, context.Canceled) { // its user came back
		p.place.fails++
		p.place.skip = min(1<<min(p.place.fails, 10), mostSkipped)
	}
	var why unkeepable
	if errors.As(err, &why) {
		b.cfg.Meter.unparked.Add(1)
		b.cfg.Log.Debug().Str("reason", string(why)).Msg("a page cannot be parked and stays")
	}
}

// longestIdle takes the next page to park, nil where there is none or need not be one.
func (b *Browser) longestIdle(cancel func(), parker bool) *Page {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.resting, func(p *Page) bool { return p.place.skip == 0 })
	if i < 0 || b.live <= b.cfg.Live || b.closed {
		b.parker = b.parker && !parker
		return nil
	}
	p := b.resting[i]
	b.take(p, cancel)
	return p
}

// take takes a page that rests to be parked; stop ends that. The mutex is held.
func (b *Browser) take(p *Page, stop func()) {
	b.unrest(p)
	p.place.state, p.place.stop, p.place.done = parking, stop, make(chan struct{})
}

// count notes pages that became live or parked. The mutex is held.
func (b *Browser) count(live, parked int) {
	b.live += live
	b.cfg.Meter.live.Add(int64(live))
	b.cfg.Meter.parked.Add(int64(parked))
}

// rehearse tries whether the page can be woken as it is, and ends its context if so. The page
// that it was tried on is wiped and kept: it is what the next one is woken on.
func (p *Page) rehearse(ctx context.Context) (*kept, error) {
	release, err := p.browser.admit(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	k, err := p.keep(ctx)
	if err != nil {
		return nil, err
	}
	q, err := p.revive(ctx, k, false)
	if err != nil {
		return nil, err
	}
	q.giveBack()
	if ctx.Err() != nil { // its user came back
		return nil, ctx.Err()
	}
	p.dispose()
	return k, nil
}

// rouse gives a parked page a context again.
func (p *Page) rouse(ctx context.Context) error {
	b := p.browser
	q, err := p.revive(ctx, p.place.kept, true)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil && ctx.Err() != nil {
		p.place.state = parked
		return context.Cause(ctx)
	}
	b.count(1, -1)
	if err != nil {
		return crashed("the page was parked and could not be woken as it was", err)
	}
	p.place.kept = nil
	p.adopt(q)
	b.cfg.Meter.wakes.Add(1)
	return nil
}

// adopt makes another page's tab this one's.
func (p *Page) adopt(q *Page) {
	q.mu.Lock()
	loader, moves, leave := q.loader, q.moves, tabs{most: q.tabs.most, script: q.tabs.script}
	q.mu.Unlock()
	p.mu.Lock()
	p.tabs = leave
	p.mu.Unlock()
	p.process, p.gate, p.context, p.pointed, p.hands = q.process, q.gate, q.context, false, hands{}
	p.tab = p.tabOf(q.target, q.session)
	p.loader, p.moves, p.visited = loader, moves, true // nobody tells it of more yet
	p.session.redirect(p.event)
	p.process.brood.add(p)
	p.gate.take() // it was told when the page asked first
}

// finish notes that the page's user is done with it, and tells whether it is still live.
func (p *Page) finish() bool {
	b := p.browser
	for {
		b.mu.Lock()
		at, done := p.place.state, p.place.done
		switch at {
		case parking:
			p.place.stop()
			b.mu.Unlock()
			<-done
			continue
		case resting:
			b.unrest(p)
			b.count(-1, 0)
		case using:
			b.count(-1, 0)
		case parked:
			b.count(0, -1)
		}
		p.place = place{state: ended}
		b.mu.Unlock()
		return at == using || at == resting
	}
}
