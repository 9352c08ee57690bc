package distill_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/gym"
	"dreamgym/synth/distill"
	"dreamgym/synth/dream"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/endpoint/endpointtest"
	"dreamgym/synth/experience"
	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/analogy/testdata/invented"
	"dreamgym/synth/model/llm"
)

const because = "It follows."

// A prompt is to the byte the one that llm dreams with, where the same was recorded and the
// dream goes as the recording did.
func TestPromptsAreThoseOfDreams(t *testing.T) {
	w := invented.Workshop(4, 6, 1)
	s := distill.Source{Spec: w.Spec, Episodes: w.Episodes(w.Train, 60, 1)}
	b := experience.NewBuffer(0)
	invented.Fill(b, s.Episodes)
	way := w.Solution(w.Train[1])
	next := 0
	held := w.Record("held", w.Train[1], 0, func([]string) string {
		next++
		return way[next-1]
	})
	held.Split = gym.SplitSeen
	s.Episodes = append(s.Episodes, held)

	annotations := distill.Annotations{}
	for i := range held.Steps {
		annotations[held.Steps[i].Ref().String()] = distill.Annotation{Kept: true, Reasoning: because}
	}
	all, _ := export(t, s, distill.ExportOptions{Annotations: annotations})
	var exported [][]distill.Message
	for _, e := range all {
		if strings.HasPrefix(e.Ref, "held#") {
			exported = append(exported, e.Prompt)
		}
	}
	if diff := cmp.Diff(dreamed(t, w, b, held), exported); diff != "" || len(exported) < 3 {
		t.Errorf("%d prompts: %s", len(exported), diff)
	}
}

// dreamed are the prompts of a dream in which everything comes as it was recorded.
func dreamed(t *testing.T, w *invented.World, b *experience.Buffer, e experience.Episode) (prompts [][]distill.Message) {
	t.Helper()
	server := endpointtest.New(t)
	shape := llm.ShapeOf(w.Spec, llm.Options{Form: llm.FormState})
	step := -1 // the first request tries the endpoint
	server.Otherwise = endpointtest.SayTo(func(endpointtest.Request) string {
		step++
		return shape.Answer(&e.Steps[max(0, step-1)], because).Text()
	})
	client, err := endpoint.New(endpoint.Options{URL: server.URL, Model: "tiny", Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	embedded := analogy.New()
	d := &dream.Dreamer{Model: llm.New(client, embedded, llm.Options{}), Buffer: func(string) *experience.Buffer { return b }}
	env, err := d.Dream(t.Context(), w.Registration(), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		env.Close()
		embedded.Close()
		client.Close()
	})
	if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: w.Train[1]}); err != nil {
		t.Fatal(err)
	}
	for i := range e.Steps {
		if _, err := env.Step(t.Context(), gym.Action(e.Steps[i].Action)); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range server.Requests()[1:] {
		var prompt []distill.Message
		for _, m := range q.Messages {
			prompt = append(prompt, distill.Message(m))
		}
		prompts = append(prompts, prompt)
	}
	return prompts
}
