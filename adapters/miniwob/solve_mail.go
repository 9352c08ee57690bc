package miniwob

import (
	"regexp"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
)

// mail does what a goal asks for in any of many wordings.
func mail(goal string, s screen, tried map[string]bool) gym.Action {
	who := senderIn(goal, s, tried)
	icon := func(name string) gym.Action {
		row := func(l line) bool { return l.id != "" && strings.HasPrefix(l.name, who+" ") }
		if len(s.all(row)) == 0 {
			return ""
		}
		return clickFirst(s.after(row).named(name))
	}
	plain := "Find the email by " + who + " and"
	switch wanted(goal) {
	case "delete":
		return icon("trash")
	case "star":
		return icon("star")
	case "reply":
		return compose(plain, s, tried, "Reply", "reply-text", "send-reply", quote(goal, 0))
	}
	return compose(plain, s, tried, "Forward", "forward-sender", "send-forward", recipient(goal, who))
}

// wanted is the deed that a goal asks for.
func wanted(goal string) string {
	lower := strings.ToLower(goal)
	for _, deed := range []struct {
		name  string
		words []string
	}{
		{"reply", []string{"reply", "respond", "answer", "repl"}},
		{"delete", []string{"trash", "delete", "remove", "get rid", "erase"}},
		{"star", []string{"star", "important", "favorite"}},
	} {
		if slices.ContainsFunc(deed.words, func(w string) bool { return strings.Contains(lower, w) }) {
			return deed.name
		}
	}
	return "forward"
}

var (
	senders    = regexp.MustCompile(`(?:by|from|of|[Bb]y) (\pL[\pL'-]*)|(\pL[\pL-]*)'s|(\pL[\pL-]*) (?:sent|wrote|gave)`)
	recipients = regexp.MustCompile(`(?:to|[Gg]ive|[Ss]end) (\pL[\pL-]*)`)
)

// senderIn is the sender of a listed email whom the goal names, remembered while the
// list is not shown.
func senderIn(goal string, s screen, tried map[string]bool) string {
	for key := range tried {
		if name, ok := strings.CutPrefix(key, "sender "); ok {
			return name
		}
	}
	listed := make(map[string]bool)
	for _, l := range s {
		if first := strings.Fields(l.name); l.id != "" && len(first) > 1 {
			listed[first[0]] = true
		}
	}
	who := pick(goal, listed)
	tried["sender "+who] = true
	return who
}

// pick finds a listed name in a goal: where a sender stands, else anywhere but where a
// recipient stands.
func pick(goal string, listed map[string]bool) string {
	for _, m := range senders.FindAllStringSubmatch(goal, -1) {
		for _, name := range m[1:] {
			if listed[strings.TrimSuffix(name, "'s")] {
				return strings.TrimSuffix(name, "'s")
			}
		}
	}
	to := recipients.FindStringSubmatch(goal)
	for _, w := range word.FindAllString(goal, -1) {
		w = strings.TrimSuffix(strings.Trim(w, ".'"), "'s")
		if listed[w] && (to == nil || to[1] != w) {
			return w
		}
	}
	return ""
}

// recipient is whom a goal names beside the sender.
func recipient(goal, sender string) string {
	for _, m := range recipients.FindAllStringSubmatch(goal, -1) {
		if m[1] != sender && strings.ToLower(m[1]) != m[1] {
			return m[1]
		}
	}
	for _, name := range slices.Backward(names(goal)) {
		if name = strings.TrimSuffix(strings.Trim(name, ".'"), "'s"); name != sender {
			return name
		}
	}
	return ""
}
