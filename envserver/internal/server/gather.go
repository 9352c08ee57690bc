package server

import (
	"net"
	"sync"
	"time"
)

// gather is a listener whose connections can hold writes back to make one of many.
type gather struct{ net.Listener }

// Accept answers a *gatherConn.
func (g gather) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &gatherConn{Conn: c}, nil
}

// gatherConn passes writes on, but for those between hold and release, which go out
// together.
type gatherConn struct {
	net.Conn

	mu       sync.Mutex
	holding  bool
	held     []byte
	deadline time.Time // of writes
}

// most is how much is held back before it is written all the same.
const most = 64 << 10

// Write implements net.Conn.
func (c *gatherConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.holding {
		return c.Conn.Write(b)
	}
	c.held = append(c.held, b...)
	if len(c.held) < most {
		return len(b), nil
	}
	return len(b), c.writeHeld()
}

// SetWriteDeadline implements net.Conn. The library sets the deadline before every write:
// one that stands already costs nothing.
func (c *gatherConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.Equal(c.deadline) {
		return nil
	}
	c.deadline = t
	return c.Conn.SetWriteDeadline(t)
}

// hold keeps writes back until release; they are gathered in buf.
func (c *gatherConn) hold(buf []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holding, c.held = true, buf[:0]
}

// release writes what was held back, and gives the buffer back.
func (c *gatherConn) release() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.writeHeld()
	buf := c.held
	c.holding, c.held = false, nil
	return buf, err
}

func (c *gatherConn) writeHeld() error {
	if len(c.held) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.held)
	c.held = c.held[:0]
	return err
}
