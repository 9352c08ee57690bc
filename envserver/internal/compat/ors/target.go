package ors

import (
	"net/url"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
)

// target is an environment as a client named it.
type target struct {
	compat.Target
	// name is what replies call it: with the backend where the client named one, so that what
	// is created of a reply is played by the same.
	name string
}

// target finds the environment that a request is about: that of its path, else of envName, else
// of X-Deployment, else the one for clients that name none. The backend is what follows the @,
// else X-Backend, else the server's.
func (f *front) target(r request, envName string) (target, error) {
	name, err := f.name(r, envName)
	if err != nil {
		return target{}, err
	}
	if b := r.Header.Get("X-Backend"); b != "" && !strings.Contains(name, "@") {
		name += "@" + b
	}
	found, err := f.host.Target(name)
	return target{found, name}, err
}

// name is what target looks up. SDKs send names that are no ids where they know of one
// environment alone; those say nothing here.
func (f *front) name(r request, envName string) (string, error) {
	if r.env != "" {
		return r.env, nil
	}
	for _, name := range []string{envName, r.Header.Get("X-Deployment"), f.host.Env} {
		if decoded, err := url.PathUnescape(name); err == nil && strings.Contains(decoded, "/") {
			return decoded, nil
		}
	}
	if all := f.host.Registry.All(); len(all) == 1 {
		return all[0].Spec.ID, nil
	}
	return "", errUnnamed()
}

func errUnnamed() error {
	return gym.Errorf(gym.CodeUnknownEnvironment, "name the environment, as namespace/name-vN: in the path, in env_name or in the header X-Deployment; --compat-env sets one for clients that cannot")
}

// unnamed tells whether a request names no environment at all.
func (f *front) unnamed(r request, envName string) bool {
	_, err := f.name(r, envName)
	return err != nil
}
