"""Whether a record is what it should be: every block of it read, and what must be true of its rows asked one by one.

DuckDB keeps a checksum of every block and compares it when the block is read, so reading all tells of bytes that changed on
disk. What the program itself might have got wrong the invariants tell. That a report's id is what its row says can't be
checked: the states that the row gave enter it and are not kept, see `kg.facts.REPORT_STATES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kg import actions
from kg.errors import StoreDamaged
from kg.facts import DERIVED, EXACTNESS_SQL, KINDS, digest_sql
from kg.shapes.believed import ENDS
from kg.stores import derived, merged
from kg.stores.base import count, rule_in_force
from kg.stores.index import NOT_BUILT
from kg.stores.record import TABLES, columns
from kg.text import key

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from kg.stores.index import Index

#: What to do where rows contradict each other: nothing here can tell which of them is right.
RESTORE = "restore a backup from before (kg restore), or load the files anew: kg loads lists them"
#: What to do where only what follows from other rows is wrong.
DERIVE = "kg derive makes them anew"
MERGE = "kg merge --undo, then kg merge again"
#: What it means where only the times of changes are wrong; no row depends on them.
CLOCK = "nothing is lost, but --known-at a time between takes these changes for older than they are: kg loads shows the times"


class Finding(NamedTuple):
    """What was looked at, how much of it there is and how much of that is ``wrong``; ``example`` is one of these, and
    ``remedy`` what to do about them."""

    what: str
    looked_at: int
    wrong: int
    example: str | None = None
    remedy: str = RESTORE


class _Rule(NamedTuple):
    """What must be true of the rows of a table, as SQL for those of which it is not, with a column ``x`` to name them by."""

    what: str
    table: str
    wrong: str


def _missing(of: str, column: str, table: str) -> str:
    """SQL for the values of a column that no row of another table has."""
    return f"""SELECT {column} AS x FROM kg.{of} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT id FROM kg.{table})"""


def _twice(table: str, *by: str) -> str:
    """SQL for the keys that several rows have."""
    listed = ", ".join(by)
    return f"SELECT concat_ws(' ', {listed}) AS x FROM kg.{table} GROUP BY {listed} HAVING count(*) > 1"


def _rules() -> list[_Rule]:
    kinds, types = (", ".join(f"'{word}'" for word in words) for words in (KINDS, actions.types()))
    numbered = [
        ("entity", "change"),
        ("name", "change"),
        ("fact", "change"),
        ("reject", "change"),
        ("alias", "change"),
        ("merged", "change"),
    ]
    numbered += [("report", column) for column in ("opened", "closed", "load")]
    ends = " UNION ALL ".join(_missing("fact", end, "entity") for end in ENDS)
    states = " UNION ALL ".join(_missing("report", end, "entity") for end in ("actor_state", "target_state"))
    return [
        _Rule("changes are numbered without a gap", "change", """
            SELECT id AS x FROM kg.change QUALIFY id IS DISTINCT FROM row_number() OVER (ORDER BY id)"""),
        _Rule("a change that is undone was there before", "change", """
            SELECT id AS x FROM kg.change c WHERE undone IS NOT NULL AND NOT EXISTS (
                FROM kg.change k WHERE k.id = c.undone AND k.id < c.id AND k.kind IN ('load', 'retract', 'merge'))"""),
        _Rule("every row's change is there", "change", " UNION ALL ".join(_missing(t, c, "change") for t, c in numbered)),
        _Rule("an entity is there once, and of a known kind", "entity", f"""
            {_twice("entity", "id")} UNION ALL SELECT id FROM kg.entity WHERE kind IS NULL OR kind NOT IN ({kinds})"""),
        _Rule("a name is there once, and of an entity", "name", f"""
            {_twice("name", "entity", "name")} UNION ALL {_missing("name", "entity", "entity")}"""),
        _Rule("a fact is there once", "fact", _twice("fact", "id")),
        _Rule("every fact's ends, and the states behind, are entities", "fact", ends),
        _Rule("every fact is of a known type, and ends after it begins", "fact", f"""
            SELECT id AS x FROM kg.fact WHERE type IS NULL OR type NOT IN ({types}) OR start IS NULL OR until <= start"""),
        _Rule("every fact was reported", "fact", "SELECT id AS x FROM kg.fact ANTI JOIN kg.report r ON r.fact = fact.id"),
        _Rule("every report's fact is there", "report", _missing("report", "fact", "fact")),
        _Rule("the states that reports name are entities", "report", states),
        _Rule("what tells of a deed is a fact, and so is what stands for it", "merged", f"""
            {_missing("merged", "fact", "fact")} UNION ALL {_missing("merged", "deed", "fact")}
            UNION ALL SELECT fact FROM kg.merged WHERE fact = deed"""),
        _Rule("a report is there once", "report", _twice("report", "id")),
        _Rule("what is no longer believed was believed before", "report", """
            SELECT id AS x FROM kg.report WHERE opened IS NULL OR closed < opened OR load > opened"""),
        _Rule("the states behind a fact's ends are those its reports name", "fact", """
            SELECT f.id AS x FROM kg.fact f JOIN (SELECT fact, min(actor_state) AS actor_state, min(target_state) AS target_state
                FROM kg.report WHERE closed IS NULL GROUP BY fact) r ON r.fact = f.id
            WHERE f.actor_state IS DISTINCT FROM r.actor_state OR f.target_state IS DISTINCT FROM r.target_state"""),
        _Rule("every fact's id is what it says", "fact", f"""
            SELECT f.id AS x FROM (SELECT f.*, {_KEY} AS action_key FROM kg.fact f LEFT JOIN worded w USING (action)) f
            WHERE id IS DISTINCT FROM {digest_sql("actor", "action_key", "target", "start", "until", EXACTNESS_SQL)}"""),
    ]  # fmt: skip


# What of its action enters a fact's identity, see `kg.actions.resolve`.
_KEY = f"""CASE WHEN coded = '{DERIVED}' THEN 'derived kg:' || code
    WHEN coded IN ('code', 'label', 'unknown code') THEN scheme || ':' || code ELSE w.key END"""


def check(con: duckdb.DuckDBPyConnection, path: Path) -> list[Finding]:
    """Look at everything in the record that ``con`` reads as ``kg``, in the order in which one thing rests on another.

    :raises StoreDamaged: if a block of it is not as it was written, with what can be saved.
    """
    rows = _read_all(con, path)
    _find_wordings(con)
    found = []
    for rule in _rules():
        ((wrong, example),) = con.execute(f"SELECT count(*), min(x::VARCHAR) FROM ({rule.wrong})").fetchall()
        found.append(Finding(rule.what, rows[rule.table], int(wrong), example))
    if not any(f.wrong for f in found):  # else what follows from the rows is anybody's guess
        standing = con.execute("SELECT count(*) FROM kg.report WHERE dataset = ? AND closed IS NULL", [DERIVED]).fetchall()[0][0]
        differing = derived.compare(con, whole=True)
        what = "standing relations are those that follow from the deeds"
        found.append(Finding(what, int(standing), differing.new + differing.closed, None, DERIVE))
        if merging := rule_in_force(con):
            facts = merged.propose(con, merging).facts
            found.append(Finding("deeds are those that the rule in force makes", facts, count(con, "differing"), None, MERGE))
    found.append(_clock(con, rows["change"]))
    return found


def _clock(con: duckdb.DuckDBPyConnection, changes: int) -> Finding:
    """Whether recorded time rises with the changes; it does not in a store of an earlier version whose clock was set back."""
    before = "max(recorded) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    back = f"SELECT id FROM kg.change QUALIFY recorded <= {before}"
    ((wrong, example),) = con.execute(f"SELECT count(*), min(id)::VARCHAR FROM ({back})").fetchall()
    return Finding("every change was recorded after the one before it", changes, int(wrong), example, CLOCK)


def check_index(con: duckdb.DuckDBPyConnection, index: Index) -> Finding:
    """Whether an index is whole and has the facts that the record believes; one that is behind is as good as none."""
    state, fault = index.condition(con)
    remedy = f"remove the folder {index.folder}: it is built anew when it is needed"
    return Finding(f"{index.language} index: {state}", int(state != NOT_BUILT), int(fault is not None), fault, remedy)


def _read_all(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, int]:
    """Read all tables; returns how many rows each has."""
    import duckdb

    rows, why = {}, None
    for table in TABLES:
        try:
            rows[table] = _read(con, table)
        except duckdb.Error as error:
            why = why or str(error).splitlines()[0]
    if why is None:
        return rows
    hint = "restore a backup into a new folder (kg restore)"
    if {"fact", "report", "entity"} <= {*rows}:
        hint += "; or save the facts (kg export facts.csv) and load that file into a new store"
    if "change" in rows:
        hint += "; or load the files anew: kg loads lists them"
    lost = ", ".join(table for table in TABLES if table not in rows)
    raise StoreDamaged(f"{path} is damaged, in {lost}: {why}; whole are {', '.join(rows) or 'none of its tables'}", hint=hint)


def _read(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """Read every value of a table; returns how many rows it has."""
    sql = f"SELECT count(*), bit_xor(hash({', '.join(columns(table))})) FROM kg.{table}"
    return int(con.execute(sql).fetchall()[0][0])


def _find_wordings(con: duckdb.DuckDBPyConnection) -> None:
    """Fill ``worded``: what enters the identity of a fact of an action that only words tell."""
    texts = [row[0] for row in con.execute("SELECT DISTINCT action FROM kg.fact WHERE coded IN ('verb', 'none')").fetchall()]
    con.execute("CREATE OR REPLACE TEMP TABLE worded AS SELECT unnest(?::VARCHAR[]) AS action, unnest(?::VARCHAR[]) AS key",
                [texts, [key(text.strip()) for text in texts]])  # fmt: skip
