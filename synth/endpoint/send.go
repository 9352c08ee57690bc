package endpoint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"dreamgym/envserver/gym"
)

const (
	maxReply   = 8 << 20 // bytes of an endpoint's answer
	firstWait  = 250 * time.Millisecond
	longestGap = 8 * time.Second
)

// call is a request to the endpoint.
type call struct {
	path      string
	body      []byte
	formatted bool // it asks for JSON
}

// reply is an endpoint's answer with status 200, bounded in length.
type reply struct{ body io.Reader }

// again marks a failure that another attempt may mend, and how long to wait at least.
type again struct {
	err   error
	after time.Duration
}

func (a again) Error() string { return a.err.Error() }
func (a again) Unwrap() error { return a.err }

// send carries out a call, with retries; read reads its reply. It answers how many attempts
// were made.
func (c *Client) send(ctx context.Context, call call, read func(reply) error) (attempts int, err error) {
	if err := c.breaker.enter(time.Now()); err != nil {
		return 0, err
	}
	until := time.Now().Add(c.o.RetryFor)
	for {
		attempts++
		err = c.attempt(ctx, call, read)
		var retry again
		switch {
		case ctx.Err() != nil:
			c.breaker.abandon()
			return attempts, c.inTerms(ctx, err)
		case !errors.As(err, &retry):
			c.breaker.leave(time.Now(), true)
			return attempts, err
		}
		wait := max(backoff(attempts), retry.after)
		if attempts > c.o.Retries || time.Now().Add(wait).After(until) {
			break
		}
		if !sleep(ctx, wait) {
			c.breaker.abandon()
			return attempts, c.inTerms(ctx, ctx.Err())
		}
	}
	c.breaker.leave(time.Now(), false)
	return attempts, &gym.Error{
		Code: gym.CodeModelUnavailable, Err: err,
		Msg: fmt.Sprintf("the endpoint gave no answer in %d attempts: %s; see whether it runs, and what %s says", attempts, c.quoted(err.Error()), c.o.Names.URL),
	}
}

// backoff is how long to wait after an attempt that failed: longer each time, and never
// the same for two clients.
func backoff(attempts int) time.Duration {
	d := min(firstWait<<min(attempts-1, 10), longestGap)
	return d/2 + rand.N(d/2)
}

// sleep waits; false where ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// attempt carries out a call once, when there is a place for it.
func (c *Client) attempt(ctx context.Context, call call, read func(reply) error) error {
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-ctx.Done():
		return ctx.Err()
	}
	one, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	err := c.post(one, call, read)
	var e *gym.Error
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case one.Err() != nil:
		return again{err: fmt.Errorf("no answer within %s", c.o.Timeout)}
	case errors.As(err, &e) || errors.As(err, new(again)):
		return err
	}
	return again{err: err} // the connection failed, or the answer was cut
}

func (c *Client) post(ctx context.Context, call call, read func(reply) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+call.path, bytes.NewReader(call.body))
	if err != nil {
		return &gym.Error{Code: gym.CodeInvalidConfig, Msg: c.o.Names.URL + " cannot be used", Err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	if c.o.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.o.Key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	bounded := &limited{r: resp.Body, left: maxReply}
	if resp.StatusCode != http.StatusOK {
		return c.failure(resp, bounded, call)
	}
	if err := read(reply{bounded}); err != nil {
		return err
	}
	io.Copy(io.Discard, io.LimitReader(resp.Body, 4<<10)) // so that the connection is used again
	return nil
}

// limited reads up to a bound and fails beyond it.
type limited struct {
	r    io.Reader
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, gym.Errorf(gym.CodeModelMalformed, "the endpoint's answer has more than %d bytes", maxReply)
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// failure is the error of a status other than 200.
func (c *Client) failure(resp *http.Response, body io.Reader, call call) error {
	text, _ := io.ReadAll(io.LimitReader(body, 64<<10)) // what cannot be read is not quoted
	switch resp.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return again{fmt.Errorf("status %d: %s", resp.StatusCode, messageOf(text)), retryAfter(resp.Header.Get("Retry-After"), time.Now())}
	}
	return c.refusal(resp.StatusCode, text, call)
}

// retryAfter is a wait given in seconds or as a date; zero where it is neither.
func retryAfter(v string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(v); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// inTerms gives the end of a context its code.
func (c *Client) inTerms(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &gym.Error{Code: gym.CodeDeadlineExceeded, Msg: "the endpoint's answer did not come before the deadline of the request", Err: err}
	}
	return &gym.Error{Code: gym.CodeCanceled, Msg: "the request was cancelled while the endpoint was asked", Err: err}
}
