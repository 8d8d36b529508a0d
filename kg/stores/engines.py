"""DuckDB engines to read records with, kept from one reading to the next with the record that they have read.

To make an engine takes longer than many a question; to open a record, and to read again what was read before, takes as long as
most. So an engine that nobody reads with waits, and its record stays open in it until it is another one: whoever writes looks
for no such reader, and the next reading sees by the record's state that it must be opened anew. DuckDB's own lock on a file
is its process's (POSIX, fcntl) and is let go by closing the file once, as `_unlocked` does; readers and writers keep apart by
another lock, see `kg.stores.record.Record`.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kg import duck

if TYPE_CHECKING:
    import duckdb

#: Names, sizes, times and numbers of a record's files.
Stamp = tuple[tuple[str, int, int, int], ...]
#: The state of a record: its stamp and its headers, because not every file system tells times exactly.
State = tuple[Stamp, bytes]


class _Waiting(NamedTuple):
    """An engine that waits, and the record that is open in it, of that state, if one is."""

    engine: duckdb.DuckDBPyConnection
    path: Path | None = None
    state: State | None = None


#: So many may wait.
_MOST = 4
_waiting: list[_Waiting] = []
_guard = threading.Lock()
# What the last reader may have set for the whole engine.
_SETTINGS = ("memory_limit", "threads")
#: So much of a record an engine that waits may hold in memory.
_HELD = "256MB"
# Of the process that this one was forked off, and never closed: closing would wait for threads that are not here.
_of_others: list[_Waiting] = []


class Reading:
    """A record opened to be read, its tables in schema ``kg``; ``con`` is a connection of its own.

    ``again``: it was open already, in the state that it has now.
    """

    def __init__(self, path: Path, state: State | None = None) -> None:
        """:param state: the record's, if nobody writes to it while it is read; it can stay open afterwards then.
        :raises duckdb.Error: if it can't be opened, or somebody writes to it.
        """
        import duckdb

        self._path, self._state = path, state
        waiting = _taken(path, state)
        self._engine = waiting.engine
        self.again = waiting.state is not None
        for setting in _SETTINGS:
            self._engine.execute(f"RESET {setting}")
        if not self.again:
            try:
                self._engine.execute(f"ATTACH {duck.literal(path)} AS kg (READ_ONLY)")
            except duckdb.Error:  # whoever waits for a writer tries again, many times
                _keep(_Waiting(self._engine))
                raise
        self.con = self._engine.cursor()
        self.con.execute("USE kg")

    def close(self, *, whole: bool) -> None:
        """End the reading.

        :param whole: nothing failed, so that the engine is as it was.
        """
        import duckdb

        self.con.close()
        if whole:
            with suppress(duckdb.Error):
                if self._state is None:
                    self._engine.execute("DETACH kg")
                    _keep(_Waiting(self._engine))
                else:
                    self._engine.execute(f"SET memory_limit = '{_HELD}'")
                    _unlocked(self._path)
                    _keep(_Waiting(self._engine, self._path, self._state))
                return
        self._engine.close()


def let_go(path: Path) -> None:
    """Close a record in all engines that wait with it, as whoever writes to it in this process must."""
    with _guard:
        for n, one in enumerate(_waiting):
            if one.path == path:
                _waiting[n] = _detached(one)


def _taken(path: Path, state: State | None) -> _Waiting:
    """An engine with the record open, if one waits; else one without any."""
    import duckdb

    with _guard:
        for n, one in enumerate(_waiting):
            if state is not None and (one.path, one.state) == (path, state):
                return _waiting.pop(n)
        while _waiting:
            one = _waiting.pop(0)  # the one that has waited longest
            with suppress(duckdb.Error):  # one that has spilt already spills nowhere else
                return _Waiting(_spilling(_detached(one).engine, path))
            one.engine.close()
    return _Waiting(_spilling(duck.connect(), path))


def _detached(one: _Waiting) -> _Waiting:
    if one.path is not None:
        one.engine.execute("DETACH kg")
    return _Waiting(one.engine)


def _spilling(engine: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyConnection:
    """An engine that spills beside a record, as one that is opened on the record does."""
    return engine.execute("SET temp_directory = $1", [f"{path}.tmp"])


def _unlocked(path: Path) -> None:
    """Let go of this process's lock on a file."""
    with suppress(OSError), path.open("rb"):
        pass


def _keep(one: _Waiting) -> None:
    with _guard:
        if len(_waiting) < _MOST:
            _waiting.append(one)
            return
    one.engine.close()


def _forked() -> None:
    """In a process that was forked off: the engines of its parent have their threads there."""
    global _guard
    _guard = threading.Lock()
    _of_others.extend(_waiting)
    _waiting.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
