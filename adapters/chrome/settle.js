// Runs in every document before its own scripts. It counts what the page has
// started and not yet finished, so that "settled" can be told instead of guessed.
(() => {
  'use strict';
  if (window.__dreamgym) return;
  const SHORT_TIMER = 400;   // ms; longer timers are background
  const TIMER_CHAIN = 4;     // a timer set by a timer set by …: deeper is polling
  const SHORT_INTERVAL = 50; // ms; intervals this short drive animations
  const LONGEST_LOOP = 1000; // ms; an interval or a chain of frames that lasts longer is background
  const LOOP_PAUSE = 50;     // ms between the frames of such a chain
  const MOST_PARSED = 60000; // nodes of a document that is still loading
  const LATEST_IDLE = 30;    // ms; a busy machine may have no idle time at all
  const LONGEST_FRAME = 200; // ms that a frame is waited for; a page that is not painted has none
  const MOST_SCROLLS = 10;   // after which a page that scrolls on and on is not waited for
  const LONGEST_PLACING = 500; // ms that a loaded picture may take to its place

  // The clock of the deterministic mode, where it is on: what the page waits for is then
  // due by that clock, and settling moves it on.
  const clock = window.__dreamgymClock || null;
  delete window.__dreamgymClock;

  const nativeSetTimeout = window.setTimeout.bind(window);
  const nativeClearTimeout = window.clearTimeout.bind(window);
  const nativeSetInterval = window.setInterval.bind(window);
  const nativeClearInterval = window.clearInterval.bind(window);
  // Where somebody listens to this, a movement of the mouse does not wait for a frame.
  window.addEventListener('pointerrawupdate', () => {}, {passive: true});
  const nativeFrame = window.requestAnimationFrame.bind(window);
  const nativeCancelFrame = window.cancelAnimationFrame.bind(window);
  const now = clock ? clock.realNow : performance.now.bind(performance);
  const pageNow = clock ? clock.time : now;

  // How what the page waits for is scheduled.
  const schedule = clock ? (f, delay) => clock.add(f, delay) : nativeSetTimeout;
  const unschedule = clock ? clock.remove : nativeClearTimeout;
  const repeat = clock ? (f, delay) => clock.add(f, delay, Math.max(delay || 0, 1)) : nativeSetInterval;
  const unrepeat = clock ? clock.remove : nativeClearInterval;
  const FRAME = 16; // ms between frames of that clock
  const nextFrameOf = clock ? (f) => clock.add(() => f(clock.time()), FRAME) : nativeFrame;
  const dropFrame = clock ? clock.remove : nativeCancelFrame;

  const busy = new Set();
  let wake = null; // resolves the settle that waits
  const changed = () => { if (wake) { const w = wake; wake = null; w(); } };
  const begin = (what) => { const t = {what}; busy.add(t); return t; };
  const byClock = new Set(['timer', 'interval', 'frame', 'idle']); // what the clock alone moves on
  const allByClock = () => { for (const t of busy) if (!byClock.has(t.what)) return false; return busy.size > 0; };
  const end = (t) => { if (t && busy.delete(t) && (busy.size === 0 || clock && allByClock())) changed(); };

  // release makes background of all that is pending.
  const release = () => { busy.clear(); timers.clear(); changed(); };

  // Timers. While a callback runs, `chain` is how deep it is and since when.
  let chain = {depth: 0, since: 0};
  const within = (link, f, self, args) => {
    const outer = chain;
    chain = link;
    try { return f.apply(self, args); } finally { chain = outer; }
  };
  const callable = (f) => typeof f === 'function' ? f : () => (0, eval)(String(f));

  const timers = new Map(); // the short ones: what settled may bring forward
  window.setTimeout = function (f, delay, ...args) {
    const link = {depth: chain.depth + 1, since: chain.since || pageNow()};
    const fn = callable(f);
    if (delay > SHORT_TIMER || link.depth > TIMER_CHAIN) return schedule(() => within(link, fn, window, args), delay);
    const token = begin('timer');
    const fire = () => {
      timers.delete(id);
      try { within(link, fn, window, args); } finally { end(token); }
    };
    const id = schedule(fire, delay);
    timers.set(id, {token, fire, due: pageNow() + (delay > 0 ? +delay : 0)});
    return id;
  };
  // bringForward runs the timer that is due next, at once.
  const bringForward = () => {
    if (clock) { clock.step(Infinity); return; }
    let next = null;
    for (const [id, t] of timers) if (!next || t.due < next.due) next = {id, due: t.due, fire: t.fire};
    nativeClearTimeout(next.id);
    try { next.fire(); } catch (e) { reportError(e); }
  };
  const intervals = new Map();
  window.setInterval = function (f, delay, ...args) {
    const fn = callable(f);
    const link = {depth: 1, since: pageNow()};
    const id = repeat(function () { within(link, fn, window, args); }, delay);
    if (!(delay > SHORT_INTERVAL)) {
      const token = begin('interval');
      intervals.set(id, token);
      schedule(() => { intervals.delete(id); end(token); }, LONGEST_LOOP);
    }
    return id;
  };
  const clear = (native) => (id) => {
    native(id);
    const timer = timers.get(id);
    if (timer) { timers.delete(id); end(timer.token); }
    end(intervals.get(id));
    intervals.delete(id);
  };
  window.clearTimeout = clear(unschedule);
  window.clearInterval = clear(unrepeat);

  const frames = new Map();
  let nextFrame = 1;
  window.requestAnimationFrame = function (f) {
    const link = {depth: chain.depth, since: chain.since || pageNow()};
    const token = pageNow() - link.since < LONGEST_LOOP ? begin('frame') : null;
    const id = nextFrame++;
    const frame = {token};
    const ask = () => { frame.native = nextFrameOf(run); };
    const run = (t) => {
      frames.delete(id);
      try { within(link, f, window, [t]); } finally { end(token); }
    };
    // A loop that goes on is slowed down.
    if (token || clock) ask(); else frame.timer = nativeSetTimeout(ask, LOOP_PAUSE);
    frames.set(id, frame);
    return id;
  };
  window.cancelAnimationFrame = (id) => {
    const frame = frames.get(id);
    if (!frame) return;
    frames.delete(id);
    dropFrame(frame.native);
    nativeClearTimeout(frame.timer);
    end(frame.token);
  };

  if (window.requestIdleCallback) {
    const idle = {didTimeout: false, timeRemaining: () => 50};
    const nativeIdle = clock ? (f) => clock.add(() => f(idle), 1) : window.requestIdleCallback.bind(window);
    const nativeCancelIdle = clock ? clock.remove : window.cancelIdleCallback.bind(window);
    const idles = new Map();
    window.requestIdleCallback = function (f, options) {
      const link = {depth: chain.depth + 1, since: chain.since || pageNow()};
      const token = link.depth <= TIMER_CHAIN ? begin('idle') : null;
      const id = nativeIdle(function (d) {
        idles.delete(id);
        try { within(link, f, window, [d]); } finally { end(token); }
      }, token ? {timeout: LATEST_IDLE} : options);
      if (token) idles.set(id, token);
      return id;
    };
    window.cancelIdleCallback = (id) => { nativeCancelIdle(id); const t = idles.get(id); idles.delete(id); end(t); };
  }

  // turn waits for the next turn of the event loop.
  const channel = new MessageChannel();
  const turns = [];
  channel.port1.onmessage = () => turns.shift()();
  const turn = () => new Promise((done) => { turns.push(done); channel.port2.postMessage(0); });

  // The network. The reaction to an answer runs before its token ends: `later`
  // leaves the microtasks that hang on it their turn.
  const later = (t) => turn().then(() => end(t));
  const through = (promise, token) => { promise.then(() => later(token), () => later(token)); return promise; };
  if (window.fetch) {
    const nativeFetch = window.fetch.bind(window);
    window.fetch = function (...args) { const t = begin('fetch'); return through(nativeFetch(...args), t); };
  }
  for (const holder of [Response.prototype, Blob.prototype]) {
    for (const name of ['json', 'text', 'arrayBuffer', 'blob', 'formData', 'bytes']) {
      const read = holder[name];
      if (!read) continue;
      holder[name] = function (...args) { const t = begin('body'); return through(read.apply(this, args), t); };
    }
  }
  for (const name of ['readAsText', 'readAsDataURL', 'readAsArrayBuffer', 'readAsBinaryString']) {
    const read = FileReader.prototype[name];
    FileReader.prototype[name] = function (...args) {
      const t = begin('body');
      this.addEventListener('loadend', () => later(t), {once: true});
      try { return read.apply(this, args); } catch (e) { end(t); throw e; }
    };
  }
  const nativeSend = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (...args) {
    const t = begin('xhr');
    this.addEventListener('loadend', () => later(t), {once: true});
    try { return nativeSend.apply(this, args); } catch (e) { end(t); throw e; }
  };

  // Observers of layout report with a frame: a page that has some is given one. So is one that
  // has scrolled, where it hears of that.
  let framed = false;
  for (const name of ['IntersectionObserver', 'ResizeObserver']) {
    const observe = window[name].prototype.observe;
    window[name].prototype.observe = function (...args) { framed = true; return observe.apply(this, args); };
  }
  const frame = () => new Promise((done) => {
    nativeFrame(() => nativeSetTimeout(done, 0));
    nativeSetTimeout(done, LONGEST_FRAME);
  });

  // What is inserted and loads: scripts, frames, style sheets.
  const loads = (n) => (n.localName === 'script' && n.src && !n.noModule) || (n.localName === 'iframe' && n.src) ||
    (n.localName === 'link' && n.href && n.relList.contains('stylesheet'));
  // A document that is larger than anybody reads is not loaded further.
  let parsed = 0;
  const measure = (records) => {
    for (const r of records) parsed += r.addedNodes.length;
    if (parsed > MOST_PARSED) window.stop();
  };
  new MutationObserver((records) => {
    if (document.readyState === 'loading') measure(records);
    if (document.readyState !== 'complete') return; // readyState waits for these
    for (const r of records) for (const n of r.addedNodes) if (n.nodeType === 1 && loads(n)) {
      const t = begin(n.localName);
      n.addEventListener('load', () => later(t), {once: true});
      n.addEventListener('error', () => later(t), {once: true});
    }
  }).observe(document, {childList: true, subtree: true});

  // Leaving the document. The token ends with the document, or when the navigation fails.
  let leaving = null;
  if (window.navigation) {
    navigation.addEventListener('navigate', (e) => {
      if (e.hashChange || e.destination.sameDocument || e.downloadRequest !== null) return;
      end(leaving);
      leaving = begin('navigation');
    });
    for (const name of ['navigateerror', 'navigatesuccess']) navigation.addEventListener(name, () => end(leaving));
  }
  document.addEventListener('readystatechange', changed);

  const onlyTimers = () => document.readyState === 'complete' && (clock ? allByClock() : timers.size > 0 && busy.size === timers.size);
  const quiet = () => busy.size === 0 && document.readyState === 'complete';

  // Pictures that decide an element's size: images, and what style sheets put in the
  // place of content. A sheet is read once.
  const read = new WeakSet(), pictures = []; // each with the selector of where it goes
  const waitFor = (image) => {
    const t = begin('image');
    for (const done of ['load', 'error']) image.addEventListener(done, () => later(t), {once: true});
  };
  const awaited = new WeakSet();
  const awaitPictures = () => {
    for (const image of document.images) {
      if (!image.complete && image.loading !== 'lazy' && !awaited.has(image)) { awaited.add(image); waitFor(image); }
    }
    for (const sheet of document.styleSheets) {
      if (read.has(sheet)) continue;
      read.add(sheet);
      let rules = [];
      try { rules = sheet.cssRules; } catch { /* another origin's */ }
      for (const rule of rules) {
        const m = rule.style && /url\("([^"]+)"\)/.exec(rule.style.content);
        if (!m) continue;
        const image = new Image();
        image.src = new URL(m[1], sheet.href || document.baseURI).href;
        pictures.push({image, selector: rule.selectorText}); // held, so that it stays loaded
        if (!image.complete) waitFor(image);
      }
    }
  };

  // A picture that is loaded takes its place in an element in a turn of its own, which a busy
  // page takes late: until then the element has no size. Each is waited for once.
  const late = new WeakSet();
  const unplaced = () => pictures.flatMap(({image, selector}) => image.naturalWidth ? [...document.querySelectorAll(selector)] : [])
    .filter((el) => !late.has(el) && el.getClientRects().length && !el.offsetWidth);
  const placePictures = async () => {
    const deadline = now() + LONGEST_PLACING;
    while (unplaced().length && now() < deadline) await new Promise((done) => { nativeSetTimeout(done, 1); });
    unplaced().forEach((el) => late.add(el));
  };

  // giveUp stops what still loads, or the next step would wait for it again, and makes
  // background of all else.
  const giveUp = () => {
    if (document.readyState !== 'complete' || busy.has(leaving)) window.stop();
    release();
  };

  // settled resolves with true once nothing is pending for two turns of the event
  // loop; after `cap` ms with false, and what was pending then is background from there
  // on. Where short timers are all that is left, they are not waited for but run.
  let still = false; // the next settled changes nothing
  const settled = async (cap) => {
    if (still) { still = false; return quiet(); }
    const deadline = now() + cap;
    let scrolls = MOST_SCROLLS;
    for (;;) {
      if (document.readyState === 'complete') { // before, either would have an unfinished page laid out
        if (dg.finishAnimations()) await frame();
        awaitPictures();
      }
      if (quiet()) {
        await (framed ? frame() : turn());
        if (quiet()) await turn();
        if (quiet()) await placePictures();
        if (quiet() && scrolls > 0 && now() < deadline && (framed || dg.hears()) && dg.scrolled()) { scrolls--; await frame(); continue; }
        if (quiet() && clock && now() < deadline && clock.step(clock.until())) continue;
        if (quiet()) { if (clock) clock.passed(); return true; }
      }
      if (onlyTimers()) {
        await turn();
        if (onlyTimers() && now() < deadline) { bringForward(); continue; }
      }
      const left = deadline - now();
      if (left <= 0) { giveUp(); if (clock) clock.passed(); return false; }
      let alarm;
      await new Promise((done) => { wake = done; alarm = nativeSetTimeout(done, Math.min(left, quiet() ? 0 : left)); });
      nativeClearTimeout(alarm);
    }
  };

  const dg = {
    settled, release, clock,
    still: () => { still = true; },
    wait: (ms) => clock ? clock.extend(ms) : new Promise((done) => nativeSetTimeout(done, ms)),
  };
  Object.defineProperty(window, '__dreamgym', {value: dg});
})();
