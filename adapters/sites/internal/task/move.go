package task

import (
	"dreamgym/adapters/chrome/action"
	"dreamgym/envserver/gym"
)

// Move is a part of a solution: it answers its n-th action, and whether that was its last.
// No action and last: there is nothing to do; no action and not last: it is at a loss.
type Move func(s Screen, n int) (a gym.Action, last bool)

// Act writes an action.
func Act(name string, arguments ...string) gym.Action {
	return gym.Action(action.Format(name, arguments...))
}

// Script is a policy that makes one move after another.
type Script struct {
	Moves []Move

	n int // actions of the First Move so far
}

// Act answers the next action, "" when nothing is left to do or it is at a loss.
func (p *Script) Act(ts gym.Timestep) gym.Action {
	s := Read(ts.Observation.Text)
	for len(p.Moves) > 0 {
		a, last := p.Moves[0](s, p.n)
		p.n++
		if last {
			p.Moves, p.n = p.Moves[1:], 0
		}
		if a != "" || !last {
			return a
		}
	}
	return ""
}

// Press clicks what has a name.
func Press(name string, roles ...string) Move {
	if len(roles) == 0 {
		roles = []string{"button", "link", "checkbox", "radio"}
	}
	return func(s Screen, _ int) (gym.Action, bool) {
		l, ok := s.Find(name, roles...)
		if !ok {
			return "", false
		}
		return Act("click", l.ID), true
	}
}

// Go goes to a path of the sites.
func Go(path string) Move {
	return func(Screen, int) (gym.Action, bool) { return Act("goto", Public+path), true }
}

// mostPages bounds how many pages are turned in search of something.
const mostPages = 12

// Seek clicks a link, turning pages until it is there.
func Seek(name string) Move {
	return func(s Screen, n int) (gym.Action, bool) {
		if l, ok := s.Main().Find(name, "link"); ok {
			return Act("click", l.ID), true
		}
		return turn(s, n), false
	}
}

// Until turns pages until a text is there.
func Until(text string) Move {
	return func(s Screen, n int) (gym.Action, bool) {
		if s.Told(text) != "" {
			return "", true
		}
		return turn(s, n), false
	}
}

func turn(s Screen, n int) gym.Action {
	l, ok := s.Find("Next page", "link")
	if !ok || n >= mostPages {
		return ""
	}
	return Act("click", l.ID)
}

// Enter writes into a field.
func Enter(label, value string) Move {
	return func(s Screen, _ int) (gym.Action, bool) {
		l, ok := s.Find(label, "textbox", "searchbox", "spinbutton", "password")
		switch {
		case !ok:
			return "", false
		case l.Value == value:
			return "", true
		}
		return Act("fill", l.ID, value), true
	}
}

// Choose chooses an option of a list.
func Choose(label, option string) Move {
	return func(s Screen, _ int) (gym.Action, bool) {
		l, ok := s.Find(label, "combobox")
		if !ok {
			return "", false
		}
		return Act("select_option", l.ID, option), true
	}
}

// Answer says what is read from the screen.
func Answer(of func(Screen) string) Move {
	return func(s Screen, _ int) (gym.Action, bool) {
		text := of(s)
		if text == "" {
			return "", false
		}
		return gym.Action(Say(text)), true
	}
}

// Done ends the episode.
func Done() Move {
	return func(Screen, int) (gym.Action, bool) { return gym.Action(Say("done")), true }
}
