package action

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		name string
		want map[string]any
	}{
		{`noop()`, "noop", map[string]any{"wait_ms": 0.0}},
		{` noop ( wait_ms = 5 , ) `, "noop", map[string]any{"wait_ms": 5.0}},
		{`click('12')`, "click", map[string]any{"bid": "12", "button": "left", "modifiers": []any{}}},
		{`click(12, "right", ["Shift", 'Alt'])`, "click", map[string]any{"bid": 12.0, "button": "right", "modifiers": []any{"Shift", "Alt"}}},
		{`click("a", modifiers=['Meta'])`, "click", map[string]any{"bid": "a", "button": "left", "modifiers": []any{"Meta"}}},
		{`fill('7', 'it\'s "so"\n\x41\u00e9\U0001F600\q')`, "fill", map[string]any{"bid": "7", "value": "it's \"so\"\nA\u00e9\U0001F600\\q", "enable_autocomplete_menu": false}},
		{`fill(value="v", bid='1')`, "fill", map[string]any{"bid": "1", "value": "v", "enable_autocomplete_menu": false}},
		{`scroll(-1.5, +2e2)`, "scroll", map[string]any{"delta_x": -1.5, "delta_y": 200.0}},
		{`select_option('3', ['a', "b",])`, "select_option", map[string]any{"bid": "3", "options": []any{"a", "b"}}},
		{`select_option('3', ('a', "b"))`, "select_option", map[string]any{"bid": "3", "options": []any{"a", "b"}}},
		{"fill('a7', \"\"\"two\n'lines' \"so\" \"\"\")", "fill", map[string]any{"bid": "a7", "value": "two\n'lines' \"so\" ", "enable_autocomplete_menu": false}},
		{"fill('1', 'one \\\nline')", "fill", map[string]any{"bid": "1", "value": "one line", "enable_autocomplete_menu": false}},
		{"# I press it\nclick('1') # now", "click", map[string]any{"bid": "1", "button": "left", "modifiers": []any{}}},
		{`fill('1', '')`, "fill", map[string]any{"bid": "1", "value": "", "enable_autocomplete_menu": false}},
		{`fill('1', '# no comment')`, "fill", map[string]any{"bid": "1", "value": "# no comment", "enable_autocomplete_menu": false}},
		{`fill('b5', "Montre", True)`, "fill", map[string]any{"bid": "b5", "value": "Montre", "enable_autocomplete_menu": true}},
		{`upload_file("5", ["a.txt"])`, "upload_file", map[string]any{"bid": "5", "file": []any{"a.txt"}}},
		{`tab_focus(2)`, "tab_focus", map[string]any{"index": 2.0}},
		{`mouse_down(1, y=2)`, "mouse_down", map[string]any{"x": 1.0, "y": 2.0, "button": "left"}},
		{`send_msg_to_user("42")`, "send_msg_to_user", map[string]any{"text": "42"}},
		{`go_back()`, "go_back", map[string]any{}},
	}
	for _, tt := range tests {
		c, err := Parse(tt.in)
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		if c.Name != tt.name || !cmp.Equal(c.arguments, tt.want) {
			t.Errorf("%s: %s %s", tt.in, c.Name, cmp.Diff(tt.want, c.arguments))
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]string{
		``:                              "the name of an action",
		`click`:                         `expected "("`,
		`click(`:                        `expected a value`,
		`click('1'`:                     `expected ")"`,
		`click('1) `:                    "no closing quote",
		`click("1\`:                     "ends in a backslash",
		`click('\x4')`:                  "not a character",
		`click('\ud800')`:               "not a character",
		"click('a\nb')":                 "line break",
		`click('1') click('2')`:         "one action at a time",
		`click(one)`:                    "put text in quotes",
		`click(1e999)`:                  "not a number",
		`click(1_0)`:                    "not a number",
		`click(--1)`:                    "not a number",
		`click(bid='1', '2')`:           "follows a named one",
		`click()`:                       "bid is missing; write click(bid, button='left', modifiers=[])",
		`click('1', 'left', [], 4)`:     "too many arguments",
		`click('1', bid='2')`:           "given twice",
		`click('1', where='2')`:         `no argument "where"`,
		`click(None)`:                   "bid is None; click takes a string or a number there",
		`click(True)`:                   "bid is True",
		`click('1', modifiers='Shift')`: "a list of strings there",
		`click('1', modifiers=[1])`:     "a list of strings there",
		`fill('1', 'a', 1)`:             "enable_autocomplete_menu is 1; fill takes True or False there",
		`fill('1', {'a': 1})`:           "a dictionary",
		`fill('1', {1: 2})`:             "a key is a string",
		`launch('missiles')`:            `unknown action "launch"; there are noop, click,`,
		`__import__('os').system('x')`:  "one action at a time",
		`scroll(1)`:                     "delta_y is missing",
		`fill('1', ` + strings.Repeat("[", 50) + `)`: "nested too deeply",
	}
	for in, want := range tests {
		if _, err := Parse(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", in, err, want)
		}
	}
}

// TestRules: several actions where they are allowed, all of them right or none taken.
func TestRules(t *testing.T) {
	few := Rules{Most: 2, Names: []string{"click", "fill"}}
	tests := map[string]string{
		"click('1')":                               "click",
		"fill('1', 'a')\n# then\nclick('2')":       "fill click",
		"fill('1', 'a') click('2')":                "fill click",
		"click('1')\nclick('2')\nclick('3')":       "2 actions at most",
		"click('1')\nhover('2')":                   `unknown action "hover"; there are click, fill`,
		"click('1')\nclick('2'":                    "wrong syntax at character 21",
		"":                                         "the name of an action",
		"# nothing but a thought about click('1')": "the name of an action",
	}
	for in, want := range tests {
		calls, err := few.Parse(in)
		var names []string
		for _, c := range calls {
			names = append(names, c.Name)
		}
		got := strings.Join(names, " ")
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) || err != nil && calls != nil {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestArguments(t *testing.T) {
	c, err := Parse(`click(12, modifiers=['Alt', 'Shift'])`)
	if err != nil {
		t.Fatal(err)
	}
	if c.Text("bid") != "12" || c.Text("button") != "left" || c.Text("nothing") != "" || c.Number("bid") != 12 {
		t.Errorf("%+v", c)
	}
	if !cmp.Equal(c.List("modifiers"), []string{"Alt", "Shift"}) || !cmp.Equal(c.List("button"), []string{"left"}) || c.List("nothing") != nil {
		t.Errorf("%+v", c)
	}
}

// TestQuote: a literal stays on its line and is read back as it was.
func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"": `''`, `it's`: `'it\'s'`, `a\b`: `'a\\b'`, "a\nb\tc\rd": `'a\nb\tc\x0dd'`, "\x00\x1f\x7f": `'\x00\x1f\x7f'`, "é😀": `'é😀'`,
	} {
		c, err := Parse("keyboard_type(" + Quote(text) + ")")
		if Quote(text) != want || err != nil || c.Text("text") != text {
			t.Errorf("%q is quoted as %s and read back as %q, %v", text, Quote(text), c.Text("text"), err)
		}
	}
}

func ExampleFormat() {
	fmt.Println(Format("fill", "7", `Ada's "note"`))
	// Output: fill('7', 'Ada\'s "note"')
}

// FuzzParse: no input makes Parse panic, and what it takes it takes again as written anew.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`click('12')`, `fill(7, "a\n'b'")`, `select_option('1', ['a', {"b": [None, True]}])`, `scroll(-1, .5)`, `x(`, `keyboard_type('\x00')`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := Parse(s)
		if err != nil {
			return
		}
		if v, ok := c.arguments["value"].(string); ok && c.Name == "fill" {
			again, err := Parse(Format("fill", c.Text("bid"), v))
			if err != nil || again.Text("value") != v {
				t.Errorf("%q read again: %q, %v", v, again.Text("value"), err)
			}
		}
	})
}
