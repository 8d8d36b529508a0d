"""Facts, or the rows of an answer, as tables: CSV, TSV, JSON, JSON lines, Parquet."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

#: Forms that are text; ``parquet`` is the one that is not.
TEXT_FORMS = ("csv", "tsv", "json", "jsonl")


def write_parquet(table: pa.Table, file: Path | IO[bytes]) -> None:
    """Write an Arrow table as Parquet."""
    import pyarrow.parquet as pq

    pq.write_table(table, file)


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], file: IO[str], form: str) -> int:
    """Write rows to an open text file; returns how many there were.

    In CSV and TSV a list is its items joined by "; "; what is missing is an empty cell. In JSON a row is an object.
    """
    n = 0
    if form in ("csv", "tsv"):
        writer = csv.writer(file, delimiter="\t" if form == "tsv" else ",", lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(v) for v in row])
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


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return "; ".join(str(plain(v)) for v in value)
    found = plain(value)
    return json.dumps(found, ensure_ascii=False) if isinstance(found, dict) else found
