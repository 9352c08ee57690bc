package action

import (
	"fmt"
	"strconv"
	"strings"
)

// Quote writes a string as a literal in single quotes that Parse reads back.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

// Format writes a call of strings, such as Format("fill", "7", "Ada").
func Format(name string, arguments ...string) string {
	quoted := make([]string, len(arguments))
	for i, a := range arguments {
		quoted[i] = Quote(a)
	}
	return name + "(" + strings.Join(quoted, ", ") + ")"
}

func formatNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// quoteValue writes any value, shortened, for an error's text.
func quoteValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case string:
		return Quote(clip(v))
	case float64:
		return formatNumber(v)
	case bool:
		if v {
			return "True"
		}
		return "False"
	case []any:
		if len(v) == 0 {
			return "[]"
		}
		return "a list"
	default:
		return "a dictionary"
	}
}
