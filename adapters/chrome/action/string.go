package action

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text reads a string in single or double quotes, or three of them, with Python's escapes.
func (p *parser) text() (any, error) {
	start := p.at
	quote := p.in[p.at : p.at+1]
	if three := strings.Repeat(quote, 3); strings.HasPrefix(p.in[p.at:], three) {
		quote = three
	}
	p.at += len(quote)
	var b strings.Builder
	for p.at < len(p.in) {
		switch c := p.in[p.at]; {
		case strings.HasPrefix(p.in[p.at:], quote):
			p.at += len(quote)
			return b.String(), nil
		case c == '\n' && len(quote) == 1:
			return nil, errors.New(`a line break in a string is written \n`)
		case c == '\\':
			if err := p.escape(&b); err != nil {
				return nil, err
			}
		default:
			b.WriteByte(c)
			p.at++
		}
	}
	p.at = start
	return nil, errors.New("this string has no closing quote")
}

func (p *parser) escape(b *strings.Builder) error {
	if p.at+1 == len(p.in) {
		return errors.New("a string ends in a backslash")
	}
	c := p.in[p.at+1]
	const from, to = `\'"abfnrtv`, "\\'\"\a\b\f\n\r\t\v"
	if i := strings.IndexByte(from, c); i >= 0 {
		b.WriteByte(to[i])
		p.at += 2
		return nil
	}
	if c == '\n' { // Python joins the lines
		p.at += 2
		return nil
	}
	if digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]; digits > 0 {
		return p.codePoint(b, digits)
	}
	b.WriteByte('\\') // Python keeps an escape that it does not know
	p.at++
	return nil
}

func (p *parser) codePoint(b *strings.Builder, digits int) error {
	start, end := p.at+2, p.at+2+digits
	if end > len(p.in) {
		return errors.New("an escape is cut short")
	}
	n, err := strconv.ParseUint(p.in[start:end], 16, 32)
	if err != nil || !utf8.ValidRune(rune(n)) {
		return fmt.Errorf("%q is not a character", p.in[p.at:end])
	}
	b.WriteRune(rune(n))
	p.at = end
	return nil
}
