"""The embedded store: a folder with the record (DuckDB) and the indexes made from it, one a query language."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.deeds import Rule
from kg.errors import StoreError, UsageError
from kg.facts import NO_BEGINNING
from kg.shapes.believed import ends
from kg.stores import checking, derived, engines, merge, merged, undoing
from kg.stores.base import Answer, Progress, Store, derived_of, dicts
from kg.stores.checking import Finding
from kg.stores.derived import Derived
from kg.stores.engines import Stamp
from kg.stores.merge import Counts, Given
from kg.stores.merged import Merged
from kg.stores.record import FILE, TABLES, Record
from kg.stores.undoing import Undone
from kg.views import View

if TYPE_CHECKING:
    import duckdb

    from kg.staging import Staged
    from kg.stores.index import Index
    from kg.stores.straight import StraightSparql

_UNNAMEABLE = "?" if os.name == "nt" else "?\\"


#: The rows of the record's tables that belong to the facts in ``believed``. Of a change they are all there: whose load it was;
#: but nothing is merged there by a rule, because what was merged may lack what it was merged with.
_OF_VIEW = {
    "change": "(FROM kg.change WHERE kind <> 'merge')",
    "entity": f"kg.entity SEMI JOIN ({ends()}) USING (id)",
    "name": f"kg.name SEMI JOIN ({ends()}) ON id = entity",
    "fact": "believed",
    "report": """(SELECT r.* REPLACE (NULL AS closed, w.fact AS fact) FROM kg.report r
        JOIN (SELECT id AS fact, unnest(witnesses) AS id FROM believed) w USING (id))""",
}


class LocalStore(Store):
    """A store in a folder of this machine. Operations open it for as long as they take, so that processes can share it."""

    languages = ("cypher", "sparql")

    def __init__(self, path: Path, *, rehearsed: bool = False) -> None:
        if path.exists() and not path.is_dir():
            raise UsageError(f"{path} is a file, not a store", hint="a store is a folder; name another with --kg")
        if path.is_dir() and any(path.iterdir()) and not (path / FILE).exists():
            raise UsageError(f"{path} is a folder with other things in it", hint="name a new folder with --kg")
        if any(c in str(path.absolute()) for c in _UNNAMEABLE):
            raise UsageError(
                f"a store can't be in {path}", hint="DuckDB misreads a question mark or a backslash in a folder's name"
            )
        self.path = path
        self.record = Record(path / FILE)
        self._indexes: dict[str, Index] = {}
        self._aliases: tuple[Stamp, list[tuple[Any, ...]]] | None = None
        self._rehearsed = rehearsed

    def __str__(self) -> str:
        return str(self.path)

    def close(self) -> None:
        engines.let_go(self.record.path)

    def reading(self, view: View | None = None) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return self.record.reading()

    def add(self, con: duckdb.DuckDBPyConnection, staged: Staged, progress: Progress | None = None) -> Counts:
        """Merge what a load has staged in ``con``, in one transaction.

        :raises StoreBusy: if another process holds the record for too long.
        """
        merge.find_firsts(con)
        with self.record.writing(con) as kg:
            counts = merge.compare(kg, staged)
            change = merge.store(kg, staged, counts)
            if self._rehearsed:
                return counts
            found = _follow(kg, change)
        return replace(counts, derived=found.new, undone=found.closed)

    def aliases(self) -> list[tuple[Any, ...]]:
        # Every question with a name in it asks for them, and opening the record takes longer than some questions.
        stamp = self.record.stamp()
        if self._aliases is None or self._aliases[0] != stamp:
            self._aliases = (stamp, super().aliases())
        return self._aliases[1]

    def add_aliases(self, given: Given) -> int:
        with self.record.writing() as kg:
            merge.store_aliases(kg, given)
        return len(given.rows)

    def reassign(self, con: duckdb.DuckDBPyConnection, progress: Progress | None = None) -> None:
        with self.record.writing(con) as kg:
            _follow(kg, merge.reassign(kg))

    def derive(self, progress: Progress | None = None) -> Derived:
        with self._changing() as kg:
            return derived.follow_all(kg)

    def merge(self, rule: Rule, examples: int = 0) -> Merged:
        with self._changing() as kg:
            return merged.merge(kg, rule, examples)[0]

    def unmerge(self) -> int:
        with self._changing() as kg:
            return merged.take_away(kg)[0]

    def having(self, ids: Sequence[str]) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return self.record.reading()

    def tables(self, *names: str) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return self.record.reading()

    def take(self, con: duckdb.DuckDBPyConnection, progress: Progress | None = None) -> None:
        with self.record.writing() as own:
            theirs, ours = (c.execute("SELECT id, recorded, kind, file FROM kg.change ORDER BY 1").fetchall() for c in (con, own))
            if ours == theirs:
                return
            if ours:
                raise StoreError(f"{self} has facts of its own", hint="copy into a new folder")
            for n, table in enumerate(TABLES):
                if progress:
                    progress(f"writing to {self}", n, len(TABLES))
                _take_table(own, con, table)

    def take_view(self, other: Store, view: View) -> None:
        """Take what a view means of another store, as if nothing else had ever been loaded; this one must be empty."""
        with self.record.writing() as own:
            with other.tables("alias") as con:
                _take_table(own, con, "alias")
            with other.viewing(view) as con:
                con.execute(f"CREATE TEMP TABLE believed AS {view.believed()}", view.values())
                for table, rows in _OF_VIEW.items():
                    _take_table(own, con, table, rows)
            if view.known_at is not None:
                own.execute("DELETE FROM kg.change WHERE recorded >= $1", [view.known_at])

    def rehearsal(self, folder: Path) -> LocalStore:
        folder.mkdir()
        if self.record.exists():
            with self.record.reading():  # nobody writes meanwhile
                shutil.copyfile(self.record.path, folder / FILE)
        return LocalStore(folder, rehearsed=True)

    def folders(self) -> list[Path]:
        return [self.path]

    def has_entity(self, id_: str) -> bool:
        if not self.record.exists():
            return False
        with self.record.reading() as kg:
            return bool(kg.execute("SELECT 1 FROM kg.entity WHERE id = ?", [id_]).fetchall())

    def known_records(self, con: duckdb.DuckDBPyConnection, dataset: str) -> None:
        con.execute("CREATE OR REPLACE TABLE known_record (native_id VARCHAR, fact UUID)")
        if not self.record.exists():
            return
        sql = """SELECT native_id, any_value(fact)::VARCHAR AS fact FROM kg.report
            WHERE dataset = ? AND closed IS NULL AND native_id IS NOT NULL GROUP BY 1"""
        with self.record.reading() as kg:
            con.register("known", kg.sql(sql, params=[dataset]).to_arrow_table())
        con.execute("INSERT INTO known_record SELECT native_id, fact::UUID FROM known")
        con.unregister("known")

    @contextmanager
    def _changing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The record, to be changed; there must be one."""
        with self.record.reading():
            pass
        with self.record.writing() as kg:
            yield kg

    def retract(self, dataset: str, native_id: str) -> int:
        with self._changing() as kg:
            closed, change = merge.retract(kg, dataset, native_id)
            _follow(kg, change)
        return closed

    def undo(self, number: int) -> Undone:
        with self._changing() as kg:
            done, change = undoing.undo(kg, number)
            _follow(kg, change)
        return done

    def query(
        self, language: str, text: str, parameters: Mapping[str, object] | None = None, progress: Progress | None = None
    ) -> Answer:
        if language == "sparql":
            return self._straight().query(text, parameters or {}, progress)
        # The language's index is brought up to date first.
        return self.index(language).query(text, dict(parameters or {}), progress)

    def sparql_under(self, view: View, text: str, parameters: Mapping[str, object]) -> Answer | None:
        from kg.sparql import Refused

        try:
            return self._straight().answer(view, text, parameters)
        except Refused:
            return None

    def explain_sparql(self, view: View, text: str, parameters: Mapping[str, object]) -> str:
        return self._straight().explain(view, text, parameters)

    def _straight(self) -> StraightSparql:
        from kg.stores.oxigraph import OxigraphIndex
        from kg.stores.straight import StraightSparql

        index = self.index("sparql")
        assert isinstance(index, OxigraphIndex)
        return StraightSparql(self.viewing, index)

    def index(self, language: str) -> Index:
        """What is made from the record for a language; it is brought up to date when it is asked."""
        if language not in self._indexes:
            self._indexes[language] = self._new_index(language)
        return self._indexes[language]

    def _new_index(self, language: str) -> Index:
        if language == "cypher":
            from kg.stores.ladybug import LadybugIndex

            return LadybugIndex(self.path / "index" / "cypher", self.record)
        if language == "sparql":
            from kg.stores.oxigraph import OxigraphIndex

            return OxigraphIndex(self.path / "index" / "sparql", self.record)
        raise UsageError(f"there is no query language {language!r}", hint="cypher or sparql")

    def check(self) -> list[Finding]:
        """Look whether the record is what it should be, and the indexes what the record says; changes nothing.

        :raises StoreDamaged: if it can't be read whole, with what still can be.
        """
        engines.let_go(self.record.path)  # what is in memory was read before; the disk is asked
        with self.record.reading() as con:
            found = checking.check(con, self.record.path)
            return found + [checking.check_index(con, self.index(language)) for language in self.languages]

    def info(self) -> dict[str, Any]:
        with self.record.reading() as con:
            one = dicts(
                con.execute(f"""
                WITH believed AS (FROM kg.fact f SEMI JOIN (SELECT fact FROM kg.report WHERE closed IS NULL) r ON r.fact = f.id)
                SELECT count(*) AS facts, (SELECT count(*) FROM kg.report WHERE closed IS NULL) AS reports,
                    (SELECT count(*) FROM ({ends()})) AS entities,
                    min(start) FILTER (start > DATE '{NO_BEGINNING}') AS first,
                    max(coalesce(until - 1, start)) AS last FROM believed""")
            )[0]
            sources = dicts(con.execute(
                "SELECT dataset, count(*) AS reports FROM kg.report WHERE closed IS NULL GROUP BY 1 ORDER BY 2 DESC, 1"
            ))  # fmt: skip
            changes = dicts(con.execute("SELECT * FROM kg.change ORDER BY id"))
        indexes = {language: self.index(language).state() for language in ("cypher", "sparql")}
        size = sum(f.stat().st_size for f in self.path.glob(f"{FILE}*"))
        return {
            "path": str(self.path),
            **one,
            "derived": derived_of(sources),
            "bytes": size,
            "sources": sources,
            "changes": changes,
            "indexes": indexes,
        }


def _take_table(own: duckdb.DuckDBPyConnection, con: duckdb.DuckDBPyConnection, table: str, rows: str | None = None) -> None:
    """Put the rows of another store's table, or those given, into ours."""
    # As text: the two engines need not agree on how a UUID travels.
    texts = [c.split(" ")[0] + ("::VARCHAR" if c.endswith("UUID") else "") for c in TABLES[table]]
    own.register("arriving", con.sql(f"SELECT {', '.join(texts)} FROM {rows or f'kg.{table}'}").to_arrow_reader(100_000))
    own.execute(f"INSERT INTO kg.{table} FROM arriving")
    own.unregister("arriving")


def _follow(kg: duckdb.DuckDBPyConnection, change: int) -> Derived:
    """Derive and merge anew what a change touched."""
    found = derived.follow(kg, change)
    merged.follow(kg, change)
    return found
