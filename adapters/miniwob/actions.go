package miniwob

import (
	"regexp"
	"strings"

	"dreamgym/adapters/chrome"
	"dreamgym/adapters/chrome/action"
)

// admissible lists what can be done to what is visible: a click on whatever takes one,
// a fill with each value that the goal offers, each option of a list.
func admissible(nodes []chrome.Node, values []string) []string {
	var list []string
	for _, n := range nodes {
		if n.ID == 0 || n.Has("disabled") || n.Has("covered") {
			continue
		}
		list = append(list, actionsOf(n, values)...)
	}
	if len(list) == 0 {
		return []string{"noop()"}
	}
	return list
}

func actionsOf(n chrome.Node, values []string) []string {
	id := n.BID()
	var list []string
	switch {
	case len(n.Options) > 0:
		for _, o := range n.Options {
			if !o.Selected {
				list = append(list, action.Format("select_option", id, o.Name))
			}
		}
	case n.Fill && !n.Has("readonly") && len(values) > 0:
		for _, v := range values {
			if v != n.Value {
				list = append(list, action.Format("fill", id, v))
			}
		}
	default:
		list = append(list, action.Format("click", id))
		if n.Role == "menuitem" { // what it leads to opens under the pointer
			list = append(list, action.Format("hover", id))
		}
	}
	return list
}

var (
	quoted = regexp.MustCompile(`"([^"]+)"`)
	word   = regexp.MustCompile(`[^\s,;:!?()"]+`)
)

// mostValues bounds how many values a goal may offer.
const mostValues = 10

// values are what a goal offers for text fields: what it quotes; where it quotes
// nothing, its words that are names or numbers.
func values(goal string) []string {
	var list []string
	for _, m := range quoted.FindAllStringSubmatch(goal, -1) {
		list = append(list, m[1])
	}
	if len(list) == 0 {
		list = names(goal)
	}
	return distinct(list)
}

// names are the words with a capital or a digit that do not begin a sentence.
func names(goal string) []string {
	var list []string
	begins := true
	for _, w := range word.FindAllString(goal, -1) {
		bare := strings.TrimRight(w, ".'")
		special := strings.ContainsAny(bare, "0123456789") || !begins && strings.ToLower(bare) != bare
		if special && bare != "" {
			list = append(list, bare)
		}
		begins = strings.HasSuffix(w, ".")
	}
	return list
}
