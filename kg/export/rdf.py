"""Facts as RDF files, from the same table of the shape as the SPARQL index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kg.shapes.rdf import PREFIXES

if TYPE_CHECKING:
    from kg.stores.base import Store
    from kg.views import View


def write(store: Store, view: View, path: Path, suffix: str) -> int:
    """Write a view's facts, their entities and reports as N-Triples or Turtle; returns the number of facts."""
    if suffix == ".nt":
        return store.write_ntriples(view, path)
    import pyoxigraph as ox

    lines = path.with_name(path.name + ".nt")
    try:
        count = store.write_ntriples(view, lines)
        triples = ox.parse(path=str(lines), format=ox.RdfFormat.N_TRIPLES)
        ox.serialize((quad.triple for quad in triples), output=str(path), format=ox.RdfFormat.TURTLE, prefixes=PREFIXES)
    finally:
        lines.unlink(missing_ok=True)
    return count
