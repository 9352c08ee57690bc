package chrome

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// mark draws a frame around each box, with its id in a corner.
func mark(picture []byte, boxes []box) ([]byte, error) {
	source, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("chrome: the screenshot is no picture: %w", err)
	}
	canvas := image.NewRGBA(source.Bounds())
	draw.Draw(canvas, canvas.Bounds(), source, image.Point{}, draw.Src)
	for _, b := range boxes {
		r := image.Rect(int(b.X), int(b.Y), int(b.X+b.W), int(b.Y+b.H))
		if r.Overlaps(canvas.Bounds()) {
			outline(canvas, r)
			label(canvas, r, b.BID)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, canvas); err != nil {
		return nil, fmt.Errorf("chrome: write the marked screenshot: %w", err)
	}
	return out.Bytes(), nil
}

// ink is what marks are drawn in.
func ink() image.Image { return image.NewUniform(color.RGBA{R: 200, A: 255}) }

func outline(canvas draw.Image, r image.Rectangle) {
	for _, edge := range []image.Rectangle{
		{r.Min, image.Pt(r.Max.X, r.Min.Y+1)}, {image.Pt(r.Min.X, r.Max.Y-1), r.Max},
		{r.Min, image.Pt(r.Min.X+1, r.Max.Y)}, {image.Pt(r.Max.X-1, r.Min.Y), r.Max},
	} {
		draw.Draw(canvas, edge, ink(), image.Point{}, draw.Src)
	}
}

// label writes an id on a ground of its own, above the box where there is room.
func label(canvas draw.Image, r image.Rectangle, id string) {
	face := basicfont.Face7x13
	top := r.Min.Y - face.Height
	if top < 0 {
		top = r.Min.Y
	}
	left := max(r.Min.X, 0)
	draw.Draw(canvas, image.Rect(left, top, left+face.Advance*len(id)+2, top+face.Height), ink(), image.Point{}, draw.Src)
	d := font.Drawer{Dst: canvas, Src: image.White, Face: face, Dot: fixed.P(left+1, top+face.Ascent)}
	d.DrawString(id)
}
