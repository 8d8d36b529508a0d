"""How staged rows become part of the record, in one transaction, and how reports are closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.duck import literal
from kg.errors import StoreError
from kg.facts import DERIVED, REPORT_TEXTS
from kg.staging import Rejected
from kg.stores.base import count

if TYPE_CHECKING:
    import duckdb

    from kg.staging import Staged

#: Rows are written so many at once: of a statement's joins not all can be spilt, and those of three million rows at once did not
#: fit into what a load into a server may use.
_SLICE = 1_000_000
_WITHIN = "/* within the slice */"


@dataclass(frozen=True)
class Counts:
    """What a load changed. ``rows = new + known + rejected``: ``new`` rows brought a fact the store did not believe, ``known``
    rows one it did (from before, or from an earlier row) or took a record back. ``reports`` were added, ``closed`` replaced by a
    corrected row or, ``deleted`` of them, because a row says that their record is deleted."""

    rows: int
    new: int
    known: int
    rejected: int
    reports: int
    closed: int
    deleted: int = 0
    #: Standing relations that now follow from the facts, and those that no longer do; of these no row speaks.
    derived: int = 0
    undone: int = 0


@dataclass(frozen=True)
class Given:
    """Names that a user gives: the rows of ``alias`` without their change, and the file they are from."""

    file: str
    sha256: str | None
    rows: Sequence[Sequence[object]]


def store_aliases(con: duckdb.DuckDBPyConnection, given: Given) -> int:
    """Write a user's names into ``kg``; returns the change's number."""
    import pyarrow as pa

    change = next_change(con)
    con.execute(
        "INSERT INTO kg.change (id, recorded, kind, file, sha256, rows) VALUES (?, ?, 'actors', ?, ?, ?)",
        [change, recorded(con), given.file, given.sha256, len(given.rows)],
    )
    names = ("name", "entity", "kind", "state", "role", "start", "until")
    types = [pa.string()] * 5 + [pa.date32()] * 2
    columns = zip(*given.rows, strict=True) if given.rows else ([] for _ in names)
    con.register("given", pa.table([pa.array(c, t) for c, t in zip(columns, types, strict=True)], names=names))
    con.execute("INSERT INTO kg.alias SELECT ?, * FROM given", [change])
    con.unregister("given")
    return change


def find_firsts(con: duckdb.DuckDBPyConnection) -> None:
    """The first row of each fact and of each report of ``prepared``; done before the record is locked."""
    for table, column in (("first_fact", "fact"), ("first_report", "report")):
        con.execute(
            f"CREATE OR REPLACE TABLE {table} AS "
            f"SELECT {column} AS id, min(n) AS n FROM prepared WHERE problem IS NULL GROUP BY 1"
        )


def compare(con: duckdb.DuckDBPyConnection, staged: Staged) -> Counts:
    """What is new against the record attached as ``kg``; fills ``new_fact``, ``new_report`` and ``outdated``."""
    for table, known in (("fact", "fact"), ("report", "id")):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE new_{table} AS FROM first_{table} "
            f"ANTI JOIN (SELECT {known} AS id FROM kg.report WHERE closed IS NULL) k USING (id)"
        )
    # A report that is known stands for the fact it was taken for, also where its names would be resolved otherwise by now.
    if count(con, "new_report") < count(con, "first_report"):
        con.execute("DELETE FROM new_fact WHERE id NOT IN (SELECT fact FROM prepared SEMI JOIN new_report USING (n))")
    con.execute("CREATE OR REPLACE TEMP TABLE outdated AS " + _outdated(staged.dataset))
    deleted = _take_deletions(con, staged) if count(con, "deletion") else 0
    new, reports, closed = (count(con, t) for t in ("new_fact", "new_report", "outdated"))
    rejected = len(staged.rejected)
    return Counts(staged.rows, new, staged.rows - rejected - new, rejected, reports, closed, deleted)


def _take_deletions(con: duckdb.DuckDBPyConnection, staged: Staged) -> int:
    """Add the open reports of deleted records to ``outdated``; returns how many. Rows whose record the store never knew are
    rejected; one that is deleted already is known."""
    unknown = (
        f"native_id NOT IN (SELECT native_id FROM kg.report WHERE dataset = {literal(staged.dataset)} AND native_id IS NOT NULL)"
    )
    for row, native_id in con.execute(f"SELECT row, native_id FROM deletion WHERE {unknown} ORDER BY n").fetchall():
        reason = f"there is no record {native_id} of {staged.dataset} to delete"
        staged.rejected.append(Rejected(row, reason, native_id))
    staged.rejected.sort(key=lambda r: r.row)
    sql = (
        "INSERT INTO outdated SELECT id FROM kg.report SEMI JOIN deletion USING (native_id) WHERE dataset = ? AND closed IS NULL"
    )
    return int(con.execute(sql, [staged.dataset]).fetchall()[0][0])


def _outdated(dataset: str) -> str:
    """Open reports whose record comes again with other content: same dataset and native id, not among the rows read."""
    return f"""
        SELECT k.id FROM kg.report k
        SEMI JOIN (SELECT DISTINCT native_id FROM prepared WHERE problem IS NULL AND native_id IS NOT NULL) p USING (native_id)
        ANTI JOIN first_report r ON r.id = k.id
        WHERE k.dataset = {literal(dataset)} AND k.closed IS NULL"""


def store(con: duckdb.DuckDBPyConnection, staged: Staged, counts: Counts) -> int:
    """Write what `compare` found new into ``kg``; returns the change's number. Runs inside the caller's transaction."""
    change = next_change(con)
    con.execute(
        "INSERT INTO kg.change VALUES (?, ?, 'load', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        [change, recorded(con), staged.source.name, staged.source.sha256, staged.loader, staged.loader_version,
         staged.dataset, counts.rows, counts.new, counts.known, counts.rejected, counts.reports, counts.closed],
    )  # fmt: skip
    set_aside(con, "closed IS NOT NULL AND id IN (SELECT id FROM new_report)", first=True)
    con.execute("UPDATE kg.report SET closed = ? WHERE closed IS NULL AND id IN (SELECT id FROM outdated)", [change])
    if counts.new:
        _store_facts(con, change)
    _store_reports(con, staged.dataset, change)
    restate(con, change)
    _store_names(con, change)
    if staged.rejected:
        _store_rejects(con, staged, change)
    return change


def _store_names(con: duckdb.DuckDBPyConnection, change: int) -> None:
    con.execute("INSERT INTO kg.entity SELECT e.*, ? FROM entities e ANTI JOIN kg.entity k USING (id)", [change])
    con.execute("INSERT INTO kg.name SELECT n.*, ? FROM names n ANTI JOIN kg.name k USING (entity, name)", [change])


def aside_sql(id_: str, opened: str) -> str:
    """SQL for the id that a report opened by a change gets when it is set aside."""
    return f"md5_number(concat({id_}, ' ', {opened}))::UUID"


def set_aside(con: duckdb.DuckDBPyConnection, which: str, *, first: bool = False) -> None:
    """Give reports that are believed no more ids of their own, because the same report is opened again; they are in ``aside``.

    :param first: of the change, so that nothing else is there yet.
    """
    own = aside_sql("id", "opened")
    con.execute("CREATE TEMP TABLE IF NOT EXISTS aside (was UUID, id UUID)")
    if first:
        con.execute("DELETE FROM aside")
    con.execute(f"INSERT INTO aside SELECT id AS was, {own} AS id FROM kg.report WHERE {which}")
    con.execute(f"UPDATE kg.report SET id = {own} WHERE {which}")


def reassign(con: duckdb.DuckDBPyConnection) -> int:
    """Take the reports in ``moved`` (see `kg.restaging`) for the facts that it says; returns the change's number.

    The reports stay; that they were taken for something else before stays in recorded time: each is closed, under an id of its
    own, and opened again.
    """
    change = next_change(con)
    moved = count(con, "moved")
    con.execute(
        "INSERT INTO kg.change (id, recorded, kind, rows, reports, closed) VALUES (?, ?, 'resolve', ?, ?, ?)",
        [change, recorded(con), moved, moved, moved],
    )
    con.execute(
        """INSERT INTO kg.fact SELECT f.* REPLACE (m.fact::UUID AS id, m.actor AS actor, m.target AS target,
            m.actor_state AS actor_state, m.target_state AS target_state, ? AS change)
        FROM (FROM moved QUALIFY row_number() OVER (PARTITION BY fact ORDER BY report) = 1) m
        JOIN kg.fact f ON f.id = m.old::UUID ANTI JOIN kg.fact k ON k.id = m.fact::UUID""",
        [change],
    )
    con.execute("UPDATE kg.report SET closed = ? WHERE closed IS NULL AND id IN (SELECT report::UUID FROM moved)", [change])
    set_aside(con, f"closed = {change} AND id IN (SELECT report::UUID FROM moved)", first=True)
    con.execute(
        """INSERT INTO kg.report SELECT r.* REPLACE (a.was AS id, m.fact::UUID AS fact, m.actor_state AS actor_state,
            m.target_state AS target_state, ? AS opened, NULL AS closed)
        FROM aside a JOIN kg.report r ON r.id = a.id JOIN moved m ON m.report::UUID = a.was""",
        [change],
    )
    restate(con, change)
    _store_names(con, change)
    return change


def _store_rejects(con: duckdb.DuckDBPyConnection, staged: Staged, change: int) -> None:
    import pyarrow as pa

    columns = {c: [getattr(r, c) for r in staged.rejected] for c in ("row", "reason", "raw")}
    con.register(
        "rejected", pa.table(columns, schema=pa.schema([("row", pa.int64()), ("reason", pa.string()), ("raw", pa.string())]))
    )
    con.execute("INSERT INTO kg.reject SELECT ?, row, reason, raw FROM rejected", [change])
    con.unregister("rejected")


def _store_reports(con: duckdb.DuckDBPyConnection, dataset: str, change: int) -> None:
    # A further report of a known record names nobody: it says what the record said.
    _in_slices(
        con,
        f"""INSERT INTO kg.report (id, fact, dataset, native_id, {", ".join(REPORT_TEXTS)},
            actor_state, target_state, row, opened, load)
        SELECT p.report, p.fact, ?, p.native_id, {", ".join(f"p.{c}" for c in REPORT_TEXTS)},
            coalesce(a.behind, k.actor_state), coalesce(t.behind, k.target_state), p.row, ?, ?
        FROM {_slice("prepared")} p SEMI JOIN {_slice("new_report")} r ON r.n = p.n
        LEFT JOIN name_map a ON a.ix = p.actor_ix LEFT JOIN name_map t ON t.ix = p.target_ix
        LEFT JOIN (FROM kg.fact SEMI JOIN (SELECT fact AS id FROM prepared WHERE actor_ix IS NULL) USING (id)) k ON k.id = p.fact
            AND p.actor_ix IS NULL""",
        [dataset, change, change],
    )


def restate(con: duckdb.DuckDBPyConnection, change: int) -> None:
    """Give the facts whose reports a change opened or closed the states that their open reports name: of several the first by
    id, so that the order of loading makes no difference."""
    con.execute(f"""
        UPDATE kg.fact AS f SET actor_state = w.actor_state, target_state = w.target_state FROM (
            SELECT fact, min(actor_state) AS actor_state, min(target_state) AS target_state FROM kg.report
            WHERE closed IS NULL AND fact IN (
                SELECT r.fact FROM kg.report r JOIN kg.fact k ON k.id = r.fact
                WHERE r.closed = {change} OR (r.opened = {change} AND {differ("r", "k")}))
            GROUP BY fact) w
        WHERE w.fact = f.id AND {differ("w", "f")}""")


def differ(one: str, other: str) -> str:
    """SQL for whether two rows, of facts or reports, name different states."""
    return f"({' OR '.join(f'{one}.{c} IS DISTINCT FROM {other}.{c}' for c in ('actor_state', 'target_state'))})"


def _slice(table: str) -> str:
    """SQL for those rows of a table numbered ``n`` that a statement of `_in_slices` is about."""
    return f"(FROM {table} WHERE n {_WITHIN})"


def _in_slices(con: duckdb.DuckDBPyConnection, sql: str, values: list[object]) -> None:
    """Do something with all staged rows, so many at once that what is joined with them has room however many there are."""
    ((first, last),) = con.execute("SELECT min(n), max(n) FROM prepared").fetchall()
    if first is not None:
        for begin in range(first, last + 1, _SLICE):
            con.execute(sql.replace(_WITHIN, f"BETWEEN {begin} AND {begin + _SLICE - 1}"), values)


def _store_facts(con: duckdb.DuckDBPyConnection, change: int) -> None:
    _in_slices(
        con,
        f"""INSERT INTO kg.fact SELECT p.fact, a.id, x.shown, t.id, d.start, d.until, d.precision, d.certainty, x.type, x.code,
            x.scheme, x.rule, x.quad_class, x.intensity, x.scale, p.event, a.behind, t.behind, ?
        FROM {_slice("prepared")} p SEMI JOIN {_slice("new_fact")} f ON f.n = p.n ANTI JOIN kg.fact k ON k.id = p.fact
        JOIN name_map a ON a.ix = p.actor_ix JOIN name_map t ON t.ix = p.target_ix
        JOIN action_map x ON x.ix = p.action_ix JOIN date_map d ON d.ix = p.date_ix""",
        [change],
    )


def note_derivation(con: duckdb.DuckDBPyConnection) -> int:
    """Note that everything is derived anew; returns the change's number."""
    change = next_change(con)
    con.execute("INSERT INTO kg.change (id, recorded, kind) VALUES (?, ?, 'derive')", [change, recorded(con)])
    return change


def retract(con: duckdb.DuckDBPyConnection, dataset: str, native_id: str) -> tuple[int, int]:
    """Close the open reports of that dataset with that native id (or report id); returns how many there were, and the change's
    number.

    :raises StoreError: if there are none, or what follows from other facts is meant.
    """
    if dataset == DERIVED:
        raise StoreError("a derived fact can't be retracted", hint="retract what it rests on: kg relations shows by which facts")
    matching = "dataset = ? AND closed IS NULL AND (native_id = ? OR id::VARCHAR = lower(?))"
    found = con.execute(f"SELECT count(*) FROM kg.report WHERE {matching}", [dataset, native_id, native_id]).fetchall()
    closed = int(found[0][0])
    if not closed:
        raise StoreError(f"there is no open report {native_id!r} of {dataset!r}", hint="kg info lists the sources")
    change = next_change(con)
    con.execute(
        "INSERT INTO kg.change (id, recorded, kind, dataset, closed) VALUES (?, ?, 'retract', ?, ?)",
        [change, recorded(con), dataset, closed],
    )
    con.execute(f"UPDATE kg.report SET closed = ? WHERE {matching}", [change, dataset, native_id, native_id])
    restate(con, change)
    return closed, change


def now() -> dt.datetime:
    """The time: UTC, without offset, as DuckDB's TIMESTAMP keeps it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def recorded(con: duckdb.DuckDBPyConnection) -> dt.datetime:
    """Recorded time of the next change of ``kg``, which is made now: after that of all changes before, also where a clock was set
    back, because what was believed at a time is what changes up to a number have left, see `kg.views.LAST`."""
    ((last,),) = con.execute("SELECT max(recorded) FROM kg.change").fetchall()
    return max(now(), last + dt.timedelta(microseconds=1)) if last else now()


def next_change(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT coalesce(max(id), 0) + 1 FROM kg.change").fetchall()[0][0])
