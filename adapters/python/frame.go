package python

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/vmihailenco/msgpack/v5"
)

// maxFrame bounds what a process may answer at once.
const maxFrame = 256 << 20

// request is one call of a frame.
type request struct {
	Slot     int
	Op       string
	Argument any
}

// answer is what came of a request.
type answer struct {
	Status     string
	Text       string // the state, or what was wrong; the latter is safe for clients
	Shape      []int
	Data       []byte // of the array: float64, little-endian
	Reward     float64
	Terminated bool
	Truncated  bool
	Detail     string // a traceback, for the log
}

// The statuses. After any but the first two the slot's episode is lost; after
// statusFatal so is the process.
const (
	statusOK      = "ok"
	statusInvalid = "invalid"
	statusBroken  = "broken"
	statusFatal   = "fatal"
)

func writeFrame(w io.Writer, v any) error {
	var b bytes.Buffer
	b.Write(make([]byte, 4))
	e := msgpack.NewEncoder(&b)
	e.UseArrayEncodedStructs(true)
	if err := e.Encode(v); err != nil {
		return err
	}
	binary.BigEndian.PutUint32(b.Bytes(), uint32(b.Len()-4))
	_, err := w.Write(b.Bytes())
	return err
}

func readFrame(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return fmt.Errorf("a frame of %d bytes, more than %d", n, maxFrame)
	}
	var body bytes.Buffer // grows with what comes, whatever the head says
	if _, err := io.CopyN(&body, r, int64(n)); err != nil {
		return err
	}
	d := msgpack.NewDecoder(&body)
	d.DisallowUnknownFields(true)
	d.SetCustomStructTag("json") // for what has no tag of MessagePack's
	if err := d.Decode(v); err != nil {
		return err
	}
	if body.Len() > 0 {
		return fmt.Errorf("%d bytes follow a frame's value", body.Len())
	}
	return nil
}
