package wire

// kind is what a value on the wire is.
type kind uint8

const (
	kindNone kind = iota // nothing readable: the end, or a fault
	kindNull
	kindBool
	kindNumber
	kindString
	kindBytes
	kindList
	kindMap
	kindOther // of no use in this protocol, but it can be skipped
)

// maxDepth bounds how deep values may nest.
const maxDepth = 64

// reader walks through one encoded value. A fault of the encoding is kept: from then on
// there is nothing to read. A value of another kind than the one asked for is skipped.
type reader interface {
	// kind is that of the next value.
	kind() kind
	// integer reads a number; false where it is not an integer of 64 bits.
	integer() (int64, bool)
	// numeral reads a number of either kind.
	numeral() (n int64, f float64, integral bool)
	number() (float64, bool)
	boolean() (bool, bool)
	// text reads a string; it is valid until the next call.
	text() ([]byte, bool)
	// blob reads bytes; the answer is the caller's.
	blob() ([]byte, bool)
	// open enters a list or a map, and more tells whether it goes on: it is given what
	// open or the last more answered, and leaves at the end. A map's entries are a text
	// and a value.
	open() (left int)
	more(left int) (int, bool)
	skip()
	// value reads into a structure, ignoring what it does not know.
	value(into any)
	// fault is the fault of the encoding that was met, nil while there is none.
	fault() error
	// finish answers the fault, or what is wrong with what follows the value.
	finish() error
}
