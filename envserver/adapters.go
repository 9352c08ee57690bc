package main

import (
	"errors"

	"dreamgym/adapters/house"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
	"dreamgym/envserver/internal/echo"
)

// register adds every environment that this server has.
func register(r *gym.Registry, s config.Server, data string) error {
	errs := []error{house.Register(r), registerImports(r, data)}
	if s.TestEnvs {
		errs = append(errs, echo.Register(r))
	}
	return errors.Join(errs...)
}
