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
  // now are an element's attributes, where they say what was entered or chosen as it is by now.
  const now = (el) => {
    const all = new Map([...el.attributes].map((a) => [a.name, a.value]));
    const set = (name, on, value) => on ? all.set(name, value) : all.delete(name);
    if (el.localName === 'option') set('selected', el.selected, '');
    if (el.localName === 'input' && ['checkbox', 'radio'].includes(el.type)) set('checked', el.checked, '');
    else if (el.localName === 'input' && !['password', 'file'].includes(el.type)) set('value', el.value, el.value);
    return [...all].filter(([name]) => !useless(name));
  };
  const choices = new Set(['option', 'optgroup']); // of a list that is shown closed
  const hidden = (el) => {
    const style = getComputedStyle(el), box = el.getBoundingClientRect();
    if (style.overflow !== 'visible' && (!box.width || !box.height)) return true; // all of it is cut off
    return !el.checkVisibility({opacityProperty: true, visibilityProperty: true}) && style.display !== 'contents';
  };
  const html = () => {
    const lines = [];
    const write = (depth, s) => lines.push(' '.repeat(depth) + s);
    const children = (el, depth) => {
      if (el.localName === 'textarea') { words(depth, el.value); return; }
      const nodes = el.localName === 'details' && !el.open ? el.querySelectorAll(':scope > summary') : (el.shadowRoot || el).childNodes;
      for (const c of nodes) visit(c, depth);
    };
    const words = (depth, s) => { if ((s = s.replace(/\s+/g, ' ').trim())) write(depth, escape(s)); };
    const visit = (n, depth) => {
      if (n.nodeType === 3) words(depth, n.nodeValue);
      if (n.nodeType !== 1 || dropped.has(n.localName)) return;
      if (hidden(n) && !choices.has(n.localName)) return;
      const frame = dg.frameList().find(([, el]) => el === n), bid = frame ? frame[0] : dg.idOf(n);
      const attributes = now(n).map(([name, value]) => ' ' + name + '="' + escape(value) + '"').join('');
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
