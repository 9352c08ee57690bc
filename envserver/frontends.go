package main

import (
	"net/http"
	"slices"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/nemogym"
	"dreamgym/envserver/internal/compat/ors"
)

// mounts are the front ends for other protocols, by path.
func (c *core) mounts(backends *backend.Resolver) (map[string]http.Handler, error) {
	host := &compat.Host{
		Sessions: c.sessions, Registry: c.registry, Backends: backends,
		Backend: gym.Backend(c.settings.CompatBackend), Env: c.settings.CompatEnv,
		Limits: c.settings.Limits(), Wait: c.settings.CompatWait, Version: "envserver/" + version, Log: c.log,
	}
	if host.Env != "" {
		if _, err := host.Target(host.Env); err != nil {
			return nil, &gym.Error{Code: gym.CodeInvalidConfig, Msg: "--compat-env: " + gym.AsError(err).Msg, Err: err}
		}
	}
	all := make(map[string]http.Handler)
	for _, m := range slices.Concat(ors.Mounts(host), nemogym.Mounts(host)) {
		all[m.Pattern] = m.Handler
	}
	return all, nil
}
