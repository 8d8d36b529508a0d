"""An index made from the record for one query language: always derivable, brought up to date when it is asked.

Each state of an index is a folder of its own, ``<version>-<token>``, whose ``index.json`` is written last: a build that was
cut off leaves no such file and is passed over. Readers keep the folder they opened; older ones go with the next build.
"""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import threading
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kg.errors import StoreBusy, StoreError
from kg.shapes.believed import ends
from kg.stores.base import Answer, Progress
from kg.stores.engines import Stamp
from kg.stores.record import Record, wait_seconds

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger("kg")


@dataclass(frozen=True)
class State:
    """Which state of which record an index shows. ``shape`` changes with the way facts are laid out in it."""

    record: str
    version: int
    shape: str


@dataclass(frozen=True)
class Changes:
    """How many facts there are, and how many differ from an older state of the index."""

    total: int
    removed: int
    added: int


#: The state of an index that nobody has asked yet.
NOT_BUILT = "not built yet"


class Condition(NamedTuple):
    """How an index stands to its record, in words, and what is wrong with it, if anything is."""

    state: str
    fault: str | None = None


class Index(ABC):
    """What is the same for every language: finding, building, replacing; subclasses build and ask."""

    language: str
    shape: str

    def __init__(self, folder: Path, record: Record) -> None:
        self.folder = folder
        self.record = record
        self._held: tuple[Stamp, Any] | None = None
        self._holding = threading.Lock()

    @abstractmethod
    def build(self, con: duckdb.DuckDBPyConnection, folder: Path, progress: Progress | None) -> None:
        """Make the index whole in an empty folder."""

    @abstractmethod
    def update(self, con: duckdb.DuckDBPyConnection, old: Path, folder: Path) -> None:
        """Make it from an older state and the tables ``gone`` (id) and ``fresh`` (id) of ``con``."""

    @abstractmethod
    def open(self, folder: Path) -> Any:
        """The engine on a finished state, read-only; threads may ask it side by side.

        :raises OSError, RuntimeError: if its files are damaged.
        """

    def facts(self, engine: Any) -> int:
        """How many facts an open state holds."""
        raise NotImplementedError

    @abstractmethod
    def cheaper_to_update(self, changes: Changes) -> bool:
        """Whether updating costs less than building, by measured figures."""

    @abstractmethod
    def query(self, text: str, parameters: dict[str, Any], progress: Progress | None) -> Answer:
        """The answer to a question."""

    def ready(self, progress: Progress | None = None) -> Path:
        """The folder of the index in the record's present state, built or updated if need be.

        :raises StoreBusy: if another process builds it and does not finish in time.
        """
        import filelock

        with self.record.reading() as con:
            found = self._find(self._wanted(con))
        if found:
            return found

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(self.folder / "build.lock", timeout=wait_seconds()), self.record.reading() as con:
                # While the record is read nobody writes: what is wanted now is what will be built.
                wanted = self._wanted(con)
                return self._find(wanted) or self._make(con, wanted, progress)
        except PermissionError as error:
            raise StoreError(
                f"can't make the {self.language} index: {error}", hint="kg copy STORE NEW-FOLDER, and ask that"
            ) from None
        except filelock.Timeout:
            raise StoreBusy(f"another process is building the {self.language} index", hint="try again when it is done") from None

    def opened(self, progress: Progress | None = None) -> Any:
        """The engine on the record's present state, kept open from one question to the next until the state changes."""
        with self._holding:
            # Taken before the record is looked at: whatever is written from now on gives another stamp.
            stamp = self.record.stamp()
            if self._held is None or self._held[0] != stamp:
                self._held = None
                path = self.ready(progress)
                try:
                    engine = self.open(path)
                except (OSError, RuntimeError) as error:
                    self.discard(path, error)
                    engine = self.open(self.ready(progress))
                self._held = (stamp, engine)
            return self._held[1]

    def state(self) -> dict[str, Any] | None:
        """Version and size in bytes of the newest whole state, or ``None`` if there is none."""
        states = self._states()
        if not states:
            return None
        path, state = states[-1]
        return {"version": state.version, "bytes": sum(f.stat().st_size for f in path.rglob("*") if f.is_file())}

    def condition(self, con: duckdb.DuckDBPyConnection) -> Condition:
        """How what is there stands to the record that ``con`` reads; nothing is built and nothing removed."""
        wanted, newest, damaged = self._wanted(con), -1, None
        for mark in self.folder.glob("*/index.json"):
            try:
                state = _noted(mark)
                if state == wanted:
                    return self._compared(con, mark.parent)
                newest = max(newest, state.version if state.record == wanted.record else -1)
            except (ValueError, KeyError, TypeError, OSError) as error:
                damaged = _first_line(error)
        if damaged:
            return Condition("damaged", damaged)
        if newest < 0:
            return Condition(NOT_BUILT)
        return Condition(f"of change {newest}, to be brought up to date" if newest < wanted.version else "to be built anew")

    def _compared(self, con: duckdb.DuckDBPyConnection, path: Path) -> Condition:
        sql = "SELECT count(DISTINCT fact) FROM kg.report WHERE closed IS NULL"
        expected = int(con.execute(sql).fetchall()[0][0])
        try:
            found = self.facts(self.open(path))
        except (OSError, RuntimeError) as error:
            return Condition("damaged", _first_line(error))
        return Condition("up to date") if found == expected else Condition("damaged", f"it has {found} facts, not {expected}")

    def discard(self, path: Path, why: Exception) -> None:
        """Drop a state that turned out to be damaged."""
        log.warning("the %s index is damaged (%s) and is built anew", self.language, _first_line(why))
        shutil.rmtree(path, ignore_errors=True)

    def _wanted(self, con: duckdb.DuckDBPyConnection) -> State:
        uid, version = con.execute("SELECT uid::VARCHAR, (SELECT coalesce(max(id), 0) FROM kg.change) FROM kg.format").fetchall()[
            0
        ]
        return State(uid, version, self.shape)

    def _states(self) -> list[tuple[Path, State]]:
        """Whole states by version. One whose files have not the size they had when it was finished is damaged."""
        found = []
        for mark in self.folder.glob("*/index.json"):
            try:
                found.append((mark.parent, _noted(mark)))
            except (ValueError, KeyError, TypeError, OSError) as error:
                self.discard(mark.parent, error)
        return sorted(found, key=lambda s: s[1].version)

    def _find(self, wanted: State) -> Path | None:
        return next((path for path, state in self._states() if state == wanted), None)

    def _make(self, con: duckdb.DuckDBPyConnection, wanted: State, progress: Progress | None) -> Path:
        older = [
            (p, s)
            for p, s in self._states()
            if (s.record, s.shape) == (wanted.record, wanted.shape) and s.version < wanted.version
        ]
        folder = self.folder / f"{wanted.version}-{secrets.token_hex(4)}"
        folder.mkdir()
        try:
            if older and self.cheaper_to_update(_changes(con, older[-1][1].version)):
                self.update(con, older[-1][0], folder)
            else:
                self.build(con, folder, progress)
            _finish(folder, wanted)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError | RuntimeError):
                # What the engines raise where there is no room, each in its own way.
                raise StoreError(
                    f"can't build the {self.language} index: {_first_line(error)}", hint="is the disk full?"
                ) from None
            raise
        for other in self.folder.iterdir():
            if other.is_dir() and other != folder:
                shutil.rmtree(other, ignore_errors=True)
        return folder


def _changes(con: duckdb.DuckDBPyConnection, since: int) -> Changes:
    """Fill ``gone`` (facts to take out: all that changed) and ``fresh`` (those of them to put in again)."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE gone AS SELECT DISTINCT fact AS id FROM kg.report WHERE opened > ? OR closed > ?",
        [since, since],
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE fresh AS FROM gone "
        "SEMI JOIN (SELECT fact AS id FROM kg.report WHERE closed IS NULL) USING (id)"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE newer AS SELECT {since}::INTEGER AS version")
    # Facts that are new altogether need not be sought in the older state.
    con.execute("DELETE FROM gone WHERE id IN (SELECT fact FROM kg.report GROUP BY fact HAVING min(opened) > ?)", [since])
    counts = "SELECT (SELECT count(*) FROM kg.fact), (SELECT count(*) FROM gone), (SELECT count(*) FROM fresh)"
    return Changes(*con.execute(counts).fetchall()[0])


def wanted_entities(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Ids of the entities that believed facts speak of; fills ``wanted`` (id)."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE wanted AS
        WITH b AS (FROM kg.fact SEMI JOIN (SELECT fact AS id FROM kg.report WHERE closed IS NULL) USING (id))
        {ends("b")}""")
    return [row[0] for row in con.execute("SELECT id FROM wanted").fetchall()]


def _finish(folder: Path, state: State) -> None:
    noted = {"state": asdict(state), "files": _sizes(folder)}
    unfinished = folder / "index.json.new"
    unfinished.write_text(json.dumps(noted), encoding="utf-8")
    unfinished.replace(folder / "index.json")


def _noted(mark: Path) -> State:
    """The state that ``index.json`` notes.

    :raises ValueError: if it is damaged, or the index's files have not the size they had when it was finished.
    """
    noted = json.loads(mark.read_text(encoding="utf-8"))
    state = State(**noted["state"])
    if not isinstance(state.version, int) or not isinstance(state.record, str) or not isinstance(state.shape, str):
        raise ValueError("its index.json is not as it was written")
    if noted["files"] != _sizes(mark.parent):
        raise ValueError("its files are not as they were left")
    return state


def _sizes(folder: Path) -> dict[str, int]:
    """Sizes of the files that hold data; lock files and logs come and go with every opening."""
    return {
        str(f.relative_to(folder)): f.stat().st_size
        for f in sorted(folder.rglob("*"))
        if f.is_file() and f.suffix in ("", ".sst", ".lbug") and not f.name.startswith(("LOG", "LOCK"))
    }


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
