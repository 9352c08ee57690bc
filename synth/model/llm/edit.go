package llm

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Edit changes a state by its parts, which are numbered from 1: lines where there are
// several, else sentences. Every number is that of the state before the edit.
type Edit struct {
	Change []PartText `json:"change"`
	Remove []int      `json:"remove"`
	// Add puts parts after others; after part 0 is the beginning.
	Add []PartAfter `json:"add"`
}

// PartText is a part's new text.
type PartText struct {
	Part int    `json:"part"`
	Text string `json:"text"`
}

// PartAfter is a new part.
type PartAfter struct {
	After int    `json:"after"`
	Text  string `json:"text"`
}

const editSchema = `{"type":"object","properties":{` +
	`"change":{"type":"array","items":{"type":"object","properties":{"part":{"type":"integer"},"text":{"type":"string"}},"required":["part","text"],"additionalProperties":false}},` +
	`"remove":{"type":"array","items":{"type":"integer"}},` +
	`"add":{"type":"array","items":{"type":"object","properties":{"after":{"type":"integer"},"text":{"type":"string"}},"required":["after","text"],"additionalProperties":false}}},` +
	`"required":["change","remove","add"],"additionalProperties":false}`

// parts are a state's parts and what stands before each; before the first, nothing.
type parts struct{ texts, before []string }

var sentenceEnd = regexp.MustCompile(`[.!?]["')\]]*( +)`)

// cut takes a state apart; joined again it is the same to the byte.
func cut(state string) parts {
	if lines := strings.Split(state, "\n"); len(lines) > 1 {
		return parts{lines, append([]string{""}, slices.Repeat([]string{"\n"}, len(lines)-1)...)}
	}
	p, from, gap := parts{}, 0, ""
	for _, m := range sentenceEnd.FindAllStringSubmatchIndex(state, -1) {
		if m[3] == len(state) {
			break
		}
		p.texts, p.before = append(p.texts, state[from:m[2]]), append(p.before, gap)
		from, gap = m[3], state[m[2]:m[3]]
	}
	p.texts, p.before = append(p.texts, state[from:]), append(p.before, gap)
	return p
}

// gap is what stands before a part that is added.
func (p parts) gap() string {
	if len(p.before) > 1 {
		return p.before[1]
	}
	return " "
}

// numbered shows the parts of a state with their numbers.
func numbered(state string) string {
	var b strings.Builder
	for i, t := range cut(state).texts {
		fmt.Fprintf(&b, "%d| %s\n", i+1, t)
	}
	return b.String()
}

// apply edits a state.
func (e *Edit) apply(state string) (string, error) {
	p := cut(state)
	n := len(p.texts)
	texts, gone, added := slices.Clone(p.texts), make([]bool, n), make([][]string, n+1)
	for _, c := range e.Change {
		if c.Part < 1 || c.Part > n {
			return "", fmt.Errorf("there is no part %d to change: the state has parts 1 to %d", c.Part, n)
		}
		texts[c.Part-1] = c.Text
	}
	for _, r := range e.Remove {
		if r < 1 || r > n {
			return "", fmt.Errorf("there is no part %d to remove: the state has parts 1 to %d", r, n)
		}
		gone[r-1] = true
	}
	for _, a := range e.Add {
		if a.After < 0 || a.After > n {
			return "", fmt.Errorf("there is no part %d to add after: the state has parts 0 (the beginning) to %d", a.After, n)
		}
		added[a.After] = append(added[a.After], a.Text)
	}
	var b strings.Builder
	begun := false
	put := func(text, gap string) {
		if begun {
			b.WriteString(gap)
		}
		b.WriteString(text)
		begun = true
	}
	for i := 0; i <= n; i++ {
		if i > 0 && !gone[i-1] {
			put(texts[i-1], p.before[i-1])
		}
		for _, t := range added[i] {
			put(t, p.gap())
		}
	}
	return b.String(), nil
}

// EditOf is an edit that makes next of state: what training data shows. It is by parts
// where that gives next to the byte, else it puts next in the place of all parts.
func EditOf(state, next string) Edit {
	e := byParts(state, next)
	if text, err := e.apply(state); err == nil && text == next {
		return e
	}
	e = Edit{Change: []PartText{}, Add: []PartAfter{{0, next}}}
	for i := range cut(state).texts {
		e.Remove = append(e.Remove, i+1)
	}
	return e
}

// byParts keeps a longest common row of parts.
func byParts(state, next string) Edit {
	was, is := cut(state).texts, cut(next).texts
	e := Edit{Change: []PartText{}, Remove: []int{}, Add: []PartAfter{}}
	common := longestCommon(was, is)
	i, j := 0, 0
	for _, c := range append(common, [2]int{len(was), len(is)}) {
		for ; i < c[0] && j < c[1]; i, j = i+1, j+1 {
			e.Change = append(e.Change, PartText{i + 1, is[j]})
		}
		for ; i < c[0]; i++ {
			e.Remove = append(e.Remove, i+1)
		}
		for ; j < c[1]; j++ {
			e.Add = append(e.Add, PartAfter{i, is[j]})
		}
		i, j = c[0]+1, c[1]+1
	}
	return e
}

// longestCommon are the places of a longest common subsequence.
func longestCommon(a, b []string) [][2]int {
	n := make([][]int, len(a)+1)
	for i := range n {
		n[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if n[i][j] = max(n[i+1][j], n[i][j+1]); a[i] == b[j] {
				n[i][j] = n[i+1][j+1] + 1
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case n[i+1][j] >= n[i][j+1]:
			i++
		default:
			j++
		}
	}
	return out
}
