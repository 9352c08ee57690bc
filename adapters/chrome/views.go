package chrome

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/page"
)

// Views are what an observation can hold beside the list of nodes.
type Views struct {
	// AXTree is the accessibility tree, as BrowserGym writes it.
	AXTree bool
	// HTML is the visible part of the document, with the elements' ids.
	HTML bool
	// Screenshot is a picture of the window; Marks draws the elements' ids on it.
	Screenshot, Marks bool
}

// alsoShown adds what the view asks for. What a page cannot give just then, since it is on its
// way to another, is left out, and the observation is partial.
func (p *Page) alsoShown(ctx context.Context, o Observation) (Observation, error) {
	also := p.view.Also
	if also == (Views{}) {
		return o, nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.browser.cfg.Settle+p.browser.cfg.Grace)
	defer cancel()
	var failures [3]error
	if also.AXTree {
		o.AXTree, failures[0] = p.axTree(ctx)
	}
	if also.HTML {
		o.HTML, failures[1] = p.html(ctx)
	}
	if also.Screenshot || also.Marks {
		o.Screenshot, failures[2] = p.screenshot(ctx, also.Marks)
	}
	err := errors.Join(failures[:]...)
	if err == nil {
		return o, nil
	}
	var replaced *cdproto.Error
	var script *ScriptError
	if p.session.failed() == nil && (errors.As(err, &replaced) || errors.As(err, &script) || ctx.Err() != nil) {
		o.Partial = true
		return o, nil
	}
	return o, err
}

// documents are the page and the frames that the last look went into.
func (p *Page) documents() []frame { return append([]frame{{}}, p.frames.inside...) }

// html puts the documents of the frames where they belong.
func (p *Page) html(ctx context.Context) (string, error) {
	texts := make(map[string]string)
	for _, d := range p.documents() {
		var text string
		if err := p.evaluateIn(ctx, d.id, "__dreamgym.html()", &text); err != nil {
			return "", err
		}
		texts[d.prefix] = text
	}
	var b strings.Builder
	compose(&b, texts, "", "")
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// compose writes a document, indented, and the frames in it.
func compose(b *strings.Builder, texts map[string]string, prefix, indent string) {
	for line := range strings.Lines(texts[prefix] + "\n") {
		before, name, frame := strings.Cut(strings.TrimSuffix(line, "\n"), "\x00")
		if frame {
			compose(b, texts, name, indent+before)
		} else if line != "\n" {
			b.WriteString(indent + line)
		}
	}
}

// box is where in the window an element lies.
type box struct {
	BID        string `json:"bid"`
	X, Y, W, H float64
	Frame      bool `json:"frame"`
}

func (p *Page) screenshot(ctx context.Context, marks bool) ([]byte, error) {
	shot, err := call(ctx, p.session, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	if err != nil || !marks {
		return shot.Data, err
	}
	boxes, err := p.boxes(ctx)
	if err != nil {
		return nil, err
	}
	return mark(shot.Data, boxes)
}

// boxes are those of what was listed, also in frames, in the window's coordinates.
func (p *Page) boxes(ctx context.Context) ([]box, error) {
	var all []box
	origins := map[string]box{"": {}}
	for _, d := range p.documents() {
		var inner []box
		if err := p.evaluateIn(ctx, d.id, "__dreamgym.boxes()", &inner); err != nil {
			return nil, fmt.Errorf("chrome: boxes of frame %q: %w", d.prefix, err)
		}
		for _, b := range inner {
			b.BID = d.prefix + b.BID
			b.X, b.Y = b.X+origins[d.prefix].X, b.Y+origins[d.prefix].Y
			if b.Frame {
				origins[b.BID] = b
			} else {
				all = append(all, b)
			}
		}
	}
	return all, nil
}
