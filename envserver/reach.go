package main

import (
	"context"
	"errors"
	"os"

	"dreamgym/clients/go"
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
)

// serverFlags say which server a command works with.
type serverFlags struct {
	Server string `help:"URL of a running server. Without it: the one that holds the data folder, else one of the command's own." placeholder:"URL" env:"DREAMGYM_SERVER"`
	Token  string `help:"Bearer token of that server." placeholder:"TOKEN" env:"DREAMGYM_TOKEN"`
	// Model is of a server of the command's own.
	Model config.Model `embed:""`
}

// reached is a server that a command works with.
type reached struct {
	url, token string
	close      func() error
}

// dial connects to the server once more.
func (r *reached) dial(ctx context.Context) (*client.Client, error) {
	return client.Dial(ctx, r.url, client.Options{Token: r.token})
}

// reach finds the server, or starts one over the data folder for as long as the command runs.
func (a *app) reach(f serverFlags) (*reached, error) {
	if f.Server != "" {
		return &reached{url: f.Server, token: f.Token, close: func() error { return nil }}, nil
	}
	holder, err := episode.FindHolder(a.globals.Data)
	switch {
	case err != nil:
		return nil, err
	case holder != nil && holder.URL != "":
		return &reached{url: holder.URL, token: f.Token, close: func() error { return nil }}, nil
	case holder != nil:
		return nil, gym.Errorf(gym.CodeStorage, "another process uses the data folder %s and serves nothing", a.globals.Data)
	}
	return a.startOwn(f, a.globals.Data)
}

// startOwn serves a data folder to this process alone.
func (a *app) startOwn(f serverFlags, data string) (*reached, error) {
	s, err := config.Defaults(a.globals.Config, os.Getenv)
	if err != nil {
		return nil, err
	}
	s.Model, s.Token = f.Model, ""
	c, err := openCore(a.ctx, s, data, a.log)
	if err != nil {
		return nil, err
	}
	l, err := c.listen("127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, c.close(a.ctx))
	}
	ctx, stop := context.WithCancel(a.ctx)
	served := make(chan error, 1)
	go func() { served <- c.serve(ctx, l) }()
	return &reached{url: "http://" + l.Addr().String(), close: func() error {
		stop()
		return errors.Join(<-served, c.close(a.ctx))
	}}, nil
}
