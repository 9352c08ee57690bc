package exchange

import (
	"fmt"
	"io"
)

// Turn is a turn of a conversation in AgentGym's shape. Loss tells whether a trainer learns
// from it; the environment's turns have none.
type Turn struct {
	From  string `json:"from"` // "human": the environment; "gpt": the agent
	Loss  *bool  `json:"loss"`
	Value string `json:"value"`
}

// Conversation is an episode of FormatShareGPT. AgentGym reads the first two fields; the
// others are what an episode has beside them, so that import gets the same episode back.
type Conversation struct {
	Conversations []Turn `json:"conversations"`
	ItemID        string `json:"item_id"`
	ChatInfo
	Task   string `json:"task"`
	Reward Number `json:"reward"` // of the whole episode
	// Last is the state that the last action led to: a conversation ends with the agent.
	Last string `json:"last_observation"`
}

// formatTurn asks for the form that the agent's turns have.
const formatTurn = "Every turn shows the state. Answer with the next action, in this form:\n\nThought:\nwhy (may be left out)\n\nAction:\nthe action"

// conversations writes a JSON array.
type conversations struct {
	w io.Writer
	n int
}

func (c *conversations) write(e *Episode) error {
	b, err := encode(e.conversation(c.n))
	if err != nil {
		return err
	}
	before := "[\n"
	if c.n > 0 {
		before = ",\n"
	}
	c.n++
	_, err = c.w.Write(append([]byte(before), b...))
	return err
}

func (c *conversations) close() error {
	_, err := io.WriteString(c.w, "\n]\n")
	return err
}

// conversation is an episode, the n-th of its file: AgentGym's names end in a number.
func (e *Episode) conversation(n int) Conversation {
	no, yes := false, true
	c := Conversation{ItemID: fmt.Sprintf("%s_%d", e.Env, n), ChatInfo: e.info(), Task: e.Task, Reward: Number(e.Return())}
	c.Conversations = []Turn{{"human", nil, join(e.Goal, formatTurn)}, {"gpt", &no, "Ok."}}
	for i := range e.Steps {
		t := &e.Steps[i]
		said := "Action:\n" + t.Action
		if why := e.reasoning(i); why != "" {
			said = "Thought:\n" + why + "\n\n" + said
		}
		c.Conversations = append(c.Conversations, Turn{"human", nil, t.State}, Turn{"gpt", &yes, said})
		c.Last = t.Next
	}
	return c
}

// join puts a blank line between texts that are not empty.
func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "\n\n" + b
}
