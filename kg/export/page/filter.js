/* Filters: the legend for classes and kinds, lists for all. Nothing chosen of a list is all of it. */

const ONCE = 12; // values of a list before it is asked for all
const TITLES = { quad: "Class", kind: "Kind (of one of the two)", type: "Action type", source: "Source" };
const WORDS = {
  quad: (value) => QUADS[value],
  kind: (value) => (Object.hasOwn(KINDS, value) ? KINDS[value] : value),
  type: (value) => value,
  source: (value) => value,
};

const counted = {};

/* The values of a facet with the number of facts, most frequent first. */
function counts(facet) {
  if (!counted[facet]) {
    const found = new Map();
    for (const fact of facts) for (const value of new Set(VALUES[facet](fact))) found.set(value, (found.get(value) || 0) + 1);
    counted[facet] = [...found].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  }
  return counted[facet];
}

function toggle(facet, value) {
  const chosen = new Set(state[facet]);
  if (!chosen.delete(value)) chosen.add(value);
  change({ [facet]: chosen }, { keep: true });
}

function filterView() {
  return [make("h2", {}, "Filter"), sub("Tick what you want to see; nothing ticked is everything."),
    ...FACETS.filter((facet) => counts(facet).length).map(facetView)];
}

function facetView(facet) {
  const box = ([value, count]) => make("label", {},
    make("input", { type: "checkbox", checked: state[facet].has(value), onchange: () => toggle(facet, value) }),
    bdi(WORDS[facet](value)), make("span", { class: "count" }, number(count)));
  const all = counts(facet);
  const first = all.filter(([value], at) => at < ONCE || state[facet].has(value));
  const more = button({ class: "more", onclick: () => more.replaceWith(...all.filter((each) => !first.includes(each)).map(box)) },
    `Show all ${number(all.length)}`);
  return make("fieldset", {}, make("legend", {}, TITLES[facet]), ...first.map(box), ...(first.length < all.length ? [more] : []));
}

/* What is chosen, each with a button that lets it go. */
function fillChips() {
  const chips = FACETS.flatMap((facet) => [...state[facet]].map((value) => [WORDS[facet](value), () => toggle(facet, value)]));
  if (state.focus !== null) {
    chips.unshift([`neighbours of ${nodeOf.get(state.focus).name}`, () => change({ focus: null }, { keep: true })]);
  }
  byId("chips").replaceChildren(...chips.map(([text, off]) => (
    button({ class: "chip", onclick: off, "aria-label": `Stop showing only: ${text}` }, "only ", bdi(short(text, 40)), " ×"))));
}

/* The legend: what occurs, nothing else. */
const OUTLINES = {
  organization: "2,2 12,2 12,12 2,12", person: "7,1 13,12 1,12", group: "4,2 10,2 13,7 10,12 4,12 1,7",
  place: "7,13 13,2 1,2", topic: "7,1 13,7 7,13 1,7",
};

function key(mark, wide, facet, value) {
  return button({ class: "key", "data-facet": facet, "data-value": value, title: `Show only: ${WORDS[facet](value)}`, onclick: () => toggle(facet, value) },
    drawn("svg", { width: wide, height: 14, "aria-hidden": "true" }, mark), WORDS[facet](value));
}

function fillLegend() {
  const line = (quad) => drawn("line", {
    x1: 1, y1: 7, x2: 25, y2: 7, class: `edge q${quad}`, ...(DASHES[quad] && data.edges.length <= MANY && { "stroke-dasharray": DASHES[quad].join(" ") }),
  });
  const shape = (kind) => (kind in OUTLINES ? drawn("polygon", { points: OUTLINES[kind], class: `node ${kind}` })
    : drawn("circle", { cx: 7, cy: 7, r: 5.5, class: `node ${kind}` }));
  const has = (facet, value) => counts(facet).some(([each]) => each === value);
  const quads = ["1", "2", "3", "4", "0"].filter((quad) => has("quad", quad)).map((quad) => key(line(quad), 26, "quad", quad));
  const kinds = Object.keys(KINDS).filter((kind) => has("kind", kind)).map((kind) => key(shape(kind), 14, "kind", kind));
  const marks = [];
  if (facts.some((fact) => fact.partial)) marks.push(["fill q1 pale", "pale, hatched: day not known"]);
  if (facts.some((fact) => fact.lasting)) marks.push(["lasting", "strip below the bars: what holds"]);
  byId("legend").append(...quads, ...kinds, ...marks.map(([name, text]) => make("span", {},
    drawn("svg", { width: 14, height: 14, "aria-hidden": "true" }, drawn("rect", { x: 1, y: 3, width: 12, height: 8, class: name })), text)));
  markLegend();
}

function markLegend() {
  for (const each of byId("legend").querySelectorAll("button")) {
    each.setAttribute("aria-pressed", String(state[each.dataset.facet].has(each.dataset.value)));
  }
}
