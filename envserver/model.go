package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

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

// openModels makes the experience models of some names. What a language model says is kept
// in the data folder. The closer ends all of them.
func openModels(ctx context.Context, names []string, l config.Language, data string, observe func(endpoint.Answer, error)) (_ []model.Model, _ io.Closer, err error) {
	embedded := analogy.New()
	all := closers{embedded}
	defer func() {
		if err != nil {
			err = errors.Join(err, all.Close())
		}
	}()
	var language model.Model
	if slices.ContainsFunc(names, config.Remote) {
		if err := os.MkdirAll(data, 0o755); err != nil {
			return nil, nil, &gym.Error{Code: gym.CodeStorage, Msg: "the data folder cannot be made", Err: err}
		}
		client, done, err := openEndpoint(ctx, l.Endpoint, "--model-", filepath.Join(data, answersFile), observe)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, done)
		language = llm.New(client, embedded, languageOptions(l))
	}
	var models []model.Model
	for _, name := range names {
		switch name {
		case "llm":
			models = append(models, language)
		case "ensemble":
			models = append(models, ensemble.New(embedded, language, ensemble.Options{Sure: l.Sure, Both: l.Both}))
		default:
			models = append(models, embedded)
		}
	}
	return models, all, nil
}

// openModel makes the experience model that is configured, and counts what it takes.
func openModel(ctx context.Context, c config.Model, data string, m *modelMetrics) (model.Model, io.Closer, error) {
	models, closer, err := openModels(ctx, []string{c.Name}, c.Language, data, m.observe)
	if err != nil {
		return nil, nil, err
	}
	return models[0], closer, nil
}

func languageOptions(l config.Language) llm.Options {
	e := l.Endpoint
	return llm.Options{
		Form: llm.Form(l.Answer), Format: llm.Format(e.Format), Lists: l.Lists, Demonstrations: demonstrations(l.Demos),
		MaxTokens: e.MaxTokens, MaxReasoning: l.Thought, Temperature: e.Temperature, TopP: e.TopP, Context: e.Context, Price: price(e.Price),
	}
}

// openEndpoint makes the client of an endpoint whose flags begin with a prefix, over a
// store at a path. observe may be nil.
func openEndpoint(ctx context.Context, e config.Endpoint, prefix, path string, observe func(endpoint.Answer, error)) (*endpoint.Client, io.Closer, error) {
	store, err := endpoint.OpenStore(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	client, err := newClient(e, prefix, store, observe)
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return client, closerFunc(func() error { client.Close(); return store.Close() }), nil
}

func newClient(e config.Endpoint, prefix string, store *endpoint.Store, observe func(endpoint.Answer, error)) (*endpoint.Client, error) {
	key, err := e.Secret()
	if err != nil {
		return nil, err
	}
	extra, err := e.Body()
	if err != nil {
		return nil, err
	}
	retries := e.Retries
	if retries == 0 {
		retries = -1
	}
	return endpoint.New(endpoint.Options{
		URL: e.URL, Model: e.Name, Key: key, Extra: extra, Timeout: e.Timeout, Concurrency: e.Concurrency, Retries: retries,
		RetryFor: e.RetryFor, Stream: e.Stream, Store: store, Observe: observe,
		Names: endpoint.Names{URL: prefix + "url", Model: prefix + "name", Key: prefix + "key-file", Format: prefix + "format", Context: prefix + "context"},
	})
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
