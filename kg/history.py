"""What happened to a store: its loads, taking one back, and what differs between two states of knowledge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from kg.errors import UsageError
from kg.facts import EDTF_SQL, NO_TARGET
from kg.stores.base import Store, dicts, find_near
from kg.views import LAST, View


class Difference(NamedTuple):
    """A fact that one state of knowledge has and the other has not.

    ``what`` is ``added``, ``retracted``, or ``corrected``: then ``instead_of`` is the id of the fact that the same record of the
    source told before, ``before`` its date, actor, action and target as text. ``recorded`` is when the store learned it (UTC),
    ``change`` the number of the load or retraction; both are ``None`` if it was believed all the time, and came into or went out
    of the view because others did. ``date`` is EDTF, ``actor`` and ``target`` are names.
    """

    what: str
    recorded: dt.datetime | None
    change: int | None
    date: str
    actor: str
    action: str
    target: str | None
    type: str
    fact: str
    instead_of: str | None
    before: str | None


def loads(store: Store) -> list[dict[str, Any]]:
    """All changes with their columns, in order; ``undone_by`` is the number of the change that undid one.

    :raises NothingLoaded: if there are none.
    """
    with store.tables("change") as con:
        con.execute("""SELECT c.*, u.id AS undone_by FROM kg.change c LEFT JOIN kg.change u ON u.undone = c.id ORDER BY c.id""")
        found = dicts(con)
    if not found:
        raise store.nothing_loaded()
    return found


def difference(store: Store, view: View, first: dt.datetime, then: dt.datetime) -> Iterator[Difference]:
    """What the facts that a view means differ in between two states of knowledge, in order of recorded time.

    :param first: the earlier instant, as `kg.views.instant` gives it; ``then`` the later.
    :raises UsageError: if the view has a time of knowing itself, or is of deeds.
    """
    if view.known_at:
        raise UsageError("the two times are the states of knowledge that are compared", hint="leave out --known-at")
    if view.deeds:
        raise UsageError("two states of knowledge are compared by facts, not by deeds", hint="leave out --deeds")
    with store.tables("change", "fact", "report", "entity", "name") as con:
        for table, when in (("before", first), ("after", then)):
            seen = replace(view, known_at=when)
            find_near(con, seen)
            con.execute(f"CREATE TEMP TABLE {table} AS {seen.believed()}", seen.values())
        low, high = (int(con.execute(f"SELECT {LAST}", {"known_at": when}).fetchall()[0][0]) for when in (first, then))
        con.execute(_TOLD.format(gone="SELECT id FROM before ANTI JOIN after USING (id)", low=low))
        con.execute(_TOUCHED.format(low=low, high=high))
        # What is still believed may be about another state now, by a witness more or less.
        con.execute(_DIFFERENCES.format(moved="t.moved" if view.roll_up else "NULL"))
        while rows := con.fetchmany(10_000):
            yield from (Difference(*row) for row in rows)


# A record that told a fact before which is no longer meant, and what it tells now and did not tell then.
_TOLD = """
    CREATE TEMP TABLE told AS
    WITH was AS (FROM kg.report SEMI JOIN (SELECT unnest(witnesses) AS id FROM before) USING (id)
            WHERE fact IN ({gone}) AND native_id IS NOT NULL),
        tells AS (FROM kg.report SEMI JOIN (SELECT unnest(witnesses) AS id FROM after) USING (id)
            ANTI JOIN (SELECT unnest(witnesses) AS id FROM before) USING (id) WHERE opened > {low})
    SELECT t.fact, min(w.fact) AS instead_of, min(t.opened) AS change
    FROM was w JOIN tells t USING (dataset, native_id) GROUP BY 1"""

# Of what only one state has: whether it was believed whatever the view, and the changes in between that touched it.
_TOUCHED = """
    CREATE TEMP TABLE touched AS
    WITH differing AS (
        (SELECT id FROM before ANTI JOIN after USING (id)) UNION ALL (SELECT id FROM after ANTI JOIN before USING (id)))
    SELECT fact, bool_or(opened <= {low} AND (closed IS NULL OR closed > {low})) AS known_first,
        bool_or(opened <= {high} AND (closed IS NULL OR closed > {high})) AS known_then,
        min(opened) FILTER (opened > {low} AND opened <= {high} AND (closed IS NULL OR closed > {high})) AS opened,
        max(closed) FILTER (closed > {low} AND closed <= {high}) AS closed,
        greatest(max(opened) FILTER (opened > {low} AND opened <= {high}),
            max(closed) FILTER (closed > {low} AND closed <= {high})) AS moved
    FROM kg.report WHERE fact IN (SELECT id FROM differing) GROUP BY fact"""

_SHOWN = f"{EDTF_SQL} AS date, a.name AS actor, f.action, CASE WHEN f.target <> '{NO_TARGET}' THEN t.name END AS target"
_NAMED = "JOIN kg.entity a ON a.id = f.actor JOIN kg.entity t ON t.id = f.target"
_DIFFERENCES = f"""
    WITH old AS (SELECT f.id, {_SHOWN} FROM before f {_NAMED}),
    came AS (
        SELECT CASE WHEN d.fact IS NULL THEN 'added' ELSE 'corrected' END AS what, f.id, d.instead_of,
            coalesce(d.change, CASE WHEN t.known_first THEN {{moved}} ELSE t.opened END) AS change
        FROM after f LEFT JOIN told d ON d.fact = f.id LEFT JOIN touched t ON t.fact = f.id
        WHERE d.fact IS NOT NULL OR f.id NOT IN (SELECT id FROM before)),
    went AS (
        SELECT 'retracted' AS what, f.id, NULL::UUID AS instead_of,
            CASE WHEN t.known_then THEN {{moved}} ELSE t.closed END AS change
        FROM before f JOIN touched t ON t.fact = f.id
        WHERE f.id NOT IN (SELECT id FROM after) AND f.id NOT IN (SELECT instead_of FROM told)),
    named AS (SELECT n.what, n.change, n.instead_of, f.* EXCLUDE (change) FROM came n JOIN after f USING (id)
        UNION ALL BY NAME SELECT n.what, n.change, n.instead_of, f.* EXCLUDE (change) FROM went n JOIN before f USING (id))
    SELECT f.what, c.recorded, c.id, {_SHOWN}, f.type, f.id::VARCHAR, f.instead_of::VARCHAR,
        CASE WHEN o.id IS NOT NULL THEN concat_ws(' ', o.date, o.actor, o.action, o.target) END
    FROM named f {_NAMED} LEFT JOIN kg.change c ON c.id = f.change LEFT JOIN old o ON o.id = f.instead_of
    ORDER BY c.id NULLS LAST, f.start, f.actor, f.target, f.action, f.id"""
