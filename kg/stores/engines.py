"""DuckDB engines to read records with: kept from one reading to the next, because making one takes longer than many a question.

A record stays open for as long as one operation takes, so that processes can share it; the engine that had it waits for the next.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kg import duck

if TYPE_CHECKING:
    import duckdb

#: So many may wait.
_MOST = 4
# With the process that made each: one that was forked has not the threads that its parent's engines run on.
_waiting: list[tuple[int, duckdb.DuckDBPyConnection]] = []
# What a reader may have set for the whole engine.
_SETTINGS = ("memory_limit", "threads")


class Reading:
    """A record opened to be read, its tables in schema ``kg``; ``con`` is a connection of its own."""

    def __init__(self, path: Path) -> None:
        """:raises duckdb.Error: if it can't be opened, or somebody writes to it."""
        import duckdb

        self._engine = _taken(path)
        quoted = str(path).replace("'", "''")
        try:
            self._engine.execute(f"ATTACH '{quoted}' AS kg (READ_ONLY)")
        except duckdb.Error:  # whoever waits for a writer tries again, many times
            _keep(self._engine)
            raise
        self.con = self._engine.cursor()
        self.con.execute("USE kg")

    def close(self, *, whole: bool) -> None:
        """Let go of the record.

        :param whole: nothing failed, so that the engine is as it was.
        """
        import duckdb

        self.con.close()
        if whole:
            with suppress(duckdb.Error):
                self._engine.execute("DETACH kg")
                for setting in _SETTINGS:
                    self._engine.execute(f"RESET {setting}")
                _keep(self._engine)
                return
        self._engine.close()


def _taken(path: Path) -> duckdb.DuckDBPyConnection:
    """An engine that spills beside a record, as one that is opened on the record does."""
    import duckdb

    while _waiting:
        process, engine = _waiting.pop()
        if process != os.getpid():
            _of_others.append(engine)
            continue
        with suppress(duckdb.Error):  # one that has spilt already spills nowhere else
            return _spilling(engine, path)
        engine.close()
    return _spilling(duck.connect(), path)


# Never used and never closed: closing would wait for threads that are not there.
_of_others: list[duckdb.DuckDBPyConnection] = []


def _spilling(engine: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyConnection:
    return engine.execute("SET temp_directory = $1", [f"{path}.tmp"])


def _keep(engine: duckdb.DuckDBPyConnection) -> None:
    if len(_waiting) < _MOST:
        _waiting.append((os.getpid(), engine))
    else:
        engine.close()
