"""How a load or a retraction is undone: what it opened is closed, and what it closed is opened again, as a change of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kg.errors import StoreError
from kg.facts import DERIVED
from kg.stores.base import count, dicts
from kg.stores.merge import aside_sql, next_change, recorded, restate, set_aside

if TYPE_CHECKING:
    import duckdb

#: What can be undone, as it is called in messages, and how to do it again.
_UNDONE = {
    "load": ("load", "load the file again to have it back"),
    "retract": ("retraction", "to take it back again: kg retract --source SOURCE --id ID"),
}


class Undone(NamedTuple):
    """Reports that were ``closed`` because the undone change had brought them, and those ``reopened`` that it had closed."""

    closed: int
    reopened: int


def undo(con: duckdb.DuckDBPyConnection, number: int) -> tuple[Undone, int]:
    """Undo a change of ``kg``, inside the caller's transaction; returns what that did, and the number of the change that did it.

    What the change brought is closed. What it had closed is opened again, unless what came after and stands has decided about
    its record: a later load that reported it anew, or a later retraction. What an undone load brought stays away. So the order
    in which changes are undone makes no difference.

    :raises StoreError: if there is no such change, if it is neither a load nor a retraction, or if it is undone already.
    """
    kind, undone = _check(con, number)
    con.execute(f"CREATE OR REPLACE TEMP TABLE brought AS SELECT id FROM kg.report WHERE load = {number} AND closed IS NULL")
    con.execute(f"CREATE OR REPLACE TEMP TABLE comes_back AS {_COMING_BACK.format(number=number)}")
    # What is open by now under that id stays.
    con.execute("DELETE FROM comes_back WHERE id IN (SELECT id FROM kg.report WHERE closed IS NULL AND id NOT IN (FROM brought))")
    done = Undone(count(con, "brought"), count(con, "comes_back"))
    if undone is not None and not any(done):  # into a server it may have been cut off
        what, again = _UNDONE[kind]
        raise StoreError(f"{what} {number} is undone already, by change {undone}", hint=again)
    change = next_change(con)
    con.execute(
        """INSERT INTO kg.change (id, recorded, kind, file, loader, dataset, reports, closed, undone)
        SELECT ?, ?, 'undo', file, loader, dataset, ?, ?, id FROM kg.change WHERE id = ?""",
        [change, recorded(con), done.reopened, done.closed, number],
    )
    con.execute(f"UPDATE kg.report SET closed = {change} WHERE closed IS NULL AND id IN (FROM brought)")
    set_aside(con, "id IN (SELECT id FROM comes_back)", first=True)
    con.execute(f"INSERT INTO kg.report SELECT * REPLACE ({change} AS opened, NULL AS closed) FROM comes_back")
    restate(con, change)
    return done, change


# Of a record that has an id of its dataset the record is decided about, of others each report. A row that was set aside comes
# back under its old id, which another row of the same report has by now. What an undone change had closed may come back now too,
# if it was this one that had decided about it since.
_COMING_BACK = f"""
    WITH undone AS (SELECT undone AS id FROM kg.change WHERE undone IS NOT NULL UNION SELECT {{number}}),
    touched AS (SELECT DISTINCT dataset, native_id FROM kg.report WHERE {{number}} IN (load, closed) AND native_id IS NOT NULL),
    shut AS (
        SELECT r.* FROM kg.report r LEFT JOIN touched t ON (t.dataset, t.native_id) = (r.dataset, r.native_id)
        WHERE r.closed IN (FROM undone) AND r.dataset <> '{DERIVED}'
            AND (r.closed = {{number}} OR r.native_id IS NULL OR t.dataset IS NOT NULL)),
    again AS (
        SELECT s.id, k.id AS old, bool_or(k.load = {{number}}) AS told FROM shut s JOIN kg.report k ON k.dataset = s.dataset
            AND k.native_id IS NOT DISTINCT FROM s.native_id AND {aside_sql("k.id", "s.opened")} = s.id GROUP BY ALL),
    standing AS (SELECT id FROM kg.change WHERE kind IN ('load', 'retract') AND id NOT IN (FROM undone)),
    decided AS (
        SELECT r.dataset, r.native_id, r.id, s.id AS by FROM kg.report r JOIN standing s ON s.id = r.load
        UNION SELECT r.dataset, r.native_id, r.id, s.id FROM kg.report r JOIN standing s ON s.id = r.closed)
    SELECT s.* REPLACE (coalesce(a.old, s.id) AS id) FROM shut s LEFT JOIN again a ON a.id = s.id
    WHERE s.load IN (FROM standing) AND (s.closed = {{number}} OR s.native_id IS NOT NULL OR a.told)
        AND NOT EXISTS (FROM decided d WHERE (d.dataset, d.native_id) = (s.dataset, s.native_id) AND d.by > s.closed)
        AND NOT EXISTS (FROM decided d WHERE d.id = coalesce(a.old, s.id) AND d.by > s.closed)
    QUALIFY row_number() OVER (PARTITION BY coalesce(a.old, s.id) ORDER BY s.opened DESC) = 1"""


def _check(con: duckdb.DuckDBPyConnection, number: int) -> tuple[str, int | None]:
    """Refuse what can't be undone; returns the change's kind, and the change that has undone it, if one has begun to."""
    con.execute("SELECT * FROM kg.change WHERE id = ? OR undone = ? ORDER BY id", [number, number])
    found = {row["id"]: row for row in dicts(con)}
    if number not in found:
        raise StoreError(f"there is no load {number}", hint="kg loads lists them")
    kind = str(found.pop(number)["kind"])
    if kind == "merge":
        raise StoreError(f"change {number} is no load and no retraction but merged facts", hint="kg merge --undo")
    if kind not in _UNDONE:
        raise StoreError(f"change {number} is no load and no retraction but {kind!r}, which can't be undone", hint="kg loads")
    return kind, min(found) if found else None
