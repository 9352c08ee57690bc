package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/model"
	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/ensemble"
	"dreamgym/synth/model/llm"
)

// answersFile holds what language models said, in a data folder.
const answersFile = "answers.db"

// openModel makes the experience model that is configured. What a language model says is
// kept in the data folder. The closer ends all of it.
func openModel(ctx context.Context, c config.Model, data string) (model.Model, io.Closer, error) {
	embedded := analogy.New()
	if !c.Remote() {
		return embedded, embedded, nil
	}
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, nil, &gym.Error{Code: gym.CodeStorage, Msg: "the data folder cannot be made", Err: err}
	}
	client, done, err := openEndpoint(ctx, c.Endpoint, "--model-", filepath.Join(data, answersFile))
	if err != nil {
		return nil, nil, err
	}
	language := llm.New(client, embedded, llm.Options{
		Form: llm.Form(c.Answer), Format: llm.Format(c.Endpoint.Format), Lists: c.Lists, Demonstrations: demonstrations(c.Demos),
		MaxTokens: c.Endpoint.MaxTokens, MaxReasoning: c.Thought, Temperature: c.Endpoint.Temperature, Context: c.Endpoint.Context, Price: price(c.Endpoint.Price),
	})
	all := closers{embedded, done}
	if c.Name == "ensemble" {
		return ensemble.New(embedded, language, ensemble.Options{Sure: c.Sure, Both: c.Both}), all, nil
	}
	return language, all, nil
}

// openEndpoint makes the client of an endpoint whose flags begin with a prefix, over a
// store at a path.
func openEndpoint(ctx context.Context, e config.Endpoint, prefix, path string) (*endpoint.Client, io.Closer, error) {
	key, err := e.Secret()
	if err != nil {
		return nil, nil, err
	}
	extra, err := e.Body()
	if err != nil {
		return nil, nil, err
	}
	store, err := endpoint.OpenStore(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	retries := e.Retries
	if retries == 0 {
		retries = -1
	}
	client, err := endpoint.New(endpoint.Options{
		URL: e.URL, Model: e.Name, Key: key, Extra: extra, Timeout: e.Timeout, Concurrency: e.Concurrency, Retries: retries,
		RetryFor: e.RetryFor, Stream: e.Stream, Store: store,
		Names: endpoint.Names{URL: prefix + "url", Model: prefix + "name", Key: prefix + "key-file", Format: prefix + "format", Context: prefix + "context"},
	})
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return client, closerFunc(func() error { client.Close(); return store.Close() }), nil
}

// demonstrations gives none its number in the options.
func demonstrations(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

func price(p []float64) llm.Price {
	if len(p) != 3 {
		return llm.Price{}
	}
	return llm.Price{Prompt: p[0], Cached: p[1], Completion: p[2]}
}

// closers are closed in order.
type closers []io.Closer

// Close closes all.
func (c closers) Close() error {
	var errs []error
	for _, one := range c {
		errs = append(errs, one.Close())
	}
	return errors.Join(errs...)
}

type closerFunc func() error

// Close calls it.
func (f closerFunc) Close() error { return f() }
