"""Files that are no tables, graphs (GraphML, GEXF, node-link JSON) and RDF, made Parquet tables that loaders read.

The columns are those of `kg export`: what it wrote is read back whole. Other graphs are read too if their edges say what
happened and when; of RDF only our own shape is.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any
from xml.parsers import expat

from kg.errors import InputError
from kg.facts import KINDS
from kg.shapes.rdf import KG

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: What gives the edges of a graph as rows: the columns and then one mapping a row.
Row = dict[str, str | None]

_NODE_LINK = re.compile(rb'\s*\{\s*"(directed|multigraph|graph|nodes|links|edges)"\s*:')
_CHUNK = 1 << 16
_BATCH = 10_000
# What is read of a node, and the columns of a row that are not attributes of the edge.
_OF_NODE = ("entity", "name", "label", "kind")
_ENDS = ("id", "actor", "actor_id", "actor_kind", "target", "target_id", "target_kind")


def as_table(name: str, path: Path, head: bytes, work: Path) -> Path | None:
    """The file as a Parquet table of texts in ``work``; ``None`` if it is of none of these forms.

    :param head: its first bytes.
    :raises InputError: if it can't be read as what it is, or declares XML entities.
    """
    suffix = PurePosixPath(name).suffix.lower()
    plain = work / f"table-{len(list(work.iterdir()))}"
    if suffix in _RDF:
        from kg.readers import rdf

        if suffix in (".rdf", ".owl"):
            _root(name, path)
        if suffix in (".ttl", ".nt") and not _mentions(path, KG.encode()):
            return None  # statements of Wikidata may be in it
        return rdf.as_table(name, path, suffix, plain)
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if _WEB_PAGE.match(text):
        raise InputError(f"{name} is a web page, no table of facts", hint="look at it in a browser: it may say why")
    if text[:1] == b"<" or text[:2] == b"\0<" or suffix in (".graphml", ".gexf"):
        root = _root(name, path)
        if root == "RDF":
            from kg.readers import rdf

            return rdf.as_table(name, path, ".rdf", plain)
        read = _XML.get(root.casefold())
        if read is None:
            raise InputError(f"{name} is XML of a kind that is not read: <{root}>", hint="GraphML, GEXF and RDF/XML are")
        with path.open("rb") as file:
            return _written(name, plain, read(file))
    if _NODE_LINK.match(text):
        return _node_link(name, path, plain)
    return None


_WEB_PAGE = re.compile(rb"<!doctype html|<html", re.IGNORECASE)
_RDF = (".ttl", ".trig", ".nt", ".nq", ".jsonld", ".rdf", ".owl")


def _mentions(path: Path, words: bytes) -> bool:
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(words) >= 0


def _root(name: str, path: Path) -> str:
    """The local name of a document's first element; nothing behind it is read, and no entity may be declared before it."""
    found: list[str] = []
    parser = expat.ParserCreate(namespace_separator="}")

    def refuse(*declared: object) -> None:
        raise InputError(
            f"{name} declares an XML entity, {declared[0]!r}; entity declarations are not allowed",
            hint="write out what the entities stand for and take away the declarations",
        )

    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda tag, _: found.append(tag.rpartition("}")[2])
    with path.open("rb") as file:
        try:
            while not found and (chunk := file.read(_CHUNK)):
                parser.Parse(chunk)
        except expat.ExpatError as error:
            if not found:  # what is wrong further down is told by who reads it
                raise InputError(f"can't read {name}: {error}") from None
    if not found:
        raise InputError(f"{name} is XML without an element", hint="the file was cut short? get it again")
    return found[0]


def _written(name: str, plain: Path, rows: Iterator[list[str] | Row]) -> Path:
    """Write rows, the first of which names the columns, as a Parquet table of texts."""
    from xml.etree.ElementTree import ParseError

    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        first = next(rows, None)
        if first is None:
            raise InputError(f"{name} has no graph in it", hint="it needs <graph>, in GEXF with <nodes>; export it again")
        columns = [str(column) for column in first]
        schema = pa.schema([(c, pa.string()) for c in columns])
        with pq.ParquetWriter(plain, schema) as writer:
            for batch in _batches(rows):
                writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=schema))
    except ParseError as error:
        raise InputError(f"can't read {name}: {error}") from None
    return plain


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


class _Graph:
    """Nodes met so far, by id, and the rows that edges make with them."""

    def __init__(self, attributes: Iterable[str]) -> None:
        self.nodes: dict[str, Row] = {}
        self.columns = list(dict.fromkeys((*_ENDS, "date", "action", *attributes)))

    def row(self, id_: str | None, source: str, target: str, attributes: Row) -> Row:
        """A row for an edge; what its ends are called is what their nodes say, or else their ids."""
        row = {**attributes, "id": attributes.get("fact") or id_ or attributes.get("id")}
        for end, node in (("actor", source), ("target", target)):
            known = self.nodes.get(node, {})
            kind = known.get("kind")
            named = known.get("name") or known.get("label") or node
            row |= {end: named, f"{end}_id": known.get("entity") or node, f"{end}_kind": kind if kind in KINDS[:-1] else None}
        return row


def _elements(file: IO[bytes]) -> Iterator[tuple[str, str, Element]]:
    """The beginnings and ends of elements, by local name."""
    from xml.etree.ElementTree import iterparse

    for event, element in iterparse(file, ("start", "end")):
        yield event, element.tag.rpartition("}")[2], element


def _graphml(file: IO[bytes]) -> Iterator[list[str] | Row]:
    keys: dict[str, str] = {}
    edge_keys: list[str] = []
    graph: _Graph | None = None
    for event, tag, element in _elements(file):
        if event == "end" and tag == "key":
            keys[element.get("id") or ""] = name = element.get("attr.name") or element.get("id") or ""
            edge_keys += [name] if element.get("for") in ("edge", "all", None) else []
        elif event == "start" and tag == "graph" and graph is None:
            graph = _Graph(edge_keys)
            yield graph.columns
        elif event == "end" and tag in ("node", "edge") and graph is not None:
            data: Row = {keys.get(d.get("key") or "", ""): d.text or "" for d in element if d.tag.endswith("data")}
            if tag == "node":
                graph.nodes[element.get("id") or ""] = {k: data[k] for k in _OF_NODE if k in data}
            else:
                yield graph.row(element.get("id"), element.get("source") or "", element.get("target") or "", {**data})
            element.clear()


def _gexf(file: IO[bytes]) -> Iterator[list[str] | Row]:
    titles: dict[str, dict[str, str]] = {"node": {}, "edge": {}}
    graph: _Graph | None = None
    for event, tag, element in _elements(file):
        if event == "end" and tag == "attributes":
            titles[element.get("class") or "node"] |= {a.get("id") or "": a.get("title") or a.get("id") or "" for a in element}
        elif event == "start" and tag == "nodes" and graph is None:
            graph = _Graph(titles["edge"].values())
            yield graph.columns
        elif event == "end" and tag in ("node", "edge") and graph is not None:
            values = (v for v in element.iter() if v.tag.endswith("attvalue"))
            data: Row = {titles[tag].get(v.get("for") or v.get("id") or "", ""): v.get("value") for v in values}
            if tag == "node":
                label = element.get("label")
                graph.nodes[element.get("id") or ""] = {"label": label, **{k: data[k] for k in _OF_NODE if k in data}}
            else:
                data = {"date": _date(element), "action": element.get("label"), **data}
                yield graph.row(element.get("id"), element.get("source") or "", element.get("target") or "", data)
            element.clear()


def _date(edge: Element) -> str | None:
    start, end = edge.get("start"), edge.get("end")
    return start if not start or end == start else f"{start}/{end or '..'}"


def _node_link(name: str, path: Path, plain: Path) -> Path | None:
    """A graph as networkx writes it in JSON (``node_link_data``), the edges under ``edges`` or, as before, ``links``."""
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError:
        return None  # the reader of JSON says what is wrong
    edges = found.get("edges", found.get("links")) if isinstance(found, dict) else None
    nodes = found.get("nodes") if isinstance(found, dict) else None
    if not isinstance(edges, list) or not isinstance(nodes, list) or not all(isinstance(x, dict) for x in (*edges, *nodes)):
        return None
    if not all("source" in edge and "target" in edge for edge in edges):
        return None

    def rows() -> Iterator[list[str] | Row]:
        graph = _Graph(k for edge in edges for k in edge if k not in ("source", "target", "key"))
        graph.nodes = {str(node.get("id")): {k: _as_text(v) for k, v in node.items()} for node in nodes}
        yield graph.columns
        for edge in edges:
            data = {k: _as_text(v) for k, v in edge.items() if k not in ("source", "target", "key")}
            key = edge.get("key")
            yield graph.row(key if isinstance(key, str) else None, str(edge["source"]), str(edge["target"]), data)

    return _written(name, plain, rows())


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


_XML: dict[str, Callable[[IO[bytes]], Iterator[list[str] | Row]]] = {"graphml": _graphml, "gexf": _gexf}
