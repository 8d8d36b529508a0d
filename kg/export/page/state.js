/* What is shown: a window in time, filters, what is open; and all of that in the page's address. */

const FACETS = ["quad", "kind", "type", "source"];
const ASKED = { quad: "class", kind: "kind", type: "type", source: "source" }; // their names in the address

/* `from` and `until` are null where the window reaches the end of time. A facet is what is chosen of it; nothing is all.
   `open` holds pairs drawn deed by deed, `show` is what the panel has: a node, a line, a pair, a fact, or one of LISTS. */
const state = {
  from: null, until: null, step: null, focus: null, show: null, view: null, open: new Set(),
  quad: new Set(), kind: new Set(), type: new Set(), source: new Set(),
};
const LISTS = ["chronicle", "actors", "filter"];

let shown = facts; // in order of time
const listeners = [];
const sieve = new Uint8Array(facts.length).fill(1); // which facts pass all but the window

const VALUES = {
  quad: (fact) => [String(fact.quad)],
  kind: (fact) => [fact.from.kind, fact.to.kind],
  type: (fact) => listOf(fact.type),
  source: (fact) => listOf(fact.sources),
};

/* Who is seen while the page keeps to a node and its neighbours; null if it doesn't. */
function neighbourhood() {
  const middle = nodeOf.get(state.focus);
  return middle ? new Set([middle, ...middle.facts.flatMap((fact) => [fact.from, fact.to])]) : null;
}

function sift() {
  const chosen = FACETS.filter((facet) => state[facet].size);
  const near = neighbourhood();
  for (const fact of facts) {
    sieve[fact.at] = chosen.every((facet) => VALUES[facet](fact).some((value) => state[facet].has(value)))
      && (!near || (near.has(fact.from) && near.has(fact.to)));
  }
}

/* A fact is in the window if its days overlap it: the same as in `kg facts --from --until`. */
function inTime(fact) {
  const { from, until } = state;
  if (fact.start === null) return from === null && until === null;
  return (until === null || fact.start < until) && (from === null || fact.until > from);
}

function choose() {
  shown = facts.filter((fact) => sieve[fact.at] && inTime(fact));
}

/* Take over what is different and let everybody know. `keep`: a step that Back returns from; `moving`: more is to come. */
function change(different, { keep = false, moving = false } = {}) {
  if (keep) remember();
  Object.assign(state, different);
  apply(different, moving);
  if (keep) writeAddress();
  else writeSoon();
}

function apply(different, moving = false) {
  if (["focus", ...FACETS].some((key) => key in different)) sift();
  choose();
  for (const listener of listeners) listener(different, moving);
}

/* The address. */
function address() {
  const asked = new URLSearchParams();
  for (const key of ["from", "until"]) if (state[key] !== null) asked.set(key, iso(state[key]));
  if (state.step) asked.set("step", state.step);
  for (const facet of FACETS) for (const value of state[facet]) asked.append(ASKED[facet], value);
  if (state.focus !== null) asked.set("focus", state.focus);
  if (state.show) asked.set(state.show.what, state.show.id);
  for (const key of state.open) asked.append("open", pairs.get(key).facts[0].id);
  if (state.view) asked.set("view", [state.view.x, state.view.y, state.view.scale].map((each) => +each.toPrecision(4)).join(","));
  return asked.toString();
}

function fromAddress(text) {
  const asked = new URLSearchParams(text);
  const day = (key) => dayFrom(asked.get(key) || "") ?? null;
  const show = ["node", "line", "pair", "fact"].find((what) => (what === "node" ? nodeOf : factOf).has(asked.get(what)));
  const list = LISTS.find((name) => name === asked.get("list"));
  const numbers = (asked.get("view") || "").split(",").map(Number);
  const view = numbers.length === 3 && numbers.every(Number.isFinite) && numbers[2] > 0;
  const opened = asked.getAll("open").filter((id) => factOf.has(id)).map((id) => pairOf(factOf.get(id)).key);
  const different = {
    from: day("from"), until: day("until"), open: new Set(opened),
    step: Object.hasOwn(STEPS, asked.get("step") || "") ? asked.get("step") : null,
    focus: nodeOf.has(asked.get("focus")) ? asked.get("focus") : null,
    show: show ? { what: show, id: asked.get(show) } : list ? { what: "list", id: list } : null,
    view: view ? { x: numbers[0], y: numbers[1], scale: numbers[2] } : null,
  };
  if (different.from !== null && different.until !== null && different.from >= different.until) different.until = null;
  for (const facet of FACETS) {
    const known = new Set(counts(facet).map(([value]) => value));
    different[facet] = new Set(asked.getAll(ASKED[facet]).filter((value) => known.has(value)));
  }
  return different;
}

/* A page inside another one may have no history of its own; then the steps are kept here. */
const past = [];
let depth = 0;

function write(how, deep) {
  const text = address();
  try {
    history[how]({ depth: deep }, "", text ? `#${text}` : location.pathname + location.search);
    return true;
  } catch {
    return false;
  }
}

function writeAddress() {
  write("replaceState", depth);
}

const writeSoon = soon(writeAddress, 250); // browsers refuse more than some hundred changes in half a minute

function remember() {
  if (write("replaceState", depth) && write("pushState", depth + 1)) depth += 1;
  else past.push(address());
}

const canGoBack = () => depth > 0 || past.length > 0;

function goBack() {
  if (past.length) restore(past.pop());
  else if (depth > 0) history.back();
}

function restore(text) {
  const different = fromAddress(text);
  Object.assign(state, different);
  apply(different);
}

addEventListener("popstate", (event) => {
  depth = event.state?.depth || 0;
  restore(location.hash.slice(1));
});
