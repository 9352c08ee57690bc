// Command perf measures the product against its limits and its peers in one run:
// alternating rounds, medians, ratios. The server under load, the load and what it is
// compared with are processes of their own on the same cores.
//
//	go run ./bench/perf -write docs/performance.md
//	go run ./bench/perf -short -parts server
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "perf:", err)
		os.Exit(1)
	}
}

// options are the command's flags.
type options struct {
	envserver string
	python    string
	openenv   string
	// browsergym is the interpreter of the peer that drives a browser.
	browsergym string
	textworld  string
	write      string
	parts      []string
	short      bool

	round    time.Duration // one target under load
	settle   time.Duration // before memory is read
	sessions []int
	sizes    []int // of experience buffers
	idle     int   // sessions whose memory is measured
	dreamers []int // sessions at once that dream by a language model
	stepping []int // sessions by OpenEnv's frames that step
	arriving int   // that connect
	held     int   // that are open at once
	// Of the web: rounds of both sides, visits in each (four are an episode), resets, pages at once.
	webRounds, webVisits, webResets, webPages int
}

// parts are what can be measured, in the order of the report.
func parts() []string {
	return []string{"server", "memory", "openenv", "dream", "language", "chrome", "web", "python"}
}

func parse(args []string, stderr io.Writer) (options, error) {
	o := options{round: 2 * time.Second, settle: 5 * time.Second, sessions: []int{1, 64, 1024}, sizes: []int{1_000, 10_000, 100_000}, idle: 10_000, dreamers: []int{1, 32, 256},
		stepping: []int{64, 1024}, arriving: 2048, held: 16_384, webRounds: 3, webVisits: 4, webResets: 5, webPages: 16}
	flags := flag.NewFlagSet("perf", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.envserver, "envserver", "bin/envserver", "the server to measure")
	flags.StringVar(&o.python, "python", "python3", "the interpreter that has the client installed")
	flags.StringVar(&o.openenv, "openenv", ".venv-openenv/bin/python", "the interpreter that has the package openenv installed")
	flags.StringVar(&o.browsergym, "browsergym", ".venv-browsergym/bin/python", "the interpreter that has browsergym-core installed")
	flags.StringVar(&o.textworld, "textworld", "", "transitions of a text environment (.jsonl); left out when empty")
	flags.StringVar(&o.write, "write", "", "write the report to this file, too")
	flags.BoolVar(&o.short, "short", false, "a form of about a minute; it never writes")
	only := flags.String("parts", strings.Join(parts(), ","), "what to measure")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.parts = strings.Split(*only, ",")
	for _, p := range o.parts {
		if !slices.Contains(parts(), p) {
			return o, fmt.Errorf("there is no part %q: there are %s", p, strings.Join(parts(), ", "))
		}
	}
	if o.short {
		o.round, o.settle, o.write = 500*time.Millisecond, time.Second, ""
		o.sessions, o.sizes, o.idle, o.dreamers = []int{64}, []int{1_000}, 1_000, []int{32}
		o.stepping, o.arriving, o.held = []int{64}, 256, 1_024
		o.webRounds, o.webVisits, o.webResets, o.webPages = 1, 1, 2, 4
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "echo" {
		return echo(ctx, args[1:], stdout, stderr)
	}
	if len(args) > 0 && args[0] == "stand-in" {
		return standIn(ctx, args[1:], stdout, stderr)
	}
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	r := report{options: o, machine: describeMachine(), loadBefore: loadAverage()}
	measure := map[string]func(context.Context, options, io.Writer) (section, error){
		"server": measureServer, "memory": measureMemory, "openenv": measureOpenEnv, "dream": measureDream, "language": measureLanguage, "chrome": measureChrome, "web": measureWeb, "python": measurePython,
	}
	var failures error
	for _, p := range o.parts {
		s, err := measure[p](ctx, o, stderr)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failures = errors.Join(failures, fmt.Errorf("%s: %w", p, err))
			continue
		}
		r.sections = append(r.sections, s)
	}
	r.loadAfter = loadAverage()
	text := r.markdown()
	if _, err := io.WriteString(stdout, text); err != nil || failures != nil || o.write == "" {
		return errors.Join(failures, err) // a report with holes replaces none
	}
	return os.WriteFile(o.write, []byte(text), 0o644)
}
