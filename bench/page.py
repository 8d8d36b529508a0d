"""The page beside other tools' pages: python bench/page.py [--facts 300,1000] [--runs N] [--others PYTHON]

A page of made-up facts is opened in Chromium (Playwright) from disk with the network off: time until the first frame with lines
in it, then frames while the time window is dragged, and while the view is. Beside it plain pyvis (its own layout, and the
positions of this page with physics off) and, run by another interpreter that has them, gravis, ipysigma and neo4j-viz: they
have no time window, so only their view is dragged. What is drawn by them needs no network either, or counts as not drawn.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from measure import conditions, section

OPEN, FRAMES = 2.5, 20.0
"""Seconds until 10 000 edges are seen, and frames a second while they are dragged: what the page must keep."""
FIXED, PER_FACT = 3_000_000, 300
"""Bytes of a file: at most so many and so many more a fact."""
_PATIENCE = 120_000  # milliseconds
_PACKAGES = ("diplomacy-kg", "pyvis", "playwright")

_MEANING = f"""Bounds of this page: at most {OPEN} s until the first frame, {FRAMES:.0f} frames a second or more while the time
window is dragged, {FIXED // 1_000_000} MB and {PER_FACT} bytes a fact. Pages are opened from disk without a network.
*Not drawn*: no line is seen within {_PATIENCE // 1000} s, because the page fetches its program from elsewhere (ipysigma) or is
still busy with the layout (pyvis). *placed beforehand*: pyvis with this page's positions and without its physics. Only this
page has a time window.
"""


@dataclass(frozen=True)
class Seen:
    """How a page did: bytes, seconds until something was drawn, and milliseconds between frames while dragging (None: can't)."""

    tool: str
    facts: int
    bytes: int
    opened: float | None
    window: float | None = None
    view: float | None = None


def made_up(count: int, seed: int = 1) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Entities and facts: a third as many actors as facts, few of them busy, over twenty years."""
    chance = random.Random(seed)
    actors = max(20, count // 3)
    weights = [1 / (n + 1) ** 0.7 for n in range(actors)]
    facts = []
    for n in range(count):
        actor, target = chance.choices(range(actors), weights, k=2)
        day = f"20{chance.randrange(20):02}-{chance.randrange(12) + 1:02}-{chance.randrange(28) + 1:02}"
        own = {"id": f"00000000-0000-0000-0000-{n:012}", "actor": f"a{actor}", "target": f"a{target}", "date": day, "until": None}
        url = f"https://www.example.org/world/{day}/a-story-as-long-as-they-are-{n}.html"
        said = {"sources": [f"Paper {n % 40}"], "urls": [url], "reports": 1 + n % 3}
        facts.append({**own, "precision": "day", "type": "CONSULT", "action": "meets", "quad_class": n % 4 + 1, **said})
    return [{"id": f"a{n}", "name": f"Actor {n}", "kind": "state"} for n in range(actors)], facts


# Tools: each writes a page of these entities and facts.


def _ours(path: Path, entities: list[dict[str, Any]], facts: list[dict[str, Any]]) -> None:
    from kg.export.html import About, write_page

    write_page(path, entities, facts, About("Made-up facts"), limit=len(facts))


def _pyvis(path: Path, entities: list[dict[str, Any]], facts: list[dict[str, Any]], *, placed: bool) -> None:
    from pyvis.network import Network

    from kg.export.layout import positions

    net = Network(directed=True, cdn_resources="in_line", height="700px")
    places = positions([e["id"] for e in entities], [(f["actor"], f["target"]) for f in facts]) if placed else {}
    for e in entities:
        x, y = places.get(e["id"], (None, None))
        net.add_node(e["id"], label=e["name"], **({"x": x, "y": y} if placed else {}))
    for f in facts:  # `add_edge` walks through all nodes each time
        net.edges.append({"from": f["actor"], "to": f["target"], "title": f["action"], "arrows": "to"})
    net.toggle_physics(not placed)
    path.write_text(net.generate_html(), encoding="utf-8")


def _gravis(path: Path, entities: list[dict[str, Any]], facts: list[dict[str, Any]]) -> None:
    import gravis  # type: ignore[import-not-found]

    edges = [{"source": f["actor"], "target": f["target"], "label": f["action"]} for f in facts]
    graph = {"graph": {"directed": True, "nodes": {e["id"]: {"label": e["name"]} for e in entities}, "edges": edges}}
    path.write_text(gravis.vis(graph, graph_height=700).to_html_standalone(), encoding="utf-8")


def _sigma(path: Path, entities: list[dict[str, Any]], facts: list[dict[str, Any]]) -> None:
    import networkx as nx
    from ipysigma import Sigma  # type: ignore[import-not-found]

    graph = nx.MultiDiGraph()
    graph.add_nodes_from((e["id"], {"label": e["name"]}) for e in entities)
    graph.add_edges_from((f["actor"], f["target"]) for f in facts)
    Sigma.write_html(graph, str(path), fullscreen=True)


def _neo4j_viz(path: Path, entities: list[dict[str, Any]], facts: list[dict[str, Any]]) -> None:
    from neo4j_viz import Node, Relationship, VisualizationGraph  # type: ignore[import-not-found]

    nodes = [Node(id=e["id"], caption=e["name"]) for e in entities]
    edges = [Relationship(source=f["actor"], target=f["target"], caption=f["action"]) for f in facts]
    shown = VisualizationGraph(nodes=nodes, relationships=edges).render(max_allowed_nodes=20_000, height="700px")
    path.write_text(shown.data, encoding="utf-8")


TOOLS: dict[str, Callable[..., None]] = {
    "this page": _ours,
    "pyvis": lambda *given: _pyvis(*given, placed=False),
    "pyvis, placed beforehand": lambda *given: _pyvis(*given, placed=True),
}
OTHERS: dict[str, Callable[..., None]] = {"gravis": _gravis, "ipysigma": _sigma, "neo4j-viz": _neo4j_viz}

# Measuring in the browser. A frame counts as drawn once one of the page's canvases has a pixel that is not as at first.

_DRAWN = """() => [...document.querySelectorAll('canvas')].some(canvas => {
    if (!canvas.width || !canvas.height) return false;
    const copy = new OffscreenCanvas(200, 120).getContext('2d');
    copy.drawImage(canvas, 0, 0, 200, 120);
    const dots = new Set(new Uint32Array(copy.getImageData(0, 0, 200, 120).data.buffer));
    return dots.size > 8;
})"""
_WATCH = """() => {
    window.benchFrames = [];
    let last = performance.now();
    const next = () => { const now = performance.now(); benchFrames.push(now - last); last = now; requestAnimationFrame(next); };
    requestAnimationFrame(next);
}"""


def seen(browser: Any, tool: str, path: Path, facts: int) -> Seen:
    """Open a page and drag what can be dragged."""
    from playwright.sync_api import Error

    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    page = context.new_page()
    size = path.stat().st_size
    try:
        page.goto(path.as_uri(), wait_until="commit", timeout=_PATIENCE)
        opened = _drawn(page)
        page.wait_for_timeout(3000)
        page.evaluate(_WATCH)
        window = _dragged(page, ".handle.until", -500) if tool == "this page" else None
        return Seen(tool, facts, size, opened, window, _dragged(page, "canvas", 200))
    except Error as error:
        print(f"{tool}, {facts} facts: {str(error).splitlines()[0]}", file=sys.stderr)
        return Seen(tool, facts, size, None)
    finally:
        context.close()


def _drawn(page: Any) -> float:
    """Seconds from the beginning of the navigation until something is drawn. Asked from outside: a page may forbid evaluation."""
    from playwright.sync_api import Error

    while not page.evaluate(_DRAWN):
        if page.evaluate("performance.now()") > _PATIENCE:
            raise Error("nothing is drawn")
        time.sleep(0.05)
    return float(page.evaluate("performance.now()")) / 1000


def _dragged(page: Any, what: str, far: int, steps: int = 40) -> float:
    """Milliseconds from frame to frame, the mean over a drag by so many pixels."""
    box = page.locator(what).last.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + min(20, box["height"] / 2)
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("benchFrames.length = 0")
    for step in range(steps):
        page.mouse.move(x + far * (step + 1) / steps, y + (step % 2))
    frames = page.evaluate("benchFrames")
    page.mouse.up()
    page.wait_for_timeout(1000)
    return statistics.fmean(frames) if frames else float(_PATIENCE)


def measure(counts: list[int], runs: int, others: str | None, only: str | None) -> list[Seen]:
    from playwright.sync_api import sync_playwright

    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if not found:
        sys.exit("no Chromium found; CHROMIUM names it")
    options = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    tools = [tool for tool in [*TOOLS, *(OTHERS if others else ())] if only in (None, tool)]
    results = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=options)
        for count in counts:
            pages = {tool: Path(folder) / f"{count}-{tool}.html" for tool in tools}
            for tool, path in pages.items():
                words = [others if tool in OTHERS else sys.executable, __file__, "--write", tool, str(count), str(path)]
                subprocess.run(list(map(str, words)), check=True, stdout=subprocess.DEVNULL)
            for _ in range(runs):
                for tool, path in list(pages.items()):
                    results.append(seen(browser, tool, path, count))
                    print(asdict(results[-1]), file=sys.stderr, flush=True)
                    if results[-1].opened is None:
                        del pages[tool]  # once is enough to wait in vain
        browser.close()
    return results


def _table(results: list[Seen]) -> tuple[str, bool]:
    """Medians over the runs, and whether the page keeps its bounds."""

    def median(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else None

    rows, kept = [], True
    for tool, facts in dict.fromkeys((each.tool, each.facts) for each in results):
        own = [each for each in results if (each.tool, each.facts) == (tool, facts)]
        opened, window, view = (median([getattr(each, what) for each in own]) for what in ("opened", "window", "view"))
        rate = [f"{1000 / each:.0f}" if each else "-" for each in (window, view)]
        rows.append((f"{facts:,}", tool, f"{own[0].bytes / 1e6:.1f} MB", f"{opened:.2f} s" if opened else "not drawn", *rate))
        if tool == "this page":
            kept &= own[0].bytes <= FIXED + PER_FACT * facts and (opened or 1e9) <= OPEN and 1000 / (window or 1e9) >= FRAMES
    head = ("facts", "page of", "size", "first frame", "frames a second, dragging the window", "dragging the view")
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows)) + "\n", kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--facts", default="300,1000,10000")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", help="a tool, e.g. 'this page'")
    parser.add_argument("--others", help="a Python that has gravis, ipysigma with networkx, and neo4j-viz")
    parser.add_argument("--markdown", type=Path, help="put the section into this page")
    parser.add_argument("--write", nargs=3, metavar=("TOOL", "FACTS", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        tool, count, path = given.write
        return {**TOOLS, **OTHERS}[tool](Path(path), *made_up(int(count)))
    started = time.perf_counter()
    results = measure([int(count) for count in given.facts.split(",")], given.runs, given.others, given.only)
    table, kept = _table(results)
    bounds = f"at most {OPEN} s until the first frame, {FRAMES:.0f} frames a second or more, 3 MB and {PER_FACT} bytes a fact"
    print(f"{table}\nBounds of this page: {bounds}: {'kept' if kept else 'NOT kept'}; {time.perf_counter() - started:.0f} s")
    if given.markdown:
        section(
            given.markdown,
            "The page",
            f"Written by `python bench/page.py --runs {given.runs} --others PYTHON --markdown docs/performance.md`.\n"
            f"{conditions(_PACKAGES)} Chromium without a graphics card, median of {given.runs} runs.\n\n{table}\n{_MEANING}",
        )
    print(json.dumps([asdict(each) for each in results]), file=sys.stderr)
    sys.exit(not kept)


if __name__ == "__main__":
    main()
