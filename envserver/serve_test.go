package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dreamgym/clients/go"
	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint/endpointtest"
)

// TestServe uses a running server through its data folder, and shuts it down in order.
func TestServe(t *testing.T) {
	data := t.TempDir()
	server := startServer(t, data)
	out, _, err := command(t, "collect", "house/any-v0", "--episodes", "6", "--data", data)
	if err != nil || !strings.Contains(out, "scripted") {
		t.Errorf("collect beside a server: %s %v", out, err)
	}
	if out, _, err := command(t, "envs", "--data", data); err != nil || !strings.Contains(out, "test/echo-v0") {
		t.Errorf("envs of the running server: %s %v", out, err)
	}
	if _, _, err := command(t, "serve", "--data", data, "--listen", "127.0.0.1:0"); gym.CodeOf(err) != gym.CodeStorage || !strings.Contains(err.Error(), server.url) {
		t.Errorf("a second server on the folder: %v", err)
	}
	if _, _, err := command(t, "episodes", "prune", "--keep-mb", "1", "--data", data); gym.CodeOf(err) != gym.CodeStorage {
		t.Errorf("prune beside a server: %v", err)
	}
	if _, _, err := command(t, "serve", "--data", t.TempDir(), "--listen", strings.TrimPrefix(server.url, "http://")); gym.CodeOf(err) != gym.CodeInvalidConfig {
		t.Errorf("a second server on the port: %v", err)
	}
	if err := server.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := server.cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if out, _, err := command(t, "episodes", "list", "--data", data); err != nil || strings.Count(out, "house/any-v0") != 6 {
		t.Errorf("episodes after the server: %s %v", out, err)
	}
}

// TestDreamFromRecordings records, dreams and compares, all through one server.
func TestDreamFromRecordings(t *testing.T) {
	data := t.TempDir()
	server := startServer(t, data)
	s := server.open(t, "house/heat-and-place-v0@dream")
	if _, err := s.Reset(t.Context(), client.ResetOptions{}); gym.CodeOf(err) != gym.CodeInsufficientEvidence {
		t.Errorf("a dream of nothing: %v", err)
	}
	// Evaluations and other splits teach nothing.
	if _, _, err := command(t, "evaluate", "house/heat-and-place-v0", "--backend", "real", "--split", "train,seen", "--policy", "scripted", "--episodes", "5", "--data", data); err != nil {
		t.Fatal(err)
	}
	if _, _, err := command(t, "collect", "house/heat-and-place-v0", "--policy", "scripted", "--split", "unseen", "--episodes", "5", "--data", data); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reset(t.Context(), client.ResetOptions{}); gym.CodeOf(err) != gym.CodeInsufficientEvidence {
		t.Errorf("a dream of evaluations alone: %v", err)
	}
	if _, _, err := command(t, "collect", "house/heat-and-place-v0", "--episodes", "60", "--policy", "noisy,scripted", "--data", data); err != nil {
		t.Fatal(err)
	}
	ts, err := s.Reset(t.Context(), client.ResetOptions{Split: gym.SplitSeen, Index: new(int64(0)), Seed: new(int64(1))})
	if err != nil {
		t.Fatalf("a dream of recordings: %v", err)
	}
	if ts.Info[gym.InfoBackend] != "dream" || ts.Info[gym.InfoSnapshot] == nil || ts.Info[gym.InfoModel] == nil {
		t.Errorf("info of a dream: %v", ts.Info)
	}
	out, _, err := command(t, "evaluate", "house/heat-and-place-v0", "--policy", "random,scripted", "--episodes", "4", "--split", "seen", "--data", data)
	if err != nil || !strings.Contains(out, "SAME VERDICT") || !strings.Contains(out, "Spearman") {
		t.Errorf("evaluate on both: %s %v", out, err)
	}
}

// TestDreamGoesOn goes on with a dream after the server was killed, step for step as it
// would have gone.
func TestDreamGoesOn(t *testing.T) {
	t.Run("analogy", func(t *testing.T) { dreamGoesOn(t) })
	t.Run("llm", func(t *testing.T) {
		s := endpointtest.New(t)
		n := 0
		s.Always(endpointtest.SayTo(func(endpointtest.Request) string { // never the same
			n++
			return fmt.Sprintf(`{"reasoning":"so","next_state":"Answer %d.","reward":0,"terminated":false}`, n)
		}))
		dreamGoesOn(t, "--model", "llm", "--model-url", s.URL, "--model-name", "x")
	})
}

func dreamGoesOn(t *testing.T, flags ...string) {
	data := t.TempDir()
	if _, _, err := command(t, "collect", "house/heat-and-place-v0", "--episodes", "40", "--policy", "noisy,scripted", "--data", data); err != nil {
		t.Fatal(err)
	}
	play := func(kill bool) (texts []string) {
		server := startServer(t, data, flags...)
		c, err := client.Dial(t.Context(), server.url, client.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { c.Close() }()
		s, err := c.Open(t.Context(), "house/heat-and-place-v0@dream", client.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ts, err := s.Reset(t.Context(), client.ResetOptions{Split: gym.SplitSeen, Index: new(int64(1)), Seed: new(int64(9))})
		for i := 0; err == nil && !ts.Ended() && i < 8; i++ {
			texts = append(texts, ts.Observation.Text)
			if i == 3 && kill {
				server.kill(t)
				server = startServer(t, data, flags...)
				if c, err = client.Dial(t.Context(), server.url, client.Options{}); err != nil {
					t.Fatal(err)
				}
				if s, _, err = c.Resume(t.Context(), s.ID(), s.Token); err != nil {
					t.Fatal(err)
				}
			}
			ts, err = s.Step(t.Context(), gym.Action(ts.Observation.Actions[i%len(ts.Observation.Actions)]))
		}
		if err != nil {
			t.Fatalf("after %d steps: %v", len(texts), err)
		}
		server.kill(t)
		return texts
	}
	through, again := play(false), play(true)
	if strings.Join(through, "\n") != strings.Join(again, "\n") {
		t.Errorf("the dream went on otherwise:\n%q\n%q", through, again)
	}
	if len(through) < 5 {
		t.Errorf("the dream had %d steps only", len(through))
	}
}

// TestSecrets looks for the bearer token where it must not be.
func TestSecrets(t *testing.T) {
	data := t.TempDir()
	t.Setenv("DREAMGYM_TOKEN", "bearer-secret")
	server := startServer(t, data, "--listen", "0.0.0.0:0")
	url := strings.Replace(server.url, "[::]", "127.0.0.1", 1)
	answer, err := http.Get(url + "/v1/envs")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("without the token: %s", answer.Status)
	}
	if _, _, err := command(t, "collect", "house/any-v0", "--episodes", "1", "--server", url); err != nil {
		t.Errorf("with the token: %v", err)
	}
	out, errs, err := command(t, "config", "--listen", "0.0.0.0:0", "--log-level", "debug")
	if err != nil || strings.Contains(out+errs, "bearer-secret") {
		t.Errorf("config told the token: %s %s %v", out, errs, err)
	}
	server.kill(t)
	err = filepath.WalkDir(data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("bearer-secret")) {
			t.Errorf("the token is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFullDisk has a server whose files may not grow: what cannot be recorded is an
// error, and the server goes on.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while to fill")
	}
	data := t.TempDir()
	server := startServer(t, data, "--step-timeout", (20 * time.Second).String())
	limit(t, server.cmd.Process.Pid, 1<<20)
	c, err := client.Dial(t.Context(), server.url, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := c.Open(t.Context(), "test/echo-v0", client.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reset(t.Context(), client.ResetOptions{}); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = s.Step(t.Context(), "fill it")
	}
	if gym.CodeOf(err) != gym.CodeStorage {
		t.Errorf("a step that cannot be recorded: %v", err)
	}
	if envs, err := c.Envs(t.Context()); err != nil || len(envs) == 0 {
		t.Errorf("the server does not go on: %v", err)
	}
}

// A table of episodes that failed says why the first did, once for all policies.
func TestFailedEpisodesSayWhy(t *testing.T) {
	out, _, err := command(t, "evaluate", "house/any-v0", "--backend", "dream", "--policy", "random,scripted", "--episodes", "2", "--split", "seen", "--data", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	const why = "house/any-v0, seen, random: 2 of 2 failed; the first: insufficient_evidence: nothing was recorded of house/any-v0 yet"
	if strings.Count(out, "insufficient_evidence") != 1 || !strings.Contains(out, why) {
		t.Errorf("it says\n%s\nand not, once,\n%s", out, why)
	}
}
