package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

const openPath = "/envs/" + echoEnv + "/ws"

// inFlight is how many connections are being made at a time.
const inFlight = 64

// Who takes part in the comparison with OpenEnv's own server, in the order of a round.
const (
	openRecorded = iota
	openUnrecorded
	openDefault // the peer, with an environment as it is usually written
	openFastest // the peer, with step_async
	openBare    // an echo: what the load can do
	openTargets
)

func openNames() [openTargets]string {
	return [openTargets]string{"the recording server", "the server that does not record", "OpenEnv's server", "OpenEnv's server with step_async", "the bare echo"}
}

// contest is the comparison's processes.
type contest struct {
	o       options
	data    string
	dialer  *websocket.Dialer
	servers [openTargets]*process
	answer  string // what the echo is to answer
}

// measureOpenEnv compares sessions by OpenEnv's frames with those of OpenEnv's own server.
func measureOpenEnv(ctx context.Context, o options, progress io.Writer) (section, error) {
	s := section{title: "OpenEnv", note: "OpenEnv's frames, a session a connection, one request in flight on each, a 300-byte observation, one load for all. " +
		"The peer is the server of the package `openenv` 0.10.0 as it runs by default (uvicorn, one process) with an echo environment as it is usually written (default), " +
		"whose steps run in threads, and with `step_async` (fastest). The bare echo shows what the load can do. Connecting is 64 at a time, each followed by a reset; " +
		"connect is until the WebSocket is open, ready until the reset is answered."}
	fmt.Fprintln(progress, "openenv: starting servers")
	c := &contest{o: o, dialer: openDialer()}
	defer c.stop()
	if err := c.start(ctx); err != nil {
		return s, err
	}
	for _, measure := range []func(context.Context, io.Writer) ([]row, error){c.connects, c.steps, c.held} {
		rows, err := measure(ctx, progress)
		if err != nil {
			return s, err
		}
		s.rows = append(s.rows, rows...)
	}
	return s, nil
}

// start starts every server, at once: the peer's take a while.
func (c *contest) start(ctx context.Context) (err error) {
	if c.data, err = os.MkdirTemp("", "perf-"); err != nil {
		return err
	}
	const peer = "bench/peers/openenv_echo.py"
	how := [openTargets]func() (*process, error){
		openRecorded:   func() (*process, error) { return startServer(ctx, c.o, c.data+"/recorded", "process") },
		openUnrecorded: func() (*process, error) { return startServer(ctx, c.o, c.data+"/unrecorded", "none") },
		openDefault:    func() (*process, error) { return start(ctx, c.o.openenv, peer, "default") },
		openFastest:    func() (*process, error) { return start(ctx, c.o.openenv, peer, "async") },
		openBare:       func() (*process, error) { return startEcho(ctx, "") },
	}
	err = together(openTargets, openTargets, func(i int) (err error) {
		c.servers[i], err = how[i]()
		return err
	})
	if err != nil {
		return err
	}
	return c.learnAnswer(ctx)
}

// learnAnswer steps our server once, for the echo to send as many bytes.
func (c *contest) learnAnswer(ctx context.Context) error {
	one, err := c.connect(ctx, openRecorded, 1)
	if err != nil {
		return err
	}
	defer one.drop()
	if err := one.stepAll(); err != nil {
		return err
	}
	c.answer = string(one[0].reply)
	return one.endAll()
}

func (c *contest) stop() {
	for _, p := range c.servers {
		if p != nil {
			p.stop()
		}
	}
	os.RemoveAll(c.data)
}

func (c *contest) url(target int) string {
	if target == openRecorded || target == openUnrecorded {
		return c.servers[target].url + openPath
	}
	return c.servers[target].url + "/ws"
}

// connect opens sessions.
func (c *contest) connect(ctx context.Context, target, n int) (openLanes, error) {
	return connectAll(n, func() (*openLane, error) {
		if target == openBare {
			return openDial(ctx, c.dialer, c.url(target), c.answer, "")
		}
		return openDial(ctx, c.dialer, c.url(target), resetFrame, "step 0 ")
	})
}

// arrival is what one round of connecting measured.
type arrival struct{ connect, ready, tail time.Duration }

func arrived(all openLanes) arrival {
	connect := func(l *openLane) time.Duration { return l.connect }
	return arrival{
		connect: all.quantile(0.5, connect), tail: all.quantile(0.99, connect),
		ready: all.quantile(0.5, func(l *openLane) time.Duration { return l.ready }),
	}
}

// connects measures connecting, in alternating rounds, and the memory of idle sessions in the
// first, when the servers are fresh.
func (c *contest) connects(ctx context.Context, progress io.Writer) ([]row, error) {
	fmt.Fprintf(progress, "openenv: connecting %d sessions\n", c.o.arriving)
	all := make([][openTargets]arrival, rounds)
	var held [openTargets]float64
	for r := range all {
		for _, i := range []int{openRecorded, openDefault, openFastest, openBare} {
			var err error
			if all[r][i], err = c.arrive(ctx, i, r == 0, &held[i]); err != nil {
				return nil, fmt.Errorf("connect to %s, round %d: %w", openNames()[i], r+1, err)
			}
		}
	}
	return arrivalRows(c.o.arriving, all, held), nil
}

// arrive connects sessions, weighs them if that is asked for, and ends them.
func (c *contest) arrive(ctx context.Context, target int, weigh bool, held *float64) (arrival, error) {
	before, err := c.servers[target].rss()
	if err != nil {
		return arrival{}, err
	}
	all, err := c.connect(ctx, target, c.o.arriving)
	if err != nil {
		return arrival{}, err
	}
	defer all.drop()
	told := arrived(all)
	if err := all.stepAll(); err != nil || target == openBare {
		return told, err
	}
	if weigh {
		if *held, err = c.weigh(ctx, c.servers[target], before, len(all)); err != nil {
			return told, err
		}
	}
	return told, all.endAll()
}

// weigh answers what a session holds, after what connecting took was given back.
func (c *contest) weigh(ctx context.Context, p *process, before int64, n int) (float64, error) {
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(c.o.settle):
	}
	after, err := p.rss()
	return float64(after-before) / float64(n), err
}

// steps measures steps, in alternating rounds, for each number of sessions.
func (c *contest) steps(ctx context.Context, progress io.Writer) (rows []row, err error) {
	for _, n := range c.o.stepping {
		fmt.Fprintf(progress, "openenv: stepping %d sessions\n", n)
		all, err := c.race(ctx, n)
		if err != nil {
			return nil, err
		}
		rows = append(rows, steppingRows(n, all)...)
	}
	return rows, nil
}

func (c *contest) race(ctx context.Context, n int) ([][openTargets]speed, error) {
	var lanes [openTargets]openLanes
	for i := range lanes {
		var err error
		if lanes[i], err = c.connect(ctx, i, n); err != nil {
			return nil, fmt.Errorf("connect to %s: %w", openNames()[i], err)
		}
		defer lanes[i].drop()
	}
	all := make([][openTargets]speed, rounds)
	for r := range all {
		for i := range lanes {
			var err error
			if all[r][i], err = lanes[i].hammer(c.servers[i], c.o.round); err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", openNames()[i], r+1, err)
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	var failures error
	for i := range openBare {
		failures = errors.Join(failures, lanes[i].endAll())
	}
	return all, failures
}

// held opens as many sessions as there may be on a server of their own, and steps them all.
func (c *contest) held(ctx context.Context, progress io.Writer) ([]row, error) {
	fmt.Fprintf(progress, "openenv: %d sessions at once\n", c.o.held)
	p, err := startServer(ctx, c.o, c.data+"/held", "process")
	if err != nil {
		return nil, err
	}
	defer p.stop()
	before, err := p.rss()
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	all, err := connectAll(c.o.held, func() (*openLane, error) {
		return openDial(ctx, c.dialer, p.url+openPath, resetFrame, "step 0 ")
	})
	if err != nil {
		return nil, err
	}
	defer all.drop()
	took := time.Since(begun)
	stepping := time.Now()
	if err := all.stepAll(); err != nil {
		return nil, err
	}
	stepped := time.Since(stepping)
	each, err := c.weigh(ctx, p, before, len(all))
	if err != nil {
		return nil, err
	}
	return heldRows(arrived(all), took, stepped, each, all), all.endAll()
}
