/* The lines of a large drawing while it moves: dots written straight into the picture, without arrows or soft edges. A browser
   that paints without a graphics card takes ten times as long to stroke ten thousand lines. */

const CURVE = 8; // straight parts that stand for a curve
let picture = null;

function dotLines(ctx, { ratio, origin, scale }, chosen) {
  const { width: wide, height: high } = ctx.canvas;
  if (!picture || picture.width !== wide || picture.height !== high) picture = new ImageData(wide, high);
  const dots = new Uint32Array(picture.data.buffer);
  dots.fill(0);
  const put = (x, y) => [(x * scale + origin.x) * ratio, (y * scale + origin.y) * ratio];
  for (const look of looks(chosen)) {
    const dot = asDot(colour(`q${look.quad}`), alphaOf(look));
    const thick = Math.max(1, Math.round(ratio * Math.min(3, look.step / 3)));
    for (const line of look.lines) {
      const corners = cornersOf(line).map(([x, y]) => put(x, y));
      for (let at = 1; at < corners.length; at += 1) dotted(dots, wide, high, corners[at - 1], corners[at], dot, thick);
    }
  }
  ctx.putImageData(picture, 0, 0);
}

/* Straight parts in place of a curve or a loop. */
function cornersOf(line) {
  if (line.loop) {
    const { x, y, radius } = line.loop;
    return Array.from({ length: CURVE + 1 }, (_, at) => (
      [x + radius * Math.cos((at * 2 * Math.PI) / CURVE), y + radius * Math.sin((at * 2 * Math.PI) / CURVE)]));
  }
  if (!line.middle) return [line.start, line.end];
  return Array.from({ length: CURVE + 1 }, (_, at) => pointAt(line.start, line.middle, line.end, at / CURVE));
}

/* #rrggbb as a dot of a picture: alpha, blue, green, red. */
function asDot(hex, alpha) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/* The part of a straight line that is in the picture, as shares of it; null if none is (Liang and Barsky, 1984). */
function inside(x, y, dx, dy, wide, high) {
  let [low, top] = [0, 1];
  for (const [step, room] of [[-dx, x], [dx, wide - 1 - x], [-dy, y], [dy, high - 1 - y]]) {
    if (step === 0 && room < 0) return null;
    if (step < 0) low = Math.max(low, room / step);
    else if (step > 0) top = Math.min(top, room / step);
  }
  return low < top ? [low, top] : null;
}

function dotted(dots, wide, high, [x, y], end, dot, thick) {
  const [dx, dy] = [end[0] - x, end[1] - y];
  const part = inside(x, y, dx, dy, wide, high);
  if (!part) return;
  const long = Math.max(Math.abs(dx), Math.abs(dy));
  const count = Math.ceil((part[1] - part[0]) * long);
  const flat = Math.abs(dx) > Math.abs(dy) ? wide : 1; // where a thicker line grows to
  const [alongX, alongY] = [dx / long, dy / long];
  let [atX, atY] = [x + part[0] * dx, y + part[0] * dy];
  for (let n = 0; n < count; n += 1) {
    let place = (atY | 0) * wide + (atX | 0);
    for (let layer = 0; layer < thick; layer += 1, place += flat) dots[place] = dot;
    atX += alongX;
    atY += alongY;
  }
}
