/* The drawing: vis-network has the nodes, the view and the pointer; lines lie on a canvas below. */

const CROWD = 300; // nodes in view from which labels are few and may cover specks
const FADED = 0.16; // of a node that takes part in nothing of what is shown
const REACH = 7; // pixels from a line in which it is meant

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 860px)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const stage = byId("graph");
const sheet = make("canvas", { class: "sheet", "aria-hidden": "true" });
let network = null;
let visNodes = null;
let colour = () => "";
let moving = true; // while it does, details are left out of large drawings
let hovered = null; // a line
let cursor = null; // the node that the arrow keys are at

/* Colours come from the style sheet, so that light and dark are said once. */
function palette() {
  const style = getComputedStyle(document.documentElement);
  const names = ["ink", "paper", "outline", "accent", ...Object.keys(KINDS), ...Object.keys(QUADS).map((quad) => `q${quad}`)];
  const found = new Map(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  return (name) => found.get(name);
}

function groupStyles() {
  const groups = {};
  for (const kind of Object.keys(data.options.groups)) {
    const fill = { background: colour(kind), border: colour("outline") };
    const lit = { background: colour(kind), border: colour("accent") };
    groups[kind] = { ...data.options.groups[kind], color: { ...fill, highlight: lit, hover: lit } };
    if (kind === "none") groups[kind].shapeProperties = { borderDashes: [3, 3] };
  }
  return groups;
}

function styled() {
  colour = palette();
  return { ...data.options, groups: groupStyles() };
}

/* A landscape drawing on a portrait screen is mirrored at its diagonal. */
function turnIfUpright() {
  const range = (key) => Math.max(...nodes.map((node) => node[key])) - Math.min(...nodes.map((node) => node[key]));
  if (stage.clientWidth >= stage.clientHeight || range("x") <= range("y")) return;
  for (const node of nodes) [node.x, node.y] = [node.y, node.x];
}

function draw() {
  turnIfUpright();
  layLines();
  countLines();
  visNodes = new vis.DataSet(nodes.map(({ key: id, group, shape, size, x, y }) => ({ id, group, shape, size, x, y })));
  network = new vis.Network(stage, { nodes: visNodes, edges: [] }, styled());
  stage.prepend(sheet);
  network.on("beforeDrawing", paintLines);
  network.on("afterDrawing", paintLabels);
  network.once("afterDrawing", () => {
    performance.mark("first-frame");
    inMotion(); // details can wait until something is to be seen
  });
  network.on("click", clicked);
  network.on("doubleClick", doubleClicked);
  for (const event of ["dragEnd", "zoom"]) network.on(event, viewMoved);
  for (const event of ["dragStart", "dragging", "zoom"]) network.on(event, inMotion);
  network.on("resize", () => {
    if (!state.view) fit(false);
    soonDecluttered();
  });
  network.on("animationFinished", () => soonDecluttered());
  stage.addEventListener("pointermove", nextFrameHover);
  stage.addEventListener("pointerleave", () => hover(null, null));
  stage.addEventListener("keydown", pressed);
  const frame = stage.querySelector(".vis-network");
  frame.setAttribute("role", "application");
  frame.setAttribute("aria-label", "Graph. Arrow keys go from node to node, Enter opens a chronicle, plus and minus zoom, 0 shows all");
  if (state.focus !== null) keepToNeighbours();
  fadeNodes();
  toView(state.view);
}

function restyle() {
  network.setOptions(styled());
  fadeNodes();
  declutter();
}

/* Lines. */
function paintLines() {
  const scale = network.getScale();
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(stage.clientWidth * ratio), Math.round(stage.clientHeight * ratio)];
  if (sheet.width !== wide || sheet.height !== high) Object.assign(sheet, { width: wide, height: high });
  const ctx = sheet.getContext("2d");
  const origin = network.canvasToDOM({ x: 0, y: 0 });
  if (moving && lines.length > SLOW) return dotLines(ctx, { ratio, origin, scale }, chosenLines());
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, wide, high);
  ctx.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * origin.x, ratio * origin.y);
  return drawLines(ctx, scale, chosenLines());
}

let lastFrame = 0;
let frameTook = 0; // milliseconds between two frames of the same motion
const repaintLines = nextFrame(() => {
  const now = performance.now();
  frameTook = Math.min(1000, now - lastFrame);
  lastFrame = now;
  paintLines();
});

/* Details come back when nothing has moved for a while; on a slow machine a frame takes one itself. */
let resting = 0;
const atRest = [];

function inMotion() {
  moving = true;
  clearTimeout(resting);
  resting = setTimeout(() => {
    moving = false;
    fadeNodes();
    declutter();
    for (const each of atRest) each();
  }, Math.max(160, 2.5 * frameTook));
}

/* The lines that stand out: those of what the panel has, or the one under the pointer. */
function chosenLines() {
  const chosen = new Set(hovered ? [hovered] : []);
  const { what, id } = state.show || {};
  if (what === "node") for (const fact of nodeOf.get(id).facts) chosen.add(lineOfFact[fact.at]);
  if (what === "line" || what === "fact") chosen.add(lineOfFact[factOf.get(id).at]);
  if (what === "pair") for (const fact of pairOf(factOf.get(id)).facts) chosen.add(lineOfFact[fact.at]);
  return hovered || ["node", "line", "fact", "pair"].includes(what) ? chosen : null;
}

/* What is shown has changed: lines at once, nodes too unless they are many and the hand still moves. */
function redraw(different, stillMoving) {
  if (!network) return;
  if ("open" in different) layLines();
  countLines();
  if ("focus" in different) keepToNeighbours();
  if ("view" in different && !stillMoving) toView(different.view);
  else if ("focus" in different) fitAll();
  if (stillMoving) inMotion();
  if (!stillMoving || nodes.length <= CROWD) {
    fadeNodes();
    network.redraw();
  } else repaintLines();
  if (!stillMoving) soonDecluttered();
}

/* Directly at the drawn nodes: thousands of changes to a DataSet take a second. */
function fadeNodes() {
  const active = new Set(shown.flatMap((fact) => [fact.from, fact.to]));
  for (const node of nodes) {
    node.active = active.has(node);
    network.body.nodes[node.key].options.opacity = node.active ? 1 : FADED;
  }
}

function keepToNeighbours() {
  const near = neighbourhood();
  for (const node of nodes) node.away = Boolean(near && !near.has(node));
  visNodes.update(nodes.map(({ key: id, away: hidden }) => ({ id, hidden })));
}

/* The view. */
const animation = () => (calm.matches ? false : { duration: 350, easingFunction: "easeInOutQuad" });

function viewMoved() {
  const { x, y } = network.getViewPosition();
  change({ view: { x, y, scale: network.getScale() } }, { moving: true });
}

function toView(view) {
  if (view) network.moveTo({ position: { x: view.x, y: view.y }, scale: view.scale });
  else fit(false);
}

function focusOn(ids) {
  if (!ids.length) return;
  const scale = Math.max(network.getScale(), nodes.length > CROWD ? 1.5 : 0.9);
  if (ids.length === 1) network.focus(keyOf(ids[0]), { scale, animation: animation() });
  else network.fit({ nodes: ids.map(keyOf), maxZoomLevel: scale, animation: animation() });
  if (calm.matches) viewMoved();
  else network.once("animationFinished", viewMoved);
  if (calm.matches) declutter();
}

/* The rectangle that the nodes and, in a small drawing, their labels take at a scale. */
function extent(boxes, scale) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y, size, half, tall] of boxes) {
    left = Math.min(left, x * scale - Math.max(half, size * scale));
    right = Math.max(right, x * scale + Math.max(half, size * scale));
    top = Math.min(top, (y - size) * scale);
    bottom = Math.max(bottom, (y + size) * scale + tall);
  }
  return { left, top, right, bottom };
}

/* The largest scale at which all nodes and their labels are on the stage. */
function fit(animated) {
  const { clientWidth: wide, clientHeight: high } = stage;
  const seen = nodes.filter((node) => !node.away);
  const boxes = seen.map((node) => {
    const { wide: label, tall } = seen.length > 500 ? { wide: 16, tall: 8 } : labelBox(node);
    return [node.x, node.y, node.size, label / 2, tall];
  });
  const fits = (scale) => {
    const box = extent(boxes, scale);
    return box.right - box.left <= wide - 24 && box.bottom - box.top <= high - 24;
  };
  let [low, scale] = [0.01, 1.3];
  if (fits(scale)) low = scale;
  for (let round = 0; round < 12 && low < scale; round += 1) {
    const middle = (low + scale) / 2;
    if (fits(middle)) low = middle;
    else scale = middle;
  }
  const { left, top, right, bottom } = extent(boxes, low);
  const position = { x: (left + right) / 2 / low, y: (top + bottom) / 2 / low };
  network.moveTo({ position, scale: low, animation: animated && animation() });
  if (animated ? calm.matches : nodes.length <= CROWD) declutter();
}

function fitAll() {
  fit(true);
  state.view = null;
  writeSoon();
}
