package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/fixtures/sites"
	forge "dreamgym/fixtures/sites/code"
	"dreamgym/fixtures/sites/shop"
)

type sitesCmd struct {
	Listen string `help:"Address to serve on; port 0 takes a free one." default:"127.0.0.1:8090" placeholder:"HOST:PORT"`
	Seed   int64  `help:"Seed that the sites' content is generated from." default:"1"`
}

// Help is printed by sites --help.
func (sitesCmd) Help() string {
	return `Serves the sites that sites/* are played on to a person with a browser: /shop/ is a shop, /code/ a place for
source code. Every browser gets a session of its own when it first comes, with data of its own; a private window is
another visitor. The same seed gives the same content. When the command starts it prints an account of each site that
can sign in.

Tasks say the seed of the content that they are played on as their scene: scene shop-3 is --seed 3.

Examples:
  envserver sites
  envserver sites --seed 3 --listen 127.0.0.1:0
  envserver envs                                  the environments over them`
}

// Run serves until it is interrupted.
func (c *sitesCmd) Run(a *app) error {
	store, err := shop.New()
	if err != nil {
		return err
	}
	place, err := forge.New()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return &gym.Error{Code: gym.CodeInvalidConfig, Msg: "cannot listen on " + c.Listen + ": another program may use the port (try --listen 127.0.0.1:0)", Err: err}
	}
	me := store.Worlds.Of(c.Seed).Me()
	fmt.Fprintf(a.stdout, "http://%s/shop/  seed %d; sign in as %s with the password %s\n", l.Addr(), c.Seed, me.Email, me.Password)
	dev := place.Worlds.Of(c.Seed).Me()
	fmt.Fprintf(a.stdout, "http://%s/code/  seed %d; sign in as %s with the password %s\n", l.Addr(), c.Seed, dev.Login, dev.Password)
	server := &http.Server{Handler: sites.New(store, place).Visitors(c.Seed), ReadHeaderTimeout: 10 * time.Second}
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
