package miniwob

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"dreamgym/envserver/gym"
)

// public is where the pages are for a policy, whatever port they are served on.
const public = "http://miniwob.test"

// site serves the installed package's pages on loopback, from when it is first asked
// for its address until close.
type site struct {
	python string

	mu     sync.Mutex
	dir    string    // "" until it is found
	missed error     // why it was not found
	looked time.Time // when it was not found
	server *http.Server
	base   string
	closed bool
}

func newSite(python, dir string) *site {
	if python == "" {
		python = "python3"
	}
	return &site{python: python, dir: dir}
}

// folder finds the package's html folder.
func (s *site) folder() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find()
}

// find looks for the folder. Where it is missing, every page of the package asks at once, and is
// told what the first one found.
func (s *site) find() (string, error) {
	if s.missed != nil && time.Since(s.looked) < lookAgain {
		return "", s.missed
	}
	dir, err := s.look()
	if err != nil {
		s.missed, s.looked = missing(s.python, err), time.Now()
		return "", s.missed
	}
	s.dir, s.missed = dir, nil
	return dir, nil
}

func (s *site) look() (string, error) {
	dir := s.dir
	if dir == "" {
		ctx, cancel := context.WithTimeout(context.Background(), pythonTimeout)
		defer cancel()
		out, err := exec.CommandContext(ctx, s.python, "-c", "import importlib.util as u; print(u.find_spec('miniwob').submodule_search_locations[0])").Output()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(strings.TrimSpace(string(out)), "html")
	}
	_, err := os.Stat(filepath.Join(dir, "core", "core.js"))
	return dir, err
}

const (
	pythonTimeout = 20 * time.Second // bounds asking Python where its package is
	lookAgain     = 5 * time.Second  // after a package that was missing may have been installed
)

func missing(python string, err error) error {
	return &gym.Error{Code: gym.CodeNotAvailable, Err: err,
		Msg: fmt.Sprintf("the Python package miniwob was not found; install it: %s -m pip install --no-deps miniwob", filepath.Base(python))}
}

// address answers the server's URL, starting it where it is not running.
func (s *site) address() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return "", gym.Errorf(gym.CodeShuttingDown, "the MiniWoB++ pages are no longer served")
	}
	if s.server != nil {
		return s.base, nil
	}
	dir, err := s.find()
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", &gym.Error{Code: gym.CodeNotAvailable, Msg: "no loopback port could be opened for the pages", Err: err}
	}
	s.base = "http://" + l.Addr().String()
	s.server = &http.Server{Handler: http.FileServer(http.Dir(dir)), ReadHeaderTimeout: 10 * time.Second}
	go s.server.Serve(l)
	return s.base, nil
}

func (s *site) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.server == nil {
		return nil
	}
	err := s.server.Close()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
