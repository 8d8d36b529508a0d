"""Everything from one store into another, and the proof that it arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.errors import StoreError, UsageError
from kg.stores.base import Progress, Store
from kg.stores.record import TABLES, columns

if TYPE_CHECKING:
    import duckdb

# When a spelling was first met is not kept by servers.
_DIGESTED = {table: columns(table) for table in TABLES} | {"name": ["entity", "name"]}

#: Rows of a table and a sum over the hashes of them, whatever their order.
Digest = dict[str, tuple[int, int]]


def copy(source: Store, target: Store, progress: Progress | None = None) -> Digest:
    """Copy facts, reports, entities, changes and rejected rows; returns what both stores have then.

    If it is broken off, doing it again goes on where a server was left; an embedded target starts anew.

    :raises StoreError: if the target has facts of its own, or if what is there afterwards is not what was read.
    """
    if str(source) == str(target):
        raise UsageError(f"{source} can't be copied onto itself")
    if progress:
        progress(f"reading {source}", 0, 0)
    with source.tables(*TABLES) as con:
        sent = digest(con)
        if not sent["change"][0]:
            raise source.nothing_loaded()
        target.take(con, progress)
    if progress:
        progress(f"comparing with {target}", 0, 0)
    with target.tables(*TABLES) as con:
        arrived = digest(con)
    if different := [
        f"{table} ({sent[table][0]} sent, {arrived[table][0]} there)" for table in TABLES if sent[table] != arrived[table]
    ]:
        raise StoreError(
            f"{target} has not what {source} has: {', '.join(different)}", hint="did another process write meanwhile? copy again"
        )
    return arrived


def digest(con: duckdb.DuckDBPyConnection) -> Digest:
    """Counts and checksums of the tables of ``kg``."""
    found: Digest = {}
    for table in TABLES:
        sql = f"SELECT count(*), coalesce(sum(hash({', '.join(_DIGESTED[table])})::HUGEINT), 0) FROM kg.{table}"
        rows, checksum = con.execute(sql).fetchall()[0]
        found[table] = (int(rows), int(checksum))
    return found
