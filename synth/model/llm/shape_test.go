package llm

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"dreamgym/envserver/gym"
)

func TestRead(t *testing.T) {
	s := ShapeOf(gym.Spec{Rewards: []float64{0, 1}, ListsActions: true, MaxText: 20}, Options{Form: FormState, Lists: true})
	const good = `{"reasoning":"so","next_state":"It opens.","actions":["a"],"reward":1,"terminated":true}`
	a, err := s.Read(good)
	if err != nil || a.Reasoning != "so" || *a.NextState != "It opens." || (*a.Actions)[0] != "a" || a.Reward != 1 || !a.Terminated {
		t.Fatalf("%+v, %v", a, err)
	}
	if a.Text() != good {
		t.Errorf("it is written as %s", a.Text())
	}
	for _, text := range []string{" \n" + good + "\n", "```json\n" + good + "\n```", "```\n" + good + "```"} {
		if _, err := s.Read(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"":                     "empty",
		"   ":                  "empty",
		"It opens.":            "no JSON object",
		"[1]":                  "no JSON object",
		good[:40]:              "cut off",
		good[:len(good)-1]:     "cut off",
		good + " So it is.":    "after the JSON object",
		"Sure! " + good:        "no JSON object",
		"```json\n" + good[:9]: "no JSON object",
		`{"next_state":"a","reasoning":"so","actions":[],"reward":0,"terminated":false}`:                                       `field 1 is "next_state"`,
		`{"reasoning":"so","next_state":"a","actions":[],"reward":0}`:                                                          `"terminated" is missing`,
		`{"reasoning":"so","next_state":"a","actions":[],"reward":0,"terminated":false,"mood":1}`:                              `field 6 is "mood"`,
		`{"reasoning":"so","reasoning":"so","next_state":"a","actions":[],"reward":0,"terminated":false}`:                      "no valid JSON",
		`{"reasoning":"so","next_state":3,"actions":[],"reward":0,"terminated":false}`:                                         "wrong type",
		`{"reasoning":"so","next_state":"a","actions":"none","reward":0,"terminated":false}`:                                   "wrong type",
		`{"reasoning":"so","next_state":"a","actions":[],"reward":"1","terminated":false}`:                                     "wrong type",
		`{"reasoning":"so","next_state":"a","actions":[],"reward":0.5,"terminated":false}`:                                     "reward 0.5 is none of [0 1]",
		`{"reasoning":"so","next_state":"` + strings.Repeat("x", 21) + `","actions":[],"reward":0,"terminated":false}`:         "at most 20",
		`{"reasoning":"so","next_state":"a","actions":[],"reward":1e999,"terminated":false}`:                                   "wrong type",
		`{"reasoning":"so","edit":{"change":[],"remove":[],"add":[]},"actions":[],"reward":0,"terminated":false}`:              `field 2 is "edit"`,
		`{"reasoning":"` + strings.Repeat("x", 100_000) + `","next_state":"a","actions":[],"reward":0,"terminated":"perhaps"}`: "wrong type",
	} {
		if _, err := s.Read(text); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 300 {
			t.Errorf("%.80q: %v, want %q", text, err, want)
		}
	}
}

// A schema is JSON, has the fields in their order, and what the environment declares.
func TestSchema(t *testing.T) {
	for _, form := range []Form{FormState, FormEdit} {
		for _, lists := range []bool{false, true} {
			s := ShapeOf(gym.Spec{Rewards: []float64{0, 0.5}, ListsActions: true}, Options{Form: form, Lists: lists, MaxReasoning: 99})
			var read struct {
				Required   []string       `json:"required"`
				Properties map[string]any `json:"properties"`
			}
			if err := json.Unmarshal(s.Schema(), &read); err != nil {
				t.Fatalf("%s: %v", s.Schema(), err)
			}
			if len(read.Required) != len(read.Properties) || strings.Join(read.Required, " ") != strings.Join(s.fields(), " ") {
				t.Errorf("%v of %v", read.Required, read.Properties)
			}
			at := -1
			for _, f := range s.fields() {
				next := strings.Index(string(s.Schema()), `"`+f+`":`)
				if next < at {
					t.Errorf("%s stands too early in %s", f, s.Schema())
				}
				at = next
			}
			for _, part := range []string{`"enum":[0,0.5]`, `"maxLength":99`, `"additionalProperties":false`} {
				if !strings.Contains(string(s.Schema()), part) {
					t.Errorf("%s lacks %s", s.Schema(), part)
				}
			}
		}
	}
	if s := (Shape{}).Schema(); strings.Contains(string(s), "enum") || strings.Contains(string(s), "maxLength") {
		t.Errorf("nothing is declared, but the schema is %s", s)
	}
}

func TestEdit(t *testing.T) {
	const page = "title\nred\n\nblue\nend"
	for _, test := range []struct {
		edit, want string
	}{
		{`{"change":[],"remove":[],"add":[]}`, page},
		{`{"change":[{"part":2,"text":"green"}],"remove":[5],"add":[]}`, "title\ngreen\n\nblue"},
		{`{"change":[],"remove":[1],"add":[{"after":0,"text":"new"},{"after":4,"text":"more"},{"after":4,"text":"yet"}]}`, "new\nred\n\nblue\nmore\nyet\nend"},
		{`{"change":[],"remove":[1,2,3,4,5],"add":[{"after":5,"text":"only"}]}`, "only"},
		{`{"change":[{"part":6,"text":"x"}],"remove":[],"add":[]}`, "error: no part 6 to change"},
		{`{"change":[],"remove":[0],"add":[]}`, "error: no part 0 to remove"},
		{`{"change":[],"remove":[],"add":[{"after":-1,"text":"x"}]}`, "error: no part -1 to add after"},
	} {
		s := Shape{Form: FormEdit, MaxText: 100}
		a, err := s.Read(`{"reasoning":"so","edit":` + test.edit + `,"reward":0,"terminated":false}`)
		if err != nil {
			t.Fatal(err)
		}
		o, err := s.outcome(a, page)
		if want, fails := strings.CutPrefix(test.want, "error: "); fails {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", test.edit, err, want)
			}
		} else if err != nil || o.next != test.want {
			t.Errorf("%s: %q, %v; want %q", test.edit, o.next, err, test.want)
		}
	}
	if got, want := numbered("One. Two!  Three"), "1| One.\n2| Two!\n3| Three\n"; got != want {
		t.Errorf("parts are %q, want %q", got, want)
	}
	s := Shape{Form: FormEdit, MaxText: 5}
	if _, err := s.outcome(Answer{Edit: &Edit{Add: []PartAfter{{1, "too long"}}}}, "a"); err == nil {
		t.Error("a state over the limit is no error")
	}
}

// What is told as an edit is an edit by parts where that can be, and always exact.
func TestEditOf(t *testing.T) {
	e := EditOf("a\nb\nc\nd", "a\nB\nd\ne")
	if len(e.Change) != 1 || len(e.Remove) != 1 || len(e.Add) != 1 {
		t.Errorf("%+v", e)
	}
}

func FuzzEditOf(f *testing.F) {
	f.Add("a\nb\nc", "b\nc\nd")
	f.Add("You go. It is dark.  Wait", "You go. It is light.")
	f.Add("", "\n")
	f.Add("\na", "a")
	f.Add("One. ", "One.")
	f.Fuzz(func(t *testing.T, state, next string) {
		if len(state)+len(next) > 500 {
			return
		}
		e := EditOf(state, next)
		if got, err := e.apply(state); err != nil || got != next {
			t.Errorf("from %q to %q the edit is %+v and gives %q, %v", state, next, e, got, err)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(`{"reasoning":"so","next_state":"a","reward":0,"terminated":false}`)
	f.Add("```\n{\"reasoning\":\"so\"}\n```")
	f.Add(`{"reasoning":"so","next_state":"a","reward":0,"terminated":false`)
	s := Shape{Form: FormState, Rewards: []float64{0, 1}, MaxText: 1000}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := s.Read(text)
		if err == nil && a.NextState == nil {
			t.Errorf("%q has no state", text)
		}
	})
}
