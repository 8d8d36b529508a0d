"""Files made of a view's facts; the suffix of the name says which form."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import StoreError, UsageError
from kg.facts import FACT_COLUMNS

if TYPE_CHECKING:
    from kg.stores.base import Store
    from kg.views import View

#: Suffixes and what they are.
FORMS = {
    ".html": "an interactive page, one file that needs no network",
    ".csv": "a table, comma-separated",
    ".tsv": "a table, tab-separated",
    ".json": "one JSON array",
    ".jsonl": "JSON lines",
    ".parquet": "a Parquet table",
    ".ttl": "Turtle",
    ".nt": "N-Triples",
    ".nq": "N-Quads with all that the store knows, for a server's bulk loader",
    ".nq.gz": "the same, compressed",
}


def export(store: Store, view: View, path: Path, *, title: str | None = None, limit: int = 10_000) -> int:
    """Write the facts of a view to a file; returns how many it holds. An older file stays whole if writing fails.

    :param title: of a page.
    :param limit: most facts on a page; the strongest dyads are kept, and the page says what was left out.
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
            if suffix in (".ttl", ".nt"):
                from kg.export import rdf

                return rdf.write(store, view, unfinished, suffix)
            if suffix.startswith(".nq"):
                from kg.export import bulk

                return bulk.write_quads(store, view, unfinished, compressed=suffix == ".nq.gz")
            from kg.export import tables

            if suffix == ".parquet":
                table = store.table(view)
                tables.write_parquet(table, unfinished)
                return int(table.num_rows)
            with unfinished.open("w", encoding="utf-8", newline="") as file:
                return tables.write_rows(FACT_COLUMNS, store.rows(view), file, suffix[1:])


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
