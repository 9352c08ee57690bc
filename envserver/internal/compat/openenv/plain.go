package openenv

import "bytes"

// plainStep reads a step as clients of the package send it,
//
//	{"type": "step", "data": {"action": "…"}}
//
// with an action in ASCII without escapes. Every other message is for readFrame, which with
// readAction would read this one in the same way, twice.
func plainStep(b []byte) (action []byte, ok bool) {
	for _, token := range [...]string{`{`, `"type"`, `:`, `"step"`, `,`, `"data"`, `:`, `{`, `"action"`, `:`, `"`} {
		if b, ok = after(b, token); !ok {
			return nil, false
		}
	}
	end := bytes.IndexByte(b, '"')
	if end < 0 || !plainText(b[:end]) {
		return nil, false
	}
	action, b = b[:end], b[end+1:]
	for _, token := range [...]string{`}`, `}`, ``} {
		if b, ok = after(b, token); !ok {
			return nil, false
		}
	}
	return action, len(b) == 0
}

// after skips white space and then a token.
func after(b []byte, token string) (rest []byte, ok bool) {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\n' || b[0] == '\r' || b[0] == '\t') {
		b = b[1:]
	}
	return bytes.CutPrefix(b, []byte(token))
}

// plainText tells whether what is between the quotes of a JSON string is its text.
func plainText(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}
