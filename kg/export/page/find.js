/* The search box with its suggestions: a combobox as WAI-ARIA describes it. */

const MOST = 10; // suggestions
const box = byId("name");
const options = byId("names");
let suggested = [];
let at = -1;

const folded = () => {
  folded.kept ??= busiest.map((node) => [fold(node.name), fold(node.id), node]);
  return folded.kept;
};

/* Names that begin with a text first, then those with a word that does, then those that have it; the busiest first. */
function matches(text) {
  const wanted = fold(text);
  if (!wanted) return [];
  const ranks = [[], [], [], []];
  for (const [name, id, node] of folded()) {
    if (name === wanted || id === wanted) ranks[0].push(node);
    else if (name.startsWith(wanted)) ranks[1].push(node);
    else if (name.includes(` ${wanted}`)) ranks[2].push(node);
    else if (name.includes(wanted)) ranks[3].push(node);
  }
  return ranks.flat();
}

function suggest() {
  suggested = matches(box.value).slice(0, MOST);
  const twice = (name) => suggested.filter((node) => node.name === name).length > 1;
  options.replaceChildren(...suggested.map((node, place) => make("li", {
    role: "option", id: `name${place}`, "aria-selected": "false", onpointerdown: (event) => { event.preventDefault(); take(node); },
  }, bdi(short(node.name, 80)), make("span", { class: "count" }, `${kindOf(node)}${twice(node.name) ? ` ${node.id}` : ""}, ${plural(node.facts.length, "fact")}`))));
  at = -1;
  open(suggested.length > 0);
}

function open(wanted) {
  options.hidden = !wanted;
  box.setAttribute("aria-expanded", String(wanted));
  if (!wanted) box.removeAttribute("aria-activedescendant");
}

function pick(place) {
  at = (place + suggested.length) % suggested.length;
  [...options.children].forEach((each, i) => each.setAttribute("aria-selected", String(i === at)));
  options.children[at].scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", `name${at}`);
}

function take(node) {
  open(false);
  box.value = node.name;
  byId("message").textContent = "";
  show({ what: "node", id: node.id }, { move: true });
}

function search(event) {
  event.preventDefault();
  const text = box.value;
  const node = at >= 0 && !options.hidden ? suggested[at] : matches(text)[0];
  open(false);
  if (node) take(node);
  else byId("message").textContent = text.trim() ? `Nobody here is called ${short(text, 80)}.` : "";
}

function typing(event) {
  const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (down && suggested.length) {
    if (options.hidden) open(true);
    pick(at < 0 && down < 0 ? -1 : at + down);
    event.preventDefault();
  } else if (event.key === "Escape" && !options.hidden) {
    open(false);
    event.preventDefault();
  }
}

function fillSearch() {
  byId("search").addEventListener("submit", search);
  box.addEventListener("input", suggest);
  box.addEventListener("keydown", typing);
  box.addEventListener("blur", () => open(false));
}
