"""The one place where DuckDB is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb


def connect(path: Path | None = None, *, read_only: bool = False, **config: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB that writes nothing on standard output: by default it draws a bar there for what takes two seconds.

    :param path: the database's file; one in memory by default.
    :param config: DuckDB's settings, such as ``memory_limit``.
    """
    import duckdb

    con = duckdb.connect(":memory:" if path is None else str(path), read_only=read_only, config=dict(config))
    con.execute("SET enable_progress_bar = false")  # a setting of the connection; its cursors have it too
    return con
