package endpoint

import (
	"context"
	"crypto/sha256"
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
		if err := c.o.Store.keepVectors(ctx, c.o.Model, some, vectors); err != nil {
			return nil, all, err
		}
	}
	for _, v := range out {
		if len(v) != len(out[0]) {
			return nil, all, gym.Errorf(gym.CodeModelMalformed, "the endpoint gives vectors of %d and of %d dimensions: two models have one name", len(out[0]), len(v))
		}
	}
	return out, all, nil
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
	_, err = c.send(ctx, call{path: "/embeddings", body: body}, func(r reply) error {
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

func readEmbeddings(r reply, to *embeddings) error {
	text, err := io.ReadAll(r.body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, to, lenient...); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return again{err: errors.New("the answer was cut off")}
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

// contentHash names a text.
func contentHash(text string) [sha256.Size]byte { return sha256.Sum256([]byte(text)) }
