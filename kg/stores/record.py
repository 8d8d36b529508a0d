"""The record of an embedded store: one DuckDB file, the truth from which everything else is derived.

Tables: ``change`` (each load and retraction, numbered), ``report`` (never overwritten: ``opened`` and ``closed`` are the
changes between which it was believed), ``fact`` (immutable), ``entity``, ``name`` (the spellings of an entity) and ``reject``.
A fact is believed while one of its reports is open.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import StoreBusy, StoreDamaged, StoreError

if TYPE_CHECKING:
    import duckdb

#: Raised when the tables change; a record of another number is refused, never misread.
FORMAT = 1

_TABLES = """
CREATE TABLE kg.format (number INTEGER, uid UUID, made VARCHAR);
CREATE TABLE kg.change (
    id INTEGER, recorded TIMESTAMP, kind VARCHAR, file VARCHAR, sha256 VARCHAR, loader VARCHAR, loader_version VARCHAR,
    dataset VARCHAR, rows BIGINT, new BIGINT, known BIGINT, rejected BIGINT, reports BIGINT, closed BIGINT);
CREATE TABLE kg.entity (id VARCHAR, name VARCHAR, kind VARCHAR, state VARCHAR, start DATE, until DATE, change INTEGER);
CREATE TABLE kg.name (entity VARCHAR, name VARCHAR, change INTEGER);
CREATE TABLE kg.fact (
    id UUID, actor VARCHAR, action VARCHAR, target VARCHAR, start DATE, until DATE, precision VARCHAR, type VARCHAR, code VARCHAR,
    scheme VARCHAR, quad_class INTEGER, intensity DOUBLE, scale VARCHAR, event VARCHAR, change INTEGER);
CREATE TABLE kg.report (
    id UUID, fact UUID, dataset VARCHAR, native_id VARCHAR, publisher VARCHAR, url VARCHAR, quote VARCHAR,
    actor VARCHAR, action VARCHAR, target VARCHAR, date VARCHAR, code VARCHAR, score VARCHAR, score_scale VARCHAR, event VARCHAR,
    extra VARCHAR, row BIGINT, opened INTEGER, closed INTEGER);
CREATE TABLE kg.reject (change INTEGER, row BIGINT, reason VARCHAR, raw VARCHAR);
"""


def wait_seconds() -> float:
    """How long to wait for another process, from ``$KG_WAIT``; 60 seconds by default."""
    try:
        return float(os.environ.get("KG_WAIT", "60"))
    except ValueError:
        raise StoreError(f"KG_WAIT={os.environ['KG_WAIT']} is not a number of seconds") from None


class Record:
    """The DuckDB file of a store, attached as ``kg`` for as long as one operation takes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        return self.path.exists()

    @contextmanager
    def reading(self, con: duckdb.DuckDBPyConnection | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection with the record attached read-only as ``kg``; the given one, or one of its own.

        :raises StoreError: if there is no record.
        :raises StoreBusy: if a writer does not finish in time.
        :raises StoreDamaged: if it does not open.
        """
        if not self.exists():
            raise StoreError(f"there is no store at {self.path.parent}", hint="load something first: kg load FILE")
        with self._attached(con, "READ_ONLY") as attached:
            yield attached

    @contextmanager
    def writing(self, con: duckdb.DuckDBPyConnection | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """The same for one writing transaction, committed at the end, rolled back by an exception."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._attached(con, "READ_WRITE") as attached:
            attached.execute("BEGIN")
            try:
                if not attached.execute("SELECT 1 FROM duckdb_tables() WHERE database_name = 'kg'").fetchall():
                    attached.execute(_TABLES)
                    attached.execute("INSERT INTO kg.format VALUES (?, uuid(), version())", [FORMAT])
                yield attached
                attached.execute("COMMIT")
            except BaseException:
                _roll_back(attached)
                raise

    @contextmanager
    def _attached(self, con: duckdb.DuckDBPyConnection | None, mode: str) -> Iterator[duckdb.DuckDBPyConnection]:
        import duckdb

        own = duckdb.connect() if con is None else None
        used = con or own
        assert used is not None
        try:
            self._attach(used, mode)
            try:
                self._check_format(used)
                yield used
            finally:
                used.execute("USE memory")
                used.execute("DETACH kg")
        except duckdb.OutOfMemoryException as error:
            raise StoreError(f"not enough memory or room to spill: {_first_line(error)}") from None
        except duckdb.IOException as error:
            raise StoreError(f"can't write {self.path}: {_first_line(error)}", hint="is the disk full?") from None
        finally:
            if own is not None:
                own.close()

    def _attach(self, con: duckdb.DuckDBPyConnection, mode: str) -> None:
        import duckdb

        deadline = time.monotonic() + wait_seconds()
        path = str(self.path).replace("'", "''")
        while True:
            try:
                con.execute(f"ATTACH '{path}' AS kg ({mode})")
                return
            except (duckdb.IOException, duckdb.BinderException) as error:
                # Another process, or another thread of this one, holds the file.
                busy = "lock" in str(error) or "already attached" in str(error) or "already open" in str(error)
                if not busy:
                    raise self._unopened(error) from None
                if time.monotonic() > deadline:
                    raise StoreBusy(
                        f"another process is using {self.path.parent} and did not finish in {wait_seconds():g} s",
                        hint="try again when it is done, or wait longer: KG_WAIT=600",
                    ) from None
                time.sleep(0.02)
            except duckdb.Error as error:
                raise self._unopened(error) from None

    def _unopened(self, error: Exception) -> StoreDamaged:
        return StoreDamaged(
            f"the record {self.path} does not open: {_first_line(error)}", hint="restore it from a copy, or load the files anew"
        )

    def _check_format(self, con: duckdb.DuckDBPyConnection) -> None:
        tables = {row[0] for row in con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'kg'").fetchall()}
        if not tables:
            return
        found = con.execute("SELECT number FROM kg.format").fetchall() if "format" in tables else []
        if found != [(FORMAT,)]:
            number = f"format {found[0][0]}" if found else "no format"
            raise StoreDamaged(f"{self.path} has {number}, this version reads format {FORMAT}", hint="load the files anew")


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    import contextlib

    import duckdb

    # A failed commit has ended the transaction already.
    with contextlib.suppress(duckdb.Error):
        con.execute("ROLLBACK")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
