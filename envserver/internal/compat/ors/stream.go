package ors

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"dreamgym/envserver/gym"
)

// chunkSize is how many characters of an answer go into one event.
const chunkSize = 4096

// patience is how long a client may take to accept an event.
const patience = 30 * time.Second

// stream writes server-sent events.
type stream struct {
	w http.ResponseWriter
	c *http.ResponseController
}

func newStream(w http.ResponseWriter) stream {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no") // a proxy would hold events back
	return stream{w, http.NewResponseController(w)}
}

// taskID is the name of a stream's task: the client's where it has one, else a new one.
func taskID(theirs string) (string, error) {
	const most = 200
	switch {
	case theirs == "":
		return rand.Text(), nil
	case len(theirs) > most || strings.ContainsFunc(theirs, unicode.IsControl):
		return "", gym.Errorf(gym.CodeInvalidRequest, "field \"task_id\" must be a line of at most %d bytes", most)
	}
	return theirs, nil
}

// send writes one event. Data is one line.
func (s stream) send(event, data string) error {
	return s.write("event: " + event + "\ndata: " + data + "\n\n")
}

// beat writes a sign of life.
func (s stream) beat() error { return s.write(": alive\n\n") }

func (s stream) write(text string) error {
	s.c.SetWriteDeadline(time.Now().Add(patience)) // a writer without deadlines waits longer
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.c.Flush()
}

// answer writes one line of JSON in chunks, the last of which ends the stream.
func (s stream) answer(line string) error {
	chunks := chunked(line)
	for i, c := range chunks {
		event := "chunk"
		if i == len(chunks)-1 {
			event = "end"
		}
		if err := s.send(event, c); err != nil {
			return err
		}
	}
	return nil
}

// chunked cuts JSON into chunks. Clients strip white space from the beginning of an event's
// data, so a chunk that would begin with some has it escaped: white space in JSON on one line
// is a string's.
func chunked(line string) []string {
	var chunks []string
	runes := []rune(line)
	for len(runes) > 0 {
		n := min(chunkSize, len(runes))
		chunk := string(runes[:n])
		if unicode.IsSpace(runes[0]) {
			chunk = escaped(runes[0]) + string(runes[1:n])
		}
		chunks = append(chunks, chunk)
		runes = runes[n:]
	}
	return chunks
}

// escaped is a character below U+10000 as JSON may write it.
func escaped(r rune) string {
	hex := strconv.FormatInt(int64(r), 16)
	return `\u` + strings.Repeat("0", 4-len(hex)) + hex
}
