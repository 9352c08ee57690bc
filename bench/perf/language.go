package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/synth/dream"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/experience"
	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/llm"
)

const (
	standInLatency = 250 * time.Millisecond
	languageBuffer = 3_000 // transitions that dreams rest on
)

// standInAnswer is what the stand-in says to everything.
const standInAnswer = `{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"{\"reasoning\":\"It goes on as recorded.\",\"next_state\":\"You see nothing special.\",\"reward\":0,\"terminated\":false}"}}],"usage":{"prompt_tokens":1000,"completion_tokens":30}}`

// standIn is an endpoint of a fixed latency, in place of a language model whose time is not
// what is measured.
func standIn(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("stand-in", flag.ContinueOnError)
	flags.SetOutput(stderr)
	latency := flags.Duration("latency", standInLatency, "of every answer")
	if err := flags.Parse(args); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		due := time.NewTimer(*latency)
		defer due.Stop()
		io.Copy(io.Discard, r.Body) //nolint:errcheck // what is asked makes no difference
		<-due.C
		io.WriteString(w, standInAnswer) //nolint:errcheck // the client may be gone
	})}
	context.AfterFunc(ctx, func() { server.Close() })
	fmt.Fprintf(stdout, "serving http://%s\n", l.Addr())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// watched answers every request at once, and notes whether each begins as the one before it
// in its episode. It is used by one goroutine.
type watched struct {
	spent time.Duration // by itself

	last   []message
	steps  int
	stable int
	bytes  int
}

type message struct{ Role, Content string }

// RoundTrip answers one request.
func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	defer func() { w.spent += time.Since(began) }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.note(body)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(standInAnswer))}, nil
}

func (w *watched) note(body []byte) {
	var asked struct{ Messages []message }
	if json.Unmarshal(body, &asked) != nil || len(asked.Messages) < 2 {
		return
	}
	w.bytes = max(w.bytes, len(body))
	if n := len(w.last) - 1; n >= 1 && len(asked.Messages) == n+3 {
		w.steps++
		if slices.Equal(w.last[:n], asked.Messages[:n]) {
			w.stable++
		}
	}
	w.last = asked.Messages
}

// language is what dreams of a language model are measured with.
type language struct {
	url      string
	rec      *experience.Recording
	buffer   *experience.Buffer
	embedded *analogy.Model
	store    *endpoint.Store
	seed     atomic.Int64 // every session asks what none did before
}

// measureLanguage holds dreams of a language model against the endpoint's own throughput.
func measureLanguage(ctx context.Context, o options, progress io.Writer) (section, error) {
	s := section{title: "Language model", note: fmt.Sprintf("Dreams by the model `llm` in process, over %d transitions of the house, with a stand-in endpoint that answers everything after %s. "+
		"The limit is a bare HTTP client that sends requests of the same size to the same endpoint as often as it can. Every answer is kept in the store.", languageBuffer, standInLatency)}
	data, err := os.MkdirTemp("", "perf-")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(data)
	l, stop, err := prepareLanguage(ctx, data, progress)
	if err != nil {
		return s, err
	}
	defer stop()
	own, w, err := l.ownTime(ctx)
	if err != nil {
		return s, err
	}
	s.rows = append(s.rows,
		row{measure: "a step but for the endpoint, which answers in process at once", ours: fmt.Sprintf("p50 %s, p99 %s", ms(own[len(own)/2]), ms(own[len(own)*99/100])),
			limit: "—", ratio: "—", aim: "p50 ≤ 0.5 ms", met: verdict(own[len(own)/2] <= 500*time.Microsecond)},
		row{measure: "steps that begin as the one before, without compaction", ours: fmt.Sprintf("%d of %d", w.stable, w.steps),
			limit: "—", ratio: "—", aim: "100 %", met: verdict(w.stable == w.steps && w.steps > 0)})
	for _, n := range o.dreamers {
		fmt.Fprintf(progress, "language model: %d sessions\n", n)
		rows, err := l.throughput(ctx, n, w.bytes, o)
		if err != nil {
			return s, err
		}
		s.rows = append(s.rows, rows...)
	}
	return s, nil
}

func prepareLanguage(ctx context.Context, data string, progress io.Writer) (*language, func(), error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	p, err := start(ctx, self, "stand-in")
	if err != nil {
		return nil, nil, err
	}
	l := &language{url: "http" + strings.TrimPrefix(p.url, "ws") + "/v1", buffer: experience.NewBuffer(0), embedded: analogy.New()}
	fmt.Fprintln(progress, "language model: recording the house")
	house := filepath.Join(data, "house.jsonl")
	if err := recordHouse(ctx, house, languageBuffer); err != nil {
		p.stop()
		return nil, nil, err
	}
	if l.rec, err = experience.ReadFile(house); err == nil {
		l.store, err = endpoint.OpenStore(ctx, filepath.Join(data, "answers.db"))
	}
	if err != nil {
		p.stop()
		return nil, nil, err
	}
	for _, e := range l.rec.Of(gym.SplitTrain) {
		l.buffer.Add(e.Steps)
	}
	return l, func() { p.stop(); l.store.Close(); l.embedded.Close() }, nil
}

// open opens n dreams that ask the endpoint through a transport.
func (l *language) open(ctx context.Context, transport http.RoundTripper, n int) (envs []gym.Env, err error) {
	client, err := endpoint.New(endpoint.Options{URL: l.url, Model: "stand-in", Concurrency: n, Store: l.store, Transport: transport})
	if err != nil {
		return nil, err
	}
	d := dream.Dreamer{Model: llm.New(client, l.embedded, llm.Options{Temperature: 1}), Buffer: func(string) *experience.Buffer { return l.buffer }}
	for range n {
		env, err := d.Dream(ctx, l.rec.Registration(), false)
		if err != nil {
			return nil, err
		}
		envs = append(envs, env)
	}
	return envs, nil
}

// play dreams recorded episodes until ctx ends, and calls reset and stepped after each, with
// how long a step took.
func (l *language) play(ctx context.Context, env gym.Env, reset func(), stepped func(time.Duration)) error {
	episodes := l.rec.Of(gym.SplitSeen)
	for {
		seed := l.seed.Add(1)
		e := episodes[int(seed)%len(episodes)]
		ts, err := env.Reset(ctx, gym.ResetOptions{Task: e.Restart(), Seed: seed})
		reset()
		for i := 0; err == nil && i < len(e.Steps) && !ts.Ended(); i++ {
			began := time.Now()
			if ts, err = env.Step(ctx, gym.Action(e.Steps[i].Action)); err == nil {
				stepped(time.Since(began))
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && gym.CodeOf(err) != gym.CodeInsufficientEvidence {
			return err
		}
	}
}

// ownSteps is how many steps are timed for what is not the endpoint's.
const ownSteps = 3000

// ownTime is how long steps take but for the time in the transport, sorted.
func (l *language) ownTime(ctx context.Context) ([]time.Duration, *watched, error) {
	w := &watched{}
	envs, err := l.open(ctx, w, 1)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var own []time.Duration
	err = l.play(ctx, envs[0], func() { w.spent = 0 }, func(took time.Duration) {
		if own = append(own, took-w.spent); len(own) == ownSteps {
			cancel()
		}
		w.spent = 0
	})
	slices.Sort(own)
	return own, w, err
}

// throughput compares n dreams at once with n bare clients, in alternating rounds.
func (l *language) throughput(ctx context.Context, n, size int, o options) ([]row, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = n, n
	defer transport.CloseIdleConnections()
	envs, err := l.open(ctx, transport, n)
	if err != nil {
		return nil, err
	}
	var ours, bare, own []float64
	for range 3 {
		a, err := measureRate(ctx, n, o.round, func(ctx context.Context, i int, done func()) error {
			return l.play(ctx, envs[i], func() {}, func(time.Duration) { done() })
		})
		if err != nil {
			return nil, err
		}
		b, err := measureRate(ctx, n, o.round, func(ctx context.Context, _ int, done func()) error { return l.bare(ctx, transport, size, done) })
		if err != nil {
			return nil, err
		}
		ours, bare, own = append(ours, a.perSecond), append(bare, b.perSecond), append(own, float64(a.processor-b.processor))
	}
	mine, limit, extra := median(ours), median(bare), time.Duration(median(own))
	rows := []row{{
		measure: fmt.Sprintf("dream steps/s, %d sessions", n), ours: fmt.Sprintf("%.0f", mine), limit: fmt.Sprintf("%.0f", limit),
		ratio: fmt.Sprintf("%.3f", mine/limit), aim: "≥ 0.97", met: verdict(mine/limit >= 0.97),
	}}
	if n > 1 { // one session leaves too few steps to share out the processor time over
		rows = append(rows, row{
			measure: fmt.Sprintf("processor time a step beyond the bare client's, %d sessions, resets shared out", n), ours: ms(extra), limit: "—", ratio: "—",
			aim: "told", met: "—",
		})
	}
	return rows, nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// rate is how often per second something was done, and the processor time of each.
type rate struct {
	perSecond float64
	processor time.Duration
}

// measureRate lets n workers do something over and over, after each did it once.
func measureRate(ctx context.Context, n int, round time.Duration, work func(ctx context.Context, i int, done func()) error) (rate, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	var count atomic.Int64
	var failure error
	var once sync.Once
	warm := make(chan struct{}, n)
	for i := range n {
		all.Go(func() {
			first := true
			err := work(ctx, i, func() {
				if first {
					first = false
					warm <- struct{}{}
				}
				count.Add(1)
			})
			if err != nil {
				once.Do(func() { failure = err })
				cancel()
			}
		})
	}
	for range n {
		select {
		case <-warm:
		case <-ctx.Done():
		}
	}
	began, begun, before := time.Now(), processorTime(), count.Load()
	select {
	case <-time.After(4 * round): // many times the latency
	case <-ctx.Done():
	}
	did := count.Load() - before
	r := rate{float64(did) / time.Since(began).Seconds(), (processorTime() - begun) / time.Duration(max(1, did))}
	cancel()
	all.Wait()
	return r, failure
}

// bare sends requests of a size one after the other.
func (l *language) bare(ctx context.Context, transport http.RoundTripper, size int, done func()) error {
	body := bytes.Repeat([]byte("x"), size)
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+"/chat/completions", bytes.NewReader(body))
		if err != nil {
			return err
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			break
		}
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err == nil {
			done()
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return errors.New("the stand-in endpoint broke off")
}
