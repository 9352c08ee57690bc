package chrome

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"dreamgym/adapters/chrome/action"
)

// mouseEvent is one event of a pipeline.
type mouseEvent = input.DispatchMouseEventParams

// dispatch sends events in order, without waiting between them, and waits until the
// page has taken them all.
func dispatch[E any](ctx context.Context, s *session, method string, events []E) error {
	answers := make([]*answer, len(events))
	for i, e := range events {
		answers[i] = s.send(method, e)
	}
	for _, a := range answers {
		if err := a.wait(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// clicks are the events of n clicks at a point.
func clicks(x, y float64, button input.MouseButton, modifiers, n int64) []mouseEvent {
	held := map[input.MouseButton]int64{input.MouseButtonLeft: 1, input.MouseButtonRight: 2, input.MouseButtonMiddle: 4}[button]
	events := []mouseEvent{{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y, Modifiers: modifiers}}
	for i := int64(1); i <= n; i++ {
		events = append(events,
			mouseEvent{Type: input.DispatchMouseEventTypeMousePressed, X: x, Y: y, Button: button, Buttons: held, ClickCount: i, Modifiers: modifiers},
			mouseEvent{Type: input.DispatchMouseEventTypeMouseReleased, X: x, Y: y, Button: button, ClickCount: i, Modifiers: modifiers})
	}
	return events
}

func (p *Page) dispatchMouse(ctx context.Context, events []mouseEvent) error {
	p.pointed = true
	return dispatch(ctx, p.session, input.DispatchMouseEvent.Method, events)
}

// unpoint moves the pointer out of the page.
func (p *Page) unpoint(ctx context.Context) error {
	if !p.pointed {
		return nil
	}
	err := p.dispatchMouse(ctx, []mouseEvent{{Type: input.DispatchMouseEventTypeMouseMoved, X: -1, Y: -1}})
	p.pointed = false
	return err
}

// aim answers the point at which an element takes a click.
func (p *Page) aim(ctx context.Context, c action.Call, parameter string) (reply, error) {
	var r reply
	id, err := bid(c, parameter)
	if err != nil {
		return r, err
	}
	return r, p.inPage(ctx, "aim", &r, id)
}

func (p *Page) click(ctx context.Context, c action.Call) error {
	button, err := mouseButton(c.Text("button"))
	if err != nil {
		return err
	}
	held, err := modifiers(c.List("modifiers"))
	if err != nil {
		return err
	}
	at, err := p.aim(ctx, c, "bid")
	if err != nil {
		return err
	}
	n := int64(1)
	if c.Name == "dblclick" {
		n = 2
	}
	return p.dispatchMouse(ctx, clicks(at.X, at.Y, button, int64(held), n))
}

func (p *Page) hover(ctx context.Context, c action.Call) error {
	at, err := p.aim(ctx, c, "bid")
	if err != nil {
		return err
	}
	return p.dispatchMouse(ctx, []mouseEvent{{Type: input.DispatchMouseEventTypeMouseMoved, X: at.X, Y: at.Y}})
}

func (p *Page) mouse(ctx context.Context, c action.Call) error {
	x, y := c.Number("x"), c.Number("y")
	if c.Name == "mouse_move" {
		return p.dispatchMouse(ctx, []mouseEvent{{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y}})
	}
	button, err := mouseButton(c.Text("button"))
	if err != nil {
		return err
	}
	n := int64(1)
	if c.Name == "mouse_dblclick" {
		n = 2
	}
	return p.dispatchMouse(ctx, clicks(x, y, button, 0, n))
}

func (p *Page) drag(ctx context.Context, c action.Call) error {
	from, err := p.aim(ctx, c, "from_bid")
	if err != nil {
		return err
	}
	to, err := p.aim(ctx, c, "to_bid")
	if err != nil {
		return err
	}
	const moves = 4
	path := clicks(from.X, from.Y, input.MouseButtonLeft, 0, 1)[:2]
	for i := 1; i <= moves; i++ {
		f := float64(i) / moves
		path = append(path, mouseEvent{Type: input.DispatchMouseEventTypeMouseMoved, Button: input.MouseButtonLeft, Buttons: 1,
			X: from.X + (to.X-from.X)*f, Y: from.Y + (to.Y-from.Y)*f})
	}
	return p.dispatchMouse(ctx, append(path, clicks(to.X, to.Y, input.MouseButtonLeft, 0, 1)[2]))
}

func mouseButton(name string) (input.MouseButton, error) {
	switch b := input.MouseButton(name); b {
	case input.MouseButtonLeft, input.MouseButtonRight, input.MouseButtonMiddle:
		return b, nil
	}
	return "", problem("wrong button " + action.Quote(name) + ": use 'left', 'middle' or 'right'")
}

func modifiers(names []string) (kb.Modifier, error) {
	var all kb.Modifier
	for _, n := range names {
		m := modifier(n)
		if m == kb.ModifierNone {
			return 0, problem("wrong modifier " + action.Quote(n) + ": use 'Alt', 'Control', 'ControlOrMeta', 'Meta' or 'Shift'")
		}
		all |= m
	}
	return all, nil
}

func modifier(name string) kb.Modifier {
	switch name {
	case "Alt":
		return kb.ModifierAlt
	case "Control", "ControlOrMeta":
		return kb.ModifierCtrl
	case "Meta":
		return kb.ModifierMeta
	case "Shift":
		return kb.ModifierShift
	}
	return kb.ModifierNone
}

func (p *Page) insertText(ctx context.Context, text string) error {
	_, err := call(ctx, p.session, input.InsertText, input.InsertTextParams{Text: text})
	return err
}

// typeText presses a key for each character.
func (p *Page) typeText(ctx context.Context, text string) error {
	var events []*input.DispatchKeyEventParams
	for _, r := range text {
		events = append(events, kb.Encode(r)...)
	}
	return dispatch(ctx, p.session, input.DispatchKeyEvent.Method, events)
}

// pressKeys presses a key with its modifiers: "Enter", "a", "Control+Shift+ArrowLeft".
func (p *Page) pressKeys(ctx context.Context, combination string) error {
	parts := strings.Split(combination, "+")
	if strings.HasSuffix(combination, "+") && len(parts) > 1 { // the key is + itself
		parts = append(parts[:len(parts)-2], "+")
	}
	held, err := modifiers(parts[:len(parts)-1])
	if err != nil {
		return err
	}
	r, ok := keyNamed(parts[len(parts)-1])
	if !ok {
		return problem("unknown key " + action.Quote(combination) + ": use a character or a name such as 'Enter', 'Tab', 'ArrowDown', 'Control+a'")
	}
	events := kb.Encode(r)
	for _, e := range events {
		e.Modifiers |= int64(held)
	}
	if held&^kb.ModifierShift != 0 {
		events = withoutCharacters(events)
	}
	return dispatch(ctx, p.session, input.DispatchKeyEvent.Method, events)
}

// keyNamed finds a key by its character or its DOM name.
func keyNamed(name string) (rune, bool) {
	if r, size := utf8.DecodeRuneInString(name); size == len(name) && size > 0 {
		return r, true
	}
	least := rune(-1)
	for r, k := range kb.Keys {
		if k.Key == name && (least < 0 || r < least) {
			least = r
		}
	}
	return least, least >= 0
}

// withoutCharacters leaves out the events that type: a shortcut types nothing.
func withoutCharacters(events []*input.DispatchKeyEventParams) []*input.DispatchKeyEventParams {
	kept := events[:0]
	for _, e := range events {
		if e.Type != input.DispatchKeyEventTypeChar {
			e.Text, e.UnmodifiedText = "", ""
			kept = append(kept, e)
		}
	}
	return kept
}
