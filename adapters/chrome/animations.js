// Runs in every document after settle.js: animations are brought to rest.
(() => {
  'use strict';
  const dg = window.__dreamgym;
  if (!dg || dg.finishAnimations) return;

  // Animations that end are ended; those that never do are paused as soon as they begin: the
  // page would be drawn all the time.
  const endless = (a) => { const t = a.effect && a.effect.getComputedTiming(); return t && t.endTime === Infinity; };
  document.addEventListener('animationstart', (e) => {
    for (const a of e.target.getAnimations()) if (endless(a)) a.pause();
  }, true);
  const animate = Element.prototype.animate;
  Element.prototype.animate = function (...args) {
    const a = animate.apply(this, args);
    if (endless(a)) a.pause();
    return a;
  };
  // finishAnimations tells whether it ended any. What an end sets off comes with the next frame.
  const finishAnimations = () => {
    let finished = false;
    for (const a of document.getAnimations()) {
      if (!a.effect || a.playState !== 'running') continue;
      try {
        if (endless(a)) { a.pause(); continue; }
        a.finish();
        finished = true;
      } catch { /* a playback rate of 0 */ }
    }
    return finished;
  };

  dg.finishAnimations = finishAnimations;
})();
