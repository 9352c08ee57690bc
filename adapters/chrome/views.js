// Runs in every document after observe.js: further views of it, for who asks.
(() => {
  'use strict';
  const dg = window.__dreamgym;
  if (!dg || dg.html) return;

  // handles holds on to what the last observation listed, its frames too; named answers the
  // ids of the same.
  let held = [];
  const handles = () => {
    held = [...dg.listed(), ...dg.frameList().map(([name, el]) => [name, el])];
    return held.map(([, el]) => el);
  };
  const named = () => held.map(([id]) => String(id));

  // boxes are where in the window what is listed lies; of a frame, where its document begins.
  const boxes = () => {
    const of = ([id, el]) => { const r = el.getBoundingClientRect(); return {bid: String(id), x: r.left, y: r.top, w: r.width, h: r.height}; };
    const inner = (b, el) => {
      const s = getComputedStyle(el);
      return {...b, frame: true, x: b.x + el.clientLeft + parseFloat(s.paddingLeft), y: b.y + el.clientTop + parseFloat(s.paddingTop)};
    };
    return [...dg.listed().map(of), ...dg.frameList().map((f) => inner(of(f), f[1]))];
  };

  // html writes what is visible, an element or a text a line: without scripts, styles and
  // what only they use, and without the boxes that say nothing.
  const dropped = new Set(['script', 'style', 'link', 'noscript', 'template', 'br', 'meta', 'base']);
  const unwrapped = new Set(['div', 'span', 'i', 'p', 'body']);
  const empty = new Set(['input', 'img', 'hr', 'area', 'col', 'embed', 'source', 'track', 'wbr']);
  const escape = (s) => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
  const useless = (name) => name === 'class' || name === 'style' || name.startsWith('on') || name.startsWith('data-');
  const html = () => {
    const lines = [];
    const write = (depth, s) => lines.push(' '.repeat(depth) + s);
    const children = (el, depth) => { for (const c of (el.shadowRoot || el).childNodes) visit(c, depth); };
    const visit = (n, depth) => {
      if (n.nodeType === 3) {
        const text = n.nodeValue.replace(/\s+/g, ' ').trim();
        if (text) write(depth, escape(text));
      }
      if (n.nodeType !== 1 || dropped.has(n.localName)) return;
      if (!n.checkVisibility({opacityProperty: true, visibilityProperty: true}) && getComputedStyle(n).display !== 'contents') return;
      const frame = dg.frameList().find(([, el]) => el === n), bid = frame ? frame[0] : dg.idOf(n);
      const attributes = [...n.attributes].filter((a) => !useless(a.name)).map((a) => ' ' + a.name + '="' + escape(a.value) + '"').join('');
      if (!bid && !attributes && unwrapped.has(n.localName)) { children(n, depth); return; }
      const open = '<' + n.localName + (bid ? ' bid="' + dg.prefix() + bid + '"' : '') + attributes + '>';
      write(depth, open);
      if (empty.has(n.localName)) return;
      if (frame) write(depth + 1, '\0' + dg.prefix() + frame[0]); // what is in it comes here
      else children(n, depth + 1);
      write(depth, '</' + n.localName + '>');
    };
    visit(document.body || document.documentElement, 0);
    return lines.join('\n');
  };

  Object.assign(dg, {handles, named, boxes, html});
})();
