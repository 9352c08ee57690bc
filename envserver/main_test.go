package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"dreamgym/clients/go"
	"dreamgym/fixtures/running"
)

// TestMain lets the test binary be the command envserver: in scripts, and for startServer.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_AS_ENVSERVER") != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"envserver": main})
}

// TestCommands runs the scripts of testdata/script.
func TestCommands(t *testing.T) {
	venv := hostPython(t)
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: func(e *testscript.Env) error {
		e.Setenv("VENV_PYTHON", venv)
		return nil
	}})
}

// hostPython is the Python that hosts environments in tests: the one of the virtual
// environment, where there is one.
func hostPython(t *testing.T) string {
	t.Helper()
	venv, err := filepath.Abs("../.venv/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(venv); err != nil {
		return "python3"
	}
	return venv
}

// process is a server in a process of its own.
type process struct {
	cmd *exec.Cmd
	url string
}

// startServer starts envserver serve and waits until it says where it serves.
func startServer(t *testing.T, data string, flags ...string) *process {
	t.Helper()
	args := append([]string{"serve", "--test-envs", "--listen", "127.0.0.1:0", "--data", data, "--log-level", "error"}, flags...)
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "TEST_AS_ENVSERVER=1")
	line := running.Start(t, cmd)
	return &process{cmd: cmd, url: strings.Fields(line)[1]}
}

// open opens a session of an environment on a connection of its own, which the test's end closes.
func (p *process) open(t *testing.T, env string) *client.Session {
	t.Helper()
	c, err := client.Dial(t.Context(), p.url, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s, err := c.Open(t.Context(), env, client.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// kill ends the server as a crash does.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.cmd.Wait()
}
