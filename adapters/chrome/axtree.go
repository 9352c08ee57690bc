package chrome

import (
	"context"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
)

// axTree writes the accessibility trees of the page and, within them, of its frames.
func (p *Page) axTree(ctx context.Context) (string, error) {
	w := axWriter{documents: make(map[cdp.BackendNodeID]*axDocument)}
	var root *axDocument
	frames := map[string]heldNode{"": {}}
	for _, d := range p.documents() {
		held, err := p.named(ctx, d)
		if err != nil {
			return "", err
		}
		of := frames[d.prefix]
		tree, err := call(ctx, p.session, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{FrameID: of.frame})
		if err != nil {
			return "", err
		}
		document := newAXDocument(tree.Nodes, held)
		if root == nil {
			root = document
		} else {
			w.documents[of.id] = document
		}
		for _, h := range held {
			frames[h.bid] = h
		}
	}
	w.document(root, 0)
	return strings.Join(w.lines, "\n"), nil
}

// heldNode is an element that was listed, as the browser names it.
type heldNode struct {
	bid   string
	id    cdp.BackendNodeID
	frame cdp.FrameID // of a frame: what is in it
}

// named asks for the browser's names of what was listed in a document.
func (p *Page) named(ctx context.Context, d frame) ([]heldNode, error) {
	const group = "dreamgym"
	list, err := call(ctx, p.session, runtime.Evaluate, runtime.EvaluateParams{Expression: "__dreamgym.handles()", ContextID: d.id, ObjectGroup: group})
	if err != nil {
		return nil, err
	}
	defer p.session.send(runtime.ReleaseObjectGroup.Method, runtime.ReleaseObjectGroupParams{ObjectGroup: group})
	var names []string
	if err := p.evaluateIn(ctx, d.id, "__dreamgym.named()", &names); err != nil || len(names) == 0 {
		return nil, err
	}
	props, err := call(ctx, p.session, runtime.GetProperties, runtime.GetPropertiesParams{ObjectID: list.Result.ObjectID, OwnProperties: ptr(true)})
	if err != nil {
		return nil, err
	}
	answers := make(map[int]*answer)
	for _, prop := range props.Result {
		if i, err := strconv.Atoi(prop.Name); err == nil && i < len(names) && prop.Value != nil {
			answers[i] = p.session.send(dom.DescribeNode.Method, dom.DescribeNodeParams{ObjectID: prop.Value.ObjectID})
		}
	}
	var all []heldNode
	for i, name := range names {
		var node dom.DescribeNodeResult
		if a := answers[i]; a != nil {
			if err := a.wait(ctx, &node); err != nil {
				return nil, err
			}
			all = append(all, heldNode{d.prefix + name, node.Node.BackendNodeID, node.Node.FrameID})
		}
	}
	return all, nil
}

// axDocument is the tree of one document.
type axDocument struct {
	nodes map[accessibility.NodeID]*accessibility.Node
	root  *accessibility.Node
	bids  map[cdp.BackendNodeID]string
}

func newAXDocument(nodes []*accessibility.Node, held []heldNode) *axDocument {
	d := &axDocument{nodes: make(map[accessibility.NodeID]*accessibility.Node), bids: make(map[cdp.BackendNodeID]string)}
	for _, n := range nodes {
		d.nodes[n.NodeID] = n
	}
	if len(nodes) > 0 {
		d.root = nodes[0]
	}
	for _, h := range held {
		d.bids[h.id] = h.bid
	}
	return d
}

// axWriter writes trees as BrowserGym does: a tab a level, "[id] role 'name' value='…', state".
type axWriter struct {
	documents map[cdp.BackendNodeID]*axDocument // of frames, by their elements
	lines     []string
}

func (w *axWriter) document(d *axDocument, depth int) {
	if d != nil && d.root != nil {
		w.node(d, d.root, depth, "")
	}
}

// node writes a node and what it holds; a node that says nothing makes room for what it holds.
func (w *axWriter) node(d *axDocument, n *accessibility.Node, depth int, outer string) {
	role, name := axText(n.Role), axText(n.Name)
	said := n.Name != nil && role != "LineBreak" && role != "InlineTextBox"
	attributes := axAttributes(n, n == d.root)
	switch {
	case !said:
		name = ""
	case role == "generic" && len(attributes) == 0:
		said = false
	case role == "StaticText":
		said = strings.TrimSpace(name) != "" && !strings.Contains(outer, name)
	}
	if said {
		w.lines = append(w.lines, strings.Repeat("\t", depth)+axLine(d.bids[n.BackendDOMNodeID], role, name, n, attributes))
		depth++
	}
	for _, id := range n.ChildIDs {
		if c := d.nodes[id]; c != nil && c != n {
			w.node(d, c, depth, name)
		}
	}
	w.document(w.documents[n.BackendDOMNodeID], depth)
}

func axLine(bid, role, name string, n *accessibility.Node, attributes []string) string {
	line := role
	if role != "generic" || name != "" {
		line += " " + pythonString(strings.TrimSpace(name))
	}
	if bid != "" {
		line = "[" + bid + "] " + line
	}
	if n.Value != nil && len(n.Value.Value) > 0 {
		line += " value=" + pythonValue(n.Value.Value)
	}
	for _, a := range attributes {
		line += ", " + a
	}
	return line
}

// axAttributes are the states of a node that BrowserGym tells. An address is the root's alone.
func axAttributes(n *accessibility.Node, root bool) []string {
	var list []string
	for _, prop := range n.Properties {
		if prop.Value == nil || len(prop.Value.Value) == 0 {
			continue
		}
		value := pythonValue(prop.Value.Value)
		switch name := string(prop.Name); name {
		case "editable", "readonly", "level", "settable", "multiline", "invalid", "focusable":
		case "required", "focused", "atomic":
			if value == "True" {
				list = append(list, name)
			}
		case "url":
			if root {
				list = append(list, "url="+value)
			}
		default:
			list = append(list, name+"="+value)
		}
	}
	return list
}

// axText is a value's text, "" where it is none.
func axText(v *accessibility.Value) string {
	var s string
	if v == nil || jsonv2.Unmarshal(v.Value, &s) != nil {
		return ""
	}
	return s
}
