// Runs in every document after settle.js: which elements listen for the pointer, or take what
// is dropped: the observation offers them. And whether anything hears of scrolls, and whether
// something has scrolled: the page is told of it with a frame, which settling then waits for.
(() => {
  'use strict';
  const dg = window.__dreamgym;
  if (!dg || dg.listens) return;

  const listeners = new WeakMap();
  const pointer = new Set(['click', 'mousedown', 'mouseup', 'pointerdown', 'pointerup', 'dblclick', 'dragover', 'drop']);
  const scrolls = ['scroll', 'scrollend', 'contentvisibilityautostatechange'];
  let hearing = false; // something listens for these, or has
  const {addEventListener, removeEventListener} = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, f, ...rest) {
    if (pointer.has(type) && f && this instanceof Element) {
      if (!listeners.has(this)) listeners.set(this, new Set());
      listeners.get(this).add(f);
    }
    if (scrolls.includes(type)) hearing = true;
    return addEventListener.call(this, type, f, ...rest);
  };
  EventTarget.prototype.removeEventListener = function (type, f, ...rest) {
    if (pointer.has(type) && listeners.has(this)) listeners.get(this).delete(f);
    return removeEventListener.call(this, type, f, ...rest);
  };
  const listens = (el) => listeners.has(el) && listeners.get(el).size > 0;

  for (const holder of [window, Document.prototype, HTMLElement.prototype, SVGElement.prototype, MathMLElement.prototype]) {
    for (const name of ['onscroll', 'onscrollend']) {
      const own = Object.getOwnPropertyDescriptor(holder, name);
      if (!own || !own.set) continue;
      Object.defineProperty(holder, name, {...own, set(f) { hearing = true; own.set.call(this, f); }});
    }
  }
  const hears = () => { hearing ||= document.querySelector('[onscroll], [onscrollend]') !== null; return hearing; };

  // scrolled tells whether something has another place than when it was last asked. It looks at
  // every element, which takes 1 µs each: for pages alone that hear of it.
  let places = new Map(); // of what is not at its beginning
  const scrolled = () => {
    const before = places;
    places = new Map();
    const walk = (root) => {
      for (const el of root.querySelectorAll('*')) {
        const x = el.scrollLeft, y = el.scrollTop;
        if (x || y) places.set(el, [x, y]);
        if (el.shadowRoot) walk(el.shadowRoot);
      }
    };
    walk(document);
    const stays = ([el, [x, y]]) => { const was = before.get(el); return was && was[0] === x && was[1] === y; };
    const back = (el) => el.isConnected && !places.has(el); // at its beginning
    return ![...places].every(stays) || [...before.keys()].some(back);
  };

  Object.assign(dg, {listens, hears, scrolled});
})();
