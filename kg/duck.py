"""Where DuckDB is opened, and what is written into its SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def connect(**config: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that writes nothing on standard output: by default it draws a bar there for what takes two seconds.

    :param config: DuckDB's settings, such as ``memory_limit``.
    """
    import duckdb

    con = duckdb.connect(config=dict(config))
    con.execute("SET enable_progress_bar = false")  # a setting of the connection; its cursors have it too
    return con


def literal(text: object) -> str:
    """A text, or a path, as a literal of its SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A column name as an identifier of its SQL."""
    return '"' + name.replace('"', '""') + '"'
