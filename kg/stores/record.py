"""The record of an embedded store: one DuckDB file, the truth from which everything else is derived.

Tables: ``change`` (each load and retraction, numbered), ``report`` (never overwritten: ``opened`` and ``closed`` are the
changes between which it was believed, ``load`` the one that read it), ``fact`` (immutable), ``entity``, ``name`` (the spellings
of an entity), ``reject`` and ``alias`` (names that users gave themselves, see `kg.actors.own`; of a name the rows of its last
change count) and ``merged`` (which facts tell of one deed, see `kg.stores.merged`).
A fact is believed while one of its reports is open. A fact's row never changes, but for the states behind its ends, which are
what its open reports say.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kg import duck, limits
from kg.errors import NothingLoaded, StoreBusy, StoreDamaged, StoreError
from kg.shapes.property_graph import Property
from kg.stores import engines
from kg.stores.engines import Reading, Stamp

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")
log = logging.getLogger("kg")

#: The record's name in a store's folder; DuckDB names the schema after it.
FILE = "kg.duckdb"
#: What to do about a record that is damaged.
SAVING = "kg check says what can still be read; restore a backup (kg restore) or load the files anew, into a new folder"
# What DuckDB says of a block whose checksum is not that of what is in it, and of a file that ends too early.
_CORRUPT = ("Corrupt database file", "Could not read enough bytes")
# What DuckDB says when another process (a lock) or another thread (an attached file) holds the record.
_IN_THE_WAY = ("set lock on", "Conflicting lock", "already attached", "already open", "different configuration")

# DuckDB's file begins with a header and two more that take turns, of 4096 bytes each.
_HEADERS = 3 * 4096

# What file systems say that have no locks for folders, such as NFS: there DuckDB's own lock is all there is.
_WITHOUT_LOCKS = {errno.ENOLCK, errno.EBADF, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}

#: Raised when the tables change; a record of another number is refused, never misread.
FORMAT = 4

#: The tables with their columns; those in servers hold the same in their own form.
TABLES = {
    "change": (
        "id INTEGER", "recorded TIMESTAMP", "kind VARCHAR", "file VARCHAR", "sha256 VARCHAR", "loader VARCHAR",
        "loader_version VARCHAR", "dataset VARCHAR", "rows BIGINT", "new BIGINT", "known BIGINT", "rejected BIGINT",
        "reports BIGINT", "closed BIGINT", "undone INTEGER",
    ),
    "entity": (
        "id VARCHAR", "name VARCHAR", "kind VARCHAR", "state VARCHAR", "start DATE", "until DATE", "change INTEGER",
    ),
    "name": ("entity VARCHAR", "name VARCHAR", "change INTEGER"),
    "fact": (
        "id UUID", "actor VARCHAR", "action VARCHAR", "target VARCHAR", "start DATE", "until DATE", "precision VARCHAR",
        "certainty VARCHAR", "type VARCHAR", "code VARCHAR", "scheme VARCHAR", "coded VARCHAR", "quad_class INTEGER",
        "intensity DOUBLE", "scale VARCHAR", "event VARCHAR", "actor_state VARCHAR", "target_state VARCHAR", "change INTEGER",
    ),
    "report": (
        "id UUID", "fact UUID", "dataset VARCHAR", "native_id VARCHAR", "publisher VARCHAR", "url VARCHAR", "quote VARCHAR",
        "actor VARCHAR", "action VARCHAR", "target VARCHAR", "date VARCHAR", "code VARCHAR", "scheme VARCHAR", "score VARCHAR",
        "score_scale VARCHAR", "event VARCHAR", "extra VARCHAR", "actor_state VARCHAR", "target_state VARCHAR", "row BIGINT",
        "opened INTEGER", "closed INTEGER", "load INTEGER",
    ),
    "reject": ("change INTEGER", "row BIGINT", "reason VARCHAR", "raw VARCHAR"),
    "alias": (
        "change INTEGER", "name VARCHAR", "entity VARCHAR", "kind VARCHAR", "state VARCHAR", "role VARCHAR", "start DATE",
        "until DATE",
    ),
    "merged": ("change INTEGER", "fact UUID", "deed UUID"),
}  # fmt: skip


def columns(table: str) -> list[str]:
    """The names of a table's columns, in order."""
    return [column.split(" ")[0] for column in TABLES[table]]


#: Of a report, texts that hardly repeat: by itself DuckDB looks for whole ones that do, which takes longer to write and a third
#: more room for news (103 blocks to 63 for 200,000 texts of 200 letters).
_LONG = {"url", "quote", "extra"}

_PROPERTIES = {
    "UUID": "STRING", "VARCHAR": "STRING", "DATE": "DATE", "DOUBLE": "DOUBLE", "INTEGER": "INT64", "BIGINT": "INT64",
    "TIMESTAMP": "TIMESTAMP",
}  # fmt: skip


def properties(table: str, alias: str) -> tuple[Property, ...]:
    """The columns of a table, read under an alias, as properties of a node in a server."""
    given = (column.split(" ") for column in TABLES[table])
    return tuple(Property(name, _PROPERTIES[type_], f"{alias}.{name}") for name, type_ in given)


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables in the database attached as ``kg``."""
    for name, given in TABLES.items():
        kept = (f"{c} USING COMPRESSION zstd" if name == "report" and c.split(" ")[0] in _LONG else c for c in given)
        con.execute(f"CREATE TABLE kg.{name} ({', '.join(kept)})")


# The locks that this process has open: one that is forked off would hold them as well, for as long as it lives.
_locks: set[int] = set()


def _forked() -> None:
    for folder in _locks:
        os.close(folder)
    _locks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def wait_seconds() -> float:
    """How long to wait for another process, from ``$KG_WAIT``; 60 seconds by default."""
    try:
        return float(os.environ.get("KG_WAIT", "60"))
    except ValueError:
        raise StoreError(f"KG_WAIT={os.environ['KG_WAIT']} is not a number of seconds") from None


class Record:
    """The DuckDB file of a store, open for as long as one operation takes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # A store that is forgotten leaves no files open.
        weakref.finalize(self, engines.let_go, path).atexit = False

    def exists(self) -> bool:
        """Whether anything was ever written; a first load that was cut off, or had no room, may leave an empty file."""
        return self.path.exists() and self.path.stat().st_size > 0

    def stamp(self) -> Stamp:
        """What changes with every commit, without opening the record: names, sizes, times and numbers of its files."""
        found = []
        for file in sorted(self.path.parent.glob(f"{FILE}*")):
            with suppress(FileNotFoundError):  # a log that a writer has just finished with
                stat = file.stat()
                found.append((file.name, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
        return tuple(found)

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection, the record's tables in schema ``kg``. Threads of a process may read side by side.

        :raises StoreError: if there is no record, or nothing was ever loaded into it.
        :raises StoreBusy: if a writer does not finish in time.
        :raises StoreDamaged: if it does not open.
        """
        if not self.exists():
            raise self._nothing()
        with self._locked() as held:
            headers = self._headers()
            # Without a lock of ours nothing would keep a writer away from what is open.
            state = (self.stamp(), headers) if held else None
            with room(), self._unharmed():
                opened = self._patiently(lambda: Reading(self.path, state))
                whole = False
                try:
                    if not opened.again and not self._checked(opened.con):
                        raise self._nothing()
                    _limit(opened.con)
                    yield opened.con
                    whole = True
                finally:
                    opened.close(whole=whole)

    @contextmanager
    def writing(self, con: duckdb.DuckDBPyConnection | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """One writing transaction, committed at the end, rolled back by an exception.

        :param con: a connection to attach the record to, as ``kg``, beside its own tables; one of its own by default.
        :raises StoreBusy: if another process or thread does not let go in time.
        :raises StoreDamaged: if it does not open.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked(alone=True):
            engines.let_go(self.path)
            self._clear_empty()
            self._headers()
            yield from self._written(con)

    def _written(self, con: duckdb.DuckDBPyConnection | None) -> Iterator[duckdb.DuckDBPyConnection]:
        import duckdb

        used = con or duck.connect()
        try:
            with room(), self._unharmed(writing=True):
                self._patiently(lambda: used.execute(f"ATTACH {duck.literal(self.path)} AS kg (TYPE duckdb)"))
                done = False
                try:
                    yield from self._transaction(used)
                    done = True
                finally:
                    self._let_go(used, done=done)
        except (duckdb.TransactionException, duckdb.FatalException, duckdb.InternalException) as error:
            raise StoreError(f"can't write {self.path}: {_first_line(error)}", hint="is the disk full?") from None
        finally:
            if con is None:
                used.close()

    @contextmanager
    def _locked(self, *, alone: bool = False) -> Iterator[bool]:
        """While the body runs nobody else writes, in no process and no thread; with ``alone`` nobody reads either.

        DuckDB's own lock is the process's (POSIX, fcntl): it is gone as soon as the process closes the file once, as a second
        reader does, or whoever only looks at its first bytes. This one is the folder's (flock), and held by who took it; the
        body is told whether it is, because not every file system has it.

        :raises StoreBusy: if somebody is in the way for too long.
        :raises StoreDamaged: if the folder can't be read.
        """
        if sys.platform == "win32":  # there DuckDB's is the handle's, and a folder has none
            yield False
            return
        import fcntl

        try:
            folder = os.open(self.path.parent, os.O_RDONLY)
        except OSError as error:
            raise self._unopened(error) from None
        _locks.add(folder)
        try:
            yield self._patiently(lambda: _lock(folder, fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
        finally:
            if folder in _locks:
                _locks.discard(folder)
                os.close(folder)

    def _let_go(self, con: duckdb.DuckDBPyConnection, *, done: bool) -> None:
        """Detach the record. If it then has no room for what its log has already, what was done is done all the same."""
        import duckdb

        try:
            con.execute("DETACH kg")
        except duckdb.IOException as error:
            if not done or "CHECKPOINT" not in str(error):
                raise
            log.warning("it is done, and kept in %s.wal, for which %s has no room: is the disk full?", self.path.name, self.path)

    def _transaction(self, con: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
        con.execute("BEGIN")
        try:
            if not self._checked(con):
                create_tables(con)
                con.execute("CREATE TABLE kg.format (number INTEGER, uid UUID, made VARCHAR)")
                con.execute("INSERT INTO kg.format VALUES (?, uuid(), version())", [FORMAT])
            yield con
            con.execute("COMMIT")
        except BaseException:
            _roll_back(con)
            raise

    def _nothing(self) -> NothingLoaded:
        return NothingLoaded(f"there is no store at {self.path.parent}", hint="load something first: kg load FILE")

    def _patiently(self, opening: Callable[[], T]) -> T:
        """What opens the record, tried until no other process or thread is in the way."""
        import duckdb

        deadline = time.monotonic() + wait_seconds()
        while True:
            try:
                return opening()
            except (BlockingIOError, duckdb.Error) as error:
                if isinstance(error, duckdb.Error) and not any(words in str(error) for words in _IN_THE_WAY):
                    raise self._unopened(error) from None
                if time.monotonic() > deadline and engines.being_read(self.path):
                    raise StoreBusy(
                        f"this process is still reading {self.path.parent}",
                        hint="take all rows of what reads it, such as Graph.rows(), or close that",
                    ) from None
                if time.monotonic() > deadline:
                    raise StoreBusy(
                        f"another process is using {self.path.parent} and did not finish in {wait_seconds():g} s",
                        hint="try again when it is done, or wait longer: KG_WAIT=600",
                    ) from None
                time.sleep(0.02)

    def _unopened(self, error: object) -> StoreDamaged:
        hint = "look at the permissions of the file and its folder" if "ermission denied" in str(error) else SAVING
        return StoreDamaged(f"the record {self.path} can't be read: {_first_line(error)}", hint=hint)

    def _clear_empty(self) -> None:
        """Remove an empty file in the record's place, which DuckDB takes for damaged, unless somebody is about to fill it."""
        for _ in range(20):
            if not self.path.exists() or self.exists():
                return
            time.sleep(0.05)
        self.path.unlink(missing_ok=True)

    def _headers(self) -> bytes:
        """The headers of the file, in which DuckDB numbers its checkpoints; of none nothing.

        :raises StoreDamaged: if it is not DuckDB's: of some others DuckDB would ask the network how to read them.
        """
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            found = file.read(_HEADERS)
            if found[8:12] != b"DUCK":
                raise self._unopened("it is not a DuckDB file, or its beginning is gone")
            return found
        return b""

    @contextmanager
    def _unharmed(self, *, writing: bool = False) -> Iterator[None]:
        """While the body runs, that a block is not as it was written is told in one line.

        :param writing: then that the file can't be used otherwise is no damage: there may be no room.

        :raises StoreDamaged: in place of what DuckDB raises.
        """
        import duckdb

        try:
            yield
        except RuntimeError as error:
            if str(error).lower() != "query interrupted":
                raise
            raise KeyboardInterrupt from None
        except duckdb.Error as error:
            # What is spilt beside the record is not the record.
            whole = str(engines.absolute(self.path))
            unread = not writing and isinstance(error, duckdb.IOException) and whole in str(error).replace(f"{whole}.tmp", "")
            if unread or any(words in str(error) for words in _CORRUPT):
                raise self._unopened(error) from None
            raise

    def _checked(self, con: duckdb.DuckDBPyConnection) -> bool:
        """Whether the record has tables yet; a first load that was killed leaves none.

        :raises StoreDamaged: if they are of another format.
        """
        tables = {row[0] for row in con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'kg'").fetchall()}
        if not tables:
            return False
        found = con.execute("SELECT number FROM kg.format").fetchall() if "format" in tables else []
        if found != [(FORMAT,)]:
            number = f"format {found[0][0]}" if found else "no format"
            raise StoreDamaged(
                f"{self.path} has {number}, this version reads format {FORMAT}",
                hint="load the files anew",
            )
        if missing := [table for table in TABLES if table not in tables]:
            raise self._unopened(f"it has no table {', '.join(missing)}")
        return True


def _lock(folder: int, kind: int) -> bool:
    """Whether the file system has such locks.

    :raises BlockingIOError: if somebody else has a lock that excludes this one.
    """
    import fcntl

    try:
        fcntl.flock(folder, kind | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno not in _WITHOUT_LOCKS:
            raise
        return False


def _limit(con: duckdb.DuckDBPyConnection) -> None:
    """Hold a question to what it may use, if there is a limit; what goes beyond is spilt where temporary files are."""
    allowed = limits.memory()
    if allowed is not None:
        con.execute(f"SET memory_limit = '{allowed}B'; SET temp_directory = {duck.literal(tempfile.gettempdir())}")


@contextmanager
def room() -> Iterator[None]:
    """While the body runs DuckDB, that it has not enough memory or disk is told in one line.

    :raises StoreError: in place of what DuckDB raises; `LimitReached` where a question may not use more.
    """
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        if limited := limits.engine_full():
            raise limited from None
        raise StoreError(
            f"not enough memory or room to spill: {_first_line(error)}", hint="is the disk of $TMPDIR full?"
        ) from None
    except duckdb.IOException as error:
        raise StoreError(f"can't write: {_first_line(error)}", hint="is the disk full?") from None


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    import duckdb

    # A failed commit has ended the transaction already.
    with suppress(duckdb.Error):
        con.execute("ROLLBACK")


def _first_line(error: object) -> str:
    return str(error).splitlines()[0]
