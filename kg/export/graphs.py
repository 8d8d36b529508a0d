"""A view's facts as a graph: GEXF and GraphML files, networkx and igraph objects.

Nodes are entities, edges facts; an edge's id is the fact's, so no two are alike and the next export has the same. A value that
is missing is no attribute; a date is ISO 8601 text in a file; a list is a JSON array as text.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from kg.export.frames import optional
from kg.export.rows import COLUMNS, Chosen, Node, chosen
from kg.export.xml import Texts
from kg.facts import NO_BEGINNING

if TYPE_CHECKING:
    import igraph
    import networkx

    from kg.stores.base import Store
    from kg.views import View

#: Attributes of nodes beside ``id``, and of edges beside ``id`` and both ends, with their types as GraphML and GEXF name them.
NODE = {"name": "string", "kind": "string", "state": "string", "start": "string", "until": "string"}
_NUMBERS = {"quad_class": "int", "intensity": "double", "reports": "int"}
_ENDS = ("id", "actor", "target", "actor_id", "target_id", "actor_kind", "target_kind")
EDGE = {column: _NUMBERS.get(column, "string") for column in COLUMNS if column not in _ENDS}

_GEXF_TYPES = {"string": "string", "int": "integer", "double": "double"}
_NO_TOKEN = re.compile(r"[^A-Za-z0-9-]")
_ONE_DAY = dt.timedelta(days=1)


def write(facts: Chosen, path: Path, form: str, title: str) -> int:
    """Write the facts of a view as ``gexf`` or ``graphml``; returns how many there are."""
    texts = Texts()
    with path.open("w", encoding="utf-8", newline="\n") as file:
        written = (_write_gexf if form == "gexf" else _write_graphml)(facts, file, title, texts)
    texts.tell()
    return written


def _write_graphml(facts: Chosen, file: IO[str], title: str, texts: Texts) -> int:
    """GraphML 1.0 with its attributes extension (graphml.graphdrawing.org). A node's ``entity`` is its id as it is here,
    and an edge's ``fact`` once more its id, which igraph does not read."""
    file.write('<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
    file.write(f"  <desc>{texts.escaped(f'{title}. {facts.caption().text()}')}</desc>\n")
    for what, attributes in (("node", {"entity": "string", **NODE}), ("edge", {"fact": "string", **EDGE})):
        for name, type_ in attributes.items():
            file.write(f'  <key id="{what}_{name}" for="{what}" attr.name="{name}" attr.type="{type_}"/>\n')
    file.write('  <graph id="facts" edgedefault="directed">\n')

    def data(what: str, values: Iterator[tuple[str, str]]) -> str:
        return "".join(f'<data key="{what}_{name}">{value}</data>' for name, value in values)

    for node in facts.nodes():
        values = data("node", _present({"entity": node.id, **node._asdict()}, ("entity", *NODE), texts))
        file.write(f'    <node id="{_token(node.id)}">{values}</node>\n')
    written = 0
    for row in facts.mappings():
        ends = f'source="{_token(row["actor_id"])}" target="{_token(row["target_id"])}"'
        values = data("edge", _present({"fact": row["id"], **row}, ("fact", *EDGE), texts))
        file.write(f'    <edge id="{row["id"]}" {ends}>{values}</edge>\n')
        written += 1
    file.write("  </graph>\n</graphml>\n")
    return written


def _write_gexf(facts: Chosen, file: IO[str], title: str, texts: Texts) -> int:
    """GEXF 1.3 over time (gexf.net/1.3): first and last day of an edge or a node are inclusive there, a day is both."""
    caption = facts.caption()
    file.write('<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n')
    file.write(f'  <meta lastmodifieddate="{dt.date.today()}">\n    <creator>kg export</creator>\n')
    file.write(f"    <description>{texts.escaped(f'{title}. {caption.text()}')}</description>\n  </meta>\n")
    span = _during(caption.first, caption.last)
    file.write(f'  <graph defaultedgetype="directed" mode="dynamic" timeformat="date" timerepresentation="interval"{span}>\n')
    for what, attributes in (("node", NODE), ("edge", EDGE)):
        file.write(f'    <attributes class="{what}">\n')
        for name, type_ in attributes.items():
            file.write(f'      <attribute id="{name}" title="{name}" type="{_GEXF_TYPES[type_]}"/>\n')
        file.write("    </attributes>\n")

    def data(values: Iterator[tuple[str, str]]) -> str:
        return "".join(f'<attvalue for="{name}" value="{value}"/>' for name, value in values)

    file.write("    <nodes>\n")
    for node in facts.nodes():
        when = _during(node.start, node.until and node.until - _ONE_DAY)
        values = data(_present(node._asdict(), NODE, texts))
        label = f'id="{texts.escaped(node.id)}" label="{texts.escaped(node.name)}"'
        file.write(f"      <node {label}{when}><attvalues>{values}</attvalues></node>\n")
    file.write(f'    </nodes>\n    <edges count="{caption.facts}">\n')
    parallel: Counter[tuple[str, str, str]] = Counter()
    for row in facts.mappings():
        # Of parallel edges of one kind Gephi makes one when it reads a file, so that each is of a kind of its own.
        dyad = (row["actor_id"], row["target_id"], row["type"])
        parallel[dyad] += 1
        kind = f"{row['type']} {parallel[dyad]}"
        ends = f'source="{texts.escaped(row["actor_id"])}" target="{texts.escaped(row["target_id"])}" kind="{kind}"'
        when = _during(row["start"], row["until"] and row["until"] - _ONE_DAY)
        values = data(_present(row, EDGE, texts))
        label = f'id="{row["id"]}" label="{Texts().escaped(row["action"])}"'  # counted where it is an attribute
        file.write(f"      <edge {label} {ends}{when}><attvalues>{values}</attvalues></edge>\n")
    file.write("    </edges>\n  </graph>\n</gexf>\n")
    return caption.facts


def _token(id_: str) -> str:
    """An id as GraphML takes one, an NMTOKEN: what it may lack is written as ``_`` and its number in hexadecimal and ``.``."""
    return _NO_TOKEN.sub(lambda found: f"_{ord(found[0]):x}.", id_)


def _during(first: dt.date | None, last: dt.date | None) -> str:
    return (f' start="{first}"' if first and first != NO_BEGINNING else "") + (f' end="{last}"' if last else "")


def _present(values: dict[str, Any], attributes: Iterable[str], texts: Texts) -> Iterator[tuple[str, str]]:
    """The attributes that there are, as escaped texts."""
    for name in attributes:
        value = values[name]
        if isinstance(value, list):
            value = json.dumps(value, ensure_ascii=False) if value else None
        if value is not None:
            yield name, texts.escaped(str(value))


def _given(values: dict[str, Any], attributes: dict[str, str]) -> dict[str, Any]:
    return {name: values[name] for name in attributes if values[name] is not None}


def _objects(facts: Chosen) -> Iterator[dict[str, Any]]:
    """The facts with their witnesses as dictionaries."""
    for row in facts.mappings():
        yield row | {"witnesses": json.loads(row["witnesses"])}


def to_networkx(store: Store, view: View) -> networkx.MultiDiGraph[str]:
    """The facts of a view as a graph of networkx: nodes by id, edges by the fact's id as key; dates are dates, lists lists."""
    import networkx as nx

    graph = nx.MultiDiGraph()
    with chosen(store, view) as facts:
        graph.graph["caption"] = facts.caption().text()
        for node in facts.nodes():
            graph.add_node(node.id, **_given(node._asdict(), NODE))
        for row in _objects(facts):
            graph.add_edge(row["actor_id"], row["target_id"], key=row["id"], **_given(row, EDGE))
    return graph


def to_igraph(store: Store, view: View) -> igraph.Graph:
    """The facts of a view as a directed graph of igraph: ``id`` and `NODE` of vertices, ``id`` and `EDGE` of edges, ``None``
    where something is missing.

    :raises UsageError: if igraph is not installed.
    """
    igraph = optional("igraph")
    with chosen(store, view) as facts:
        nodes = [*facts.nodes()]
        rows = [*_objects(facts)]
    at = {node.id: n for n, node in enumerate(nodes)}
    return igraph.Graph(
        n=len(nodes), edges=[(at[row["actor_id"]], at[row["target_id"]]) for row in rows], directed=True,
        vertex_attrs={name: [getattr(node, name) for node in nodes] for name in Node._fields},
        edge_attrs={name: [row[name] for row in rows] for name in ("id", *EDGE)},
    )  # fmt: skip
