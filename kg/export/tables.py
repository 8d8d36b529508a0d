"""Facts, or the rows of an answer, as tables: CSV, TSV, JSON, JSON lines, Parquet.

A spreadsheet runs a text in CSV that begins with ``=``, ``+``, ``-``, ``@``, their wide forms, a tab or a line end (OWASP,
"CSV Injection"). So in files of facts such a text gets an apostrophe in front, and one that has apostrophes before such a mark
gets one more: so that the loader ``exported`` can take exactly one away.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from kg.export.rows import Chosen

#: Forms that are text; ``parquet`` is the one that is not.
TEXT_FORMS = ("csv", "tsv", "json", "jsonl")

#: What the writer of CSV writes as `cell_text` would.
_WRITTEN = frozenset({str, int, bool, dt.date, type(None)})
_RUN = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")  # noqa: RUF001 - the wide forms are meant


def write_text(facts: Chosen, path: Path, form: str, *, guarded: bool) -> int:
    """Write the facts of a view in one of `TEXT_FORMS`; returns how many there are.

    :param guarded: with an apostrophe before what a spreadsheet would run, in CSV and TSV.
    """
    from kg.export.rows import COLUMNS

    with path.open("w", encoding="utf-8", newline="") as file:
        rows = facts.rows()
        if form in ("json", "jsonl"):
            rows = ((*row[:-1], json.loads(row[-1])) for row in rows)
        return write_rows(COLUMNS, rows, file, form, guarded=guarded)


def write_facts_parquet(facts: Chosen, path: Path) -> int:
    """Write the facts of a view as Parquet; returns how many there are."""
    with path.open("wb") as file:
        return write_parquet(facts.table(), file)


def write_parquet(table: pa.Table | pa.RecordBatchReader, file: Path | IO[bytes]) -> int:
    """Write an Arrow table as Parquet; returns the number of rows."""
    import pyarrow.parquet as pq

    rows = 0
    with pq.ParquetWriter(file, table.schema) as writer:
        for batch in table if hasattr(table, "read_next_batch") else table.to_batches():
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], file: IO[str], form: str, *, guarded: bool = False) -> int:
    """Write rows to an open text file; returns how many there were.

    In CSV and TSV a list is its items joined by "; "; what is missing is an empty cell. In JSON a row is an object.
    """
    n = 0
    if form in ("csv", "tsv"):
        cell = _guarded if guarded else cell_text
        as_it_is = _WRITTEN - {str} if guarded else _WRITTEN
        writer = csv.writer(_Lines(file), delimiter="\t" if form == "tsv" else ",", lineterminator="\r\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([v if type(v) in as_it_is else cell(v) for v in row])
            n += 1
        return n
    if form == "json":
        file.write("[")
    for n, row in enumerate(rows, 1):
        line = json.dumps(dict(zip(columns, map(plain, row), strict=True)), ensure_ascii=False)
        file.write(line + "\n" if form == "jsonl" else ("," if n > 1 else "") + "\n" + line)
    if form == "json":
        file.write("\n]\n")
    return n


class _Lines:
    """A file whose lines end with ``\\n``, under a writer that is told ``\\r\\n``: it quotes cells with either in them."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file

    def write(self, line: str) -> None:
        self.file.write(line.removesuffix("\r\n") + "\n")


def plain(value: Any) -> Any:
    """A value as JSON can hold it: dates and times as ISO 8601 texts, durations too, NaN and infinity as null."""
    if isinstance(value, dt.timedelta):
        return duration(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(v) for v in value]
    return value if value is None or isinstance(value, str | int) else str(value)


def duration(value: dt.timedelta) -> str:
    """A duration as ISO 8601 text, e.g. ``P32D`` or ``PT1H30M``; engines count a month as 30 days."""
    sign = "-" if value < dt.timedelta(0) else ""
    value = abs(value)
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest + value.microseconds / 1e6, 60)
    time = "".join(f"{n:g}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    days = f"{value.days}D" if value.days or not time else ""
    return f"{sign}P{days}{'T' + time if time else ''}"


def cell_text(value: Any) -> Any:
    """A value as a cell of CSV: a list joined by "; ", an object as JSON."""
    if isinstance(value, list | tuple):
        return "; ".join(str(plain(v)) for v in value)
    found = plain(value)
    return json.dumps(found, ensure_ascii=False) if isinstance(found, dict) else found


def _guarded(value: Any) -> Any:
    found = cell_text(value)
    return f"'{found}" if isinstance(found, str) and _RUN.match(found) else found
