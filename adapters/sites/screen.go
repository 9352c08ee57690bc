package sites

import (
	"regexp"
	"slices"
	"strings"

	"dreamgym/adapters/chrome/action"
	"dreamgym/envserver/gym"
)

// line is a line of an observation as a solver reads it.
type line struct {
	id, role, name, value string
	states                []string
}

// screen is an observation's text, line by line.
type screen []line

var linePattern = regexp.MustCompile(`^(?:\[(\d+)\] )?(\w+) "((?:[^"\\]|\\.)*)"(?: value="((?:[^"\\]|\\.)*)")?(.*)$`)

func read(text string) screen {
	unquote := strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n")
	var s screen
	for _, l := range strings.Split(text, "\n") {
		if m := linePattern.FindStringSubmatch(strings.TrimSpace(l)); m != nil {
			s = append(s, line{m[1], m[2], unquote.Replace(m[3]), unquote.Replace(m[4]), strings.Fields(m[5])})
		}
	}
	return s
}

// find answers the first element of a name and one of some roles.
func (s screen) find(name string, roles ...string) (line, bool) {
	i := slices.IndexFunc(s, func(l line) bool { return l.id != "" && l.name == name && slices.Contains(roles, l.role) })
	if i < 0 {
		return line{}, false
	}
	return s[i], true
}

// after are the lines that follow the first one that a condition holds for.
func (s screen) after(holds func(line) bool) screen {
	i := slices.IndexFunc(s, holds)
	if i < 0 {
		return nil
	}
	return s[i+1:]
}

// main is what follows the header.
func (s screen) main() screen {
	return s.after(func(l line) bool { return l.role == "text" })
}

// told is the text that follows a text, such as a table's cell its heading.
func (s screen) told(name string) string {
	rest := s.after(func(l line) bool { return l.role == "text" && l.name == name })
	if len(rest) == 0 {
		return ""
	}
	return rest[0].name
}

// first is the first name that a pattern fits, "" where there is none.
func (s screen) first(p *regexp.Regexp) string {
	for _, l := range s {
		if m := p.FindStringSubmatch(l.name); m != nil {
			return m[len(m)-1]
		}
	}
	return ""
}

// move is a part of a solution: it answers its n-th action, and whether that was its last.
// No action and last: there is nothing to do; no action and not last: it is at a loss.
type move func(s screen, n int) (a gym.Action, last bool)

func act(name string, arguments ...string) gym.Action {
	return gym.Action(action.Format(name, arguments...))
}

// script is a policy that makes one move after another.
type script struct {
	moves []move
	n     int // actions of the first move so far
}

// Act answers the next action, "" when nothing is left to do or it is at a loss.
func (p *script) Act(ts gym.Timestep) gym.Action {
	s := read(ts.Observation.Text)
	for len(p.moves) > 0 {
		a, last := p.moves[0](s, p.n)
		p.n++
		if last {
			p.moves, p.n = p.moves[1:], 0
		}
		if a != "" || !last {
			return a
		}
	}
	return ""
}

// press clicks what has a name.
func press(name string, roles ...string) move {
	if len(roles) == 0 {
		roles = []string{"button", "link", "checkbox", "radio"}
	}
	return func(s screen, _ int) (gym.Action, bool) {
		l, ok := s.find(name, roles...)
		if !ok {
			return "", false
		}
		return act("click", l.id), true
	}
}

// mostPages bounds how many pages are turned in search of something.
const mostPages = 12

// seek clicks a link, turning pages until it is there.
func seek(name string) move {
	return func(s screen, n int) (gym.Action, bool) {
		if l, ok := s.main().find(name, "link"); ok {
			return act("click", l.id), true
		}
		return turn(s, n), false
	}
}

// until turns pages until a text is there.
func until(text string) move {
	return func(s screen, n int) (gym.Action, bool) {
		if s.told(text) != "" {
			return "", true
		}
		return turn(s, n), false
	}
}

func turn(s screen, n int) gym.Action {
	l, ok := s.find("Next page", "link")
	if !ok || n >= mostPages {
		return ""
	}
	return act("click", l.id)
}

// enter writes into a field.
func enter(label, value string) move {
	return func(s screen, _ int) (gym.Action, bool) {
		l, ok := s.find(label, "textbox", "searchbox", "spinbutton", "password")
		switch {
		case !ok:
			return "", false
		case l.value == value:
			return "", true
		}
		return act("fill", l.id, value), true
	}
}

// choose chooses an option of a list.
func choose(label, option string) move {
	return func(s screen, _ int) (gym.Action, bool) {
		l, ok := s.find(label, "combobox")
		if !ok {
			return "", false
		}
		return act("select_option", l.id, option), true
	}
}

// answer says what is read from the screen.
func answer(of func(screen) string) move {
	return func(s screen, _ int) (gym.Action, bool) {
		text := of(s)
		if text == "" {
			return "", false
		}
		return gym.Action(say(text)), true
	}
}

// done ends the episode.
func done() move {
	return func(screen, int) (gym.Action, bool) { return gym.Action(say("done")), true }
}

// open finds a product by its name and opens its page.
func open(product string) []move {
	return []move{enter("Search products", product), press("Search", "button"), seek(product)}
}
