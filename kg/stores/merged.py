"""Facts that tell of one deed, kept as a layer over them: no fact and no report is changed, so it can be taken away again.

The table ``merged`` names of a fact the one that stands for its deed; of several rows the last change's counts, and one without
a deed says that the fact stands for itself again. A rule is in force from the change of kind ``merge`` that brought it until it
is undone or another takes its place. Until then every change groups the dyads anew that it touched, so that the layer is always
what the rule makes of the facts believed, whatever the order of loading, and recorded time is exact for it too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from kg import actions, deeds
from kg.collecting import fetched
from kg.deeds import Rule, Told
from kg.errors import StoreError
from kg.facts import NO_TARGET
from kg.shapes.believed import DAY, STANDS_FOR
from kg.stores import merge as changes
from kg.stores.base import count, rule_in_force

if TYPE_CHECKING:
    import duckdb

#: What a fact is compared by, over ``kg.fact f`` and ``rooted x``, the roots of codes.
_ALIKE = {
    "code": "concat_ws(' ', f.scheme, f.code)", "root": "concat_ws(' ', x.scheme, x.root)", "type": "f.type",
    "quad": "f.quad_class::VARCHAR",
}  # fmt: skip


class Merged(NamedTuple):
    """How many ``deeds`` are told by how many ``facts``, two and more each; whether that makes a difference to what was merged
    before (``changed``), and the ids of the facts of some deeds, the most told first, each with what stands for it first."""

    deeds: int
    facts: int
    changed: bool
    examples: tuple[tuple[str, ...], ...]


def merge(con: duckdb.DuckDBPyConnection, rule: Rule, examples: int = 0) -> tuple[Merged, int | None]:
    """Put a rule in force, inside the caller's transaction; also the number of the change, if it makes a difference."""
    found = propose(con, rule, examples)
    if not found.changed:
        return found, None
    change = changes.next_change(con)
    con.execute(
        "INSERT INTO kg.change (id, recorded, kind, loader, loader_version, rows, new) VALUES (?, ?, 'merge', ?, ?, ?, ?)",
        [change, changes.recorded(con), rule.level, f"{rule.window}d", found.facts, found.deeds],
    )
    _store(con, change)
    return found, change


def propose(con: duckdb.DuckDBPyConnection, rule: Rule, examples: int = 0) -> Merged:
    """What a rule makes of the facts believed; fills ``same`` and ``differing``, and changes nothing in ``kg``."""
    _find(con, rule)
    changed = rule_in_force(con) != rule or bool(count(con, "differing"))
    numbers = count(con, "same", "count(DISTINCT deed)"), count(con, "same", "count(*) + count(DISTINCT deed)")
    shown = con.execute(
        """SELECT deed::VARCHAR, list(s.fact::VARCHAR ORDER BY f.start, f.code, s.fact)
        FROM same s JOIN kg.fact f ON f.id = s.fact JOIN kg.fact d ON d.id = s.deed
        GROUP BY deed, d.start ORDER BY count(*) DESC, d.start, deed LIMIT ?""",
        [examples],
    ).fetchall()
    return Merged(*numbers, changed, tuple((deed, *others) for deed, others in shown))


def take_away(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Let every fact stand for itself again; returns how many did not, and the number of the change.

    :raises StoreError: if no rule is in force.
    """
    if rule_in_force(con) is None:
        raise StoreError("there is nothing to undo: no facts are merged", hint="kg loads lists what was done")
    con.execute("CREATE OR REPLACE TEMP TABLE same (fact UUID, deed UUID)")
    _compare(con, STANDS_FOR)
    change, apart = changes.next_change(con), count(con, "differing")
    con.execute(
        """INSERT INTO kg.change (id, recorded, kind, loader, loader_version, undone)
        SELECT ?, ?, 'undo', loader, loader_version, id FROM kg.change WHERE kind = 'merge' ORDER BY id DESC LIMIT 1""",
        [change, changes.recorded(con)],
    )
    _store(con, change)
    return apart, change


def follow(con: duckdb.DuckDBPyConnection, change: int, facts: str | None = None) -> None:
    """Group anew what a change touched, if a rule is in force; inside the caller's transaction, after all else of the change.

    :param facts: SQL for the ids of facts that may be touched; by default those whose reports it opened or closed.
    """
    if rule := rule_in_force(con):
        _find(con, rule, facts or f"SELECT fact FROM kg.report WHERE {change} IN (opened, closed)")
        _store(con, change)


def _find(con: duckdb.DuckDBPyConnection, rule: Rule, touched: str | None = None) -> None:
    """Fill ``same`` (fact, deed) with what the rule takes together, of all facts or of those comparable with some, and
    ``differing`` with what of it is not in ``kg`` yet."""
    known = [(row.scheme, row.code, row.root) for row in actions.table().values()]
    con.execute(
        "CREATE OR REPLACE TEMP TABLE rooted AS SELECT unnest(?::VARCHAR[]) AS scheme, unnest(?::VARCHAR[]) AS code, "
        "unnest(?::VARCHAR[]) AS root",
        [list(column) for column in zip(*known, strict=True)],
    )
    without = ", ".join(f"'{type_}'" for type_ in (*actions.states(), "ACT"))
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE comparable AS
        SELECT f.id, f.actor, f.target, {_ALIKE[rule.level]} AS alike, {DAY} AS day, f.code
        FROM kg.fact f JOIN rooted x ON x.scheme = f.scheme AND x.code = f.code
        WHERE f.precision = 'day' AND f.certainty IS NULL AND f.target <> '{NO_TARGET}' AND f.type NOT IN ({without})
            AND alike IS NOT NULL""")
    current = STANDS_FOR
    if touched is not None:
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE comparable AS FROM comparable
            SEMI JOIN (FROM comparable SEMI JOIN ({touched}) t(id) USING (id)) t USING (actor, target, alike)""")
        current = f"SELECT * FROM ({STANDS_FOR}) SEMI JOIN (SELECT id AS fact FROM comparable) c USING (fact)"
    _put_same(con, rule.window)
    _compare(con, current)


def _put_same(con: duckdb.DuckDBPyConnection, window: int) -> None:
    import pyarrow as pa

    pairs = list(_pairs(con, window))
    given = {"fact": [fact for fact, _ in pairs], "deed": [deed for _, deed in pairs]}
    con.register("pairs", pa.table(given, schema=pa.schema([("fact", pa.string()), ("deed", pa.string())])))
    con.execute("CREATE OR REPLACE TEMP TABLE same AS SELECT fact::UUID AS fact, deed::UUID AS deed FROM pairs")
    con.unregister("pairs")


def _pairs(con: duckdb.DuckDBPyConnection, window: int) -> Iterator[tuple[str, str]]:
    """Facts that others stand for, with those others; what nobody reports any more is not compared."""
    # Where all facts have the same datasets none can be taken together, and that is most dyads.
    con.execute("""
        SELECT c.actor, c.target, c.alike, c.id::VARCHAR, c.day, c.code, r.datasets FROM comparable c JOIN (
            SELECT fact, list_sort(list_distinct(list(dataset))) AS datasets FROM kg.report
            WHERE closed IS NULL AND fact IN (SELECT id FROM comparable) GROUP BY 1) r ON r.fact = c.id
        WINDOW alike_ones AS (PARTITION BY c.actor, c.target, c.alike)
        QUALIFY min(r.datasets) OVER alike_ones <> max(r.datasets) OVER alike_ones ORDER BY ALL""")
    for _, some in itertools.groupby(itertools.chain.from_iterable(fetched(con)), key=lambda row: row[:3]):
        told = (Told(id_, day, code, frozenset(datasets)) for *_, id_, day, code, datasets in some)
        for first, *others in deeds.grouped(told, window):
            yield from ((other.id, first.id) for other in others)


def _compare(con: duckdb.DuckDBPyConnection, current: str) -> None:
    """Fill ``differing`` with the facts of which ``same`` says something else than some current rows of ``merged``."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE differing AS
        SELECT coalesce(s.fact, c.fact) AS fact, s.deed FROM same s FULL JOIN ({current}) c ON c.fact = s.fact
        WHERE s.deed IS DISTINCT FROM c.deed""")


def _store(con: duckdb.DuckDBPyConnection, change: int) -> None:
    con.execute("INSERT INTO kg.merged SELECT ?, fact, deed FROM differing", [change])
