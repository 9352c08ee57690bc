package endpoint

import (
	"cmp"
	"errors"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
)

// completion is an answer, or a piece of one, as endpoints send it.
type completion struct {
	Choices []struct {
		Message said   `json:"message"`
		Delta   said   `json:"delta"`
		Finish  string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Details    struct {
			Cached int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	} `json:"usage"`
	Error jsontext.Value `json:"error"`
}

type said struct {
	Content string `json:"content"`
	// Servers differ in the name; some give both.
	ReasoningContent string `json:"reasoning_content"`
	Reasoning        string `json:"reasoning"`
}

// take adds what a completion says to an answer.
func (c *completion) take(a *Answer, s said) {
	a.Content += s.Content
	a.Reasoning += cmp.Or(s.ReasoningContent, s.Reasoning)
	a.Finish = cmp.Or(c.Choices[0].Finish, a.Finish)
}

func (c *completion) count(a *Answer) {
	if c.Usage == nil {
		return
	}
	a.Usage = Usage{PromptTokens: c.Usage.Prompt, CachedTokens: c.Usage.Details.Cached, CompletionTokens: c.Usage.Completion}
}

// failed is the error that some endpoints send in the place of an answer, status 200 or
// not.
func (c *completion) failed(text []byte) error {
	if len(c.Error) == 0 || c.Error.Kind() == 'n' {
		return nil
	}
	return again{what: "it broke the answer off: " + messageOf(text)}
}

// lenient: endpoints send fields of their own, twice too, and bytes that are no characters.
var lenient = []json.Options{jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)}

// readAnswer reads an answer that comes whole.
func readAnswer(r io.Reader) (a Answer, err error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return a, err
	}
	var c completion
	if err := json.Unmarshal(text, &c, lenient...); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return a, again{what: "the answer was cut off", err: err}
		}
		return a, notCompletion(err)
	}
	if err := c.failed(text); err != nil {
		return a, err
	}
	if len(c.Choices) == 0 {
		return a, notCompletion(errors.New("it has no choices"))
	}
	c.take(&a, c.Choices[0].Message)
	c.count(&a)
	return a, nil
}

func notCompletion(err error) error {
	return &gym.Error{Code: gym.CodeModelMalformed, Err: err, Msg: "the endpoint answers something else than a chat completion: see whether its address is right"}
}

// readStream reads an answer that comes in server-sent events. One that ends before it has
// said why it does was cut off.
func readStream(r io.Reader) (a Answer, err error) {
	err = events(r, func(data []byte) error {
		var c completion
		if err := json.Unmarshal(data, &c, lenient...); err != nil {
			return notCompletion(err)
		}
		if err := c.failed(data); err != nil {
			return err
		}
		if len(c.Choices) > 0 {
			c.take(&a, c.Choices[0].Delta)
		}
		c.count(&a)
		return nil
	})
	if err == nil && a.Finish == "" {
		err = again{what: "the stream was cut off"}
	}
	return a, err
}
