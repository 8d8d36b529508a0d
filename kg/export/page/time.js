/* The histogram of facts that is the slider. */

const BARS = [["day", 1], ["week", 1], ["month", 1], ["month", 3], ["year", 1], ["year", 5], ["year", 10], ["year", 50]];
const TICKS = [
  ["day", 1], ["day", 2], ["week", 1], ["month", 1], ["month", 3], ["year", 1], ["year", 2], ["year", 5], ["year", 10],
  ["year", 20], ["year", 50], ["year", 100], ["year", 500],
];
const HIGH = 64; // of the bars, in pixels
const LANE = 7; // of the strip of what lasts
const AXIS = 15;
const BESIDE = 20; // room for half a handle at each end

const strip = byId("strip");
const cover = { left: make("div", { class: "out" }), right: make("div", { class: "out" }) };
const handles = {};
const grip = make("div", { class: "grip" });
const dates = facts.filter((fact) => fact.start !== null);

/* First day and first day after of all that is dated; grown to whole steps by `domain`. */
const span = (() => {
  let [low, high] = [Infinity, -Infinity];
  for (const fact of dates) {
    if (fact.start > EARLIEST) low = Math.min(low, fact.start);
    high = Math.max(high, fact.start + 1, fact.until === FOREVER ? -Infinity : fact.until);
  }
  return { low: Math.min(low, high - 1), high };
})();

function usualStep() {
  const days = span.high - span.low;
  return days > 40 * 366 ? "year" : days > 400 ? "month" : days > 90 ? "week" : "day";
}

const stepNow = () => state.step || usualStep();

function domain() {
  const step = stepNow();
  const low = floor(span.low, step);
  const last = floor(span.high - 1, step);
  return { low, high: later(last, step, 1) };
}

let stripWidth = 0; // asked for once: asking after each change would have the browser lay out the page each time
const width = () => Math.max(50, stripWidth - 2 * BESIDE);

function xOf(day) {
  const { low, high } = domain();
  return BESIDE + ((Math.max(low, Math.min(high, day)) - low) / (high - low)) * width();
}

function dayAt(x) {
  const { low, high } = domain();
  return low + ((x - BESIDE) / width()) * (high - low);
}

/* The window with its ends, whether or not they are those of time. */
function ends() {
  const { low, high } = domain();
  return { from: state.from ?? low, until: state.until ?? high };
}

function setWindow(from, until, options) {
  const { low, high } = domain();
  change({ from: from <= low ? null : from, until: until >= high ? null : until }, options);
}

/* The histogram: days that are known solid, such as "2009" spread over what they may be and hatched, what lasts as a strip. */
function bins() {
  const { low, high } = domain();
  const most = Math.max(12, Math.min(120, width() / 9));
  const [unit, count] = BARS.find(([each, times]) => (high - low) / (STEPS[each] * times) <= most) || BARS[BARS.length - 1];
  const edges = [floor(low, unit)];
  while (edges[edges.length - 1] < high) edges.push(later(edges[edges.length - 1], unit, count));
  return edges;
}

function binOf(edges, day) {
  let [low, high] = [0, edges.length - 2];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (edges[middle] <= day) low = middle;
    else high = middle - 1;
  }
  return low;
}

function tally(edges) {
  const row = () => new Float64Array(edges.length - 1);
  const found = { sure: Object.keys(QUADS).map(row), partial: Object.keys(QUADS).map(row), lasting: row() };
  const quads = Object.keys(QUADS).map(Number);
  for (const fact of dates) {
    if (!sieve[fact.at]) continue;
    const last = fact.until === FOREVER ? edges.length - 2 : binOf(edges, fact.until - 1);
    const first = binOf(edges, fact.start);
    const share = 1 / (last - first + 1);
    const heap = fact.partial ? found.partial : found.sure;
    for (let bin = first; bin <= last; bin += 1) {
      if (fact.lasting) found.lasting[bin] += 1;
      else heap[quads.indexOf(fact.quad)][bin] += share;
    }
  }
  return found;
}

function hatches() {
  return Object.keys(QUADS).map((quad) => drawn("pattern", { id: `hatch${quad}`, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    drawn("rect", { width: 5, height: 5, class: `fill q${quad} pale` }), drawn("rect", { width: 2, height: 5, class: `fill q${quad}` })));
}

function drawHistogram() {
  if (!dates.length) return;
  stripWidth = strip.clientWidth;
  const edges = bins();
  const found = tally(edges);
  const heaps = [...found.sure.map((row, at) => [row, `fill q${Object.keys(QUADS)[at]}`, null]),
    ...found.partial.map((row, at) => [row, "", `url(#hatch${Object.keys(QUADS)[at]})`])];
  const tops = new Float64Array(edges.length - 1);
  for (const [row] of heaps) row.forEach((value, bin) => { tops[bin] += value; });
  const most = Math.max(1, ...tops);
  const base = new Float64Array(edges.length - 1);
  const place = (bin) => [xOf(edges[bin]), Math.max(1, xOf(edges[bin + 1]) - xOf(edges[bin]) - 1)];
  const bars = heaps.map(([row, name, fill]) => {
    let path = "";
    row.forEach((value, bin) => {
      if (!value) return;
      const [x, wide] = place(bin);
      const [low, high] = [HIGH - (base[bin] / most) * HIGH, HIGH - ((base[bin] + value) / most) * HIGH];
      base[bin] += value;
      path += `M${x.toFixed(1)} ${low.toFixed(1)}h${wide.toFixed(1)}V${high.toFixed(1)}h${(-wide).toFixed(1)}z`;
    });
    return path ? drawn("path", { d: path, class: name, ...(fill && { fill }) }) : null;
  }).filter(Boolean);
  const holding = Math.max(1, ...found.lasting);
  const lane = [...found.lasting].flatMap((value, bin) => (value ? [drawn("rect", {
    x: place(bin)[0], width: place(bin)[1] + 1, y: HIGH + 2, height: LANE - 2, class: "lasting", "fill-opacity": 0.25 + (0.75 * value) / holding,
  })] : []));
  const svg = drawn("svg", { width: stripWidth, height: HIGH + LANE + AXIS, "aria-hidden": "true" },
    drawn("defs", {}, ...hatches()), ...bars, ...lane, ...ticks(),
    drawn("text", { x: BESIDE + 4, y: 11, class: "tick" }, `highest: ${plural(Math.round(most), "fact")}`));
  strip.querySelector("svg")?.remove();
  strip.prepend(svg);
  placeWindow();
}

function ticks() {
  const { low, high } = domain();
  const [unit, count] = TICKS.find(([each, times]) => ((STEPS[each] * times) / (high - low)) * width() >= 74) || TICKS[TICKS.length - 1];
  const digits = { day: 10, week: 10, month: 7, year: 4 }[unit];
  const marks = [];
  let day = floor(low, unit);
  if (unit === "year") day = later(day, "year", -(Number(iso(day).slice(0, 4)) % count));
  if (unit === "month") while (Number(iso(day).slice(5, 7)) % count !== 1 % count) day = later(day, "month", -1);
  for (; day < high; day = later(day, unit, count)) {
    if (day < low) continue;
    const x = xOf(day);
    marks.push(drawn("line", { x1: x, x2: x, y1: HIGH, y2: HIGH + LANE + 4, class: "tick" }));
    if (x < stripWidth - 40) marks.push(drawn("text", { x: x + 3, y: HIGH + LANE + AXIS - 3, class: "tick" }, iso(day).slice(0, digits)));
  }
  return marks;
}

/* The window on it. */
function placeWindow() {
  const { from, until } = ends();
  const { low, high } = domain();
  const [left, right] = [xOf(from), xOf(until)];
  cover.left.style.width = `${left}px`;
  cover.right.style.left = `${right}px`;
  grip.style.left = `${left}px`;
  grip.style.width = `${right - left}px`;
  for (const [key, day, x] of [["from", from, left], ["until", until, right]]) {
    handles[key].style.left = `${x}px`;
    for (const [name, value] of [["min", low], ["max", high], ["now", day], ["text", iso(day)]]) handles[key].setAttribute(`aria-value${name}`, value);
    if (byId(key) !== document.activeElement) byId(key).value = state[key] === null ? "" : iso(day);
    byId(key).placeholder = iso(key === "from" ? low : high);
  }
  const whole = state.from === null && state.until === null;
  byId("all").disabled = whole;
  const undated = facts.length - dates.length;
  byId("count").textContent = `${shown.length === facts.length ? "all" : `${number(shown.length)} of`} ${plural(facts.length, "fact")}`
    + (undated && !whole ? ` (${number(undated)} undated)` : "");
}

/* Move an end, or both, by so many steps; the window keeps at least one step. */
function nudge(which, count, options) {
  const step = stepNow();
  const { low, high } = domain();
  let { from, until } = ends();
  if (which === "from") from = Math.max(low, Math.min(later(from, step, count), later(until, step, -1)));
  else if (which === "until") until = Math.min(high, Math.max(later(until, step, count), later(from, step, 1)));
  else {
    const moved = [later(from, step, count), later(until, step, count)];
    if (moved[0] < low || moved[1] > high) return false;
    [from, until] = moved;
  }
  setWindow(from, until, options);
  return true;
}

const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };

function handleKey(which, event) {
  const { low, high } = domain();
  const { from, until } = ends();
  if (event.key in KEYS) nudge(which, KEYS[event.key]);
  else if (event.key === "Home" && which === "from") setWindow(low, until);
  else if (event.key === "End" && which === "until") setWindow(from, high);
  else return;
  event.preventDefault();
}

/* Dragging: a handle moves its end, the window moves as a whole, elsewhere a new window is drawn. */
function grab(event) {
  if (event.button || !dates.length) return;
  const x = event.clientX - strip.getBoundingClientRect().left;
  const { from, until } = ends();
  const whole = state.from === null && state.until === null;
  const held = Object.keys(handles).find((key) => handles[key] === event.target);
  const what = held || (event.target === grip && !whole ? "window" : "new");
  const began = { x, day: dayAt(x), from, until };
  strip.setPointerCapture(event.pointerId);
  stop();
  const move = (next) => dragged(what, began, next.clientX - strip.getBoundingClientRect().left);
  const end = () => {
    strip.removeEventListener("pointermove", move);
    change({});
  };
  strip.addEventListener("pointermove", move);
  strip.addEventListener("lostpointercapture", end, { once: true });
  if (held) handles[held].focus({ preventScroll: true });
  event.preventDefault();
}

function dragged(what, began, x) {
  const step = stepNow();
  const { low, high } = domain();
  const day = Math.max(low, Math.min(high, dayAt(x)));
  const nearest = (each) => {
    const [before, after] = [floor(each, step), later(floor(each, step), step, 1)];
    return each - before < after - each ? before : after;
  };
  const options = { moving: true };
  if (what === "from") setWindow(Math.max(low, Math.min(nearest(day), later(began.until, step, -1))), began.until, options);
  else if (what === "until") setWindow(began.from, Math.min(high, Math.max(nearest(day), later(began.from, step, 1))), options);
  else if (what === "new") {
    if (Math.abs(x - began.x) < 4) return;
    const [one, other] = began.day < day ? [began.day, day] : [day, began.day];
    setWindow(floor(one, step), later(floor(Math.max(one, other - 1), step), step, 1), options);
  } else {
    let count = Math.round((dayAt(x) - began.day) / STEPS[step]);
    while (count < 0 && later(began.from, step, count) < low) count += 1;
    while (count > 0 && later(began.until, step, count) > high) count -= 1;
    setWindow(later(began.from, step, count), later(began.until, step, count), options);
  }
}

/* Playing: a window moves on step by step; without one, time fills up from its beginning. */
let playing = 0;

function stop() {
  clearInterval(playing);
  playing = 0;
  byId("play").textContent = "Play";
}

function play() {
  if (playing) {
    stop();
    return change({});
  }
  const { low, high } = domain();
  const grows = state.from === null;
  const steps = (high - low) / STEPS[stepNow()];
  if (grows && state.until === null) setWindow(low, later(floor(low, stepNow()), stepNow(), 1));
  byId("play").textContent = "Pause";
  playing = setInterval(() => {
    const done = grows ? !(ends().until < high && nudge("until", 1, { moving: true })) : !nudge("both", 1, { moving: true });
    if (!done) return;
    stop();
    change({});
  }, Math.max(120, Math.min(700, 16000 / steps)));
  return undefined;
}

function typed(key) {
  const text = byId(key).value;
  const day = text.trim() ? dayFrom(text) : null;
  const other = state[key === "from" ? "until" : "from"];
  const crossed = day !== null && other !== null && (key === "from" ? day >= other : day <= other);
  byId(key).setAttribute("aria-invalid", String(day === undefined || crossed));
  if (day === undefined) return say(`${text} is no date; write 2009-09-18, 2009-09 or 2009`);
  if (crossed) return say(`The window must begin before it ends, and ${text} does not`);
  change({ [key]: day }, { keep: true });
  byId(key).value = day === null ? "" : iso(day);
  return undefined;
}

function fillTime() {
  byId("time").hidden = !dates.length;
  if (!dates.length) return;
  for (const [key, label] of [["from", "From"], ["until", "Until"]]) {
    handles[key] = make("div", { class: `handle ${key}`, role: "slider", tabindex: 0, "aria-label": `${label}, ${key === "from" ? "first day" : "first day that is out"}` });
    handles[key].addEventListener("keydown", (event) => handleKey(key, event));
    byId(key).addEventListener("change", () => typed(key));
  }
  strip.append(cover.left, grip, cover.right, handles.from, handles.until);
  strip.addEventListener("pointerdown", grab);
  byId("play").addEventListener("click", play);
  byId("earlier").addEventListener("click", () => nudge("both", -1));
  byId("next").addEventListener("click", () => nudge("both", 1));
  byId("all").addEventListener("click", () => change({ from: null, until: null }, { keep: true }));
  byId("step").value = stepNow();
  byId("step").addEventListener("change", (event) => change({ step: event.target.value }));
  new ResizeObserver(nextFrame(drawHistogram)).observe(strip);
  listeners.push((different) => {
    if ("step" in different) byId("step").value = stepNow();
    if ("step" in different || "focus" in different || FACETS.some((key) => key in different)) drawHistogram();
    else placeWindow();
  });
}
