package analogy

import (
	"fmt"
	"strings"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// recordedAs makes a buffer of episodes: each a start and pairs of action and outcome.
func recordedAs(episodes ...[]string) *experience.Snapshot {
	b := experience.NewBuffer(0)
	for i, e := range episodes {
		var steps []experience.Transition
		state := e[0]
		for j := 1; j+1 < len(e); j += 2 {
			steps = append(steps, experience.Transition{Task: fmt.Sprint("t", i), Scene: fmt.Sprint("s", i), Episode: fmt.Sprint("e", i), Goal: "Go on.",
				Step: j / 2, State: state, Action: e[j], Next: e[j+1]})
			state = e[j+1]
		}
		b.Add(steps)
	}
	return b.Snapshot()
}

// dreamt plays actions from a start, in a scene that was never recorded.
func dreamt(t *testing.T, s *experience.Snapshot, start string, actions ...string) string {
	t.Helper()
	d, err := New().Begin(t.Context(), model.Start{Task: gym.Task{ID: "new", Scene: "new", Goal: "Go on.", Start: &gym.Observation{Goal: "Go on.", Text: start}}, Experience: s})
	if err != nil {
		t.Fatal(err)
	}
	var p model.Prediction
	for _, a := range actions {
		if p, err = d.Predict(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		d.Observe(model.Outcome{Action: a, Next: p.Next, Reward: p.Reward, Dreamed: true})
	}
	return p.Next.Text
}

// A number is told by what was there before and by what the action names.
func TestNumbersGoOn(t *testing.T) {
	var episodes [][]string
	for n := range 8 {
		at := 10 * (n + 3)
		episodes = append(episodes, []string{
			fmt.Sprintf("Purse: %d.", at),
			"earn 5", fmt.Sprintf("Purse: %d.", at+5),
			"pay 3", fmt.Sprintf("Purse: %d.", at+2),
			"earn 7", fmt.Sprintf("Purse: %d.", at+9),
			"pay 8", fmt.Sprintf("Purse: %d.", at+1),
			"wait", fmt.Sprintf("Purse: %d.", at),
		})
	}
	s := recordedAs(episodes...)
	for actions, want := range map[string]string{
		"earn 9":               "Purse: 1009.",
		"pay 4":                "Purse: 996.",
		"wait":                 "Purse: 999.",
		"earn 9,pay 4,wait":    "Purse: 1004.",
		"wait,wait,wait,pay 6": "Purse: 991.",
	} {
		if got := dreamt(t, s, "Purse: 1000.", strings.Split(actions, ",")...); got != want {
			t.Errorf("after %s the dream says %q, want %q", actions, got, want)
		}
	}
}

// What was misread as a list is told to the byte.
func TestBytesAreKept(t *testing.T) {
	var episodes [][]string
	for i, d := range []string{"docs", "src", "lib", "img", "tmp", "etc", "var", "opt"} {
		episodes = append(episodes, []string{"/ $", "ls", fmt.Sprintf("%s/  readme.md  old/\n/ $", d), "cd " + d, fmt.Sprintf("/%s $", d), "pwd", fmt.Sprintf("/%s\n/%s $", d, d), fmt.Sprint("rm f", i), fmt.Sprintf("/%s $", d)})
	}
	s := recordedAs(episodes...)
	if got := dreamt(t, s, "/ $", "cd home"); got != "/home $" {
		t.Errorf("the dream says %q", got)
	}
	if got := dreamt(t, s, "/ $", "ls"); !strings.HasSuffix(got, "/  readme.md  old/\n/ $") {
		t.Errorf("the dream says %q", got)
	}
}

// Of "key: value" lines the one that the action names is changed, and counts go on.
func TestKeysAndValues(t *testing.T) {
	page := func(theme, plan string, changes int) string {
		return fmt.Sprintf("theme: %s\nplan: %s\nzone: UTC\nchanges: %d", theme, plan, changes)
	}
	var episodes [][]string
	for n := range 8 {
		episodes = append(episodes, []string{page("dark", "free", n),
			`set(field="theme", value="light")`, page("light", "free", n+1), `set(field="plan", value="team")`, page("light", "team", n+2),
			`set(field="theme", value="system")`, page("system", "team", n+3)})
	}
	got := dreamt(t, recordedAs(episodes...), page("pink", "gold", 40), `set(field="plan", value="none")`)
	if want := page("pink", "none", 41); got != want {
		t.Errorf("the dream says %q, want %q", got, want)
	}
}

func TestSlot(t *testing.T) {
	s := &slot{map[string]*tally{}, map[string]int{}, map[string]int{}}
	for n := range 6 {
		s.count(map[string]string{wasThere: fmt.Sprint(n), "goal0": "7", wasRecorded: fmt.Sprint(n % 2)}, fmt.Sprint(n+2))
	}
	if name, value, ok := s.fill(map[string]string{wasThere: "40", "goal0": "9"}); !ok || value != "42" {
		t.Errorf("%s, %q: %t", name, value, ok)
	}
	if _, value, ok := s.fill(map[string]string{"goal0": "9"}); ok {
		t.Errorf("%q is told without a reason", value)
	}
}
