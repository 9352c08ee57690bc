package wire

import (
	"encoding/binary"
	"math"
	"slices"

	"dreamgym/envserver/gym"
)

// Steps answers many steps, in columns: entry i is of session i of the request.
type Steps struct {
	Rewards    []float64
	Terminated []bool
	Truncated  []bool
	// Arrays are the observations' arrays, nil where there are none.
	Arrays *Arrays
	// Rest is what the columns leave over, each once: entry i has Rest[Which[i]].
	Rest  []Rest
	Which []int
}

// Arrays is a column of arrays of one type and shape.
type Arrays struct {
	DType string
	Shape []int  // of each
	Data  []byte // their values one after another: float64, little-endian; zeros of who has no array
}

// Rest is what a timestep has beside columns, or an error in its place.
type Rest struct {
	Observation *gym.Observation
	Info        gym.Info
	Error       *Error
	// Encoded is the same in the codec's own encoding, as AppendRest gives it.
	Encoded []byte
}

// NewArrays makes a column of n arrays that are like one.
func NewArrays(n int, like *gym.Array) *Arrays {
	return &Arrays{DType: like.DType, Shape: append([]int{}, like.Shape...), Data: make([]byte, 8*n*len(like.Data))}
}

// Put sets entry i of n; false where the array is of another type or shape than the column.
func (a *Arrays) Put(i, n int, one *gym.Array) bool {
	size := len(a.Data) / n
	if one.DType != a.DType || !slices.Equal(one.Shape, a.Shape) || 8*len(one.Data) != size {
		return false
	}
	row := a.Data[i*size:]
	for j, v := range one.Data {
		if !finite(v) {
			return false
		}
		binary.LittleEndian.PutUint64(row[8*j:], math.Float64bits(v))
	}
	return true
}

// AppendRest appends an encoded rest to dst.
func (c *Codec) AppendRest(dst []byte, r *Rest) ([]byte, error) {
	return c.write(dst, func(w writer) { writeRest(w, r) })
}

func writeSteps(w writer, s *Steps) {
	w.mapOf(5 + count(s.Arrays != nil))
	w.text("rewards")
	writeList(w, s.Rewards, w.number)
	w.text("terminated")
	writeList(w, s.Terminated, w.boolean)
	w.text("truncated")
	writeList(w, s.Truncated, w.boolean)
	if s.Arrays != nil {
		w.text("arrays")
		writeArrays(w, s.Arrays)
	}
	w.text("rest")
	w.listOf(len(s.Rest))
	for i := range s.Rest {
		writeRest(w, &s.Rest[i])
	}
	w.endList()
	w.text("which")
	writeIntegers(w, s.Which)
	w.endMap()
}

func writeArrays(w writer, a *Arrays) {
	writeShaped(w, a.DType, a.Shape)
	w.blob(a.Data)
	w.endMap()
}

func writeRest(w writer, r *Rest) {
	if r.Encoded != nil {
		w.raw(r.Encoded)
		return
	}
	w.mapOf(count(r.Observation != nil, len(r.Info) > 0, r.Error != nil))
	if r.Observation != nil {
		w.text("observation")
		writeObservation(w, r.Observation)
	}
	if len(r.Info) > 0 {
		w.text("info")
		writeMap(w, r.Info)
	}
	if r.Error != nil {
		w.text("error")
		writeError(w, r.Error)
	}
	w.endMap()
}

func (d *replyDecoder) steps(s *Steps) {
	d.fields(func(key string) {
		switch key {
		case "rewards":
			d.elements(func() { s.Rewards = append(s.Rewards, d.number()) })
		case "terminated":
			d.elements(func() { s.Terminated = append(s.Terminated, d.boolean()) })
		case "truncated":
			d.elements(func() { s.Truncated = append(s.Truncated, d.boolean()) })
		case "arrays":
			s.Arrays = new(Arrays)
			d.arrays(s.Arrays)
		case "rest":
			d.elements(func() { s.Rest = append(s.Rest, d.rest()) })
		case "which":
			d.elements(func() { s.Which = append(s.Which, int(d.integer())) })
		default:
			d.r.skip()
		}
	})
}

func (d *replyDecoder) arrays(a *Arrays) {
	d.shaped(&a.DType, &a.Shape, func() {
		b, ok := d.r.blob()
		d.check(ok)
		a.Data = b
	})
}

func (d *replyDecoder) rest() (r Rest) {
	d.fields(func(key string) {
		switch key {
		case "observation":
			r.Observation = new(gym.Observation)
			d.observation(r.Observation)
		case "info":
			r.Info = d.anyMap()
		case "error":
			d.r.value(&r.Error)
		default:
			d.r.skip()
		}
	})
	return r
}
