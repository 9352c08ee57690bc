package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreamgym/clients/go"
	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint/endpointtest"
)

const smallModel = "SmolLM2-135M-Instruct"

// startLanguageModel serves a small language model until the test ends or it is stopped.
func startLanguageModel(t *testing.T, flags ...string) (url string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.Command("python3", append([]string{"../bench/llm/serve.py", "--port", fmt.Sprint(port), "--until-input-ends"}, flags...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		in.Close()
		cmd.Wait() // how it ended tells nothing
	}
	t.Cleanup(stop)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, says, ok := strings.Cut(lines.Text(), " serves "); ok && says == smallModel {
			return address, stop
		}
	}
	t.Fatal("the small language model is not served; `make setup-llm` installs it")
	return "", nil
}

// languageFlags make a server dream after the small model within a test's time.
func languageFlags(model, url string) []string {
	return []string{
		"--model", model, "--model-url", url, "--model-name", smallModel, "--model-price", "1,0.1,2", "--step-timeout", "2m",
		"--model-max-tokens", "300", "--model-reasoning", "100", "--model-demonstrations", "2",
	}
}

// dreamSome plays a few steps of a dream, up to its end, and answers the timesteps.
func dreamSome(t *testing.T, server *process, env string, index int64, steps int) (all []gym.Timestep) {
	t.Helper()
	s := server.open(t, env+"@dream")
	ts, err := s.Reset(t.Context(), client.ResetOptions{Split: gym.SplitTrain, Index: &index, Seed: new(int64(5))})
	for err == nil {
		delete(ts.Info, gym.InfoEpisode)
		all = append(all, ts)
		if ts.Ended() || len(all) > steps {
			return all
		}
		actions := ts.Observation.Actions
		ts, err = s.Step(t.Context(), gym.Action(actions[len(all)%len(actions)]))
	}
	if gym.CodeOf(err) != gym.CodeModelMalformed || len(all) == 0 {
		t.Fatalf("after %d timesteps: %v", len(all), err)
	}
	t.Logf("the model gave no answer that can be read: %v", err) // as so small a model may
	return all
}

// TestLanguageModel dreams after a real language model. What it says is not asserted: that
// every answer is bounded, rests on named recordings, comes again without the endpoint, and
// has its price, is.
func TestLanguageModel(t *testing.T) {
	data := t.TempDir()
	if _, _, err := command(t, "collect", "house/heat-and-place-v0", "--episodes", "30", "--policy", "noisy,scripted", "--data", data); err != nil {
		t.Fatal(err)
	}
	recorded := recordedEpisodes(t, data)
	url, stop := startLanguageModel(t)
	server := startServer(t, data, languageFlags("llm", url)...)
	llm := dreamSome(t, server, "house/heat-and-place-v0", 3, 5)
	for i, ts := range llm[1:] {
		checkLanguageStep(t, i, ts, recorded)
	}
	server.kill(t)
	server = startServer(t, data, languageFlags("ensemble", url)...)
	both := dreamSome(t, server, "house/heat-and-place-v0", 3, 5)
	server.kill(t)
	for i := range min(len(llm), len(both)) {
		t.Logf("step %d\n  llm alone: %.3v sure, %q\n  ensemble:  %.3v sure, %q", i,
			llm[i].Info[gym.InfoConfidence], llm[i].Observation.Text, both[i].Info[gym.InfoConfidence], both[i].Observation.Text)
	}
	stop()
	server = startServer(t, data, languageFlags("llm", url)...)
	if again := dreamSome(t, server, "house/heat-and-place-v0", 3, 5); !cmp.Equal(llm, again) {
		t.Errorf("without the endpoint the dream is another:\n%s", cmp.Diff(llm, again))
	}
}

// recordedEpisodes are the ids of the recorded episodes.
func recordedEpisodes(t *testing.T, data string) map[string]bool {
	t.Helper()
	out, _, err := command(t, "episodes", "list", "--json", "--limit", "1000", "--data", data)
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Episodes []struct {
			ID string `json:"id"`
		} `json:"episodes"`
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, e := range list.Episodes {
		ids[e.ID] = true
	}
	return ids
}

// checkLanguageStep checks all of a step but what the model says.
func checkLanguageStep(t *testing.T, i int, ts gym.Timestep, recorded map[string]bool) {
	t.Helper()
	evidence, _ := ts.Info[gym.InfoEvidence].([]any)
	named := !slices.ContainsFunc(evidence, func(ref any) bool {
		episode, _, ok := strings.Cut(fmt.Sprint(ref), "#")
		return !ok || !recorded[episode]
	})
	if len(evidence) == 0 || !named {
		t.Errorf("step %d rests on %v", i, ts.Info[gym.InfoEvidence])
	}
	usage, _ := ts.Info[gym.InfoUsage].(map[string]any)
	for _, key := range []string{"completions", "prompt_tokens", "completion_tokens", "cost"} {
		if n := fmt.Sprint(usage[key]); n == "0" || n == "<nil>" {
			t.Errorf("step %d has no %s: %v", i, key, usage)
		}
	}
	if sure, ok := ts.Info[gym.InfoConfidence].(float64); !ok || sure < 0 || sure > 1 {
		t.Errorf("step %d is %v sure", i, ts.Info[gym.InfoConfidence])
	}
	if ts.Info[gym.InfoReproducible] != nil || ts.Info[gym.InfoModel] != "llm/"+smallModel {
		t.Errorf("step %d: %v", i, ts.Info)
	}
	if ts.Reward != 0 && ts.Reward != 1 || len(ts.Observation.Text) > 1<<20 || !ts.Ended() && len(ts.Observation.Actions) == 0 {
		t.Errorf("step %d: reward %v, %d bytes, actions %v", i, ts.Reward, len(ts.Observation.Text), ts.Observation.Actions)
	}
}

// TestEncoder dreams after a stand-in whose demonstrations a real endpoint's embeddings find.
func TestEncoder(t *testing.T) {
	data := t.TempDir()
	rows := filepath.Join(data, "lamp.jsonl")
	if err := os.WriteFile(rows, []byte(lampRows()), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := command(t, "import", rows, "--data", data); err != nil {
		t.Fatal(err)
	}
	s := endpointtest.New(t)
	s.Always(endpointtest.Say(`{"reasoning":"so","next_state":"The lamp is on.","reward":0,"terminated":false}`))
	url, stop := startLanguageModel(t, "--embedding")
	flags := []string{"--model", "llm", "--model-url", s.URL, "--model-name", "x", "--encoder-url", url, "--encoder-name", smallModel, "--model-demonstrations", "2"}
	server := startServer(t, data, flags...)
	first := dreamSome(t, server, "import/lamp-v0", 0, 2)
	if len(first) != 3 || !strings.Contains(s.Requests()[1].Last(), "Recorded steps:") {
		t.Fatalf("%d timesteps", len(first))
	}
	server.kill(t)
	stop()
	again := dreamSome(t, startServer(t, data, flags...), "import/lamp-v0", 0, 2)
	if !cmp.Equal(first, again) {
		t.Errorf("with the vectors that were kept the dream is another:\n%s", cmp.Diff(first, again))
	}
}

// lampRows are a few short episodes.
func lampRows() string {
	var b strings.Builder
	for i := range 12 {
		fmt.Fprintf(&b, `{"schema_version":1,"env":"lamp","split":"train","task":"t","scene":"s","episode":"e%d","step":0,"goal":"light","state":"The lamp is off.","action":"switch","next_state":"The lamp is on.","reward":0,"terminated":false,"actions":["switch","wait"]}`+"\n", i)
		fmt.Fprintf(&b, `{"schema_version":1,"env":"lamp","split":"train","task":"t","scene":"s","episode":"e%d","step":1,"goal":"light","state":"The lamp is on.","action":"wait","next_state":"It is light.","reward":1,"terminated":true,"actions":["switch","wait"]}`+"\n", i)
	}
	return b.String()
}

// TestLanguageModelFails has an endpoint fail in every way: the client is told with a code,
// the episode is recorded as aborted and nothing else, and the session goes on.
func TestLanguageModelFails(t *testing.T) {
	data := t.TempDir()
	if _, _, err := command(t, "collect", "house/heat-and-place-v0", "--episodes", "20", "--policy", "scripted", "--data", data); err != nil {
		t.Fatal(err)
	}
	s := endpointtest.New(t)
	good := endpointtest.Say(`{"reasoning":"so","next_state":"Nothing happens.","reward":0,"terminated":false}`)
	s.Always(good)
	server := startServer(t, data, "--model", "llm", "--model-url", s.URL, "--model-name", "x", "--model-key", "sk-secret", "--model-retries", "1", "--model-timeout", "500ms")
	session := server.open(t, "house/heat-and-place-v0@dream")
	var aborted []string
	for name, fault := range map[string]endpointtest.Reply{
		"429": endpointtest.Status(429, "later", "Retry-After: 0"), "500": endpointtest.Status(500, "oh"), "reset": endpointtest.Reset,
		"cut": endpointtest.CutStream, "hang": s.Hang, "wrong shape": endpointtest.Say(`{"a":1}`), "empty": endpointtest.Say(""), "length": endpointtest.Finish("{", "length"),
	} {
		ts, err := session.Reset(t.Context(), client.ResetOptions{})
		if err != nil {
			t.Fatalf("%s: Reset: %v", name, err)
		}
		aborted = append(aborted, fmt.Sprint(ts.Info[gym.InfoEpisode]))
		s.Always(fault)
		_, err = session.Step(t.Context(), gym.Action(ts.Observation.Actions[0]))
		want := gym.CodeModelUnavailable
		if slices.Contains([]string{"wrong shape", "empty", "length"}, name) {
			want = gym.CodeModelMalformed
		}
		if gym.CodeOf(err) != want || !strings.Contains(err.Error(), "--model-") && want == gym.CodeModelUnavailable || strings.Contains(err.Error(), "sk-secret") {
			t.Errorf("%s: Step: %v", name, err)
		}
		s.Always(good)
	}
	if ts, err := session.Reset(t.Context(), client.ResetOptions{}); err != nil {
		t.Errorf("after all that, Reset: %v", err)
	} else if ts, err = session.Step(t.Context(), gym.Action(ts.Observation.Actions[0])); err != nil || ts.Observation.Text != "Nothing happens." {
		t.Errorf("after all that, Step: %+v, %v", ts, err)
	}
	missing := aborted
	for deadline := time.Now().Add(10 * time.Second); len(missing) > 0 && time.Now().Before(deadline); { // the catalogue follows the log
		out, _, err := command(t, "episodes", "list", "--reason", "aborted", "--json", "--data", data)
		if err != nil {
			t.Fatal(err)
		}
		missing = slices.DeleteFunc(missing, func(id string) bool { return strings.Contains(out, id) })
	}
	if len(missing) > 0 {
		t.Errorf("episodes %v are not recorded as aborted", missing)
	}
}
