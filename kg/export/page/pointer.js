/* Pointer and keyboard on the drawing. */

const tooltip = make("div", { class: "tooltip", hidden: true });

function spotOf(event) {
  const box = stage.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function lineUnder(spot) {
  const at = network.DOMtoCanvas(spot);
  return lineAt(at.x, at.y, REACH / network.getScale());
}

let pointer = null;
const hoverSoon = nextFrame(() => {
  if (!pointer || pointer.buttons) return hover(null, null);
  const spot = spotOf(pointer);
  const node = nodeOfKey.get(network.getNodeAt(spot));
  return hover(node && !node.away ? node : lineUnder(spot), spot);
});

function nextFrameHover(event) {
  pointer = event;
  hoverSoon();
}

function hover(what, spot) {
  const line = what?.pair ? what : null;
  if (line !== hovered) {
    hovered = line;
    if (lines.length <= SLOW) repaintLines();
  }
  stage.classList.toggle("over", Boolean(what));
  tooltip.hidden = !what;
  if (!what) return;
  tooltip.textContent = line ? lineText(line) : nodeText(what);
  const { clientWidth: wide, clientHeight: high } = stage;
  tooltip.style.left = `${Math.max(4, Math.min(spot.x + 14, wide - tooltip.offsetWidth - 4))}px`;
  tooltip.style.top = `${spot.y + 18 + tooltip.offsetHeight < high ? spot.y + 18 : Math.max(4, spot.y - tooltip.offsetHeight - 12)}px`;
}

const inWindow = (found) => found.filter((fact) => sieve[fact.at] && inTime(fact));
const kindOf = (node) => (Object.hasOwn(KINDS, node.kind) ? KINDS[node.kind] : node.kind);

function nodeText(node) {
  const now = inWindow(node.facts).length;
  const count = now === node.facts.length ? plural(now, "fact") : `${number(now)} of ${plural(node.facts.length, "fact")} shown`;
  return `${short(node.name)}\n${kindOf(node)}, ${count}`;
}

function lineText(line) {
  const now = inWindow(line.facts);
  const ends = `${short(line.from.name)} → ${short(line.to.name)}`;
  const rows = now.slice(0, 3).map((fact) => {
    const witnesses = fact.reports ? `, ${plural(Number(fact.reports), "report")}` : "";
    return `${fact.when}: ${short(fact.action || fact.type)} (${fact.type}${witnesses})`;
  });
  const more = now.length > 3 ? [`and ${number(now.length - 3)} more`] : [];
  const head = now.length > 1 ? [`${plural(now.length, "fact")}, ${QUADS[line.quad]}`] : [];
  return [ends, ...head, ...rows, ...more].join("\n");
}

function clicked(event) {
  if (event.nodes.length) return show({ what: "node", id: nodeOfKey.get(event.nodes[0]).id });
  const line = lineUnder(event.pointer.DOM);
  if (line) return show({ what: line.facts.length > 1 ? "line" : "fact", id: line.id });
  return state.show && state.show.what !== "list" ? show(null) : undefined;
}

function doubleClicked(event) {
  const node = nodeOfKey.get(event.nodes[0]);
  const line = node ? null : lineUnder(event.pointer.DOM);
  if (node) change({ focus: state.focus === node.id ? null : node.id }, { keep: true });
  else if (line && bundled(line.pair)) toggleOpen(line.pair);
}

/* Draw the deeds of a pair one by one, or as bundles again. */
function toggleOpen(pair) {
  const open = new Set(state.open);
  if (!open.delete(pair.key)) open.add(pair.key);
  change({ open });
}

/* Keys. */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const way = ARROWS[event.key];
  if (way && event.shiftKey) pan(way);
  else if (way) stepTo(way);
  else if (event.key === "Enter" && cursor) show({ what: "node", id: cursor.id }, { panel: true });
  else if (event.key === "+" || event.key === "=") zoom(1.25);
  else if (event.key === "-") zoom(0.8);
  else if (event.key === "0") fitAll();
  else if (event.key === "Escape") show(null);
  else return;
  event.preventDefault();
}

function pan([x, y]) {
  const at = network.getViewPosition();
  const far = 80 / network.getScale();
  network.moveTo({ position: { x: at.x + x * far, y: at.y + y * far } });
  viewMoved();
}

function zoom(times) {
  network.moveTo({ scale: network.getScale() * times });
  viewMoved();
}

/* To the nearest node in a direction; one that lies aside counts as further away. */
function stepTo([x, y]) {
  const there = nodes.filter((node) => node.active && !node.away && node !== cursor);
  if (!cursor) cursor = nodeOfKey.get(network.getSelectedNodes()[0]) || busiest.find((node) => node.active) || null;
  else {
    const cost = (node) => {
      const [dx, dy] = [node.x - cursor.x, node.y - cursor.y];
      const along = dx * x + dy * y;
      return along > 0 ? along + 2.5 * Math.abs(dx * y - dy * x) : Infinity;
    };
    const next = there.reduce((best, node) => (cost(node) < cost(best) ? node : best), there[0]);
    if (next && cost(next) < Infinity) cursor = next;
  }
  if (!cursor) return;
  network.selectNodes([cursor.key], false);
  keepInSight(cursor);
  say(`${nodeText(cursor).replace("\n", ", ")}. Enter opens its chronicle.`);
  soonDecluttered();
}

function keepInSight(node) {
  const at = network.canvasToDOM(node);
  const inside = at.x > 20 && at.y > 20 && at.x < stage.clientWidth - 20 && at.y < stage.clientHeight - 20;
  if (!inside) network.moveTo({ position: { x: node.x, y: node.y }, animation: animation() });
}
