package endpoint

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"dreamgym/envserver/gym"
)

const (
	firstWait   = 250 * time.Millisecond
	longestWait = 8 * time.Second
)

// again marks a failure that another attempt may mend.
type again struct {
	what  string        // for the message
	err   error         // for the log; nil where what says all
	after time.Duration // how long to wait at least
}

func (a again) Error() string {
	if a.err == nil {
		return a.what
	}
	return a.what + ": " + a.err.Error()
}

func (a again) Unwrap() error { return a.err }

// broken is the failure of a connection. Its message names no address: that is for the
// log.
func broken(err error) again {
	what := "the connection failed"
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		what = "the connection was refused"
	case errors.As(err, new(*net.DNSError)):
		what = "its host is not found"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		what = "the connection was cut"
	}
	return again{what: what, err: err}
}

// backoff is how long to wait after an attempt that failed: longer each time, and never
// the same for two clients.
func backoff(attempts int) time.Duration {
	d := min(firstWait<<min(attempts-1, 10), longestWait)
	return d/2 + rand.N(d/2)
}

// sleep waits, or answers why it did not.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retryAfter is a wait given in seconds or as a date; zero where it is neither.
func retryAfter(v string, now time.Time) time.Duration {
	const most = 24 * 60 * 60 // longer than anybody waits, and short of an overflow
	if seconds, err := strconv.Atoi(v); err == nil && seconds > 0 {
		return time.Duration(min(seconds, most)) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// ended gives the end of a context its code.
func ended(ctx context.Context, cause error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &gym.Error{Code: gym.CodeDeadlineExceeded, Msg: "the endpoint's answer did not come before the deadline of the request", Err: cause}
	}
	return &gym.Error{Code: gym.CodeCanceled, Msg: "the request was cancelled while the endpoint was asked", Err: cause}
}
