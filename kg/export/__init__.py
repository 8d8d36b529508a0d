"""Files made of a view's facts; the suffix of the name says which form.

``docs/export.md`` says what each is for, what it loses and how it is loaded again.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import StoreError, UsageError, check_count
from kg.snapshots import taken
from kg.views import View

if TYPE_CHECKING:
    from kg.export.rows import Chosen
    from kg.stores.base import Store

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
#: The forms that heed an option of `export`, by its name.
HEEDED = {
    "title": (".html", ".md", ".gexf", ".graphml", ".xlsx", ".quads"),
    "limit": (".html",),
    "raw_cells": (".csv", ".tsv"),
}
_RDF = (".ttl", ".trig", ".nt", ".jsonld", ".rdf")
_FOLDERS = (".quads", ".kgx")
# Bytes of an argument that are no UTF-8 are such halves in Python's texts, and no file of UTF-8 can hold them.
_HALVES = re.compile("[\ud800-\udfff]")

# So many letters of a name, of four bytes each at most, leave room for more: a name may have 255 bytes.
_SHOWN = 40


def export(
    store: Store, view: View, path: Path, *, title: str | None = None, limit: int = 10_000, raw_cells: bool = False
) -> int:
    """Write the facts of a view to a file; returns how many it holds. An older file stays whole if writing fails, and where the
    name is a link, what it leads to is written.

    :param title: of a page, a chronicle, a graph or a spreadsheet.
    :param limit: most facts on a page; the strongest dyads are kept, and the page says what was left out.
    :param raw_cells: leave texts in CSV and TSV as they are, though a spreadsheet would run them (see `kg.export.tables`).
    :raises UsageError: if the suffix is none of `FORMS`, or ``limit`` below zero.
    :raises StoreError: if the file can't be written, or something else is in its place.
    """
    check_count("limit", limit)
    name = path.name.lower()
    suffix = next((s for s in sorted(FORMS, key=len, reverse=True) if name.endswith(s) and name != s), None)
    if suffix is None:
        known = ", ".join(f"{s} ({what})" for s, what in FORMS.items())
        raise UsageError(f"can't tell from {path.name!r} what to write", hint=f"end the name in {known}")
    with _explained(path):
        _look_at(path, suffix)
        with _then(store, view) as (then, seen):
            if suffix == ".html":
                from kg.export import pages

                return pages.write(then, seen, path, title=title, limit=limit, asked=view)
            with whole(path, anew=suffix in _FOLDERS) as unfinished:
                return _write(then, seen, unfinished, suffix, _writer(suffix, path, title, raw_cells))


def _write(store: Store, view: View, unfinished: Path, suffix: str, writer: Callable[[Chosen, Path], int]) -> int:
    if suffix in _RDF:
        from kg.export import rdf

        return rdf.write(store, view, unfinished, suffix)
    if suffix.startswith(".nq"):
        from kg.export import bulk

        return bulk.write_quads(store, view, unfinished, compressed=suffix == ".nq.gz")
    from kg.export import rows

    with rows.chosen(store, view) as facts:
        return writer(facts, unfinished)


def _writer(suffix: str, named: Path, title: str | None, raw_cells: bool) -> Callable[[Chosen, Path], int]:
    """What writes the facts of a view in a form, and returns how many it wrote."""
    from kg.export import graphs, markdown, quads, records, tables, workbook

    title = _HALVES.sub("\ufffd", title or f"Relations between states: {named.stem}")
    stem = named.name[: -len(suffix)]
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
        _look_for_folder(folder)
        with _then(store, view) as (then, seen):
            return bulk.write_import(then, seen, folder)


@contextmanager
def _then(store: Store, view: View) -> Iterator[tuple[Store, View]]:
    """What is read: of an earlier state of knowledge a copy, as if nothing had been loaded since."""
    if view.known_at is None:
        yield store, view
        return
    with taken(store, view) as then:
        yield then, View()


def _look_at(path: Path, suffix: str) -> None:
    """See before the work that what is exported can take its place.

    :raises StoreError: if there is no folder for it, or something in its place that it may not replace.
    """
    _look_for_folder(path)
    if path.is_dir():
        if suffix not in _FOLDERS:
            raise StoreError(f"can't write {path}: it is a folder", hint="name a file")
        if strange := _strange(path, suffix):
            raise StoreError(
                f"can't write {path}: the folder there is no export of this form, {strange}",
                hint="only a folder as an export left it is replaced; name another",
            )
    elif path.exists() and not path.is_file():
        raise StoreError(f"can't write {path}: it is neither a file nor a folder", hint="name another")


def _look_for_folder(path: Path) -> None:
    folder = Path(os.path.realpath(path)).parent if path.is_symlink() else path.parent
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "is not there"
        hint = "name another" if folder.exists() else f"make the folder first: mkdir -p {shlex.quote(str(folder))}"
        raise StoreError(f"can't write {path}: {folder} {what}", hint=hint)


def _strange(folder: Path, suffix: str) -> str | None:
    """What a folder has beside the files of an export, or lacks of them, in words; None if nothing, or if the folder is empty."""
    from kg.export import quads, records

    names = quads.FILES if suffix == ".quads" else records.FILES
    found = [each.relative_to(folder) for each in sorted(folder.rglob("*")) if not each.is_dir() or not any(each.iterdir())]
    for each in found:
        if not any(each.match(name) and len(each.parts) == len(Path(name).parts) for name in names):
            return f"it has {each}"
    missing = [name for name in names if not any(each.match(name) for each in found)]
    return f"it has no {missing[0]}" if found and missing else None


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        older = path.is_file() or path.is_dir()
        hint = "an older file of that name is as it was" if older else "nothing was written"
        if isinstance(error, NotADirectoryError) and path.is_file():
            hint += "; this form is a folder, so name another"
        raise StoreError(f"can't write {path}: {error.strerror or error}", hint=hint) from None


@contextmanager
def whole(path: Path, *, anew: bool = False) -> Iterator[Path]:
    """A name for a file or a folder, beside ``path`` or what that leads to as a link; it takes that place when the body ends
    well, and is removed otherwise.

    :param anew: a folder in its place that has something in it is replaced too.
    """
    place = Path(os.path.realpath(path))
    shown = _HALVES.sub("_", place.name)[:_SHOWN]  # the whole may be too long for more, or no text; errors tell of this one
    unfinished = place.with_name(f".{shown}.{secrets.token_hex(4)}")
    try:
        yield unfinished
        if anew and place.is_dir():
            _exchange(unfinished, place)
        else:
            os.replace(unfinished, place)
    finally:
        if unfinished.is_dir():
            shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.unlink(missing_ok=True)


def _exchange(folder: Path, place: Path) -> None:
    """Put a folder where another is, which is moved aside for it and then removed."""
    aside = folder.with_name(f"{folder.name}.old")
    os.rename(place, aside)
    try:
        os.rename(folder, place)
    except OSError:
        os.rename(aside, place)
        raise
    shutil.rmtree(aside, ignore_errors=True)
    if aside.exists():
        logging.getLogger("kg").warning("what was there before could not be removed; it is in %s", aside)
