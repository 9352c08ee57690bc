package chrome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"

	"dreamgym/adapters/chrome/action"
)

// frames are the script contexts of a tab's frames. They are told only once a page with
// frames has been seen: telling costs all others something.
type frames struct {
	told     bool    // to the step goroutine alone
	inside   []frame // those that the last look went into; to the same
	contexts map[cdp.FrameID]scripts
}

// frame is one that was looked into.
type frame struct {
	prefix string
	id     runtime.ExecutionContextID
}

// scripts is where a frame's own scripts run.
type scripts struct {
	id     runtime.ExecutionContextID
	unique string
}

// context notes which contexts there are; on the reading goroutine.
func (t *tab) context(method string, params jsonv2.Value) {
	t.page.mu.Lock()
	defer t.page.mu.Unlock()
	switch method {
	case runtime.ExecutionContextsCleared.Method:
		clear(t.frames.contexts)
	case runtime.ExecutionContextDestroyed.Method:
		if e, err := decodeEvent(runtime.ExecutionContextDestroyed, params); err == nil {
			for frame, s := range t.frames.contexts {
				if s.unique == e.ExecutionContextUniqueID {
					delete(t.frames.contexts, frame)
				}
			}
		}
	default:
		t.born(params)
	}
}

// born notes the context of a frame's own scripts.
func (t *tab) born(params jsonv2.Value) {
	e, err := decodeEvent(runtime.ExecutionContextCreated, params)
	if err != nil {
		return
	}
	var aux struct {
		IsDefault bool        `json:"isDefault"`
		FrameID   cdp.FrameID `json:"frameId"`
	}
	if json.Unmarshal(e.Context.AuxData, &aux) != nil || !aux.IsDefault {
		return
	}
	if t.frames.contexts == nil {
		t.frames.contexts = make(map[cdp.FrameID]scripts)
	}
	t.frames.contexts[aux.FrameID] = scripts{e.Context.ID, e.Context.UniqueID}
}

// tellFrames has the contexts told, those that there are before it returns.
func (p *Page) tellFrames(ctx context.Context) error {
	if p.frames.told {
		return nil
	}
	p.frames.told = true
	_, err := call(ctx, p.session, runtime.Enable, cdp.Empty{})
	return err
}

// errNoFrame says that a frame is not there, or has no document yet.
var errNoFrame = errors.New("chrome: no such frame")

// enter answers the context of a frame within another.
func (p *Page) enter(ctx context.Context, outer runtime.ExecutionContextID, name string) (runtime.ExecutionContextID, error) {
	if err := p.tellFrames(ctx); err != nil {
		return 0, err
	}
	found, err := call(ctx, p.session, runtime.Evaluate, runtime.EvaluateParams{Expression: "__dreamgym.frame(" + jsonText(name) + ")", ContextID: outer})
	if err != nil {
		return 0, err
	}
	if found.Result == nil || found.Result.ObjectID == "" {
		return 0, errNoFrame
	}
	node, err := call(ctx, p.session, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: found.Result.ObjectID})
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.frames.contexts[node.Node.FrameID]; ok {
		return s.id, nil
	}
	return 0, errNoFrame
}

func jsonText(s string) string {
	b, _ := json.Marshal(s) // a string can always be written
	return string(b)
}

// spot is an element in its frame.
type spot struct {
	bid   string
	frame runtime.ExecutionContextID
	way   []hop // to the frame, from the outside
}

// hop is one frame on the way to an element.
type hop struct {
	outer runtime.ExecutionContextID
	name  string
}

var (
	bidPattern  = regexp.MustCompile(`^((?:[a-z][A-Z]?)*)([1-9][0-9]*)$`)
	namePattern = regexp.MustCompile(`[a-z][A-Z]?`)
)

// locate finds the frame of an element.
func (p *Page) locate(ctx context.Context, c action.Call, parameter string) (spot, error) {
	s := spot{bid: strings.TrimSpace(c.Text(parameter))}
	parts := bidPattern.FindStringSubmatch(s.bid)
	if parts == nil {
		return s, problem(fmt.Sprintf("missing: %s is not the id of an element; ids are what stands in brackets", action.Quote(c.Text(parameter))))
	}
	for _, name := range namePattern.FindAllString(parts[1], -1) {
		inner, err := p.enter(ctx, s.frame, name)
		if errors.Is(err, errNoFrame) {
			return s, problem("missing: the frame of element " + s.bid + " is not there")
		}
		if err != nil {
			return s, err
		}
		s.way = append(s.way, hop{s.frame, name})
		s.frame = inner
	}
	return s, nil
}

// point answers where an element takes a click, in the page's own coordinates.
func (p *Page) point(ctx context.Context, s spot) (reply, error) {
	var at reply
	if err := p.inFrame(ctx, s.frame, "aim", &at, s.bid); err != nil {
		return at, err
	}
	for _, w := range slices.Backward(s.way) {
		var out reply
		if err := p.inFrame(ctx, w.outer, "through", &out, w.name, s.bid, at.X, at.Y); err != nil {
			return at, err
		}
		at = out
	}
	return at, nil
}

// mostFrames bounds how many frames of a page are looked into.
const mostFrames = 50

// withFrames adds what the frames show to what the page shows. The page is looked at again
// after them: it may have heard of something.
func (p *Page) withFrames(ctx context.Context, o Observation, settle time.Duration) (Observation, error) {
	p.frames.inside = nil
	if !slices.ContainsFunc(o.Nodes, isFrame) {
		return o, nil
	}
	inside := make(map[string][]Node)
	var again Observation
	for _, last := range []bool{false, true} {
		g := gathering{page: p, settle: settle, inside: inside}
		if err := g.into(ctx, 0, "", o.Nodes); err != nil {
			return o, err
		}
		p.frames.inside = g.frames
		o.Nodes, o.Partial = g.nodes, o.Partial || g.partial
		if last {
			break
		}
		if err := p.evaluate(ctx, p.lookExpression("", settle), &again); err != nil {
			return o, nil // it goes somewhere else: that is another look's
		}
		again.Partial = again.Partial || g.partial
		o = again
	}
	return o, nil
}

func isFrame(n Node) bool { return n.Inner != "" }

// gathering puts the nodes of a page and its frames into one list.
type gathering struct {
	page    *Page
	settle  time.Duration
	inside  map[string][]Node // what each frame shows, without the frames in it
	nodes   []Node
	frames  []frame
	partial bool
}

// into adds the nodes of a document and, behind each frame, what is in it.
func (g *gathering) into(ctx context.Context, frame runtime.ExecutionContextID, prefix string, nodes []Node) error {
	depth := len(namePattern.FindAllString(prefix, -1))
	for _, n := range nodes {
		n.Frame, n.Depth = prefix, depth
		g.nodes = append(g.nodes, n)
		if n.Inner == "" {
			continue
		}
		inner, nodes, err := g.look(ctx, frame, prefix, n.Inner)
		if err != nil {
			return err
		}
		if err := g.into(ctx, inner, prefix+n.Inner, nodes); err != nil {
			return err
		}
	}
	return nil
}

// look answers what a frame shows, nothing where it does not answer.
func (g *gathering) look(ctx context.Context, outer runtime.ExecutionContextID, prefix, name string) (runtime.ExecutionContextID, []Node, error) {
	full := prefix + name
	nodes, seen := g.inside[full]
	if !seen && len(g.inside) == mostFrames {
		g.partial = true
		return 0, nil, nil
	}
	for range mostReplaced {
		inner, err := g.page.enter(ctx, outer, name)
		if err == nil && !seen {
			var o Observation
			err = g.page.evaluateIn(ctx, inner, g.page.frameExpression(full, g.settle), &o)
			nodes = o.Nodes
			g.partial = g.partial || o.Partial
		}
		switch {
		case err == nil:
			g.inside[full] = nodes
			g.frames = append(g.frames, frame{full, inner})
			return inner, nodes, nil
		case ctx.Err() != nil:
			return 0, nil, ctx.Err()
		case g.page.session.failed() != nil || !errors.Is(err, errNoFrame) && !refused(err):
			g.partial = true
			return 0, nil, g.page.session.failed()
		}
	}
	g.partial = true
	return 0, nil, nil
}

// frameExpression looks at a frame whose ids begin with a prefix.
func (p *Page) frameExpression(prefix string, settle time.Duration) string {
	options, _ := json.Marshal(map[string]string{"ignore": p.view.Ignore, "prefix": prefix})
	return fmt.Sprintf("__dreamgym.look(%d, %s, null)", settle.Milliseconds(), options)
}
