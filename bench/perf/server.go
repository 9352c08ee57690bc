package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"dreamgym/envserver/wire"
)

const rounds = 3

// The targets of a comparison, in the order in which a round takes them.
const (
	bare = iota
	coding
	recorded
	unrecorded
	targets
)

// targetNames are for errors.
func targetNames() [targets]string {
	return [targets]string{"the bare echo", "the coding echo", "the recording server", "the server that does not record"}
}

// measureServer compares the server's steps with those of the two echoes.
func measureServer(ctx context.Context, o options, progress io.Writer) (section, error) {
	s := section{title: "Server", note: "One connection a session, one request in flight on each, a 300-byte observation, no compression. " +
		"The limit is a bare gorilla/websocket echo to and from which the same bytes travel; the coding echo also decodes and encodes with the usual libraries. " +
		"CPU is that of the server's process."}
	codecs := wire.NewCodecs()
	for _, n := range o.sessions {
		for _, codec := range []*wire.Codec{codecs.Msgpack, codecs.JSON} {
			fmt.Fprintf(progress, "server: %d sessions, %s\n", n, codecName(codec))
			all, err := compare(ctx, o, codec, n)
			if err != nil {
				return s, fmt.Errorf("%d sessions, %s: %w", n, codecName(codec), err)
			}
			s.rows = append(s.rows, serverRows(n, codec, all)...)
		}
	}
	return s, nil
}

func codecName(c *wire.Codec) string {
	if c.Text {
		return "json"
	}
	return "msgpack"
}

// compare loads every target in alternating rounds and answers what each round measured.
func compare(ctx context.Context, o options, codec *wire.Codec, n int) ([][targets]speed, error) {
	data, err := os.MkdirTemp("", "perf-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(data)
	loads, stop, err := openLoads(ctx, o, codec, n, data)
	defer stop()
	if err != nil {
		return nil, err
	}
	all := make([][targets]speed, rounds)
	for r := range all {
		for i, d := range loads {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if all[r][i], err = d.round(o.round); err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", targetNames()[i], r+1, err)
			}
		}
	}
	for _, i := range []int{recorded, unrecorded} {
		for _, l := range loads[i].lanes {
			if err := l.check(); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// openLoads starts a process for each target and connects to it; stop ends them all.
func openLoads(ctx context.Context, o options, codec *wire.Codec, n int, data string) (loads []*load, stop func(), err error) {
	var started []*process
	loads = make([]*load, targets)
	stop = func() {
		for _, d := range loads {
			if d != nil {
				d.close()
			}
		}
		for _, p := range started {
			p.stop()
		}
	}
	open := func(i int, p *process, err error, prepare func(*lane, string) error) error {
		if err != nil {
			return err
		}
		started = append(started, p)
		if loads[i], err = connect(ctx, p, codec, n, prepare); err != nil {
			return fmt.Errorf("connect to %s: %w", targetNames()[i], err)
		}
		return nil
	}
	p, err := startServer(ctx, o, data+"/recorded", "process")
	if err := open(recorded, p, err, (*lane).begin); err != nil {
		return loads, stop, err
	}
	p, err = startServer(ctx, o, data+"/unrecorded", "none")
	if err := open(unrecorded, p, err, (*lane).begin); err != nil {
		return loads, stop, err
	}
	answer := bytes.Clone(loads[recorded].lanes[0].reply.Bytes())
	mirror := func(l *lane, session string) error { return l.mirror(session, answer) }
	p, err = startEcho(ctx, "")
	if err := open(bare, p, err, mirror); err != nil {
		return loads, stop, err
	}
	p, err = startEcho(ctx, codecName(codec))
	return loads, stop, open(coding, p, err, mirror)
}

// medianOf answers the median of a figure.
func medianOf[T any](all []T, figure func(T) float64) float64 {
	values := make([]float64, len(all))
	for i, v := range all {
		values[i] = figure(v)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func serverRows(n int, codec *wire.Codec, all [][targets]speed) []row {
	aim := 0.6
	if n == 1 {
		aim = 0.3
	}
	limit := fmt.Sprintf("%s; coding %s", describe(all, bare), describe(all, coding))
	one := func(what string, target int, aim float64) row {
		ratio := ratioOf(all, target, bare)
		return row{
			measure: fmt.Sprintf("%s, %s, %s", counted(n), codecName(codec), what), ours: describe(all, target), limit: limit,
			ratio: fmt.Sprintf("%.2f; of coding %.2f", ratio, ratioOf(all, target, coding)), aim: fmt.Sprintf("≥ %.1f", aim), met: verdict(ratio >= aim),
		}
	}
	return []row{one("recorded", recorded, aim), one("not recorded", unrecorded, 0.8)}
}

func counted(sessions int) string {
	if sessions == 1 {
		return "1 session"
	}
	return fmt.Sprintf("%d sessions", sessions)
}

// ratioOf is the median of the rounds' ratios: what else the machine did in a round, it
// did to both.
func ratioOf(all [][targets]speed, target, limit int) float64 {
	return medianOf(all, func(r [targets]speed) float64 { return r[target].rate / r[limit].rate })
}

func describe(all [][targets]speed, target int) string {
	return fmt.Sprintf("%.0f/s, %.1f µs CPU", medianOf(all, func(r [targets]speed) float64 { return r[target].rate }),
		medianOf(all, func(r [targets]speed) float64 { return r[target].cpu }))
}

// measureMemory compares what an idle session holds.
func measureMemory(ctx context.Context, o options, progress io.Writer) (section, error) {
	s := section{title: "Memory", note: "Resident memory of the server's process, divided by its idle sessions, each on a connection of its own, after one step; recording on."}
	fmt.Fprintf(progress, "memory: %d idle sessions\n", o.idle)
	data, err := os.MkdirTemp("", "perf-")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(data)
	codec := wire.NewCodecs().Msgpack
	var answer []byte
	server, err := startServer(ctx, o, data, "process")
	if err != nil {
		return s, err
	}
	ours, err := idleBytes(ctx, o, server, codec, func(l *lane, session string) error {
		err := l.begin(session)
		if session == "bench-00000" {
			answer = bytes.Clone(l.reply.Bytes())
		}
		return err
	})
	if err != nil {
		return s, err
	}
	peer, err := startEcho(ctx, "")
	if err != nil {
		return s, err
	}
	theirs, err := idleBytes(ctx, o, peer, codec, func(l *lane, session string) error { return l.mirror(session, answer) })
	if err != nil {
		return s, err
	}
	s.rows = []row{{
		measure: fmt.Sprintf("an idle session, of %d", o.idle), ours: fmt.Sprintf("%.1f KiB", ours/1024), limit: fmt.Sprintf("bare echo %.1f KiB", theirs/1024),
		ratio: fmt.Sprintf("%.1f×", ours/theirs), aim: "≤ 24 KiB", met: verdict(ours <= 24<<10),
	}}
	return s, nil
}

// idleBytes ends the server after it has told what a session holds.
func idleBytes(ctx context.Context, o options, p *process, codec *wire.Codec, prepare func(*lane, string) error) (float64, error) {
	defer p.stop()
	before, err := p.rss()
	if err != nil {
		return 0, err
	}
	d, err := connect(ctx, p, codec, o.idle, prepare)
	if err != nil {
		return 0, err
	}
	defer d.close()
	select { // what connecting took is given back
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(o.settle):
	}
	after, err := p.rss()
	return float64(after-before) / float64(o.idle), err
}
