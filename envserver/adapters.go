package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"

	"dreamgym/adapters/chrome"
	"dreamgym/adapters/house"
	"dreamgym/adapters/miniwob"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
	"dreamgym/envserver/internal/echo"
)

// register adds every environment that this server has. What it answers is closed when
// they are used no more.
func register(r *gym.Registry, s config.Server, data string, log zerolog.Logger) (io.Closer, error) {
	pages, err := miniwob.Register(r, miniwob.Config{
		Python: pythonOf(s.Python), Cache: filepath.Join(data, "cache"),
		Chrome: chrome.Config{Path: s.Chrome, Steps: s.ChromeSteps, Log: log},
	})
	errs := []error{err, house.Register(r), registerImports(r, data)}
	if s.TestEnvs {
		errs = append(errs, echo.Register(r))
	}
	return pages, errors.Join(errs...)
}

// pythonOf is the interpreter whose packages are used: the configured one, else that of
// the virtual environment here, where there is one.
func pythonOf(configured string) string {
	const venv = ".venv/bin/python"
	if configured != "" {
		return configured
	}
	if _, err := os.Stat(venv); err == nil {
		return venv
	}
	return ""
}
