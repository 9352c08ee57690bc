package wire

import (
	"sync"

	"dreamgym/envserver/gym"
)

// Codec encodes and decodes the messages of one subprotocol. It may be used by many
// goroutines.
type Codec struct {
	// Subprotocol is the name that is agreed on when the connection is made.
	Subprotocol string
	// Text says that messages travel in text frames, otherwise in binary ones.
	Text bool

	readers, writers *sync.Pool
}

// resettableReader is a reader that can be given another frame.
type resettableReader interface {
	reader
	reset(data []byte)
}

// resettableWriter is a writer that can be emptied.
type resettableWriter interface {
	writer
	reset()
	// bytes is what was written; it is valid until reset.
	bytes() []byte
}

// Codecs are those of a server or client.
type Codecs struct{ Msgpack, JSON *Codec }

// NewCodecs makes both codecs.
func NewCodecs() Codecs {
	return Codecs{
		Msgpack: &Codec{
			Subprotocol: SubprotocolMsgpack,
			readers:     &sync.Pool{New: func() any { return newMsgpackReader() }},
			writers:     &sync.Pool{New: func() any { return newMsgpackWriter() }},
		},
		JSON: &Codec{
			Subprotocol: SubprotocolJSON, Text: true,
			readers: &sync.Pool{New: func() any { return newJSONReader() }},
			writers: &sync.Pool{New: func() any { return newJSONWriter() }},
		},
	}
}

// Of answers the codec of a subprotocol, nil where there is none.
func (c Codecs) Of(subprotocol string) *Codec {
	switch subprotocol {
	case SubprotocolMsgpack:
		return c.Msgpack
	case SubprotocolJSON:
		return c.JSON
	}
	return nil
}

// DecodeRequest reads one frame strictly. Its error has CodeInvalidRequest or
// CodeUnknownOperation; q.ID and q.Session hold what could be read, 0 and "" otherwise.
func (c *Codec) DecodeRequest(frame []byte, q *Request) error {
	return c.read(frame, func(r reader) error { return decodeRequest(r, q) })
}

// DecodeReply reads one frame of a server.
func (c *Codec) DecodeReply(frame []byte, into *Reply) error {
	return c.read(frame, func(r reader) error {
		d := replyDecoder{r: r}
		d.reply(into)
		return d.done()
	})
}

// DecodeHello reads a server's first frame.
func (c *Codec) DecodeHello(frame []byte) (Hello, error) {
	var h struct {
		Hello Hello `json:"hello"`
	}
	err := c.read(frame, func(r reader) error {
		r.value(&h)
		return r.finish()
	})
	return h.Hello, err
}

func (c *Codec) read(frame []byte, use func(reader) error) error {
	r := c.readers.Get().(resettableReader)
	r.reset(frame)
	err := use(r)
	r.reset(nil)
	c.readers.Put(r)
	return err
}

// AppendRequest appends an encoded request to dst.
func (c *Codec) AppendRequest(dst []byte, q *Request) ([]byte, error) {
	return c.write(dst, func(w writer) { writeRequest(w, q) })
}

// AppendReply appends an encoded reply to dst.
func (c *Codec) AppendReply(dst []byte, r *Reply) ([]byte, error) {
	return c.write(dst, func(w writer) { writeReply(w, r) })
}

// AppendBatch appends the reply to a batch to dst, from the encoded replies to its members.
func (c *Codec) AppendBatch(dst []byte, id int64, members [][]byte) ([]byte, error) {
	return c.write(dst, func(w writer) {
		w.mapOf(2)
		w.text("id")
		w.integer(id)
		w.text("results")
		w.listOf(len(members))
		for _, m := range members {
			w.raw(m)
		}
		w.endList()
		w.endMap()
	})
}

// AppendHello appends a server's first message to dst.
func (c *Codec) AppendHello(dst []byte, h Hello) ([]byte, error) {
	return c.write(dst, func(w writer) {
		w.mapOf(1)
		w.text("hello")
		w.value(h)
		w.endMap()
	})
}

// AppendTimestep appends a timestep to dst. In MessagePack that is what Reply.Encoded holds.
func (c *Codec) AppendTimestep(dst []byte, t *gym.Timestep) ([]byte, error) {
	return c.write(dst, func(w writer) { writeTimestep(w, t) })
}

func (c *Codec) write(dst []byte, use func(writer)) ([]byte, error) {
	w := c.writers.Get().(resettableWriter)
	w.reset()
	use(w)
	dst = append(dst, w.bytes()...)
	err := w.fault()
	c.writers.Put(w)
	return dst, err
}

// DecodeTimestep reads what AppendTimestep of the msgpack codec wrote.
func DecodeTimestep(b []byte) (gym.Timestep, error) {
	var t gym.Timestep
	r := newMsgpackReader()
	r.reset(b)
	d := replyDecoder{r: r}
	d.timestep(&t)
	return t, d.done()
}
