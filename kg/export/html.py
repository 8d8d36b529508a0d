"""One self-contained page of a graph of facts: pyvis builds the network, this module the page around it.

pyvis's own page asks a CDN for scripts even when told to keep everything in line, and is written in the
locale's encoding. So its nodes, edges and options are taken from its `Network`, vis-network from its
installed files, and the page is ours: no request to anywhere, a Content-Security-Policy that allows only the
two scripts and two styles in it, and the data as inert JSON that no browser ever runs.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import os
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import Any

from kg.facts import NO_BEGINNING

_KNOWN = {
    *("id", "actor", "target", "type", "action", "code", "date", "until", "precision", "certainty"),
    *("quad_class", "intensity", "scale", "reports", "sources", "urls"),
}
_SHAPES = {
    "state": "dot",
    "organization": "square",
    "person": "triangle",
    "group": "hexagon",
    "place": "triangleDown",
    "topic": "diamond",
    "unknown": "dot",
    "none": "dot",
}
_SEASONS = {"03": "spring", "06": "summer", "09": "autumn", "12": "winter"}
_PASSIVE = ("place", "topic", "none")  # kinds that are not counted as actors
_STRAIGHT = 2000  # edges from which curves are kept for parallel ones only
_LABEL = 60  # characters of a name under a node; the panel shows all of it
_LINE = 18  # letters of a label after which the page begins a new line
_PX = 7.0  # width of a letter of a label, in pixels


@dataclass(frozen=True)
class PageSummary:
    """What a page shows.

    shown, total: facts on the page and facts given. entities: nodes on the page. first, last: the time span
    as texts, as fine as it is known, "" if no fact has a date. caption: the line under the title.
    size: bytes of the file.
    """

    shown: int
    total: int
    entities: int
    first: str
    last: str
    caption: str
    size: int


def write_page(
    path: Path,
    entities: Iterable[Mapping[str, object]],
    facts: Iterable[Mapping[str, object]],
    *,
    title: str,
    notes: Sequence[str] = (),
    limit: int = 10_000,
) -> PageSummary:
    """Write the graph of `facts` as one HTML file that needs no network, no server and no other file.

    entities: `id`, `name`, `kind`; those in no shown fact are left out.
    facts: `id`, `actor`, `target` (entity ids), `type`, `action`, `code`, `date` (a date or ISO text,
    inclusive), `until` (exclusive, or None), `precision` and `certainty` (as `kg.facts.Fact` has them), `quad_class` (1..4
    or None), `intensity`, `scale`, `reports`, `sources`, `urls`; whatever else one carries is listed as it is.
    notes: lines under the title. limit: how many facts are drawn at most; of more, those of the busiest dyads
    are kept, and the page says so.
    The same facts give the same bytes, in whatever order they come. The file appears whole or not at all.
    Raises ValueError if two facts share an id or a fact names an unknown entity; OSError if the file can't be
    written.
    """
    if limit < 0:
        raise ValueError(f"limit is {limit}, expected 0 or more")
    everyone = {str(entity["id"]): entity for entity in entities}
    given = [_fact(fact, everyone) for fact in facts]
    twice = [key for key, count in Counter(fact["id"] for fact in given).items() if count > 1]
    if twice:
        raise ValueError(f"{len(twice)} fact ids occur more than once, the first is {min(twice)!r}")
    shown = _most_active(given, limit)
    nodes = _nodes(shown, everyone)
    caption = _caption(shown, len(given), Counter(node["kind"] for node in nodes))
    if len(shown) < len(given):
        more = f"Only {len(shown):,} of {len(given):,} facts are drawn: those of the busiest pairs of actors."
        notes = [more, *notes]
    page = _page(_network(nodes, _edges(shown, nodes)), title=title, caption=caption, notes=notes)
    data = page.encode("utf-8", "xmlcharrefreplace")  # half a surrogate pair in a title has no UTF-8
    _replace(Path(path), data)
    first, last = _span(shown)
    return PageSummary(len(shown), len(given), len(nodes), first, last, caption, len(data))


def _fact(fact: Mapping[str, object], everyone: Mapping[str, object]) -> dict[str, Any]:
    """A fact as plain JSON values, with `when` in words."""
    plain: dict[str, Any] = _plain(fact)
    for key in ("id", "actor", "target"):
        plain[key] = str(fact[key])
    for key in ("actor", "target"):
        if plain[key] not in everyone:
            raise ValueError(f"fact {plain['id']!r}: {key} {plain[key]!r} is not among the entities")
    for key in ("type", "action", "date", "until", "precision", "certainty"):
        plain[key] = "" if plain.get(key) is None else str(plain[key])
    plain["quad_class"] = quad if (quad := plain.get("quad_class")) in (1, 2, 3, 4) else None
    plain["when"] = _when(plain["date"], plain["until"], plain["precision"], plain["certainty"])
    return plain


def _plain(value: object) -> Any:
    """Any value as strict JSON has it: a date is ISO text, NaN is None, None in a mapping is left out."""
    if value is None or isinstance(value, (str, bool, int)):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, (float, Decimal)):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    for method in ("isoformat", "iso_format", "tolist"):  # date; the Neo4j driver's dates; numpy
        if callable(found := getattr(value, method, None)):
            return _plain(found())
    return str(value)


def _when(start: str, until: str, precision: str, certainty: str) -> str:
    """The time of a fact as fine as it is known: 2009-09-18, 2009-09, spring 2009, 2009, 2000 to 2009 (a decade), 2009-03-01 to
    2009-03-05 or, if such a span is open, since 2009-03-01 or up to 2009-03-05; behind it how the source qualifies it."""
    words = _time(start, until, precision)
    return f"{words} ({certainty})" if certainty else words


def _time(start: str, until: str, precision: str) -> str:
    if not start:
        return "undated"
    day = start[:10] if re.match(r"\d{4}-\d\d-\d\d", start) else start
    if precision in ("month", "year"):
        return day.rsplit("-", 1 if precision == "month" else 2)[0]
    if precision == "season" and day[5:7] in _SEASONS:
        return f"{_SEASONS[day[5:7]]} {day[:4]}"
    if not until:
        return f"since {day}" if precision == "span" else day
    last = _day_before(until)
    if precision in ("decade", "century"):
        return f"{day[:4]} to {last[:4]}"
    if precision == "span" and day == NO_BEGINNING.isoformat():
        return f"up to {last}"
    return day if last <= day else f"{day} to {last}"


def _day_before(text: str) -> str:
    try:
        return (date.fromisoformat(text[:10]) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return text


def _most_active(facts: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    """At most `limit` facts, the busiest dyads' first, of a dyad the latest; in order of time."""

    def dyad(fact: dict[str, Any]) -> tuple[str, ...]:
        return tuple(sorted((fact["actor"], fact["target"])))

    if len(facts) > limit:
        busy = Counter(dyad(fact) for fact in facts)
        facts = sorted(facts, key=lambda fact: (fact["date"], fact["id"]), reverse=True)
        facts = sorted(facts, key=lambda fact: (-busy[dyad(fact)], dyad(fact)))[:limit]
    return sorted(facts, key=itemgetter("date", "until", "actor", "target", "id"))


def _nodes(facts: list[dict[str, Any]], everyone: Mapping[str, Mapping[str, object]]) -> list[dict[str, Any]]:
    """The entities of the facts as vis nodes, busiest last so that they are drawn on top."""
    from kg.export.layout import positions

    degree = Counter(fact["actor"] for fact in facts)
    degree.update(fact["target"] for fact in facts if fact["target"] != fact["actor"])
    nodes = []
    for key in sorted(degree, key=lambda key: (degree[key], key)):
        name = str(everyone[key].get("name") or key)
        kind = str(everyone[key].get("kind") or "unknown")
        label = name if len(name) <= _LABEL else name[: _LABEL - 1] + "…"
        size = round(min(34.0, 6 + 2.6 * math.sqrt(degree[key])), 1) if kind != "none" else 6.0
        count = "1 fact" if degree[key] == 1 else f"{degree[key]:,} facts"
        group = kind if kind in _SHAPES else "unknown"
        node = {"id": key, "name": name, "label": label, "title": f"{name}\n{kind}, {count}"}
        nodes.append({**node, "kind": kind, "group": group, "size": size, "facts": degree[key]})
    boxes = {node["id"]: _box(node) for node in nodes}
    places = positions(list(boxes), [(fact["actor"], fact["target"]) for fact in facts], boxes=boxes)
    for node in nodes:
        node["x"], node["y"] = places[node["id"]]
    return nodes


def _box(node: Mapping[str, Any]) -> tuple[float, float]:
    """Room for a node and its label, which the page breaks into lines of about `_LINE` letters."""
    letters, across = len(node["label"]), 2 * float(node["size"])
    return max(across, _PX * min(letters, _LINE)) + 14, across + 14 + 15 * math.ceil(letters / _LINE)


def _edges(facts: list[dict[str, Any]], nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One vis edge a fact, no two on the same line."""
    names = {node["id"]: node["name"] for node in nodes}
    bends = _bends(facts)
    edges = []
    for fact in facts:
        reports = fact.get("reports")
        witnesses = [f"{reports:,} report{'' if reports == 1 else 's'}"] if isinstance(reports, int) else []
        ends = f"{_short(names[fact['actor']])} → {_short(names[fact['target']])}"
        last = ", ".join(part for part in (fact["when"], fact["type"], *witnesses) if part)
        edge = {key: fact[key] for key in ("id", "when", *_KNOWN) if fact.get(key) not in (None, "", [])}
        edge["from"], edge["to"] = edge.pop("actor"), edge.pop("target")
        more = {key: value for key, value in fact.items() if key not in _KNOWN and key != "when"}
        edge["title"] = "\n".join((ends, _short(fact["action"]), last))
        edge.update({"more": more} if more else {}, **bends.get(fact["id"], {}))
        edges.append(dict(sorted(edge.items())))
    return edges


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _bends(facts: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """How each edge that is not alone between its two nodes leaves the straight line."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for fact in facts:
        groups.setdefault(tuple(sorted((fact["actor"], fact["target"]))), []).append(fact)
    bends: dict[str, dict[str, Any]] = {}
    for (low, high), group in groups.items():
        if low == high:
            for rank, fact in enumerate(group):
                loop = {"size": 16 + 7 * (rank // 4) + rank % 4, "angle": math.pi * (0.25 + 0.5 * (rank % 4))}
                bends[fact["id"]] = {"selfReference": loop}
            continue
        step = min(0.14, 0.9 / len(group))
        for rank, fact in enumerate(group if len(group) > 1 else ()):
            bend = round((rank - (len(group) - 1) / 2) * step, 5)
            side = "curvedCW" if (bend > 0) == (fact["actor"] == low) else "curvedCCW"
            smooth = {"enabled": True, "type": side, "roundness": abs(bend)} if bend else {"enabled": False}
            bends[fact["id"]] = {"smooth": smooth}
    return bends


def _span(facts: list[dict[str, Any]]) -> tuple[str, str]:
    """The first and the last time of the facts, as fine as these are known."""
    dated = [fact for fact in facts if fact["date"]]
    if not dated:
        return "", ""
    begun = [fact for fact in dated if not fact["when"].startswith("up to ")] or dated
    first = min(begun, key=lambda fact: (fact["date"], fact["when"]))
    ended = [fact for fact in dated if not fact["when"].startswith("since ")] or [first]
    last = max(ended, key=lambda fact: (max(fact["date"], _day_before(fact["until"])), fact["when"]))
    bare = [re.sub(r"^(since|up to) | \(.*", "", fact["when"]) for fact in (first, last)]
    return bare[0].split(" to ")[0], bare[1].split(" to ")[-1]


def _caption(facts: list[dict[str, Any]], total: int, kinds: Mapping[str, int]) -> str:
    def counted(number: int, word: str) -> str:
        return f"{number:,} {word}" + ("" if number == 1 else "s")

    actors = sum(count for kind, count in kinds.items() if kind not in _PASSIVE)
    parts = [f"{len(facts):,} of {counted(total, 'fact')}", counted(actors, "actor")]
    parts += [counted(kinds[kind], kind) for kind in ("place", "topic") if kinds.get(kind)]
    first, last = _span(facts)
    if first:
        parts.append(first if first == last else f"{first} to {last}")
    if holding := sum(fact["when"].startswith("since ") for fact in facts):
        parts.append(f"{holding:,} still hold" + ("s" if holding == 1 else ""))
    return " · ".join(parts)


def _network(nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> dict[str, Any]:
    """Nodes, edges and options as pyvis holds them."""
    from pyvis.edge import Edge
    from pyvis.network import Network

    many = len(edges) > _STRAIGHT
    kinds = sorted({node["group"] for node in nodes})
    outline = {kind: {"borderWidth": 1.5} for kind in ("place", "none")}  # these are hollow
    options = {
        "physics": {"enabled": False},
        "layout": {"improvedLayout": False},
        "interaction": {
            "hover": True,
            "hoverConnectedEdges": False,
            "tooltipDelay": 150,
            "hideEdgesOnDrag": many,
            "keyboard": {"enabled": True, "bindToWindow": False, "autoFocus": False},
        },
        "nodes": {"borderWidth": 0 if many else 1.5, "borderWidthSelected": 3, "labelHighlightBold": False},
        "edges": {
            "arrows": {"to": {"enabled": True, "scaleFactor": 0.45}},
            "arrowStrikethrough": False,
            "smooth": {"enabled": False},
            "width": 1 if many else 1.6,
            "hoverWidth": 1,
            "selectionWidth": 2,
        },
        "groups": {kind: {"shape": _SHAPES[kind]} | outline.get(kind, {}) for kind in kinds},
    }
    network = Network(directed=True, cdn_resources="in_line")
    network.set_options(json.dumps(options))
    for node in nodes:
        rest = {key: value for key, value in node.items() if key not in ("id", "label")}
        network.add_node(node["id"], label=node["label"], shape=_SHAPES[node["group"]], **rest)
    for edge in edges:  # what Network.add_edge does, without its walk through all nodes for every edge
        rest = {key: value for key, value in edge.items() if key not in ("from", "to")}
        network.edges.append(Edge(edge["from"], edge["to"], True, **rest).options)
    drawn, lines, *_, chosen = network.get_network_data()
    return {"nodes": drawn, "edges": lines, "options": json.loads(chosen)}


def _page(network: Mapping[str, Any], *, title: str, caption: str, notes: Sequence[str]) -> str:
    """The whole page as text."""
    from importlib.resources import files

    here = files("kg.export")
    vis_style, vis_script = _vis_network()
    style, script, frame = ((here / f"page.{kind}").read_text("utf-8") for kind in ("css", "js", "html"))
    policy = (
        f"default-src 'none'; script-src {_hash(vis_script)} {_hash(script)}; style-src {_hash(vis_style)} "
        f"{_hash(style)}; img-src data:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    parts = {
        "policy": policy,
        "title": html.escape(title),
        "caption": " · ".join(f"<span>{html.escape(part)}</span>" for part in caption.split(" · ")),
        "notes": "".join(f"<li>{html.escape(note)}</li>" for note in notes),
        "vis-style": vis_style,
        "vis-script": vis_script,
        "style": style,
        "script": script,
        "data": _inert(network),
    }
    return re.sub(r"\{\{([a-z-]+)\}\}", lambda found: parts[found[1]], frame)


def _inert(value: object) -> str:
    """Strict JSON that neither ends a script element nor starts a comment in one."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _vis_network() -> tuple[str, str]:
    """Style and script of the newest vis-network that pyvis brings along, licence comment included.

    Rules with pictures (the buttons of its edit mode, nine tenths of the style) are left out.
    Raises FileNotFoundError if pyvis has none.
    """
    import pyvis

    folders = (Path(pyvis.__file__).parent / "lib").glob("vis-*")
    ranked = sorted(folders, key=lambda folder: [int(n) for n in re.findall(r"\d+", folder.name)])
    if not ranked:
        raise FileNotFoundError("pyvis is installed without its copy of vis-network")
    style = (ranked[-1] / "vis-network.css").read_text("utf-8")
    script = (ranked[-1] / "vis-network.min.js").read_text("utf-8")
    plain = re.sub(r"[^{}]*\{[^{}]*url\([^{}]*\}", "", style)
    return plain, re.sub(r"\n?//# sourceMappingURL=.*", "", script)


def _replace(path: Path, data: bytes) -> None:
    """Write beside `path` and rename over it: an older file stays whole until the new one is."""
    path = Path(os.path.realpath(path))
    part = path.with_name(f".page-{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
