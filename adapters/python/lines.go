package python

import (
	"bytes"
	"strings"

	"github.com/rs/zerolog"
)

// longestLine is where a line in the log is broken.
const longestLine = 4 << 10

// lines logs what a process prints, a line each.
type lines struct {
	log     zerolog.Logger
	stream  string
	pending []byte
}

// Write takes what was printed. It never fails: hosted code would notice.
func (l *lines) Write(b []byte) (int, error) {
	l.pending = append(l.pending, b...)
	for {
		end := bytes.IndexByte(l.pending, '\n')
		rest := end + 1
		if end < 0 || end > longestLine {
			if len(l.pending) <= longestLine {
				return len(b), nil
			}
			end, rest = longestLine, longestLine
		}
		if text := strings.TrimRight(string(l.pending[:end]), "\r "); text != "" {
			l.log.Info().Str("stream", l.stream).Msg(strings.ToValidUTF8(text, "\uFFFD"))
		}
		l.pending = append(l.pending[:0], l.pending[rest:]...)
	}
}
