// Runs in every document after settle.js: names for what has no text, by what it looks like.
(() => {
  'use strict';
  const dg = window.__dreamgym;
  if (!dg || dg.looks) return;

  const squeeze = (s) => s.replace(/\s+/g, ' ').trim();
  const colours = [['black', 0, 0, 0], ['white', 255, 255, 255], ['red', 255, 0, 0], ['lime', 0, 255, 0], ['green', 0, 128, 0], ['blue', 0, 0, 255],
    ['yellow', 255, 255, 0], ['cyan', 0, 255, 255], ['magenta', 255, 0, 255], ['orange', 255, 165, 0], ['purple', 128, 0, 128], ['pink', 255, 192, 203],
    ['brown', 165, 42, 42], ['grey', 128, 128, 128], ['silver', 192, 192, 192], ['navy', 0, 0, 128], ['teal', 0, 128, 128], ['olive', 128, 128, 0],
    ['maroon', 128, 0, 0], ['gold', 255, 215, 0], ['violet', 238, 130, 238], ['indigo', 75, 0, 130]];
  const hues = [[15, 'red'], [45, 'orange'], [70, 'yellow'], [165, 'green'], [195, 'cyan'], [255, 'blue'], [290, 'purple'], [330, 'magenta'], [361, 'red']];
  const hueOf = (r, g, b, most, range) => {
    const h = most === r ? (g - b) / range : most === g ? 2 + (b - r) / range : 4 + (r - g) / range;
    return (h * 60 + 360) % 360;
  };
  // colourName answers a colour's own name; where it has none, its hue and whether it is
  // light or dark.
  const colourName = (css) => {
    const m = /^rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)$/.exec(css);
    if (!m || m[4] === '0') return '';
    const [r, g, b] = m.slice(1, 4).map(Number);
    const named = colours.find((c) => c[1] === r && c[2] === g && c[3] === b);
    if (named) return named[0];
    const most = Math.max(r, g, b), range = most - Math.min(r, g, b), light = (2 * most - range) / 510;
    if (range < 24) return light > 0.95 ? 'white' : light > 0.65 ? 'light grey' : light < 0.05 ? 'black' : light < 0.35 ? 'dark grey' : 'grey';
    const hue = hueOf(r, g, b, most, range);
    return (light > 0.7 ? 'light ' : light < 0.3 ? 'dark ' : '') + hues.find(([end]) => hue < end)[1];
  };
  // shapeOf names what an SVG element draws and its size in pixels: "red circle 20x20", for
  // text "7 red 20px".
  const shapeOf = (el, style) => {
    const r = el.getBoundingClientRect(), colour = el.localName !== 'line' && colourName(style.fill) || colourName(style.stroke);
    if (el.localName === 'text' || el.localName === 'tspan') return squeeze([el.textContent, colour, Math.round(parseFloat(style.fontSize)) + 'px'].join(' '));
    const corners = el.localName === 'polygon' ? el.points.numberOfItems : 0;
    const kind = {rect: 'rectangle', circle: 'circle', ellipse: 'ellipse', line: 'line', polygon: corners === 3 ? 'triangle' : 'polygon of ' + corners}[el.localName];
    return kind ? squeeze([colour, kind, Math.round(r.width) + 'x' + Math.round(r.height)].join(' ')) : '';
  };
  // looks names what has no text: a drawing by shape, colour and size, all else by colour
  // and class, or by its id.
  const looks = (el) => {
    const style = getComputedStyle(el), svg = el instanceof SVGElement;
    const shape = svg ? shapeOf(el, style) : '';
    if (shape) return shape;
    const classes = [...el.classList].filter((c) => !/^ui-(corner|state|widget)/.test(c)).join(' '); // what jQuery UI adds for its own sake
    return squeeze([el.localName === 'svg' ? '' : colourName(svg ? style.fill : style.backgroundColor), classes || el.id || ''].join(' '));
  };

  const placeOf = (el) => { const r = el.getBoundingClientRect(); return ' at ' + Math.round(r.left + r.width / 2) + ',' + Math.round(r.top + r.height / 2); };
  // draws tells whether an element that nobody can act on is a picture: a shape, or an
  // empty box with a colour or an image of its own.
  const draws = (el, style) => {
    if (el instanceof SVGElement) return shapeOf(el, style) !== '' && el.localName !== 'text' && el.localName !== 'tspan';
    if (el.localName === 'canvas') return true;
    return !el.children.length && !el.textContent.trim() && (style.backgroundImage !== 'none' || colourName(style.backgroundColor) !== '');
  };
  // tellApart adds their place to drawings of one name.
  const tellApart = (nodes) => {
    const drawn = nodes.filter((n) => n.el instanceof SVGElement), seen = {};
    for (const n of drawn) seen[n.name] = (seen[n.name] || 0) + 1;
    for (const n of drawn) if (seen[n.name] > 1) n.name += placeOf(n.el);
  };

  Object.assign(dg, {squeeze, shapeOf, looks, placeOf, draws, tellApart});
})();
