// Package sites presents the web applications of fixtures/sites in a real Chrome as
// environments: sites/shop-v0, sites/admin-v0, sites/forum-v0 and sites/code-v0, with tasks
// of three kinds (find something out, go to a page, change something), sites/cross-v0, where
// they lead over several sites, and sites/webshop-v0, where a product is to be bought that
// fits a description. A file of tasks in WebArena's classic format is sites/webarena-v0.
//
// Success is judged once, at the end, from the site's own state and from what was answered;
// nothing of it shows in the pages. An episode ends with send_msg_to_user.
package sites

import (
	"context"
	"errors"
	"net/http"

	"dreamgym/adapters/chrome"
	"dreamgym/adapters/sites/internal/admintasks"
	"dreamgym/adapters/sites/internal/arena"
	"dreamgym/adapters/sites/internal/codetasks"
	"dreamgym/adapters/sites/internal/crosstasks"
	"dreamgym/adapters/sites/internal/forumtasks"
	"dreamgym/adapters/sites/internal/shoptasks"
	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites"
	"dreamgym/fixtures/sites/admin"
	forge "dreamgym/fixtures/sites/code"
	"dreamgym/fixtures/sites/forum"
	"dreamgym/fixtures/sites/shop"
)

// Config says where the browser is. Its zero value works where one is installed.
type Config struct {
	Chrome chrome.Config
	// Tasks is a file of tasks in WebArena's classic format, for sites/webarena-v0, which is
	// not there without one.
	Tasks string
}

// Suite is what the environments share: the sites, their server and the browser. None is
// started before an environment needs it.
type Suite struct {
	all      []task.Site
	variants []variant
	sites    *sites.Sites
	server   server
	browser  *chrome.Browser
}

// variant is one of the environments.
type variant struct {
	id, about string
	steps     int
	rewards   []float64
	over      []task.Site // the first is where an episode begins
	tasks     task.Set
}

// outright are the rewards where there is no success in part.
func outright() []float64 { return []float64{0, 1} }

// built are the sites.
type built struct {
	shop  *shop.Shop
	admin *admin.Admin
	forum *forum.Site
	code  *forge.Code
}

func build() (b built, err error) {
	if b.shop, err = shop.New(); err != nil {
		return b, err
	}
	if b.admin, err = admin.New(b.shop); err != nil {
		return b, err
	}
	if b.forum, err = forum.New(); err != nil {
		return b, err
	}
	b.code, err = forge.New()
	return b, err
}

// variants are the environments over the sites.
func (b built) variants(shopping, running, talking, coding task.Site) []variant {
	return []variant{
		{
			"sites/shop-v0", "a web shop: find something out, go to a page, change something",
			30, outright(), []task.Site{shopping}, shoptasks.Tasks(b.shop),
		},
		{
			"sites/webshop-v0", "a web shop: buy what fits a description; the reward is the share of it that fits",
			20, nil, []task.Site{shopping}, shoptasks.Purchases(b.shop),
		},
		{
			"sites/admin-v0", "a shop's back office: orders, customers, stock, promotions and reports to look up and to change",
			30, outright(), []task.Site{running}, admintasks.Tasks(b.admin),
		},
		{
			"sites/cross-v0", "several sites: find something out in one, and go on in another",
			40, outright(), []task.Site{shopping, running, talking, coding}, crosstasks.Tasks(b.admin, b.forum, b.code),
		},
		{
			"sites/forum-v0", "forums: find something out, go to a page; write, vote, moderate",
			30, outright(), []task.Site{talking}, forumtasks.Tasks(b.forum),
		},
		{
			"sites/code-v0", "a place for source code: find something out, go to a page, change something",
			30, outright(), []task.Site{coding}, codetasks.Tasks(b.code),
		},
	}
}

// newSuite puts the sites and the environments over them together.
func newSuite(c Config) (*Suite, error) {
	b, err := build()
	if err != nil {
		return nil, err
	}
	shopping, running, talking, coding := shoptasks.Site(b.shop), admintasks.Site(b.admin), forumtasks.Site(b.forum), codetasks.Site(b.code)
	s := &Suite{browser: chrome.New(c.Chrome), all: []task.Site{shopping, running, talking, coding}}
	s.variants = b.variants(shopping, running, talking, coding)
	var apps []sites.Site
	for _, site := range s.all {
		apps = append(apps, site.App)
	}
	s.sites = sites.New(apps...)
	return s, nil
}

// Register adds the environments to a registry. Close the Suite when they are used no more.
func Register(r *gym.Registry, c Config) (*Suite, error) {
	s, err := newSuite(c)
	if err != nil {
		return nil, err
	}
	ready := func() error {
		_, err := chrome.Find(c.Chrome.Path)
		return err
	}
	var errs []error
	if c.Tasks != "" {
		errs = append(errs, s.give(c.Tasks))
	}
	for _, v := range s.variants {
		errs = append(errs, r.Register(s.registration(v, ready)))
	}
	return s, errors.Join(errs...)
}

// give adds the environment of a file of tasks.
func (s *Suite) give(file string) error {
	tasks, err := arena.ReadFile(file)
	if err != nil {
		return err
	}
	s.variants = append(s.variants, variant{
		"sites/webarena-v0", "tasks of a file in WebArena's format over the sites, judged by WebArena's rules",
		40, outright(), s.all, tasks,
	})
	return nil
}

func (s *Suite) registration(v variant, ready func() error) gym.Registration {
	reg := gym.Registration{
		Spec: gym.Spec{
			Views: s.browser.Also().Keys(),
			ID:    v.id, Description: v.about, MaxSteps: v.steps, Rewards: v.rewards,
			Deterministic: true, ListsActions: true, Browser: true,
		},
		Tasks: taskSet{v.id, &dealt{set: v.tasks}},
		Open: func(context.Context) (gym.Env, error) {
			if err := ready(); err != nil {
				return nil, err
			}
			return &Env{suite: s, variant: v, open: s.tab}, nil
		},
		Ready: ready,
	}
	if _, given := v.tasks.(*arena.Set); !given { // a file has no scripted policies
		reg.Solver = v.solver
	}
	return reg
}

// solver answers the scripted policy of a task; of what is no task it is at a loss.
func (v variant) solver(t gym.Task) gym.Policy {
	p := v.tasks.Play(t)
	if p == nil {
		return &task.Script{}
	}
	return &task.Script{Moves: p.Solution}
}

// Visitors serves the sites to browsers that come by themselves: each is in a session of its
// own over a seed, in which who tasks are about is signed in.
func (s *Suite) Visitors(seed int64) http.Handler {
	return s.sites.VisitorsAs(seed, func(session *sites.Session) {
		for _, site := range s.all {
			site.SignIn(session)
		}
	})
}

// tab answers a blank browser page that reaches the sites.
func (s *Suite) tab(ctx context.Context) (tab, error) {
	base, err := s.server.address(s.sites)
	if err != nil {
		return nil, err
	}
	if err := s.browser.Reach(base); err != nil {
		return nil, err
	}
	return s.browser.Page(ctx)
}

// Close ends the browser and the server. It may be called more than once.
func (s *Suite) Close() error { return errors.Join(s.browser.Close(), s.server.close()) }
