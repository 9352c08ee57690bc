package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// The frames of OpenEnv that the load sends, as its clients write them.
const (
	resetFrame = `{"type": "reset", "data": {}}`
	stepFrame  = `{"type": "step", "data": {"action": "go to shelf 1"}}`
	closeFrame = `{"type": "close"}`
)

// openLane is a session by OpenEnv's frames on a WebSocket. It connects as any client does;
// from then on poller reads and writes its socket, so that load costs little beside what it
// loads.
type openLane struct {
	socket  int
	partial []byte        // of the frame that is coming in
	reply   []byte        // the last one
	ping    []byte        // what the last ping held
	taken   int           // steps
	sent    time.Time     // the request under way
	connect time.Duration // until the WebSocket was open
	ready   time.Duration // until the first reset was answered
}

// openDialer connects.
func openDialer() *websocket.Dialer {
	return &websocket.Dialer{HandshakeTimeout: time.Minute, ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10, WriteBufferPool: new(sync.Pool)}
}

// openDial connects and sends a first frame, whose answer, if there is to be one, holds want.
func openDial(ctx context.Context, d *websocket.Dialer, url, first, want string) (*openLane, error) {
	begun := time.Now()
	ws, _, err := d.DialContext(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	defer ws.NetConn().Close() // the lane has a socket of its own
	l := &openLane{connect: time.Since(begun)}
	if err := ws.WriteMessage(websocket.TextMessage, []byte(first)); err != nil {
		return nil, err
	}
	if want != "" {
		_, reply, err := ws.ReadMessage()
		if err != nil || !bytes.Contains(reply, []byte(want)) {
			return nil, fmt.Errorf("the first answer is %q: %w", reply, err)
		}
		l.ready = time.Since(begun)
	}
	l.socket, err = duplicate(ws.NetConn())
	return l, err
}

// check makes sure that the server did what it was asked: the environment counts its steps.
func (l *openLane) check() error {
	if want := fmt.Sprintf("step %d ", l.taken); !bytes.Contains(l.reply, []byte(want)) {
		return fmt.Errorf("after %d steps the reply is %q", l.taken, l.reply)
	}
	return nil
}

// The opcodes of WebSocket frames that a server sends.
const (
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// take takes in what came, and answers the opcode of the frame that is complete now, 0 when
// none is. Its payload is the reply, but for a ping's, which may come after it, and a pong's.
func (l *openLane) take(b []byte) byte {
	if len(l.partial) > 0 {
		l.partial = append(l.partial, b...)
		b = l.partial
	}
	op, payload, rest := cutFrame(b)
	switch op {
	case 0:
		l.partial = append(l.partial[:0:cap(l.partial)], b...)
		return 0
	case opPong:
	case opPing:
		l.ping = append(l.ping[:0], payload...)
	default:
		l.reply = append(l.reply[:0], payload...)
	}
	l.partial = append([]byte(nil), rest...)
	return op
}

// cutFrame takes a server's frame off the front of b; the opcode 0 says that it is not complete.
func cutFrame(b []byte) (op byte, payload, rest []byte) {
	if len(b) < 2 {
		return 0, nil, nil
	}
	n, head := int(b[1]&0x7f), 2
	switch {
	case n == 126 && len(b) >= 4:
		n, head = int(binary.BigEndian.Uint16(b[2:])), 4
	case n == 127 && len(b) >= 10:
		n, head = int(binary.BigEndian.Uint64(b[2:])), 10
	case n > 125:
		return 0, nil, nil
	}
	if len(b) < head+n {
		return 0, nil, nil
	}
	return b[0] & 0x0f, b[head : head+n], b[head+n:]
}

// masked is a client's frame of up to 125 bytes.
func masked(op byte, payload []byte) []byte {
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	frame := append([]byte{0x80 | op, 0x80 | byte(len(payload))}, key[:]...)
	for i, b := range payload {
		frame = append(frame, b^key[i%4])
	}
	return frame
}

// openLanes are many sessions of one server.
type openLanes []*openLane

// connectAll makes n lanes, some at a time.
func connectAll(n int, one func() (*openLane, error)) (openLanes, error) {
	all := make(openLanes, n)
	err := together(n, inFlight, func(i int) (err error) {
		all[i], err = one()
		return err
	})
	if err != nil {
		all.drop()
		return nil, err
	}
	return all, nil
}

// hammer keeps a step of every lane under way for a while.
func (all openLanes) hammer(server *process, length time.Duration) (speed, error) {
	before, err := server.cpu()
	if err != nil {
		return speed{}, err
	}
	var took []time.Duration
	begun := time.Now()
	err = all.poll(stepFrame, len(all), func(l *openLane, now time.Time) bool {
		l.taken++
		took = append(took, now.Sub(l.sent))
		return now.Sub(begun) < length
	})
	if err != nil {
		return speed{}, err
	}
	seconds := time.Since(begun).Seconds()
	after, err := server.cpu()
	n := float64(len(took))
	return speed{rate: n / seconds, cpu: float64((after - before).Microseconds()) / n, p99: quantile(took, 0.99)}, err
}

// stepAll steps each once, some at a time.
func (all openLanes) stepAll() error {
	return all.poll(stepFrame, inFlight, func(l *openLane, _ time.Time) bool {
		l.taken++
		return false
	})
}

// endAll ends the sessions after a look at their last replies.
func (all openLanes) endAll() error {
	var failures error
	for _, l := range all {
		failures = errors.Join(failures, l.check())
	}
	if failures != nil {
		return failures
	}
	return all.poll(closeFrame, inFlight, func(*openLane, time.Time) bool { return false })
}

// quantile answers what a share of the lanes did not exceed.
func (all openLanes) quantile(share float64, of func(*openLane) time.Duration) time.Duration {
	times := make([]time.Duration, len(all))
	for i, l := range all {
		times[i] = of(l)
	}
	return quantile(times, share)
}
