package chrome

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"dreamgym/adapters/chrome/action"
)

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

// insertAndType inserts a text but for its last character, whose key it presses: menus of
// suggestions that follow keys open.
func (p *Page) insertAndType(ctx context.Context, text string) error {
	_, size := utf8.DecodeLastRuneInString(text)
	if err := p.insertText(ctx, text[:len(text)-size]); err != nil {
		return err
	}
	return p.typeText(ctx, text[len(text)-size:])
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
	held |= p.held
	if e, ok := modifierKey(parts[len(parts)-1]); ok {
		return dispatch(ctx, p.session, input.DispatchKeyEvent.Method, pressed(e, held))
	}
	r, ok := keyNamed(parts[len(parts)-1])
	if !ok {
		return unknownKey(combination)
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

func unknownKey(name string) error {
	return problem("unknown key " + action.Quote(name) + ": use a character or a name such as 'Enter', 'Tab', 'ArrowDown', 'Control+a'")
}

// holdKey presses a key and keeps it down, or lets it go. A modifier that is down goes with
// whatever is pressed or clicked meanwhile.
func (p *Page) holdKey(ctx context.Context, name string, down bool) error {
	e, ok := modifierKey(name)
	events := pressed(e, p.held)
	if !ok {
		r, known := keyNamed(name)
		if !known {
			return unknownKey(name)
		}
		events = kb.Encode(r)
	}
	last := len(events) - 1
	if down {
		p.held |= modifier(name)
		events = events[:last]
	} else {
		p.held &^= modifier(name)
		events = events[last:]
	}
	for _, e := range events {
		e.Modifiers |= int64(p.held)
	}
	return dispatch(ctx, p.session, input.DispatchKeyEvent.Method, events)
}

// modifierKey answers the event of a key that does nothing by itself.
func modifierKey(name string) (input.DispatchKeyEventParams, bool) {
	if name == "ControlOrMeta" {
		name = "Control"
	}
	code, ok := map[string]int64{"Shift": 16, "Control": 17, "Alt": 18, "Meta": 91}[name]
	return input.DispatchKeyEventParams{Key: name, Code: name + "Left", WindowsVirtualKeyCode: code, NativeVirtualKeyCode: code, Location: 1}, ok
}

// pressed are a modifier's key going down and up.
func pressed(e input.DispatchKeyEventParams, held kb.Modifier) []*input.DispatchKeyEventParams {
	down, up := e, e
	down.Type, down.Modifiers = input.DispatchKeyEventTypeRawKeyDown, int64(held|modifier(e.Key))
	up.Type, up.Modifiers = input.DispatchKeyEventTypeKeyUp, int64(held&^modifier(e.Key))
	return []*input.DispatchKeyEventParams{&down, &up}
}
