package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	tasks "dreamgym/adapters/sites"
	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites"
	"dreamgym/fixtures/sites/admin"
	forge "dreamgym/fixtures/sites/code"
	"dreamgym/fixtures/sites/forum"
	"dreamgym/fixtures/sites/shop"
)

type sitesCmd struct {
	Listen string `help:"Address to serve on; port 0 takes a free one." default:"127.0.0.1:8090" placeholder:"HOST:PORT"`
	Seed   int64  `help:"Seed that the sites' content is generated from." default:"1"`
	SignIn bool   `help:"Sign every visitor in as whom tasks are about, for agents of other programs."`
}

// Help is printed by sites --help.
func (sitesCmd) Help() string {
	return `Serves the sites that sites/* are played on to a person with a browser: /shop/ is a shop, /admin/ its back
office, /forum/ are forums, /code/ is a place for source code. Every browser gets a session of its own when it first
comes, with data of its own; a private window is another visitor. The same seed gives the same content. When the
command starts it prints for each site an account that can sign in.

Tasks say the seed of the content that they are played on as their scene: scene shop-3 is --seed 3.

Examples:
  envserver sites
  envserver sites --seed 3 --listen 127.0.0.1:0
  envserver sites --sign-in                       for an agent of another program
  envserver envs                                  the environments over them`
}

// place is a site as a person comes to it.
type place struct {
	site           sites.Site
	name, password string // of an account
}

// places are the sites, the first one first, with accounts of a seed.
func places(seed int64) ([]place, error) {
	store, err := shop.New()
	if err != nil {
		return nil, err
	}
	office, err := admin.New(store)
	if err != nil {
		return nil, err
	}
	talk, err := forum.New()
	if err != nil {
		return nil, err
	}
	source, err := forge.New()
	if err != nil {
		return nil, err
	}
	customer, staff := store.Worlds.Of(seed).Me(), office.Worlds.Of(seed).Staff
	member, author := talk.Worlds.Of(seed).Me(), source.Worlds.Of(seed).Me()
	return []place{
		{store, customer.Email, customer.Password}, {office, staff.Email, staff.Password},
		{talk, member.Name, member.Password}, {source, author.Login, author.Password},
	}, nil
}

// Run serves until it is interrupted.
func (c *sitesCmd) Run(a *app) error {
	all, err := places(c.Seed)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return &gym.Error{Code: gym.CodeInvalidConfig, Msg: "cannot listen on " + c.Listen + ": another program may use the port (try --listen 127.0.0.1:0)", Err: err}
	}
	var served []sites.Site
	for _, p := range all {
		fmt.Fprintf(a.stdout, "http://%s/%s/  seed %d; sign in as %s with the password %s\n", l.Addr(), p.site.Name(), c.Seed, p.name, p.password)
		served = append(served, p.site)
	}
	handler := sites.New(served...).Visitors(c.Seed)
	if c.SignIn {
		suite, err := tasks.Register(gym.NewRegistry(), tasks.Config{})
		if err != nil {
			return err
		}
		defer suite.Close()
		handler = suite.Visitors(c.Seed)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	return serveUntil(a.ctx, server, l)
}

// serveUntil serves until a context ends.
func serveUntil(ctx context.Context, server *http.Server, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
