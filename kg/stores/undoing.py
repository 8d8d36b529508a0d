"""How a load or a retraction is undone: what it opened is closed, and what it closed is opened again, as a change of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kg.errors import StoreError
from kg.facts import DERIVED
from kg.stores.base import count, dicts
from kg.stores.merge import aside_sql, next_change, now, restate, set_aside

if TYPE_CHECKING:
    import duckdb

_UNDONE = ("load", "retract")


class Undone(NamedTuple):
    """Reports that were ``closed`` because the undone change had brought them, and those ``reopened`` that it had closed."""

    closed: int
    reopened: int


def undo(con: duckdb.DuckDBPyConnection, number: int) -> tuple[Undone, int]:
    """Undo a change of ``kg``, inside the caller's transaction; returns what that did, and the number of the change that did it.

    A report that the change closed is opened again, unless what came after has decided about its record: a later load that
    reported it again, or a later retraction.

    :raises StoreError: if there is no such change, if it is neither a load nor a retraction, or if it is undone already.
    """
    _check(con, number)
    con.execute(f"CREATE OR REPLACE TEMP TABLE brought AS SELECT id FROM kg.report WHERE load = {number} AND closed IS NULL")
    # A row that was set aside comes back under its old id, which another row of the same report has by now.
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE comes_back AS
        WITH record AS (SELECT dataset, native_id, bool_or(load = {number}) AS replaced,
                bool_or(id IN (FROM brought)) AS still FROM kg.report WHERE native_id IS NOT NULL GROUP BY ALL),
            standing AS (SELECT id FROM kg.change WHERE kind = 'load' AND id > {number}
                AND id NOT IN (SELECT undone FROM kg.change WHERE undone IS NOT NULL)),
            later AS (SELECT r.* FROM kg.report r JOIN standing s ON s.id = r.load),
            again AS (SELECT r.id, k.id AS old FROM kg.report r JOIN kg.report k ON k.dataset = r.dataset
                AND k.native_id IS NOT DISTINCT FROM r.native_id AND {aside_sql("k.id", "r.opened")} = r.id
                WHERE r.closed = {number})
        SELECT r.* REPLACE (coalesce(a.old, r.id) AS id) FROM kg.report r LEFT JOIN record c USING (dataset, native_id)
        LEFT JOIN again a ON a.id = r.id
        WHERE r.closed = {number} AND r.dataset <> '{DERIVED}' AND CASE WHEN c.replaced THEN c.still
            WHEN c.dataset IS NOT NULL THEN NOT EXISTS (FROM later l WHERE (l.dataset, l.native_id) = (r.dataset, r.native_id))
            ELSE NOT EXISTS (FROM later l WHERE l.id = coalesce(a.old, r.id)) END""")
    # What is open by now under that id stays.
    con.execute("DELETE FROM comes_back WHERE id IN (SELECT id FROM kg.report WHERE closed IS NULL AND id NOT IN (FROM brought))")
    change = next_change(con)
    done = Undone(count(con, "brought"), count(con, "comes_back"))
    con.execute(
        """INSERT INTO kg.change (id, recorded, kind, file, loader, dataset, reports, closed, undone)
        SELECT ?, ?, 'undo', file, loader, dataset, ?, ?, id FROM kg.change WHERE id = ?""",
        [change, now(), done.reopened, done.closed, number],
    )
    con.execute(f"UPDATE kg.report SET closed = {change} WHERE closed IS NULL AND id IN (FROM brought)")
    set_aside(con, "id IN (SELECT id FROM comes_back)", first=True)
    con.execute(f"INSERT INTO kg.report SELECT * REPLACE ({change} AS opened, NULL AS closed) FROM comes_back")
    restate(con, change)
    return done, change


def _check(con: duckdb.DuckDBPyConnection, number: int) -> None:
    con.execute("SELECT * FROM kg.change WHERE id = ? OR undone = ? ORDER BY id", [number, number])
    found = {row["id"]: row for row in dicts(con)}
    if number not in found:
        raise StoreError(f"there is no load {number}", hint="kg loads lists them")
    kind = found.pop(number)["kind"]
    if kind == "merge":
        raise StoreError(f"change {number} is no load and no retraction but merged facts", hint="kg merge --undo")
    if kind not in _UNDONE:
        raise StoreError(f"change {number} is no load and no retraction but {kind!r}, which can't be undone", hint="kg loads")
    if found:
        raise StoreError(f"load {number} is undone already, by change {min(found)}", hint="load the file again to have it back")
