// Runs in every document after settle.js: names for the frames in it, and points in them.
(() => {
  'use strict';
  const dg = window.__dreamgym;
  if (!dg || dg.nameFrame) return;

  // A frame's name is a letter, from the 27th on with a second one in upper case. The ids of
  // what is in the frame begin with it.
  const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
  let names = new WeakMap(), frames = new Map();
  const nameFrame = (el) => {
    let name = names.get(el);
    if (!name) {
      const n = frames.size, tens = Math.floor(n / 26);
      name = tens === 0 ? LETTERS[n] : LETTERS[(tens - 1) % 26] + LETTERS[n % 26].toUpperCase();
      names.set(el, name);
      frames.set(name, new WeakRef(el));
    }
    return name;
  };
  const frame = (name) => {
    const el = frames.has(name) ? frames.get(name).deref() : null;
    return el && el.isConnected ? el : null;
  };

  const inView = (x, y) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
  // through answers where a point of a frame is in this document.
  const through = (name, bid, x, y) => {
    const el = frame(name);
    if (!el) return {error: 'stale: the frame of element ' + bid + ' is gone from the page'};
    const place = () => {
      const r = el.getBoundingClientRect(), style = getComputedStyle(el);
      return {x: r.left + el.clientLeft + parseFloat(style.paddingLeft) + x, y: r.top + el.clientTop + parseFloat(style.paddingTop) + y};
    };
    let p = place();
    if (!inView(p.x, p.y)) {
      el.scrollIntoView({block: 'nearest', inline: 'nearest', behavior: 'instant'});
      p = place();
      scrollBy({left: p.x - innerWidth / 2, top: p.y - innerHeight / 2, behavior: 'instant'});
      p = place();
    }
    if (!inView(p.x, p.y)) return {error: 'not visible: element ' + bid + ' is out of reach in its frame'};
    const hit = document.elementFromPoint(p.x, p.y);
    if (hit !== el) return {error: 'covered: the frame of element ' + bid + ' lies under ' + (hit ? dg.describe(hit) : 'something')};
    return p;
  };

  Object.assign(dg, {
    nameFrame, frame, through,
    frameList: () => [...frames.keys()].map((name) => [name, frame(name)]).filter(([, el]) => el),
    isFrame: (el) => el.localName === 'iframe' || el.localName === 'frame',
    restartFrames: () => { names = new WeakMap(); frames = new Map(); },
  });
})();
