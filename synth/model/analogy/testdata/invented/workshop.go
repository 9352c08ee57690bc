package invented

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"strings"

	"dreamgym/envserver/gym"
)

// Refused is what the workshop says of what cannot be done.
const Refused = "That cannot be done."

// hands is how much can be carried.
const hands = 2

// Workshop makes a text world: stations around a hall, some of which are latched, hold
// parts; parts are carried, rinsed and stowed. Each of the scenes holds its parts
// elsewhere; a task names a part, where it belongs, and perhaps that it is to be rinsed.
func Workshop(scenes, tasksPerScene, unseenScenes int) *World {
	w := &World{
		Spec: gym.Spec{ID: "invented/workshop-v0", Description: "a workshop", MaxSteps: 30, Rewards: []float64{0, 1}, Deterministic: true, ListsActions: true},
		New:  func(t gym.Task, _ int64) Game { return newHall(t) },
	}
	w.Solution = func(t gym.Task) []string { return newHall(t).solution() }
	for s := range scenes + unseenScenes {
		split, to := gym.SplitTrain, &w.Train
		if s >= scenes {
			split, to = gym.SplitUnseen, &w.Unseen
		}
		for i := range tasksPerScene {
			*to = append(*to, workshopTask(s, i, split))
		}
	}
	return w
}

// workshopTask is task i of a scene.
func workshopTask(s, i int, split gym.Split) gym.Task {
	rng := rand.New(rand.NewPCG(uint64(s), uint64(i)+100))
	h := layOut(s)
	part := h.parts[rng.IntN(len(h.parts))]
	to := h.stations[rng.IntN(len(h.stations)-1)]
	for slices.Contains(h.inside[to], part) {
		to = h.stations[rng.IntN(len(h.stations)-1)]
	}
	params := map[string]string{"hall": strconv.Itoa(s), "part": part, "to": to}
	wording := []string{"put the %s into %s", "%s belongs in %s: bring it there", "please stow the %s into %s"}
	if i%2 == 1 {
		params["rinsed"] = "yes"
		wording = []string{"rinse the %s and put it into %s", "put a rinsed %s into %s"}
	}
	return gym.Task{
		ID: fmt.Sprintf("workshop-%d-%d", s, i), Split: split, Scene: fmt.Sprintf("hall-%d", s), Params: params,
		Goal: fmt.Sprintf(wording[rng.IntN(len(wording))], part, to),
	}
}

// hall is the workshop during an episode.
type hall struct {
	task     gym.Task
	stations []string // the tap is last
	parts    []string
	inside   map[string][]string
	latched  map[string]bool
	canLatch map[string]bool
	carried  []string
	rinsed   map[string]bool
	at       string
}

func newHall(t gym.Task) *hall {
	s, err := strconv.Atoi(t.Params["hall"])
	if err != nil {
		panic("invented: a task of another world")
	}
	h := layOut(s)
	h.task = t
	return h
}

// layOut is a scene's hall before anybody acts.
func layOut(s int) *hall {
	rng := rand.New(rand.NewPCG(uint64(s), 1))
	h := &hall{inside: map[string][]string{}, latched: map[string]bool{}, canLatch: map[string]bool{}, rinsed: map[string]bool{}}
	for i := range 2 + rng.IntN(2) {
		h.stations = append(h.stations, fmt.Sprintf("bench %d", i+1))
	}
	for i := range 2 + rng.IntN(3) {
		c := fmt.Sprintf("crate %d", i+1)
		h.stations = append(h.stations, c)
		h.latched[c], h.canLatch[c] = true, true
	}
	for _, kind := range []string{"gear", "bolt", "wrench", "spring", "valve"} {
		for _, colour := range []string{"red", "blue", "green"} {
			if rng.IntN(2) == 0 {
				h.parts = append(h.parts, colour+" "+kind)
			}
		}
	}
	for len(h.parts) < 3 {
		h.parts = append(h.parts, fmt.Sprintf("%s axle", []string{"red", "blue", "green"}[len(h.parts)]))
	}
	for _, p := range h.parts {
		at := h.stations[rng.IntN(len(h.stations))]
		h.inside[at] = append(h.inside[at], p)
	}
	h.stations = append(h.stations, "tap 1")
	return h
}

func (h *hall) Text() string {
	return "You stand in the middle of a workshop. Around you are " + listed(h.stations) + "."
}

// Actions are in alphabetical order.
func (h *hall) Actions() []string {
	all := []string{"pockets"}
	for _, s := range h.stations {
		if s != h.at {
			all = append(all, "walk over to "+s)
		}
	}
	switch {
	case h.at == "":
	case h.at == "tap 1":
		for _, p := range h.carried {
			all = append(all, "rinse "+p+" under tap 1")
		}
	case h.latched[h.at]:
		all = append(all, "unlatch "+h.at)
	default:
		all = append(all, h.openActions()...)
	}
	sort.Strings(all)
	return all
}

// openActions are about the station where one is, which is open.
func (h *hall) openActions() []string {
	var all []string
	if h.canLatch[h.at] {
		all = append(all, "latch "+h.at)
	}
	for _, p := range h.carried {
		all = append(all, "stow "+p+" into "+h.at)
	}
	for _, p := range h.inside[h.at] {
		if len(h.carried) < hands {
			all = append(all, "fetch "+p+" off "+h.at)
		}
	}
	return all
}

func (h *hall) Act(action string) (text string, reward float64, terminated bool) {
	if !slices.Contains(h.Actions(), action) {
		return Refused, 0, false
	}
	verb, rest, _ := strings.Cut(action, " ")
	switch verb {
	case "pockets":
		if len(h.carried) == 0 {
			return "Your pockets are empty.", 0, false
		}
		return "Your pockets hold " + listed(h.carried) + ".", 0, false
	case "walk":
		h.at = strings.TrimPrefix(rest, "over to ")
		return "You walk over to " + h.at + ". " + h.shown(), 0, false
	case "unlatch":
		h.latched[h.at] = false
		return "You unlatch " + h.at + ". " + h.shown(), 0, false
	case "latch":
		h.latched[h.at] = true
		return "You latch " + h.at + ".", 0, false
	case "fetch":
		part, _, _ := strings.Cut(rest, " off ")
		h.inside[h.at] = without(h.inside[h.at], part)
		h.carried = append(h.carried, part)
		return "You fetch " + part + " off " + h.at + ".", 0, false
	case "rinse":
		part, _, _ := strings.Cut(rest, " under ")
		h.rinsed[part] = true
		return "You rinse " + part + " under tap 1. It gleams.", 0, false
	}
	part, _, _ := strings.Cut(rest, " into ")
	h.carried = without(h.carried, part)
	h.inside[h.at] = append(h.inside[h.at], part)
	text = "You stow " + part + " into " + h.at + "."
	if part == h.task.Params["part"] && h.at == h.task.Params["to"] && (h.rinsed[part] || h.task.Params["rinsed"] == "") {
		return text, 1, true
	}
	return text, 0, false
}

// shown is what one sees of where one is.
func (h *hall) shown() string {
	switch {
	case h.at == "tap 1":
		return "Water drips from it."
	case h.latched[h.at]:
		return "It is latched."
	case len(h.inside[h.at]) == 0:
		return "It holds nothing."
	}
	return "It holds " + listed(h.inside[h.at]) + "."
}

// solution is a way to the goal from the start.
func (h *hall) solution() []string {
	part, to := h.task.Params["part"], h.task.Params["to"]
	from := ""
	for s, parts := range h.inside {
		if slices.Contains(parts, part) {
			from = s
		}
	}
	way := h.enter(from)
	way = append(way, "fetch "+part+" off "+from)
	if h.task.Params["rinsed"] != "" {
		way = append(way, "walk over to tap 1", "rinse "+part+" under tap 1")
	}
	return append(append(way, h.enter(to)...), "stow "+part+" into "+to)
}

// enter goes to a station and opens it.
func (h *hall) enter(s string) []string {
	way := []string{"walk over to " + s}
	if h.latched[s] {
		way = append(way, "unlatch "+s)
	}
	return way
}

// listed writes a list as the workshop does.
func listed(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

func without(items []string, item string) []string {
	return slices.DeleteFunc(slices.Clone(items), func(s string) bool { return s == item })
}
