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

#: Names, devices, numbers, sizes and times of a record's files.
Stamp = tuple[tuple[str | int, ...], ...]
#: The state of a record: its stamp and its headers, because not every file system tells times exactly.
State = tuple[Stamp, bytes]
#: The device of a file and its number there.
_File = tuple[int, int]


class _Waiting(NamedTuple):
    """An engine that waits, and the record that is open in it, of that state, if one is."""

    engine: duckdb.DuckDBPyConnection
    path: Path | None = None
    state: State | None = None
    file: _File | None = None


#: So many may wait.
_MOST = 4
_waiting: list[_Waiting] = []
# Those that are under way.
_readings: set[Reading] = set()
# One that its thread may take twice: a store that is forgotten lets go whenever Python finds that it is.
_guard = threading.RLock()
# What the last reader may have set for the whole engine.
_SETTINGS = ("memory_limit", "threads")
#: So much of a record an engine that waits may hold in memory.
_HELD = "256MB"


class Reading:
    """A record opened to be read, its tables in schema ``kg``; ``con`` is a connection of its own.

    ``again``: it was open already, in the state that it has now.
    """

    def __init__(self, path: Path, state: State | None = None) -> None:
        """:param state: the record's, if nobody writes to it while it is read; it can stay open afterwards then.
        :raises duckdb.Error: if it can't be opened, or somebody writes to it.
        """
        import duckdb

        self._path, self._state, self._file = absolute(path), state, _file(path)
        waiting = _taken(self._path, state)
        self._engine = waiting.engine
        self.again = waiting.state is not None
        try:
            for setting in _SETTINGS:
                self._engine.execute(f"RESET {setting}")
            with suppress(duckdb.Error):  # one that has spilt already spills nowhere else
                self._engine.execute("SET temp_directory = $1", [f"{self._path}.tmp"])
            if not self.again:
                self._engine.execute(f"ATTACH {duck.literal(self._path)} AS kg (READ_ONLY)")
            self.con = self._engine.cursor()
            self.con.execute("USE kg")
        except duckdb.Error:
            if self.again:
                self._engine.close()
            else:  # whoever waits for a writer tries again, many times
                _keep(_Waiting(self._engine))
            raise
        except BaseException:
            self._engine.close()
            raise
        _readings.add(self)

    def close(self, *, whole: bool) -> None:
        """End the reading.

        :param whole: nothing failed, so that the engine is as it was.
        """
        kept = False
        _readings.discard(self)
        try:
            self.con.close()
            kept = whole and self._kept()
        finally:
            if not kept:
                self._engine.close()

    def of(self, path: Path) -> bool:
        """Whether it reads the record there."""
        return self._path == path

    def _kept(self) -> bool:
        """Whether the engine waits now, with the record if that can stay open without its lock."""
        import duckdb

        try:
            self._engine.execute(f"SET memory_limit = '{_HELD}'")
            if self._state is not None and _unlocked(self._path, self._file):
                _keep(_Waiting(self._engine, self._path, self._state, self._file))
            else:
                self._engine.execute("DETACH kg")
                _keep(_Waiting(self._engine))
        except duckdb.Error:
            return False
        return True


def being_read(path: Path) -> bool:
    """Whether this process reads a record."""
    path = absolute(path)
    return any(one.of(path) for one in tuple(_readings))


def let_go(path: Path) -> None:
    """Close a record in all engines that wait with it, as whoever writes to it in this process must."""
    path, file = absolute(path), _file(path)
    with _guard:
        for n, one in enumerate(_waiting):
            if one.path == path or (file is not None and one.file == file):
                _waiting[n] = _detached(one)


def absolute(path: Path) -> Path:
    """A path that stays the same when the working folder changes."""
    return Path(os.path.abspath(path))


def _file(path: Path) -> _File | None:
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


def _taken(path: Path, state: State | None) -> _Waiting:
    """An engine with the record open, if one waits; else one without any."""
    with _guard:
        for n, one in enumerate(_waiting):
            if one.path is not None and _file(one.path) != one.file:  # gone with its folder, or another one is there
                _waiting[n] = _detached(one)
        for n, one in enumerate(_waiting):
            if state is not None and (one.path, one.state) == (path, state):
                return _waiting.pop(n)
        if _waiting:
            return _detached(_waiting.pop(0))  # the one that has waited longest
    return _Waiting(duck.connect())


def _detached(one: _Waiting) -> _Waiting:
    if one.path is not None:
        one.engine.execute("DETACH kg")
    return _Waiting(one.engine)


def _unlocked(path: Path, file: _File | None) -> bool:
    """Let go of this process's lock on a file; whether that was the one that is meant."""
    try:
        with path.open("rb") as opened:
            found = os.fstat(opened.fileno())
    except OSError:  # moved away, or no more files may be opened
        return False
    return (found.st_dev, found.st_ino) == file


def _keep(one: _Waiting) -> None:
    with _guard:
        if len(_waiting) < _MOST:
            _waiting.append(one)
            return
    one.engine.close()


def _before_fork() -> None:
    """A process that is forked off would have the engines, the files and the locks, and not the threads that they run on."""
    with _guard:
        while _waiting:
            _waiting.pop().engine.close()


def _after_fork() -> None:
    global _guard
    _guard = threading.RLock()
    _readings.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
