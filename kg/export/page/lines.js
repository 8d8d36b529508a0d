/* Lines: a deed or a bundle of deeds each, drawn on a canvas of its own under the nodes. vis-network draws ten thousand edges
   in a quarter of a second and more, one by one; here lines of one look go out in strokes of some dozens. */

const DASHES = { 1: [5, 4], 3: [5, 4], 0: [1.5, 3] };
const MANY = 2000; // lines from which dashes are left out
const SLOW = 600; // lines that are dots while things move
const TOGETHER = 20; // lines to a stroke: longer paths take a browser's painter longer, line by line
const APART = 30; // pixels between the middles of two lines of a pair, at most
const WIDEST = 12;

const pairs = new Map();
let lines = []; // what is drawn: {id, from, to, quad, pair, facts, ...geometry, count, sure}
const lineOfFact = []; // by the fact's place

function pairOf(fact) {
  fact.pair ??= pairFor(fact);
  return fact.pair;
}

function pairFor(fact) {
  const [low, high] = fact.from.at < fact.to.at ? [fact.from, fact.to] : [fact.to, fact.from];
  const key = low.at * nodes.length + high.at;
  if (!pairs.has(key)) pairs.set(key, { key, low, high, facts: [], bundles: new Map() });
  return pairs.get(key);
}

function gatherPairs() {
  for (const fact of facts) {
    const pair = pairOf(fact);
    pair.facts.push(fact);
    if (!pair.bundles.has(fact.line)) pair.bundles.set(fact.line, []);
    pair.bundles.get(fact.line).push(fact);
  }
}

const bundled = (pair) => pair.bundles.size < pair.facts.length;

/* The lines of all pairs; an open pair has one for each fact. */
function layLines() {
  lines = [];
  for (const pair of pairs.values()) {
    const groups = state.open.has(pair.key) ? pair.facts.map((fact) => [fact]) : [...pair.bundles.values()];
    const own = groups.map((group) => ({
      id: group[0].id, from: group[0].from, to: group[0].to, quad: group[0].quad, pair, facts: group, count: 0, sure: false,
    }));
    bend(pair, own);
    for (const line of own) {
      for (const fact of line.facts) lineOfFact[fact.at] = line;
      lines.push(line);
    }
  }
}

/* No two lines of a pair on one another, whatever their direction. */
function bend(pair, own) {
  if (pair.low === pair.high) {
    own.forEach((line, rank) => {
      const radius = 13 + 6 * Math.floor(rank / 4) + (rank % 4);
      const turn = Math.PI * (0.25 + 0.5 * (rank % 4));
      const far = pair.low.size + radius * 0.8;
      line.loop = { x: pair.low.x + far * Math.cos(turn), y: pair.low.y - far * Math.sin(turn), radius };
    });
    return;
  }
  const [dx, dy] = [pair.high.x - pair.low.x, pair.high.y - pair.low.y];
  const length = Math.hypot(dx, dy) || 1;
  const gap = Math.min(APART * 2, (1.4 * length) / own.length);
  own.forEach((line, rank) => {
    const off = (rank - (own.length - 1) / 2) * gap;
    const middle = [(pair.low.x + pair.high.x) / 2 - (dy / length) * off, (pair.low.y + pair.high.y) / 2 + (dx / length) * off];
    trim(line, off ? middle : null);
  });
}

const between = (a, b, t) => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];

function pointAt(start, middle, end, t) {
  return middle ? between(between(start, middle, t), between(middle, end, t), t) : between(start, end, t);
}

/* Let a line end at the border of its target, where the arrow is to be. */
function trim(line, middle) {
  const [start, end] = [[line.from.x, line.from.y], [line.to.x, line.to.y]];
  const border = line.to.size + 3;
  let [low, high] = [0.4, 1];
  for (let round = 0; round < 9; round += 1) {
    const t = (low + high) / 2;
    const at = pointAt(start, middle, end, t);
    if (Math.hypot(at[0] - end[0], at[1] - end[1]) > border) low = t;
    else high = t;
  }
  line.start = start;
  line.middle = middle && between(start, middle, low);
  line.end = pointAt(start, middle, end, low);
  const before = line.middle || start;
  line.turn = Math.atan2(line.end[1] - before[1], line.end[0] - before[0]);
  line.length = Math.hypot(line.end[0] - start[0], line.end[1] - start[1]) || 1;
}

function countLines() {
  for (const line of lines) {
    line.count = 0;
    line.sure = false;
  }
  for (const fact of shown) {
    const line = lineOfFact[fact.at];
    line.count += 1;
    if (!fact.partial) line.sure = true;
  }
}

/* Width on the screen by the number of facts: twice as many, one step wider. */
const stepOf = (count) => Math.round(Math.log2(count) * 1.5);
const widthOf = (step) => Math.min(WIDEST, (lines.length > MANY ? 0.9 : 1.6) + step * 0.75);

function tracePath(ctx, line, back) {
  if (line.loop) {
    ctx.moveTo(line.loop.x + line.loop.radius, line.loop.y);
    ctx.arc(line.loop.x, line.loop.y, line.loop.radius, 0, 2 * Math.PI);
    return;
  }
  const t = 1 - Math.min(0.5, back / line.length);
  const end = pointAt(line.start, line.middle, line.end, t);
  ctx.moveTo(line.start[0], line.start[1]);
  if (line.middle) {
    const middle = between(line.start, line.middle, t);
    ctx.quadraticCurveTo(middle[0], middle[1], end[0], end[1]);
  } else ctx.lineTo(end[0], end[1]);
}

function traceArrow(ctx, line, size) {
  if (line.loop) return;
  const long = Math.min(size, line.length * 0.4);
  const [x, y] = line.end;
  for (const [along, aside] of [[0, 0], [-long, long * 0.42], [-long * 0.8, 0], [-long, -long * 0.42]]) {
    const to = [x + along * Math.cos(line.turn) - aside * Math.sin(line.turn), y + along * Math.sin(line.turn) + aside * Math.cos(line.turn)];
    if (along || aside) ctx.lineTo(to[0], to[1]);
    else ctx.moveTo(to[0], to[1]);
  }
  ctx.closePath();
}

function inStrokes(ctx, group, trace, paint) {
  ctx.beginPath();
  group.forEach((line, at) => {
    trace(line);
    if (at % TOGETHER === TOGETHER - 1) {
      ctx[paint]();
      ctx.beginPath();
    }
  });
  ctx[paint]();
}

/* Lines of one look: class, width, whether some day of it is known, whether it stands back behind what is chosen. */
function looks(chosen) {
  const groups = new Map();
  for (const line of lines) {
    if (!line.count) continue;
    const back = chosen !== null && !chosen.has(line);
    const key = ((line.quad * 64 + Math.min(stepOf(line.count), 31)) * 2 + line.sure) * 2 + back;
    if (!groups.has(key)) groups.set(key, { quad: line.quad, step: stepOf(line.count), sure: line.sure, back, lines: [] });
    groups.get(key).lines.push(line);
  }
  return [...groups.values()].sort((a, b) => b.back - a.back);
}

/* Of many lines each is pale, so that those below are seen too. */
const alphaOf = ({ back, sure, step }) => (back ? 0.22 : lines.length > MANY && step < 4 ? 0.5 : 1) * (sure ? 1 : 0.55);

/* `ctx` is in the drawing's own units, `scale` pixels of the screen to one of them; `chosen` stand out. */
function drawLines(ctx, scale, chosen) {
  const dashed = lines.length <= MANY;
  for (const look of looks(chosen)) {
    const width = (widthOf(look.step) * (look.back || !chosen ? 1 : 1.5)) / scale;
    const arrow = (lines.length > MANY ? 4 : 7) / scale + width * 1.6;
    ctx.globalAlpha = alphaOf(look);
    ctx.strokeStyle = colour(`q${look.quad}`);
    ctx.fillStyle = ctx.strokeStyle;
    ctx.lineWidth = width;
    ctx.setLineDash((dashed && DASHES[look.quad] ? DASHES[look.quad] : []).map((each) => (each * Math.max(1, width * scale * 0.6)) / scale));
    inStrokes(ctx, look.lines, (line) => tracePath(ctx, line, arrow * 0.8), "stroke");
    ctx.setLineDash([]);
    inStrokes(ctx, look.lines, (line) => traceArrow(ctx, line, arrow), "fill");
  }
  ctx.globalAlpha = 1;
}

function away(line, x, y) {
  if (line.loop) return Math.abs(Math.hypot(x - line.loop.x, y - line.loop.y) - line.loop.radius);
  const parts = line.middle ? 12 : 1;
  let [least, before] = [Infinity, line.start];
  for (let part = 1; part <= parts; part += 1) {
    const at = pointAt(line.start, line.middle, line.end, part / parts);
    const [dx, dy] = [at[0] - before[0], at[1] - before[1]];
    const t = Math.max(0, Math.min(1, ((x - before[0]) * dx + (y - before[1]) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(x - before[0] - t * dx, y - before[1] - t * dy));
    before = at;
  }
  return least;
}

/* The line at a place of the drawing, at most so far away from it. */
function lineAt(x, y, reach) {
  let [found, least] = [null, reach];
  for (const line of lines) {
    if (!line.count) continue;
    const far = away(line, x, y);
    if (far < least) [found, least] = [line, far];
  }
  return found;
}
