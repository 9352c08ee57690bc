package fidelity

import (
	"slices"
	"strings"
	"unicode"
)

// lines are a text's lines, trimmed, without empty ones.
func lines(text string) []string {
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// pieces are a text's sentences, and lines where there are none.
func pieces(text string) []string {
	var all []string
	for _, line := range lines(text) {
		for line != "" {
			end := sentenceEnd(line)
			all = append(all, strings.TrimSpace(line[:end]))
			line = strings.TrimSpace(line[end:])
		}
	}
	return all
}

// sentenceEnd is where the first sentence of a line ends.
func sentenceEnd(line string) int {
	for i := 0; i+1 < len(line); i++ {
		if strings.IndexByte(".!?", line[i]) >= 0 && line[i+1] == ' ' {
			return i + 1
		}
	}
	return len(line)
}

// words are the runs of letters and digits, in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_'
	})
}

// tokens are words, where a number belongs to the word before it: "parcel 2" is one token.
func tokens(text string) []string {
	var all []string
	for _, w := range words(text) {
		if n := len(all); n > 0 && isNumber(w) && !isNumber(all[n-1]) && !isEntity(all[n-1]) {
			all[n-1] += " " + w
			continue
		}
		all = append(all, w)
	}
	return all
}

func isNumber(w string) bool { return w != "" && w[0] >= '0' && w[0] <= '9' }

// isEntity tells tokens that name one thing, such as "parcel 2".
func isEntity(token string) bool {
	_, number, two := strings.Cut(token, " ")
	return two && isNumber(number)
}

// f1 compares two bags of strings: 1 where they are the same, also where both are empty.
func f1(truth, said []string) float64 {
	if len(truth)+len(said) == 0 {
		return 1
	}
	counts := make(map[string]int, len(truth))
	for _, s := range truth {
		counts[s]++
	}
	both := 0
	for _, s := range said {
		if counts[s] > 0 {
			counts[s]--
			both++
		}
	}
	return 2 * float64(both) / float64(len(truth)+len(said))
}

// changes are the lines that came or, where none did, those that went, marked "+" and
// "-". Lines that went beside others that came would be easy to tell: most states are
// replaced whole.
func changes(before, after []string) []string {
	if came := extra("+", after, before); len(came) > 0 {
		return came
	}
	return extra("-", before, after)
}

// extra marks the strings of a that b has not.
func extra(mark string, a, b []string) []string {
	counts := make(map[string]int, len(b))
	for _, s := range b {
		counts[s]++
	}
	var all []string
	for _, s := range a {
		if counts[s] > 0 {
			counts[s]--
			continue
		}
		all = append(all, mark+s)
	}
	return all
}

func sorted(xs []float64) []float64 {
	slices.Sort(xs)
	return xs
}
