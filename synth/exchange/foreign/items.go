package foreign

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	maxItem       = 256 << 20 // bytes of one object
	byteOrderMark = "\ufeff"  // some editors begin a file with it
)

// object is a JSON object with its numbers as they stand.
type object = map[string]any

// items reads the objects of a file, a line each or in an array, and hands each on with its
// place. What cannot be read is refused; after a fault in an array nothing can be told from
// what follows, after one in a line the next line can.
func (r *reading) items(in *content, take func(at string, o object) error) error {
	skipMark(in)
	begin, err := firstByte(in)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return unreadable(err)
	}
	if begin == '[' {
		return r.array(in, take)
	}
	return r.lines(in, func(at string, line []byte) error {
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		return r.item(at, line, take)
	})
}

// skipMark skips a byte order mark.
func skipMark(in *content) {
	if head, err := in.Peek(len(byteOrderMark)); err == nil && string(head) == byteOrderMark {
		in.Discard(len(byteOrderMark))
	}
}

// firstByte is the first that is no blank; it is not taken.
func firstByte(in *content) (byte, error) {
	for {
		b, err := in.ReadByte()
		if err != nil {
			return 0, err
		}
		if !strings.ContainsRune(" \t\r\n", rune(b)) {
			return b, in.UnreadByte()
		}
	}
}

func (r *reading) array(in *content, take func(string, object) error) error {
	bounded := &boundedReader{r: in}
	d := json.NewDecoder(bounded)
	d.UseNumber()
	if _, err := d.Token(); err != nil {
		return unreadable(err)
	}
	for n := 1; d.More(); n++ {
		at := fmt.Sprintf("item %d", n)
		bounded.left = maxItem
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return r.refuse(at, "", fmt.Errorf("%w; what follows is not read", cutOff(err)))
		}
		if err := r.item(at, raw, take); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return r.refuse("the end", "", errors.New("the array is not closed: the file is cut off"))
	}
	return nil
}

// lines hands on each line with its place.
func (r *reading) lines(in *content, take func(at string, line []byte) error) error {
	skipMark(in)
	for n := 1; ; n++ {
		at := fmt.Sprintf("line %d", n)
		line, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return r.refuse(at, "", fmt.Errorf("%w; what follows is not read", cutOff(err)))
		}
		if len(line) > 0 {
			if err := take(at, line); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}

// readLine reads a line that is not too long.
func readLine(in *content) (line []byte, err error) {
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxItem {
			return nil, fmt.Errorf("a line has more than %d bytes", maxItem)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// item decodes one object.
func (r *reading) item(at string, raw []byte, take func(string, object) error) error {
	if !utf8.Valid(raw) {
		return r.refuse(at, "", errors.New("it is not valid UTF-8"))
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var o object
	if err := d.Decode(&o); err != nil || o == nil {
		return r.refuse(at, "", errors.New("it is not a JSON object"))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return r.refuse(at, "", errors.New("something follows the object; a line holds one"))
	}
	return take(at, o)
}

func cutOff(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("the file is cut off")
	}
	return err
}

// boundedReader reads no more than is left before the next item.
type boundedReader struct {
	r    io.Reader
	left int
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, fmt.Errorf("the item has more than %d bytes", maxItem)
	}
	n, err := b.r.Read(p)
	b.left -= n
	return n, err
}
