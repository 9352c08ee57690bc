package main

import (
	"net/http"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/compat"
)

// mounts are the front ends for other protocols, by path.
func (c *core) mounts(backends *backend.Resolver) map[string]http.Handler {
	host := &compat.Host{
		Sessions: c.sessions, Registry: c.registry, Backends: backends, Backend: gym.Backend(c.settings.CompatBackend),
		Limits: c.settings.Limits(), Wait: c.settings.CompatWait, Version: "envserver/" + version, Log: c.log,
	}
	all := make(map[string]http.Handler)
	for _, mounts := range [][]compat.Mount{} {
		for _, m := range mounts {
			all[m.Pattern] = m.Handler
		}
	}
	_ = host
	return all
}
