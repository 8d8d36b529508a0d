"""The network that a page shows: pyvis's nodes, edges and options, and the facts as columns.

An edge is what is drawn as one line at first sight: a deed, or a bundle of deeds. A pair of actors with at most `_APART`
facts has a line for each; one with more has a line for each direction and quad class, and the page opens it when asked.
Each fact stands once, in columns that name its edge, so that a page has no more than some 200 bytes a fact.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

from kg.facts import NO_TARGET, edtf

SHAPES = {
    "state": "dot",
    "organization": "square",
    "person": "triangle",
    "group": "hexagon",
    "place": "triangleDown",
    "topic": "diamond",
    "unknown": "dot",
    "none": "dot",
}
PASSIVE = ("place", "topic", "none")
"""Kinds that are not counted as actors."""

Row = dict[str, Any]

_OWN = ("actor", "target", "quad_class")  # what a fact's edge says of it
_APART = 4  # facts of a pair that are drawn one by one
_MANY = 2000  # edges from which nodes lose their outline
_LABEL = 60  # characters of a name under a node; the panel shows all of it
_LINE = 18  # letters of a label after which the page begins a new line
_PX = 7.0  # width of a letter of a label, in pixels
_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Chosen:
    """The facts of a page out of those given: ``shown`` in order of time, ``total`` of them there were; ``left_pairs`` is how
    many pairs have facts that are left out, ``busiest`` the number of facts of the busiest pair of which none is shown."""

    shown: list[Row]
    total: int
    left_pairs: int = 0
    busiest: int = 0


def facts_of(facts: Iterable[Mapping[str, object]], everyone: Mapping[str, object]) -> list[Row]:
    """Facts as plain JSON values.

    :raises ValueError: if two facts share an id or one names an unknown entity.
    """
    given = [_fact(fact, everyone) for fact in facts]
    twice = [key for key, count in Counter(fact["id"] for fact in given).items() if count > 1]
    if twice:
        raise ValueError(f"{len(twice)} fact ids occur more than once, the first is {min(twice)!r}")
    return given


def _fact(fact: Mapping[str, object], everyone: Mapping[str, object]) -> Row:
    """``start`` and ``until`` are days since 1970, ``until`` None if it still holds; ``when`` is the date as EDTF text."""
    plain: Row = _plain(fact)
    for key in ("id", "actor", "target"):
        plain[key] = str(fact[key])
    for key in ("actor", "target"):
        if plain[key] not in everyone:
            raise ValueError(f"fact {plain['id']!r}: {key} {plain[key]!r} is not among the entities")
    for key in ("type", "action", "precision"):
        plain[key] = "" if plain.get(key) is None else str(plain[key])
    plain["quad_class"] = quad if (quad := plain.get("quad_class")) in (1, 2, 3, 4) else None
    first, end = plain.pop("date", None), plain.pop("until", None)
    start, until = _day(first), _day(end)
    if start is None:
        return {**plain, "start": None, "until": None, "when": plain.get("when") or str(first or "")}
    if until is None and plain["precision"] != "span":
        until = start + dt.timedelta(days=1)
    when = plain.get("when") or edtf(start, until, plain["precision"] or "day", plain.get("certainty") or None)
    return {**plain, "start": _number(start), "until": None if until is None else _number(until), "when": when}


def _day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _number(day: dt.date) -> int:
    return day.toordinal() - _EPOCH


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


def pair(fact: Row) -> tuple[str, str]:
    """The two entities of a fact, whatever its direction."""
    low, high = sorted((fact["actor"], fact["target"]))
    return low, high


def busiest(facts: list[Row], limit: int) -> Chosen:
    """At most ``limit`` facts, the busiest pairs' first, of a pair the latest; a deed without target counts for no pair."""
    busy = Counter(map(pair, facts))

    def rank(fact: Row) -> tuple[object, ...]:
        return NO_TARGET in pair(fact), -busy[pair(fact)], pair(fact)

    kept, left = facts, list[Row]()
    if len(facts) > limit:
        latest = sorted(facts, key=lambda fact: (fact["start"] or 0, fact["id"]), reverse=True)
        ranked = sorted(latest, key=rank)
        kept, left = ranked[:limit], ranked[limit:]
    shown = sorted(kept, key=_in_time)
    absent = set(map(pair, left)) - set(map(pair, shown))
    return Chosen(shown, len(facts), len(set(map(pair, left))), max((busy[each] for each in absent), default=0))


def _in_time(fact: Row) -> tuple[object, ...]:
    start, until = fact["start"], fact["until"]
    dated = (math.inf if start is None else start, math.inf if until is None else until)
    return (*dated, *itemgetter("actor", "target", "id")(fact))


def nodes_of(facts: list[Row], everyone: Mapping[str, Mapping[str, object]]) -> list[Row]:
    """The entities of the facts as vis nodes, busiest last so that they are drawn on top."""
    from kg.export.layout import positions

    degree = Counter(fact["actor"] for fact in facts)
    degree.update(fact["target"] for fact in facts if fact["target"] != fact["actor"])
    nodes = []
    for key in sorted(degree, key=lambda key: (degree[key], key)):
        name = str(everyone[key].get("name") or key)
        kind = str(everyone[key].get("kind") or "unknown")
        label = key if _known_by_its_id(key, name, kind) else name if len(name) <= _LABEL else name[: _LABEL - 1] + "…"
        size = round(min(34.0, 6 + 2.6 * math.sqrt(degree[key])), 1) if kind != "none" else 6.0
        group = kind if kind in SHAPES else "unknown"
        node = {"id": key, "name": name, "label": label, "kind": kind, "group": group, "size": size}
        nodes.append({**node, "facts": degree[key]})
    boxes = {node["id"]: _box(node) for node in nodes}
    places = positions(list(boxes), [(fact["actor"], fact["target"]) for fact in facts], boxes=boxes)
    for node in nodes:
        node["x"], node["y"] = places[node["id"]]
    return nodes


def _known_by_its_id(key: str, name: str, kind: str) -> bool:
    """Whether the id says it shorter: NATO for the North Atlantic Treaty Organization."""
    return kind == "organization" and key.isupper() and len(key) <= 6 and len(name) > _LINE


def _box(node: Mapping[str, Any]) -> tuple[float, float]:
    """Room for a node and its label, which the page breaks into lines of about `_LINE` letters."""
    letters, across = len(node["label"]), 2 * float(node["size"])
    return max(across, _PX * min(letters, _LINE)) + 14, across + 14 + 15 * math.ceil(letters / _LINE)


def edges_of(facts: list[Row]) -> tuple[list[Row], list[int]]:
    """The lines at first sight as vis edges, with the class of their facts; and the place of each fact's line among them."""
    busy = Counter(map(pair, facts))
    places: dict[tuple[Any, ...], int] = {}
    edges: list[Row] = []
    lines: list[int] = []
    for fact in facts:
        own = (fact["id"],) if busy[pair(fact)] <= _APART else ()
        key = (fact["actor"], fact["target"], fact["quad_class"], *own)
        if key not in places:
            places[key] = len(edges)
            quad = {} if fact["quad_class"] is None else {"quad_class": fact["quad_class"]}
            edges.append({"from": fact["actor"], "to": fact["target"], **quad})
        lines.append(places[key])
    return edges, lines


def network(nodes: list[Row], edges: list[Row]) -> Row:
    """Nodes, edges and options as pyvis holds them."""
    from pyvis.edge import Edge
    from pyvis.network import Network

    many = len(edges) > _MANY
    kinds = sorted({node["group"] for node in nodes})
    outline = {kind: {"borderWidth": 1.5} for kind in ("place", "none")}  # these are hollow
    options = {
        "physics": {"enabled": False},
        "layout": {"improvedLayout": False},
        "interaction": {"hover": False, "selectConnectedEdges": False, "keyboard": {"enabled": False}},
        "nodes": {"borderWidth": 0 if many else 1.5, "borderWidthSelected": 3, "labelHighlightBold": False},
        "groups": {kind: {"shape": SHAPES[kind]} | outline.get(kind, {}) for kind in kinds},
    }
    drawn = Network(directed=True, cdn_resources="in_line")
    drawn.set_options(json.dumps(options))
    for node in nodes:
        rest = {key: value for key, value in node.items() if key not in ("id", "label")}
        drawn.add_node(node["id"], label=node["label"], shape=SHAPES[node["group"]], **rest)
    for edge in edges:  # what Network.add_edge does, without its walk through all nodes for every edge
        rest = {key: value for key, value in edge.items() if key not in ("from", "to")}
        drawn.edges.append(Edge(edge["from"], edge["to"], True, **rest).options)
    found, lines, *_, chosen = drawn.get_network_data()
    return {"nodes": found, "edges": lines, "options": json.loads(chosen)}


def columns_of(facts: list[Row], lines: Sequence[int]) -> Row:
    """Facts as columns, each a list of values, or ``{"of": values, "at": places in them}`` where that is shorter.

    ``line`` is the place of a fact's edge. ``when`` is None where it is the first day and nothing else.
    """
    columns: Row = {"line": list(lines)}
    for name in sorted({key for fact in facts for key in fact} - set(_OWN)):
        columns[name] = _packed([_kept(name, fact) for fact in facts])
    return columns


def _kept(name: str, fact: Row) -> Any:
    value = fact.get(name)
    if name == "when" and fact["start"] is not None and value == dt.date.fromordinal(fact["start"] + _EPOCH).isoformat():
        return None
    return None if value in ("", []) else value


def _packed(values: list[Any]) -> Any:
    texts = [json.dumps(value, sort_keys=True) for value in values]
    places = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    apart = sum(map(len, places)) + len(texts) * (len(str(len(places))) + 1)
    if apart >= sum(map(len, texts)) + len(texts):
        return values
    return {"of": [json.loads(text) for text in places], "at": [places[text] for text in texts]}
