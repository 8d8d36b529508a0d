/* The data as objects, days, and what makes elements. Every text goes in as text, never as markup. */

const QUADS = {
  1: "verbal cooperation", 2: "material cooperation", 3: "verbal conflict", 4: "material conflict", 0: "not classified",
};
const KINDS = {
  state: "state", organization: "organization", person: "person", group: "group", place: "place", topic: "topic",
  unknown: "kind unknown", none: "no target",
};
const DAY = 864e5;
const FOREVER = Infinity;

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const listOf = (value) => (value === null || value === undefined ? [] : [].concat(value));

/* vis-network keeps nodes in plain objects, so that a node called as what every object has ("constructor") needs another id there,
   its `key`. */
const keyOf = (id) => (id in {} ? `\u0000${id}` : id);
const nodes = data.nodes.map((node, at) => ({ ...node, at, key: keyOf(node.id), facts: [] }));
const nodeOf = new Map(nodes.map((node) => [node.id, node]));
const nodeOfKey = new Map(nodes.map((node) => [node.key, node]));
const busiest = [...nodes].reverse();

/* Facts in order of time. `start` and `until` are days since 1970; `until` is FOREVER while it holds, `start` null if undated. */
const facts = readFacts();
const factOf = new Map(facts.map((fact) => [fact.id, fact]));

function readFacts() {
  const unpacked = (column) => (Array.isArray(column) ? column : column.at.map((at) => column.of[at]));
  const columns = Object.entries(data.facts).map(([name, column]) => [name, unpacked(column)]);
  return data.facts.line.map((line, at) => {
    const edge = data.edges[line];
    const fact = { at, from: nodeOf.get(edge.from), to: nodeOf.get(edge.to), quad: edge.quad_class || 0 };
    for (const [name, values] of columns) fact[name] = values[at];
    fact.until ??= FOREVER;
    fact.when ??= fact.start === null ? "undated" : iso(fact.start);
    fact.lasting = fact.precision === "span";
    fact.derived = fact.coded === "derived"; // follows from other facts, its `basis`
    fact.partial = Boolean(fact.certainty) || (!fact.lasting && fact.precision !== "day" && fact.start !== null);
    fact.from.facts.push(fact);
    if (fact.to !== fact.from) fact.to.facts.push(fact);
    return fact;
  });
}

/* Days. */
function iso(day) {
  const text = new Date(day * DAY).toISOString();
  return text.slice(0, text.indexOf("T"));
}

/* The first day of 2009-09-18, 2009-09 or 2009; undefined for any other text. */
function dayFrom(text) {
  const found = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text.trim());
  if (!found) return undefined;
  const full = `${found[1]}-${found[2] || "01"}-${found[3] || "01"}`;
  const time = Date.parse(`${full}T00:00:00Z`);
  return Number.isNaN(time) || iso(time / DAY) !== full ? undefined : time / DAY;
}

const STEPS = { day: 1, week: 7, month: 30.44, year: 365.25 };

/* The first day of the step (a day, a week from Monday, a month, a year) that a day is in. */
function floor(day, step) {
  if (step === "day") return Math.floor(day);
  if (step === "week") return Math.floor((day + 3) / 7) * 7 - 3;
  const date = new Date(Math.floor(day) * DAY);
  date.setUTCDate(1);
  if (step === "year") date.setUTCMonth(0);
  return date.getTime() / DAY;
}

/* The same day so many steps on; the last one of a shorter month. */
function later(day, step, count) {
  if (step === "day" || step === "week") return day + count * STEPS[step];
  const date = new Date(day * DAY);
  const dayOfMonth = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count * (step === "year" ? 12 : 1));
  const last = new Date(date);
  last.setUTCMonth(last.getUTCMonth() + 1);
  last.setUTCDate(0);
  date.setUTCDate(Math.min(dayOfMonth, last.getUTCDate()));
  return date.getTime() / DAY;
}

const EARLIEST = dayFrom("0001-01-01"); // stands for a beginning that nobody knows

/* What a date that is no plain day means, in words. */
function meaning(fact) {
  if (fact.start === null) return "";
  const month = () => new Date(fact.start * DAY).toLocaleString("en", { month: "long", year: "numeric", timeZone: "UTC" });
  const last = fact.until === FOREVER ? "" : iso(fact.until - 1);
  let words = "";
  if (fact.lasting && fact.start === EARLIEST && last) words = `up to ${last}, since when is not known`;
  else if (fact.lasting) words = last ? `from ${iso(fact.start)} to ${last}` : `since ${iso(fact.start)}, still holds`;
  else if (fact.precision === "month") words = `some day in ${month()}`;
  else if (fact.precision === "year") words = `some day in ${iso(fact.start).slice(0, 4)}`;
  else if (fact.precision && fact.precision !== "day") words = `some day from ${iso(fact.start)} to ${last}`;
  return [words, fact.certainty || ""].filter(Boolean).join(", ");
}

/* Elements. */
function make(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

function drawn(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const button = (props, ...children) => make("button", { type: "button", ...props }, ...children);
const bdi = (text) => make("bdi", {}, text); // a name in another direction leaves the words around it alone
const number = (count) => count.toLocaleString("en");
const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;
const short = (text, most = 120) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();

/* Once, when nothing has asked for it again for so many milliseconds. */
function soon(action, wait) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, wait);
  };
}

/* Once before the next frame. */
function nextFrame(action) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      action();
    });
  };
}

function say(text) {
  byId("said").textContent = text;
}
