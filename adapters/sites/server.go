package sites

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
)

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

// served is the address that a policy means, "" where it is none of the sites'.
func served(base, address string) string {
	rest, ok := strings.CutPrefix(address, task.Public)
	switch {
	case ok && (rest == "" || strings.HasPrefix(rest, "/")):
	case strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//"):
		rest = address
	default:
		return ""
	}
	if task.Hidden(rest) {
		return ""
	}
	return base + rest
}

// canonical answers the same for addresses, without the public part, of pages that show
// the same.
func (s *Suite) canonical(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	for _, site := range s.all {
		if site.Canonical != nil && strings.HasPrefix(u.Path, site.Home) {
			return site.Canonical(u)
		}
	}
	return u.Path + "?" + u.Query().Encode()
}
