package house

import "strings"

// nothing is the answer to what is unknown or cannot be done. It changes nothing.
const nothing = "Nothing happens."

// act carries an action out and answers what is then told.
func (s *state) act(action string) string {
	verb, rest, _ := strings.Cut(action, " ")
	switch verb {
	case "look", "inventory":
		return s.sense(verb, rest)
	case "go":
		return s.goTo(rest)
	case "open", "close":
		return s.setOpen(rest, verb == "open")
	case "examine":
		return s.examine(rest)
	case "use":
		return s.use(rest)
	case "take":
		return s.take(rest)
	case "move":
		return s.move(rest)
	}
	return s.treat(verb, rest)
}

func (s *state) sense(verb, rest string) string {
	switch {
	case rest != "":
		return nothing
	case verb == "look":
		return s.look()
	}
	return s.carrying()
}

// goTo handles "go to PLACE"; rest begins at "to".
func (s *state) goTo(rest string) string {
	name, ok := strings.CutPrefix(rest, "to ")
	p, known := s.scene.placeByName[name]
	if !ok || !known || p == s.at {
		return nothing
	}
	s.at = p
	return "You arrive at " + name + ". " + s.view(p)
}

// here tells whether a name is that of the place in front.
func (s *state) here(name string) bool { return s.at != nowhere && s.scene.places[s.at].name == name }

func (s *state) setOpen(name string, open bool) string {
	if !s.here(name) || !s.scene.places[s.at].opens || s.open[s.at] == open {
		return nothing
	}
	s.open[s.at] = open
	if open {
		return "You open the " + name + ". " + s.view(s.at)
	}
	return "You close the " + name + "."
}

func (s *state) examine(name string) string {
	if s.here(name) {
		return s.view(s.at)
	}
	if t, ok := s.scene.thingByName[name]; ok && t == s.held {
		return s.describe(t)
	}
	return nothing
}

// within answers the thing of a name that can be reached where one stands.
func (s *state) within(name string) (int, bool) {
	t, ok := s.scene.thingByName[name]
	return t, ok && s.at != nowhere && s.where[t] == s.at && s.reachable(s.at)
}

func (s *state) use(name string) string {
	t, ok := s.within(name)
	if !ok || !s.scene.things[t].kind.lamp {
		return nothing
	}
	s.lit[t] = true
	return "You turn on the " + name + "."
}

// take handles "take THING from PLACE".
func (s *state) take(rest string) string {
	name, from, _ := strings.Cut(rest, " from ")
	t, ok := s.within(name)
	if !ok || !s.here(from) || s.held != nowhere || s.scene.things[t].kind.lamp {
		return nothing
	}
	s.held, s.where[t] = t, nowhere
	return "You pick up the " + name + " from the " + from + "."
}

// move handles "move THING to PLACE".
func (s *state) move(rest string) string {
	name, to, _ := strings.Cut(rest, " to ")
	t, ok := s.scene.thingByName[name]
	if !ok || t != s.held || !s.here(to) || !s.reachable(s.at) {
		return nothing
	}
	s.held, s.where[t] = nowhere, s.at
	return "You move the " + name + " to the " + to + "."
}

// treat handles "clean THING with PLACE", and likewise heat and cool.
func (s *state) treat(verb, rest string) string {
	name, with, _ := strings.Cut(rest, " with ")
	thing, ok := s.scene.thingByName[name]
	if !ok || thing != s.held || !s.here(with) {
		return nothing
	}
	for _, t := range treatments() {
		if t.verb == verb && t.place == s.scene.places[s.at].kind && s.scene.things[thing].kind.takes(t) {
			s.change(verb, thing)
			return "You " + verb + " the " + name + " using the " + with + "."
		}
	}
	return nothing
}

// change gives a thing what a treatment leaves it with. Hot and cold exclude each other.
func (s *state) change(verb string, thing int) {
	switch verb {
	case "clean":
		s.clean[thing] = true
	case "heat":
		s.hot[thing], s.cold[thing] = true, false
	case "cool":
		s.cold[thing], s.hot[thing] = true, false
	}
}
