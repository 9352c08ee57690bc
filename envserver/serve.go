package main

import (
	"errors"
	"fmt"

	"dreamgym/envserver/internal/config"
)

type serveCmd struct {
	config.Server
}

// Help is printed by serve --help.
func (serveCmd) Help() string {
	return `Serves until it is interrupted, then lets steps under way end. Sessions whose environment is
deterministic or dreamed go on when it is started again with the same data folder.

Examples:
  envserver serve
  envserver serve --data /srv/dreamgym --durability sync
  DREAMGYM_TOKEN=secret envserver serve --listen 0.0.0.0:8000
  envserver serve --config server.yaml           # listen: 0.0.0.0:8000, max-sessions: 4096, ...`
}

// Run serves.
func (s *serveCmd) Run(a *app) (err error) {
	c, err := openCore(a.ctx, s.Server, a.globals.Data, a.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close(a.ctx)) }()
	l, err := c.listen(s.Listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "serving http://%s  data %s  %d environments\n", l.Addr(), a.globals.Data, len(c.registry.All()))
	if r := c.episodes.Recovered(); r.TornBytes > 0 || len(r.Aborted) > 0 || len(r.Damage) > 0 {
		a.log.Warn().Str("recovery", r.String()).Msg("the server did not end cleanly before")
	}
	return c.serve(a.ctx, l)
}
