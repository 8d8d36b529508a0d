
(() => {
  "use strict";
  const QUADS = {
    1: "verbal cooperation", 2: "material cooperation", 3: "verbal conflict", 4: "material conflict",
    0: "not classified",
  };
  const DASHES = { 1: [5, 4], 3: [5, 4], 0: [1.5, 3] };
  const KINDS = {
    state: "state", organization: "organization", person: "person", group: "group", place: "place", topic: "topic",
    unknown: "kind unknown", none: "no target",
  };
  const MANY = 2000; // edges from which dashes are left out
  const PAGE = 200; // facts listed at once
  const TEXT = 13; // height of a label on the screen, in pixels
  const LINE = 18; // letters of a label after which a new line may begin
  const CROWD = 300; // nodes in view from which labels are few and may cover specks
  const FIRST = 10; // the busiest nodes, labelled even where that covers others
  const FEW = 40; // so many then
  const HIDDEN = 0.01; // size of a label that finds no room

  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const nodes = new Map(data.nodes.map((node) => [node.id, node]));
  const edges = new Map(data.edges.map((edge) => [edge.id, edge]));
  const factsOf = new Map(data.nodes.map((node) => [node.id, []]));
  for (const edge of data.edges) {
    factsOf.get(edge.from).push(edge);
    if (edge.to !== edge.from) factsOf.get(edge.to).push(edge);
  }
  const busiest = [...data.nodes].reverse();
  const dashed = data.edges.length <= MANY;
  const panel = byId("panel");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const narrow = matchMedia("(max-width: 720px)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let network = null;
  let visNodes = null;
  let visEdges = null;

  /* Small helpers: every text goes in as text, never as markup. */
  function make(tag, props = {}, ...children) {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(props)) {
      if (key === "class") element.className = value;
      else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else element.setAttribute(key, value);
    }
    element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
    return element;
  }

  const quadOf = (edge) => edge.quad_class || 0;
  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  /* Colours come from the style sheet, so that light and dark are said once. */
  function palette() {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(`--${name}`).trim();
  }

  function groupStyles(colour) {
    const groups = {};
    for (const kind of Object.keys(data.options.groups)) {
      const fill = { background: colour(kind), border: colour("outline") };
      const lit = { background: colour(kind), border: colour("accent") };
      groups[kind] = { ...data.options.groups[kind], color: { ...fill, highlight: lit, hover: lit } };
      if (kind === "none") groups[kind].shapeProperties = { borderDashes: [3, 3] };
    }
    return groups;
  }

  function edgeColours(colour) {
    return Object.fromEntries(Object.keys(QUADS).map((quad) => {
      const own = colour(`q${quad}`);
      return [quad, { color: own, highlight: own, hover: own }];
    }));
  }

  function styled() {
    const colour = palette();
    const font = {
      color: colour("ink"), strokeColor: colour("paper"), strokeWidth: 3, size: HIDDEN,
      face: getComputedStyle(document.body).fontFamily,
    };
    return {
      ...data.options,
      groups: groupStyles(colour),
      nodes: { ...data.options.nodes, font, scaling: { label: { maxVisible: 60, drawThreshold: 6 } } },
    };
  }

  /* A landscape drawing on a portrait screen is mirrored at its diagonal. */
  function turnIfUpright() {
    const range = (key) => {
      const places = data.nodes.map((node) => node[key]);
      return Math.max(...places) - Math.min(...places);
    };
    const { clientWidth, clientHeight } = byId("graph");
    if (clientWidth >= clientHeight || range("x") <= range("y")) return;
    for (const node of data.nodes) [node.x, node.y] = [node.y, node.x];
  }

  function wrapped(label) {
    const lines = [];
    for (const word of label.split(" ")) {
      const last = lines[lines.length - 1];
      if (last !== undefined && last.length + word.length < LINE) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(word);
    }
    return lines.join("\n");
  }

  function draw() {
    const colours = edgeColours(palette());
    turnIfUpright();
    visNodes = new vis.DataSet(data.nodes.map((node) => ({ ...node, label: wrapped(node.label) })));
    visEdges = new vis.DataSet(data.edges.map((edge) => ({
      ...edge, color: colours[quadOf(edge)], dashes: (dashed && DASHES[quadOf(edge)]) || false,
    })));
    network = new vis.Network(byId("graph"), { nodes: visNodes, edges: visEdges }, styled());
    network.once("afterDrawing", () => {
      performance.mark("first-frame");
      setTimeout(settle); // what can wait until something is to be seen
    });
    network.on("click", clicked);
    for (const event of ["dragEnd", "resize", "animationFinished"]) network.on(event, declutterSoon);
    network.on("zoom", declutterSoon);
    byId("graph").firstChild.setAttribute("aria-label", "Graph; the arrow keys move it, + and - zoom");
    byId("graph").firstChild.setAttribute("role", "application");
    fit(false);
  }

  function settle() {
    declutter();
    fillNames();
    dark.addEventListener("change", () => {
      const fresh = edgeColours(palette());
      network.setOptions(styled());
      visEdges.update(data.edges.map((edge) => ({ id: edge.id, color: fresh[quadOf(edge)] })));
      declutter();
    });
  }

  /* Labels: as many as find room, the selected and the busiest nodes' first, all of one size on the screen. */
  let shownLabels = new Set();
  let waiting = 0;

  function declutterSoon() {
    clearTimeout(waiting);
    waiting = setTimeout(declutter, 90);
  }

  const pen = document.createElement("canvas").getContext("2d");
  const labels = new Map();

  /* Half the width and the height of a label on the screen. */
  function labelBox(node) {
    if (!labels.has(node.id)) {
      pen.font = `${TEXT}px ${getComputedStyle(document.body).fontFamily}`;
      const lines = wrapped(node.label).split("\n");
      const half = Math.max(...lines.map((line) => pen.measureText(line).width)) / 2 + 3;
      labels.set(node.id, [half, lines.length * TEXT + 5]);
    }
    return labels.get(node.id);
  }

  function byPriority() {
    const ends = network.getSelectedEdges().flatMap((id) => [edges.get(id).from, edges.get(id).to]);
    const chosen = new Set(network.getSelectedNodes());
    const near = new Set(ends);
    const rank = (node) => (chosen.has(node.id) ? 0 : near.has(node.id) ? 1 : 2);
    return near.size || chosen.size ? [...busiest].sort((a, b) => rank(a) - rank(b)) : busiest;
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
    const { clientWidth: wide, clientHeight: high } = byId("graph");
    const where = network.getPositions();
    const spots = [];
    for (const node of byPriority()) {
      const x = (where[node.id].x - middle.x) * scale + wide / 2;
      const y = (where[node.id].y - middle.y) * scale + high / 2;
      if (x > -100 && y > -40 && x < wide + 100 && y < high + 40) spots.push([node, x, y, node.size * scale]);
    }
    return spots;
  }

  function declutter() {
    if (!network) return;
    const scale = network.getScale();
    const spots = nodesInView(scale);
    const taken = occupancy();
    const crowd = spots.length > CROWD;
    for (const [node, x, y, r] of spots) {
      if (crowd && r < 5) continue;
      const side = Math.max(r * 0.85, 3);
      taken.take([x - side, y - side, x + side, y + side], node.id);
    }
    const size = TEXT / scale;
    const selected = new Set(network.getSelectedNodes());
    const changes = [];
    const chosen = new Set();
    for (const [node, x, y, r] of spots) {
      if (crowd && chosen.size >= FEW) break;
      const [half, tall] = labelBox(node);
      const below = [x - half, y + r + 2, x + half, y + r + 2 + tall];
      const above = [x - half, y - r - 2 - tall, x + half, y - r - 2];
      const first = chosen.size < FIRST; // these may cover nodes, not labels
      const ignored = (owner) => owner === node.id || (first && owner !== undefined);
      const box = taken.free(below, ignored) || selected.has(node.id) ? below : above;
      if (box === above && (above[1] < 0 || !taken.free(above, ignored))) continue;
      taken.take(box);
      chosen.add(node.id);
      const vadjust = box === below ? 0 : -(2 * r + tall + 8) / scale;
      changes.push({ id: node.id, font: { size, vadjust, strokeWidth: 3 / scale } });
    }
    for (const id of shownLabels) if (!chosen.has(id)) changes.push({ id, font: { size: HIDDEN } });
    shownLabels = chosen;
    if (changes.length) visNodes.update(changes);
  }

  /* The panel. */
  function fill(...children) {
    const inside = panel.contains(document.activeElement);
    panel.replaceChildren(...children);
    panel.scrollTop = 0;
    if (!inside) return;
    panel.focus({ preventScroll: true });
    if (narrow.matches) byId("stage").scrollIntoView();
  }

  const back = () => make("button", { type: "button", class: "back", onclick: leave }, "All actors");

  function leave() {
    network.unselectAll();
    showStart();
    declutterSoon();
  }

  function rows(items, row, kind = "rows") {
    const list = make("ul", { class: kind });
    const more = make("button", { type: "button", class: "more" });
    const add = () => {
      const from = list.children.length;
      list.append(...items.slice(from, from + PAGE).map((item) => make("li", {}, row(item))));
      const left = items.length - list.children.length;
      more.textContent = `Show ${Math.min(PAGE, left)} more of ${left.toLocaleString("en")}`;
      more.hidden = left === 0;
    };
    more.addEventListener("click", add);
    add();
    return [list, more];
  }

  function nodeRow(node) {
    return make("button", { type: "button", onclick: () => showNode(node.id, true) },
      make("span", {}, node.name), make("span", { class: "count" }, plural(node.facts, "fact")));
  }

  function showStart() {
    if (!data.nodes.length) {
      fill(make("h2", {}, "Nothing to show"), make("p", { class: "sub" }, "No fact matches."));
      return;
    }
    const top = busiest.filter((node) => node.kind !== "none");
    fill(make("h2", {}, "Busiest actors"),
      make("p", { class: "sub" }, "Click a node for its chronicle, an edge for one fact."),
      ...rows(top.slice(0, narrow.matches ? 8 : 20), nodeRow, "rows names"));
  }

  function factRow(edge, id) {
    const text = edge.from === edge.to ? `${edge.action || edge.type} (itself)`
      : edge.from === id ? `${edge.action || edge.type} → ${nodes.get(edge.to).name}`
        : `← ${nodes.get(edge.from).name}: ${edge.action || edge.type}`;
    return make("button", { type: "button", onclick: () => showEdge(edge.id, true) },
      make("time", {}, edge.when), make("span", { class: `mark q${quadOf(edge)}`, title: QUADS[quadOf(edge)] }),
      make("span", {}, text));
  }

  function showNode(id, move) {
    const node = nodes.get(id);
    const facts = factsOf.get(id);
    network.selectNodes([id]);
    const kind = Object.hasOwn(KINDS, node.kind) ? KINDS[node.kind] : node.kind;
    fill(back(), make("h2", {}, node.name),
      make("p", { class: "sub" }, `${kind} · ${node.id} · ${plural(facts.length, "fact")}`),
      ...rows(facts, (edge) => factRow(edge, id)));
    if (move) focus([id]);
    declutterSoon();
  }

  function safeLink(text) {
    let url = null;
    try {
      url = new URL(text);
    } catch {
      return document.createTextNode(text);
    }
    if (url.protocol !== "https:" && url.protocol !== "http:") return document.createTextNode(text);
    return make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" },
      text.length > 90 ? `${text.slice(0, 89)}…` : text);
  }

  const listed = (items, show) => make("ul", {}, ...items.map((item) => make("li", {}, show(String(item)))));

  function asText(value) {
    if (Array.isArray(value) && !value.some((item) => item instanceof Object)) return value.join(", ");
    return value instanceof Object ? JSON.stringify(value) : String(value);
  }


  function showEdge(id, move) {
    const edge = edges.get(id);
    network.selectEdges([id]);
    const details = make("dl");
    const say = (term, value) => {
      if (value === undefined || value === null || value === "" || value.length === 0) return;
      details.append(make("dt", {}, term), make("dd", {}, value instanceof Node ? value : asText(value)));
    };
    say("Action", edge.action);
    say("Date", edge.when);
    say("Type", edge.type);
    say("Code", edge.code);
    say("Class", QUADS[quadOf(edge)]);
    const scale = edge.scale ? ` (${edge.scale})` : "";
    say("Intensity", edge.intensity === undefined ? "" : `${edge.intensity}${scale}`);
    say("Witnesses", edge.reports === undefined ? "" : plural(Number(edge.reports), "report"));
    const sources = [].concat(edge.sources || []);
    const urls = [].concat(edge.urls || []);
    if (sources.length) say("Sources", listed(sources, safeLink));
    if (urls.length) say("Links", listed(urls, safeLink));
    for (const [key, value] of Object.entries(edge.more || {})) say(key, value);
    say("Fact", edge.id);
    const end = (key) => make("button", { type: "button", onclick: () => showNode(edge[key], true) },
      nodes.get(edge[key]).name);
    fill(back(), make("h2", { class: "ends" }, end("from"), "→", end("to")), details);
    if (move) focus([edge.from, edge.to]);
    declutterSoon();
  }

  function clicked(event) {
    byId("message").textContent = "";
    if (event.nodes.length) showNode(event.nodes[0], false);
    else if (event.edges.length) showEdge(event.edges[0], false);
    else leave();
  }

  /* The view. */
  const animation = () => (calm.matches ? false : { duration: 350, easingFunction: "easeInOutQuad" });

  function focus(ids) {
    const scale = Math.max(network.getScale(), data.nodes.length > CROWD ? 1.5 : 0.9);
    if (ids.length === 1) network.focus(ids[0], { scale, animation: animation() });
    else network.fit({ nodes: ids, maxZoomLevel: scale, animation: animation() });
    if (calm.matches) declutter();
  }

  /* The largest scale at which all nodes, and in a small drawing their labels, are on the stage. */
  function fit(moving) {
    const { clientWidth: wide, clientHeight: high } = byId("graph");
    const where = network.getPositions();
    const boxes = data.nodes.map((node) => {
      const [half, tall] = data.nodes.length > 500 ? [8, 8] : labelBox(node);
      return [where[node.id].x, where[node.id].y, node.size, half, tall];
    });
    const frame = (scale) => {
      let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
      for (const [x, y, size, half, tall] of boxes) {
        left = Math.min(left, x * scale - Math.max(half, size * scale));
        right = Math.max(right, x * scale + Math.max(half, size * scale));
        top = Math.min(top, (y - size) * scale);
        bottom = Math.max(bottom, (y + size) * scale + tall);
      }
      return { left, top, right, bottom };
    };
    let [low, scale] = [0.01, 1.3];
    for (let round = 0; round < 18; round += 1) {
      const middle = round ? (low + scale) / 2 : scale;
      const box = frame(middle);
      const fits = box.right - box.left <= wide - 24 && box.bottom - box.top <= high - 24;
      if (fits && !round) low = scale;
      else if (fits) low = middle;
      else scale = middle;
    }
    const { left, top, right, bottom } = frame(low);
    const position = { x: (left + right) / 2 / low, y: (top + bottom) / 2 / low };
    network.moveTo({ position, scale: low, animation: moving && animation() });
    if (moving ? calm.matches : data.nodes.length <= CROWD) declutter();
  }

  /* The search box. */
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
  const names = new Map();

  function fillNames() {
    const seen = new Map();
    for (const node of busiest) seen.set(node.name, (seen.get(node.name) || 0) + 1);
    const options = busiest.map((node) => {
      const name = seen.get(node.name) > 1 ? `${node.name} (${node.id})` : node.name;
      names.set(name, node.id);
      return make("option", { value: name });
    });
    byId("names").replaceChildren(...options);
  }

  function find(text) {
    if (names.has(text)) return names.get(text);
    const wanted = fold(text);
    if (!wanted) return undefined;
    const folded = [...names].map(([name, id]) => [fold(name), id]);
    const hit = folded.find(([name, id]) => name === wanted || fold(id) === wanted)
      || folded.find(([name]) => name.startsWith(wanted)) || folded.find(([name]) => name.includes(wanted));
    return hit && hit[1];
  }

  function search(event) {
    event.preventDefault();
    const text = byId("name").value;
    const id = find(text);
    byId("message").textContent = id === undefined && text.trim() ? `Nobody here is called ${text}.` : "";
    if (id !== undefined) showNode(id, true);
  }

  /* The legend: what occurs, nothing else. */
  function shape(tag, attributes, name) {
    const svgns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(svgns, "svg");
    const mark = document.createElementNS(svgns, tag);
    const size = { width: tag === "line" ? 26 : 14, height: 14, "aria-hidden": "true" };
    for (const [key, value] of Object.entries(size)) svg.setAttribute(key, value);
    for (const [key, value] of Object.entries({ ...attributes, class: name })) mark.setAttribute(key, value);
    svg.append(mark);
    return svg;
  }

  function fillLegend() {
    const outlines = {
      organization: "2,2 12,2 12,12 2,12", person: "7,1 13,12 1,12", group: "4,2 10,2 13,7 10,12 4,12 1,7",
      place: "7,13 13,2 1,2", topic: "7,1 13,7 7,13 1,7",
    };
    const quads = new Set(data.edges.map(quadOf));
    const kinds = new Set(data.nodes.map((node) => node.group));
    for (const quad of [1, 2, 3, 4, 0].filter((each) => quads.has(each))) {
      const line = { x1: 1, y1: 7, x2: 25, y2: 7 };
      if (dashed && DASHES[quad]) line["stroke-dasharray"] = DASHES[quad].join(" ");
      byId("legend").append(make("span", {}, shape("line", line, `edge q${quad}`), QUADS[quad]));
    }
    for (const kind of Object.keys(KINDS).filter((each) => kinds.has(each))) {
      const mark = kind in outlines ? shape("polygon", { points: outlines[kind] }, `node ${kind}`)
        : shape("circle", { cx: 7, cy: 7, r: 5.5 }, `node ${kind}`);
      byId("legend").append(make("span", {}, mark, KINDS[kind]));
    }
  }

  showStart();
  byId("search").addEventListener("submit", search);
  byId("name").addEventListener("change", (event) => names.has(event.target.value) && search(event));
  if (data.nodes.length) {
    fillLegend();
    draw();
    byId("fit").addEventListener("click", () => fit(true));
  } else {
    byId("empty").hidden = false;
    byId("legend").hidden = true;
    for (const control of byId("search").elements) control.disabled = true;
  }
  window.kgPage = Object.freeze({ network, nodes, edges, showNode, showEdge });
})();
