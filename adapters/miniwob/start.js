(seed) => {
  'use strict';
  // Once in a document: no cover over the page, and one day for all who ask.
  const prepare = () => {
    const style = document.createElement('style');
    style.textContent = '#sync-task-cover, #reward-display, #click-canvas { display: none !important }';
    document.head.append(style);
    const Real = Date, day = {begun: 0}, now = () => Real.now() - day.begun + Real.UTC(2024, 0, 1, 12);
    day.begin = () => { day.begun = Real.now(); };
    window.Date = new Proxy(Real, {
      construct: (target, args, made) => Reflect.construct(target, args.length ? args : [now()], made),
      apply: () => new Real(now()).toString(),
      get: (target, key) => key === 'now' ? now : Reflect.get(target, key),
    });
    if (window.jQuery) jQuery.fx.off = true;
    if (window.wheelnav) {
      const create = wheelnav.prototype.createWheel;
      wheelnav.prototype.createWheel = function (...args) { this.animatetime = 0; this.animateeffect = 'linear'; return create.apply(this, args); };
    }
    return day;
  };
  window.dreamgymDay = window.dreamgymDay || prepare();
  dreamgymDay.begin();
  if (document.activeElement) document.activeElement.blur();
  core.EPISODE_MAX_TIME = 1e9;
  Math.seedrandom(seed);
  core.startEpisodeReal();
}