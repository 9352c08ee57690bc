package chrome

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"

	"dreamgym/envserver/gym"
)

// Views are what an observation can hold beside the list of nodes.
type Views struct {
	// AXTree is the accessibility tree, as BrowserGym writes it.
	AXTree bool
	// HTML is the visible part of the document, with the elements' ids.
	HTML bool
	// Screenshot is a picture of the window; Marks draws the elements' ids on it.
	Screenshot, Marks bool
	// Pages is what is open: addresses and titles.
	Pages bool
}

// Also are the views of every page.
func (b *Browser) Also() Views { return b.cfg.Also }

// alsoShown adds what the view asks for. What a page cannot give just then, since it is on its
// way to another, is left out, and the observation is partial.
func (p *Page) alsoShown(ctx context.Context, o Observation) (Observation, error) {
	also := p.view.Also
	if also == (Views{}) {
		also = p.browser.cfg.Also
	}
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
	var script *ScriptError
	if p.session.failed() == nil && (refused(err) || errors.As(err, &script) || ctx.Err() != nil) {
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

// giveSize gives the window of a tab a size, which it keeps: without one it shows nothing.
func (t *tab) giveSize(ctx context.Context) error {
	window, err := call(ctx, t.session, browser.GetWindowForTarget, browser.GetWindowForTargetParams{})
	if err != nil {
		return err
	}
	_, err = call(ctx, t.session, browser.SetWindowBounds, browser.SetWindowBoundsParams{
		WindowID: window.WindowID, Bounds: &browser.Bounds{Width: 16, Height: 9},
	})
	return err
}

func (p *Page) screenshot(ctx context.Context, marks bool) ([]byte, error) {
	if err := p.giveSize(ctx); err != nil {
		return nil, err
	}
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

// Names of views, as an observation's keys.
const (
	viewAXTree = "axtree_txt"
	viewHTML   = "pruned_html"
	viewMarks  = "som"   // of the screenshot
	viewPages  = "pages" // stands for the keys that follow, and gym.ViewURL

	keyURLs, keyTitles, keyActive = "open_pages_urls", "open_pages_titles", "active_page_index"
)

// ParseViews reads the names of views: axtree_txt, pruned_html, screenshot, som for a
// screenshot with marks, and pages.
func ParseViews(names []string) (Views, error) {
	var v Views
	for _, n := range names {
		switch n {
		case viewAXTree:
			v.AXTree = true
		case viewHTML:
			v.HTML = true
		case gym.ViewScreenshot:
			v.Screenshot = true
		case viewMarks:
			v.Screenshot, v.Marks = true, true
		case viewPages:
			v.Pages = true
		default:
			return v, gym.Errorf(gym.CodeInvalidConfig, "there is no view %q of a page; there are axtree_txt, pruned_html, screenshot, som and pages", gym.Clip(n))
		}
	}
	return v, nil
}

// Keys are what a Spec declares of the views.
func (v Views) Keys() []string {
	var keys []string
	if v.AXTree {
		keys = append(keys, viewAXTree)
	}
	if v.HTML {
		keys = append(keys, viewHTML)
	}
	if v.Screenshot || v.Marks {
		keys = append(keys, gym.ViewScreenshot)
	}
	if v.Pages {
		keys = append(keys, gym.ViewURL, keyURLs, keyTitles, keyActive)
	}
	return keys
}

// Show adds the views to what an environment makes of an observation.
func (v Views) Show(seen Observation, o gym.Observation) gym.Observation {
	if v == (Views{}) {
		return o
	}
	given := make(map[string]any)
	for key, text := range map[string]string{viewAXTree: seen.AXTree, viewHTML: seen.HTML} {
		if text != "" {
			given[key] = text
		}
	}
	o.Extra, o.Image = given, seen.Screenshot
	if v.Pages {
		o.URL = seen.URL
		given[keyURLs], given[keyTitles], given[keyActive] = seen.open()
	}
	return gym.Spec{Views: v.Keys()}.Shown(o)
}

// Addressed is the observation with addresses under base, a server's own, as ones under
// public: they are the same at every run. Without a base it is as it was.
func (o Observation) Addressed(base, public string) Observation {
	if base == "" {
		return o
	}
	moved := func(s string) string { return strings.ReplaceAll(s, base, public) }
	o.URL, o.AXTree, o.HTML, o.Tabs = moved(o.URL), moved(o.AXTree), moved(o.HTML), slices.Clone(o.Tabs)
	for i := range o.Tabs {
		o.Tabs[i].URL = moved(o.Tabs[i].URL)
	}
	return o
}

// open are address and title of each tab, and which of them is active.
func (o Observation) open() (urls, titles []string, active int) {
	tabs := o.Tabs
	if len(tabs) == 0 {
		tabs = []Tab{{URL: o.URL, Title: o.Title, Active: true}}
	}
	for i, t := range tabs {
		urls, titles = append(urls, t.URL), append(titles, t.Title)
		if t.Active {
			active = i
		}
	}
	return urls, titles, active
}
