package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"dreamgym/adapters/chrome"
	"dreamgym/adapters/house"
	"dreamgym/adapters/miniwob"
	"dreamgym/adapters/python"
	"dreamgym/adapters/remote"
	"dreamgym/adapters/sites"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
	"dreamgym/envserver/internal/echo"
)

// register adds every environment that this server has. What it answers is closed when
// they are used no more. Browsers count in a meter.
func register(r *gym.Registry, s config.Server, data string, meter *chrome.Meter, log zerolog.Logger) (io.Closer, error) {
	views, err := chrome.ParseViews(s.ChromeViews)
	if err != nil {
		return closers{}, err
	}
	browser := chrome.Config{Path: s.Chrome, Steps: s.ChromeSteps, Live: s.ChromeLive, RealTime: s.ChromeReal, Also: views, Uploads: s.Uploads, Meter: meter, Log: log}
	pages, err := miniwob.Register(r, miniwob.Config{
		Python: pythonOf(s.Python), Cache: filepath.Join(data, "cache"),
		Chrome: browser,
	})
	web, webErr := sites.Register(r, sites.Config{Chrome: browser, Tasks: s.SitesTasks})
	hosted, hostErr := registerHosted(r, s, log)
	errs := []error{err, webErr, hostErr, registerRemote(r, s), house.Register(r), registerImports(r, data)}
	if s.TestEnvs {
		errs = append(errs, echo.Register(r))
	}
	return closers{pages, web, hosted}, errors.Join(errs...)
}

// registerHosted adds the environments that Python hosts.
func registerHosted(r *gym.Registry, s config.Server, log zerolog.Logger) (io.Closer, error) {
	c := python.Config{
		Interpreter: pythonOf(s.Python), Path: s.PythonPath,
		Workers: s.PythonWorkers, PerWorker: s.PythonPerWorker, Memory: s.PythonMemory << 20, CPU: s.PythonCPU,
		Deadline: max(s.StepTimeout, s.ResetTimeout) + time.Minute, Log: log,
	}
	var errs []error
	for _, declared := range s.PythonEnv {
		h, err := python.Parse(declared)
		if errs = append(errs, err); err == nil {
			c.Envs = append(c.Envs, h)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return closers{}, err // at once: to register takes a start of Python each
	}
	return python.Register(r, c)
}

// registerRemote adds the environments of other servers.
func registerRemote(r *gym.Registry, s config.Server) error {
	var c remote.Config
	var errs []error
	for _, declared := range s.RemoteEnv {
		e, err := remote.Parse(declared)
		if errs = append(errs, err); err == nil {
			c.Envs = append(c.Envs, e)
		}
	}
	return errors.Join(append(errs, remote.Register(r, c))...)
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
