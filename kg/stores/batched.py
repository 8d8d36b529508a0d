"""What a change did to the tables of ``kg``, in batches of whole facts, each with its reports and entities, for a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.shapes.believed import ENDS, believed
from kg.stores.merge import differ

if TYPE_CHECKING:
    import duckdb

_ENDS = ", ".join(f"f.{column}" for column in ENDS)


def plan(con: duckdb.DuckDBPyConnection, size: int, *, facts: str, existing: str, reports: str, entities: str) -> None:
    """Fill ``planned_fact``, ``planned_report`` and ``planned_entity``, and ``older_entity``, from SQL for ids.

    They are written once in the order of their batches, because DuckDB then reads of them only where a batch is; looking
    its rows up in tables of a million took longer than sending them.

    :param size: facts a batch.
    """
    con.execute("CREATE TEMP TABLE IF NOT EXISTS aside (was UUID, id UUID)")  # loads fill it: see kg.stores.merge
    # Facts of one type and one actor side by side: few statements a batch, few nodes to find. What is no longer believed
    # comes last, so that by then it shows whether an entity is still spoken of.
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE touched AS
        SELECT f.id, x.id IS NOT NULL AS existed, r.fact IS NOT NULL AS believed,
            (row_number() OVER (ORDER BY r.fact IS NULL, f.type, f.actor, f.target) - 1) // {size} AS batch
        FROM kg.fact f SEMI JOIN ({facts}) t(id) USING (id)
        LEFT JOIN (SELECT DISTINCT id FROM ({existing}) t(id)) x ON x.id = f.id
        LEFT JOIN (SELECT DISTINCT fact FROM kg.report WHERE closed IS NULL) r ON r.fact = f.id""")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE planned_fact AS
        SELECT f.*, t.existed, t.believed, t.batch FROM kg.fact f JOIN touched t USING (id) ORDER BY t.batch""")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE planned_report AS
        SELECT r.*, n.id IS NOT NULL AS told, t.batch FROM kg.report r JOIN touched t ON t.id = r.fact
        LEFT JOIN ({reports}) n(id) ON n.id = r.id ORDER BY t.batch""")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE planned_entity AS
        WITH ends AS (SELECT unnest([{_ENDS}]) AS id, batch FROM planned_fact f),
            first AS (SELECT id, min(batch) AS batch FROM ends GROUP BY 1)
        SELECT e.*, coalesce(batch, 0) AS batch FROM kg.entity e SEMI JOIN ({entities}) n(id) USING (id)
        LEFT JOIN first USING (id) ORDER BY coalesce(batch, 0)""")
    con.execute("CREATE OR REPLACE TEMP TABLE older_entity AS SELECT id FROM kg.entity ANTI JOIN planned_entity USING (id)")


def pick_batch(con: duckdb.DuckDBPyConnection, batch: int) -> None:
    """Fill the tables of `ServerStore.batch_writer` with a batch of what is planned."""
    for table in ("report", "entity"):
        con.execute(f"CREATE OR REPLACE TEMP TABLE sent_{table} AS FROM planned_{table} WHERE batch = {batch}")
    of_batch = f"(FROM planned_fact WHERE batch = {batch})"
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE sent_fact AS SELECT f.*, b.reports, b.sources, b.urls, b.witnesses, b.basis
        FROM {of_batch} f LEFT JOIN ({believed(facts=of_batch, reports="sent_report")}) b USING (id)""")


def coming_back(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Entities that may have been without facts, and that believed facts of a batch speak of."""
    return _ends(con, "believed", "SEMI JOIN older_entity USING (id)")


def perhaps_gone(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Entities that facts of a batch spoke of which are no longer believed, and states that some report names and the fact
    has no more, or never had."""
    named = f"""SELECT unnest([r.actor_state, r.target_state]) AS id FROM sent_report r
        JOIN sent_fact f ON f.id = r.fact WHERE {differ("r", "f")}"""
    return _ends(con, "NOT believed", f"UNION {named}")


def _ends(con: duckdb.DuckDBPyConnection, condition: str, more: str = "") -> list[str]:
    facts = f"SELECT unnest([{_ENDS}]) AS id FROM sent_fact f WHERE {condition}"
    found = con.execute(f"SELECT DISTINCT id FROM (FROM ({facts}) {more}) WHERE id IS NOT NULL ORDER BY 1")
    return [row[0] for row in found.fetchall()]
