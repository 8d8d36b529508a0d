"""How the command line shows things: data on stdout, notes and progress on stderr."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from kg.errors import KGError, UsageError
from kg.export import tables

if TYPE_CHECKING:
    import pyarrow as pa

    from kg.graph import Graph
    from kg.stores.base import Progress

_SHOWN = ("date", "actor", "action", "target", "type", "code", "reports", "sources")
# More nobody reads in a terminal, and to lay out 40 000 took half a minute.
_LEGIBLE = 1_000
#: What `--format` takes.
FORMATS = ("table", *tables.TEXT_FORMS, "parquet")


def set_up() -> None:
    """Make output safe on any terminal: what its encoding can't show is escaped, not fatal."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("note: %(message)s"))
    logging.getLogger("kg").addHandler(handler)
    # The driver's retries are its own affair; what fails in the end is told by our errors.
    logging.getLogger("neo4j").addHandler(logging.NullHandler())


def note(text: str) -> None:
    """A line on stderr."""
    sys.stderr.write(text + "\n")


def complain(error: KGError) -> None:
    """An error and what to do about it, on stderr."""
    note(f"error: {error.message}")
    if error.hint:
        note(f"hint: {error.hint}")


class ReaderGone(Exception):
    """Who read our output has left (``| head``)."""


@contextmanager
def _for_a_reader() -> Iterator[None]:
    """What writes to stdout; flushed, so that a reader who has left is noticed here and not at exit."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGone from None
    except OSError as error:
        if error.filename is None:  # of what has a name that is told elsewhere
            quietly_closed()
            raise KGError(f"the output can't be written: {error.strerror}") from None
        raise


@_for_a_reader()
def write(text: str) -> None:
    """A line on stdout."""
    sys.stdout.write(text + "\n")


@_for_a_reader()
def show_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]], form: str) -> None:
    """Rows of an answer on stdout.

    :raises UsageError: if ``form`` is none of `FORMATS`.
    """
    if form == "table":
        _show_table(columns, rows)
    elif form in tables.TEXT_FORMS:
        with _utf8_stdout():
            tables.write_rows(columns, rows, sys.stdout, form)
    elif form == "parquet":
        import pyarrow as pa

        by_column = zip(*(map(tables.plain, row) for row in rows), strict=True) if rows else ([] for _ in columns)
        _write_parquet(pa.table(dict(zip(columns, map(list, by_column), strict=True))))
    else:
        raise UsageError(f"there is no format {form!r}", hint=f"one of {', '.join(FORMATS)}")


@_for_a_reader()
def show_facts(graph: Graph, form: str) -> None:
    """A view's facts on stdout; as a table only what a reader wants to see."""
    if form == "table":
        chosen = [graph.columns.index(c) for c in _SHOWN]
        shown = [tuple(row[i] for i in chosen) for row in graph.rows()]
        _show_table(_SHOWN, shown)
        note(counted(len(shown), "fact"))
    elif form == "parquet":
        _write_parquet(graph.table())
    elif form in tables.TEXT_FORMS:
        rows = graph.rows()
        first = [*islice(rows, 1)]  # before the header: where there is no answer nothing is written
        with _utf8_stdout():
            tables.write_rows(graph.columns, chain(first, rows), sys.stdout, form)
    else:
        raise UsageError(f"there is no format {form!r}", hint=f"one of {', '.join(FORMATS)}")


def counted(n: int, what: str) -> str:
    """A number and a noun: 1 fact, 2 facts."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _show_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if not sys.stdout.isatty():
        # For other programs: whole values, a line a row, no colours.
        for row in (columns, *rows):
            sys.stdout.write("\t".join(_cell(v).replace("\t", " ").replace("\n", "\\n") for v in row) + "\n")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows[:_LEGIBLE]:
        shown.add_row(*(Text(_cell(v)) for v in row))
    Console().print(shown)
    if len(rows) > _LEGIBLE:
        note(f"the first {_LEGIBLE:,} of {len(rows):,} rows are shown; all of them: --format csv, or through a pipe (| less)")


def _cell(value: Any) -> str:
    found = tables.plain(value)
    if found is None:
        return ""
    if isinstance(found, dict) or (isinstance(found, list) and any(isinstance(v, dict | list) for v in found)):
        return json.dumps(found, ensure_ascii=False)
    return ", ".join(map(str, found)) if isinstance(found, list) else str(found)


def _write_parquet(table: pa.Table) -> None:
    if sys.stdout.isatty():
        raise UsageError("Parquet is not for a terminal", hint="send it into a file: ... --format parquet > facts.parquet")
    tables.write_parquet(table, sys.stdout.buffer)


@contextmanager
def _utf8_stdout() -> Iterator[None]:
    """Forms that programs read are UTF-8, whatever the terminal's encoding."""
    if not hasattr(sys.stdout, "reconfigure"):
        yield
        return
    before = sys.stdout.encoding
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    try:
        yield
    finally:
        sys.stdout.reconfigure(encoding=before)


@contextmanager
def progress() -> Iterator[Progress | None]:
    """A bar with a rate on stderr for what takes over a second; none where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]}"), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = bar.add_task("", total=None, rate="")
    started = time.monotonic()
    # What is over in a second needs no bar.
    timer = threading.Timer(1, bar.start)
    timer.start()

    def report(what: str, done: int, total: int) -> None:
        rate = f"{done / (time.monotonic() - started):,.0f}/s" if done else ""
        bar.update(task, description=what, completed=done, total=total or None, rate=rate)

    try:
        yield report
    finally:
        timer.cancel()
        bar.stop()


def quietly_closed() -> None:
    """The reader of our output has gone (``| head``), or its place is full: say nothing more of it, also not at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
