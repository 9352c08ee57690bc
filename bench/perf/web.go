package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"dreamgym/adapters/chrome"
	client "dreamgym/clients/go"
	"dreamgym/envserver/gym"
)

const shopEnv = "sites/shop-v0"

// Where a visit goes: to new pages by links, then to other orders of a list in place.
func webLinks() []string  { return []string{"Audio", "Toys", "Kitchen", "Travel"} }
func webOrders() []string { return []string{"Price: low to high", "Newest first", "Name: A to Z"} }

// visited is how long the parts of a visit took, and what a step cost.
type visited struct {
	Page, Place, Reset []float64 // seconds
	cpu                float64   // ms of processor time a step, of all processes
}

func (v visited) steps() float64 { return float64(len(v.Page) + len(v.Place)) }

// measureWeb compares a shop's pages through our server with the same pages through
// BrowserGym's environment.
func measureWeb(ctx context.Context, o options, progress io.Writer) (section, error) {
	s := section{title: "Web", note: "The shop of `sites/shop-v0` with Debian's headless Chromium on both sides: links to new pages, then a list sorted in place. Ours is through the server, recorded, " +
		"its processor time with the shop's own. The peer is `browsergym-core` 0.14.3 over the same shop, which another process serves: as shipped, and tuned (no delay before an observation, no slow motion). Bare CDP is the same trusted click, the load's event, and one `Runtime.evaluate` that lists the controls; in place, one `Runtime.evaluate` that chooses, waits until the list was replaced and lists the controls."}
	w := &web{o: o, progress: progress}
	defer w.stop()
	if err := w.start(ctx); err != nil {
		return s, err
	}
	all := make([]versusWeb, 0, rounds)
	for r := range o.webRounds {
		fmt.Fprintf(progress, "web: round %d of %d\n", r+1, o.webRounds)
		one, err := w.round(ctx)
		if err != nil {
			return s, err
		}
		all = append(all, one)
	}
	shipped, err := w.peer(ctx, "")
	if err != nil {
		return s, err
	}
	held, err := w.held(ctx)
	if err != nil {
		return s, err
	}
	s.rows = append(webRows(all, shipped), heldRow(held))
	err = s.run(ctx, o, progress, []goBenchmark{
		{"./adapters/chrome", "BenchmarkBare", "100x", "10x", bareRow},
		{"./adapters/chrome", "BenchmarkSurf", "10x", "1x", surfRow},
		{"./adapters/chrome", "BenchmarkEventual", "25x", "1x", eventualRow},
		{"./adapters/chrome", "BenchmarkIdle", "1x", "", idleRow},
	})
	return s, err
}

// web is the comparison's processes.
type web struct {
	o             options
	progress      io.Writer
	data          string
	server, sites *process
	chrome        string
}

func (w *web) start(ctx context.Context) (err error) {
	if w.chrome, err = chrome.Find(""); err != nil {
		return err
	}
	if w.data, err = os.MkdirTemp("", "perf-"); err != nil {
		return err
	}
	if w.server, err = startServer(ctx, w.o, w.data, "process"); err != nil {
		return err
	}
	w.sites, err = start(ctx, w.o.envserver, "sites", "--listen", "127.0.0.1:0")
	return err
}

func (w *web) stop() {
	for _, p := range []*process{w.server, w.sites} {
		if p != nil {
			p.stop()
		}
	}
	os.RemoveAll(w.data)
}

// versusWeb is one round of both sides.
type versusWeb struct{ ours, tuned visited }

func (w *web) round(ctx context.Context) (v versusWeb, err error) {
	if v.ours, err = w.ours(ctx); err == nil {
		v.tuned, err = w.peer(ctx, "--tuned")
	}
	return v, err
}

// visit opens a session and resets it.
func (w *web) visit(ctx context.Context, c *client.Client) (*visitor, error) {
	s, err := c.Open(ctx, shopEnv, client.OpenOptions{})
	if err != nil {
		return nil, err
	}
	v := &visitor{session: s}
	return v, v.reset(ctx)
}

// ours steps one session of our server.
func (w *web) ours(ctx context.Context) (visited, error) {
	c, err := client.Dial(ctx, w.server.url, client.Options{})
	if err != nil {
		return visited{}, err
	}
	defer c.Close()
	v, err := w.visit(ctx, c)
	if err != nil {
		return visited{}, err
	}
	v.took.Reset = nil // the browser was started
	before, err := w.server.treeCPU()
	for range w.o.webVisits {
		if err == nil {
			err = v.goRound(ctx)
		}
	}
	if err != nil {
		return visited{}, err
	}
	after, err := w.server.treeCPU()
	v.took.cpu = milli(after-before) / v.took.steps()
	for range w.o.webResets {
		if err == nil {
			err = v.reset(ctx)
		}
	}
	return v.took, err
}

func milli(d time.Duration) float64 { return d.Seconds() * 1000 }

// visitor is a session in the shop.
type visitor struct {
	session *client.Session
	seen    string
	took    visited
}

func (v *visitor) reset(ctx context.Context) error {
	begun := time.Now()
	ts, err := v.session.Reset(ctx, client.ResetOptions{})
	v.took.Reset = append(v.took.Reset, time.Since(begun).Seconds())
	v.seen = ts.Observation.Text
	return err
}

func (v *visitor) goRound(ctx context.Context) error {
	for _, name := range webLinks() {
		if err := v.step(ctx, &v.took.Page, "link", name, "click('%s')"); err != nil {
			return err
		}
	}
	for _, order := range webOrders() {
		if err := v.step(ctx, &v.took.Place, "combobox", "Sort by", "select_option('%s', "+strconv.Quote(order)+")"); err != nil {
			return err
		}
	}
	return nil
}

// step acts on the first element of a role and a name.
func (v *visitor) step(ctx context.Context, took *[]float64, role, name, action string) error {
	m := regexp.MustCompile(`(?m)^\s*\[(\d+)\] ` + role + ` "` + regexp.QuoteMeta(name) + `"`).FindStringSubmatch(v.seen)
	if m == nil {
		return fmt.Errorf("there is no %s %q in\n%s", role, name, v.seen)
	}
	begun := time.Now()
	ts, err := v.session.Step(ctx, gym.Action(fmt.Sprintf(action, m[1])))
	*took = append(*took, time.Since(begun).Seconds())
	v.seen = ts.Observation.Text
	return err
}

// peer plays a visit by BrowserGym.
func (w *web) peer(ctx context.Context, how string) (v visited, err error) {
	links, _ := json.Marshal(webLinks())
	orders, _ := json.Marshal(webOrders())
	args := []string{"-P", "bench/peers/browsergym.py", "http" + strings.TrimPrefix(w.sites.url, "ws"), "--chrome", w.chrome,
		"--rounds", strconv.Itoa(w.o.webVisits), "--resets", strconv.Itoa(w.o.webResets), "--links", string(links), "--orders", string(orders)}
	if how != "" {
		args = append(args, how)
	}
	p, err := converse(ctx, w.o.browsergym, args...)
	if err != nil {
		return v, err
	}
	defer p.end()
	var used [2]time.Duration
	for i, said := range []string{"ready", "stepped"} {
		if _, err := p.hear(said); err != nil {
			return v, err
		}
		if used[i], err = p.treeCPU(); err != nil {
			return v, err
		}
		fmt.Fprintln(p.in)
	}
	told, err := p.hear("{")
	if err != nil {
		return v, err
	}
	err = json.Unmarshal([]byte(told), &v)
	v.cpu = milli(used[1]-used[0]) / v.steps()
	return v, err
}

// talker is a process that is talked to by lines.
type talker struct {
	process
	in  io.WriteCloser
	out *bufio.Reader
	err *strings.Builder
}

func converse(ctx context.Context, name string, args ...string) (*talker, error) {
	t := &talker{process: process{cmd: exec.CommandContext(ctx, name, args...)}, err: new(strings.Builder)}
	t.cmd.Stderr = t.err
	out, err := t.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if t.in, err = t.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	t.out = bufio.NewReader(out)
	return t, t.cmd.Start()
}

// hear answers the next line, which begins as expected.
func (t *talker) hear(beginning string) (string, error) {
	line, err := t.out.ReadString('\n')
	if err == nil && strings.HasPrefix(line, beginning) {
		return line, nil
	}
	t.end()
	return "", fmt.Errorf("%s said %q, not %q: %w\n%s", t.cmd.Path, line, beginning, err, t.err)
}

func (t *talker) end() {
	t.in.Close()
	t.cmd.Wait()
}

// held answers what a live page holds, in bytes.
func (w *web) held(ctx context.Context) (float64, error) {
	fmt.Fprintf(w.progress, "web: %d pages at once\n", w.o.webPages)
	c, err := client.Dial(ctx, w.server.url, client.Options{})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if _, err := w.visit(ctx, c); err != nil { // the first brings what all share
		return 0, err
	}
	before, err := w.server.treePSS()
	for range w.o.webPages {
		if err == nil {
			_, err = w.visit(ctx, c)
		}
	}
	if err != nil {
		return 0, err
	}
	after, err := w.server.treePSS()
	return float64(after-before) / float64(w.o.webPages), err
}
