// Runs in every document after settle.js: one tab, where no more are allowed, in a window as
// large as the screen. It is smaller, for nobody looks at it.
(() => {
  'use strict';
  const dg = window.__dreamgym;
  if (!dg || dg.allowTabs) return;

  for (const [outer, size] of [['outerWidth', 'width'], ['outerHeight', 'height']]) {
    Object.defineProperty(window, outer, {configurable: true, enumerable: true, get: () => screen[size]});
  }

  // What would open another tab opens here.
  let tabs = false;
  const nativeOpen = window.open.bind(window);
  window.open = (url, ...rest) => {
    if (tabs) return nativeOpen(url, ...rest);
    if (url) location.href = url;
    return window;
  };
  const stays = (name) => {
    if (['', '_self', '_top', '_parent'].includes(name.toLowerCase())) return true;
    try { return !!top.document.querySelector('iframe[name="' + CSS.escape(name) + '"], frame[name="' + CSS.escape(name) + '"]'); } catch { return false; }
  };
  document.addEventListener('click', (e) => {
    const a = !tabs && e.target instanceof Element && e.target.closest('a[target], area[target]');
    if (a && !stays(a.target)) a.target = '_self';
  }, true);

  dg.allowTabs = () => { tabs = true; };
})();
