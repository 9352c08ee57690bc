package miniwob

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"dreamgym/adapters/chrome"
)

// offers says what a page's text fields are offered, where that is not in its goal as
// it is to be entered.
type offers func(goal string, nodes []chrome.Node) []string

// offer answers the values for text fields: the page's own, else the goal's.
func (p page) offer(goal string, nodes []chrome.Node) []string {
	if p.offers == nil {
		return values(goal)
	}
	return distinct(p.offers(goal, nodes))
}

// distinct are the first few of some values, each once.
func distinct(list []string) []string {
	var some []string
	for _, v := range list {
		if v != "" && !slices.Contains(some, v) && len(some) < mostValues {
			some = append(some, v)
		}
	}
	return some
}

// written are what the page's fields hold.
func written(_ string, nodes []chrome.Node) []string {
	var list []string
	for _, n := range nodes {
		if n.Fill {
			list = append(list, n.Value)
		}
	}
	return list
}

// lastWritten is the last word of what the fields hold.
func lastWritten(goal string, nodes []chrome.Node) []string {
	var list []string
	for _, v := range written(goal, nodes) {
		words := strings.Fields(v)
		if len(words) > 0 {
			list = append(list, bare(words[0]), bare(words[len(words)-1]))
		}
	}
	return list
}

// printed are the page's texts; those that ask for something end in a colon.
func printed(_ string, nodes []chrome.Node) []string {
	var list []string
	for _, n := range nodes {
		if n.ID == 0 && !strings.HasSuffix(n.Name, ":") {
			list = append(list, n.Name)
		}
	}
	return list
}

// cells are every second of the page's texts: the values of a table of two columns.
func cells(goal string, nodes []chrome.Node) []string {
	var list []string
	for i, text := range printed(goal, nodes) {
		if i%2 == 1 {
			list = append(list, text)
		}
	}
	return list
}

// printedWords are the words of the page's texts.
func printedWords(goal string, nodes []chrome.Node) []string {
	words := strings.Fields(strings.Join(printed(goal, nodes), " "))
	for i, w := range words {
		words[i] = bare(w)
	}
	return words
}

// digits are 0 to 9.
func digits(string, []chrome.Node) []string {
	var list []string
	for n := range 10 {
		list = append(list, strconv.Itoa(n))
	}
	return list
}

// dateValue is the goal's date as a field of dates takes it.
func dateValue(goal string, _ []chrome.Node) []string {
	t, err := time.Parse("01/02/2006", dates.FindString(goal))
	if err != nil {
		return nil
	}
	return []string{t.Format("2006-01-02")}
}

// timeValue is the goal's time as a field of times takes it.
func timeValue(goal string, _ []chrome.Node) []string {
	t, err := time.Parse("3:04 PM", times.FindString(strings.ReplaceAll(goal, "\u202f", " ")))
	if err != nil {
		return nil
	}
	return []string{t.Format("15:04")}
}

// bothCases are what the goal quotes, in capitals and in small letters.
func bothCases(goal string, _ []chrome.Node) []string {
	return []string{strings.ToUpper(quote(goal, 0)), strings.ToLower(quote(goal, 0))}
}

// movie is what a search for movies names.
func movie(goal string, _ []chrome.Node) []string {
	if m := movies.FindStringSubmatch(goal); m != nil {
		return m[1:]
	}
	return nil
}

// places are the goal's origin and destination.
func places(goal string, _ []chrome.Node) []string {
	if m := flight.FindStringSubmatch(goal); m != nil {
		return m[1:]
	}
	return nil
}
