"""The facts a store believes, with their witnesses counted: the one relation that both shapes and all exports start from."""

from __future__ import annotations

from kg.facts import DERIVED

_WITNESSED = f"""
    SELECT fact, count(*) AS reports,
        list_sort(list_distinct(list(coalesce(publisher, dataset)))) AS sources,
        list_sort(list_distinct(list(url))) AS urls, list(id) AS witnesses,
        min(actor_state) AS actor_state, min(target_state) AS target_state,
        coalesce((any_value(extra) FILTER (WHERE dataset = '{DERIVED}') -> 'basis')::VARCHAR[], []) AS basis
    FROM {{reports}} r WHERE {{held}} {{only}} GROUP BY fact"""

#: A report that is believed now.
OPEN = "r.closed IS NULL"

_STANDS_FOR = """
    SELECT fact, deed FROM (FROM kg.merged {known} QUALIFY row_number() OVER (PARTITION BY fact ORDER BY change DESC) = 1)
    WHERE deed IS NOT NULL"""

#: SQL for the facts that another one stands for, its ``deed``: see `kg.stores.merged`.
STANDS_FOR = _STANDS_FOR.format(known="")

#: Of a fact `f`: its first day as a number, 1970-01-01 being 0. Days are counted with it: no two languages subtract dates alike.
DAY = "(f.start - DATE '1970-01-01')::BIGINT"

#: What `believed` adds to a fact's own columns.
WITNESSES = ("reports", "sources", "urls", "witnesses", "basis")

#: The columns of a fact that name entities.
ENDS = ("actor", "target", "actor_state", "target_state")


def ends(facts: str = "believed") -> str:
    """SQL for the ids of the entities that the facts of a relation speak of: actors, targets and the states behind them."""
    return " UNION ".join(f"SELECT {column} AS id FROM {facts} WHERE {column} IS NOT NULL" for column in ENDS)


def witnesses(held: str = OPEN, only: str = "", *, reports: str = "kg.report") -> str:
    """SQL for what reports say together of each fact: ``fact``, `WITNESSES`, and the states that they name.

    :param only: a further condition on reports, beginning with ``AND``.
    """
    return _WITNESSED.format(reports=reports, held=held, only=only)


def told_of_deeds(last: str | None = None) -> str:
    """SQL for the rows of ``kg.report``, in which what tells of a fact that another one stands for tells of that other; what it
    says of states stays the own fact's affair.

    :param last: SQL for the number of the last change that counts, if not all do.
    """
    stands_for = _STANDS_FOR.format(known=f"WHERE change <= {last}" if last else "")
    states = ", ".join(f"CASE WHEN d.deed IS NULL THEN r.{c} END AS {c}" for c in ("actor_state", "target_state"))
    return f"""(SELECT r.* REPLACE (coalesce(d.deed, r.fact) AS fact, {states})
        FROM kg.report r LEFT JOIN ({stands_for}) d ON d.fact = r.fact)"""


def believed(
    where: str = "true", *, held: str = OPEN, fixed: str | None = None, facts: str = "kg.fact", reports: str = "kg.report"
) -> str:
    """SQL over the record attached as ``kg``: the facts that have an open report and fulfil a condition on ``f``.

    Columns are those of ``kg.fact``, ``reports`` (how many witnesses), ``sources`` (their publishers, or datasets where there
    is none) and ``urls``, both sorted lists, ``witnesses``, the reports' ids, and ``basis``, the sorted ids of the facts that a
    derived one rests on (see `kg.standing`).

    :param held: which reports count, as a condition on ``r``. Where it is not what is believed now, the states behind a fact's
        ends are those that these reports name.
    :param fixed: the condition as far as it is about what never changes of a fact; by default all of it.
    :param facts: read these rows, which may have more columns, instead of ``kg.fact``; ``reports`` likewise.
    """
    fixed = where if fixed is None else fixed
    only = "" if fixed == "true" else f"AND fact IN (SELECT f.id FROM {facts} f WHERE {fixed})"
    witnessed = witnesses(held, only, reports=reports)
    counted = ", ".join(f"w.{column}" for column in WITNESSES)
    if held == OPEN:
        return f"SELECT f.*, {counted} FROM (FROM {facts} f WHERE {where}) f JOIN ({witnessed}) w ON w.fact = f.id"
    then = f"""SELECT f.* REPLACE (w.actor_state AS actor_state, w.target_state AS target_state), {counted}
        FROM {facts} f JOIN ({witnessed}) w ON w.fact = f.id"""
    return f"SELECT * FROM ({then}) f WHERE {where}"
