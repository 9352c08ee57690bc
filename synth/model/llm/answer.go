package llm

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
)

// Form says how a model tells the next state.
type Form string

// The forms.
const (
	FormState Form = "state" // as a whole
	FormEdit  Form = "edit"  // as an edit of the parts of the present state, which the code applies
)

// Answer is what a model says of one step, its fields in this order: what was reasoned
// first can bear on the rest.
type Answer struct {
	Reasoning string `json:"reasoning,omitempty"`
	// NextState in FormState, Edit in FormEdit.
	NextState *string `json:"next_state,omitempty"`
	Edit      *Edit   `json:"edit,omitempty"`
	// Actions are admissible in the next state; nil where they are not asked for.
	Actions    *[]string `json:"actions,omitempty"`
	Reward     float64   `json:"reward"`
	Terminated bool      `json:"terminated"`
}

// Text is the answer as a model should write it: compact JSON.
func (a Answer) Text() string {
	b, err := json.Marshal(a, jsontext.AllowInvalidUTF8(true))
	if err != nil { // strings, numbers and booleans have an encoding
		panic(err)
	}
	return string(b)
}

// Whole is the answer with all of its fields, as [Shape.Read] takes it: a reasoning that is
// not there is an empty one.
func (a Answer) Whole() string {
	b, err := json.Marshal(struct {
		Reasoning string `json:"reasoning"`
		Answer
	}{a.Reasoning, a}, jsontext.AllowInvalidUTF8(true))
	if err != nil { // as in Text
		panic(err)
	}
	return string(b)
}

// Shape is what an answer must look like.
type Shape struct {
	Form    Form
	Actions bool      // it lists the next state's admissible actions
	Rewards []float64 // those that may be given; empty: any
	MaxText int       // bytes of a state
	// MaxReasoning bounds the reasoning in the schema, in characters; 0: no bound. A small
	// model may never come to an end.
	MaxReasoning int
}

// ShapeOf is the shape of answers for an environment.
func ShapeOf(s gym.Spec, o Options) Shape {
	return Shape{Form: o.Form, Actions: s.ListsActions && o.Lists, Rewards: s.Rewards, MaxText: s.TextLimit(), MaxReasoning: o.MaxReasoning}
}

// fields are the names of an answer's fields, in order.
func (s Shape) fields() []string {
	f := []string{"reasoning", "next_state"}
	if s.Form == FormEdit {
		f[1] = "edit"
	}
	if s.Actions {
		f = append(f, "actions")
	}
	return append(f, "reward", "terminated")
}

// schemaOf is the JSON schema of a field.
func (s Shape) schemaOf(field string) string {
	switch field {
	case "reasoning":
		if s.MaxReasoning > 0 {
			return fmt.Sprintf(`{"type":"string","maxLength":%d}`, s.MaxReasoning)
		}
	case "reward":
		return s.rewardSchema()
	case "actions":
		return `{"type":"array","items":{"type":"string"}}`
	case "terminated":
		return `{"type":"boolean"}`
	case "edit":
		return editSchema
	}
	return `{"type":"string"}`
}

// Schema is the shape as a JSON schema. Its properties stand in the order in which they
// are to be written, which endpoints with grammars keep to.
func (s Shape) Schema() []byte {
	var b bytes.Buffer
	b.WriteString(`{"type":"object","properties":{`)
	for i, f := range s.fields() {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", f, s.schemaOf(f))
	}
	fmt.Fprintf(&b, `},"required":["%s"],"additionalProperties":false}`, strings.Join(s.fields(), `","`))
	return b.Bytes()
}

func (s Shape) rewardSchema() string {
	if len(s.Rewards) == 0 {
		return `{"type":"number"}`
	}
	values, err := json.Marshal(s.Rewards)
	if err != nil { // a Spec's rewards are finite
		panic(err)
	}
	return `{"type":"number","enum":` + string(values) + `}`
}

// outcome is what an answer says comes to pass.
type outcome struct {
	reasoning  string
	next       string
	actions    []string
	reward     float64
	terminated bool
}

// Read reads what a model said strictly: one JSON object with exactly the shape's fields
// in their order, a declared reward and a state within its limit. An error says what is
// wrong in words that the model can act on.
func (s Shape) Read(text string) (Answer, error) {
	var a Answer
	if strings.TrimSpace(text) == "" {
		return a, fmt.Errorf("the answer is empty")
	}
	text = Unfenced(text)
	if err := s.checkFields(text); err != nil {
		return a, err
	}
	if err := json.Unmarshal([]byte(text), &a, json.RejectUnknownMembers(true)); err != nil {
		return a, fmt.Errorf("a field has a wrong type: %s", short(err.Error()))
	}
	if math.IsNaN(a.Reward) || math.IsInf(a.Reward, 0) || len(s.Rewards) > 0 && !slices.Contains(s.Rewards, a.Reward) {
		return a, fmt.Errorf("the reward %g is none of %v", a.Reward, s.Rewards)
	}
	if a.NextState != nil && len(*a.NextState) > s.MaxText {
		return a, fmt.Errorf("next_state has %d bytes; at most %d are allowed", len(*a.NextState), s.MaxText)
	}
	return a, nil
}

// checkFields holds the object's fields and their order against the shape.
func (s Shape) checkFields(text string) error {
	want, at := s.fields(), 0
	d := jsontext.NewDecoder(strings.NewReader(text))
	if d.PeekKind() != '{' {
		return fmt.Errorf("it is no JSON object, and nothing else is allowed")
	}
	d.ReadToken() //nolint:errcheck // the kind was seen
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return fmt.Errorf("it is no valid JSON: %s", short(err.Error()))
		}
		if at == len(want) || name.String() != want[at] {
			return fmt.Errorf("field %d is %q; the fields are %s, in this order", at+1, short(name.String()), strings.Join(want, ", "))
		}
		if at++; d.SkipValue() != nil {
			return fmt.Errorf("the value of %q is cut off or no valid JSON", want[at-1])
		}
	}
	if t, err := d.ReadToken(); err != nil || t.Kind() != '}' {
		return fmt.Errorf("the JSON object is cut off or not valid")
	}
	if at < len(want) {
		return fmt.Errorf("the field %q is missing", want[at])
	}
	if rest := strings.TrimSpace(text[d.InputOffset():]); rest != "" {
		return fmt.Errorf("there is text after the JSON object")
	}
	return nil
}

// Unfenced is what stands in a code fence, where the whole text is one.
func Unfenced(text string) string {
	text = strings.TrimSpace(text)
	inner, ok := strings.CutPrefix(text, "```")
	if !ok {
		return text
	}
	inner, closed := strings.CutSuffix(inner, "```")
	_, inner, lines := strings.Cut(inner, "\n")
	if !closed || !lines {
		return text
	}
	return strings.TrimSpace(inner)
}

// Next is the state that an answer says comes of the present one.
func (s Shape) Next(a Answer, present string) (string, error) {
	o, err := s.outcome(a, present)
	return o.next, err
}

// outcome applies the answer to the present state.
func (s Shape) outcome(a Answer, present string) (outcome, error) {
	o := outcome{reasoning: a.Reasoning, reward: a.Reward, terminated: a.Terminated}
	if a.Actions != nil {
		o.actions = *a.Actions
	}
	switch {
	case a.NextState != nil:
		o.next = *a.NextState
	case a.Edit != nil:
		next, err := a.Edit.apply(present)
		if err != nil {
			return o, err
		}
		if o.next = next; len(next) > s.MaxText {
			return o, fmt.Errorf("the edited state has %d bytes; at most %d are allowed", len(next), s.MaxText)
		}
	}
	if !utf8.ValidString(o.next) {
		return o, fmt.Errorf("the state is not valid UTF-8")
	}
	return o, nil
}

// short cuts what is quoted.
func short(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
