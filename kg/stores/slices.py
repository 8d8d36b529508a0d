"""The record's tables in a DuckDB of their own, for what a server's store brings of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import duck
from kg.duck import literal
from kg.stores.record import TABLES, columns, create_tables, room

if TYPE_CHECKING:
    import duckdb

#: Memory for slices and what is read from a server; the rest spills to disk.
_MEMORY = "200MB"
_KEYS = {
    "change": ("id",),
    "entity": ("id",),
    "name": ("entity", "name"),
    "fact": ("id",),
    "report": ("id",),
    "reject": (),
    "alias": (),
    "merged": (),
}


@contextmanager
def sliced(con: duckdb.DuckDBPyConnection | None = None, file: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables, empty, as ``kg`` of a connection: a new one that spills, or the one given; kept in a file if one is given.

    :raises StoreError: if there is not enough memory or disk for them.
    """
    if con is None:
        with (
            room(),
            tempfile.TemporaryDirectory(prefix="kg-read-", ignore_cleanup_errors=True) as folder,
            duck.connect(memory_limit=_MEMORY, temp_directory=folder) as own,
            sliced(own),
        ):
            yield own
        return
    known = {row[0] for row in con.execute("SELECT database_name FROM duckdb_databases()").fetchall()}
    if "kg" in known:
        yield con
        return
    there = file is not None and file.exists()
    con.execute(f"ATTACH {literal(file or ':memory:')} AS kg")
    try:
        if not there:
            create_tables(con)
        yield con
    finally:
        con.execute("DETACH kg")


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Put rows into a table of ``kg``; those whose key is there already, or comes twice, are left out."""
    import pyarrow as pa

    if keys := len(_KEYS[table]):  # the first columns
        rows = {tuple(row[:keys]): row for row in rows}.values()

    types = {
        "UUID": pa.string(), "VARCHAR": pa.string(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"),
        "INTEGER": pa.int32(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(),
    }  # fmt: skip
    arrays = [
        pa.array(values, types[column.split(" ")[1]])
        for column, values in zip(TABLES[table], zip(*rows, strict=True), strict=True)
    ]
    con.register("incoming", pa.table(arrays, names=columns(table)))
    same = " AND ".join(f"k.{c} = i.{c}" for c in _KEYS[table])
    con.execute(f"INSERT INTO kg.{table} FROM incoming i" + (f" ANTI JOIN kg.{table} k ON {same}" if same else ""))
    con.unregister("incoming")
