package miniwob

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dreamgym/adapters/chrome/action"
	"dreamgym/envserver/gym"
)

// solve says what to do next on a page, "" when it knows no more. It may remember what
// it did in tried.
type solve func(goal string, s screen, tried map[string]bool) gym.Action

// solver is a page's scripted policy, for one episode.
type solver struct {
	solve solve
	tried map[string]bool
}

func newSolver(p page) gym.Policy { return &solver{solve: p.solve, tried: make(map[string]bool)} }

// Act answers the next action.
func (s *solver) Act(ts gym.Timestep) gym.Action {
	return s.solve(ts.Observation.Goal, read(ts.Observation.Text), s.tried)
}

// quote answers what a goal quotes, its i-th; "" beyond.
func quote(goal string, i int) string {
	all := quoted.FindAllStringSubmatch(goal, -1)
	if i >= len(all) {
		return ""
	}
	return all[i][1]
}

// untried answers the first of some elements that was not tried, and marks it.
func untried(s screen, tried map[string]bool) gym.Action {
	for _, l := range s {
		if !tried[l.ID] {
			tried[l.ID] = true
			return click(l)
		}
	}
	return ""
}

// findLink clicks what bears the quoted name, opening one tab or section after another.
func findLink(goal string, s screen, tried map[string]bool) gym.Action {
	if target := s.named(quote(goal, 0)); len(target) > 0 {
		return click(target[0])
	}
	return untried(s.role("tab").all(func(l line) bool { return !l.Has("selected") }), tried)
}

// findInTree clicks the quoted file, opening one closed folder after another.
func findInTree(goal string, s screen, tried map[string]bool) gym.Action {
	if target := s.named(quote(goal, 0)); len(target) > 0 {
		return click(target[0])
	}
	return untried(s.all(func(l line) bool { return strings.Contains(l.Name, "expandable-hitarea") }), tried)
}

// enter fills the fields with values in order; "" when each holds its own.
func enter(fields screen, tried map[string]bool, values ...string) gym.Action {
	for i, v := range values {
		if i < len(fields) && !filledWith(fields[i], v, tried) {
			tried[fields[i].ID+v] = true
			return fill(fields[i], v)
		}
	}
	return ""
}

// filledWith tells whether a field holds a value; of a password only its length shows.
func filledWith(l line, value string, tried map[string]bool) bool {
	if l.Role == "password" {
		return tried[l.ID+value] && len(l.Value) == len(value)
	}
	return l.Value == value
}

func fields(s screen) screen { return s.role("textbox", "password", "searchbox") }

// enterAndSubmit fills the fields and presses the last button.
func enterAndSubmit(s screen, tried map[string]bool, values ...string) gym.Action {
	if a := enter(fields(s), tried, values...); a != "" {
		return a
	}
	buttons := s.role("button")
	if len(buttons) == 0 {
		return ""
	}
	return click(buttons[len(buttons)-1])
}

func enterOnce(goal string, s screen, tried map[string]bool) gym.Action {
	return enterAndSubmit(s, tried, quote(goal, 0))
}

func enterTwice(goal string, s screen, tried map[string]bool) gym.Action {
	return enterAndSubmit(s, tried, quote(goal, 0), quote(goal, 0))
}

// logIn enters name and password; a popup is sent away first.
func logIn(goal string, s screen, tried map[string]bool) gym.Action {
	if cancel := s.named("Cancel"); len(cancel) > 0 {
		return click(cancel[0])
	}
	return enterAndSubmit(s, tried, quote(goal, 0), quote(goal, 1))
}

var sender = regexp.MustCompile(`email by (\S+) and`)

// from is the row of the sender that a goal names, in the list of emails.
func from(goal string) func(line) bool {
	m := sender.FindStringSubmatch(goal)
	if m == nil {
		return func(line) bool { return false }
	}
	return func(l line) bool { return l.ID != "" && strings.HasPrefix(l.Name, m[1]+" ") }
}

// clickIcon clicks an icon in the sender's row.
func clickIcon(icon string) solve {
	return func(goal string, s screen, _ map[string]bool) gym.Action {
		if len(s.all(from(goal))) == 0 {
			return ""
		}
		return clickFirst(s.after(from(goal)).named(icon))
	}
}

// compose opens the sender's email, opens a form by its button and fills and sends it.
func compose(goal string, s screen, tried map[string]bool, button, field, send, value string) gym.Action {
	if form := s.named(send); len(form) > 0 {
		if a := enter(s.named(field), tried, value); a != "" {
			return a
		}
		return click(form[0])
	}
	if b := s.named(button); len(b) > 0 {
		return click(b[0])
	}
	return clickFirst(s.all(from(goal)))
}

func forward(goal string, s screen, tried map[string]bool) gym.Action {
	names := values(goal)
	return compose(goal, s, tried, "Forward", "forward-sender", "send-forward", names[len(names)-1])
}

func reply(goal string, s screen, tried map[string]bool) gym.Action {
	return compose(goal, s, tried, "Reply", "reply-text", "send-reply", quote(goal, 0))
}

var rank = regexp.MustCompile(`the (\d+)(st|nd|rd|th) `)

// search enters the query, searches, turns to the page of the wanted rank and opens it.
func search(goal string, s screen, tried map[string]bool) gym.Action {
	if a := enter(fields(s), tried, quote(goal, 0)); a != "" {
		return a
	}
	pages := s.role("link").all(func(l line) bool { return strings.Trim(l.Name, "0123456789") == "" })
	m := rank.FindStringSubmatch(goal)
	if len(pages) == 0 || m == nil {
		return clickFirst(s.role("button"))
	}
	n, _ := strconv.Atoi(m[1])
	wanted, place := strconv.Itoa((n-1)/3+1), (n-1)%3
	if turn := s.named(wanted); wanted != "1" && !tried["page"] && len(turn) > 0 {
		tried["page"] = true
		return click(turn[0])
	}
	results := s.role("link").all(func(l line) bool {
		return !slices.ContainsFunc(pages, func(p line) bool { return p.ID == l.ID }) && !turns(l)
	})
	if place >= len(results) {
		return ""
	}
	return click(results[place])
}

// turns tells whether an element turns the page.
func turns(l line) bool { return slices.Contains([]string{"<", ">", "First", "Last"}, l.Name) }

var contact = regexp.MustCompile(`^Find (\S+) in the contact book and click on their (\w+)`)

// lookUp turns the pages until the person's and clicks the property.
func lookUp(goal string, s screen, _ map[string]bool) gym.Action {
	m := contact.FindStringSubmatch(goal)
	if m == nil || len(s) == 0 {
		return ""
	}
	if s[0].Name != m[1] {
		return clickFirst(s.named(">"))
	}
	label := strings.ToUpper(m[2][:1]) + m[2][1:] + ":"
	return clickFirst(s.after(func(l line) bool { return l.Name == label }).role("clickable"))
}

var user = regexp.MustCompile(`user (@\S+),`)

// postAction clicks an icon of the user's first post, or opens its menu for an entry.
func postAction(goal string, s screen, _ map[string]bool) gym.Action {
	m := user.FindStringSubmatch(goal)
	if m == nil {
		return ""
	}
	wanted := quote(goal, 0)
	post := s.after(func(l line) bool { return l.ID == "" && slices.Contains(strings.Fields(l.Name), m[1]) })
	entries := post.all(func(l line) bool {
		return l.ID != "" && (strings.EqualFold(l.Name, wanted) || l.Name == wanted+" "+m[1])
	})
	if len(entries) > 0 {
		return click(entries[0])
	}
	return clickFirst(post.named("more"))
}

// complete types how the item begins, takes the suggestion that ends as wanted, and submits.
func complete(goal string, s screen, _ map[string]bool) gym.Action {
	begin, end := quote(goal, 0), quote(goal, 1)
	field, submit := fields(s), s.named("Submit")
	if len(field) == 0 || len(submit) == 0 {
		return ""
	}
	suggested := s.role("listitem").all(func(l line) bool {
		return strings.HasPrefix(l.Name, begin) && strings.HasSuffix(l.Name, end)
	})
	switch v := field[0].Value; {
	case len(suggested) > 0:
		return click(suggested[0])
	case strings.HasPrefix(v, begin) && strings.HasSuffix(v, end):
		return click(submit[0])
	}
	return fill(field[0], begin)
}

var selection = regexp.MustCompile(`^Select (.*?)(?: from the (?:scroll )?list)? and click Submit\.$`)

// tick sets the named boxes and submits.
func tick(goal string, s screen, _ map[string]bool) gym.Action {
	m := selection.FindStringSubmatch(goal)
	if m == nil {
		return ""
	}
	for _, name := range strings.Split(m[1], ", ") {
		if box := s.named(name).role("checkbox", "radio"); len(box) > 0 && !box[0].Has("checked") {
			return click(box[0])
		}
	}
	return clickFirst(s.named("Submit"))
}

// choose takes the named entries of the list and submits.
func choose(goal string, s screen, _ map[string]bool) gym.Action {
	m := selection.FindStringSubmatch(goal)
	if m == nil {
		return ""
	}
	names := strings.Split(m[1], ", ")
	chosen := s.all(func(l line) bool { return l.Role == "option" && slices.Contains(names, l.Name) && l.Has("selected") })
	list := s.role("combobox", "listbox")
	if len(chosen) >= len(names) || len(list) == 0 {
		return clickFirst(s.named("Submit"))
	}
	if len(names) == 1 {
		return gym.Action(action.Format("select_option", list[0].ID, names[0]))
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = action.Quote(n)
	}
	return gym.Action("select_option(" + action.Quote(list[0].ID) + ", [" + strings.Join(quoted, ", ") + "])")
}
