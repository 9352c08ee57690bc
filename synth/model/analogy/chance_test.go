package analogy

import (
	"fmt"
	"strings"
	"testing"

	"dreamgym/synth/experience"
)

// What differs from scene to scene is no chance: in each it comes out as it was recorded
// there, whatever the seed.
func TestScenesAreNoChance(t *testing.T) {
	var all [][5]string
	scenes := []string{"ash", "oak", "fir", "elm"}
	for i := range 5 {
		for _, s := range scenes {
			all = append(all, [5]string{s, s, fmt.Sprintf("A tree, number %d.", 100*i), "shake", map[string]string{"ash": "Keys fall.", "oak": "Acorns fall.", "fir": "Cones fall.", "elm": "Nothing falls."}[s]})
		}
	}
	for _, s := range scenes {
		d := dreaming(t, steps(all...), s, s, "A tree, number 7.")
		d.start.MostLikely = false
		want := ""
		for _, c := range d.m.cases {
			if c.t.Scene == s {
				want = c.t.Next
			}
		}
		for seed := range int64(20) {
			d.start.Seed, d.last.at = seed, -1
			if a := d.predict("shake"); a.text != want {
				t.Fatalf("%s, seed %d: %q, want %q", s, seed, a.text, want)
			}
		}
	}
}

// What comes out differently in one and the same scene is drawn, as often as it was
// recorded.
func TestChanceInAScene(t *testing.T) {
	low, high := "It comes to rest with a low number on its top.", "It comes to rest with a high number on its top."
	var all [][5]string
	for i := range 24 {
		all = append(all, [5]string{"table", "table", "A die.", "roll", []string{low, high, high}[i%3]})
	}
	d := dreaming(t, steps(all...), "table", "table", "A die.")
	d.start.MostLikely = false
	drawn := map[string]int{}
	for seed := range int64(60) {
		d.start.Seed, d.last.at = seed, -1
		drawn[d.predict("roll").text]++
	}
	if len(drawn) != 2 || drawn[low] < 8 || drawn[high] < 28 {
		t.Errorf("drawn are %v, a high one was recorded twice as often", drawn)
	}
}

// A value that nothing tells is drawn as often as it was recorded, however many there are.
func TestChanceOfManyValues(t *testing.T) {
	var all [][5]string
	for i := range 60 {
		all = append(all, [5]string{"table", "table", "A die.", "roll", fmt.Sprintf("You roll a %d. Good luck.", []int{1, 2, 2, 3, 3, 3}[i%6])})
	}
	d := dreaming(t, steps(all...), "table", "table", "A die.")
	d.start.MostLikely = false
	drawn := map[string]int{}
	for seed := range int64(120) {
		d.start.Seed, d.last.at = seed, -1
		a := d.predict("roll")
		if a.support > 0.6 {
			t.Fatalf("%q is supported by %.2f of the cases", a.text, a.support)
		}
		drawn[a.text]++
	}
	for text, least := range map[string]int{"You roll a 1. Good luck.": 10, "You roll a 2. Good luck.": 25, "You roll a 3. Good luck.": 40} {
		if drawn[text] < least {
			t.Errorf("drawn are %v: too few of %q", drawn, text)
		}
	}
}

// guesses are steps on pages that hide which drawer the coin is in: one that is opened after a
// hint has it more often than not, because who opens it has seen more than the page shows.
func guesses() []*experience.Transition {
	var all []*experience.Transition
	for i := range 40 {
		drawer := i % 4
		page := fmt.Sprintf("text \"Left of drawer %d\"\n[1] field \"Drawer\" value=\"%d\"\n[2] button \"Open\"", drawer+5, drawer)
		next, reward := fmt.Sprintf("text \"Left of drawer %d\"\n[1] field \"Drawer\" value=\"%d\"\n[2] button \"Open\"", drawer, drawer), 0.0
		if i/4%3 > 0 {
			next, reward = "heading \"A coin\"\n[1] link \"Go home\"", 1
		}
		all = append(all, &experience.Transition{Episode: fmt.Sprint(i), Scene: "chest", Task: fmt.Sprint("t", i), Goal: "go on",
			State: page, Action: "click('2')", Next: next, Reward: reward, Terminated: reward > 0})
	}
	return all
}

// What pages hide is won by chance where it was on this very page, as often as it was; a guess
// on another page is not won because better ones were elsewhere, nor because another guess of
// the task was: what is shown earns what it earned.
func TestGuessesOnPages(t *testing.T) {
	for _, test := range []struct {
		task                      string
		hint, drawer, least, most int
	}{{"other", 5, 0, 20, 58}, {"other", 3, 9, 0, 0}, {"t4", 3, 9, 0, 0}} {
		d := dreaming(t, guesses(), "chest", test.task, fmt.Sprintf("text \"Left of drawer %d\"\n[1] field \"Drawer\" value=\"%d\"\n[2] button \"Open\"", test.hint, test.drawer))
		d.start.MostLikely = false
		won := 0
		for seed := range int64(60) {
			d.start.Seed, d.last.at = seed, -1
			a := d.predict("click('2')")
			if !a.drawn {
				t.Fatalf("%d after %d: not drawn: %v", test.drawer, test.hint, a.why)
			}
			if coin := strings.Contains(a.text, "A coin"); coin != (a.label.reward > 0) {
				t.Fatalf("%d after %d earns %v:\n%s", test.drawer, test.hint, a.label.reward, a.text)
			}
			if a.label.reward > 0 {
				won++
			}
		}
		if won < test.least || won > test.most {
			t.Errorf("%d after %d is won %d times of 60, want %d to %d", test.drawer, test.hint, won, test.least, test.most)
		}
	}
}
