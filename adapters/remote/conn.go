package remote

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

const (
	dialTimeout  = 10 * time.Second
	writeTimeout = 10 * time.Second
	maxReply     = 16 << 20 // bytes
)

// conn is a connection to the server. A goroutine reads it all the time, so that the
// server's pings are answered while nobody acts. One call at a time.
type conn struct {
	ws      *websocket.Conn
	replies chan []byte
	gone    chan struct{} // closed when nothing is read any more
	why     error         // why that is; to be read when gone is closed
}

func dial(ctx context.Context, address string) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	ws, answer, err := (&websocket.Dialer{Proxy: http.ProxyFromEnvironment}).DialContext(ctx, address, nil)
	if answer != nil {
		answer.Body.Close()
	}
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(maxReply)
	c := &conn{ws: ws, replies: make(chan []byte, 1), gone: make(chan struct{})}
	go c.read()
	return c, nil
}

func (c *conn) read() {
	defer close(c.gone)
	for {
		kind, frame, err := c.ws.ReadMessage()
		if err == nil && kind != websocket.TextMessage {
			err = errors.New("a binary frame")
		}
		if err != nil {
			c.why = err
			return
		}
		select {
		case c.replies <- frame:
		default:
			c.why = errors.New("more than one reply")
			return
		}
	}
}

// call sends a message and answers what comes back. A frame that came before is answered in
// its place, unasked: a server that has no room says so at once. After an error the
// connection is of no use.
func (c *conn) call(ctx context.Context, frame []byte) (reply []byte, unasked bool, err error) {
	select {
	case reply := <-c.replies:
		return reply, true, nil
	default:
	}
	deadline := time.Now().Add(writeTimeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	c.ws.SetWriteDeadline(deadline)
	if err := c.ws.WriteMessage(websocket.TextMessage, frame); err != nil && !c.over() {
		return nil, false, err
	}
	select {
	case reply := <-c.replies:
		return reply, false, nil
	case <-ctx.Done():
		return nil, false, ctx.Err()
	case <-c.gone:
	}
	select {
	case reply := <-c.replies: // its last words
		return reply, false, nil
	default:
		return nil, false, c.why
	}
}

// over tells whether the server has closed the connection.
func (c *conn) over() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}

// close ends the session on the server, and the connection.
func (c *conn) close() {
	c.ws.SetWriteDeadline(time.Now().Add(time.Second))
	c.ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"close"}`)) // a courtesy: the connection's end says the same
	c.ws.Close()
	<-c.gone
}
