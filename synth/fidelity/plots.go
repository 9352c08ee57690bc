package fidelity

import (
	"errors"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// colours are distinct also for the colour-blind.
func colours() []color.Color {
	return []color.Color{
		color.RGBA{0, 114, 178, 255}, color.RGBA{213, 94, 0, 255}, color.RGBA{0, 158, 115, 255}, color.RGBA{204, 121, 167, 255},
		color.RGBA{86, 180, 233, 255}, color.RGBA{230, 159, 0, 255},
	}
}

// WritePlots draws what the report holds, each as SVG and PNG, and answers the files:
// accuracy by size of the buffer, calibration, and the ladder where there is one.
func (r *Report) WritePlots(folder string, order []string) ([]string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("fidelity: plots: %w", err)
	}
	var files []string
	for _, p := range []struct {
		name string
		draw func([]string) (*figure, error)
	}{{"accuracy", r.accuracyPlot}, {"calibration", r.calibrationPlot}, {"ladder", r.ladderPlot}} {
		drawn, err := p.draw(order)
		if err != nil {
			return files, fmt.Errorf("fidelity: plot of %s: %w", p.name, err)
		}
		if drawn == nil {
			continue
		}
		for _, format := range []string{"svg", "png"} {
			file := filepath.Join(folder, p.name+"."+format)
			if err := drawn.save(file, format); err != nil {
				return files, fmt.Errorf("fidelity: plot of %s: %w", p.name, err)
			}
			files = append(files, file)
		}
	}
	return files, nil
}

const (
	figureWidth  = 21 * vg.Centimeter
	figureHeight = 12 * vg.Centimeter
	legendWidth  = 6 * vg.Centimeter
)

// figure is a plot with its legend beside it.
type figure struct {
	*plot.Plot
	legend plot.Legend
}

func newFigure(title, x, y string) *figure {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Y.Min, p.Y.Max = 0, 1
	p.Add(plotter.NewGrid())
	f := &figure{Plot: p, legend: plot.NewLegend()}
	f.legend.Top, f.legend.Left = true, true
	return f
}

// save draws the figure to a file, as "svg" or "png".
func (f *figure) save(file, format string) error {
	canvas, err := draw.NewFormattedCanvas(figureWidth, figureHeight, format)
	if err != nil {
		return err
	}
	whole := draw.New(canvas)
	f.Draw(draw.Crop(whole, 0, -legendWidth, 0, 0))
	f.legend.Draw(draw.Crop(whole, figureWidth-legendWidth+vg.Centimeter/2, 0, 0, -vg.Centimeter))
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = canvas.WriteTo(out)
	return errors.Join(err, out.Close())
}

// accuracyPlot has the share of exact next states over the size of the buffer.
func (r *Report) accuracyPlot(order []string) (*figure, error) {
	p := newFigure("Exact next states", "transitions in the buffer", "share of held-out steps")
	var ticks plot.ConstantTicks
	for _, level := range r.ByBuffer {
		ticks = append(ticks, plot.Tick{Value: float64(level.Buffer), Label: strconv.Itoa(level.Buffer)})
	}
	p.X.Tick.Marker = ticks
	if len(ticks) > 1 {
		p.X.Scale = plot.LogScale{}
	}
	for i, name := range order {
		for _, split := range []string{"seen", "unseen"} {
			var points plotter.XYs
			for _, level := range r.ByBuffer {
				if s, ok := level.Models[name][split]; ok && s.Exact != nil {
					points = append(points, plotter.XY{X: float64(level.Buffer), Y: *s.Exact})
				}
			}
			if err := addLine(p, name+", "+split, points, i, split == "unseen"); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// calibrationPlot has the share of right predictions over the confidence of the first
// model; on the diagonal the confidence is what it says.
func (r *Report) calibrationPlot(order []string) (*figure, error) {
	if len(order) == 0 {
		return nil, nil
	}
	p := newFigure("Calibration of "+order[0], "confidence", "share of right predictions")
	p.X.Min, p.X.Max = 0, 1
	if err := addDiagonal(p); err != nil {
		return nil, err
	}
	for i, split := range []string{"seen", "unseen"} {
		var points plotter.XYs
		for _, c := range r.Calibration[order[0]][split] {
			points = append(points, plotter.XY{X: c.Confidence, Y: c.Right})
		}
		if err := addLine(p, split, points, i, split == "unseen"); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// ladderPlot sets dreamed over real success.
func (r *Report) ladderPlot([]string) (*figure, error) {
	if len(r.Ladder) == 0 {
		return nil, nil
	}
	p := newFigure("Success of six policies", "on the real side", "in the dream")
	p.X.Min, p.X.Max = 0, 1
	if err := addDiagonal(p); err != nil {
		return nil, err
	}
	for i, split := range sortedKeys(r.Ladder) {
		var points plotter.XYs
		for _, rung := range r.Ladder[split].Rungs {
			points = append(points, plotter.XY{X: rung.Real, Y: rung.Dream})
		}
		dots, err := plotter.NewScatter(points)
		if err != nil {
			return nil, err
		}
		dots.GlyphStyle = draw.GlyphStyle{Color: colours()[i%len(colours())], Radius: vg.Points(4), Shape: draw.CircleGlyph{}}
		p.Add(dots)
		p.legend.Add(split, dots)
	}
	return p, nil
}

// addLine draws points with a line; nothing where there are none.
func addLine(p *figure, label string, points plotter.XYs, hue int, dashed bool) error {
	if len(points) == 0 {
		return nil
	}
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.Color = colours()[hue%len(colours())]
	dots.Color, dots.Shape = line.Color, draw.CircleGlyph{}
	if dashed {
		line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
	}
	p.Add(line, dots)
	p.legend.Add(label, line, dots)
	return nil
}

func addDiagonal(p *figure) error {
	line, err := plotter.NewLine(plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}})
	if err != nil {
		return err
	}
	line.Color = color.Gray{160}
	p.Add(line)
	return nil
}
