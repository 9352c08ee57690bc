package chrome

import (
	"context"
	"math"

	"github.com/chromedp/cdproto/input"

	"dreamgym/adapters/chrome/action"
)

func (p *Page) drag(ctx context.Context, c action.Call) error {
	from, err := p.aim(ctx, c, "from_bid")
	if err != nil {
		return err
	}
	to, err := p.aim(ctx, c, "to_bid")
	if err != nil {
		return err
	}
	return p.dragTo(ctx, from, to, past(from, to))
}

// past is a little beyond a point that is come to from another: a list makes room for what is
// dragged when it has passed an item's middle, before or behind the item as it came from. In
// another row it is the row that counts.
func past(from, to reply) reply {
	const beyond = 2 // pixels
	step := func(d float64) float64 { return min(max(d, -beyond), beyond) }
	if dy := to.Y - from.Y; math.Abs(dy) > beyond {
		to.Y += step(dy)
	} else {
		to.X += step(to.X - from.X)
	}
	return to
}

// dragTo presses at one point, moves to another, and on to the end, where it lets go. The page
// hears of the end by itself: movements that come together are one to it. What the page makes
// a drag of its own data from is dropped where it was moved to.
func (p *Page) dragTo(ctx context.Context, from, to, end reply) error {
	intercept := func(on bool) *answer {
		return p.session.send(input.SetInterceptDrags.Method, input.SetInterceptDragsParams{Enabled: on})
	}
	if err := intercept(true).wait(ctx, nil); err != nil {
		return err
	}
	defer intercept(false)
	held := int64(p.held)
	if err := p.dispatchMouse(ctx, path(from, to, held)); err != nil {
		return err
	}
	if dropped, err := p.drop(ctx, to); dropped || err != nil {
		return err // the drop let the button go
	}
	release := clicks(end.X, end.Y, input.MouseButtonLeft, held, 1)[2]
	return p.dispatchMouse(ctx, []mouseEvent{dragged(end.X, end.Y, held), release})
}

// dragged is a movement with the left button down.
func dragged(x, y float64, held int64) mouseEvent {
	return mouseEvent{Type: input.DispatchMouseEventTypeMouseMoved, Button: input.MouseButtonLeft, Buttons: 1, Modifiers: held, X: x, Y: y}
}

// path are a press and the moves that follow.
func path(from, to reply, held int64) []mouseEvent {
	const moves = 4
	events := clicks(from.X, from.Y, input.MouseButtonLeft, held, 1)[:2]
	for i := 1; i <= moves; i++ {
		f := float64(i) / moves
		events = append(events, dragged(from.X+(to.X-from.X)*f, from.Y+(to.Y-from.Y)*f, held))
	}
	return events
}

// drop lets the data of a drag fall, if the page began one.
func (p *Page) drop(ctx context.Context, to reply) (dropped bool, err error) {
	var r reply
	if err := p.inPage(ctx, "dragging", &r); err != nil || !r.Set {
		return false, err
	}
	select {
	case e := <-p.drags:
		var events []input.DispatchDragEventParams
		for _, t := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
			events = append(events, input.DispatchDragEventParams{Type: t, X: to.X, Y: to.Y, Data: e.Data, Modifiers: int64(p.held)})
		}
		return true, dispatch(ctx, p.session, input.DispatchDragEvent.Method, events)
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
