package chrome

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/target"
	"github.com/rs/zerolog"
	"golang.org/x/sync/semaphore"

	"dreamgym/envserver/gym"
)

// Config says how a Browser runs. Its zero value works.
type Config struct {
	// Path is the Chrome to run; where it is empty, one is looked for.
	Path string
	// Steps is how many steps run at a time; more only add latency. 4 when 0.
	Steps int
	// Spares is how many wiped pages are kept for reuse. 4 when 0.
	Spares int
	// Live is how many pages keep their browser context; of more, those that were left
	// alone longest are parked where they can be. 64 when 0.
	Live int
	// RealTime leaves pages the machine's clock and its chance. Without it they have a clock
	// that settling alone moves on, and chance from a seed: what they show is the same over
	// runs, processes and contexts.
	RealTime bool
	// Width and Height are the viewport in CSS pixels; 1280 × 720 when 0.
	Width, Height int
	// Settle is how long a step waits for a page to settle before it observes what is
	// there and says so. 3 s when 0.
	Settle time.Duration
	// Grace is how long a page may keep an evaluate waiting beyond that before its
	// script is stopped, and once more before it is given up. 3 s when 0.
	Grace time.Duration
	// Load is how long a server may take to begin its answer. 20 s when 0.
	Load time.Duration
	// Also are further views of every page whose own View asks for none.
	Also Views
	// Uploads is the folder whose files upload_file may name; none when empty.
	Uploads string
	// Log is told of launches and crashes.
	Log zerolog.Logger
	// Meter counts; several browsers may share one. A new one when nil.
	Meter *Meter
}

func (c Config) withDefaults() Config {
	c.Steps = or(c.Steps, 4)
	c.Spares = or(c.Spares, 4)
	c.Live = or(c.Live, 64)
	c.Width, c.Height = or(c.Width, 1280), or(c.Height, 720)
	c.Settle, c.Grace, c.Load = or(c.Settle, 3*time.Second), or(c.Grace, 3*time.Second), or(c.Load, 20*time.Second)
	if c.Meter == nil {
		c.Meter = new(Meter)
	}
	return c
}

func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// Browser supervises one Chrome. It is launched by the first Page and again after it
// died. A Browser may be used by many goroutines, each of its Pages by one at a time.
type Browser struct {
	cfg   Config
	steps *semaphore.Weighted

	background sync.WaitGroup
	wiping     *semaphore.Weighted // has a place for each page that is wiped aside
	launching  chan struct{}       // holds one token: whoever has it may launch
	mu         sync.Mutex
	process    *process
	spares     []*Page
	live       int      // pages in use that have a context
	resting    []*Page  // the longest left alone first
	parker     bool     // a goroutine is parking
	hosts      []string // what pages may reach; never changed in place
	closed     bool
}

// New answers a Browser that is not running yet.
func New(cfg Config) *Browser {
	cfg = cfg.withDefaults()
	b := &Browser{
		cfg: cfg, steps: semaphore.NewWeighted(int64(cfg.Steps)), wiping: semaphore.NewWeighted(int64(cfg.Spares)),
		launching: make(chan struct{}, 1),
	}
	b.launching <- struct{}{}
	return b
}

// Page answers a blank page in a browser context of its own. Close gives it back.
func (b *Browser) Page(ctx context.Context) (*Page, error) {
	if b.crowded() {
		b.parkOne(ctx, false)
	}
	p, err := b.blank(ctx, b.reachable())
	if err != nil {
		return nil, err
	}
	return b.hand(p), nil
}

// blank answers a blank page that reaches some hosts: a spare one, or a new one.
func (b *Browser) blank(ctx context.Context, hosts []string) (*Page, error) {
	if p := b.spare(hosts); p != nil {
		return p, nil
	}
	proc, err := b.running(ctx)
	if err != nil {
		return nil, err
	}
	p, err := open(ctx, b, proc, hosts)
	if err != nil {
		return nil, crashed("the browser opened no page", err)
	}
	return p, nil
}

// spare takes a wiped page that still lives and reaches some hosts, nil where there is none.
func (b *Browser) spare(hosts []string) *Page {
	var stale []*Page
	defer func() { discard(stale) }() // once b.mu is free
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(hosts, b.hosts) {
		return nil // spares are for pages that are opened now
	}
	for len(b.spares) > 0 {
		last := len(b.spares) - 1
		p := b.spares[last]
		b.spares = b.spares[:last]
		if p.session.failed() == nil && slices.Equal(p.gate.hosts, hosts) {
			return p
		}
		stale = append(stale, p)
	}
	return nil
}

func discard(pages []*Page) {
	for _, p := range pages {
		p.dispose()
	}
}

// keep takes a wiped page back; false where there are enough.
func (b *Browser) keep(p *Page) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.spares) >= b.cfg.Spares || b.process != p.process {
		return false
	}
	b.spares = append(b.spares, p)
	return true
}

// current answers the running process, nil where there is none.
func (b *Browser) current() (*process, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, gym.Errorf(gym.CodeShuttingDown, "the browser was closed")
	}
	if b.process != nil && !b.process.alive() {
		return nil, nil
	}
	return b.process, nil
}

// running answers the process, launching it where there is none.
func (b *Browser) running(ctx context.Context) (*process, error) {
	if p, err := b.current(); p != nil || err != nil {
		return p, err
	}
	select {
	case <-b.launching:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { b.launching <- struct{}{} }()
	if p, err := b.current(); p != nil || err != nil {
		return p, err
	}
	return b.launch(ctx)
}

// launch replaces the process. Only the holder of the launching token calls it.
func (b *Browser) launch(ctx context.Context) (*process, error) {
	path, err := Find(b.cfg.Path)
	if err != nil {
		return nil, err
	}
	b.retire()
	if n, err := sweep(); n > 0 || err != nil {
		b.cfg.Log.Info().Int("folders", n).AnErr("failed", err).Msg("removed what killed processes left of their browsers")
	}
	p, err := launch(ctx, path)
	if err != nil {
		return nil, crashed("the browser did not start", err)
	}
	b.cfg.Log.Info().Str("path", path).Int("pid", p.cmd.Process.Pid).Bool("sandbox", os.Geteuid() != 0).Msg("launched the browser")
	b.cfg.Meter.launches.Add(1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		b.tell(p.kill())
		return nil, gym.Errorf(gym.CodeShuttingDown, "the browser was closed")
	}
	b.process = p
	return p, nil
}

// retire cleans up after a process that died.
func (b *Browser) retire() {
	b.mu.Lock()
	old := b.process
	b.process, b.spares = nil, nil
	b.mu.Unlock()
	if old != nil {
		b.cfg.Log.Warn().Int("pid", old.cmd.Process.Pid).Msg("the browser died")
		b.tell(old.kill())
	}
}

// Close ends the browser and all its pages. It may be called more than once.
func (b *Browser) Close() error {
	b.mu.Lock()
	p := b.process
	b.process, b.spares, b.closed = nil, nil, true
	b.mu.Unlock()
	var err error
	if p != nil {
		err = p.kill()
	}
	b.background.Wait()
	return err
}

// tell logs what went wrong where nobody is left to answer it to.
func (b *Browser) tell(err error) {
	if err != nil {
		b.cfg.Log.Warn().Err(err).Msg("a browser left something behind")
	}
}

// admit waits for a place among the steps that run at a time.
func (b *Browser) admit(ctx context.Context) (release func(), err error) {
	if err := b.steps.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	return func() { b.steps.Release(1) }, nil
}

// crashed makes the error of a browser or page that failed. A context's own end
// keeps its own code.
func crashed(msg string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &gym.Error{Code: gym.CodeEnvCrashed, Msg: msg, Err: err}
}

// openContext makes a browser context that keeps no downloads and reaches other hosts
// through a gate alone, and answers what makes a page in it.
func (p *process) openContext(ctx context.Context, g *gate) (target.CreateTargetParams, error) {
	made, err := call(ctx, p.browser, target.CreateBrowserContext, target.CreateBrowserContextParams{
		ProxyServer: g.proxy, ProxyBypassList: g.bypass(),
	})
	if err != nil {
		return target.CreateTargetParams{}, err
	}
	_, err = call(ctx, p.browser, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorDeny, BrowserContextID: made.BrowserContextID,
	})
	return target.CreateTargetParams{URL: "about:blank", BrowserContextID: made.BrowserContextID}, err
}
