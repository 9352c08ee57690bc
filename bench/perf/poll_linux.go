package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// patience is how long the load waits for any answer.
const patience = time.Minute

// poller sends a frame on many lanes and takes the answers in, in one thread. It reads a
// socket when something is there and not before, and asks the system for many at once.
type poller struct {
	epoll   int
	lanes   openLanes
	frame   []byte
	started int // lanes
	pending int // answers
	scratch [64 << 10]byte
	// answered is told of each answer; true: the lane is to send the frame again.
	answered func(l *openLane, now time.Time) bool
}

// poll sends a frame on every lane, at most width at a time.
func (all openLanes) poll(frame string, width int, answered func(l *openLane, now time.Time) bool) error {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	defer syscall.Close(epoll)
	p := &poller{epoll: epoll, lanes: all, frame: masked(1, []byte(frame)), answered: answered}
	for range min(width, len(all)) {
		if err := p.begin(); err != nil {
			return err
		}
	}
	for p.pending > 0 {
		if err := p.wait(); err != nil {
			return err
		}
	}
	return nil
}

// begin sends the frame on the next lane that has not, if there is one.
func (p *poller) begin() error {
	if p.started == len(p.lanes) {
		return nil
	}
	i := p.started
	p.started++
	interest := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(i)}
	if err := syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_ADD, p.lanes[i].socket, &interest); err != nil {
		return err
	}
	return p.send(p.lanes[i])
}

func (p *poller) send(l *openLane) error {
	l.sent = time.Now()
	p.pending++
	return write(l.socket, p.frame)
}

// write writes a frame, for which a socket that waits for its answers has room.
func write(socket int, frame []byte) error {
	n, err := syscall.Write(socket, frame)
	if err == nil && n < len(frame) {
		return errors.New("the server reads nothing")
	}
	return err
}

// wait takes in what is there.
func (p *poller) wait() error {
	var events [256]syscall.EpollEvent
	n, err := syscall.EpollWait(p.epoll, events[:], int(patience.Milliseconds()))
	switch {
	case errors.Is(err, syscall.EINTR):
		return nil
	case err != nil:
		return err
	case n == 0:
		return fmt.Errorf("no answer within %v", patience)
	}
	for _, e := range events[:n] {
		if err := p.read(p.lanes[e.Fd]); err != nil {
			return err
		}
	}
	return nil
}

// read takes in what came on a lane.
func (p *poller) read(l *openLane) error {
	n, err := syscall.Read(l.socket, p.scratch[:])
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("the server closed the connection after %q", l.reply)
	}
	for op := l.take(p.scratch[:n]); op != 0; op = l.take(nil) {
		if err := p.frameOf(l, op); err != nil {
			return err
		}
	}
	return nil
}

// frameOf deals with a frame that is complete.
func (p *poller) frameOf(l *openLane, op byte) error {
	switch op {
	case opPing:
		return write(l.socket, masked(opPong, l.ping))
	case opPong:
		return nil
	case opClose: // nothing comes any more
		syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_DEL, l.socket, nil)
	}
	p.pending--
	if p.answered(l, time.Now()) {
		return p.send(l)
	}
	return p.begin()
}

// duplicate answers a socket of our own to a connection, which may then be closed.
func duplicate(c net.Conn) (socket int, err error) {
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		return 0, err
	}
	failed := raw.Control(func(fd uintptr) {
		if socket, err = syscall.Dup(int(fd)); err == nil {
			syscall.CloseOnExec(socket)
		}
	})
	return socket, errors.Join(failed, err)
}

// drop closes connections without a word.
func (all openLanes) drop() {
	for _, l := range all {
		if l != nil {
			syscall.Close(l.socket)
		}
	}
}
