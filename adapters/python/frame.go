package python

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// maxFrame bounds what a process may answer at once.
const maxFrame = 256 << 20

// request is one call of a frame, as JSON takes it: the slot, what to do there, and a seed or an action.
type request [3]any

// answer is what came of a request.
type answer struct {
	status     status
	terminated bool
	truncated  bool
	reward     float64
	text       string // the state, or what was wrong; the latter is safe for clients
	detail     string // a traceback, for the log
	data       []byte // of the array: float64, little-endian
}

// status says what came of a request. After any but the first two the slot's episode is
// lost; after statusFatal so is the process.
type status byte

const (
	statusOK status = iota
	statusInvalid
	statusBroken
	statusFatal
)

// writeFrame writes a value as JSON after its length: four bytes, big-endian.
func writeFrame(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	_, err = w.Write(append(frame, body...))
	return err
}

// readFrame reads what a frame holds.
func readFrame(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return nil, fmt.Errorf("a frame of %d bytes, more than %d", n, maxFrame)
	}
	var body bytes.Buffer // beyond a little it grows with what comes, whatever the head says
	body.Grow(int(min(n, 64<<10)) + bytes.MinRead)
	_, err := io.CopyN(&body, r, int64(n))
	return body.Bytes(), err
}

// answerHead is the size of what an answer has of a fixed size: status, terminated and
// truncated, a byte each, the reward, and the lengths of text, detail and data.
const answerHead = 3 + 8 + 3*4

// readAnswers reads a frame of n answers, which share its memory.
func readAnswers(frame []byte, n int) ([]answer, error) {
	answers := make([]answer, n)
	for i := range answers {
		var ok bool
		if frame, ok = answers[i].read(frame); !ok {
			return nil, fmt.Errorf("the frame ends within answer %d of %d", i+1, n)
		}
	}
	if len(frame) > 0 {
		return nil, fmt.Errorf("%d bytes follow the answers", len(frame))
	}
	return answers, nil
}

// read takes the answer from the beginning of a frame, and answers what follows; false
// where it is cut off.
func (a *answer) read(b []byte) (rest []byte, ok bool) {
	if len(b) < answerHead {
		return nil, false
	}
	order := binary.LittleEndian
	*a = answer{status: status(b[0]), terminated: b[1] != 0, truncated: b[2] != 0, reward: math.Float64frombits(order.Uint64(b[3:]))}
	text, detail, data := int(order.Uint32(b[11:])), int(order.Uint32(b[15:])), int(order.Uint32(b[19:]))
	b = b[answerHead:]
	if len(b) < text+detail+data {
		return nil, false
	}
	a.text, a.detail = string(b[:text]), string(b[text:text+detail])
	b = b[text+detail:]
	a.data = b[:data:data]
	return b[data:], true
}
