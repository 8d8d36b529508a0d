/* The panel: the chronicle of what is shown, an actor's, a line's or a pair's facts, one fact. */

const PAGE = 200; // facts listed at once
const OWN = new Set([
  "id", "line", "start", "until", "when", "type", "action", "code", "precision", "reports", "sources", "urls", "intensity", "scale",
  "certainty", "at", "from", "to", "quad", "lasting", "partial", "pair", "derived", "basis",
]); // what has a place of its own
const NAMES = { coded: "Coded by", actor_state: "State of the actor", target_state: "State of the target" };
const panel = byId("panel");

/* Open something in the panel; `move` brings it into view, `panel` takes the keyboard along. */
function show(what, options = {}) {
  const same = JSON.stringify(what) === JSON.stringify(state.show);
  if (!same) change({ show: what }, { keep: true });
  if (options.move && network) focusOn(endsOf(what));
  if (options.panel || panel.contains(document.activeElement)) {
    panel.focus({ preventScroll: true });
    if (narrow.matches) panel.scrollIntoView();
  }
}

function endsOf({ what, id }) {
  return what === "node" ? [id] : [...new Set([factOf.get(id).from.id, factOf.get(id).to.id])];
}

const VIEWS = {
  node: (id) => nodeView(nodeOf.get(id)),
  line: (id) => lineView(lineOfFact[factOf.get(id).at]),
  pair: (id) => pairView(pairOf(factOf.get(id))),
  fact: (id) => factView(factOf.get(id)),
  list: (id) => ({ chronicle: chronicleView, actors: actorsView, filter: filterView })[id](),
};

function fillPanel() {
  const { what, id } = state.show || { what: "list", id: "chronicle" };
  const tabs = LISTS.map((name) => button({
    class: "tab", "aria-pressed": String(what === "list" && id === name), disabled: !facts.length,
    onclick: () => show({ what: "list", id: name }),
  }, name[0].toUpperCase() + name.slice(1)));
  const back = canGoBack() ? [button({ class: "back", onclick: goBack }, "Back")] : [];
  const held = panel.contains(document.activeElement) && document.activeElement !== panel;
  panel.replaceChildren(make("nav", { class: "tabs", "aria-label": "Lists" }, ...tabs, ...back), ...VIEWS[what](id));
  if (held) panel.focus({ preventScroll: true });
}

function rows(items, row, kind = "rows") {
  const list = make("ul", { class: kind });
  const more = button({ class: "more" });
  const add = () => {
    const from = list.children.length;
    list.append(...items.slice(from, from + PAGE).map((item) => make("li", {}, row(item))));
    const left = items.length - list.children.length;
    more.textContent = `Show ${Math.min(PAGE, left)} more of ${number(left)}`;
    more.hidden = left === 0;
  };
  more.addEventListener("click", add);
  add();
  return [list, more];
}

const sub = (...parts) => make("p", { class: "sub" }, ...parts);

/* A date as it is written; one that is no plain day looks so, and says what it means. */
function dateOf(fact) {
  const partly = fact.partial ? "partial" : fact.lasting ? "lasting" : "";
  const parts = fact.when.split("/").flatMap((part, at) => [...(at ? [make("wbr")] : []), make("span", { class: "part" }, at ? part : fact.when.includes("/") ? `${part}/` : part)]);
  return make("time", { class: partly, title: meaning(fact) || undefined }, ...parts);
}

const markOf = (fact) => make("span", { class: `mark q${fact.quad}`, role: "img", "aria-label": QUADS[fact.quad], title: QUADS[fact.quad] });

function witnesses(fact) {
  if (fact.derived) return `follows from ${plural(listOf(fact.basis).length, "fact")}`;
  const found = fact.reports ? [plural(Number(fact.reports), "report")] : [];
  const sources = listOf(fact.sources);
  const named = sources.slice(0, 3).join(", ") + (sources.length > 3 ? ` and ${sources.length - 3} more` : "");
  return [...found, ...(named ? [named] : [])].join(": ");
}

function sentence(fact, seenFrom) {
  const action = fact.action || fact.type;
  if (fact.from === fact.to) return [...(seenFrom ? [] : [bdi(fact.from.label), " "]), bdi(action), " (itself)"];
  if (seenFrom === fact.from) return [bdi(action), " → ", bdi(fact.to.label)];
  if (seenFrom === fact.to) return ["← ", bdi(fact.from.label), ": ", bdi(action)];
  if (fact.derived) return [bdi(action), ": ", make("b", {}, bdi(fact.from.label)), " → ", make("b", {}, bdi(fact.to.label))];
  return [make("b", {}, bdi(fact.from.label)), " ", bdi(action), " ", make("b", {}, bdi(fact.to.kind === "none" ? "" : fact.to.label))];
}

function factRow(fact, seenFrom = null) {
  return button({ onclick: () => show({ what: "fact", id: fact.id }, { move: true }) },
    dateOf(fact), markOf(fact), make("span", {}, ...sentence(fact, seenFrom), make("small", {}, bdi(witnesses(fact)))));
}

function chronicleView() {
  if (!facts.length) return [make("h2", {}, "Nothing to show"), sub("No fact matches.")];
  if (!shown.length) return [make("h2", {}, "Nothing to show"), sub("No fact is in the window and passes the filter.")];
  return [make("h2", {}, "What happened"),
    sub("Drag over the bars below the graph for a time; click a node for its chronicle, a line for its facts."),
    ...rows(shown, (fact) => factRow(fact))];
}

function actorsView() {
  const count = new Map();
  for (const fact of shown) for (const node of new Set([fact.from, fact.to])) count.set(node, (count.get(node) || 0) + 1);
  const ranked = busiest.filter((node) => count.has(node) && node.kind !== "none").sort((a, b) => count.get(b) - count.get(a));
  return [make("h2", {}, "Busiest actors"), sub("Of what is shown."), ...rows(ranked, (node) => (
    button({ onclick: () => show({ what: "node", id: node.id }, { move: true }) },
      bdi(node.name), make("span", { class: "count" }, plural(count.get(node), "fact")))), "rows names")];
}

/* Facts that are shown, and how many more there are outside the window or the filter. */
function shownOf(all) {
  const now = inWindow(all);
  const count = now.length === all.length ? plural(now.length, "fact") : `${number(now.length)} of ${plural(all.length, "fact")} shown`;
  return [now, count];
}

function nodeView(node) {
  const [now, count] = shownOf(node.facts);
  const partners = new Map();
  for (const fact of now) {
    const other = fact.from === node ? fact.to : fact.from;
    if (other !== node) partners.set(other, [...(partners.get(other) || []), fact]);
  }
  const ranked = [...partners].sort((a, b) => b[1].length - a[1].length).slice(0, 6);
  const only = state.focus === node.id;
  return [make("h2", {}, bdi(node.name)), sub(`${kindOf(node)} · `, bdi(node.id), ` · ${count}`),
    make("p", { class: "tools" },
      button({ "aria-pressed": String(only), onclick: () => change({ focus: only ? null : node.id }, { keep: true }) }, "Only its neighbours"),
      button({ onclick: () => focusOn([node.id]) }, "Find in graph")),
    ...(ranked.length ? [make("p", { class: "tools partners" }, "With ", ...ranked.map(([other, common]) => (
      button({ onclick: () => show({ what: "pair", id: common[0].id }, { move: true }) }, bdi(short(other.name, 40)), ` ${number(common.length)}`))))] : []),
    ...rows(now, (fact) => factRow(fact, node))];
}

const heading = (from, to, arrow) => make("h2", { class: "ends" }, ...[from, to].map((node) => (
  button({ onclick: () => show({ what: "node", id: node.id }, { move: true }) }, bdi(node.name)))).flatMap((end, at) => (at ? [arrow, end] : [end])));

function lineView(line) {
  const [now, count] = shownOf(line.facts);
  const all = line.pair.facts.length;
  return [heading(line.from, line.to, "→"), sub(`${QUADS[line.quad]} · ${count}`),
    make("p", { class: "tools" }, ...(all > line.facts.length ? [
      button({ onclick: () => show({ what: "pair", id: line.pair.facts[0].id }) }, `All ${number(all)} between the two`)] : []), ...opener(line.pair)),
    ...rows(now, factCard, "cards")];
}

function pairView(pair) {
  const [now, count] = shownOf(pair.facts);
  return [heading(pair.low, pair.high, "↔"), sub(`both directions · ${count}`),
    make("p", { class: "tools" }, ...opener(pair)), ...rows(now, factCard, "cards")];
}

/* What draws the deeds of a pair apart, if they are drawn as bundles. */
function opener(pair) {
  if (!bundled(pair)) return [];
  const open = state.open.has(pair.key);
  return [button({ "aria-pressed": String(open), onclick: () => toggleOpen(pair) }, "Draw each deed")];
}

function factCard(fact) {
  return make("article", {},
    make("p", { class: "when" }, dateOf(fact), markOf(fact), fact.type, meaning(fact) ? make("small", {}, meaning(fact)) : ""),
    button({ class: "deed", onclick: () => show({ what: "fact", id: fact.id }) }, ...sentence(fact, null)),
    make("p", { class: "said" }, bdi(witnesses(fact))),
    ...(listOf(fact.urls).length ? [listed(listOf(fact.urls), safeLink)] : []));
}

function safeLink(text) {
  let url = null;
  try {
    url = new URL(text);
  } catch {
    return document.createTextNode(text);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return document.createTextNode(text);
  return make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" }, short(text, 90));
}

const listed = (items, each) => make("ul", { class: "plainly" }, ...items.map((item) => make("li", {}, each(String(item)))));

/* The facts that a derived one rests on; those that are on this page can be opened. */
function basisOf(id) {
  const fact = factOf.get(id);
  if (!fact) return bdi(id);
  return button({ class: "deed", onclick: () => show({ what: "fact", id }) }, `${fact.when}: `, ...sentence(fact, null));
}

function asText(value) {
  if (Array.isArray(value) && !value.some((item) => item instanceof Object)) return value.join(", ");
  return value instanceof Object ? JSON.stringify(value) : String(value);
}

function factView(fact) {
  const details = make("dl");
  const tell = (term, value) => {
    if (value === undefined || value === null || value === "" || value.length === 0) return;
    details.append(make("dt", {}, term), make("dd", {}, value instanceof Node ? value : bdi(asText(value))));
  };
  tell("Action", fact.action);
  tell("Date", dateOf(fact));
  tell("Meaning", meaning(fact));
  tell("Type", fact.type);
  tell("Code", fact.code);
  tell("Class", make("span", {}, markOf(fact), ` ${QUADS[fact.quad]}`));
  tell("Intensity", fact.intensity === null || fact.intensity === undefined ? "" : `${fact.intensity}${fact.scale ? ` (${fact.scale})` : ""}`);
  tell("Witnesses", fact.derived ? witnesses(fact) : fact.reports ? plural(Number(fact.reports), "report") : "");
  if (listOf(fact.sources).length) tell("Sources", listed(listOf(fact.sources), safeLink));
  if (listOf(fact.urls).length) tell("Links", listed(listOf(fact.urls), safeLink));
  for (const [key, value] of Object.entries(fact)) if (!OWN.has(key)) tell(NAMES[key] || key.replaceAll("_", " "), value);
  if (listOf(fact.basis).length) tell("Follows from", listed(listOf(fact.basis), basisOf));
  tell("Fact", fact.id);
  const pair = pairOf(fact);
  const outside = inWindow([fact]).length ? [] : [sub("Not in the window, or not in the filter.")];
  return [heading(fact.from, fact.to, "→"), ...outside, details, make("p", { class: "tools" }, ...(pair.facts.length > 1 ? [
    button({ onclick: () => show({ what: "pair", id: pair.facts[0].id }) }, `All ${number(pair.facts.length)} between the two`)] : []), ...opener(pair))];
}
