"""Spreadsheets as Parquet."""

from __future__ import annotations

import logging
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

_log = logging.getLogger(__name__)
_BATCH = 10_000
_CHUNK = 1 << 16


class _Begun(Exception):
    """The first element of an XML file was met: what comes before it is read."""


def check_parts(name: str, archive: zipfile.ZipFile) -> None:
    """Refuse a workbook with a part that declares a document type: spreadsheets have none, and entities grow and reach for files.

    :raises InputError: if there is one.
    """
    for part in archive.infolist():
        if _declares_type(archive, part):
            raise InputError(f"{name}: {part.filename} declares a document type", hint="no spreadsheet does; who made this?")


def _declares_type(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    from xml.parsers import expat

    declared = []

    def begun(*_: object) -> None:
        raise _Begun

    def declares(*_: object) -> None:
        declared.append(part)
        raise _Begun

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = begun, declares
    unreadable = (expat.ExpatError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError)
    with suppress(_Begun, *unreadable), archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk)
    return bool(declared)


def first_sheet(name: str, path: Path, work: Path) -> Path | None:
    """The first worksheet as a Parquet file in ``work``, all cells as text, dates as ISO texts; ``None`` if it has no cells.

    Others that have cells are not read, and are named in a warning.

    :raises InputError: if it can't be read.
    """
    import openpyxl

    # From an open file, because openpyxl judges a path by its suffix.
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            plain = work / f"sheet-{len(list(work.iterdir()))}"
            cells = _filled(book.worksheets[0])
            header = unique([_cell(c) or "" for c in next(cells, ())])
            if header:
                _write(plain, header, cells)
            others = [sheet.title for sheet in book.worksheets[1:] if next(_filled(sheet), None)]
            book.close()
        except (zipfile.BadZipFile, zlib.error, KeyError, IndexError, ValueError, OSError, SyntaxError) as error:
            raise InputError(f"can't read the spreadsheet {name}: {error}") from None
    if others:
        unread = ", ".join(map(repr, others))
        _log.warning(
            "%s: only its first sheet is read, not %s; save those as files of their own if they have facts", name, unread
        )
    return plain if header else None


def _filled(sheet: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of a worksheet that are not empty."""
    return (row for row in sheet.iter_rows(values_only=True) if any(c is not None for c in row))


def _write(plain: Path, header: list[str], cells: Iterator[tuple[Any, ...]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(c, pa.string()) for c in header])
    with pq.ParquetWriter(plain, schema) as writer:
        batch: list[list[str | None]] = []
        for row in cells:
            batch.append([_cell(c) for c in row])
            if len(batch) == _BATCH:
                writer.write_batch(_columns(batch, schema))
                batch = []
        writer.write_batch(_columns(batch, schema))


def _columns(batch: list[list[str | None]], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    width = len(schema)
    rows = [(row + [None] * width)[:width] for row in batch]
    return pa.record_batch([pa.array([r[i] for r in rows], pa.string()) for i in range(width)], schema=schema)


def _cell(value: object) -> str | None:
    if value is None:
        return None
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def unique(names: list[str]) -> list[str]:
    """Column names without repetition or blanks: ``a, a, ""`` is ``a, a_2, c3``. Case makes no difference, as in SQL."""
    seen: set[str] = set()
    found = []
    for i, name in enumerate(names, 1):
        name = base = name.strip() or f"c{i}"
        n = 1
        while name.casefold() in seen:
            n += 1
            name = f"{base}_{n}"
        seen.add(name.casefold())
        found.append(name)
    return found
