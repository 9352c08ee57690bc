// Package sites presents the web applications of fixtures/sites in a real Chrome as
// environments: sites/shop-v0, with tasks of three kinds (find something out, go to a page,
// change something), and sites/webshop-v0, where a product is to be bought that fits a
// description.
//
// Success is judged once, at the end, from the site's own state and from what was answered;
// nothing of it shows in the pages. An episode ends with send_msg_to_user.
package sites

import (
	"context"
	"errors"
	"sync"

	"dreamgym/adapters/chrome"
	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites"
	"dreamgym/fixtures/sites/shop"
)

// Config says where the browser is. Its zero value works where one is installed.
type Config struct {
	Chrome chrome.Config
}

// Suite is what the environments share: the sites, their server and the browser. None is
// started before an environment needs it.
type Suite struct {
	shop    *shop.Shop
	sites   *sites.Sites
	server  server
	browser *chrome.Browser

	mu   sync.Mutex
	sets map[string]*dealt // a variant's tasks, from when they are first asked for
}

// variant is one of the environments.
type variant struct {
	id, about string
	steps     int
	rewards   []float64
	deal      func(s *Suite) *dealt
	// play answers how a task is played, nil where it is none of this variant's.
	play func(w *shop.World, t gym.Task) *play
}

func variants() []variant {
	return []variant{
		{"sites/shop-v0", "a web shop: find something out, go to a page, change something", 30, []float64{0, 1}, dealShop, playShop},
		{"sites/webshop-v0", "a web shop: buy what fits a description; the reward is the share of it that fits", 20, nil, dealBuying, playBuying},
	}
}

// Register adds the environments to a registry. Close the Suite when they are used no more.
func Register(r *gym.Registry, c Config) (*Suite, error) {
	store, err := shop.New()
	if err != nil {
		return nil, err
	}
	s := &Suite{shop: store, sites: sites.New(store), browser: chrome.New(c.Chrome), sets: make(map[string]*dealt)}
	ready := func() error {
		_, err := chrome.Find(c.Chrome.Path)
		return err
	}
	var errs []error
	for _, v := range variants() {
		errs = append(errs, r.Register(s.registration(v, ready)))
	}
	return s, errors.Join(errs...)
}

func (s *Suite) registration(v variant, ready func() error) gym.Registration {
	return gym.Registration{
		Spec: gym.Spec{
			ID: v.id, Description: v.about, MaxSteps: v.steps, Rewards: v.rewards,
			Deterministic: true, ListsActions: true, Browser: true,
		},
		Tasks: taskSet{s, v},
		Open: func(context.Context) (gym.Env, error) {
			if err := ready(); err != nil {
				return nil, err
			}
			return &Env{suite: s, variant: v, open: s.tab}, nil
		},
		Solver: func(t gym.Task) gym.Policy { return s.solver(v, t) },
		Ready:  ready,
	}
}

// world answers the world of a seed, nil where tasks have no such seed.
func (s *Suite) world(seed int64) *shop.World {
	if seed < 1 || seed > mostSeed {
		return nil
	}
	return s.shop.Worlds.Of(seed)
}

// mostSeed bounds what a task that is no task of ours may ask to be generated.
const mostSeed = 1 << 20

// solver answers the scripted policy of a task; of what is no task it is at a loss.
func (s *Suite) solver(v variant, t gym.Task) gym.Policy {
	w := s.world(t.Seed)
	if w == nil {
		return &script{}
	}
	p := v.play(w, t)
	if p == nil {
		return &script{}
	}
	return &script{moves: p.solution}
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
