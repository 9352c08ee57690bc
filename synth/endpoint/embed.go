package endpoint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
)

// embedBatch is how many texts go into one request.
const embedBatch = 64

// Embed answers a vector for each text, all of one dimension. Those that were asked for
// before come from the store; usage is of the others.
func (c *Client) Embed(ctx context.Context, texts []string) ([][]float32, Usage, error) {
	out, missing, err := c.o.Store.vectors(ctx, c.o.Model, texts)
	if err != nil {
		return nil, Usage{}, err
	}
	var all Usage
	for batch := range slices.Chunk(missing, embedBatch) {
		some := make([]string, len(batch))
		for i, at := range batch {
			some[i] = texts[at]
		}
		vectors, u, err := c.embed(ctx, some)
		if err != nil {
			return nil, all, err
		}
		all.PromptTokens += u.PromptTokens
		for i, at := range batch {
			out[at] = vectors[i]
		}
		if err := alike(out); err != nil {
			return nil, all, err
		}
		if err := c.o.Store.keepVectors(ctx, c.o.Model, some, vectors); err != nil {
			return nil, all, err
		}
	}
	return out, all, nil
}

// alike refuses vectors of different dimensions before any of them is kept; those that are
// not there yet are nil.
func alike(vectors [][]float32) error {
	dimension := 0
	for _, v := range vectors {
		if v != nil && dimension != 0 && len(v) != dimension {
			return gym.Errorf(gym.CodeModelMalformed, "the endpoint gives vectors of %d and of %d dimensions: two models have one name", dimension, len(v))
		}
		dimension = max(dimension, len(v))
	}
	return nil
}

// embeddings is the endpoint's answer.
type embeddings struct {
	Data []struct {
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	} `json:"data"`
	Usage struct {
		Prompt int `json:"prompt_tokens"`
	} `json:"usage"`
}

func (c *Client) embed(ctx context.Context, texts []string) (out [][]float32, u Usage, err error) {
	encoded, err := json.Marshal(struct {
		Model string   `json:"model"`
		Input []string `json:"input"`
	}{c.o.Model, texts}, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil, u, &gym.Error{Code: gym.CodeInternal, Msg: "a request to the endpoint cannot be encoded", Err: err}
	}
	body := append(append(encoded[:len(encoded)-1], c.extra...), '}')
	_, err = c.send(ctx, call{path: "/embeddings", body: body}, func(r io.Reader) error {
		var e embeddings
		if err := readEmbeddings(r, &e); err != nil {
			return err
		}
		u.PromptTokens = e.Usage.Prompt
		out, err = e.inOrder(len(texts))
		return err
	})
	return out, u, err
}

func readEmbeddings(r io.Reader, to *embeddings) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, to, lenient...); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return again{what: "the answer was cut off", err: err}
		}
		return notEmbeddings(err)
	}
	return nil
}

// inOrder are the vectors in the order of the texts.
func (e *embeddings) inOrder(n int) ([][]float32, error) {
	out := make([][]float32, n)
	for _, d := range e.Data {
		if d.Index < 0 || d.Index >= n || out[d.Index] != nil || len(d.Embedding) == 0 {
			return nil, notEmbeddings(fmt.Errorf("vector %d of %d is out of place or empty", d.Index, n))
		}
		out[d.Index] = d.Embedding
	}
	if len(e.Data) != n {
		return nil, notEmbeddings(fmt.Errorf("%d vectors came for %d texts", len(e.Data), n))
	}
	return out, nil
}

func notEmbeddings(err error) error {
	return &gym.Error{Code: gym.CodeModelMalformed, Err: err, Msg: "the endpoint answers something else than embeddings: see whether its address is right and its model embeds"}
}
