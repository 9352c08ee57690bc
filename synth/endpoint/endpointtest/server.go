// Package endpointtest is an OpenAI-compatible endpoint for tests that says and breaks
// what it is told to. It holds constant what a real one would not.
package endpointtest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// Reply is what the endpoint does with one request.
type Reply func(w http.ResponseWriter, r *http.Request, q Request)

// Request is what the endpoint was asked.
type Request struct {
	Path     string
	Key      string // the bearer token
	Body     string
	Model    string
	Stream   bool
	Messages []Message
	Input    []string // of embeddings
}

// Message is a turn.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Last is the content of the last turn.
func (q Request) Last() string {
	if len(q.Messages) == 0 {
		return ""
	}
	return q.Messages[len(q.Messages)-1].Content
}

// Server is an endpoint. Its fields may be set before it is asked.
type Server struct {
	// URL is its base.
	URL string
	// Latency is how long every answer takes.
	Latency time.Duration
	// Otherwise answers requests that no reply is queued for; Always sets it later.
	Otherwise Reply

	http *httptest.Server
	gone chan struct{} // closed at the end: what hangs lets go

	mu       sync.Mutex
	queued   []Reply
	requests []Request
	now      int // requests under way
	most     int // the most of them at once
}

// New starts an endpoint that ends with the test.
func New(t testing.TB) *Server {
	s := &Server{Otherwise: Say(`{}`), gone: make(chan struct{})}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.http.URL + "/v1"
	t.Cleanup(func() {
		close(s.gone)
		s.http.Close()
	})
	return s
}

// Then queues what to do with the next requests.
func (s *Server) Then(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queued = append(s.queued, replies...)
}

// Always sets what to do with requests from now on, when no reply is queued.
func (s *Server) Always(r Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Otherwise = r
}

// Requests are all so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	q := Request{Path: r.URL.Path, Body: string(body), Key: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")}
	var fields struct {
		Model    string    `json:"model"`
		Stream   bool      `json:"stream"`
		Messages []Message `json:"messages"`
		Input    []string  `json:"input"`
	}
	if err := json.Unmarshal(body, &fields); err != nil && len(body) > 0 {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	q.Model, q.Stream, q.Messages, q.Input = fields.Model, fields.Stream, fields.Messages, fields.Input
	reply := s.next(q)
	defer s.leave()
	if s.Latency > 0 {
		select {
		case <-time.After(s.Latency):
		case <-r.Context().Done():
		case <-s.gone:
		}
	}
	reply(w, r, q)
}

// leave notes that a request is no longer under way.
func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now--
}

// Most is how many requests were under way at once, at the most.
func (s *Server) Most() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

func (s *Server) next(q Request) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, q)
	s.now++
	s.most = max(s.most, s.now)
	if len(s.queued) == 0 {
		return s.Otherwise
	}
	first := s.queued[0]
	s.queued = s.queued[1:]
	return first
}

// Say answers with a content, streamed where that is asked for.
func Say(content string) Reply { return Finish(content, "stop") }

// SayTo answers with what a function says to the request.
func SayTo(f func(q Request) string) Reply {
	return func(w http.ResponseWriter, r *http.Request, q Request) { Say(f(q))(w, r, q) }
}

// Finish answers with a content and a finish reason.
func Finish(content, finish string) Reply {
	return func(w http.ResponseWriter, _ *http.Request, q Request) {
		if q.Stream {
			stream(w, q, content, finish)
			return
		}
		usage := usageOf(q, content)
		fmt.Fprintf(w, `{"choices":[{"index":0,"finish_reason":%q,"message":{"role":"assistant","content":%s}}],"usage":%s}`, finish, quote(content), usage)
	}
}

// usageOf counts words, and as cached those of all but the last turn.
func usageOf(q Request, content string) string {
	prompt, cached := 0, 0
	for i, m := range q.Messages {
		n := len(strings.Fields(m.Content))
		if prompt += n; i < len(q.Messages)-1 {
			cached += n
		}
	}
	return fmt.Sprintf(`{"prompt_tokens":%d,"completion_tokens":%d,"prompt_tokens_details":{"cached_tokens":%d}}`, prompt, len(strings.Fields(content)), cached)
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// stream sends a content in two pieces; without a finish it ends there.
func stream(w http.ResponseWriter, q Request, content, finish string) {
	w.Header().Set("Content-Type", "text/event-stream")
	half := len(content) / 2
	for half > 0 && half < len(content) && content[half]&0xC0 == 0x80 {
		half--
	}
	for _, piece := range []string{content[:half], content[half:]} {
		fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%s},\"finish_reason\":null}]}\n\n", quote(piece))
	}
	if finish == "" {
		return
	}
	fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":%q}]}\n\n", finish)
	fmt.Fprintf(w, "data: {\"choices\":[],\"usage\":%s}\n\ndata: [DONE]\n\n", usageOf(q, content))
}

// Status fails with a status, a message and headers "Name: value".
func Status(status int, message string, headers ...string) Reply {
	return func(w http.ResponseWriter, _ *http.Request, _ Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"message":%s}}`, quote(message))
	}
}

// Reset breaks the connection before an answer.
func Reset(w http.ResponseWriter, _ *http.Request, _ Request) {
	panic(http.ErrAbortHandler)
}

// CutStream breaks the connection in the middle of a streamed answer, or of a whole one.
func CutStream(w http.ResponseWriter, _ *http.Request, q Request) {
	begin(w, q)
	panic(http.ErrAbortHandler)
}

// EndStream ends an answer in its middle as if that were its end.
func EndStream(w http.ResponseWriter, _ *http.Request, q Request) { begin(w, q) }

// begin sends the first part of an answer.
func begin(w http.ResponseWriter, q Request) {
	if q.Stream {
		stream(w, q, `{"reasoning":"it goes`, "")
	} else {
		fmt.Fprint(w, `{"choices":[{"index":0,"message":{"content":"{\"reason`)
	}
	flush(w)
}

// flush sends what was written, so that the client has it before anything else happens.
func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// Hang gives no answer until the client gives up or the test ends.
func (s *Server) Hang(_ http.ResponseWriter, r *http.Request, _ Request) {
	select {
	case <-r.Context().Done():
	case <-s.gone:
	}
}

// Embed answers each text with the lengths of it and of its first word, last text first.
func Embed(w http.ResponseWriter, _ *http.Request, q Request) {
	var data []string
	for i := len(q.Input) - 1; i >= 0; i-- {
		word, _, _ := strings.Cut(q.Input[i], " ")
		data = append(data, fmt.Sprintf(`{"index":%d,"embedding":[%d,%d]}`, i, len(q.Input[i]), len(word)))
	}
	fmt.Fprintf(w, `{"data":[%s],"usage":{"prompt_tokens":%d}}`, strings.Join(data, ","), len(q.Input))
}
