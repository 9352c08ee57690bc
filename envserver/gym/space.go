package gym

// Spaces are Gymnasium's spaces of a numeric environment, exact to the bit: from them a
// client gives observations as Observation.Array holds them, and takes actions as numbers.
type Spaces struct {
	Observation Space `json:"observation"`
	// Action, where it is SpaceText, has actions that are text as they are.
	Action Space `json:"action"`
}

// SpaceKind names a class of Gymnasium's.
type SpaceKind string

// The kinds of spaces.
const (
	SpaceBox           SpaceKind = "Box"
	SpaceDiscrete      SpaceKind = "Discrete"
	SpaceMultiDiscrete SpaceKind = "MultiDiscrete"
	SpaceMultiBinary   SpaceKind = "MultiBinary"
	SpaceText          SpaceKind = "Text"
	SpaceDict          SpaceKind = "Dict"
	SpaceTuple         SpaceKind = "Tuple"
)

// Space is one of Gymnasium's spaces. Of Dict and Tuple the values of all parts follow each
// other in one array.
type Space struct {
	Kind  SpaceKind `json:"kind"`
	DType string    `json:"dtype,omitempty"` // NumPy's name; not of Text, Dict and Tuple
	Shape []int     `json:"shape,omitempty"`
	// Low and High bound a Box: a number for every value in row-major order, or one for
	// all. They are written in decimal, or "inf", for numbers of the wire are finite.
	Low  []string `json:"low,omitempty"`
	High []string `json:"high,omitempty"`
	// N is how many values each element may take, Start the least of them: of Discrete one,
	// of MultiDiscrete one for every element.
	N     []int64 `json:"n,omitempty"`
	Start []int64 `json:"start,omitempty"`
	// Names are what the actions of a Discrete space are called, from Start on.
	Names []string `json:"names,omitempty"`
	// Parts are those of a Dict, in its order and with their keys, or of a Tuple.
	Parts []SpacePart `json:"parts,omitempty"`
}

// SpacePart is a part of a Dict or a Tuple.
type SpacePart struct {
	Key string `json:"key,omitempty"`
	Space
}
