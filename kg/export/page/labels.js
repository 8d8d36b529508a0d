/* Labels: as many as find room, the selected and the busiest nodes' first, all of one size on the screen. */

const TEXT = 13; // height of a label on the screen, in pixels
const LINE = 18; // letters of a label after which a new line may begin
const FIRST = 10; // in view by priority, labelled even where that covers others
const FEW = 40; // so many then
const SMALL = 60; // nodes in view up to which labels are placed anew for those that found no room
const TRIES = 4;

let placed = new Map(); // node -> [x, y] of its label's box from the node's middle, in pixels of the screen
const soonDecluttered = soon(() => declutter(), 90);
const pen = document.createElement("canvas").getContext("2d");
const labels = new Map();

/* The rows of a label, its width and its height on the screen. */
function labelBox(node) {
  if (!labels.has(node.id)) {
    pen.font = fontOf();
    const rows = wrapped(node.label);
    labels.set(node.id, { rows, wide: Math.max(...rows.map((row) => pen.measureText(row).width)) + 6, tall: rows.length * TEXT + 5 });
  }
  return labels.get(node.id);
}

function wrapped(label) {
  const rows = [];
  for (const word of label.split(" ")) {
    const last = rows[rows.length - 1];
    if (last !== undefined && last.length + word.length < LINE) rows[rows.length - 1] = `${last} ${word}`;
    else rows.push(word);
  }
  return rows;
}

function fontOf() {
  fontOf.family ??= getComputedStyle(document.body).fontFamily;
  return `${TEXT}px ${fontOf.family}`;
}

function paintLabels(ctx) {
  ctx.save();
  ctx.textBaseline = "top";
  ctx.lineJoin = "round";
  const ratio = window.devicePixelRatio || 1;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  Object.assign(ctx, { font: fontOf(), lineWidth: 3, strokeStyle: colour("paper"), fillStyle: colour("ink") });
  for (const [node, [x, y]] of placed) {
    const { rows, wide, tall } = labelBox(node);
    const at = network.canvasToDOM(node);
    const beside = y === -tall / 2;
    ctx.textAlign = !beside ? "center" : x > 0 ? "left" : "right";
    rows.forEach((row, line) => {
      const [left, top] = [at.x + x + (!beside ? wide / 2 : x > 0 ? 3 : wide - 3), at.y + y + 3 + line * TEXT];
      ctx.strokeText(row, left, top);
      ctx.fillText(row, left, top);
    });
  }
  ctx.restore();
}

function byPriority() {
  const selected = new Set(network.getSelectedNodes());
  const near = new Set([...(chosenLines() || [])].filter((line) => line.count).flatMap((line) => [line.from, line.to]));
  const rank = (node) => (selected.has(node.key) ? 0 : near.has(node) ? 1 : 2);
  const labelled = busiest.filter((node) => node.active && !node.away);
  return near.size || selected.size ? labelled.sort((a, b) => rank(a) - rank(b)) : labelled;
}

/* Boxes on the screen that are taken, in cells so that a question looks at few of them. */
function occupancy(cell = 60) {
  const cells = new Map();
  const keys = function* keysOf(box) {
    for (let i = Math.floor(box[0] / cell); i <= Math.floor(box[2] / cell); i += 1) {
      for (let j = Math.floor(box[1] / cell); j <= Math.floor(box[3] / cell); j += 1) yield `${i},${j}`;
    }
  };
  const meet = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
  return {
    take(box, id) {
      for (const key of keys(box)) {
        if (!cells.has(key)) cells.set(key, []);
        cells.get(key).push([box, id]);
      }
    },
    free(box, ignored) {
      for (const key of keys(box)) {
        if ((cells.get(key) || []).some(([other, owner]) => !ignored(owner) && meet(box, other))) return false;
      }
      return true;
    },
  };
}

function nodesInView(scale) {
  const middle = network.getViewPosition();
  const { clientWidth: wide, clientHeight: high } = stage;
  const spots = [];
  for (const node of byPriority()) {
    const x = (node.x - middle.x) * scale + wide / 2;
    const y = (node.y - middle.y) * scale + high / 2;
    const seen = x > -100 && y > -40 && x < wide + 100 && y < high + 40;
    if (seen) spots.push([node, x, y, node.size * scale, spots.length < FIRST]);
  }
  return spots;
}

/* Where a label may be: below, above, at the right, at the left. */
function spotsAround(r, wide, tall) {
  return [[-wide / 2, r + 1], [-wide / 2, -r - 1 - tall], [r + 2, -tall / 2], [-r - 2 - wide, -tall / 2]];
}

/* Points on the lines, on the screen. */
function pointsOfLines() {
  const found = [];
  for (const line of lines) {
    if (!line.count || line.loop) continue;
    for (let part = 1; part <= 24; part += 1) {
      const [x, y] = pointAt(line.start, line.middle, line.end, part / 24);
      found.push(network.canvasToDOM({ x, y }));
    }
  }
  return found;
}

function leastCrossed(boxed, points) {
  const crossed = ([, [left, top, right, bottom]]) => (
    points.reduce((count, { x, y }) => count + (x > left && x < right && y > top && y < bottom), 0));
  return boxed.map((each) => [crossed(each), each]).reduce((best, each) => (each[0] < best[0] ? each : best), [Infinity, null])[1];
}

/* Give labels the room there is, in this order; the nodes that got none are `missed`. Which may cover others does not hang on it. */
function placeLabels(spots) {
  const crowd = spots.length > CROWD;
  const taken = occupancy();
  for (const [node, x, y, r] of spots) {
    const side = Math.max(r * 0.85, 3);
    if (!crowd || r >= 5) taken.take([x - side, y - side, x + side, y + side], node);
  }
  const selected = new Set(network.getSelectedNodes());
  const crossings = lines.length <= SLOW ? pointsOfLines() : [];
  const found = new Map();
  const missed = [];
  for (const spot of spots) {
    if (crowd && found.size >= FEW) break;
    const room = roomFor(spot, taken, crossings, selected.has(spot[0].key));
    if (!room) missed.push(spot);
    else {
      taken.take(room[1]);
      found.set(spot[0], room[0]);
    }
  }
  return { found, missed };
}

/* The place of a node's label and its box; the `first` ones may cover nodes, though not labels. */
function roomFor([node, x, y, r, first], taken, crossings, chosen) {
  const { wide, tall } = labelBox(node);
  const boxed = spotsAround(r, wide, tall).map(([left, top]) => [[left, top], [x + left, y + top, x + left + wide, y + top + tall]]);
  const inside = boxed.filter(([, box]) => box[0] >= 0 && box[1] >= 0 && box[2] <= stage.clientWidth && box[3] <= stage.clientHeight);
  const clear = inside.filter(([, box]) => taken.free(box, (owner) => owner === node));
  return leastCrossed(clear, crossings)
    || inside.find(([, box]) => taken.free(box, (owner) => owner === node || (first && owner !== undefined)))
    || (chosen ? boxed[0] : null);
}

/* In a small drawing those that found no room have the first choice in another try. */
function declutter() {
  if (!network) return;
  let spots = nodesInView(network.getScale());
  let best = placeLabels(spots);
  for (let more = 0; more < TRIES && best.missed.length && spots.length <= SMALL; more += 1) {
    const { missed } = best;
    spots = [...missed, ...spots.filter((spot) => !missed.includes(spot))];
    const other = placeLabels(spots);
    if (other.missed.length < best.missed.length) best = other;
    else break;
  }
  placed = best.found;
  network.redraw();
}
