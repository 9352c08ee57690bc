package miniwob

import (
	"regexp"
	"strconv"
	"strings"

	"dreamgym/adapters/chrome/action"
	"dreamgym/envserver/gym"
)

// copyText copies the text that the goal numbers into the field for answers.
func copyText(goal string, s screen, tried map[string]bool) gym.Action {
	answer := s.named("answer-input")
	source := fields(s).all(func(l line) bool { return l.Name != "answer-input" }).at(nth(goal))
	if len(source) == 0 {
		return ""
	}
	return fillAndSubmit(s, answer, tried, source[0].Value)
}

// fillAndSubmit fills the fields with values in order and clicks the last button.
func fillAndSubmit(s, fields screen, tried map[string]bool, values ...string) gym.Action {
	if a := enter(fields, tried, values...); a != "" {
		return a
	}
	return clickFirst(s.role("button").last())
}

// enterDate enters the goal's date as a field of dates takes it.
func enterDate(goal string, s screen, tried map[string]bool) gym.Action {
	return fillAndSubmit(s, s.role("date"), tried, dateValue(goal, nil)...)
}

var (
	dates = regexp.MustCompile(`\d\d/\d\d/\d{4}`)
	times = regexp.MustCompile(`\d+:\d\d [AP]M`)
)

// enterTime enters the goal's time as a field of times takes it.
func enterTime(goal string, s screen, tried map[string]bool) gym.Action {
	return fillAndSubmit(s, s.role("time"), tried, timeValue(goal, nil)...)
}

// enterCased enters the quoted text in the case that the goal asks for.
func enterCased(goal string, s screen, tried map[string]bool) gym.Action {
	text := quote(goal, 0)
	if strings.Contains(goal, "upper case") {
		return enterAndSubmit(s, tried, strings.ToUpper(text))
	}
	return enterAndSubmit(s, tried, strings.ToLower(text))
}

// shown are the lines of static text.
func (s screen) shown() screen {
	return s.all(func(l line) bool { return l.ID == "" && l.Role == "text" })
}

// copyShown enters the text that is shown.
func copyShown(_ string, s screen, tried map[string]bool) gym.Action {
	if len(s.shown()) == 0 {
		return ""
	}
	return enterAndSubmit(s, tried, s.shown()[0].Name)
}

// bare is a word without the punctuation around it.
func bare(word string) string { return strings.Trim(word, ".,!?;:…") }

// findWord enters the word that the goal numbers.
func findWord(goal string, s screen, tried map[string]bool) gym.Action {
	var words []string
	for _, l := range s.shown() {
		words = append(words, strings.Fields(l.Name)...)
	}
	n := nth(goal)
	if n > len(words) {
		return ""
	}
	return enterAndSubmit(s, tried, bare(words[n-1]))
}

// lastWord enters the last word of the text.
func lastWord(_ string, s screen, tried map[string]bool) gym.Action {
	area := s.named("text-area")
	if len(area) == 0 {
		return ""
	}
	words := strings.Fields(area[0].Value)
	return fillAndSubmit(s, s.named("answer-input"), tried, bare(words[len(words)-1]))
}

// scrollText goes to the end of the text that the goal names, by keys.
func scrollText(goal string, s screen, tried map[string]bool) gym.Action {
	if area := fields(s); !tried["scrolled"] && len(area) > 0 {
		tried["scrolled"] = true
		if strings.Contains(goal, "bottom") {
			return press(area[0], "Control+End")
		}
		return press(area[0], "Control+Home")
	}
	return clickFirst(s.role("button").last())
}

var styling = regexp.MustCompile(`(?:the text (\S+)|everything) the (?:style|color) (\w+)`)

// styleText selects a word, or everything, in the editor by keys, gives it a style by a
// button or a colour from the list, and submits.
func styleText(goal string, s screen, tried map[string]bool) gym.Action {
	m, editor := styling.FindStringSubmatch(goal), fields(s)
	if m == nil || len(editor) == 0 {
		return ""
	}
	for i, key := range selecting(editor[0].Value, m[1]) {
		if n := strconv.Itoa(i); !tried[n] {
			tried[n] = true
			if i == 0 {
				return press(editor[0], key)
			}
			return gym.Action(action.Format("keyboard_press", key))
		}
	}
	if tried["styled"] {
		return clickFirst(s.named("Submit"))
	}
	button := map[string]string{"bold": "ql-bold", "italics": "ql-italic", "underlined": "ql-underline"}[m[2]]
	to := s.all(func(l line) bool { return l.Name == button || strings.HasPrefix(l.Name, m[2]+" ql-picker-item") })
	if len(to) == 0 {
		return clickFirst(s.named("ql-picker-label"))
	}
	tried["styled"] = true
	return click(to[0])
}

// selecting are the keys that select a word of a text, or all of it where there is none. A
// key goes over a word, and another one over what punctuation follows.
func selecting(text, word string) []string {
	if word == "" {
		return []string{"Control+a"}
	}
	keys := []string{"Control+Home"}
	over := func(w, key string) {
		keys = append(keys, key)
		if strings.ContainsAny(w, ".,") {
			keys = append(keys, key)
		}
	}
	for _, w := range strings.Fields(text) {
		if w == word {
			break
		}
		over(w, "Control+ArrowRight")
	}
	over(word, "Control+Shift+ArrowRight")
	return keys
}
