package analogy

import (
	"slices"
	"testing"
)

func TestSwappedAcrossLines(t *testing.T) {
	page := []string{`text "Kettle"`, `text "2.5 out of 5 ("`, `[3] link "6 votes"`, `text ")"`, `text "6 votes"`}
	for _, c := range []struct {
		was, now string
		want     []string
	}{
		{"2.5 out of 5 (6 votes)", "4 out of 5 (12 votes)", page}, // of other wording
		{"2.5 out of 5 (6 votes)", "4.1 out of 5 (12 votes)", []string{`text "Kettle"`, `text "4.1 out of 5 ("`, `[3] link "12 votes"`, `text ")"`, `text "6 votes"`}},
		{"2.5 out of 5 (6 votes), 3 today", "4.1 out of 5 (12 votes), 2 today", page}, // the last lines are missing
		{"6 votes)", "7 votes)", []string{`text "Kettle"`, `text "2.5 out of 5 ("`, `[3] link "7 votes"`, `text ")"`, `text "6 votes"`}},
	} {
		if got := swapped(page, [][2]string{{c.was, c.now}}); !slices.Equal(got, c.want) {
			t.Errorf("%s for %s: %q", c.now, c.was, got)
		}
	}
}

// A word is not what two lines make of it, nor has a text with another's marks its words.
func TestSwappedWholeWords(t *testing.T) {
	for _, c := range [][2]string{{"19", "47"}, {"1 9#", "4 77"}} {
		page := []string{`text "1"`, `text "9"`, `text "1"`, `text "9#"`}
		if got := swapped(page, [][2]string{c}); !slices.Equal(got, page) {
			t.Errorf("%s for %s: %q", c[1], c[0], got)
		}
	}
}
