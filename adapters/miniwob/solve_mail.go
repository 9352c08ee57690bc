package miniwob

import (
	"regexp"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
)

// mail does what a goal asks for in any of many wordings.
func mail(goal string, s screen, tried map[string]bool) gym.Action {
	known := people(s, tried)
	who := senderIn(goal, known)
	icon := func(name string) gym.Action {
		row := func(l line) bool { return l.ID != "" && strings.HasPrefix(l.Name, who+" ") }
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
	return compose(plain, s, tried, "Forward", "forward-sender", "send-forward", recipient(goal, who, known))
}

// wanted is the deed that a goal asks for.
func wanted(goal string) string {
	lower := strings.ToLower(goal)
	for _, deed := range []struct {
		name  string
		words []string
	}{
		{"reply", []string{"reply", "respond", "answer", "repl"}},
		{"delete", []string{"trash", "delete", "remove", "get rid", "erase", "recycling", "discard"}},
		{"star", []string{"star", "importan", "favorite", "flag"}},
	} {
		if slices.ContainsFunc(deed.words, func(w string) bool { return strings.Contains(lower, w) }) {
			return deed.name
		}
	}
	if quote(goal, 0) != "" {
		return "reply"
	}
	return "forward"
}

var (
	senders = regexp.MustCompile(`(?i:by|from|of|for|to) (\pL[\pL'-]*)(?: with| the (?:text|message)|,|:)|(?i:by|from|of) (\pL[\pL'-]*)|` +
		`(\pL[\pL-]*)'s|(\pL[\pL-]*) (?:sent|wrote|gave|wants (?:his|her))`)
	recipients = regexp.MustCompile(`(?i:to|give|send|show|let) (\pL[\pL-]*)|(\pL[\pL-]*) (?:wants (?:the|to)|is waiting|needs|should)`)
)

// people are those of whom there are emails, remembered while the list is not shown.
func people(s screen, tried map[string]bool) func(string) bool {
	if !tried["list"] {
		tried["list"] = true
		for _, l := range s {
			if first := strings.Fields(l.Name); l.ID != "" && len(first) > 1 {
				tried["from "+first[0]] = true
			}
		}
	}
	return func(name string) bool { return tried["from "+name] }
}

// mentioned are the words of a goal, without what inflects and surrounds them.
func mentioned(goal string) []string {
	list := word.FindAllString(goal, -1)
	for i, w := range list {
		list[i] = strings.TrimSuffix(strings.Trim(w, ".'"), "'s")
	}
	return list
}

// submatches are the groups of all matches that are not empty.
func submatches(r *regexp.Regexp, s string) []string {
	var list []string
	for _, m := range r.FindAllStringSubmatch(s, -1) {
		for _, g := range m[1:] {
			if g = strings.TrimSuffix(g, "'s"); g != "" {
				list = append(list, g)
			}
		}
	}
	return list
}

// senderIn finds whose email a goal is about: who stands where a sender does, else who
// does not stand where a recipient does, else anybody.
func senderIn(goal string, known func(string) bool) string {
	for _, name := range submatches(senders, goal) {
		if known(name) {
			return name
		}
	}
	to := submatches(recipients, goal)
	all := slices.DeleteFunc(mentioned(goal), func(w string) bool { return !known(w) })
	for _, w := range all {
		if !slices.Contains(to, w) {
			return w
		}
	}
	return strings.Join(all[:min(1, len(all))], "")
}

// recipient is whom a goal names beside the sender.
func recipient(goal, sender string, known func(string) bool) string {
	others := slices.Concat(submatches(recipients, goal), mentioned(goal))
	for _, w := range others {
		if known(w) && w != sender {
			return w
		}
	}
	for _, w := range slices.Concat(submatches(recipients, goal), names(goal)) {
		if w = strings.TrimSuffix(strings.Trim(w, ".'"), "'s"); w != sender && strings.ToLower(w) != w {
			return w
		}
	}
	return ""
}
