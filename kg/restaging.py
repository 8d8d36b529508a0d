"""Reports that a store has, looked at again: which names mean something else by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg import mapping
from kg.actors import Resolver
from kg.facts import Span

if TYPE_CHECKING:
    import duckdb

#: SQL for what `stage_again` asks of a store: its open reports, with what each was taken for.
TOLD = """
    SELECT r.id::VARCHAR AS report, r.fact::VARCHAR AS old, r.actor, r.action, r.target, r.code, r.scheme,
        r.actor_state, r.target_state, a.kind AS actor_kind, t.kind AS target_kind, f.start, f.until, f.precision,
        f.certainty, f.actor AS old_actor, f.target AS old_target
    FROM kg.report r JOIN kg.fact f ON f.id = r.fact JOIN kg.entity a ON a.id = f.actor JOIN kg.entity t ON t.id = f.target
    WHERE r.closed IS NULL"""


def stage_again(con: duckdb.DuckDBPyConnection, known: Resolver) -> int:
    """Fill ``moved`` (report, old, fact, actor, target, actor_state, target_state), ``entities`` and ``names`` of ``con`` from
    ``told``, rows of `TOLD`: the reports whose names now mean other entities or have other states behind them.

    What a row said of kind and state is not kept: what was found for a name then stands for it. A further report of a known
    record, which names nobody, goes where the record goes. Returns how many reports are moved.
    """
    ids = "NULL::VARCHAR AS actor_id, NULL::VARCHAR AS target_id"  # names are looked at, whatever a file gave besides
    con.execute(f"CREATE OR REPLACE TABLE staged AS SELECT *, {ids} FROM told WHERE actor IS NOT NULL")
    con.execute(f"""
        CREATE OR REPLACE TABLE date_map AS SELECT row_number() OVER () AS ix, *, {mapping.DATE_KEY} AS key,
            {mapping.DATE_DAY} AS day FROM (SELECT DISTINCT {", ".join(Span._fields)} FROM staged)""")
    mapping.map_names(con, known)
    mapping.map_actions(con)
    same_day = " AND ".join(f"d.{c} IS NOT DISTINCT FROM s.{c}" for c in Span._fields)
    con.execute(f"""
        CREATE OR REPLACE TABLE prepared AS SELECT s.report, s.old, {mapping.FACT}::VARCHAR AS fact, NULL AS problem,
            a.ix AS actor_ix, t.ix AS target_ix, a.id AS actor, t.id AS target,
            a.behind AS actor_state, t.behind AS target_state
        FROM staged s JOIN date_map d ON {same_day} {mapping.joins(set())}
        WHERE a.id IS DISTINCT FROM s.old_actor OR t.id IS DISTINCT FROM s.old_target
            OR a.behind IS DISTINCT FROM s.actor_state OR t.behind IS DISTINCT FROM s.target_state""")
    mapping.keep_used_names(con)
    moved = "report, old, fact, actor, target, actor_state, target_state"
    con.execute(f"""
        CREATE OR REPLACE TABLE moved AS SELECT {moved} FROM prepared UNION ALL
        SELECT m.report, p.* FROM told m JOIN (
            SELECT old, any_value(fact) AS fact, any_value(actor) AS actor, any_value(target) AS target,
                any_value(actor_state) AS actor_state, any_value(target_state) AS target_state
            FROM prepared GROUP BY old HAVING count(DISTINCT fact) = 1 AND old NOT IN (
                SELECT old FROM staged ANTI JOIN prepared USING (report))) p USING (old)
        WHERE m.actor IS NULL""")
    con.execute("DROP TABLE staged")
    return mapping.one(con, "SELECT count(*) FROM moved")
