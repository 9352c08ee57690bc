package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"dreamgym/envserver/wire"
)

const echoEnv = "test/echo-v0"

// lane is one session on a connection of its own, with one request in flight.
type lane struct {
	ws      *websocket.Conn
	codec   *wire.Codec
	request wire.Request // of a step
	sent    int64        // requests
	frame   []byte
	reply   bytes.Buffer
}

func dial(ctx context.Context, url string, codec *wire.Codec) (*lane, error) {
	dialer := websocket.Dialer{Subprotocols: []string{codec.Subprotocol}, HandshakeTimeout: 30 * time.Second}
	ws, _, err := dialer.DialContext(ctx, url+"/v1/ws", http.Header{})
	if err != nil {
		return nil, err
	}
	return &lane{ws: ws, codec: codec}, nil
}

func (l *lane) kind() int {
	if l.codec.Text {
		return websocket.TextMessage
	}
	return websocket.BinaryMessage
}

// read takes a frame in, without looking at it.
func (l *lane) read() error {
	_, r, err := l.ws.NextReader()
	if err != nil {
		return err
	}
	l.reply.Reset()
	_, err = l.reply.ReadFrom(r)
	return err
}

// exchange sends a request under the next id and takes its reply in.
func (l *lane) exchange(q *wire.Request) error {
	l.sent++
	q.ID = l.sent
	var err error
	if l.frame, err = l.codec.AppendRequest(l.frame[:0], q); err != nil {
		return err
	}
	if err := l.ws.WriteMessage(l.kind(), l.frame); err != nil {
		return err
	}
	return l.read()
}

// step acts once. Whether the reply is one is told by its size; the last is decoded.
func (l *lane) step() error {
	if err := l.exchange(&l.request); err != nil {
		return err
	}
	if l.reply.Len() < 300 {
		return fmt.Errorf("not a timestep: %q", l.reply.Bytes())
	}
	return nil
}

// begin opens a session and starts its episode.
func (l *lane) begin(session string) error {
	if err := l.read(); err != nil { // the hello
		return err
	}
	l.request = wire.Request{Op: wire.OpStep, Session: session, Action: "go to shelf 1"}
	for _, q := range []wire.Request{{Op: wire.OpOpen, Session: session, Env: echoEnv}, {Op: wire.OpReset, Session: session}} {
		if err := l.exchange(&q); err != nil {
			return err
		}
		if reply, err := l.decoded(); err != nil || reply.Error != nil {
			return fmt.Errorf("%s: %v %w", q.Op, reply.Error, err)
		}
	}
	return l.step()
}

// mirror makes an echo answer with a frame.
func (l *lane) mirror(session string, frame []byte) error {
	l.request = wire.Request{Op: wire.OpStep, Session: session, Action: "go to shelf 1"}
	if err := l.ws.WriteMessage(l.kind(), frame); err != nil {
		return err
	}
	return l.step()
}

func (l *lane) decoded() (*wire.Reply, error) {
	r := new(wire.Reply)
	return r, l.codec.DecodeReply(l.reply.Bytes(), r)
}

// check makes sure that the server did what it was asked: the environment counts its steps.
func (l *lane) check() error {
	r, err := l.decoded()
	if err != nil {
		return err
	}
	taken := l.sent - 2 // after open and reset
	want := fmt.Sprintf("step %d ", taken)
	if r.Timestep == nil || !bytes.HasPrefix([]byte(r.Timestep.Observation.Text), []byte(want)) {
		return fmt.Errorf("after %d steps the reply is %q", taken, l.reply.Bytes())
	}
	return nil
}

// load is many lanes to one server.
type load struct {
	server *process
	lanes  []*lane
}

// connect makes n lanes, a few at a time; prepare readies each.
func connect(ctx context.Context, p *process, codec *wire.Codec, n int, prepare func(l *lane, session string) error) (*load, error) {
	d := &load{server: p, lanes: make([]*lane, n)}
	err := together(n, 32, func(i int) error {
		l, err := dial(ctx, p.url, codec)
		if err != nil {
			return err
		}
		d.lanes[i] = l
		return prepare(l, fmt.Sprintf("bench-%05d", i))
	})
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// together does n things, at most width at a time, and answers the first error.
func together(n, width int, do func(i int) error) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, width)
	for range min(n, width) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				if err := do(int(i)); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

func (d *load) close() {
	for _, l := range d.lanes {
		if l != nil {
			l.ws.Close()
		}
	}
}

// speed is what one round of load measured.
type speed struct {
	rate float64       // steps per second
	cpu  float64       // the server's microseconds per step
	p99  time.Duration // of a step, where that is measured
}

// quantile sorts durations, and answers the one that a share of them does not exceed.
func quantile(all []time.Duration, share float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(share*float64(len(all))))]
}

// round loads the server for a while.
func (d *load) round(length time.Duration) (speed, error) {
	before, err := d.server.cpu()
	if err != nil {
		return speed{}, err
	}
	var steps atomic.Int64
	begun := time.Now()
	err = together(len(d.lanes), len(d.lanes), func(i int) error {
		n := int64(0)
		defer func() { steps.Add(n) }()
		for ; time.Since(begun) < length; n++ {
			if err := d.lanes[i].step(); err != nil {
				return err
			}
		}
		return nil
	})
	took := time.Since(begun)
	if err != nil {
		return speed{}, err
	}
	after, err := d.server.cpu()
	n := float64(steps.Load())
	return speed{rate: n / took.Seconds(), cpu: float64((after - before).Microseconds()) / n}, err
}
