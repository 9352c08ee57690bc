package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
	"github.com/rs/zerolog"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
)

const version = "0.1.0"

// cli is every command with its flags. A command is a structure with a method
// Run(*app) error.
type cli struct {
	config.Globals

	Serve    serveCmd          `cmd:"" help:"Serve environments over WebSocket."`
	Envs     envsCmd           `cmd:"" help:"List the environments, what each backend needs and what is missing."`
	Collect  collectCmd        `cmd:"" help:"Record real episodes."`
	Evaluate evaluateCmd       `cmd:"" help:"Compare policies on the real side and in the dream."`
	Fidelity fidelityCmd       `cmd:"" help:"Measure how far the dream is from the real."`
	Judge    judgeCmd          `cmd:"" help:"Let a language model score dreamed steps."`
	Distill  distillCmd        `cmd:"" help:"Make training data for language models of recorded transitions."`
	Import   importCmd         `cmd:"" help:"Make an environment of recorded transitions."`
	Export   exportEpisodesCmd `cmd:"" help:"Write recorded episodes in the formats of other programs."`
	Episodes episodesCmd       `cmd:"" help:"List, show and prune recorded episodes."`
	Replay   replayCmd         `cmd:"" help:"Play a recorded episode again."`
	Sites    sitesGroup        `cmd:"" help:"Serve the sites that sites/* are played on, or write their tasks down."`
	Doctor   doctorCmd         `cmd:"" help:"Find out what is missing or broken, and what mends it."`
	Config   configCmd         `cmd:"" help:"Print the configuration that serve would use."`
}

const description = `An environment server for agents that learn by reinforcement: real environments, and dreams of them.

  envserver serve                                     serve on 127.0.0.1:8000, data in ./data
  envserver envs                                      what can be played here
  envserver collect house/any-v0 --episodes 200       record real episodes
  envserver evaluate house/any-v0 --backend real,dream
  envserver fidelity house/any-v0                     how far the dream is from the real
  envserver import recordings.jsonl                   dream of recorded transitions
  envserver export house/any-v0 --out recorded.jsonl  write recorded episodes for other programs

"envserver COMMAND --help" explains a command and gives examples.`

// app is what a command runs with.
type app struct {
	ctx            context.Context
	stdout, stderr io.Writer
	globals        config.Globals
	log            zerolog.Logger
}

// run carries out a command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c cli
	if len(args) == 0 {
		args = []string{"--help"}
	}
	cmd, err := config.Parse(&c, config.Source{
		Args: args, Getenv: os.Getenv, Stdout: stdout, Stderr: stderr, Version: "envserver " + version, Description: description,
	})
	if errors.Is(err, config.ErrPrinted) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.Data, err = filepath.Abs(c.Data); err != nil {
		return err
	}
	return cmd.Run(&app{ctx: ctx, stdout: stdout, stderr: stderr, globals: c.Globals, log: newLogger(stderr, c.LogLevel)})
}

func newLogger(w io.Writer, level string) zerolog.Logger {
	l, err := zerolog.ParseLevel(level)
	if err != nil {
		l = zerolog.InfoLevel
	}
	return zerolog.New(w).Level(l).With().Timestamp().Logger()
}

// explain says what went wrong to whoever typed the command, with the cure of its code.
func explain(err error) string {
	var e *gym.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	text := e.Msg
	if e.Err != nil && e.Err.Error() != e.Msg {
		text += " (" + e.Err.Error() + ")"
	}
	for _, doc := range gym.Codes() {
		if doc.Code == e.Code && e.Code != gym.CodeInvalidConfig {
			return text + "\n" + string(e.Code) + ": " + doc.Cure
		}
	}
	return text
}

// printJSON prints a result for machines.
func (a *app) printJSON(v any) error {
	err := json.MarshalWrite(a.stdout, v, json.Deterministic(true), jsonv1.OmitEmptyWithLegacySemantics(true), jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.stdout, "\n")
	return err
}
