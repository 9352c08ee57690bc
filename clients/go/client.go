// Package client is a client of protocol v1 in Go: what the command line and the load
// generator speak to a server with.
//
//	c, err := client.Dial(ctx, "http://127.0.0.1:8000", client.Options{})
//	s, err := c.Open(ctx, "house/any-v0", client.OpenOptions{})
//	ts, err := s.Reset(ctx, client.ResetOptions{})
//	ts, err = s.Step(ctx, "go to shelf 1")
//
// Failures that the server reports are *gym.Error with the server's code.
package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// Options of a Client. The zero value is usable.
type Options struct {
	Token string // bearer token, where the server asks for one
	JSON  bool   // speak JSON; MessagePack otherwise
	// DialTimeout bounds the making of a connection; 10 s when zero.
	DialTimeout time.Duration
}

// Client is one connection to a server. Many goroutines may use it.
type Client struct {
	ws    *websocket.Conn
	codec *wire.Codec
	hello wire.Hello
	next  atomic.Int64

	writing sync.Mutex
	frame   []byte

	mu      sync.Mutex
	pending map[int64]chan *wire.Reply
	err     error // why the connection ended
	ended   chan struct{}
}

// Dial connects to a server: http://host:port, or ws:// and a path of its own.
func Dial(ctx context.Context, server string, o Options) (*Client, error) {
	u, err := endpoint(server)
	if err != nil {
		return nil, err
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = 10 * time.Second
	}
	codecs := wire.NewCodecs()
	c := &Client{codec: codecs.Msgpack, pending: make(map[int64]chan *wire.Reply), ended: make(chan struct{})}
	if o.JSON {
		c.codec = codecs.JSON
	}
	ctx, cancel := context.WithTimeout(ctx, o.DialTimeout)
	defer cancel()
	dialer := websocket.Dialer{Subprotocols: []string{c.codec.Subprotocol}, ReadBufferSize: 4 << 10, WriteBufferSize: 4 << 10, Proxy: http.ProxyFromEnvironment}
	header := http.Header{}
	if o.Token != "" {
		header.Set("Authorization", "Bearer "+o.Token)
	}
	ws, answer, err := dialer.DialContext(ctx, u, header)
	if err != nil {
		return nil, dialError(err, answer)
	}
	c.ws = ws
	if err := c.readHello(ctx); err != nil {
		ws.Close()
		return nil, err
	}
	go c.read()
	return c, nil
}

// endpoint makes a server's WebSocket address.
func endpoint(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return "", gym.Errorf(gym.CodeInvalidConfig, "%q is not a server's address: give http://HOST:PORT", server)
	}
	switch u.Scheme {
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	case "ws", "wss":
	default:
		return "", gym.Errorf(gym.CodeInvalidConfig, "%q is not a server's address: give http://HOST:PORT", server)
	}
	if !strings.HasSuffix(u.Path, "/v1/ws") {
		u.Path = strings.TrimSuffix(u.Path, "/") + "/v1/ws"
	}
	return u.String(), nil
}

func dialError(err error, answer *http.Response) error {
	if answer == nil {
		return fmt.Errorf("connect to the server: %w", err)
	}
	code := gym.CodeInternal
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		code = gym.CodeUnauthorized
	case http.StatusBadRequest:
		code = gym.CodeVersionMismatch
	}
	return &gym.Error{Code: code, Msg: "the server refused the connection: " + answer.Status, Err: err}
}

func (c *Client) readHello(ctx context.Context) error {
	if d, ok := ctx.Deadline(); ok {
		c.ws.SetReadDeadline(d)
	}
	_, frame, err := c.ws.ReadMessage()
	if err != nil {
		return lost(err)
	}
	c.ws.SetReadDeadline(time.Time{})
	if c.hello, err = c.codec.DecodeHello(frame); err != nil {
		return err
	}
	if c.hello.Protocol != wire.Version {
		return gym.Errorf(gym.CodeVersionMismatch, "the server speaks protocol %d, this client %d", c.hello.Protocol, wire.Version)
	}
	return nil
}

// Hello is what the server said first.
func (c *Client) Hello() wire.Hello { return c.hello }

// read hands replies to who waits for them until the connection ends.
func (c *Client) read() {
	for {
		_, frame, err := c.ws.ReadMessage()
		if err != nil {
			c.end(lost(err))
			return
		}
		r := new(wire.Reply)
		if err := c.codec.DecodeReply(frame, r); err != nil {
			c.end(err)
			return
		}
		c.mu.Lock()
		waiting := c.pending[r.ID]
		delete(c.pending, r.ID)
		c.mu.Unlock()
		if waiting != nil {
			waiting <- r
		}
	}
}

// ErrLost says that the connection ended. The server keeps its sessions for a while:
// dial again and Resume.
var ErrLost = errors.New("the connection to the server is lost")

func lost(err error) error { return fmt.Errorf("%w: %w", ErrLost, err) }

func (c *Client) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		close(c.ended)
	}
	c.ws.Close()
}

// Close ends the connection. Its sessions wait for the grace period.
func (c *Client) Close() error {
	c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	c.end(lost(errors.New("closed here")))
	return nil
}

// NextID answers a request id that this client has not used.
func (c *Client) NextID() int64 { return c.next.Add(1) }

// Do sends a request and waits for its reply. It gives q an id where it has none. An
// error of the server's is in the reply; the error answered is that of the connection or
// of ctx.
func (c *Client) Do(ctx context.Context, q *wire.Request) (*wire.Reply, error) {
	if q.ID == 0 {
		q.ID = c.NextID()
	}
	waiting := make(chan *wire.Reply, 1)
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return nil, c.err
	}
	c.pending[q.ID] = waiting
	c.mu.Unlock()
	if err := c.write(q); err != nil {
		return nil, err
	}
	select {
	case r := <-waiting:
		return r, nil
	case <-c.ended:
		return nil, c.failure()
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.pending, q.ID)
		c.mu.Unlock()
		return nil, ctx.Err()
	}
}

func (c *Client) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *Client) write(q *wire.Request) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	var err error
	if c.frame, err = c.codec.AppendRequest(c.frame[:0], q); err != nil {
		return err
	}
	kind := websocket.BinaryMessage
	if c.codec.Text {
		kind = websocket.TextMessage
	}
	if err := c.ws.WriteMessage(kind, c.frame); err != nil {
		return lost(err)
	}
	return nil
}

// call is Do with the server's error as the error.
func (c *Client) call(ctx context.Context, q *wire.Request) (*wire.Reply, error) {
	r, err := c.Do(ctx, q)
	if err != nil {
		return nil, err
	}
	if r.Error != nil {
		return nil, r.Error.Err()
	}
	return r, nil
}

// Envs lists the server's environments.
func (c *Client) Envs(ctx context.Context) ([]wire.EnvInfo, error) {
	r, err := c.call(ctx, &wire.Request{Op: wire.OpEnvs})
	if err != nil {
		return nil, err
	}
	return r.Envs, nil
}

// Tasks lists tasks of a split, at most limit from one on.
func (c *Client) Tasks(ctx context.Context, env string, split gym.Split, from, limit int) (*wire.TaskList, error) {
	r, err := c.call(ctx, &wire.Request{Op: wire.OpTasks, Env: env, Split: split, Index: new(int64(from)), Limit: int64(limit)})
	if err != nil {
		return nil, err
	}
	return r.Tasks, nil
}

// Batch carries requests of several sessions out with one frame; the answers are in the
// order of the requests.
func (c *Client) Batch(ctx context.Context, requests []wire.Request) ([]wire.Reply, error) {
	for i := range requests {
		if requests[i].ID == 0 {
			requests[i].ID = c.NextID()
		}
	}
	r, err := c.call(ctx, &wire.Request{Op: wire.OpBatch, Requests: requests})
	if err != nil {
		return nil, err
	}
	return r.Results, nil
}
