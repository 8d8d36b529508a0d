"""Files made of a view's facts; the suffix of the name says which form.

``docs/export.md`` says what each is for, what it loses and how it is loaded again.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import StoreError, UsageError

if TYPE_CHECKING:
    from kg.export.rows import Chosen
    from kg.stores.base import Store
    from kg.views import View

#: Suffixes and what they are.
FORMS = {
    ".html": "an interactive page, one file that needs no network",
    ".csv": "a table, comma-separated",
    ".tsv": "a table, tab-separated",
    ".xlsx": "a spreadsheet",
    ".json": "one JSON array",
    ".jsonl": "JSON lines",
    ".parquet": "a Parquet table",
    ".md": "a chronicle in Markdown",
    ".gexf": "a graph over time for Gephi",
    ".graphml": "a graph for yEd, Cytoscape, igraph",
    ".ttl": "Turtle",
    ".trig": "TriG",
    ".nt": "N-Triples",
    ".jsonld": "JSON-LD",
    ".rdf": "RDF/XML",
    ".nq": "N-Quads with all that the store knows, for a server's bulk loader",
    ".nq.gz": "the same, compressed",
    ".quads": "a folder of quadruples for models of temporal knowledge graphs",
    ".kgx": "a folder of KGX nodes and edges, JSON lines",
    ".plover.jsonl": "PLOVER event records, JSON lines",
}
_RDF = (".ttl", ".trig", ".nt", ".jsonld", ".rdf")


def export(
    store: Store, view: View, path: Path, *, title: str | None = None, limit: int = 10_000, raw_cells: bool = False
) -> int:
    """Write the facts of a view to a file; returns how many it holds. An older file stays whole if writing fails.

    :param title: of a page, a chronicle, a graph or a spreadsheet.
    :param limit: most facts on a page; the strongest dyads are kept, and the page says what was left out.
    :param raw_cells: leave texts in CSV and TSV as they are, though a spreadsheet would run them (see `kg.export.tables`).
    :raises UsageError: if the suffix is none of `FORMS`.
    :raises StoreError: if the file can't be written.
    """
    name = path.name.lower()
    suffix = next((s for s in sorted(FORMS, key=len, reverse=True) if name.endswith(s) and name != s), None)
    if suffix is None:
        known = ", ".join(f"{s} ({what})" for s, what in FORMS.items())
        raise UsageError(f"can't tell from {path.name!r} what to write", hint=f"end the name in {known}")
    with _explained(path):
        if suffix == ".html":
            from kg.export import pages

            return pages.write(store, view, path, title=title, limit=limit)
        with whole(path) as unfinished:
            if suffix in _RDF:
                from kg.export import rdf

                return rdf.write(store, view, unfinished, suffix)
            if suffix.startswith(".nq"):
                from kg.export import bulk

                return bulk.write_quads(store, view, unfinished, compressed=suffix == ".nq.gz")
            from kg.export import rows

            with rows.chosen(store, view) as facts:
                return _writer(suffix, title or _title(path), path.name[: -len(suffix)], raw_cells)(facts, unfinished)


def _writer(suffix: str, title: str, stem: str, raw_cells: bool) -> Callable[[Chosen, Path], int]:
    """What writes the facts of a view in a form, and returns how many it wrote."""
    from kg.export import graphs, markdown, quads, records, tables, workbook

    writers: dict[str, Callable[[Chosen, Path], int]] = {
        ".gexf": lambda facts, path: graphs.write(facts, path, "gexf", title),
        ".graphml": lambda facts, path: graphs.write(facts, path, "graphml", title),
        ".quads": lambda facts, folder: quads.write(facts, folder, title),
        ".kgx": lambda facts, folder: records.write_kgx(facts, folder, stem),
        ".plover.jsonl": records.write_plover,
        ".md": lambda facts, path: markdown.write(facts, path, title),
        ".xlsx": lambda facts, path: workbook.write(facts, path, title),
        ".parquet": tables.write_facts_parquet,
    }
    return writers.get(suffix, lambda facts, path: tables.write_text(facts, path, suffix[1:], guarded=not raw_cells))


def export_import(store: Store, view: View, folder: Path) -> int:
    """Write what ``neo4j-admin database import`` reads into a new folder; returns how many facts that are.

    :raises UsageError: if the folder has something in it.
    :raises StoreError: if it can't be written.
    """
    from kg.export import bulk

    with _explained(folder):
        return bulk.write_import(store, view, folder)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"can't write {path}: {error.strerror or error}", hint="an older file of that name is as it was"
        ) from None


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name beside ``path`` for a file or a folder; it becomes ``path`` when the body ends well, and is removed otherwise."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        if unfinished.is_dir():
            shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.unlink(missing_ok=True)


def _title(path: Path) -> str:
    return f"Relations between states: {path.stem}"
