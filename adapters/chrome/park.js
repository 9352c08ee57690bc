// Runs in every document after observe.js: what parking a page has to know of it, and what
// gives it back.
(() => {
  'use strict';
  const dg = window.__dreamgym;
  if (!dg || dg.keep) return;

  // What lives beside the document, and what follows typing, cannot be given back.
  const uses = new Set();
  for (const name of ['WebSocket', 'EventSource', 'Worker', 'SharedWorker', 'RTCPeerConnection']) {
    if (window[name]) window[name] = new Proxy(window[name], {construct(c, args, of) { uses.add('a ' + name); return Reflect.construct(c, args, of); }});
  }
  const {open} = IDBFactory.prototype;
  IDBFactory.prototype.open = function (...args) { uses.add('a database'); return open.apply(this, args); };
  const typing = ['input', 'change', 'beforeinput', 'keydown', 'keyup', 'keypress'];
  let followed = false; // a script listens to what is typed
  const {addEventListener} = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (typing.includes(type)) followed = true;
    return addEventListener.call(this, type, ...rest);
  };

  const all = () => [...document.querySelectorAll('*')];
  const fields = () => [...document.querySelectorAll('input, textarea, select')];
  const chosen = (f) => f.localName === 'select' ? [...f.options].map((o) => o.selected) : null;
  const field = (f) => ({value: f.type === 'file' ? '' : f.value, checked: !!f.checked, chosen: chosen(f)});
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const follows = (f) => followed || typing.some((type) => f.closest('[on' + type + ']'));

  const obstacle = async () => {
    if (uses.size) return [...uses][0];
    if (document.readyState !== 'complete') return 'loading';
    if (document.querySelector('iframe, frame, object, embed')) return 'a frame';
    if (document.querySelector('dialog:modal, :popover-open')) return 'a dialog';
    if (fields().some((f) => f.type === 'file' && f.files.length)) return 'a chosen file';
    if (all().some((e) => e.shadowRoot)) return 'a shadow tree';
    if ((await indexedDB.databases()).length) return 'a database';
    if (window.caches && (await caches.keys()).length) return 'a cache';
    if (navigator.serviceWorker && (await navigator.serviceWorker.getRegistrations()).length) return 'a service worker';
    return '';
  };

  // markup is the document without what a server writes anew each time and nobody sees.
  const markup = () => document.documentElement.outerHTML.replace(/<!--[^]*?-->/g, '').replace(/ nonce="[^"]*"/g, '');

  const scrolled = () => all().flatMap((e, i) => e.scrollLeft || e.scrollTop ? [[i, e.scrollLeft, e.scrollTop]] : []);
  const selection = (f) => { try { return [f.selectionStart, f.selectionEnd]; } catch { return null; } };

  // keep answers what the document is to be given back, or why it cannot be.
  const keep = async () => {
    const why = await obstacle();
    if (why) return {why};
    const focus = document.activeElement;
    return {
      referrer: document.referrer, state: history.state === null ? '' : JSON.stringify(history.state), markup: markup(),
      clock: dg.clock && dg.clock.state(), local: Object.entries(localStorage), session: Object.entries(sessionStorage),
      rest: {
        fields: fields().map(field), open: [...document.querySelectorAll('details')].map((d) => d.open), scrolled: scrolled(),
        focus: all().indexOf(focus), selection: focus && selection(focus), ids: dg.numbers(),
      },
    };
  };

  // restore gives a document back what was kept of it, and answers what hinders that.
  const restore = async (kept) => {
    const now = fields();
    if (now.length !== kept.fields.length) return 'its form';
    for (let i = 0; i < now.length; i++) {
      const f = now[i], was = kept.fields[i];
      if (same(field(f), was)) continue;
      if (f.type !== 'hidden' && follows(f)) return 'a form that a script follows';
      if (f.localName === 'select') [...f.options].forEach((o, n) => { o.selected = was.chosen[n]; });
      else if (f.type === 'checkbox' || f.type === 'radio') f.checked = was.checked;
      else f.value = was.value;
    }
    document.querySelectorAll('details').forEach((d, i) => { if (d.open !== kept.open[i]) d.open = kept.open[i]; });
    const list = all();
    const focus = list[kept.focus];
    if (focus && focus !== document.activeElement) focus.focus({preventScroll: true});
    if (focus && kept.selection && kept.selection[0] !== null) try { focus.setSelectionRange(...kept.selection); } catch { /* not a text */ }
    for (const e of list) if (e.scrollLeft || e.scrollTop) e.scrollTo({left: 0, top: 0, behavior: 'instant'});
    for (const [i, left, top] of kept.scrolled) if (list[i]) list[i].scrollTo({left, top, behavior: 'instant'});
    dg.renumber(kept.ids);
    return '';
  };

  // result answers the document that restoring led to, with its clock where it was.
  const result = (clock) => { if (dg.clock) dg.clock.resume(clock); return markup(); };

  Object.assign(dg, {keep, restore, result});
})();
