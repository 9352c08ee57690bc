package analogy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// societyPage is a page of a society: its menu ends in another line for members than for guests.
func societyPage(menu, address string, body ...string) string {
	lines := slices.Concat([]string{fmt.Sprintf("address %q", "http://society.test/"+address), `[1] link "Talks"`, `[2] link "Walks"`, fmt.Sprintf("[3] link %q", menu)}, body, []string{`text "The society of Upper Marsh"`})
	return strings.Join(lines, "\n")
}

// Who is signed in has another menu than who is not, and may be shown more: each is told what was
// shown to their like, and pages that only others opened on their own menu.
func TestMenusOfMembersAndGuests(t *testing.T) {
	const member, guest = "Your desk", "Enter"
	talks := func(menu string) string {
		return societyPage(menu, "talks", `text "Talks"`, `text "On fens"`, `text "On owls"`)
	}
	notes := func(menu string) string {
		return societyPage(menu, "notes", `text "Notes"`, `text "Bring boots"`, `text "Bring tea"`)
	}
	walks := func(menu, last string) string {
		return societyPage(menu, "walks", `text "Walks"`, `text "To the mill"`, fmt.Sprintf("text %q", last))
	}
	var all [][5]string
	for i := range 9 {
		menu, last := member, "To the locked garden"
		if i%3 == 0 {
			menu, last = guest, "To the gate"
		}
		add := func(from, action, to string) {
			all = append(all, [5]string{"marsh", fmt.Sprint("task", i), from, action, to})
		}
		add(talks(menu), "click('2')", walks(menu, last))
		add(walks(menu, last), "click('1')", talks(menu))
		if menu == member {
			add(talks(menu), "ask('notes')", notes(menu))
		}
	}
	for name, test := range map[string]struct{ action, want string }{
		"what guests opened":  {"click('2')", walks(guest, "To the gate")},
		"what members opened": {"ask('notes')", notes(guest)},
	} {
		d := dreaming(t, steps(all...), "marsh", "other", talks(guest))
		if got := d.predict(test.action).text; got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, test.want)
		}
	}
}
