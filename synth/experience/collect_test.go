package experience

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/gym"
)

// With SkipBad an episode is there whole or not at all, whatever is wrong with one of its rows.
func TestSkipBad(t *testing.T) {
	good := func(name string) []string {
		return []string{row("episode", `"`+name+`"`), row("episode", `"`+name+`"`, "step", "1", "reward", "1", "terminated", "true")}
	}
	for name, bad := range map[string][]string{
		"a type":           {row("episode", `"b"`, "reward", `"1"`), row("episode", `"b"`, "step", "1", "terminated", "true")},
		"missing":          {row("episode", `"b"`), row("episode", `"b"`, "step", "1", "goal", "")},
		"its last row":     {row("episode", `"b"`), row("episode", `"b"`, "step", "1")[:30]},
		"its first row":    {row("episode", `"b"`)[:30], row("episode", `"b"`, "step", "1", "terminated", "true")},
		"its middle":       {row("episode", `"b"`), "x", row("episode", `"b"`, "step", "2", "terminated", "true")},
		"order":            {row("episode", `"b"`), row("episode", `"b"`, "step", "2")},
		"after its end":    {row("episode", `"b"`, "terminated", "true"), row("episode", `"b"`, "step", "1")},
		"its action":       {row("episode", `"b"`, "action", `" "`)},
		"its environment":  {row("episode", `"b"`, "env", `"cellar"`)},
		"a split":          {row("episode", `"b"`, "split", `"train"`)},
		"its task changes": {row("episode", `"b"`), row("episode", `"b"`, "task", `"t9"`, "step", "1")},
	} {
		c := NewCollector(CollectOptions{SkipBad: true})
		lines := append(append(good("a"), bad...), good("c")...)
		if err := c.readLines(strings.NewReader(strings.Join(lines, "\n"))); err != nil {
			t.Fatal(err)
		}
		rec, err := c.Finish()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var names []string
		for _, e := range rec.Episodes {
			names = append(names, e.ID)
		}
		if !cmp.Equal(names, []string{"a", "c"}) || rec.Skipped.Rows == 0 || !strings.HasPrefix(rec.Skipped.Faults[0], "line ") {
			t.Errorf("%s: %v, %+v", name, names, rec.Skipped)
		}
	}
}

// Faults are counted beyond those that are named, and an unseen episode of a trained task is one.
func TestSkipBadCounts(t *testing.T) {
	lines := []string{row("split", `"train"`, "episode", `"a"`), row("split", `"unseen"`, "episode", `"b"`, "terminated", "true")}
	lines = append(lines, strings.Split(strings.Repeat("x\n", 20), "\n")[:20]...)
	c := NewCollector(CollectOptions{SkipBad: true, Env: "other"})
	if err := c.readLines(strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		t.Fatal(err)
	}
	rec, err := c.Finish()
	if err != nil || rec.Env != "other" || len(rec.Episodes) != 1 || rec.Skipped.Rows != 21 || rec.Skipped.Episodes != 1 || len(rec.Skipped.Faults) != maxFaults {
		t.Errorf("%+v, %v", rec, err)
	}
	c = NewCollector(CollectOptions{SkipBad: true})
	c.Add("row 1", Row{})
	if _, err := c.Finish(); gym.CodeOf(err) != gym.CodeInvalidRequest || !strings.Contains(err.Error(), "no episode is without fault:\nrow 1: ") {
		t.Error(err)
	}
}
