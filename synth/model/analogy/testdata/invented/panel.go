package invented

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"dreamgym/envserver/gym"
)

// line is an element of the panel.
type line struct {
	id         int
	role, name string
	value      string // of a text box; "true" or "false" of a check box
	hidden     bool   // until the panel is unfolded
}

// Panel makes a page-like world: the state is a list of elements, one a line, that
// clicks and fills edit in place. A task asks for values and for the form to be sent.
func Panel(tasks int) *World {
	w := &World{
		Spec: gym.Spec{ID: "invented/panel-v0", Description: "a form", MaxSteps: 12, Rewards: []float64{0, 1}, Deterministic: true, ListsActions: true},
		New:  func(t gym.Task, _ int64) Game { return newPanel(t) },
	}
	w.Solution = func(t gym.Task) []string { return newPanel(t).solution() }
	names := []string{"ada", "bob", "cleo", "dov", "edda", "finn", "gus", "hana", "ivo", "june"}
	for i := range tasks {
		rng := rand.New(rand.NewPCG(uint64(i), 3))
		nick, town := names[rng.IntN(len(names))], []string{"Bern", "Oslo", "Riga", "Turin"}[rng.IntN(4)]
		quiet := strconv.FormatBool(rng.IntN(2) == 0)
		goal := fmt.Sprintf("Set Nickname to %q and Town to %q", nick, town)
		if quiet == "true" {
			goal += ", switch Quiet hours on"
		}
		w.Train = append(w.Train, gym.Task{
			ID: fmt.Sprintf("panel-%d", i), Split: gym.SplitTrain, Scene: "panel", Goal: goal + " and press Save.",
			Params: map[string]string{"nick": nick, "town": town, "quiet": quiet},
		})
	}
	return w
}

type panel struct {
	task  gym.Task
	lines []line
	note  string
}

func newPanel(t gym.Task) *panel {
	return &panel{task: t, lines: []line{
		{id: 1, role: "heading", name: "Preferences"},
		{id: 2, role: "textbox", name: "Nickname"},
		{id: 3, role: "checkbox", name: "Newsletter", value: "false"},
		{id: 4, role: "button", name: "More"},
		{id: 5, role: "checkbox", name: "Quiet hours", value: "false", hidden: true},
		{id: 6, role: "textbox", name: "Town", hidden: true},
		{id: 7, role: "button", name: "Save"},
	}}
}

func (p *panel) Text() string {
	var b strings.Builder
	for _, l := range p.lines {
		if l.hidden {
			continue
		}
		fmt.Fprintf(&b, "[%d] %s %q", l.id, l.role, l.name)
		switch l.role {
		case "textbox":
			fmt.Fprintf(&b, " value=%q", l.value)
		case "checkbox":
			fmt.Fprintf(&b, " checked=%s", l.value)
		}
		b.WriteString("\n")
	}
	if p.note != "" {
		b.WriteString(p.note + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (p *panel) Actions() []string {
	var all []string
	for _, l := range p.lines {
		switch {
		case l.hidden || l.role == "heading":
		case l.role == "textbox":
			all = append(all, fmt.Sprintf("fill('%d', %q)", l.id, p.task.Params["nick"]), fmt.Sprintf("fill('%d', %q)", l.id, p.task.Params["town"]))
		default:
			all = append(all, fmt.Sprintf("click('%d')", l.id))
		}
	}
	return all
}

func (p *panel) Act(action string) (text string, reward float64, terminated bool) {
	p.note = ""
	if !slices.Contains(p.Actions(), action) {
		p.note = "There is no such element."
		return p.Text(), 0, false
	}
	name, inner, _ := strings.Cut(strings.TrimSuffix(action, ")"), "(")
	first, second, _ := strings.Cut(inner, ", ")
	id, _ := strconv.Atoi(strings.Trim(first, "'"))
	l := &p.lines[id-1]
	switch {
	case name == "fill":
		l.value = strings.Trim(second, `"`)
	case l.role == "checkbox":
		l.value = strconv.FormatBool(l.value == "false")
	case l.name == "More":
		p.lines[4].hidden, p.lines[5].hidden = !p.lines[4].hidden, !p.lines[5].hidden
	default:
		want := p.task.Params
		if p.lines[1].value == want["nick"] && p.lines[5].value == want["town"] && p.lines[4].value == want["quiet"] && p.lines[2].value == "false" {
			reward = 1
		}
		return p.Text(), reward, true
	}
	return p.Text(), 0, false
}

func (p *panel) solution() []string {
	way := []string{fmt.Sprintf("fill('2', %q)", p.task.Params["nick"]), "click('4')", fmt.Sprintf("fill('6', %q)", p.task.Params["town"])}
	if p.task.Params["quiet"] == "true" {
		way = append(way, "click('5')")
	}
	return append(way, "click('7')")
}
