// Runs in every document before settle.js, in deterministic mode: a clock that stands still
// but where settling moves it on, and chance from a seed. What a page shows then depends on
// what was done in it, and not on when, where and beside what it ran.
(() => {
  'use strict';
  if (window.__dreamgym || window.__dreamgymClock) return;
  const EPOCH = Date.UTC(2030, 0, 2, 12); // ahead of the machine's clock: cookies that end by the page's are kept
  const TICK = 1 / 64; // ms that each look at the clock takes: a loop that waits for it comes to an end
  const SEED = 0x2545f491;
  const realNow = performance.now.bind(performance);

  const STEP = 500; // ms that a step takes
  let time = 0, horizon = 0, order = 0;
  const read = () => { time += TICK; return time; };
  const today = () => EPOCH + Math.floor(read());

  // What is due, by its number.
  const queue = new Map();
  const add = (run, delay, every) => {
    const id = ++order;
    queue.set(id, {run, every, due: time + (delay > 0 ? +delay : 0), order});
    return id;
  };
  const next = () => {
    let first = null, of = 0;
    for (const [id, t] of queue) if (!first || t.due < first.due || t.due === first.due && t.order < first.order) { first = t; of = id; }
    return first && {id: of, ...first};
  };
  // step runs what is due first, if that is no later than `until`.
  const step = (until) => {
    const t = next();
    if (!t || t.due > until) return false;
    time = Math.max(time, t.due);
    if (t.every) queue.set(t.id, {...t, due: time + t.every, order: ++order}); else queue.delete(t.id);
    try { t.run(); } catch (e) { reportError(e); }
    return true;
  };

  // The page's clocks.
  const RealDate = Date;
  RealDate.now = today;
  window.Date = new Proxy(RealDate, {
    construct: (c, args, of) => Reflect.construct(c, args.length ? args : [today()], of),
    apply: () => new RealDate(today()).toString(),
  });
  RealDate.prototype.constructor = window.Date;
  const define = (on, name, get) => Object.defineProperty(on, name, {configurable: true, enumerable: true, get});
  performance.now = read;
  define(performance, 'timeOrigin', () => EPOCH);
  define(Event.prototype, 'timeStamp', () => time);
  const {get: format} = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, 'format');
  define(Intl.DateTimeFormat.prototype, 'format', function () {
    const own = format.call(this);
    return (date) => own(date === undefined ? today() : date);
  });
  if (window.Temporal) {
    const instant = () => Temporal.Instant.fromEpochMilliseconds(today());
    const zoned = (zone) => instant().toZonedDateTimeISO(zone || Temporal.Now.timeZoneId());
    Object.assign(Temporal.Now, {
      instant, zonedDateTimeISO: zoned, plainDateTimeISO: (z) => zoned(z).toPlainDateTime(),
      plainDateISO: (z) => zoned(z).toPlainDate(), plainTimeISO: (z) => zoned(z).toPlainTime(),
    });
  }

  // Chance: a counter, mixed (Steele's SplitMix of 32 bits).
  const source = (seed) => ({seed});
  const drawn = (from) => {
    from.seed = (from.seed + 0x9e3779b9) | 0;
    let z = from.seed;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  const numbers = source(SEED), bytes = source(~SEED);
  Math.random = () => (drawn(numbers) * 0x200000 + (drawn(numbers) >>> 11)) / 0x20000000000000;
  const {getRandomValues} = Crypto.prototype;
  Crypto.prototype.getRandomValues = function (array) {
    getRandomValues.call(this, array); // refuses what is no array of integers, or too long
    const view = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let i = 0; i < view.length; i++) view[i] = drawn(bytes) >>> 24;
    return array;
  };
  if (Crypto.prototype.randomUUID) Crypto.prototype.randomUUID = function () {
    const b = this.getRandomValues(new Uint8Array(16));
    b[6] = b[6] & 15 | 64;
    b[8] = b[8] & 63 | 128;
    const hex = [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  };

  Object.defineProperty(window, '__dreamgymClock', {configurable: true, value: {
    add, step, realNow, remove: (id) => queue.delete(id), time: () => time,
    // until is where the step under way ends by the clock, whenever it began; passed says that
    // it has ended.
    until: () => horizon + STEP,
    passed: () => { time = Math.max(time, horizon + STEP); horizon = Math.floor(time / STEP) * STEP; },
    // extend has the step under way take longer.
    extend: (ms) => { horizon += ms; },
    // state is where clock and chance are; resume goes on from there.
    state: () => ({time, horizon, numbers: numbers.seed, bytes: bytes.seed}),
    resume: (at) => { time = at.time; horizon = at.horizon; numbers.seed = at.numbers; bytes.seed = at.bytes; },
  }});
})();
