package endpointtest

import (
	"context"
	"io"
	"net/http"
	"sync"
	"syscall"
	"testing"
)

// InMemory makes an endpoint that listens nowhere: it is its client's Transport, as a
// bubble of testing/synctest needs it. A connection that is cut before the answer begins
// is a reset, one that is cut later an unexpected end.
func InMemory(t testing.TB) *Server {
	s := &Server{URL: "http://endpoint.test/v1", Otherwise: Say(`{}`), gone: make(chan struct{})}
	t.Cleanup(func() { close(s.gone) })
	return s
}

// RoundTrip answers a request in memory.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	body, pipe := io.Pipe()
	ctx, cancel := context.WithCancel(r.Context())
	context.AfterFunc(ctx, func() { pipe.CloseWithError(ctx.Err()) })
	a := &answer{header: http.Header{}, body: pipe, begun: make(chan struct{})}
	go s.play(a, r.WithContext(ctx))
	select {
	case <-a.begun:
	case <-ctx.Done():
		cancel()
		return nil, ctx.Err()
	}
	if a.status == 0 {
		cancel()
		return nil, syscall.ECONNRESET
	}
	return &http.Response{StatusCode: a.status, Header: a.header, ContentLength: -1, Request: r, Body: &received{body, cancel}}, nil
}

// play writes the answer, and ends it as it was left.
func (s *Server) play(a *answer, r *http.Request) {
	defer func() {
		switch cut := recover(); cut {
		case nil:
			a.WriteHeader(http.StatusOK) // where nothing was written
			a.body.Close()
		case http.ErrAbortHandler:
			a.WriteHeader(0)
			a.body.CloseWithError(io.ErrUnexpectedEOF)
		default:
			panic(cut)
		}
	}()
	s.serve(a, r)
}

// answer is an http.ResponseWriter that hands over what is written as it is written.
type answer struct {
	header http.Header
	body   *io.PipeWriter
	status int // 0: the connection was cut before one was sent
	once   sync.Once
	begun  chan struct{}
}

// Header answers the header.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader begins the answer, once.
func (a *answer) WriteHeader(status int) {
	a.once.Do(func() {
		a.status = status
		close(a.begun)
	})
}

// Write waits until the client has read it.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// Flush has nothing to do.
func (a *answer) Flush() {}

// received is the body as the client has it. Closing it is going away, as the end of the
// request's context is.
type received struct {
	*io.PipeReader
	cancel context.CancelFunc
}

// Close ends the exchange, also for an endpoint that still writes.
func (r *received) Close() error {
	defer r.cancel()
	return r.PipeReader.Close()
}
