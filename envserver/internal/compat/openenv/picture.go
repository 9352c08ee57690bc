package openenv

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"strconv"
)

// appendPicture appends a PNG as BrowserGym's clients take one: rows of pixels, which are red,
// green and blue. What is none is null.
func appendPicture(dst, picture []byte) []byte {
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return append(dst, "null"...)
	}
	flat := image.NewRGBA(image.Rectangle{Max: decoded.Bounds().Size()})
	draw.Draw(flat, flat.Rect, decoded, decoded.Bounds().Min, draw.Src)
	dst = append(dst, '[')
	for y := range flat.Rect.Dy() {
		if y > 0 {
			dst = append(dst, ',')
		}
		dst = appendRow(dst, flat.Pix[y*flat.Stride:][:4*flat.Rect.Dx()])
	}
	return append(dst, ']')
}

// appendRow appends pixels of four bytes, without their opacity.
func appendRow(dst, pixels []byte) []byte {
	dst = append(dst, '[')
	for i := 0; i < len(pixels); i += 4 {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendList(dst, pixels[i:i+3], appendShade)
	}
	return append(dst, ']')
}

func appendShade(dst []byte, v byte) []byte { return strconv.AppendUint(dst, uint64(v), 10) }
