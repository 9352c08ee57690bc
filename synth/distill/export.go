package distill

import (
	"context"
	"fmt"
	"os"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/synth/endpoint"
	"dreamgym/synth/experience"
)

// Message is a turn of a chat.
type Message struct {
	Role    string `json:"role" parquet:"role"`
	Content string `json:"content" parquet:"content"`
}

// Example is a row of training data: a chat in the conversational prompt-completion form of
// TRL, whose loss is computed on the completion alone.
type Example struct {
	Prompt     []Message `json:"prompt" parquet:"prompt,list"`
	Completion []Message `json:"completion" parquet:"completion,list"`
	Ref        string    `json:"ref" parquet:"ref"`
	Split      gym.Split `json:"split" parquet:"split"`
	Task       string    `json:"task" parquet:"task"`
	Scene      string    `json:"scene" parquet:"scene"`
}

// Format is a file format of training data, and the ending of its files.
type Format string

// The formats.
const (
	FormatJSONL   Format = "jsonl"
	FormatParquet Format = "parquet"
)

// ExportOptions say what is exported. The zero value exports every step as JSONL.
type ExportOptions struct {
	Prompting   Prompting
	Annotations Annotations
	// SkipWithout leaves steps without a kept reasoning out; else theirs is an empty one.
	SkipWithout bool
	Formats     []Format // FormatJSONL when empty
}

// Count is what was exported of a split.
type Count struct {
	Examples int `json:"examples"`
	// Reasoned have a teacher's reasoning.
	Reasoned int `json:"reasoned"`
}

// Export writes a file of examples for each split and format into a folder, such as
// train.jsonl; none for a split without examples. The files are there whole or not at all,
// and the same to the byte for the same input.
func Export(ctx context.Context, s Source, folder string, o ExportOptions) (_ map[gym.Split]Count, err error) {
	p, err := newPrompter(&s, o.Prompting)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, storageError(err)
	}
	x := &export{prompter: p, o: o, files: newFiles(folder, o.Formats), counts: map[gym.Split]Count{}}
	defer x.files.discard() // what is not committed
	for i := range s.Episodes {
		if ctx.Err() != nil {
			return nil, gym.Errorf(gym.CodeCanceled, "interrupted; nothing was exported")
		}
		if err := x.episode(ctx, &s.Episodes[i]); err != nil {
			return nil, storageError(err)
		}
	}
	return x.counts, storageError(x.files.commit())
}

// export is one under way.
type export struct {
	prompter *prompter
	o        ExportOptions
	files    *files
	counts   map[gym.Split]Count
}

func (x *export) episode(ctx context.Context, e *experience.Episode) error {
	wanted := func(t *experience.Transition) bool {
		return !x.o.SkipWithout || x.o.Annotations.Reasoning(t.Ref()) != ""
	}
	for q, err := range x.prompter.steps(ctx, e, x.o.Annotations.Reasoning, wanted) {
		if err != nil {
			return err
		}
		reasoning := x.o.Annotations.Reasoning(q.step.Ref())
		if err := x.files.write(x.example(e, q, reasoning)); err != nil {
			return fmt.Errorf("write %s: %w", q.step.Ref(), err)
		}
		c := x.counts[e.Split]
		if c.Examples++; reasoning != "" {
			c.Reasoned++
		}
		x.counts[e.Split] = c
	}
	return nil
}

// example is a step whose target has all of an answer's fields, as llm reads them.
func (x *export) example(e *experience.Episode, q asked, reasoning string) Example {
	target := endpoint.Message{Role: "assistant", Content: x.prompter.shape.Answer(q.step, reasoning).Whole()}
	return Example{
		Prompt: turns(q.messages), Completion: turns([]endpoint.Message{target}),
		Ref: q.step.Ref().String(), Split: e.Split, Task: e.Task, Scene: e.Scene,
	}
}

// turns are messages of characters alone, as endpoints are sent them.
func turns(messages []endpoint.Message) []Message {
	out := make([]Message, len(messages))
	for i, m := range messages {
		out[i] = Message{m.Role, strings.ToValidUTF8(m.Content, "\uFFFD")}
	}
	return out
}
