// Runs in every document after settle.js: which elements listen for the pointer, or take what
// is dropped. The observation offers them.
(() => {
  'use strict';
  const dg = window.__dreamgym;
  if (!dg || dg.listens) return;

  const listeners = new WeakMap();
  const pointer = new Set(['click', 'mousedown', 'mouseup', 'pointerdown', 'pointerup', 'dblclick', 'dragover', 'drop']);
  const {addEventListener, removeEventListener} = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, f, ...rest) {
    if (pointer.has(type) && f && this instanceof Element) {
      if (!listeners.has(this)) listeners.set(this, new Set());
      listeners.get(this).add(f);
    }
    return addEventListener.call(this, type, f, ...rest);
  };
  EventTarget.prototype.removeEventListener = function (type, f, ...rest) {
    if (pointer.has(type) && listeners.has(this)) listeners.get(this).delete(f);
    return removeEventListener.call(this, type, f, ...rest);
  };
  const listens = (el) => listeners.has(el) && listeners.get(el).size > 0;

  dg.listens = listens;
})();
