"""Facts, or the rows of an answer, as tables: CSV, TSV, JSON, JSON lines, Parquet.

A spreadsheet runs a text in CSV that begins with ``=``, ``+``, ``-``, ``@``, their wide forms, a tab or a line end (OWASP,
"CSV Injection"). So in files of facts such a text gets an apostrophe in front, and one that has apostrophes before such a mark
gets one more: so that the loader ``exported`` can take exactly one away.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from kg.export.rows import Chosen

#: Forms that are text; ``parquet`` is the one that is not.
TEXT_FORMS = ("csv", "tsv", "json", "jsonl")

# Whose text is that of the cell.
_WRITTEN = frozenset({str, int, bool, dt.date, type(None)})
# What JSON holds as it is.
_AS_JSON = frozenset({str, int, bool, type(None)})
_ROWS = 2_000
# What a spreadsheet takes for a formula begins with one of these, or with apostrophes before one.
_RUNNING = frozenset("=+-@＝＋－＠\t\r\n'")  # noqa: RUF001 - the wide forms are meant
_RUN = re.compile(f"'*[{re.escape(''.join(sorted(_RUNNING - {chr(39)})))}]")


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
    if form in ("csv", "tsv"):
        return _write_separated(columns, rows, file, "\t" if form == "tsv" else ",", guarded=guarded)
    written = json.JSONEncoder(ensure_ascii=False).encode
    between = "\n" if form == "jsonl" else ",\n"
    n = 0
    if form == "json":
        file.write("[")
    for some in _changed(rows, _values):
        if form == "json":
            file.write(",\n" if n else "\n")
        file.write(between.join([written(dict(zip(columns, row, strict=True))) for row in some]))
        if form == "jsonl":
            file.write("\n")
        n += len(some)
    if form == "json":
        file.write("\n]\n")
    return n


def _write_separated(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], file: IO[str], delimiter: str, *, guarded: bool
) -> int:
    special = re.compile(f'[{delimiter}"\r\n]')
    change = _guarded_cells if guarded else _cells

    def written(column: Sequence[Any]) -> Sequence[str]:
        return _quoted(change(column), special, alone=len(columns) == 1)

    file.write(delimiter.join(written([name])[0] for name in columns) + "\n")
    n = 0
    for some in _changed(rows, written):
        file.write("\n".join(map(delimiter.join, some)) + "\n")
        n += len(some)
    return n


def _quoted(column: Sequence[Any], special: re.Pattern[str], *, alone: bool) -> Sequence[str]:
    """Cells as CSV has them (RFC 4180, but for the line's end): in quotes if they have what is ``special``.

    Column by column, because one look at all texts tells that none needs quotes; of rows without such cells
    Python's writer takes half as long again.

    :param alone: it is the only column, where an empty cell would leave an empty line.
    """
    texts = column if {*map(type, column)} <= {str} else ["" if v is None else str(v) for v in column]
    if special.search("".join(texts)):
        texts = ['"' + text.replace('"', '""') + '"' if special.search(text) else text for text in texts]
    return [text or '""' for text in texts] if alone else texts


def _changed(rows: Iterable[Sequence[Any]], change: Callable[[Sequence[Any]], Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """Rows, some thousands at a time, their columns changed: a look at all values of most tells that none needs to be."""
    rows = iter(rows)
    while some := [*islice(rows, _ROWS)]:
        yield [*zip(*map(change, zip(*some, strict=True)), strict=True)] if some[0] else some


def _values(column: Sequence[Any]) -> Sequence[Any]:
    """The values of a column as JSON can hold them."""
    return column if {*map(type, column)} <= _AS_JSON else [*map(plain, column)]


def _cells(column: Sequence[Any]) -> Sequence[Any]:
    """The values of a column as texts, or as what is written as its text."""
    return column if {*map(type, column)} <= _WRITTEN else [*map(cell_text, column)]


def _guarded_cells(column: Sequence[Any]) -> Sequence[Any]:
    column = _cells(column)
    if _RUNNING.isdisjoint({v[:1] for v in column if type(v) is str}):
        return column
    return [f"'{v}" if isinstance(v, str) and _RUN.match(v) else v for v in column]


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
        return "; ".join([v if type(v) is str else str(plain(v)) for v in value])
    found = plain(value)
    return json.dumps(found, ensure_ascii=False) if isinstance(found, dict) else found
