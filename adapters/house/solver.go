package house

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
)

// solver is the scripted policy. It knows what a household is like but nothing of the
// scene beyond what it was told: it searches the likely places first, and where
// something expected does not come about it goes on searching.
type solver struct {
	world *world // for what all households have in common: the kinds of things and places
	goal  goal

	places  []string          // every place of the scene
	at      string            // the place in front, "" in the middle of the room
	held    string            // the thing in hand
	treated map[string]bool   // things that were cleaned, heated or cooled as the goal wants
	seen    map[string]string // thing → the place where it was last told of
	looked  map[string]bool   // places whose content was told
	closed  map[string]bool   // places that were told to be closed
	failed  map[string]int    // action → how often nothing happened
	last    string            // the action before
}

var _ gym.Policy = (*solver)(nil)

func newSolver(w *world) *solver {
	return &solver{world: w, treated: make(map[string]bool), seen: make(map[string]string),
		looked: make(map[string]bool), closed: make(map[string]bool), failed: make(map[string]int)}
}

// Act answers the next action, "" when nothing is left to try.
func (s *solver) Act(ts gym.Timestep) gym.Action {
	s.observe(ts.Observation)
	s.last = s.choose(ts.Observation.Actions)
	return gym.Action(s.last)
}

// observe takes in what was told.
func (s *solver) observe(o gym.Observation) {
	if s.places == nil {
		s.begin(o)
		return
	}
	if o.Text == nothing {
		s.failed[s.last]++
	}
	if m := arrival.FindStringSubmatch(o.Text); m != nil {
		s.at = m[1]
	}
	s.hands(o.Text)
	if m := content.FindStringSubmatch(o.Text); m != nil {
		s.note(m[1]+m[2], entities(m[3]))
	}
	if m := shut.FindStringSubmatch(o.Text); m != nil {
		s.closed[m[1]] = true
	}
}

// What a solver reads; the wording is that of state and act.
var (
	arrival   = regexp.MustCompile(`^You arrive at (\w+ \d+)\.`)
	content   = regexp.MustCompile(`(?:On the (\w+ \d+)|The (\w+ \d+) is open\. In it), you see (.*)\.$`)
	shut      = regexp.MustCompile(`The (\w+ \d+) is closed\.$`)
	entity    = regexp.MustCompile(`\ba (\w+ \d+)`)
	picked    = regexp.MustCompile(`^You pick up the (\w+ \d+) from`)
	moved     = regexp.MustCompile(`^You move the (\w+ \d+) to the (\w+ \d+)`)
	handled   = regexp.MustCompile(`^You (clean|heat|cool) the (\w+ \d+) using`)
	goalWords = regexp.MustCompile(`^(?:look at (\w+) under the (\w+)|examine the (\w+) with the (\w+)|` +
		`(put|find) (a|some|two|a clean|a hot|a cool) (\w+) (?:in|on|and put them in) (\w+)|` +
		`(clean|heat|cool) some (\w+) and put it in (\w+))\.$`)
)

// entities lists the names in "a mug 2, and a apple 1".
func entities(text string) []string {
	var names []string
	for _, m := range entity.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// begin reads the goal and the places.
func (s *solver) begin(o gym.Observation) {
	s.goal = readGoal(o.Goal)
	s.places = entities(o.Text)
	for _, a := range o.Actions {
		if p, ok := strings.CutPrefix(a, "go to "); ok && !slices.Contains(s.places, p) {
			s.places = append(s.places, p)
		}
	}
	promise := make(map[string]float64, len(s.places))
	for _, p := range s.places {
		promise[p] = s.promise(kindOf(p))
	}
	slices.SortFunc(s.places, func(a, b string) int {
		return cmp.Or(cmp.Compare(promise[b], promise[a]), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
}

// readGoal understands every sentence of the six families; the zero goal is what it
// does not understand.
func readGoal(text string) goal {
	m := goalWords.FindStringSubmatch(text)
	switch {
	case m == nil:
		return goal{}
	case m[1]+m[3] != "":
		return goal{examineInLight, m[1] + m[3], m[2] + m[4]}
	case m[6] == "two":
		return goal{pickTwo, m[7], m[8]}
	}
	g := goal{pickAndPlace, m[7] + m[10], m[8] + m[11]}
	how := m[9] + strings.TrimPrefix(m[6], "a ")
	for _, t := range treatments() {
		if strings.HasPrefix(how, t.verb) || how == "hot" && t.verb == "heat" {
			g.family = t.family
		}
	}
	return g
}

// promise is how worthwhile it is to look into a place of a kind: how likely a thing
// of the goal's kind is there, by what it costs to look.
func (s *solver) promise(kind string) float64 {
	i := slices.IndexFunc(s.world.things, func(k thingKind) bool { return k.name == s.goal.thing })
	j := slices.IndexFunc(s.world.places, func(k placeKind) bool { return k.name == kind })
	if i < 0 || j < 0 {
		return 0
	}
	rank := slices.Index(s.world.things[i].homes, kind)
	if rank < 0 {
		return 0
	}
	cost := 0 // in steps, to look into all places of the kind
	for _, p := range s.places {
		if kindOf(p) == kind {
			cost++
		}
	}
	if s.world.places[j].opens {
		cost *= 2
	}
	return float64(homeWeight(&s.world.things[i], rank)) / float64(cost)
}

// kindOf is the kind in a name such as "mug 2".
func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, " ")
	return kind
}

// hands keeps track of what is carried and treated.
func (s *solver) hands(text string) {
	if m := picked.FindStringSubmatch(text); m != nil {
		s.held = m[1]
		delete(s.seen, m[1])
	}
	if m := moved.FindStringSubmatch(text); m != nil {
		s.held = ""
		s.seen[m[1]] = m[2]
	}
	if m := handled.FindStringSubmatch(text); m != nil {
		for _, t := range treatments() {
			if t.verb == m[1] && t.family == s.goal.family {
				s.treated[m[2]] = true
			}
		}
	}
}

// note takes down all that a place holds.
func (s *solver) note(place string, things []string) {
	s.looked[place], s.closed[place] = true, false
	for t, p := range s.seen {
		if p == place {
			delete(s.seen, t)
		}
	}
	for _, t := range things {
		s.seen[t] = place
	}
}

// patience is how often nothing may come of an action before it is given up.
const patience = 2

// choose answers what to do next of what can be done.
func (s *solver) choose(actions []string) string {
	can := func(a string) bool {
		if s.failed[a] >= patience {
			return false
		}
		return slices.Contains(actions, a) || actions == nil && s.plausible(a)
	}
	for _, next := range []func(func(string) bool) string{s.finish, s.fetch, s.search, s.searchAgain} {
		if a := next(can); a != "" {
			return a
		}
	}
	return ""
}

// plausible stands in for a list of what can be done.
func (s *solver) plausible(action string) bool {
	verb, _, _ := strings.Cut(action, " ")
	here := s.at != "" && strings.HasSuffix(action, " "+s.at)
	switch verb {
	case "go":
		return !here
	case "open":
		return here && s.closed[s.at]
	case "take", "move":
		return here && !s.closed[s.at]
	case "use":
		return s.seen[strings.TrimPrefix(action, "use ")] == s.at
	}
	return here
}

// finish does what is left to do with what is in hand.
func (s *solver) finish(can func(string) bool) string {
	switch {
	case s.held == "":
		return ""
	case kindOf(s.held) != s.goal.thing:
		return s.drop(can)
	case s.goal.family == examineInLight:
		return s.findLamp(can)
	}
	for _, t := range treatments() {
		if t.family == s.goal.family && !s.treated[s.held] {
			return s.actAt(can, t.place, func(p string) string { return t.verb + " " + s.held + " with " + p })
		}
	}
	return s.actAt(can, s.goal.target, func(p string) string { return "move " + s.held + " to " + p })
}

// drop puts what is not wanted down.
func (s *solver) drop(can func(string) bool) string {
	if a := "move " + s.held + " to " + s.at; can(a) {
		return a
	}
	return ""
}

// findLamp uses a lamp that is here, or goes to one that was seen.
func (s *solver) findLamp(can func(string) bool) string {
	for _, t := range sortedKeys(s.seen) {
		if kindOf(t) != s.goal.target || s.failed["use "+t] >= patience {
			continue
		}
		for _, a := range []string{"use " + t, "go to " + s.seen[t]} {
			if can(a) {
				return a
			}
		}
	}
	return ""
}

// actAt does something at the first place of a kind where it can be done: it goes
// there, opens what is closed, and acts.
func (s *solver) actAt(can func(string) bool, kind string, act func(place string) string) string {
	if kindOf(s.at) == kind {
		for _, a := range []string{act(s.at), "open " + s.at} {
			if can(a) {
				return a
			}
		}
	}
	for _, p := range s.places {
		if kindOf(p) == kind && p != s.at && s.failed[act(p)] < patience && can("go to "+p) {
			return "go to " + p
		}
	}
	return ""
}

// fetch takes a wanted thing that was seen, but for what is already where it belongs.
func (s *solver) fetch(can func(string) bool) string {
	if s.held != "" {
		return ""
	}
	for _, t := range sortedKeys(s.seen) {
		place := s.seen[t]
		take := "take " + t + " from " + place
		if kindOf(t) != s.goal.thing || s.delivered(t, place) || s.failed[take] >= patience {
			continue
		}
		for _, a := range []string{take, "open " + place, "go to " + place} {
			if can(a) {
				return a
			}
		}
	}
	return ""
}

// delivered tells whether a thing is where the goal wants it, as it wants it.
func (s *solver) delivered(thing, place string) bool {
	if kindOf(place) != s.goal.target {
		return false
	}
	return s.goal.family == pickTwo || s.goal.family == pickAndPlace || s.treated[thing]
}

// search opens what is in front and was not looked into, or goes on to the next place.
func (s *solver) search(can func(string) bool) string {
	if a := "open " + s.at; !s.looked[s.at] && can(a) {
		return a
	}
	for _, p := range s.places {
		if !s.looked[p] && can("go to "+p) {
			return "go to " + p
		}
	}
	return ""
}

// searchAgain begins anew when all places were looked into in vain.
func (s *solver) searchAgain(can func(string) bool) string {
	clear(s.looked)
	clear(s.failed)
	return s.search(can)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
