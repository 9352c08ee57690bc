package invented

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
)

// Kiosk makes a world of pages: every page has links to the others and a count of what is
// in the basket; goods are put into it on their own pages, a note is written in a form. A
// task names what to order, or what to write.
func Kiosk(tasks int) *World {
	w := &World{
		Spec: gym.Spec{ID: "invented/kiosk-v0", Description: "a kiosk", MaxSteps: 14, Rewards: []float64{0, 1}, Deterministic: true, ListsActions: true},
		New:  func(t gym.Task, _ int64) Game { return &kiosk{task: t, page: "Front"} },
	}
	w.Solution = func(t gym.Task) []string { return (&kiosk{task: t}).solution() }
	for i := range tasks {
		rng := rand.New(rand.NewPCG(uint64(i), 17))
		first, second := goods()[rng.IntN(len(goods()))], goods()[rng.IntN(len(goods()))]
		t := gym.Task{ID: fmt.Sprintf("kiosk-%d", i), Split: gym.SplitTrain, Scene: "kiosk", Params: map[string]string{"first": first, "second": second}}
		t.Goal = fmt.Sprintf("Order %q and %q.", first, second)
		if i%3 == 0 {
			t.Params["note"] = first + ", please"
			t.Goal = fmt.Sprintf("Send the note %q.", t.Params["note"])
		}
		w.Train = append(w.Train, t)
	}
	return w
}

func goods() []string { return []string{"Plums", "Rye bread", "Candles", "Soap"} }

type kiosk struct {
	task   gym.Task
	page   string
	basket []string
	note   string
}

// elements are the lines of the page: what can be acted upon, with its role and name.
func (k *kiosk) elements() [][2]string {
	all := [][2]string{{"link", "Front"}, {"link", fmt.Sprintf("Basket (%d)", len(k.basket))}, {"link", "Write to us"}, {"heading", k.page}}
	switch {
	case k.page == "Front":
		for _, g := range goods() {
			all = append(all, [2]string{"link", g})
		}
	case k.page == "Basket":
		for _, g := range k.basket {
			all = append(all, [2]string{"row", g})
		}
		all = append(all, [2]string{"button", "Order"})
	case k.page == "Write to us":
		all = append(all, [2]string{"textbox", "Note"}, [2]string{"button", "Send"})
	default:
		all = append(all, [2]string{"button", "Put into basket"}, [2]string{"paragraph", "Fresh every day"})
	}
	return all
}

func (k *kiosk) Text() string {
	var lines []string
	for i, e := range k.elements() {
		line := fmt.Sprintf("[%d] %s %q", i+1, e[0], e[1])
		if e[0] == "textbox" {
			line += fmt.Sprintf(" value=%q", k.note)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func (k *kiosk) Actions() []string {
	var all []string
	for i, e := range k.elements() {
		switch e[0] {
		case "link", "button":
			all = append(all, fmt.Sprintf("click('%d')", i+1))
		case "textbox":
			for _, v := range []string{k.task.Params["note"], "Hello"} {
				if v != "" {
					all = append(all, fmt.Sprintf("fill('%d', %q)", i+1, v))
				}
			}
		}
	}
	return all
}

func (k *kiosk) Act(action string) (text string, reward float64, terminated bool) {
	at := slices.Index(k.Actions(), action)
	if at < 0 {
		return k.Text(), 0, false
	}
	var label int
	fmt.Sscanf(action[strings.Index(action, "'")+1:], "%d", &label)
	switch name := k.elements()[label-1][1]; name {
	case "Put into basket":
		k.basket = append(k.basket, k.page)
	case "Note":
		_, v, _ := strings.Cut(action, `"`)
		k.note = strings.TrimSuffix(v, `")`)
	case "Order", "Send":
		want := k.task.Params
		right := want["note"] == "" && slices.Equal(k.basket, []string{want["first"], want["second"]})
		if name == "Send" {
			right = want["note"] != "" && k.note == want["note"]
		}
		if right {
			return k.Text(), 1, true
		}
		return k.Text(), 0, true
	default:
		k.page, _, _ = strings.Cut(name, " (")
	}
	return k.Text(), 0, false
}

func (k *kiosk) solution() []string {
	if note := k.task.Params["note"]; note != "" {
		return []string{"click('3')", fmt.Sprintf("fill('5', %q)", note), "click('6')"}
	}
	var way []string
	for i, g := range []string{k.task.Params["first"], k.task.Params["second"]} {
		if i > 0 {
			way = append(way, "click('1')")
		}
		way = append(way, fmt.Sprintf("click('%d')", 5+slices.Index(goods(), g)), "click('5')")
	}
	return append(way, "click('2')", fmt.Sprintf("click('%d')", 7))
}
