"""The embedded store: a folder with the record (DuckDB) and the indexes made from it, one a query language."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import StoreError, UsageError
from kg.facts import EDTF_SQL, FACT_COLUMNS, NO_TARGET, Entity, Fact
from kg.shapes.believed import believed
from kg.shapes.triples import described, statements, write_ntriples
from kg.stores import merge
from kg.stores.merge import Counts
from kg.stores.record import FILE, Record
from kg.views import View

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from kg.staging import Staged
    from kg.stores.base import Answer, Progress
    from kg.stores.index import Index

_FACTS = f"""
    SELECT f.id::VARCHAR AS id, {EDTF_SQL} AS date, a.name AS actor, f.action,
        CASE WHEN f.target <> '{NO_TARGET}' THEN t.name END AS target, f.type, f.code, f.scheme, f.coded,
        f.quad_class, f.intensity, f.scale, f.event, f.actor AS actor_id, f.target AS target_id, f.start, f.until, f.precision,
        f.reports, f.sources, f.urls
    FROM ({{believed}}) f JOIN kg.entity a ON a.id = f.actor JOIN kg.entity t ON t.id = f.target
    ORDER BY f.start, f.until NULLS LAST, f.actor, f.target, f.action, f.id"""

_BATCH = 10_000
_UNNAMEABLE = "?" if os.name == "nt" else "?\\"


class LocalStore:
    """A store in a folder of this machine. Operations open it for as long as they take, so that processes can share it."""

    def __init__(self, path: Path) -> None:
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

    def __str__(self) -> str:
        return str(self.path)

    def add(self, con: duckdb.DuckDBPyConnection, staged: Staged) -> Counts:
        """Merge what a load has staged in ``con``, in one transaction.

        :raises StoreBusy: if another process holds the record for too long.
        """
        merge.find_firsts(con)
        with self.record.writing(con) as kg:
            counts = merge.compare(kg, staged)
            merge.store(kg, staged, counts)
        return counts

    def copy_to(self, folder: Path) -> LocalStore:
        """A copy without indexes, for trying things out."""
        folder.mkdir()
        if self.record.exists():
            with self.record.reading():  # nobody writes meanwhile
                shutil.copyfile(self.record.path, folder / FILE)
        return LocalStore(folder)

    def known_records(self, con: duckdb.DuckDBPyConnection, dataset: str) -> None:
        """Fill ``known_record`` of ``con`` with the native id and the fact of each record of a dataset."""
        con.execute("CREATE OR REPLACE TABLE known_record (native_id VARCHAR, fact UUID)")
        if not self.record.exists():
            return
        sql = """SELECT native_id, any_value(fact)::VARCHAR AS fact FROM kg.report
            WHERE dataset = ? AND closed IS NULL AND native_id IS NOT NULL GROUP BY 1"""
        with self.record.reading() as kg:
            con.register("known", kg.sql(sql, params=[dataset]).to_arrow_table())
        con.execute("INSERT INTO known_record SELECT native_id, fact::UUID FROM known")
        con.unregister("known")

    def retract(self, dataset: str, native_id: str) -> int:
        """Close the reports that a dataset gives under that id; returns how many.

        :raises StoreError: if there is no store or no such open report.
        """
        with self.record.reading():
            pass
        with self.record.writing() as kg:
            closed = merge.retract(kg, dataset, native_id)
        if not closed:
            raise StoreError(f"there is no open report {native_id!r} of {dataset!r}", hint="kg info lists the sources")
        return closed

    def rows(self, view: View | None = None) -> Iterator[tuple[Any, ...]]:
        """The facts of a view as rows of `FACT_COLUMNS`, in order of date; the record is read while they are taken."""
        where, values = (view or View()).where()
        with self.record.reading() as con:
            con.execute(_FACTS.format(believed=believed(where)), [*values, *values])
            while batch := con.fetchmany(_BATCH):
                yield from batch

    def table(self, view: View | None = None) -> pa.Table:
        """The same as an Arrow table."""
        where, values = (view or View()).where()
        with self.record.reading() as con:
            return con.sql(_FACTS.format(believed=believed(where)), params=[*values, *values]).to_arrow_table()

    def facts(self, view: View | None = None) -> list[Fact]:
        """The same as facts."""
        return [_fact(dict(zip(FACT_COLUMNS, row, strict=True))) for row in self.rows(view)]

    def entities(self, view: View | None = None) -> list[Entity]:
        """The entities in the facts of a view, by id."""
        where, values = (view or View()).where()
        ends = f"WITH b AS ({believed(where)}) SELECT actor AS id FROM b UNION SELECT target FROM b"
        sql = f"SELECT id, name, kind, state, start, until FROM kg.entity SEMI JOIN ({ends}) USING (id) ORDER BY id"
        with self.record.reading() as con:
            return [Entity(*row) for row in con.execute(sql, [*values, *values]).fetchall()]

    def write_ntriples(self, view: View, file: Path) -> int:
        """Write the triples of a view's facts, their entities and reports; returns the number of facts."""
        where, values = view.where()
        with self.record.reading() as con:
            con.execute(f"CREATE TEMP TABLE believed AS {believed(where)}", [*values, *values])
            parts = {
                "entity": "kg.entity e WHERE e.id IN (SELECT actor FROM believed UNION SELECT target FROM believed)",
                "fact": "believed f",
                "report": "kg.report r WHERE r.closed IS NULL AND r.fact IN (SELECT id FROM believed)",
            }
            write_ntriples(con, " UNION ALL ".join(statements(described(s), r) for s, r in parts.items()), file)
            return int(con.execute("SELECT count(*) FROM believed").fetchall()[0][0])

    def query(
        self, language: str, text: str, parameters: Mapping[str, object] | None = None, progress: Progress | None = None
    ) -> Answer:
        """The answer to a question in ``cypher`` or ``sparql``; the language's index is brought up to date first.

        :raises QueryError: if the text is wrong, or would write or reach outside the store.
        """
        return self._index(language).query(text, dict(parameters or {}), progress)

    def _index(self, language: str) -> Index:
        if language == "cypher":
            from kg.stores.ladybug import LadybugIndex

            return LadybugIndex(self.path / "index" / "cypher", self.record)
        if language == "sparql":
            from kg.stores.oxigraph import OxigraphIndex

            return OxigraphIndex(self.path / "index" / "sparql", self.record)
        raise UsageError(f"there is no query language {language!r}", hint="cypher or sparql")

    def info(self) -> dict[str, Any]:
        """Counts, span, sources, changes and indexes of the store."""
        with self.record.reading() as con:
            one = _dicts(
                con.execute("""
                WITH believed AS (FROM kg.fact f SEMI JOIN (SELECT fact FROM kg.report WHERE closed IS NULL) r ON r.fact = f.id)
                SELECT count(*) AS facts, (SELECT count(*) FROM kg.report WHERE closed IS NULL) AS reports,
                    (SELECT count(*) FROM (SELECT actor FROM believed UNION SELECT target FROM believed)) AS entities,
                    min(start) AS first, max(coalesce(until, start)) AS last FROM believed""")
            )[0]
            sources = _dicts(con.execute(
                "SELECT dataset, count(*) AS reports FROM kg.report WHERE closed IS NULL GROUP BY 1 ORDER BY 2 DESC, 1"
            ))  # fmt: skip
            changes = _dicts(con.execute("SELECT * FROM kg.change ORDER BY id"))
        last = one["last"] - dt.timedelta(days=1) if one["last"] else None
        indexes = {language: self._index(language).state() for language in ("cypher", "sparql")}
        size = sum(f.stat().st_size for f in self.path.glob(f"{FILE}*"))
        return {
            "path": str(self.path),
            **one,
            "last": last,
            "bytes": size,
            "sources": sources,
            "changes": changes,
            "indexes": indexes,
        }

    def rejects(self) -> list[dict[str, Any]]:
        """The rows that loads could not read, with file, row, reason and text."""
        with self.record.reading() as con:
            return _dicts(con.execute(
                "SELECT change, file, row, reason, raw FROM kg.reject JOIN kg.change ON change.id = reject.change "
                "ORDER BY change, row"
            ))  # fmt: skip


def _dicts(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    columns = [c[0] for c in con.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in con.fetchall()]


def _fact(row: Mapping[str, Any]) -> Fact:
    return Fact(
        id=row["id"], actor=row["actor_id"], action=row["action"], target=row["target_id"], date=row["start"], until=row["until"],
        precision=row["precision"], type=row["type"], code=row["code"], scheme=row["scheme"], coded=row["coded"],
        quad_class=row["quad_class"],
        intensity=row["intensity"], scale=row["scale"], event=row["event"], reports=row["reports"],
        sources=tuple(row["sources"]), urls=tuple(row["urls"]),
    )  # fmt: skip
