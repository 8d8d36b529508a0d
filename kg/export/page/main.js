/* The start: what the address says, then the graph, then all the rest. */

function begin() {
  gatherPairs();
  Object.assign(state, fromAddress(location.hash.slice(1)));
  depth = history.state?.depth || 0;
  sift();
  choose();
  fadeWithoutGraph();
  fillSearch();
  if (!facts.length) return beginEmpty();
  listeners.push(redraw, marked, afterwards);
  fillTime(); // what takes room beside the graph comes before it
  fillLegend();
  fillChips();
  draw();
  stage.append(tooltip);
  atRest.push(freshen);
  fillPanel();
  marked();
  byId("fit").addEventListener("click", fitAll);
  dark.addEventListener("change", restyle);
  addEventListener("beforeprint", restyle);
  addEventListener("afterprint", restyle);
  return undefined;
}

function fadeWithoutGraph() {
  const active = new Set(shown.flatMap((fact) => [fact.from, fact.to]));
  for (const node of nodes) node.active = active.has(node);
}

function beginEmpty() {
  byId("empty").hidden = false;
  for (const id of ["legend", "time"]) byId(id).hidden = true;
  for (const control of byId("search").elements) control.disabled = true;
  fillPanel();
}

/* The chosen node has vis-network's own mark; lines stand out by themselves. */
function marked(different = { show: null }) {
  if (!("show" in different)) return;
  const { what, id } = state.show || {};
  cursor = what === "node" ? nodeOf.get(id) : cursor;
  if (what === "node") network.selectNodes([keyOf(id)], false);
  else network.unselectAll();
}

let stale = false; // whether the panel has what was shown before

function freshen() {
  if (stale) fillPanel();
  stale = false;
}

function afterwards(different, stillMoving) {
  byId("empty").hidden = shown.length > 0;
  stale = Object.keys(different).some((key) => key !== "view") || stale;
  if (!stillMoving) freshen();
  if ("focus" in different || FACETS.some((key) => key in different)) {
    fillChips();
    markLegend();
  }
}

begin();

/* For who looks at the page from a console, and for its tests. */
window.kgPage = Object.freeze({
  network, nodes, facts, state, show, change,
  shown: () => shown.map((fact) => fact.id),
  lines: () => lines.filter((line) => line.count),
  spotOf: (id) => {
    const line = lineOfFact[factOf.get(id).at];
    const [x, y] = line.loop ? [line.loop.x + line.loop.radius, line.loop.y] : pointAt(line.start, line.middle, line.end, 0.5);
    return network.canvasToDOM({ x, y });
  },
  labels: () => [...placed].map(([node, [x, y]]) => {
    const at = network.canvasToDOM(node);
    return { id: node.id, x: at.x + x, y: at.y + y, width: labelBox(node).wide, height: labelBox(node).tall };
  }),
});
