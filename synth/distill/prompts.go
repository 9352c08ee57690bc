package distill

import (
	"context"
	"iter"

	"dreamgym/synth/endpoint"
	"dreamgym/synth/experience"
	"dreamgym/synth/model/llm"
)

// Prompting says what a prompt shows. The zero value is what llm shows by default.
type Prompting struct {
	Form llm.Form // FormState when empty
	// Demonstrations are the recorded steps beside each action; 4 when zero, negative: none.
	Demonstrations int
	// NoExample leaves out the example episode.
	NoExample bool
	// MaxHistory is how many steps of the history are shown, the newest; 0: all.
	MaxHistory int
}

// prompter makes the prompts that recorded steps would have been dreamed with.
type prompter struct {
	shape     llm.Shape
	retriever *llm.Retriever
	o         Prompting
}

func newPrompter(s *Source, o Prompting) (*prompter, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if o.Form == "" {
		o.Form = llm.FormState
	}
	if o.Demonstrations == 0 {
		o.Demonstrations = 4
	}
	train := s.train()
	return &prompter{llm.ShapeOf(s.Spec, llm.Options{Form: o.Form}), llm.NewRetriever(train, experience.NewIndex(train)), o}, nil
}

// asked is a recorded step and what a model is shown when it is asked for it.
type asked struct {
	step     *experience.Transition
	messages []endpoint.Message
}

// reasoned gives the reasoning of a recorded step, "" where there is none.
type reasoned func(experience.Ref) string

// steps are those of an episode's steps that are wanted, in order. Nothing of the episode
// itself is among the demonstrations: they would tell what is asked for.
func (p *prompter) steps(ctx context.Context, e *experience.Episode, why reasoned, wanted func(*experience.Transition) bool) iter.Seq2[asked, error] {
	return func(yield func(asked, error) bool) {
		own := func(t *experience.Transition) bool { return t.Episode == e.ID }
		prompt := p.begin(e, own)
		for i := range e.Steps {
			t := &e.Steps[i]
			if p.o.MaxHistory > 0 {
				prompt.Keep(p.o.MaxHistory)
			}
			if wanted(t) {
				demos, err := p.retriever.Demonstrations(ctx, t.State, t.Action, e.Scene, p.o.Demonstrations, own)
				q := asked{t, prompt.Messages(llm.Step{State: t.State, Action: t.Action, Demonstrations: demos})}
				if !yield(q, err) || err != nil {
					return
				}
			}
			prompt.Add(t.Action, t.Next, p.shape.Answer(t, why(t.Ref())))
		}
	}
}

// begin is the prompt at an episode's start.
func (p *prompter) begin(e *experience.Episode, own llm.Except) *llm.Prompt {
	prompt := &llm.Prompt{Shape: p.shape, Goal: e.Goal, Start: e.Start(), Common: p.retriever.Common()}
	if !p.o.NoExample {
		prompt.Examples = p.retriever.Example(e.Goal, e.Scene, own)
	}
	return prompt
}
