package gym

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Array is a dense numeric value in row-major order.
type Array struct {
	DType string    `json:"dtype"` // NumPy's name: "float32", "int64", …
	Shape []int     `json:"shape"`
	Data  []float64 `json:"data"`
}

// ArraySpec says what every observation's Array is like.
type ArraySpec struct {
	DType string `json:"dtype"`
	Shape []int  `json:"shape"`
	// Worded: Observation.Text has the array in words, too, as [Array.Rounded] gives it.
	Worded bool `json:"worded,omitempty"`
}

// MostWorded is how many values an array may have to be worded, and to be a state that can be
// dreamed.
const MostWorded = 4096

// Size is the number of values that an array of the shape has.
func (s *ArraySpec) Size() int {
	n := 1
	for _, d := range s.Shape {
		n *= d
	}
	return n
}

// String writes the array so that it can be read back to the bit: nested lists of numbers,
// "[0.5, -1]". A single whole number is a name rather than a quantity, and is worded as one:
// "state s14".
func (a *Array) String() string {
	bits := 64
	if a.DType == "float32" {
		bits = 32
	}
	return a.write(func(v float64) string { return strconv.FormatFloat(v, 'g', -1, bits) })
}

// Rounded is String with four digits that count, for who reads; of an array that is too
// large it tells the shape.
func (a *Array) Rounded() string {
	if len(a.Data) > MostWorded {
		return fmt.Sprintf("an array of shape %v", a.Shape)
	}
	return a.write(func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) })
}

func (a *Array) write(number func(float64) string) string {
	if whole(a.DType) {
		number = func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	}
	var b strings.Builder
	if len(a.Shape) == 0 && whole(a.DType) {
		b.WriteString(nameOfState)
	}
	a.nest(&b, 0, a.Data, number)
	return b.String()
}

// nameOfState comes before a single whole number.
const nameOfState = "state s"

// nest writes the part of the array from an axis on.
func (a *Array) nest(b *strings.Builder, axis int, data []float64, number func(float64) string) {
	if axis == len(a.Shape) {
		b.WriteString(number(data[0]))
		return
	}
	b.WriteByte('[')
	for i := range a.Shape[axis] {
		if i > 0 {
			b.WriteString(", ")
		}
		n := len(data) / a.Shape[axis]
		a.nest(b, axis+1, data[i*n:(i+1)*n], number)
	}
	b.WriteByte(']')
}

// whole tells whether a NumPy type has whole numbers alone.
func whole(dtype string) bool {
	return strings.HasPrefix(dtype, "int") || strings.HasPrefix(dtype, "uint") || dtype == "bool"
}

// Parse reads an array of the declared kind from what String or Rounded gave.
func (s *ArraySpec) Parse(text string) (*Array, error) {
	a := &Array{DType: s.DType, Shape: append([]int{}, s.Shape...)}
	values, shape, ok := ParseNumbers(text)
	if !ok || fmt.Sprint(shape) != fmt.Sprint(a.Shape) {
		return nil, fmt.Errorf("gym: %q is no array of shape %v", Clip(text), s.Shape)
	}
	for i, v := range values {
		switch {
		case whole(s.DType):
			values[i] = math.Round(v)
		case s.DType == "float32":
			values[i] = float64(float32(v))
		}
	}
	a.Data = values
	return a, nil
}

// ParseNumbers reads what [Array.String] gives, a number or nested lists of numbers that are as
// long as each other, into row-major order; ok is false where the text is anything else.
func ParseNumbers(text string) (values []float64, shape []int, ok bool) {
	p := numbers{text: strings.TrimPrefix(text, nameOfState)}
	shape, ok = p.value()
	return p.values, shape, ok && strings.TrimSpace(p.text) == ""
}

// numbers reads from the front of a text.
type numbers struct {
	text   string
	values []float64
	depth  int
}

// deepest bounds how deep lists may be nested.
const deepest = 32

// value reads a number or a list, and answers its shape.
func (p *numbers) value() (shape []int, ok bool) {
	p.text = strings.TrimLeft(p.text, " \n\t")
	if !strings.HasPrefix(p.text, "[") {
		return nil, p.number()
	}
	if p.depth++; p.depth > deepest {
		return nil, false
	}
	defer func() { p.depth-- }()
	p.text = p.text[1:]
	var inner []int
	n := 0
	for ; !p.skip("]"); n++ {
		if n > 0 && !p.skip(",") {
			return nil, false
		}
		part, ok := p.value()
		if !ok || n > 0 && fmt.Sprint(part) != fmt.Sprint(inner) {
			return nil, false
		}
		inner = part
	}
	return append([]int{n}, inner...), true
}

// skip passes a mark, if it comes next.
func (p *numbers) skip(mark string) bool {
	rest, found := strings.CutPrefix(strings.TrimLeft(p.text, " \n\t"), mark)
	if found {
		p.text = rest
	}
	return found
}

func (p *numbers) number() bool {
	end := strings.IndexAny(p.text, ",] \n\t")
	if end < 0 {
		end = len(p.text)
	}
	v, err := strconv.ParseFloat(p.text[:end], 64)
	if err != nil {
		return false
	}
	p.text, p.values = p.text[end:], append(p.values, v)
	return true
}
