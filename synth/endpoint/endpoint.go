// Package endpoint talks to OpenAI-compatible endpoints: chat completions and embeddings.
// A request is tried again where that may help, and an answer that was given once is given
// again from a store.
package endpoint

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"

	"dreamgym/envserver/gym"
)

// Options say where an endpoint is and how to ask it.
type Options struct {
	// URL is its base, such as http://127.0.0.1:8080/v1; a slash at its end does not matter.
	URL   string
	Model string
	// Key is a bearer token. It stands in no error and no log.
	Key string
	// Extra goes into every request's body beside what is sent.
	Extra map[string]any
	// Timeout bounds one attempt, to the last byte; 60 s when zero.
	Timeout time.Duration
	// Concurrency is how many requests are under way at once; 64 when zero.
	Concurrency int
	// Retries are the attempts after the first; 4 when zero, negative: none.
	Retries int
	// RetryFor bounds all attempts of a request and the waits between; 2 min when zero.
	// Waiting until fewer than Concurrency are under way counts for neither bound.
	RetryFor time.Duration
	// Stream asks for answers as they are made, so that one that is cut off is known early.
	Stream bool
	// Store keeps answers; nil: none is kept.
	Store *Store
	// Observe is told of every completion, stored or asked for, and of every failure to get
	// one; nil: nobody. Many goroutines may call it.
	Observe func(Answer, error)
	// Names are what a user calls these settings.
	Names Names
	// Transport carries requests; nil: one of the client's own.
	Transport http.RoundTripper
}

// Names are what a user calls the settings, for messages that say which to change. Empty
// ones are named after the fields.
type Names struct{ URL, Model, Key, Format, Context string }

func (n *Names) fill() {
	for name, to := range map[string]*string{"the URL": &n.URL, "the model's name": &n.Model, "the key": &n.Key, "the format": &n.Format, "the context": &n.Context} {
		if *to == "" {
			*to = name
		}
	}
}

// Client asks one endpoint. It may be used by many goroutines.
type Client struct {
	o       Options
	base    string
	extra   []byte // the extra fields as they stand in a body, each after a comma
	http    *http.Client
	places  chan struct{} // one for each request under way
	breaker breaker
	flights flights
}

// New makes a client. Every fault of the options is reported at once, with
// CodeInvalidConfig.
func New(o Options) (*Client, error) {
	o.Names.fill()
	if o.Observe == nil {
		o.Observe = func(Answer, error) {}
	}
	extra, err := extraFields(o.Extra)
	if err := errors.Join(append(o.faults(), err)...); err != nil {
		return nil, &gym.Error{Code: gym.CodeInvalidConfig, Msg: err.Error()}
	}
	o.setDefaults()
	return &Client{
		o: o, base: strings.TrimRight(o.URL, "/"), extra: extra,
		http: &http.Client{Transport: o.Transport}, places: make(chan struct{}, o.Concurrency),
	}, nil
}

func (o *Options) faults() (errs []error) {
	if u, err := url.Parse(o.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		errs = append(errs, fmt.Errorf("%s is no address such as http://127.0.0.1:8080/v1", o.Names.URL))
	}
	if o.Model == "" {
		errs = append(errs, fmt.Errorf("%s is missing", o.Names.Model))
	}
	if strings.ContainsFunc(o.Key, unicode.IsControl) {
		errs = append(errs, fmt.Errorf("%s has characters that cannot be sent, such as the end of a line", o.Names.Key))
	}
	if o.Timeout < 0 || o.RetryFor < 0 || o.Concurrency < 0 {
		errs = append(errs, errors.New("times and the number of requests at once must not be negative"))
	}
	return errs
}

func (o *Options) setDefaults() {
	setDefault(&o.Timeout, time.Minute)
	setDefault(&o.RetryFor, 2*time.Minute)
	setDefault(&o.Concurrency, 64)
	setDefault(&o.Retries, 4)
	if o.Transport == nil {
		o.Transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: 90 * time.Second,
			MaxIdleConns: o.Concurrency, MaxIdleConnsPerHost: o.Concurrency,
		}
	}
}

func setDefault[T int | time.Duration](v *T, def T) {
	if *v == 0 {
		*v = def
	}
}

// Model is what the endpoint calls its model.
func (c *Client) Model() string { return c.o.Model }

// Close ends connections that nothing is under way on.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// extraFields are fields for a body, each after a comma.
func extraFields(extra map[string]any) ([]byte, error) {
	// What the client sets itself; the endpoint would get it twice.
	own := []string{"model", "messages", "response_format", "temperature", "top_p", "seed", "max_tokens", "stream", "stream_options", "input"}
	for _, name := range own {
		if _, has := extra[name]; has {
			return nil, fmt.Errorf("an extra field must not be %q: that has a setting of its own", name)
		}
	}
	if len(extra) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(extra, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("the extra fields are no JSON: %w", err)
	}
	b[0] = ','
	return b[:len(b)-1], nil
}
