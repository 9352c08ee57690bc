package miniwob

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dreamgym/adapters/chrome/action"
	"dreamgym/envserver/gym"
)

// last are the last of some elements, alone.
func (s screen) last() screen { return s.at(len(s)) }

// tickAndEnter chooses the option that the goal numbers first, fills the field that it
// numbers second, and submits.
func tickAndEnter(goal string, s screen, tried map[string]bool) gym.Action {
	m := ordinal.FindAllStringSubmatch(goal, -1)
	if len(m) < 2 {
		return ""
	}
	if box := s.role("radio", "checkbox").at(number(m[0][1])); len(box) > 0 && !box[0].Has("checked") {
		return click(box[0])
	}
	return fillAndSubmit(s, fields(s).at(number(m[1][1])), tried, quote(goal, 0))
}

// dropDown opens a list, takes the entry and clicks the quoted button.
func dropDown(goal string, s screen, tried map[string]bool) gym.Action {
	m := dropped.FindStringSubmatch(goal)
	if m == nil {
		return ""
	}
	if tried["chosen"] {
		return clickFirst(s.named(quote(goal, 0)))
	}
	if entry := s.named(m[1]); len(entry) > 0 {
		tried["chosen"] = true
		return click(entry[0])
	}
	return clickFirst(s.role("clickable"))
}

var dropped = regexp.MustCompile(`^Choose (.*) from the dropdown`)

// generate draws until the number is as asked.
func generate(goal string, s screen, _ map[string]bool) gym.Action {
	if shown := s.shown(); len(shown) > 0 && numbers.MatchString(shown[0].Name) && fits(goal, number(shown[0].Name)) {
		return clickFirst(s.named("Submit"))
	}
	return clickFirst(s.named("Generate"))
}

func fits(goal string, n int) bool {
	bound := number(goal)
	switch {
	case strings.Contains(goal, "less than"):
		return n < bound
	case strings.Contains(goal, "greater than"):
		return n > bound
	case strings.Contains(goal, "odd"):
		return n%2 != 0
	}
	return n%2 == 0
}

var movies = regexp.MustCompile(`^Search for (.*) movies directed by (.*) from year (\d+)`)

// searchMovies fills each field by the label next to it, before it or behind.
func searchMovies(goal string, s screen, tried map[string]bool) gym.Action {
	m := movies.FindStringSubmatch(goal)
	if m == nil {
		return ""
	}
	for i, f := range fields(s) {
		if v := m[1+meaning(labels(s), i)]; f.Value != v {
			return fill(f, v)
		}
	}
	if b := s.role("button"); len(b) > 0 {
		return click(b[0])
	}
	return clickFirst(s.role("clickable"))
}

// labels are the texts that name a field each.
func labels(s screen) screen {
	return s.shown().all(func(l line) bool { return strings.TrimRight(l.Name, ":") != "Movie Search" && meaningOf(l.Name) >= 0 })
}

func meaning(labels screen, i int) int {
	if i >= len(labels) {
		return 0
	}
	return meaningOf(labels[i].Name)
}

// meaningOf tells what a label asks for: genre, director or year; -1: none of them.
func meaningOf(label string) int {
	for i, words := range [][]string{{"genre"}, {"director"}, {"year", "date"}} {
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(label), w) }) {
			return i
		}
	}
	return -1
}

// oddOrEven clicks the button before an odd number and that behind an even one.
func oddOrEven(_ string, s screen, tried map[string]bool) gym.Action {
	for i, l := range s {
		if l.ID != "" || !numbers.MatchString(l.Name) || i == 0 || i == len(s)-1 {
			continue
		}
		button := s[i-1]
		if number(l.Name)%2 == 0 {
			button = s[i+1]
		}
		if !tried[button.ID] {
			tried[button.ID] = true
			return click(button)
		}
	}
	return clickFirst(s.named("Submit"))
}

var (
	dishesNamed = regexp.MustCompile(`^Order one of each item: (.*)$`)
	dishesLike  = regexp.MustCompile(`^Order (\d+) items that are (\S+)`)
)

// orderFood adds dishes by name, or of a kind, the first again where they are too few,
// and orders.
func orderFood(goal string, s screen, tried map[string]bool) gym.Action {
	list, most := dishes(goal, s)
	if n := len(tried); n < most && len(list) > 0 {
		tried["piece "+strconv.Itoa(n)] = true
		dish := list[n%len(list)].Name
		return clickFirst(s.after(func(l line) bool { return l.Name == dish }).named("+"))
	}
	return clickFirst(s.role("button"))
}

// dishes are the lines of the dishes that a goal asks for, and how many pieces it wants.
func dishes(goal string, s screen) (screen, int) {
	if m := dishesNamed.FindStringSubmatch(goal); m != nil {
		names := strings.Split(m[1], ", ")
		return s.shown().all(func(l line) bool {
			return slices.ContainsFunc(names, func(n string) bool { return strings.TrimSpace(n) == l.Name })
		}), len(names)
	}
	m := dishesLike.FindStringSubmatch(goal)
	if m == nil {
		return nil, 0
	}
	var found screen
	for i := 1; i < len(s); i++ {
		if s[i].ID == "" && s[i-1].ID == "" && slices.Contains(strings.Fields(s[i].Name), m[2]) {
			found = append(found, s[i-1])
		}
	}
	return found, number(m[1])
}

var asked = regexp.MustCompile(`^Enter the value of (.*) into the text field`)

// readTable enters the values of the labels: the goal's, or those before the fields.
func readTable(goal string, s screen, tried map[string]bool) gym.Action {
	var wanted []string
	if m := asked.FindStringSubmatch(goal); m != nil {
		wanted = []string{m[1]}
	} else {
		for _, l := range s.shown().all(func(l line) bool { return strings.HasSuffix(l.Name, ":") }) {
			wanted = append(wanted, strings.TrimSuffix(l.Name, ":"))
		}
	}
	var values []string
	for _, w := range wanted {
		rest := s.after(func(l line) bool { return l.ID == "" && l.Name == w })
		if len(rest) == 0 {
			return ""
		}
		values = append(values, rest[0].Name)
	}
	return enterAndSubmit(s, tried, values...)
}

var (
	binary   = regexp.MustCompile(`^(\d+) ([-+x*×]) (\d+) =$`)
	equation = regexp.MustCompile(`^(x|\d+) ([-+]) (x|\d+) = (-?\d+)$`)
)

// calculate enters the result of a calculation, or x of an equation.
func calculate(_ string, s screen, tried map[string]bool) gym.Action {
	for _, l := range s.shown() {
		if n, ok := result(l.Name); ok {
			return enterAndSubmit(s, tried, fmt.Sprint(n))
		}
	}
	return ""
}

func result(text string) (int, bool) {
	if m := binary.FindStringSubmatch(text); m != nil {
		return operate(number(m[1]), m[2], number(m[3])), true
	}
	m := equation.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	right := number(m[4])
	switch {
	case m[2] == "+" && m[1] == "x":
		return right - number(m[3]), true
	case m[2] == "+":
		return right - number(m[1]), true
	case m[1] == "x":
		return right + number(m[3]), true
	}
	return number(m[1]) - right, true
}

func operate(a int, operator string, b int) int {
	switch operator {
	case "+":
		return a + b
	case "-":
		return a - b
	}
	return a * b
}

// spin enters the goal's number into the spinner.
func spin(goal string, s screen, tried map[string]bool) gym.Action {
	return fillAndSubmit(s, s.role("spinbutton"), tried, numbers.FindString(goal))
}

func press(l line, key string) gym.Action { return gym.Action(action.Format("press", l.ID, key)) }
