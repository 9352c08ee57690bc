package chrome

import (
	"context"

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
	return p.dragTo(ctx, from, to)
}

// dragTo presses at one point, moves and lets go at another. What the page makes a drag of
// its own data from is dropped there.
func (p *Page) dragTo(ctx context.Context, from, to reply) error {
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
	return p.dispatchMouse(ctx, clicks(to.X, to.Y, input.MouseButtonLeft, held, 1)[2:])
}

// path are a press and the moves that follow.
func path(from, to reply, held int64) []mouseEvent {
	const moves = 4
	events := clicks(from.X, from.Y, input.MouseButtonLeft, held, 1)[:2]
	for i := 1; i <= moves; i++ {
		f := float64(i) / moves
		events = append(events, mouseEvent{Type: input.DispatchMouseEventTypeMouseMoved, Button: input.MouseButtonLeft, Buttons: 1, Modifiers: held,
			X: from.X + (to.X-from.X)*f, Y: from.Y + (to.Y-from.Y)*f})
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
