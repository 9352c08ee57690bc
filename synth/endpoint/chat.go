package endpoint

import (
	"context"
	"crypto/sha256"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
)

// Message is a turn of a chat.
type Message struct {
	Role    string `json:"role"` // system, user, assistant
	Content string `json:"content"`
}

// Chat is a request for a completion.
type Chat struct {
	Messages []Message
	// Schema is a JSON schema that the answer must keep to, called Name; Object asks for any
	// JSON object.
	Schema jsontext.Value
	Name   string
	Object bool

	Temperature, TopP *float64
	Seed              *int64
	MaxTokens         int // 0: the endpoint's default

	// Fresh asks the endpoint even where an answer is kept.
	Fresh bool
}

// Usage counts tokens.
type Usage struct {
	PromptTokens     int
	CachedTokens     int // of the prompt's, those that the endpoint had at hand
	CompletionTokens int
}

// Answer is a completion.
type Answer struct {
	Content string
	// Reasoning is what the endpoint gives apart from the content.
	Reasoning string
	// Finish is why it ended: "stop", "length", …
	Finish string
	Usage  Usage

	// Kept: it is in the store, so that the same request gets it again. Stored: it was
	// there before.
	Kept, Stored bool
	// Attempts and Latency are of the request that got it; zero where it was stored.
	Attempts int
	Latency  time.Duration
}

// body is a request as it is sent.
type body struct {
	Model          string          `json:"model"`
	Messages       []Message       `json:"messages"`
	ResponseFormat *responseFormat `json:"response_format,omitempty"`
	Temperature    *float64        `json:"temperature,omitempty"`
	TopP           *float64        `json:"top_p,omitempty"`
	Seed           *int64          `json:"seed,omitempty"`
	MaxTokens      int             `json:"max_tokens,omitzero"`
}

type responseFormat struct {
	Type       string      `json:"type"`
	JSONSchema *jsonSchema `json:"json_schema,omitempty"`
}

type jsonSchema struct {
	Name   string         `json:"name"`
	Strict bool           `json:"strict"`
	Schema jsontext.Value `json:"schema"`
}

// encode is the body without its last brace, and without what does not change the answer:
// its hash names the answer.
func (c *Client) encode(r Chat) ([]byte, error) {
	b := body{Model: c.o.Model, Messages: r.Messages, Temperature: r.Temperature, TopP: r.TopP, Seed: r.Seed, MaxTokens: r.MaxTokens}
	switch {
	case r.Schema != nil:
		b.ResponseFormat = &responseFormat{"json_schema", &jsonSchema{r.Name, true, r.Schema}}
	case r.Object:
		b.ResponseFormat = &responseFormat{Type: "json_object"}
	}
	// A state may hold any bytes; an endpoint takes characters alone.
	out, err := json.Marshal(b, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil, &gym.Error{Code: gym.CodeInternal, Msg: "a request to the endpoint cannot be encoded", Err: err}
	}
	return append(out[:len(out)-1], c.extra...), nil
}

// Chat asks for a completion, or gives the one that the same request got before. Alike
// requests at the same time are one.
//
// CodeModelUnavailable: the endpoint gave no answer within the retries. CodeNotAvailable:
// it refuses the request; [ReasonOf] tells why.
func (c *Client) Chat(ctx context.Context, r Chat) (Answer, error) {
	encoded, err := c.encode(r)
	if err != nil {
		return Answer{}, err
	}
	key := sha256.Sum256(encoded)
	if !r.Fresh {
		if a, ok, err := c.o.Store.answer(ctx, key); ok || err != nil {
			c.o.Observe(a, err)
			return a, err
		}
	}
	return c.flights.do(ctx, key, func(ctx context.Context) (Answer, error) {
		a, err := c.complete(ctx, key, encoded, r.Schema != nil || r.Object)
		c.o.Observe(a, err)
		return a, err
	})
}

// complete asks the endpoint, and keeps what it says.
func (c *Client) complete(ctx context.Context, key [sha256.Size]byte, encoded []byte, formatted bool) (Answer, error) {
	read := readAnswer
	if c.o.Stream {
		encoded, read = append(encoded, `,"stream":true,"stream_options":{"include_usage":true}`...), readStream
	}
	var a Answer
	began := time.Now()
	call := call{path: "/chat/completions", body: append(encoded, '}'), formatted: formatted}
	attempts, err := c.send(ctx, call, func(r io.Reader) (err error) {
		a, err = read(r)
		return err
	})
	if err != nil {
		return Answer{}, err
	}
	a.Attempts, a.Latency = attempts, time.Since(began)
	return c.o.Store.keep(key, a)
}
