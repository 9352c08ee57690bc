package action

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mostDepth bounds how deeply lists and dictionaries may nest.
const mostDepth = 16

// rawCall is a call as written, its arguments unchecked.
type rawCall struct {
	name       string
	positional []any
	named      []namedValue
}

type namedValue struct {
	name  string
	value any
}

// parser reads a call: name ( value, …, name=value, … ).
type parser struct {
	in    string
	at    int
	depth int
}

func (p *parser) characters() int { return utf8.RuneCountInString(p.in[:p.at]) + 1 }

// space passes what says nothing: blanks, and comments up to the end of their line.
func (p *parser) space() {
	for p.at < len(p.in) {
		switch c := p.in[p.at]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			p.at++
		case c == '#':
			n := strings.IndexByte(p.in[p.at:], '\n')
			if n < 0 {
				n = len(p.in) - p.at
			}
			p.at += n
		default:
			return
		}
	}
}

// peek skips space and answers the next byte, 0 at the end.
func (p *parser) peek() byte {
	p.space()
	if p.at == len(p.in) {
		return 0
	}
	return p.in[p.at]
}

func (p *parser) take(b byte) bool {
	if p.peek() != b {
		return false
	}
	p.at++
	return true
}

func (p *parser) expect(b byte) error {
	if !p.take(b) {
		return fmt.Errorf("expected %q", string(rune(b)))
	}
	return nil
}

// calls reads one call after another, no more than a number.
func (p *parser) calls(most int) ([]rawCall, error) {
	var all []rawCall
	for len(all) == 0 || p.peek() != 0 {
		if len(all) == most {
			return nil, tooMany(most)
		}
		c, err := p.call()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func tooMany(most int) error {
	if most == 1 {
		return errors.New("one action at a time: there is more after the call")
	}
	return fmt.Errorf("%d actions at most: there is more after them", most)
}

func (p *parser) call() (rawCall, error) {
	var c rawCall
	p.space()
	if c.name = p.word(); c.name == "" {
		return c, errors.New("expected the name of an action")
	}
	if err := p.expect('('); err != nil {
		return c, err
	}
	for p.peek() != ')' {
		if err := p.argument(&c); err != nil {
			return c, err
		}
		if !p.take(',') {
			break
		}
	}
	return c, p.expect(')')
}

func (p *parser) argument(c *rawCall) error {
	p.space()
	start := p.at
	if name := p.word(); name != "" && p.take('=') {
		v, err := p.value()
		c.named = append(c.named, namedValue{name, v})
		return err
	}
	p.at = start
	if len(c.named) > 0 {
		return errors.New("a positional argument follows a named one")
	}
	v, err := p.value()
	c.positional = append(c.positional, v)
	return err
}

// word reads an identifier, "" where there is none.
func (p *parser) word() string {
	start := p.at
	for p.at < len(p.in) && isWord(p.in[p.at], p.at > start) {
		p.at++
	}
	return p.in[start:p.at]
}

func isWord(b byte, inside bool) bool {
	return b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || inside && b >= '0' && b <= '9'
}

func (p *parser) value() (any, error) {
	switch b := p.peek(); {
	case b == '\'' || b == '"':
		return p.text()
	case b == '[':
		return p.list(']')
	case b == '(': // a tuple of Python's
		return p.list(')')
	case b == '{':
		return p.dict()
	case b == '-' || b == '+' || b == '.' || b >= '0' && b <= '9':
		return p.number()
	}
	start := p.at
	switch w := p.word(); w {
	case "True":
		return true, nil
	case "False":
		return false, nil
	case "None":
		return nil, nil
	case "":
		return nil, errors.New("expected a value: a string in quotes, a number, a list, True, False or None")
	default:
		p.at = start
		return nil, fmt.Errorf("%s is not a value: put text in quotes", clip(w))
	}
}

func (p *parser) number() (any, error) {
	start := p.at
	for p.at < len(p.in) && strings.IndexByte("+-.0123456789eE_", p.in[p.at]) >= 0 {
		p.at++
	}
	s := p.in[start:p.at]
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(n, 0) || strings.ContainsRune(s, '_') {
		p.at = start
		return nil, fmt.Errorf("%s is not a number", clip(s))
	}
	return n, nil
}

func (p *parser) nest() error {
	if p.depth++; p.depth > mostDepth {
		return errors.New("nested too deeply")
	}
	p.at++
	return nil
}

func (p *parser) list(end byte) (any, error) {
	if err := p.nest(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	list := []any{}
	for p.peek() != end {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if !p.take(',') {
			break
		}
	}
	return list, p.expect(end)
}

func (p *parser) dict() (any, error) {
	if err := p.nest(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	dict := map[string]any{}
	for p.peek() != '}' {
		if b := p.peek(); b != '\'' && b != '"' {
			return nil, errors.New("a key is a string in quotes")
		}
		k, err := p.text()
		if err != nil {
			return nil, err
		}
		if err := p.expect(':'); err != nil {
			return nil, err
		}
		if dict[k.(string)], err = p.value(); err != nil {
			return nil, err
		}
		if !p.take(',') {
			break
		}
	}
	return dict, p.expect('}')
}
