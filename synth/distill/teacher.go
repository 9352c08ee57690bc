package distill

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/synth/endpoint"
	"dreamgym/synth/experience"
	"dreamgym/synth/model/llm"
)

// Asker is a language model and how it is asked.
type Asker struct {
	Client      *endpoint.Client
	Format      llm.Format // FormatSchema when empty
	MaxTokens   int        // of an answer; 1024 when zero
	Temperature float64
	TopP        float64 // 0: the endpoint's default
	Price       llm.Price
}

// ask asks for an answer under a schema.
func (a Asker) ask(ctx context.Context, messages []endpoint.Message, name string, schema []byte) (endpoint.Answer, error) {
	c := endpoint.Chat{Messages: messages, MaxTokens: a.MaxTokens, Temperature: &a.Temperature}
	if c.MaxTokens == 0 {
		c.MaxTokens = 1024
	}
	if a.TopP > 0 {
		c.TopP = &a.TopP
	}
	format := a.Format
	if format == "" {
		format = llm.FormatSchema
	}
	format.Set(&c, name, schema)
	return a.Client.Chat(ctx, c)
}

const traceSchema = `{"type":"object","properties":{"reasoning":{"type":"string"}},"required":["reasoning"],"additionalProperties":false}`

// explain asks the teacher, who is shown all that a model would be shown, and the outcome.
const explain = `

This step was recorded. What it really led to:
%s

Do not repeat this. Give only the reasoning that leads to it, as one compact JSON object with the one field "reasoning": one to three sentences. Another model that is shown everything but the outcome must be able to tell the outcome from them: say which recorded steps apply, what of the history matters, and what follows for the next state, the reward and the end. Reason forward, and do not mention that the outcome was given.`

// predict asks for the outcome by a reasoning.
const predict = `

Reasoning about this step, which is right:
%s

Answer with the object that was described, by this reasoning; its own reasoning may be brief.`

// with is a chat with more said in its last turn. All before it stays the same, so that an
// endpoint's prefix cache holds.
func with(messages []endpoint.Message, form, text string) []endpoint.Message {
	last := len(messages) - 1
	said := messages[last]
	said.Content += fmt.Sprintf(form, text)
	return append(messages[:last:last], said)
}

// readTrace is the reasoning that a teacher's answer has.
func readTrace(a endpoint.Answer) (string, bool) {
	var said struct {
		Reasoning string `json:"reasoning"`
	}
	err := json.Unmarshal([]byte(llm.Unfenced(a.Content)), &said, json.RejectUnknownMembers(true), jsontext.AllowInvalidUTF8(true))
	said.Reasoning = strings.TrimSpace(said.Reasoning)
	return said.Reasoning, err == nil && said.Reasoning != ""
}

// held is what is wrong with a prediction of a step; "" where it is the recorded one.
func held(s llm.Shape, a endpoint.Answer, t *experience.Transition) Why {
	if a.Finish == "length" {
		return WhyCheck
	}
	answer, err := s.Read(a.Content)
	if err != nil {
		return WhyCheck
	}
	next, err := s.Next(answer, t.State)
	switch {
	case err != nil:
		return WhyCheck
	case next != t.Next && answer.Reward != t.Reward:
		return WhyBoth
	case next != t.Next:
		return WhyState
	case answer.Reward != t.Reward:
		return WhyReward
	}
	return ""
}
