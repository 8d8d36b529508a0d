"""What is fuzzed: functions that take any bytes. They raise only what must not happen; what users may be told is caught."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import kg
from kg import dates, statements
from kg.actors import resolver
from kg.errors import KGError
from kg.readers.dictionaries import read_dictionary
from kg.shapes.rdf import PREFIXES
from kg.sparql import Refused, translate
from kg.stores.guard import check_cypher, check_sparql

#: Ends of names that say how a file is read; the first byte of an input chooses.
SUFFIXES = (
    ".csv", ".tsv", ".txt", ".json", ".jsonl", ".xlsx", ".parquet", ".csv.gz", ".zip", ".ttl", ".nt", ".nq", ".trig", ".jsonld",
    ".rdf", ".graphml", ".gexf", ".tab",
)  # fmt: skip


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def dates_(data: bytes) -> None:
    """A date, and a column of them."""
    text = _text(data)
    dates.column_order(text.split("\n"))
    for order in (None, "day-first", "month-first"):
        try:
            span = dates.parse(text, order)  # type: ignore[arg-type]
        except KGError:
            continue
        assert span.until is None or span.start < span.until, text


def statements_(data: bytes) -> None:
    """A plain line."""
    found = statements.parse(_text(data))
    assert (found.problem is None) == (found.actor is not None), found


def names(data: bytes) -> None:
    """A name, with what its row may say of the state behind it."""
    name, _, state = _text(data).partition("\n")
    found = resolver().resolve(name, state or None)
    assert found.entity.id, name


def dictionary(data: bytes) -> None:
    """A dictionary of event coders."""
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(data)
        file.flush()
        with suppress(KGError):
            read_dictionary(file.name)


def queries(data: bytes) -> None:
    """A query in either language."""
    text = _text(data)
    with suppress(KGError):
        check_cypher(text, ())
    with suppress(KGError, Refused):
        check_sparql(text)
        translate(text, PREFIXES, ("a", "b"))


def files(data: bytes) -> None:
    """A file of any kind, whose end of name the first byte chooses; what loads is counted in full."""
    suffix = SUFFIXES[data[0] % len(SUFFIXES)] if data else ".csv"
    with tempfile.TemporaryDirectory(prefix="kg-fuzz-") as folder:
        file = Path(folder, f"input{suffix}")
        file.write_bytes(data[1:])
        try:
            report = kg.open(Path(folder, "kg")).load(file, dry_run=True, limit=20_000_000)
        except KGError:
            return
        for one in report.files:
            assert one.counts is None or one.counts.rows >= 0


TARGETS: dict[str, Callable[[bytes], None]] = {
    "dates": dates_, "statements": statements_, "names": names, "dictionary": dictionary, "queries": queries, "files": files,
}  # fmt: skip


@functools.cache
def seeds(name: str) -> tuple[bytes, ...]:
    """What a target starts from: inputs of the tests and the examples, and what was once found and mended."""
    root = Path(__file__).resolve().parents[2]
    found = [p.read_bytes() for p in sorted((root / "tests" / "inputs" / "fuzz" / name).glob("*"))]
    if name == "files":
        for path in [*sorted((root / "tests" / "inputs").glob("*.*")), *sorted((root / "examples").glob("*.csv"))]:
            suffix = path.suffix if path.suffix in SUFFIXES else ".csv"
            found.append(bytes([SUFFIXES.index(suffix)]) + path.read_bytes()[:4096])
    if name == "queries":
        found += [p.read_bytes() for p in sorted((root / "queries").iterdir())]
    return tuple(found)
