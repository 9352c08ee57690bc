// Package miniwob presents the pages of MiniWoB++ in a real Chrome as environments
// miniwob/<page>-v0.
//
// The pages come from the Python package miniwob where it is installed, served on
// loopback; nothing of them is copied. A task is a page with a seed. Held out are goal
// values: what tells a task of the split seen from those of train is its goal. The
// split unseen is empty, since a page is the only scene there is.
package miniwob

import (
	"context"
	"errors"
	"fmt"

	"dreamgym/adapters/chrome"
	"dreamgym/envserver/gym"
)

// Config says where the pages and the browser are. Its zero value works where both
// are installed in the usual places.
type Config struct {
	// Python is the interpreter whose packages hold miniwob; python3 when empty.
	Python string
	// Dir is the package's html folder; where it is empty, Python is asked.
	Dir string
	// Cache is a folder that keeps what scanning the pages' seeds gave; none when empty.
	Cache string
	// Seeds is how many seeds a page has tasks for; 300 when 0.
	Seeds int
	// Chrome is the browser's configuration; its viewport is the pages' own.
	Chrome chrome.Config
}

// The viewport: a page's 160 × 210 pixels with room for what hangs out of it.
const (
	width  = 332
	height = 420
)

// Suite is what the environments share: the file server and the browser. Neither is
// started before an environment needs it.
type Suite struct {
	site    *site
	browser *chrome.Browser
	idle    tabs
	cache   string
	seeds   int
}

// Register adds every page to a registry. Close the Suite when the environments are
// used no more.
func Register(r *gym.Registry, c Config) (*Suite, error) {
	c.Chrome.Width, c.Chrome.Height = width, height
	s := &Suite{site: newSite(c.Python, c.Dir), browser: chrome.New(c.Chrome), cache: c.Cache, seeds: c.Seeds}
	if s.seeds == 0 {
		s.seeds = 300
	}
	var errs []error
	for _, p := range pages() {
		ready := func() error {
			if err := p.ready(); err != nil {
				return err
			}
			return s.ready(c.Chrome.Path)
		}
		errs = append(errs, r.Register(s.registration(p, ready)))
	}
	return s, errors.Join(errs...)
}

func (s *Suite) registration(p page, ready func() error) gym.Registration {
	reg := gym.Registration{
		Spec:  p.spec(),
		Tasks: newTasks(s, p),
		Open: func(context.Context) (gym.Env, error) {
			if err := ready(); err != nil {
				return nil, err
			}
			return &Env{suite: s, page: p}, nil
		},
		Ready: ready,
	}
	reg.Spec.Views = s.browser.Also().Keys()
	if p.solve != nil {
		reg.Solver = func(gym.Task) gym.Policy { return newSolver(p) }
	}
	return reg
}

// ready answers what is missing, if anything is.
func (s *Suite) ready(path string) error {
	if _, err := chrome.Find(path); err != nil {
		return err
	}
	_, err := s.site.folder()
	return err
}

// open answers a browser page that shows a MiniWoB++ page, loaded and confined to it.
func (s *Suite) open(ctx context.Context, p page) (*chrome.Page, error) {
	if tab := s.idle.take(p.name); tab != nil {
		return tab, nil
	}
	base, err := s.site.address()
	if err != nil {
		return nil, err
	}
	if err := s.browser.Reach(base); err != nil {
		return nil, err
	}
	tab, err := s.browser.Page(ctx)
	if err != nil {
		return nil, err
	}
	tab.Confine()
	if err := load(ctx, tab, base, p); err != nil {
		tab.Discard()
		return nil, err
	}
	return tab, nil
}

// giveBack keeps a browser page for the next episode in it, where none leaves traces.
func (s *Suite) giveBack(p page, tab *chrome.Page) error {
	if p.reload {
		return tab.Close()
	}
	return s.idle.give(p.name, tab)
}

// load navigates to a page and waits until it has loaded. Its task is not asked for
// before: some pages have none until they are started.
func load(ctx context.Context, tab *chrome.Page, base string, p page) error {
	tab.View(chrome.View{})
	defer tab.View(p.view())
	_, err := tab.Load(ctx, fmt.Sprintf("%s/miniwob/%s.html", base, p.name))
	return err
}

// Close ends the browser and the file server. It may be called more than once.
func (s *Suite) Close() error {
	s.idle.drop()
	return errors.Join(s.browser.Close(), s.site.close())
}
