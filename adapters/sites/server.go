package sites

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"dreamgym/envserver/gym"
)

// public is where the sites are for a policy, whatever port they are served on.
const public = "http://sites.test"

// server serves a handler on loopback, from when it is first asked for its address until
// close. Its zero value is ready.
type server struct {
	mu     sync.Mutex
	http   *http.Server
	base   string
	closed bool
}

// address answers the server's URL, starting it where it is not running.
func (s *server) address(h http.Handler) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return "", gym.Errorf(gym.CodeShuttingDown, "the sites are no longer served")
	case s.http != nil:
		return s.base, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", &gym.Error{Code: gym.CodeNotAvailable, Msg: "no loopback port could be opened for the sites", Err: err}
	}
	s.base = "http://" + l.Addr().String()
	s.http = &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go s.http.Serve(l)
	return s.base, nil
}

func (s *server) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.http == nil {
		return nil
	}
	if err := s.http.Close(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// shown is an address as a policy reads it.
func shown(base, address string) string {
	if rest, ok := strings.CutPrefix(address, base); ok && base != "" {
		return public + rest
	}
	return address
}

// served is the address that a policy means, "" where it is none of the sites'.
func served(base, address string) string {
	rest, ok := strings.CutPrefix(address, public)
	switch {
	case ok && (rest == "" || strings.HasPrefix(rest, "/")):
	case strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//"):
		rest = address
	default:
		return ""
	}
	if strings.HasPrefix(rest, "/_") {
		return ""
	}
	return base + rest
}
