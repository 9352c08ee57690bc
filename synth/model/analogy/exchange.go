package analogy

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// swapped are lines with values in the place of others, also as an address has them; and the
// first word of a name in the place of the other's.
func swapped(lines []string, swaps [][2]string) []string {
	out := slices.Clone(lines)
	for i, l := range lines {
		for _, s := range swaps {
			out[i] = swapValue(out[i], s[0], s[1], out[i] == l)
		}
	}
	for _, s := range swaps {
		acrossLines(out, s[0], s[1])
	}
	return out
}

// acrossLines puts a value in the place of another that lines one after another share: what is one
// line here, "2 of 5 (3 votes)", may be "2 of 5 (", "3 votes", ")" there. The values differ in
// numbers alone.
func acrossLines(lines []string, was, now string) {
	to := tokens(now)
	if masked(was) != masked(now) || len(words(was)) != len(to) {
		return
	}
	for i := range lines {
		parts := partsOf(lines[i:], was)
		for j, at := 0, 0; j < len(parts); j++ {
			n := len(tokens(parts[j]))
			lines[i+j] = strings.Replace(lines[i+j], `"`+parts[j]+`"`, `"`+now[to[at].start:to[at+n-1].end]+`"`, 1)
			at += n
		}
	}
}

// partsOf are what the first lines are called, where that together is a value and one line alone is
// not; else none.
func partsOf(lines []string, value string) (parts []string) {
	rest := words(value)
	for _, l := range lines {
		part := firstQuoted(l)
		w := words(part)
		if len(w) == 0 || len(w) > len(rest) || !slices.Equal(w, rest[:len(w)]) {
			return nil
		}
		parts, rest = append(parts, part), rest[len(w):]
		if len(rest) == 0 && len(parts) > 1 {
			return parts
		}
	}
	return nil
}

// leastPart is how long a value has to be to be looked for within others.
const leastPart = 4

func swapValue(line, was, now string, first bool) string {
	if len(was) < leastPart {
		return strings.ReplaceAll(line, `"`+was+`"`, `"`+now+`"`)
	}
	out := replaced(line, was, now)
	out = replaced(out, url.QueryEscape(was), url.QueryEscape(now))
	one, _, names := strings.Cut(was, " ")
	other, _, too := strings.Cut(now, " ")
	if out == line && first && names && too && len(one) >= leastPart {
		out = swapWord(line, one, other)
	}
	return out
}

// replaced puts a value in the place of another where that is no part of a word.
func replaced(line, was, now string) string {
	out, from := "", 0
	for at := 0; ; {
		i := strings.Index(line[at:], was)
		if i < 0 {
			return out + line[from:]
		}
		i += at
		at = i + len(was)
		before, _ := utf8.DecodeLastRuneInString(line[:i])
		if !wordRune(before) && !wordAfter(line[at:]) {
			out, from = out+line[from:i]+now, at
		}
	}
}

// swapWord puts one word in the place of another.
func swapWord(line, was, now string) string {
	words := tokens(line)
	for i := len(words) - 1; i >= 0; i-- {
		if w := words[i]; w.text == was {
			line = line[:w.start] + now + line[w.end:]
		}
	}
	return line
}

// inFields are lines with values swapped in what stands behind their names.
func inFields(lines []string, swaps [][2]string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		label, name, behind := inParts(l)
		out[i] = label + name + swapped([]string{behind}, swaps)[0]
	}
	return out
}
