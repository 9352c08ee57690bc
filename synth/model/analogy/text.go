package analogy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// piece is the smallest part of a text that is compared, copied and changed as a
// whole: a sentence or a line, with the white space that follows it.
type piece struct {
	text, sep string
}

// cut divides a text into pieces. join undoes it to the byte.
func cut(s string) []piece {
	var out []piece
	for len(s) > 0 {
		n := pieceEnd(s)
		m := n
		for m < len(s) && (s[m] == ' ' || s[m] == '\n' || s[m] == '\t' || s[m] == '\r') {
			m++
		}
		out = append(out, piece{s[:n], s[n:m]})
		s = s[m:]
	}
	return out
}

// pieceEnd is the length of the first piece of s: up to a line's end, or to the mark
// that ends a sentence, is followed by white space and stands in no quotation.
func pieceEnd(s string) int {
	line, _, _ := strings.Cut(s, "\n")
	paired, inside := strings.Count(line, `"`)%2 == 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n':
			return i
		case c == '"' && paired:
			inside = !inside
		case inside:
		case (c == '.' || c == '!' || c == '?') && i+1 < len(s) && (s[i+1] == ' ' || s[i+1] == '\n'):
			return i + 1
		}
	}
	return len(strings.TrimRight(s, " \t\r\n"))
}

// join puts pieces together again.
func join(ps []piece) string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.text)
		b.WriteString(p.sep)
	}
	return b.String()
}

// token is a word, a number or a mark: s[start:end].
type token struct {
	text       string
	start, end int
}

// tokens divides s. Words keep their hyphens, apostrophes and underscores; every
// other mark stands alone.
func tokens(s string) []token {
	out := make([]token, 0, len(s)/5+1)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.IsSpace(r) {
			i += n
			continue
		}
		j := i + n
		if wordRune(r) {
			for j < len(s) {
				r, n := utf8.DecodeRuneInString(s[j:])
				if !wordRune(r) && !(strings.ContainsRune("-'’_", r) && wordAfter(s[j+n:])) {
					break
				}
				j += n
			}
		}
		out = append(out, token{s[i:j], i, j})
		i = j
	}
	return out
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

func wordAfter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return wordRune(r)
}

// words are the texts of the tokens of s.
func words(s string) []string {
	ts := tokens(s)
	out := make([]string, len(ts))
	for i, t := range ts {
		out[i] = t.text
	}
	return out
}

// number tells whether a word is digits only.
func number(w string) bool {
	for i := 0; i < len(w); i++ {
		if w[i] < '0' || w[i] > '9' {
			return false
		}
	}
	return w != ""
}

// class is what an entity has in common with others of its kind: its name without
// the number that tells it from them.
func class(entity string) string {
	i := strings.LastIndexByte(entity, ' ')
	if i > 0 && number(entity[i+1:]) {
		return entity[:i]
	}
	return entity
}
