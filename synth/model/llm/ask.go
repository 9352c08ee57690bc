package llm

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/model"
)

// spent is what an answer took.
type spent struct {
	usage model.Usage
	lost  bool // an answer could not be kept: the step cannot be had again
}

func (s *spent) add(a endpoint.Answer, p Price) {
	u := a.Usage
	s.usage.Completions++
	s.usage.PromptTokens += u.PromptTokens
	s.usage.CachedTokens += u.CachedTokens
	s.usage.CompletionTokens += u.CompletionTokens
	s.usage.Cost += p.Of(u)
	s.lost = s.lost || !a.Kept
}

// attempts are the ways to an answer that can be read: the step is asked, what cannot be
// read is to be mended, and the step is asked anew.
const attempts = 3

// retryTemperature is that of a step that is asked anew, so that the same answer does not
// come again.
const retryTemperature = 0.7

// ask asks for a step. What still cannot be read after a repair and a retry is
// CodeModelMalformed.
func (d *dream) ask(ctx context.Context, step Step) (outcome, spent, error) {
	s := spent{usage: model.Usage{Compactions: d.compacted}}
	asked := d.prompt.Messages(step)
	messages, fault := asked, error(nil)
	for attempt := range attempts {
		a, err := d.m.client.Chat(ctx, d.request(messages, attempt))
		if endpoint.ReasonOf(err) == endpoint.ReasonContext && attempt == 0 && d.prompt.Compact() {
			s.usage.Compactions++
			asked = d.prompt.Messages(step)
			messages = asked
			a, err = d.m.client.Chat(ctx, d.request(messages, attempt))
		}
		if err != nil {
			return outcome{}, s, err
		}
		s.add(a, d.m.o.Price)
		d.watch(a.Usage)
		var said outcome
		if said, fault = d.read(a); fault == nil {
			return said, s, nil
		}
		messages = asked
		if attempt == 0 {
			messages = mend(asked, a.Content, fault)
		}
	}
	return outcome{}, s, d.m.malformed(fault)
}

// request makes the request of an attempt.
func (d *dream) request(messages []endpoint.Message, attempt int) endpoint.Chat {
	c := d.m.chat(messages, d.prompt.Shape)
	temperature := d.m.o.Temperature
	if attempt == attempts-1 {
		temperature = max(temperature, retryTemperature)
	}
	c.Temperature = &temperature
	if d.m.o.TopP > 0 {
		c.TopP = &d.m.o.TopP
	}
	if temperature > 0 {
		f := fnv.New64a()
		fmt.Fprintf(f, "%d %d %d", d.start.Seed, d.steps, attempt)
		seed := int64(f.Sum64() >> 33)
		c.Seed = &seed
	}
	return c
}

// chat is a request in the model's format.
func (m *Model) chat(messages []endpoint.Message, s Shape) endpoint.Chat {
	c := endpoint.Chat{Messages: messages, MaxTokens: m.o.MaxTokens}
	m.o.Format.Set(&c, "step", s.Schema())
	return c
}

// Set has a request ask for an answer in the format, under a schema with a name.
func (f Format) Set(c *endpoint.Chat, name string, schema []byte) {
	switch f {
	case FormatSchema:
		c.Schema, c.Name = schema, name
	case FormatObject:
		c.Object = true
	}
}

// read reads an answer.
func (d *dream) read(a endpoint.Answer) (outcome, error) {
	switch a.Finish {
	case "length":
		return outcome{}, errCutOff
	case "content_filter":
		return outcome{}, errors.New("the endpoint's content filter cut it")
	}
	answer, err := d.prompt.Shape.Read(a.Content)
	if err != nil {
		return outcome{}, err
	}
	if answer.Reasoning == "" {
		answer.Reasoning = a.Reasoning
	}
	return d.prompt.Shape.outcome(answer, d.state)
}

var errCutOff = errors.New("it is too long and was cut off")

// quotedAnswer bounds what is shown to a model of its own answer that cannot be read.
const quotedAnswer = 2000

// mend asks for an answer again, with what is wrong with the one that was given.
func mend(asked []endpoint.Message, answer string, fault error) []endpoint.Message {
	if len(answer) > quotedAnswer {
		answer = answer[:quotedAnswer]
	}
	return append(asked[:len(asked):len(asked)],
		endpoint.Message{Role: "assistant", Content: answer},
		endpoint.Message{Role: "user", Content: fmt.Sprintf("This answer cannot be used: %s. Give the answer to the same action again, as the one JSON object that was described.", fault)})
}

// malformed is the error of an answer that cannot be read.
func (m *Model) malformed(fault error) error {
	hint := "a larger model may do better"
	switch {
	case errors.Is(fault, errCutOff):
		hint = fmt.Sprintf("raise --model-max-tokens above %d", m.o.MaxTokens)
	case m.o.Format != FormatSchema:
		hint = "where the endpoint has a schema mode, set --model-format schema"
	}
	return gym.Errorf(gym.CodeModelMalformed, "%s gave no answer that can be read, also after a repair and a retry: %s; %s", m.Name(), fault, hint)
}

// watch notes when the next request would go beyond the context.
func (d *dream) watch(u endpoint.Usage) {
	o := d.m.o
	d.full = o.Context > 0 && u.PromptTokens+u.CompletionTokens+o.MaxTokens > o.Context
}

// try asks the endpoint once for an answer of a shape, so that a wrong model or key, or a
// format that it does not take, is refused before an episode begins. Where the endpoint
// cannot be reached, answers that were kept may still do.
func (m *Model) try(ctx context.Context, s Shape) error {
	c := m.chat([]endpoint.Message{{Role: "user", Content: "Answer with any object of the schema."}}, s)
	c.MaxTokens = 1
	key := string(c.Schema)
	m.mu.Lock()
	tried := m.tried[key]
	m.mu.Unlock()
	if tried {
		return nil
	}
	c.Fresh = true
	if _, err := m.client.Chat(ctx, c); err != nil {
		c.Fresh = false
		if gym.CodeOf(err) != gym.CodeModelUnavailable {
			return err
		}
		if a, again := m.client.Chat(ctx, c); again != nil || !a.Stored {
			return err
		}
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tried[key] = true
	return nil
}
