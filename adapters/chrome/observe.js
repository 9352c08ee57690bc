// Runs in every document after looks.js: what is to be seen, and where to click.
(() => {
  'use strict';
  const dg = window.__dreamgym;
  if (!dg || dg.observe) return;
  const {squeeze, shapeOf, looks, placeOf, draws, tellApart} = dg;
  const MOST_ELEMENTS = 20000; // looked at
  const MOST_NODES = 3000;     // listed
  const MOST_NAME = 200;

  const roleOfTag = {
    a: 'link', button: 'button', textarea: 'textbox', select: 'combobox', summary: 'button', option: 'option',
    li: 'listitem', td: 'cell', th: 'columnheader', img: 'image', label: 'label',
    h1: 'heading', h2: 'heading', h3: 'heading', h4: 'heading', h5: 'heading', h6: 'heading',
  };
  const roleOfInput = {
    button: 'button', submit: 'button', reset: 'button', image: 'button', checkbox: 'checkbox', radio: 'radio',
    range: 'slider', number: 'spinbutton', search: 'searchbox', file: 'file', color: 'color',
    date: 'date', time: 'time', 'datetime-local': 'datetime', month: 'month', week: 'week', password: 'password',
  };
  const actionable = new Set(['button', 'link', 'tab', 'checkbox', 'radio', 'switch', 'menuitem', 'menuitemcheckbox', 'menuitemradio',
    'option', 'slider', 'spinbutton', 'textbox', 'searchbox', 'combobox', 'listbox', 'treeitem', 'gridcell']);
  const filled = new Set(['textbox', 'searchbox', 'password', 'spinbutton', 'date', 'time', 'datetime', 'month', 'week', 'color', 'slider']);
  const positioned = new Set(['absolute', 'fixed', 'sticky']), scrolling = new Set(['auto', 'scroll']);
  const skipped = new Set(['script', 'style', 'noscript', 'template', 'head', 'meta', 'link', 'title', 'base']);

  // Ids: every element that can be acted on gets one in document order when it is first
  // seen, hidden ones too, so that what a page shows later does not depend on the way there.
  let ids = new WeakMap(), elements = new Map(), nextID = 1;
  const restart = () => { ids = new WeakMap(); elements = new Map(); nextID = 1; dg.restartFrames(); };
  const idOf = (el) => {
    let id = ids.get(el);
    if (!id) { id = nextID++; ids.set(el, id); elements.set(id, new WeakRef(el)); }
    return id;
  };
  // numbers answers which element has which id, by its place in the document; renumber
  // gives the ids to the elements of a document that was loaded again.
  const numbers = () => ({next: nextID, ids: [...document.querySelectorAll('*')].flatMap((el, i) => ids.has(el) ? [[i, ids.get(el)]] : [])});
  const renumber = (kept) => {
    restart();
    nextID = kept.next;
    const all = document.querySelectorAll('*');
    for (const [i, id] of kept.ids) if (all[i]) { ids.set(all[i], id); elements.set(id, new WeakRef(all[i])); }
  };

  const clip = (s) => s.length > MOST_NAME ? s.slice(0, MOST_NAME - 1) + '…' : s;

  const clipMiddle = (s) => s.length > MOST_NAME ? s.slice(0, MOST_NAME / 2) + '…' + s.slice(1 - MOST_NAME / 2) : s;

  const roleOf = (el) => {
    const given = el.getAttribute('role');
    if (given && given !== 'presentation' && given !== 'none') return given.split(' ')[0];
    if (el.localName === 'input') return roleOfInput[el.type] || 'textbox';
    if (el.localName === 'select') return el.multiple || el.size > 1 ? 'listbox' : 'combobox';
    if (el.localName === 'a' && !el.hasAttribute('href')) return 'clickable';
    if (el.isContentEditable && !(el.parentElement && el.parentElement.isContentEditable)) return 'textbox';
    return roleOfTag[el.localName] || 'clickable';
  };
  // dragged tells whether an element is there to be dragged, as HTML or jQuery UI say it.
  const dragged = (el) => el.getAttribute('draggable') === 'true' || el.classList.contains('ui-draggable') ||
    el.parentElement && el.parentElement.classList.contains('ui-sortable');
  // 2: acts by what it is; 1: somebody listens, or the pointer says so; 0: neither.
  const acts = (el, pointing) => {
    switch (el.localName) {
      case 'html': case 'body': case 'label': return 0;
      case 'input': return el.type === 'hidden' ? 0 : 2;
      case 'button': case 'select': case 'textarea': case 'summary': return 2;
      case 'a': if (el.hasAttribute('href')) return 2;
    }
    const role = el.getAttribute('role');
    if (role && actionable.has(role)) return 2;
    if (el.isContentEditable && !el.parentElement.isContentEditable) return 2;
    if (dragged(el)) return 1;
    return el.tabIndex >= 0 || dg.listens(el) || el.onclick || el.onmousedown || el.onmouseup || pointing || el.ondragover || el.ondrop ? 1 : 0;
  };

  // Names.
  const textOf = (ids) => ids.split(/\s+/).map((i) => { const e = document.getElementById(i); return e ? e.textContent : ''; }).join(' ');
  const labelOf = (el) => {
    const named = el.getAttribute('aria-labelledby');
    if (named) { const t = squeeze(textOf(named)); if (t) return t; }
    const aria = squeeze(el.getAttribute('aria-label') || '');
    if (aria) return aria;
    return el.labels && el.labels.length ? squeeze([...el.labels].map((l) => l.innerText).join(' ')) : '';
  };
  const nameOf = (el, role, text) => {
    const label = labelOf(el);
    if (label) return label;
    if (el.localName === 'input' && role === 'button') return el.value || (el.type === 'submit' ? 'Submit' : el.type === 'reset' ? 'Reset' : '') || looks(el);
    if (['input', 'select', 'textarea'].includes(el.localName)) return squeeze(el.placeholder || el.title || el.name || el.id || el.getAttribute('class') || (el.localName === 'textarea' ? 'textarea' : ''));
    if (el instanceof SVGTextContentElement) return shapeOf(el, getComputedStyle(el));
    return text || squeeze(el.getAttribute('alt') || el.title || '') || looks(el);
  };
  const valueOf = (el, role) => {
    if (role === 'password') return '*'.repeat(el.value.length);
    if (!filled.has(role)) return '';
    return el.localName === 'input' || el.localName === 'textarea' ? el.value : squeeze(el.innerText || '');
  };
  const statesOf = (el, role) => {
    const s = [], aria = (name) => el.getAttribute('aria-' + name);
    if ((role === 'checkbox' || role === 'radio') ? el.checked || aria('checked') === 'true' : aria('checked') === 'true') s.push('checked');
    if (aria('selected') === 'true') s.push('selected');
    if (aria('pressed') === 'true') s.push('pressed');
    if (aria('expanded') === 'true' || (el.localName === 'summary' && el.parentElement.open)) s.push('expanded');
    else if (aria('expanded') === 'false' || el.localName === 'summary') s.push('collapsed');
    if (el.matches(':disabled') || aria('disabled') === 'true') s.push('disabled');
    if (el.readOnly && filled.has(role)) s.push('readonly');
    if (filled.has(role) && document.activeElement === el) s.push('focused');
    return s;
  };

  // Where to click: a point that the element itself would receive.
  const inside = (el, x, y) => {
    const hit = document.elementFromPoint(x, y);
    if (!hit) return 'none';
    if (!el.contains(hit)) return 'covered';
    for (let e = hit; e && e !== el; e = e.parentElement) if (ids.has(e) && shown.has(e)) return 'other';
    return '';
  };
  let shown = new WeakSet(); // what the last observation listed
  const pointOf = (el) => {
    let why = 'none', by = null;
    const rects = [...el.getClientRects()].filter((r) => r.width > 0 && r.height > 0);
    for (const r of rects) for (const [fx, fy] of [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9], [0.05, 0.05]]) {
      const x = r.left + r.width * fx, y = r.top + r.height * fy;
      if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
      const w = inside(el, x, y);
      if (w === '') return {x, y};
      if (w === 'covered' && !by) by = document.elementFromPoint(x, y);
      if (why === 'none' || w === 'other') why = w;
    }
    return {why, by};
  };

  const rendered = (el) => el.checkVisibility({opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true});
  const holds = (box, r) => {
    const x = (r.left + r.right) / 2, y = (r.top + r.bottom) / 2;
    return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  };
  const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  // observe lists what is visible under the body, without what the selectors in
  // `ignore` match: static text and elements that can be acted on, in document order.
  const observe = ({ignore = '', drawings = false} = {}) => {
    let nodes = [], text = '', cut = false, looked = 0;
    const scrolledOut = new WeakSet();
    const left = -scrollX, top = -scrollY; // beyond these nobody scrolls
    let layered = false; // something is positioned, and may lie on top of something
    const covered = (el) => {
      if (!layered) return false;
      const r = el.getBoundingClientRect();
      const away = r.bottom <= 0 || r.right <= 0 || r.top >= innerHeight || r.left >= innerWidth;
      return !away && !scrolledOut.has(el) && pointOf(el).why === 'covered';
    };
    shown = new WeakSet();
    const flush = () => { const t = squeeze(text); text = ''; if (t) push({role: 'text', name: t}); };
    const push = (n) => nodes.push(n);
    const hide = (el) => { // a hidden subtree is numbered and not listed
      if (skipped.has(el.localName)) return;
      if (acts(el, false)) push({el, hidden: true});
      for (const c of el.children) hide(c);
    };
    const listed = (n) => n.el && !n.hidden;
    // gather answers the nodes and text of a subtree, apart from the surrounding list.
    const gather = (el, at) => {
      const outer = [nodes, text];
      nodes = []; text = '';
      children(el, at);
      const own = squeeze(text);
      const got = {nodes, own};
      [nodes, text] = outer;
      return got;
    };
    const children = (el, at) => {
      const shut = el.localName === 'details' && !el.open; // but for its summary
      for (let c = el.firstChild; c; c = c.nextSibling) {
        if (c.nodeType === 1) shut && c.localName !== 'summary' ? hide(c) : visit(c, at);
        else if (c.nodeType === 3 && !shut) text += c.nodeValue;
      }
      if (el.shadowRoot) for (const c of el.shadowRoot.children) visit(c, at);
    };
    const visit = (el, at) => {
      if (++looked > MOST_ELEMENTS) { cut = true; return; }
      if (skipped.has(el.localName) || (ignore && el.matches(ignore))) return;
      const style = getComputedStyle(el), {display} = style; // each look at a style takes time
      if (display === 'none' || style.opacity === '0') { hide(el); return; }
      if (display === 'contents') { children(el, at); return; }
      const pointing = style.cursor === 'pointer', kind = acts(el, pointing && !at.pointing);
      layered ||= el instanceof SVGElement || positioned.has(style.position);
      const r = el.getBoundingClientRect();
      const {overflowX, overflowY} = style, clips = overflowX !== 'visible' || overflowY !== 'visible';
      if (clips && (r.width === 0 || r.height === 0)) { hide(el); return; }
      const gone = !at.scroll && (r.right <= left || r.bottom <= top) && r.width > 0 || at.clip && r.width > 0 && !overlap(r, at.clip);
      if (gone && (clips || !el.children.length)) { hide(el); return; }
      if (kind && at.scroll && !holds(at.scroll, r)) scrolledOut.add(el);
      const scrolls = clips && (scrolling.has(overflowX) || scrolling.has(overflowY));
      const inner = {pointing, scroll: scrolls ? r : at.scroll, clip: clips && !scrolls ? r : at.clip};
      const seen = style.visibility === 'visible', visible = seen && r.width > 0 && r.height > 0 && !gone;
      if (visible && dg.isFrame(el)) {
        flush();
        push({role: 'iframe', name: clip(squeeze(el.title || el.name || '')), frame: dg.nameFrame(el)});
        return;
      }
      if (kind && visible) { element(el, kind, inner); return; }
      if (drawings && draws(el, style) && !gone && seen && (r.width > 0 || r.height > 0)) { flush(); push({role: 'image', name: clip(looks(el) + placeOf(el)), drawn: true}); return; }
      if (!seen) { const got = gather(el, inner); flush(); for (const n of got.nodes) if (n.el) push(n); return; }
      const block = !display.startsWith('inline');
      if (el.localName === 'br') { flush(); return; }
      if (el.localName === 'img' && el.alt) { text += ' ' + el.alt + ' '; return; }
      if (el.localName === 'label' && el.control && rendered(el.control)) { // its text is the control's name
        const got = gather(el, inner);
        for (const n of got.nodes) if (n.el) { flush(); push(n); }
        return;
      }
      if (block) flush();
      children(el, inner);
      if (block) flush();
    };
    const element = (el, kind, at) => {
      const role = roleOf(el);
      if (el.localName === 'select') { flush(); push(described(el, role, '')); return; }
      if (el.localName === 'svg') { flush(); }
      const got = gather(el, at);
      const inner = got.nodes.filter(listed);
      const words = (nodes) => squeeze([...nodes.map((n) => n.name || ''), got.own].join(' '));
      const own = words(got.nodes.filter((n) => !n.el && !n.drawn)), all = words(got.nodes);
      if (kind === 1 && ((inner.length && !own) || inner.length > 6)) { // a mere container
        flush();
        for (const n of got.nodes) push(n);
        if (got.own) text += ' ' + got.own + ' ';
        return;
      }
      flush();
      const same = inner.length === 1 && !own;
      push(described(el, role, own || (same ? all : '')));
      for (const n of got.nodes) {
        if (same && n === inner[0] && n.name === all) shown.delete(n.el); // the same thing twice
        else if (n.el || n.drawn) push(n);
      }
    };
    const described = (el, role, text) => {
      shown.add(el);
      const n = {el, role, name: clip(nameOf(el, role, text))};
      const value = valueOf(el, role);
      if (value) n.value = el.localName === 'textarea' ? clipMiddle(value) : clip(value);
      const states = statesOf(el, role);
      if (el.localName === 'select') n.options = [...el.options].slice(0, 200).map((o) => ({name: squeeze(o.label), selected: o.selected}));
      if (states.length) n.states = states;
      if (filled.has(role)) n.fill = true;
      return n;
    };
    children(document.body || document.documentElement, {pointing: false, clip: null, scroll: null});
    flush();
    for (const n of nodes) if (n.el) n.id = idOf(n.el);
    nodes = nodes.filter((n) => !n.hidden);
    tellApart(nodes);
    if (nodes.length > MOST_NODES) { nodes.length = MOST_NODES; cut = true; }
    for (const n of nodes) if (listed(n)) {
      if (covered(n.el)) n.states = [...(n.states || []), 'covered'];
      delete n.el;
    }
    return {url: location.href, title: document.title, nodes, cut};
  };

  // find answers the element of an id, or why there is none.
  const find = (bid) => {
    const ref = elements.get(+String(bid).replace(/^[a-zA-Z]+/, ''));
    if (!ref) return {error: 'missing: no element has had the id ' + bid};
    const el = ref.deref();
    if (!el || !el.isConnected) return {error: 'stale: element ' + bid + ' is gone from the page'};
    if (!rendered(el)) return {error: 'not visible: element ' + bid + ' is hidden'};
    return {el};
  };
  let prefix = ''; // of the frame that this is
  const describe = (el) => {
    for (let e = el; e; e = e.parentElement) if (ids.has(e)) return 'element ' + prefix + ids.get(e);
    return el.localName + (el.id ? ' #' + el.id : '');
  };
  Object.assign(dg, {restart, numbers, renumber, observe, find, pointOf, describe, roleOf, valueOf, filled,
    prefix: () => prefix, idOf: (el) => ids.get(el),
    listed: () => [...elements].map(([id, ref]) => [id, ref.deref()]).filter(([, el]) => el && el.isConnected && shown.has(el)),
    // look settles, observes and adds what `probe` answers.
    look: async (cap, options, probe) => {
      prefix = options.prefix || '';
      const settled = await dg.settled(cap);
      const seen = observe(options);
      seen.partial = !settled || seen.cut;
      if (probe) seen.probe = probe();
      return seen;
    },
  });
})();
