package main

import (
	"net/http"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/agentgym"
	"dreamgym/envserver/internal/compat/nemogym"
	"dreamgym/envserver/internal/compat/openenv"
	"dreamgym/envserver/internal/compat/ors"
)

// mounts are the front ends for other protocols, by path.
func (c *core) mounts(backends *backend.Resolver, metrics prometheus.Registerer) (map[string]http.Handler, error) {
	host := &compat.Host{
		Sessions: c.sessions, Registry: c.registry, Backends: backends,
		Backend: gym.Backend(c.settings.CompatBackend), Env: c.settings.CompatEnv,
		Limits: c.settings.Limits(), Wait: c.settings.CompatWait, Version: "envserver/" + version, Log: c.log,
	}
	aliases, err := agentGymNames(host, c.settings.AgentGymEnv)
	if err != nil {
		return nil, err
	}
	if err := checkEnv(host, "--compat-env", host.Env); host.Env != "" && err != nil {
		return nil, err
	}
	standard := ors.Mounts(host)
	c.openenv = openenv.New(host, openenv.Options{
		PingEvery: c.settings.PingEvery, WriteTimeout: c.settings.WriteTimeout, Room: c.room, Tasks: standard[0].Handler, Metrics: metrics,
	})
	all := make(map[string]http.Handler)
	for _, m := range slices.Concat(standard, nemogym.Mounts(host), agentgym.Mounts(host, aliases), c.openenv.Mounts()) {
		all[m.Pattern] = m.Handler
	}
	return all, nil
}

// agentGymNames reads NAME=ID.
func agentGymNames(host *compat.Host, named []string) (map[string]string, error) {
	names := make(map[string]string)
	for _, n := range named {
		name, id, ok := strings.Cut(n, "=")
		if !ok || name == "" || strings.Contains(name, "/") {
			return nil, gym.Errorf(gym.CodeInvalidConfig, "--agentgym-env %q: give NAME=namespace/name-vN", n)
		}
		if err := checkEnv(host, "--agentgym-env "+name, id); err != nil {
			return nil, err
		}
		names[name] = id
	}
	return names, nil
}

// checkEnv checks an environment's id that a flag names.
func checkEnv(host *compat.Host, flag, id string) error {
	_, err := host.Target(id)
	if err == nil {
		return nil
	}
	return &gym.Error{Code: gym.CodeInvalidConfig, Msg: flag + ": " + gym.AsError(err).Msg, Err: err}
}
