package sites

import (
	"regexp"
	"slices"
	"strings"

	"dreamgym/adapters/chrome"
	"dreamgym/adapters/chrome/action"
	"dreamgym/adapters/sites/internal/task"
)

// admissible lists what can be done: a click on whatever takes one, a fill with each value
// that the goal offers, each option of a list; and to end, "done", or where the goal asks,
// each short text of the page's main part as the answer.
func admissible(nodes []chrome.Node, values []string, asks bool) []string {
	var list []string
	for _, n := range nodes {
		if n.ID != 0 && !n.Has("disabled") && !n.Has("covered") {
			list = append(list, actionsOf(n, values)...)
		}
	}
	if !asks {
		return append(list, task.Say("done"))
	}
	for _, text := range answers(nodes) {
		list = append(list, task.Say(text))
	}
	return append(list, action.Format(task.Infeasible, "it is not there"))
}

func actionsOf(n chrome.Node, values []string) []string {
	id := n.BID()
	var list []string
	switch {
	case len(n.Options) > 0:
		for _, o := range n.Options {
			if a := action.Format("select_option", id, o.Name); !o.Selected && !slices.Contains(list, a) {
				list = append(list, a)
			}
		}
	case n.Fill && !n.Has("readonly"):
		for _, v := range values {
			if v != n.Value {
				list = append(list, action.Format("fill", id, v))
			}
		}
	default:
		list = append(list, action.Format("click", id))
	}
	return list
}

// Answers are short, and not too many.
const (
	longestAnswer = 60
	mostAnswers   = 60
)

// answers are the texts and links of the page's main part, which begins with the first
// text: the header has none.
func answers(nodes []chrome.Node) []string {
	var list []string
	within := false
	for _, n := range nodes {
		within = within || n.ID == 0
		if !within || n.ID != 0 && n.Role != "link" {
			continue
		}
		text := strings.Trim(strings.TrimPrefix(n.Name, "by "), " ():,")
		if text == "" || len(text) > longestAnswer || slices.Contains(list, text) {
			continue
		}
		if list = append(list, text); len(list) == mostAnswers {
			break
		}
	}
	return list
}

var quoted = regexp.MustCompile(`"([^"]+)"`)

// values are what a goal offers for text fields: what it quotes.
func values(goal string) []string {
	var list []string
	for _, m := range quoted.FindAllStringSubmatch(goal, -1) {
		if !slices.Contains(list, m[1]) {
			list = append(list, m[1])
		}
	}
	return list
}
