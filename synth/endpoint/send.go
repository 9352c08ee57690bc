package endpoint

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"dreamgym/envserver/gym"
)

const (
	maxReply     = 8 << 20  // bytes of an endpoint's answer
	maxComplaint = 64 << 10 // bytes that are read of an error
	drainFor     = 100 * time.Millisecond
)

// call is a request to the endpoint.
type call struct {
	path      string
	body      []byte // nil: it is a GET
	formatted bool   // it asks for JSON
}

// send carries out a call, with retries; read reads what the endpoint answers. It tells
// how many attempts were made. Its errors have codes and nothing of the key.
func (c *Client) send(ctx context.Context, call call, read func(io.Reader) error) (attempts int, err error) {
	probe, err := c.breaker.enter(time.Now())
	if err != nil {
		return 0, err
	}
	attempts, err = c.insist(ctx, call, read)
	f, err := c.judge(ctx, attempts, err)
	c.breaker.leave(time.Now(), probe, f)
	return attempts, c.masked(err)
}

// judge gives the error of the last attempt its code.
func (c *Client) judge(ctx context.Context, attempts int, err error) (fate, error) {
	var last again
	switch {
	case err == nil:
		return alive, nil
	case ctx.Err() != nil:
		return givenUp, ended(ctx, err)
	case !errors.As(err, &last):
		return alive, err
	}
	return failed, &gym.Error{
		Code: gym.CodeModelUnavailable, Err: last.err,
		Msg: fmt.Sprintf("the endpoint gave no answer in %d attempts: %s; see whether it runs, and what %s says", attempts, c.quoted(last.what), c.o.Names.URL),
	}
}

// insist makes attempts until one succeeds or fails for good. Where they are used up, the
// error is the last one's [again]. What RetryFor leaves bounds the attempts, too.
func (c *Client) insist(ctx context.Context, call call, read func(io.Reader) error) (attempts int, err error) {
	left := c.o.RetryFor
	for attempts = 1; ; attempts++ {
		var took time.Duration
		took, err = c.attempt(ctx, call, min(left, c.o.Timeout), read)
		var last again
		if ctx.Err() != nil || !errors.As(err, &last) {
			return attempts, err
		}
		left -= took
		wait := max(backoff(attempts), last.after)
		if attempts > c.o.Retries || wait >= left {
			return attempts, err
		}
		if err := sleep(ctx, wait); err != nil {
			return attempts, err
		}
		left -= wait
	}
}

// attempt carries out a call once, when there is a place for it, and tells how long that
// took from then on.
func (c *Client) attempt(ctx context.Context, call call, within time.Duration, read func(io.Reader) error) (took time.Duration, err error) {
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	began := time.Now()
	one, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err = c.ask(one, call, read)
	switch {
	case err == nil || errors.As(err, new(*gym.Error)) || errors.As(err, new(again)):
	case one.Err() != nil:
		err = again{what: fmt.Sprintf("none came within %s", within), err: err}
	default:
		err = broken(err)
	}
	return time.Since(began), err
}

// ask puts a call to the endpoint and reads what comes.
func (c *Client) ask(ctx context.Context, call call, read func(io.Reader) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := c.request(ctx, call)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return c.failure(resp, call)
	}
	if err := read(&limited{resp.Body, maxReply}); err != nil {
		return err
	}
	drain(resp.Body, cancel)
	return nil
}

// drain reads what is left, so that the connection is used again; cancel ends it where the
// endpoint keeps a stream open that has said all.
func drain(r io.Reader, cancel func()) {
	defer time.AfterFunc(drainFor, cancel).Stop()
	io.CopyN(io.Discard, r, 4<<10)
}

func (c *Client) request(ctx context.Context, call call) (*http.Request, error) {
	method, body := http.MethodGet, io.Reader(nil)
	if call.body != nil {
		method, body = http.MethodPost, bytes.NewReader(call.body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+call.path, body)
	if err != nil {
		return nil, &gym.Error{Code: gym.CodeInvalidConfig, Msg: c.o.Names.URL + " cannot be used", Err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	if c.o.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.o.Key)
	}
	return req, nil
}

// failure is the error of a status other than 200.
func (c *Client) failure(resp *http.Response, call call) error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxComplaint)) // what cannot be read is not quoted
	switch resp.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return again{
			what:  fmt.Sprintf("it says (%d): %s", resp.StatusCode, cmp.Or(messageOf(text), http.StatusText(resp.StatusCode))),
			after: retryAfter(resp.Header.Get("Retry-After"), time.Now()),
		}
	}
	return c.refusal(resp.StatusCode, text, call)
}

// limited reads up to a bound and fails beyond it.
type limited struct {
	r    io.Reader
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p[:min(len(p), l.left+1)])
	if l.left -= n; l.left < 0 {
		return 0, gym.Errorf(gym.CodeModelMalformed, "the endpoint's answer has more than %d bytes", maxReply)
	}
	return n, err
}
