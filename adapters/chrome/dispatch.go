package chrome

import (
	"context"
	"fmt"

	"dreamgym/adapters/chrome/action"
)

// act dispatches a checked call.
func (p *Page) act(ctx context.Context, c action.Call) error {
	for _, carry := range []func(*Page, context.Context, action.Call) (bool, error){(*Page).onElement, (*Page).onKeys, (*Page).onPoint, (*Page).toUser} {
		if known, err := carry(p, ctx, c); known {
			return err
		}
	}
	return p.leave(ctx, c)
}

// onElement carries out what names an element, or the page as a whole.
func (p *Page) onElement(ctx context.Context, c action.Call) (known bool, err error) {
	switch c.Name {
	case "noop":
		err = p.pause(ctx, c.Number("wait_ms"))
	case "click", "dblclick":
		err = p.click(ctx, c)
	case "hover":
		err = p.hover(ctx, c)
	case "fill":
		err = p.fill(ctx, c, c.Text("value"))
	case "clear":
		err = p.fill(ctx, c, "")
	case "check", "uncheck":
		err = p.check(ctx, c, c.Name == "check")
	case "select_option":
		err = p.selectOption(ctx, c)
	case "press":
		err = p.press(ctx, c)
	case "focus":
		err = p.focus(ctx, c)
	case "drag_and_drop":
		err = p.drag(ctx, c)
	case "upload_file":
		err = p.upload(ctx, c)
	case "scroll":
		err = p.inPage(ctx, "scroll", nil, c.Number("delta_x"), c.Number("delta_y"))
	default:
		return false, nil
	}
	return true, err
}

// onKeys carries out what the keyboard does.
func (p *Page) onKeys(ctx context.Context, c action.Call) (known bool, err error) {
	switch c.Name {
	case "keyboard_press":
		err = p.pressKeys(ctx, c.Text("key"))
	case "keyboard_down":
		err = p.holdKey(ctx, c.Text("key"), true)
	case "keyboard_up":
		err = p.holdKey(ctx, c.Text("key"), false)
	case "keyboard_type":
		err = p.typeText(ctx, c.Text("text"))
	case "keyboard_insert_text":
		err = p.insertText(ctx, c.Text("text"))
	default:
		return false, nil
	}
	return true, err
}

// toUser notes what is said; the page does not hear of it.
func (p *Page) toUser(_ context.Context, c action.Call) (known bool, err error) {
	switch c.Name {
	case "send_msg_to_user":
		p.said = append(p.said, Said{Text: c.Text("text")})
	case "report_infeasible":
		p.said = append(p.said, Said{Text: c.Text("reason"), Infeasible: true})
	default:
		return false, nil
	}
	return true, nil
}

// pause lets the page go on for some time, no longer than half of what it may take to settle.
func (p *Page) pause(ctx context.Context, ms float64) error {
	if ms <= 0 {
		return nil
	}
	most := float64(p.browser.cfg.Settle.Milliseconds() / 2)
	err := p.evaluate(ctx, fmt.Sprintf("__dreamgym.wait(%d)", int64(min(ms, most))), nil)
	if refused(err) {
		return nil // it went somewhere else meanwhile
	}
	return err
}

func (p *Page) check(ctx context.Context, c action.Call, on bool) error {
	s, err := p.locate(ctx, c, "bid")
	if err != nil {
		return err
	}
	var r reply
	if err := p.inFrame(ctx, s.frame, "checkable", &r, s.bid, on); err != nil || r.Set {
		return err
	}
	at, err := p.point(ctx, s)
	if err != nil {
		return err
	}
	return p.dispatchMouse(ctx, clicks(at.X, at.Y, "left", 0, 1))
}
