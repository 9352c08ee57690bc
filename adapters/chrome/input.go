package chrome

import (
	"context"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"dreamgym/adapters/chrome/action"
)

// mouseEvent is one event of a pipeline.
type mouseEvent = input.DispatchMouseEventParams

// dispatch sends events in order, without waiting between them, and waits until the
// page has taken them all.
func dispatch[E any](ctx context.Context, s *session, method string, events []E) error {
	return awaitAll(ctx, sendAll(s, method, events))
}

func sendAll[E any](s *session, method string, events []E) []*answer {
	answers := make([]*answer, len(events))
	for i, e := range events {
		answers[i] = s.send(method, e)
	}
	return answers
}

// bit is a button among those that are down.
func bit(button input.MouseButton) int64 {
	return map[input.MouseButton]int64{input.MouseButtonLeft: 1, input.MouseButtonRight: 2, input.MouseButtonMiddle: 4}[button]
}

// clicks are the events of n clicks at a point.
func clicks(x, y float64, button input.MouseButton, modifiers, n int64) []mouseEvent {
	held := bit(button)
	events := []mouseEvent{{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y, Modifiers: modifiers}}
	for i := int64(1); i <= n; i++ {
		events = append(events,
			mouseEvent{Type: input.DispatchMouseEventTypeMousePressed, X: x, Y: y, Button: button, Buttons: held, ClickCount: i, Modifiers: modifiers},
			mouseEvent{Type: input.DispatchMouseEventTypeMouseReleased, X: x, Y: y, Button: button, ClickCount: i, Modifiers: modifiers})
	}
	return events
}

// hands are what is held between actions.
type hands struct {
	held kb.Modifier
	down input.MouseButton // "": none
}

func (p *Page) dispatchMouse(ctx context.Context, events []mouseEvent) error {
	p.pointed = true
	return dispatch(ctx, p.session, input.DispatchMouseEvent.Method, events)
}

// unpoint moves the pointer out of the page, all buttons and keys up.
func (p *Page) unpoint(ctx context.Context) error {
	if p.pointed {
		return awaitAll(ctx, p.sendAway())
	}
	p.held = 0
	return nil
}

// sendAway is unpoint, without waiting for it.
func (p *Page) sendAway() []*answer {
	events := []mouseEvent{{Type: input.DispatchMouseEventTypeMouseMoved, X: -1, Y: -1}}
	if p.down != "" {
		events = append(events, mouseEvent{Type: input.DispatchMouseEventTypeMouseReleased, X: -1, Y: -1, Button: p.down, ClickCount: 1})
	}
	p.pointed, p.hands = false, hands{}
	return sendAll(p.session, input.DispatchMouseEvent.Method, events)
}

// aim answers the point at which an element takes a click.
func (p *Page) aim(ctx context.Context, c action.Call, parameter string) (reply, error) {
	s, err := p.locate(ctx, c, parameter)
	if err != nil {
		return reply{}, err
	}
	return p.point(ctx, s)
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
	return p.dispatchMouse(ctx, clicks(at.X, at.Y, button, int64(held|p.held), n))
}

func (p *Page) hover(ctx context.Context, c action.Call) error {
	at, err := p.aim(ctx, c, "bid")
	if err != nil {
		return err
	}
	return p.dispatchMouse(ctx, []mouseEvent{{Type: input.DispatchMouseEventTypeMouseMoved, X: at.X, Y: at.Y}})
}

// onPoint carries out what the mouse does somewhere.
func (p *Page) onPoint(ctx context.Context, c action.Call) (known bool, err error) {
	x, y := c.Number("x"), c.Number("y")
	switch c.Name {
	case "mouse_click", "mouse_dblclick", "mouse_down", "mouse_up":
		err = p.mouse(ctx, c)
	case "mouse_move":
		err = p.dispatchMouse(ctx, []mouseEvent{p.moved(x, y)})
	case "mouse_drag_and_drop":
		to := reply{X: c.Number("to_x"), Y: c.Number("to_y")}
		err = p.dragTo(ctx, reply{X: c.Number("from_x"), Y: c.Number("from_y")}, to, to)
	case "mouse_upload_file":
		err = p.choose(ctx, c, reply{X: x, Y: y}, "the point")
	case "scroll_at":
		err = p.inPage(ctx, "scrollAt", nil, x, y, c.Number("dx"), c.Number("dy"))
	default:
		return false, nil
	}
	return true, err
}

// moved is a movement with the buttons and keys that are down.
func (p *Page) moved(x, y float64) mouseEvent {
	return mouseEvent{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y, Button: p.down, Buttons: bit(p.down), Modifiers: int64(p.held)}
}

func (p *Page) mouse(ctx context.Context, c action.Call) error {
	button, err := mouseButton(c.Text("button"))
	if err != nil {
		return err
	}
	x, y := c.Number("x"), c.Number("y")
	events := clicks(x, y, button, int64(p.held), 1)
	switch c.Name {
	case "mouse_down":
		p.down = button
		events = events[:2]
	case "mouse_up":
		events = []mouseEvent{p.moved(x, y), events[2]}
		p.down = ""
	case "mouse_dblclick":
		events = clicks(x, y, button, int64(p.held), 2)
	}
	return p.dispatchMouse(ctx, events)
}

func mouseButton(name string) (input.MouseButton, error) {
	switch b := input.MouseButton(name); b {
	case input.MouseButtonLeft, input.MouseButtonRight, input.MouseButtonMiddle:
		return b, nil
	}
	return "", problem("wrong button " + action.Quote(name) + ": use 'left', 'middle' or 'right'")
}
