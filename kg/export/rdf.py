"""Facts as RDF files, from the same table of the shape as the SPARQL index."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kg.export.xml import Texts
from kg.shapes.rdf import PREFIXES, base, graph

if TYPE_CHECKING:
    import pyoxigraph as ox
    import rdflib

    from kg.stores.base import Store
    from kg.views import View


def write(store: Store, view: View, path: Path, suffix: str) -> int:
    """Write a view's facts, their entities and reports as N-Triples, Turtle, TriG (in the graph `kg.shapes.rdf.graph`), JSON-LD
    or RDF/XML; returns the number of facts. They go through as a stream.

    In RDF/XML control characters that XML can't hold are left out of texts, and a note says how many.
    """
    if suffix == ".nt":
        return store.write_ntriples(view, path)
    import pyoxigraph as ox

    form = {
        ".ttl": ox.RdfFormat.TURTLE,
        ".trig": ox.RdfFormat.TRIG,
        ".jsonld": ox.RdfFormat.JSON_LD,
        ".rdf": ox.RdfFormat.RDF_XML,
    }
    lines = path.with_name(path.name + ".nt")
    texts = Texts()
    try:
        count = store.write_ntriples(view, lines)
        triples: Iterator[ox.Triple] = (quad.triple for quad in ox.parse(path=str(lines), format=ox.RdfFormat.N_TRIPLES))
        named = ox.NamedNode(graph())
        statements: Iterator[ox.Triple] | Iterator[ox.Quad] = triples
        if suffix == ".trig":
            statements = (ox.Quad(t.subject, t.predicate, t.object, named) for t in triples)
        elif suffix == ".rdf":
            statements = (_for_xml(triple, texts) for triple in triples)
        prefixes = PREFIXES | {"entity": f"{base()}entity/", "fact": f"{base()}fact/", "report": f"{base()}report/"}
        ox.serialize(statements, output=str(path), format=form[suffix], prefixes=prefixes)
    finally:
        lines.unlink(missing_ok=True)
    texts.tell()
    return count


def to_rdflib(store: Store, view: View) -> rdflib.Graph:
    """The triples of a view as a graph of rdflib, with the prefixes of the shape, all in memory."""
    import rdflib

    graph = rdflib.Graph()
    for prefix, iri in PREFIXES.items():
        graph.bind(prefix, iri)
    with tempfile.TemporaryDirectory(prefix="kg-rdf-") as folder:
        file = Path(folder) / "facts.nt"
        write(store, view, file, ".nt")
        return graph.parse(file, format="nt")


def _for_xml(triple: ox.Triple, texts: Texts) -> ox.Triple:
    import pyoxigraph as ox

    value = triple.object
    if not isinstance(value, ox.Literal) or (kept := texts.kept(value.value)) == value.value:
        return triple
    return ox.Triple(triple.subject, triple.predicate, ox.Literal(kept, datatype=value.datatype))
