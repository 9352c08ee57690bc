// Runs in every document after observe.js: the page's part of further actions.
(() => {
  'use strict';
  const dg = window.__dreamgym;
  if (!dg || dg.scroll) return;

  // checkable tells whether a box has the wanted state already: {set: true}; else a click
  // gives it.
  const boxes = ['checkbox', 'radio', 'switch', 'menuitemcheckbox', 'menuitemradio'];
  const checkable = (bid, on) => {
    const {el, error} = dg.find(bid);
    if (error) return {error};
    const role = dg.roleOf(el), native = el.localName === 'input' && ['checkbox', 'radio'].includes(el.type);
    if (!native && !boxes.includes(role)) return {error: 'not a check box: element ' + bid + ' is a ' + role};
    if (el.disabled) return {error: 'disabled: element ' + bid + ' takes no input'};
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
  const by = (el, dx, dy) => { el.scrollBy({left: dx, top: dy, behavior: 'instant'}); return {}; };
  const scroll = (dx, dy) => {
    const left = root().scrollLeft, top = root().scrollTop;
    by(root(), dx, dy);
    if (root().scrollLeft !== left || root().scrollTop !== top) return {};
    const box = boxAt(innerWidth / 2, innerHeight / 2, dx, dy);
    return box ? by(box, dx, dy) : {};
  };
  const scrollAt = (x, y, dx, dy) => by(boxAt(x, y, dx, dy) || root(), dx, dy);

  // dragging tells whether a drag of the page's own has begun since it was last asked.
  let begun = null;
  addEventListener('dragstart', (e) => { begun = e; }, true);
  const dragging = () => { const set = !!begun && !begun.defaultPrevented; begun = null; return {set}; };

  Object.assign(dg, {checkable, scroll, scrollAt, dragging});
})();
