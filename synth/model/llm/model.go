// Package llm is the paper's own experience model (arXiv:2511.03773, Eq. 4): a language
// model behind an OpenAI-compatible endpoint that reasons its way to the next state and
// reward from the task, the history and retrieved recorded steps.
//
// What it says is held against the recordings: its answer must have the environment's
// shape, and a reward or an end is given only where recorded cases speak for it. It knows
// no environment.
package llm

import (
	"context"
	"sync"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// Format says how an endpoint is made to answer in JSON.
type Format string

// The formats.
const (
	FormatSchema Format = "schema" // response_format json_schema
	FormatObject Format = "object" // response_format json_object
	FormatText   Format = "text"   // by asking alone
)

// Options say how to ask. The zero value asks for whole states under a schema.
type Options struct {
	Form   Form   // FormState when empty
	Format Format // FormatSchema when empty
	// Lists: the language model lists the admissible actions itself, where the environment
	// does; else Ground predicts them after what it said.
	Lists bool
	// Demonstrations are the recorded steps beside each action; 4 when zero, negative: none.
	Demonstrations int
	MaxTokens      int     // of an answer; 1024 when zero
	MaxReasoning   int     // characters of the reasoning, in the schema; 0: no bound
	Temperature    float64 // at 0, alike requests are one request
	TopP           float64 // 0: the endpoint's default
	Context        int     // tokens that a request and its answer may have together; 0: no bound is known
	Price          Price
}

// Price is what a million tokens cost, in whatever currency.
type Price struct{ Prompt, Cached, Completion float64 }

// Of is what an answer costs.
func (p Price) Of(u endpoint.Usage) float64 {
	return (float64(u.PromptTokens-u.CachedTokens)*p.Prompt + float64(u.CachedTokens)*p.Cached + float64(u.CompletionTokens)*p.Completion) / 1e6
}

// Model dreams after a language model. Close it when it is not needed.
type Model struct {
	o      Options
	client *endpoint.Client
	ground model.Model

	mu         sync.Mutex
	tried      map[string]bool // schemas that the endpoint takes
	searchable []kept          // of the newest snapshots, newest last
}

// kept is what a snapshot is searched by.
type kept struct {
	snapshot  *experience.Snapshot
	retriever *Retriever
}

var _ model.Learner = (*Model)(nil)

// New makes a model over an endpoint and an embedded model, whose episodes are
// [model.Critic]s: it gives the start states, and judges what the language model says.
func New(client *endpoint.Client, ground model.Model, o Options) *Model {
	if o.Form == "" {
		o.Form = FormState
	}
	if o.Format == "" {
		o.Format = FormatSchema
	}
	if o.Demonstrations == 0 {
		o.Demonstrations = 4
	}
	if o.MaxTokens == 0 {
		o.MaxTokens = 1024
	}
	return &Model{o: o, client: client, ground: ground, tried: map[string]bool{}}
}

// Name is the model's name.
func (m *Model) Name() string { return "llm/" + m.client.Model() }

// Ready answers the newest snapshot that the embedded model has learned from.
func (m *Model) Ready(s *experience.Snapshot) *experience.Snapshot {
	if l, ok := m.ground.(model.Learner); ok {
		return l.Ready(s)
	}
	return s
}

// Close ends the embedded model's learning. The endpoint's client is its owner's.
func (m *Model) Close() error {
	if l, ok := m.ground.(model.Learner); ok {
		return l.Close()
	}
	return nil
}

// Begin starts a dream. CodeInsufficientEvidence where nothing is recorded to dream by,
// CodeNotAvailable where the endpoint refuses the model, the key or the format.
func (m *Model) Begin(ctx context.Context, s model.Start) (model.Episode, error) {
	ground, err := m.ground.Begin(ctx, s)
	if err != nil {
		return nil, err
	}
	critic, ok := ground.(model.Critic)
	if !ok {
		return nil, gym.Errorf(gym.CodeInternal, "%s cannot judge another model", m.ground.Name())
	}
	shape := ShapeOf(s.Spec, m.o)
	if err := m.try(ctx, shape); err != nil {
		return nil, err
	}
	return m.begin(s, critic, shape, m.retriever(s.Experience)), nil
}

func (m *Model) begin(s model.Start, ground model.Critic, shape Shape, r *Retriever) *dream {
	first := ground.First()
	goal := first.Next.Goal
	if goal == "" {
		goal = s.Task.Goal
	}
	return &dream{
		m: m, start: s, ground: ground, retriever: r, first: first, state: first.Next.Text,
		prompt: &Prompt{Shape: shape, Goal: goal, Start: first.Next, Common: r.common, Examples: r.Example(goal, s.Task.Scene, nil)},
	}
}

// retriever answers what a snapshot is searched by, and keeps it for the next episodes.
func (m *Model) retriever(s *experience.Snapshot) *Retriever {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.searchable {
		if k.snapshot.Buffer() == s.Buffer() && k.snapshot.Watermark() == s.Watermark() && k.snapshot.Evictions() == s.Evictions() {
			return k.retriever
		}
	}
	k := kept{s, NewRetriever(s)}
	m.searchable = append(m.searchable[max(0, len(m.searchable)-mostSearchable+1):], k)
	return k.retriever
}

// mostSearchable is how many snapshots are kept searchable.
const mostSearchable = 4
