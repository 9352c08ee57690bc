// Runs in every document after observe.js: the page's part of actions.
(() => {
  'use strict';
  const dg = window.__dreamgym;
  if (!dg || dg.aim) return;
  const {find, pointOf, describe, roleOf, valueOf, filled, squeeze} = dg;

  const off = (el) => el.matches(':disabled'); // itself, or the fieldset that it is in

  // aim answers the point at which to click an element.
  const aim = (bid) => {
    const {el, error} = find(bid);
    if (error) return {error};
    if (off(el)) return {error: 'disabled: element ' + bid + ' takes no input'};
    let p = pointOf(el);
    if (p.why) { el.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'}); p = pointOf(el); }
    if (p.why === 'covered') return {error: 'covered: element ' + bid + ' lies under ' + describe(p.by)};
    if (p.why === 'other') { const r = el.getBoundingClientRect(); return {x: r.left + r.width / 2, y: r.top + r.height / 2}; }
    if (p.why) return {error: 'not visible: element ' + bid + ' has no visible area'};
    return p;
  };
  const focus = (bid) => {
    const {el, error} = find(bid);
    if (error) return {error};
    if (off(el)) return {error: 'disabled: element ' + bid + ' takes no input'};
    el.focus();
    return {};
  };
  const setValue = (el, value) => {
    const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(el), 'value');
    own && own.set ? own.set.call(el, value) : el.value = value;
    el.dispatchEvent(new Event('input', {bubbles: true}));
    el.dispatchEvent(new Event('change', {bubbles: true}));
  };
  // ready focuses and selects what an element holds, so that typing replaces it. What
  // cannot be typed into (dates, colours, sliders) is set at once: {set: true}.
  const ready = (bid, value) => {
    const {el, error} = find(bid);
    if (error) return {error};
    const role = roleOf(el);
    if (!filled.has(role)) return {error: 'not a text field: element ' + bid + ' is a ' + role};
    if (off(el) || el.readOnly) return {error: (off(el) ? 'disabled' : 'read-only') + ': element ' + bid + ' takes no input'};
    const typed = el.localName !== 'input' || ['textbox', 'searchbox', 'password', 'spinbutton'].includes(role);
    const trial = el.cloneNode(), takes = (v) => (trial.value = v, trial.value === v);
    if ((!typed || el.type === 'number') && !takes(value)) {
      return {error: 'malformed value: a ' + role + ' does not take ' + JSON.stringify(value)};
    }
    el.focus();
    if (off(el)) return {set: true}; // its own focus handler disabled it
    if (!typed) { setValue(el, value); return {set: true}; }
    if (el.select) el.select(); else getSelection().selectAllChildren(el);
    return {empty: !valueOf(el, 'textbox')};
  };
  const select = (bid, wanted) => {
    const {el, error} = find(bid);
    if (error) return {error};
    if (el.localName !== 'select') return {error: 'not a list: element ' + bid + ' is a ' + roleOf(el)};
    if (off(el)) return {error: 'disabled: element ' + bid + ' takes no input'};
    if (wanted.length > 1 && !el.multiple) return {error: 'one option only: element ' + bid + ' takes a single choice'};
    const options = [...el.options], chosen = [];
    for (const w of wanted) {
      const o = options.find((o) => squeeze(o.label) === squeeze(w)) || options.find((o) => o.value === w);
      if (!o) return {error: 'no such option: element ' + bid + ' has no ' + JSON.stringify(w)};
      if (off(o)) return {error: 'disabled: element ' + bid + ' does not let ' + JSON.stringify(w) + ' be chosen'};
      chosen.push(o);
    }
    el.focus();
    for (const o of options) o.selected = chosen.includes(o);
    el.dispatchEvent(new Event('input', {bubbles: true}));
    el.dispatchEvent(new Event('change', {bubbles: true}));
    return {};
  };

  // checkable tells whether a box has the wanted state already: {set: true}; else a click
  // gives it.
  const boxes = ['checkbox', 'radio', 'switch', 'menuitemcheckbox', 'menuitemradio'];
  const checkable = (bid, on) => {
    const {el, error} = find(bid);
    if (error) return {error};
    const role = roleOf(el), native = el.localName === 'input' && ['checkbox', 'radio'].includes(el.type);
    if (!native && !boxes.includes(role)) return {error: 'not a check box: element ' + bid + ' is a ' + role};
    if (off(el)) return {error: 'disabled: element ' + bid + ' takes no input'};
    const is = native ? el.checked : el.getAttribute('aria-checked') === 'true';
    if (is && !on && role.endsWith('radio')) return {error: 'a radio button is unchecked by checking another: element ' + bid};
    return {set: is === on};
  };

  // What scrolls is the document; where it cannot, the innermost box at a point that can.
  const scrolls = (el, dx, dy) => {
    const style = getComputedStyle(el), free = (o) => o === 'auto' || o === 'scroll';
    const can = (at, size, shown, d) => d > 0 ? at + shown < size - 1 : d < 0 && at > 0;
    return free(style.overflowX) && can(el.scrollLeft, el.scrollWidth, el.clientWidth, dx) ||
      free(style.overflowY) && can(el.scrollTop, el.scrollHeight, el.clientHeight, dy);
  };
  const boxAt = (x, y, dx, dy) => {
    let el = document.elementFromPoint(x, y);
    while (el && !scrolls(el, dx, dy)) el = el.parentElement;
    return el;
  };
  const root = () => document.scrollingElement || document.documentElement;
  const moves = (el, dx, dy) => {
    const {scrollLeft, scrollTop} = el;
    el.scrollBy({left: dx, top: dy, behavior: 'instant'});
    return el.scrollLeft !== scrollLeft || el.scrollTop !== scrollTop;
  };
  const scroll = (dx, dy) => {
    const box = moves(root(), dx, dy) ? null : boxAt(innerWidth / 2, innerHeight / 2, dx, dy);
    if (box) moves(box, dx, dy);
    return {};
  };
  const scrollAt = (x, y, dx, dy) => { moves(boxAt(x, y, dx, dy) || root(), dx, dy); return {}; };

  // dragging tells whether a drag of the page's own has begun since it was last asked.
  let begun = null;
  addEventListener('dragstart', (e) => { begun = e; }, true);
  const dragging = () => { const set = !!begun && !begun.defaultPrevented; begun = null; return {set}; };

  Object.assign(dg, {aim, focus, ready, select, checkable, scroll, scrollAt, dragging});
})();
