package miniwob

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dreamgym/adapters/chrome/action"
	"dreamgym/envserver/gym"
)

func hover(l line) gym.Action { return gym.Action(action.Format("hover", l.ID)) }

// expandAndSubmit opens the section, then submits.
func expandAndSubmit(_ string, s screen, _ map[string]bool) gym.Action {
	section := s.all(func(l line) bool { return strings.HasPrefix(l.Name, "Section") && l.Has("collapsed") })
	if len(section) > 0 {
		return click(section[0])
	}
	return clickFirst(s.named("Submit"))
}

// followMenu points at one entry after another of the goal's path and clicks the last.
func followMenu(goal string, s screen, tried map[string]bool) gym.Action {
	path := strings.Split(strings.TrimPrefix(goal, "Select "), ">")
	for _, name := range path[:len(path)-1] {
		if entry := s.named(name); len(entry) > 0 && !tried[name] {
			tried[name] = true
			return hover(entry[0])
		}
	}
	return clickFirst(s.named(path[len(path)-1]))
}

// findInMenu opens the menu and points at one entry after another until the wanted one
// is shown: by its label, or by the icon of the goal, which is drawn before the menu.
func findInMenu(goal string, s screen, tried map[string]bool) gym.Action {
	menu := s.named("Menu")
	entries := s.role("menuitem", "listitem")
	if len(entries) == 0 && len(menu) > 0 {
		return click(menu[0])
	}
	if a := clickFirst(s.named(quote(goal, 1))); a != "" {
		return a
	}
	if a := clickFirst(withIcon(s)); a != "" && quote(goal, 1) == "" {
		return a
	}
	for _, e := range entries {
		if !tried[e.ID] && !e.Has("disabled") {
			tried[e.ID] = true
			return hover(e)
		}
	}
	return ""
}

// withIcon are the entries that the first icon is drawn at again.
func withIcon(s screen) screen {
	icon := func(l line) string { name, _, _ := strings.Cut(l.Name, " at "); return name }
	var wanted string
	var found screen
	for i, l := range s {
		switch {
		case l.Role != "image":
		case wanted == "":
			wanted = icon(l)
		case icon(l) == wanted && i > 0:
			found = append(found, s[i-1])
		}
	}
	return found
}

// clickPie opens the pie, waits for it and clicks the label, which stands before its
// colour and size.
func clickPie(goal string, s screen, _ map[string]bool) gym.Action {
	labelled := func(label string) screen {
		return s.all(func(l line) bool { return strings.HasPrefix(l.Name, label+" ") && !l.Has("covered") })
	}
	if target := labelled(quote(goal, 0)); len(target) > 0 {
		return click(target[0])
	}
	if closed := labelled("+"); len(closed) > 0 {
		return click(closed[0])
	}
	return "noop()"
}

// greatest clicks the card with the greatest number, then submits.
func greatest(_ string, s screen, tried map[string]bool) gym.Action {
	cards := s.all(func(l line) bool { return l.ID != "" && numbers.MatchString(l.Name) })
	if tried["turned"] || len(cards) == 0 {
		return clickFirst(s.named("Submit"))
	}
	tried["turned"] = true
	return click(slices.MaxFunc(cards, func(a, b line) int { return number(a.Name) - number(b.Name) }))
}

// guess halves what is left of 0 to 9 by what it was told.
func guess(_ string, s screen, tried map[string]bool) gym.Action {
	low, high := 0, 9
	for _, l := range s.shown() {
		if strings.Contains(l.Name, "higher than") {
			tried["above "+strconv.Itoa(number(l.Name))] = true
		}
		if strings.Contains(l.Name, "lower than") {
			tried["below "+strconv.Itoa(number(l.Name))] = true
		}
	}
	for n := range 10 {
		if tried["above "+strconv.Itoa(n)] {
			low = max(low, n+1)
		}
		if tried["below "+strconv.Itoa(9-n)] {
			high = min(high, 9-n-1)
		}
	}
	return fillAndSubmit(s, s.role("spinbutton"), tried, strconv.Itoa((low+high)/2))
}

var posts = regexp.MustCompile(`^Click the "(.*)" button on (all|\d+) posts? by (@\S+) and`)

// postActions clicks the icon of the user's posts, all or some, then submits.
func postActions(goal string, s screen, tried map[string]bool) gym.Action {
	m := posts.FindStringSubmatch(goal)
	if m == nil {
		return ""
	}
	wanted := len(s)
	if m[2] != "all" {
		wanted = number(m[2])
	}
	for i, l := range s {
		if l.ID != "" || !slices.Contains(strings.Fields(l.Name), m[3]) {
			continue
		}
		icon := s[i:].all(func(l line) bool { return l.ID != "" && strings.EqualFold(strings.Fields(l.Name + " ?")[0], m[1]) })
		if len(tried) < wanted && len(icon) > 0 && !tried[icon[0].ID] {
			tried[icon[0].ID] = true
			return click(icon[0])
		}
	}
	return clickFirst(s.named("Submit"))
}

// terminal lists the files and removes one with the goal's extension.
func terminal(goal string, s screen, tried map[string]bool) gym.Action {
	switch {
	case !tried["list"]:
		tried["list"] = true
		return typed("ls")
	case !tried["listed"]:
		tried["listed"] = true
		return "keyboard_press('Enter')"
	case !tried["remove"]:
		tried["remove"] = true
		return typed("rm " + fileIn(goal, s))
	}
	return "keyboard_press('Enter')"
}

func typed(text string) gym.Action { return gym.Action(action.Format("keyboard_type", text)) }

// fileIn finds the file that a goal describes by its extension, or as having none.
func fileIn(goal string, s screen) string {
	_, extension, _ := strings.Cut(goal, "extension ")
	for _, l := range s {
		_, listed, _ := strings.Cut(l.Name, "ls ")
		for _, w := range strings.Fields(strings.Split(listed, "user$")[0]) {
			if extension != "" && strings.HasSuffix(w, extension) || extension == "" && !strings.Contains(w, ".") {
				return w
			}
		}
	}
	return ""
}
