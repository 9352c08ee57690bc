package episode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Place is where a record begins: a segment and a byte offset in it. The zero Place is
// none, and as the start of a scan the beginning of the log.
type Place struct {
	Segment uint32 `json:"segment"`
	Offset  uint32 `json:"offset"`
}

// Before tells whether p comes before q in the log.
func (p Place) Before(q Place) bool {
	return p.Segment < q.Segment || p.Segment == q.Segment && p.Offset < q.Offset
}

// String gives the place as reports name it.
func (p Place) String() string { return fmt.Sprintf("segment %06d offset %d", p.Segment, p.Offset) }

// Kind says what a record holds.
type Kind byte

// The kinds of records. The values are part of the format.
const (
	KindHeader     Kind = 1 // Header; id: the episode
	KindStep       Kind = 2 // Step; id: the episode
	KindEnd        Kind = 3 // Ending; id: the episode
	KindOpened     Kind = 4 // Session; id: the session
	KindRefusal    Kind = 5 // Refusal; id: the session
	KindClosed     Kind = 6 // Closing; id: the session
	KindCheckpoint Kind = 7 // the open chains, first in every segment; id: empty
	lastKind            = KindCheckpoint
)

// A segment begins with its magic and a salt, four random bytes. Then come frames. A
// frame is, in little-endian order:
//
//	length u32  of what follows the checksum
//	crc    u32  CRC32C of what follows it, begun with the segment's salt
//	kind   u8
//	idlen  u8
//	prev   u32 u32  segment and offset of the record before it in its chain
//	id, payload
//
// The salt keeps bytes that a client or a page brought in from being taken for a record
// when a damaged stretch is searched for the next one.
const (
	frameFixed   = 18
	frameSummed  = 8 // where the bytes under the checksum begin
	maxID        = 255
	maxRecord    = 64 << 20 // a whole frame
	segmentMagic = "DGSEG\x00\x00\x01"
	segmentHead  = len(segmentMagic) + 4
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)

	errShort = errors.New("the record is cut off")
	errFrame = errors.New("the record is damaged")
)

// frame is a record as it was read. id and payload lie in the buffer it was read into.
type frame struct {
	kind    Kind
	prev    Place
	id      []byte
	payload []byte
	size    int
}

// beginFrame appends the head of a frame to b; sealFrame completes it once the payload
// is there.
func beginFrame(b []byte, kind Kind, id string) []byte {
	b = append(b, make([]byte, frameFixed)...)
	b[frameSummed] = byte(kind)
	b[frameSummed+1] = byte(len(id))
	return append(b, id...)
}

// sealFrame sets what is known last of a complete frame: length, chain and checksum.
func sealFrame(b []byte, prev Place, salt uint32) {
	binary.LittleEndian.PutUint32(b, uint32(len(b)-frameSummed))
	binary.LittleEndian.PutUint32(b[10:], prev.Segment)
	binary.LittleEndian.PutUint32(b[14:], prev.Offset)
	binary.LittleEndian.PutUint32(b[4:], crc32.Update(salt, castagnoli, b[frameSummed:]))
}

// frameSize answers the size of the frame that b begins with, from its first bytes
// alone; errFrame when no frame begins so.
func frameSize(b []byte) (int, error) {
	if len(b) < frameFixed {
		return 0, errShort
	}
	n := int(binary.LittleEndian.Uint32(b)) + frameSummed
	kind, id := Kind(b[frameSummed]), int(b[frameSummed+1])
	if n < frameFixed+id || n > maxRecord || kind == 0 || kind > lastKind {
		return 0, errFrame
	}
	return n, nil
}

// framePrev answers the chain's place in the fixed part of a frame.
func framePrev(b []byte) Place {
	return Place{Segment: binary.LittleEndian.Uint32(b[10:]), Offset: binary.LittleEndian.Uint32(b[14:])}
}

// parseFrame reads the frame that b begins with.
func parseFrame(b []byte, salt uint32) (frame, error) {
	n, err := frameSize(b)
	if err != nil {
		return frame{}, err
	}
	if len(b) < n {
		return frame{}, errShort
	}
	b = b[:n]
	if crc32.Update(salt, castagnoli, b[frameSummed:]) != binary.LittleEndian.Uint32(b[4:]) {
		return frame{}, errFrame
	}
	id := frameFixed + int(b[frameSummed+1])
	return frame{
		kind:    Kind(b[frameSummed]),
		prev:    framePrev(b),
		id:      b[frameFixed:id],
		payload: b[id:],
		size:    n,
	}, nil
}
