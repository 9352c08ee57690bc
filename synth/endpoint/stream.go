package endpoint

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
)

// completion is an answer, or a piece of one, as endpoints send it.
type completion struct {
	Choices []struct {
		Message said    `json:"message"`
		Delta   said    `json:"delta"`
		Finish  *string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Details    *struct {
			Cached int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	} `json:"usage"`
	Error jsontext.Value `json:"error"`
}

type said struct {
	Content *string `json:"content"`
	// Servers differ in the name.
	ReasoningContent *string `json:"reasoning_content"`
	Reasoning        *string `json:"reasoning"`
}

// take adds what a completion says to an answer; false where it says why it ended.
func (c *completion) take(a *Answer, of said) {
	for to, from := range map[*string][]*string{&a.Content: {of.Content}, &a.Reasoning: {of.ReasoningContent, of.Reasoning}} {
		for _, s := range from {
			if s != nil {
				*to += *s
				break
			}
		}
	}
	if f := c.Choices[0].Finish; f != nil {
		a.Finish = *f
	}
}

func (c *completion) count(a *Answer) {
	if c.Usage == nil {
		return
	}
	a.Usage = Usage{PromptTokens: c.Usage.Prompt, CompletionTokens: c.Usage.Completion}
	if c.Usage.Details != nil {
		a.Usage.CachedTokens = c.Usage.Details.Cached
	}
}

// lenient: endpoints send fields of their own, twice too, and bytes that are no characters.
var lenient = []json.Options{jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)}

// readAnswer reads an answer that comes whole.
func readAnswer(r reply) (a Answer, err error) {
	text, err := io.ReadAll(r.body)
	if err != nil {
		return a, err
	}
	var c completion
	if err := json.Unmarshal(text, &c, lenient...); err != nil {
		var cut *jsontext.SyntacticError
		if errors.As(err, &cut) && errors.Is(err, io.ErrUnexpectedEOF) {
			return a, again{err: errors.New("the answer was cut off")}
		}
		return a, notCompletion(err)
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
func readStream(r reply) (a Answer, err error) {
	err = events(r.body, func(data []byte) error {
		var c completion
		if err := json.Unmarshal(data, &c, lenient...); err != nil {
			return notCompletion(err)
		}
		if len(c.Error) > 0 && c.Error.Kind() != 'n' {
			return again{err: fmt.Errorf("the endpoint broke its answer off: %s", messageOf(data))}
		}
		if len(c.Choices) > 0 {
			c.take(&a, c.Choices[0].Delta)
		}
		c.count(&a)
		return nil
	})
	if err == nil && a.Finish == "" {
		err = again{err: errors.New("the stream was cut off")}
	}
	return a, err
}

// maxEvent bounds a line of a stream.
const maxEvent = 1 << 20

// events calls each with the data of every event up to "[DONE]" or the end.
func events(r io.Reader, each func(data []byte) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4<<10), maxEvent)
	lines.Split(scanLines)
	var data []string
	flush := func() (done bool, err error) {
		text := strings.Join(data, "\n")
		if data = data[:0]; text == "" {
			return false, nil
		}
		if text == "[DONE]" {
			return true, nil
		}
		return false, each([]byte(text))
	}
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			if done, err := flush(); done || err != nil {
				return err
			}
			continue
		}
		if field, value, _ := strings.Cut(line, ":"); field == "data" {
			data = append(data, strings.TrimPrefix(value, " "))
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	_, err := flush()
	return err
}

// scanLines splits at LF, CRLF and CR.
func scanLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0 && atEOF && len(data) > 0:
		return len(data), data, nil
	case i < 0:
		return 0, nil, nil
	case data[i] == '\n':
		return i + 1, data[:i], nil
	case i+1 == len(data) && !atEOF:
		return 0, nil, nil
	case i+1 < len(data) && data[i+1] == '\n':
		return i + 2, data[:i], nil
	}
	return i + 1, data[:i], nil
}
