package analogy

import (
	"slices"
	"strings"
	"testing"

	"dreamgym/synth/experience"
)

func TestCalls(t *testing.T) {
	g := learnGrammar(nil, nil)
	long := "say " + strings.Repeat("blah ", 400)
	for action, want := range map[string]call{
		`move(order="7", to="Ann")`: {frame: `move(order="{0}", to="{1}")`, args: []string{"7", "Ann"}},
		`set(field=theme, value=3)`: {frame: `set(field={0}, value={1})`, args: []string{"theme", "3"}},
		`find("a=b")`:               {frame: `find("{0}")`, args: []string{"a=b"}},
		"[18]":                      {frame: "[{0}]", args: []string{"18"}},
		"7":                         {frame: "{0}", args: []string{"7"}},
		long:                        {frame: "say {0}", args: []string{strings.TrimSpace(long[4:])}},
	} {
		if got := g.parse(action); got.frame != want.frame || !slices.Equal(got.args, want.args) {
			t.Errorf("%.40q is %q of %.40q, want %q of %.40q", action, got.frame, got.args, want.frame, want.args)
		}
	}
}

// Words that stand together in the text before an action are one thing's name.
func TestNamesOfSeveralWords(t *testing.T) {
	var all []*experience.Transition
	for _, jam := range []string{"jar of jam", "jar of ink", "cup of tea", "cup of ink", "bag of tea"} {
		for _, place := range []string{"shelf", "table", "bench"} {
			all = append(all, &experience.Transition{State: "You see a " + jam + " here.", Action: "take " + jam},
				&experience.Transition{State: "You hold it.", Action: "put " + jam + " in " + place})
		}
	}
	actions := map[string]bool{}
	for _, tr := range all {
		actions[tr.Action] = true
	}
	g := learnGrammar(keys(actions), namesIn(all))
	if c := g.parse("take cup of tea"); c.frame != "take {0}" {
		t.Errorf("taking is %q of %q", c.frame, c.args)
	}
	if c := g.parse("put cup of tea in shelf"); c.frame != "put {0} in {1}" || c.args[0] != "cup of tea" {
		t.Errorf("putting is %q of %q", c.frame, c.args)
	}
}
