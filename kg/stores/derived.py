"""What follows from facts, kept as facts: after each change the standing relations of the dyads it touched are derived anew.

A derived fact has one report, of the dataset `kg.facts.DERIVED`, which is opened and closed by the change that made it
follow or no longer follow, so that recorded time is exact for it as for any other.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from kg import actions, standing
from kg.facts import DERIVED
from kg.shapes.believed import ENDS
from kg.stores import merge
from kg.stores.base import count

if TYPE_CHECKING:
    import duckdb


class Derived(NamedTuple):
    """How many standing relations follow that did not before, and how many no longer do."""

    new: int = 0
    closed: int = 0


_NAMED = {"code": "VARCHAR", "type": "VARCHAR", "name": "VARCHAR", "quad_class": "INTEGER"}


def follow(con: duckdb.DuckDBPyConnection, change: int) -> Derived:
    """Derive anew, into ``kg``, what a change touched; inside the caller's transaction, after all else of the change."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE older AS
        FROM (SELECT fact AS id FROM kg.report WHERE opened = {change} UNION SELECT fact FROM kg.report WHERE closed = {change})
        ANTI JOIN (SELECT id FROM kg.fact WHERE change = {change}) USING (id)""")
    facts = f"FROM kg.fact WHERE change = {change}"
    if count(con, "older"):  # most loads bring new facts only, and then the others need not be looked through
        facts += " UNION ALL FROM kg.fact SEMI JOIN older USING (id)"
    found = compare(con) if find_touched(con, facts) else Derived()
    if any(found):
        store(con, change)
    return found


def follow_all(con: duckdb.DuckDBPyConnection) -> Derived:
    """Derive everything anew; a change is noted only if that makes a difference."""
    found = compare(con, whole=True)
    if any(found):
        store(con, merge.note_derivation(con))
    return found


def find_touched(con: duckdb.DuckDBPyConnection, facts: str) -> bool:
    """Fill ``touched`` (relation, one, other): the dyads in which some facts are, or were, deeds of rules; whether there are any.
    Then ``rule`` is there too.

    :param facts: SQL for rows of ``kg.fact``.
    """
    con.execute(f"CREATE OR REPLACE TEMP TABLE ruled AS SELECT * FROM ({facts}) WHERE {_ruled()}")
    if not count(con, "ruled"):
        return False
    # The state behind an end may have been another until now: one of those that the fact's reports name or named.
    said = ", ".join(f"list_append(list_distinct(list({c})), NULL) AS {c}" for c in ("actor_state", "target_state"))
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE said AS
        SELECT fact AS id, {said} FROM kg.report SEMI JOIN ruled ON ruled.id = fact GROUP BY 1""")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE candidate AS SELECT * REPLACE (unnest(target_states) AS target_state) FROM (
            SELECT r.* REPLACE (unnest(s.actor_state) AS actor_state), s.target_state AS target_states
            FROM ruled r JOIN said s USING (id))""")
    standing.find_deeds(con, "candidate")
    con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT relation, one, other FROM deed")
    return bool(count(con, "touched"))


def _ruled() -> str:
    codes = ", ".join(f"'{code}'" for code in standing.codes())
    return f"scheme = 'cameo' AND code IN ({codes})"


def compare(con: duckdb.DuckDBPyConnection, *, whole: bool = False) -> Derived:
    """What follows in the dyads in ``touched``, or in all, against what stands in ``kg``; fills ``following`` and ``no_more``."""
    _find_believed_deeds(con, whole=whole)
    standing.find_spans(con)
    of_dyads = "" if whole else "SEMI JOIN touched t ON t.relation = f.code AND t.one = f.actor AND t.other = f.target"
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE stood AS SELECT r.id, r.fact FROM kg.report r JOIN kg.fact f ON f.id = r.fact {of_dyads}
        WHERE r.dataset = '{DERIVED}' AND r.closed IS NULL""")
    con.execute("CREATE OR REPLACE TEMP TABLE following AS FROM standing ANTI JOIN stood ON stood.id = standing.report")
    con.execute("CREATE OR REPLACE TEMP TABLE no_more AS FROM stood ANTI JOIN standing ON stood.id = standing.report")
    return Derived(count(con, "following"), count(con, "no_more"))


def _find_believed_deeds(con: duckdb.DuckDBPyConnection, *, whole: bool) -> None:
    """Fill ``deed`` from the facts that are believed, of the dyads in ``touched`` or of all."""
    facts = f"FROM kg.fact WHERE {_ruled()}"
    if not whole:
        # Few are looked for among many: only who they are between is read of all. The rules are there since `find_touched`.
        con.execute(f"CREATE OR REPLACE TEMP TABLE candidate AS SELECT id, code, {', '.join(ENDS)} {facts}")
        con.execute("""
            CREATE OR REPLACE TEMP TABLE pair AS WITH ruled AS (SELECT code, one, other FROM touched JOIN rule USING (relation))
            SELECT code, one, other FROM ruled UNION SELECT code, other, one FROM ruled""")
        # A join for each pair of columns: one condition that joins them by OR takes thirty times as long.
        ends = itertools.product(("actor", "actor_state"), ("target", "target_state"))
        joined = [
            f"SELECT id FROM candidate c SEMI JOIN pair p ON p.code = c.code AND p.one = c.{a} AND p.other = c.{t}"
            for a, t in ends
        ]
        con.execute(f"CREATE OR REPLACE TEMP TABLE among AS {' UNION '.join(joined)}")
        facts = "FROM kg.fact SEMI JOIN among USING (id)"
    # Apart from what is above, because the reports are many: of a few facts they are found at once.
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE told AS
        FROM ({facts}) SEMI JOIN (SELECT fact AS id FROM kg.report WHERE closed IS NULL) USING (id)""")
    standing.find_deeds(con, "told")
    if not whole:
        con.execute("CREATE OR REPLACE TEMP TABLE deed AS FROM deed SEMI JOIN touched USING (relation, one, other)")


def store(con: duckdb.DuckDBPyConnection, change: int) -> None:
    """Write what `compare` found into ``kg``."""
    con.execute("UPDATE kg.report SET closed = ? WHERE closed IS NULL AND id IN (SELECT id FROM no_more)", [change])
    merge.set_aside(con, "closed IS NOT NULL AND id IN (SELECT report FROM following)")
    rows = [(r.code, r.type, r.name, r.quad_class) for r in actions.table().values() if r.code in standing.relations()]
    listed = ", ".join(f"unnest(?::{type_}[]) AS {c}" for c, type_ in _NAMED.items())
    con.execute(f"CREATE OR REPLACE TEMP TABLE named AS SELECT {listed}", [list(c) for c in zip(*rows, strict=True)])
    con.execute(
        f"""INSERT INTO kg.fact BY NAME
        SELECT s.fact AS id, s.actor, n.name AS action, s.target, s.start, s.until, s.precision, s.certainty, n.type, n.code,
            'kg' AS scheme, '{DERIVED}' AS coded, n.quad_class, s.actor_state, s.target_state, ? AS change
        FROM following s JOIN named n ON n.code = s.relation ANTI JOIN kg.fact k ON k.id = s.fact""",
        [change],
    )
    con.execute(
        f"""INSERT INTO kg.report (id, fact, dataset, native_id, extra, actor_state, target_state, opened)
        SELECT report, fact, '{DERIVED}', native_id, extra, actor_state, target_state, ? FROM following""",
        [change],
    )
    # Of a fact that was there before and follows again, perhaps for other reasons: its one report says what states are behind.
    con.execute(f"""
        UPDATE kg.fact AS f SET actor_state = s.actor_state, target_state = s.target_state FROM following s
        WHERE s.fact = f.id AND {merge.differ("s", "f")}""")
