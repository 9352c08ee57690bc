package endpoint

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"dreamgym/envserver/gym"
)

const maxLine = 1 << 20 // bytes

// events calls each with the data of every server-sent event up to "[DONE]" or the end of
// the stream. As the standard has it, comments and fields other than data are passed over,
// and an event that no empty line ends is none: its stream was cut.
func events(r io.Reader, each func(data []byte) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	lines.Split(scanLines)
	var data []byte
	for first := true; lines.Scan(); first = false {
		line := lines.Bytes()
		if first {
			line = bytes.TrimPrefix(line, []byte("\uFEFF"))
		}
		if len(line) > 0 {
			data = addField(data, line)
			continue
		}
		event := bytes.TrimSuffix(data, []byte("\n"))
		data = data[:0]
		if string(event) == "[DONE]" {
			return nil
		}
		if len(event) == 0 {
			continue
		}
		if err := each(event); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return gym.Errorf(gym.CodeModelMalformed, "a line of the endpoint's stream has more than %d bytes", maxLine)
	}
	return lines.Err()
}

// addField adds a line's value to an event's data, each with the end of a line, where the
// line is of data.
func addField(data, line []byte) []byte {
	field, value, _ := bytes.Cut(line, []byte(":"))
	if string(field) != "data" {
		return data
	}
	return append(append(data, bytes.TrimPrefix(value, []byte(" "))...), '\n')
}

// scanLines splits at LF, CRLF and CR. What stands behind the last of them is no line.
func scanLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0 && atEOF:
		return len(data), nil, nil
	case i < 0:
		return 0, nil, nil
	case data[i] == '\n':
		return i + 1, data[:i], nil
	case i+1 == len(data) && !atEOF: // a LF may follow
		return 0, nil, nil
	case i+1 < len(data) && data[i+1] == '\n':
		return i + 2, data[:i], nil
	}
	return i + 1, data[:i], nil
}
