package experience

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"
)

const (
	maxLine   = 16 << 20 // bytes of one row
	maxMemory = 1 << 30  // bytes that a compressed file may ask for while it is read

	byteOrderMark = "\ufeff" // some editors begin a file with it
)

// ReadFile reads a transitions file, compressed where its name ends in .zst.
func ReadFile(path string) (*Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("experience: open recording: %w", err)
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".zst") {
		return Read(f)
	}
	z, err := zstd.NewReader(f, zstd.WithDecoderMaxMemory(maxMemory))
	if err != nil {
		return nil, fmt.Errorf("experience: read recording: %w", err)
	}
	defer z.Close()
	return Read(z)
}

// Read reads transitions, one JSON row a line. Rows that are wrong are named by line,
// with what would be right, in one CodeInvalidRequest for all.
func Read(r io.Reader) (*Recording, error) {
	c := NewCollector(CollectOptions{})
	if err := c.readLines(r); err != nil {
		return nil, err
	}
	return c.Finish()
}

// readLines takes transitions, one JSON row a line.
func (c *Collector) readLines(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 1<<16), maxLine)
	n := 0
	for lines.Scan() && !c.Full() {
		n++
		line := lines.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte(byteOrderMark))
		}
		c.TakeLine(fmt.Sprintf("line %d", n), line)
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		c.Refuse(fmt.Sprintf("line %d", n+1), "", fmt.Errorf("the row has more than %d bytes; what follows is not read", maxLine))
	case err != nil:
		return fmt.Errorf("experience: read recording after line %d: %w", n, err)
	}
	return nil
}

// TakeLine takes one JSON row; blank lines are none.
func (c *Collector) TakeLine(at string, line []byte) {
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	row, err := parseRow(line)
	if err != nil {
		c.Refuse(at, row.Episode, err)
		return
	}
	c.Add(at, row)
}
