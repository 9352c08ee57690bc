package chrome

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Reach lets the pages that are opened from now on reach the server of an address, such
// as "http://127.0.0.1:8080". Pages reach no other host, and no other port of this one.
func (b *Browser) Reach(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Port() == "" {
		return fmt.Errorf("chrome: %q is no address of a server with its port", address)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Contains(b.hosts, u.Host) {
		b.hosts = append(slices.Clone(b.hosts), u.Host)
	}
	return nil
}

// reachable are the hosts that a page opened now may reach.
func (b *Browser) reachable() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.hosts
}

// gate is the proxy of one page. The hosts that the page may reach are reached without
// it; it gets every other request, answers none, and remembers whom they were for.
type gate struct {
	hosts  []string
	server *http.Server
	proxy  string // its URL
	meter  *Meter
	log    zerolog.Logger
	served chan struct{} // closed when it has ended

	mu      sync.Mutex
	refused map[string]bool // since they were last taken
}

// mostRefused bounds how many refused hosts are told by name.
const mostRefused = 20

func openGate(b *Browser, hosts []string) (*gate, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("chrome: open a gate: %w", err)
	}
	g := &gate{
		hosts: hosts, proxy: "http://" + l.Addr().String(), meter: b.cfg.Meter, log: b.cfg.Log,
		served: make(chan struct{}), refused: make(map[string]bool),
	}
	g.server = &http.Server{Handler: g, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 1 << 16}
	go func() {
		defer close(g.served)
		g.server.Serve(l)
	}()
	return g, nil
}

// bypass is Chrome's list of what does not go through the gate. Without the first entry
// the whole of loopback would not.
func (g *gate) bypass() string {
	return strings.Join(append([]string{"<-loopback>"}, g.hosts...), ";")
}

// ServeHTTP refuses a request.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.refuse(r.Host)
	if r.Method == http.MethodConnect {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	panic(http.ErrAbortHandler) // an answer would be shown, or taken for the other host's
}

func (g *gate) refuse(host string) {
	g.meter.refused.Add(1)
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.refused) < mostRefused && !g.refused[host] {
		g.refused[host] = true
		g.log.Debug().Str("host", host).Msg("a page asked for a host that it may not reach")
	}
}

// take answers the hosts that were refused since it was last asked, sorted.
func (g *gate) take() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.refused) == 0 {
		return nil
	}
	hosts := slices.Sorted(maps.Keys(g.refused))
	clear(g.refused)
	return hosts
}

// errNotAllowed says that an address is not one that pages may open.
var errNotAllowed = errors.New("it is none of the environment's own")

// check answers whether an address may be opened: over HTTP, at a host of the list.
func (g *gate) check(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return errNotAllowed
	case address == "about:blank":
		return nil
	case u.Scheme != "http" && u.Scheme != "https":
		g.refuse(u.Scheme + ":")
		return errNotAllowed
	case !slices.Contains(g.hosts, u.Host):
		g.refuse(u.Host)
		return errNotAllowed
	}
	return nil
}

func (g *gate) close() {
	g.server.Close()
	<-g.served
}

// gates are those of one browser: they end with it at the latest.
type gates struct {
	mu    sync.Mutex
	open  map[*gate]bool
	ended bool
}

// add keeps a gate, or closes it where the browser has ended.
func (s *gates) add(g *gate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		g.close()
		return
	}
	if s.open == nil {
		s.open = make(map[*gate]bool)
	}
	s.open[g] = true
}

func (s *gates) remove(g *gate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[g] {
		delete(s.open, g)
		g.close()
	}
}

func (s *gates) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for g := range s.open {
		g.close()
	}
	clear(s.open)
}
