"""The facts a store believes, with their witnesses counted: the one relation that both shapes and all exports start from."""

from __future__ import annotations

_BELIEVED = """
    SELECT f.*, w.reports, w.sources, w.urls, w.witnesses
    FROM (FROM {facts} f WHERE {where}) f
    JOIN (
        SELECT fact, count(*) AS reports,
            list_sort(list_distinct(list(coalesce(publisher, dataset)))) AS sources,
            list_sort(list_distinct(list(url))) AS urls, list(id) AS witnesses
        FROM {reports} WHERE closed IS NULL {witnesses} GROUP BY fact
    ) w ON w.fact = f.id"""

#: Of a fact `f`: its first day as a number, 1970-01-01 being 0. Days are counted with it: no two languages subtract dates alike.
DAY = "(f.start - DATE '1970-01-01')::BIGINT"
#: The columns of a fact that name entities.
ENDS = ("actor", "target", "actor_state", "target_state")


def ends(facts: str = "believed") -> str:
    """SQL for the ids of the entities that the facts of a relation speak of: actors, targets and the states behind them."""
    return " UNION ".join(f"SELECT {column} AS id FROM {facts} WHERE {column} IS NOT NULL" for column in ENDS)


def believed(where: str = "true", *, facts: str = "kg.fact", reports: str = "kg.report") -> str:
    """SQL over the record attached as ``kg``: the facts that have an open report and fulfil a condition on ``f``.

    Columns are those of ``kg.fact``, ``reports`` (how many witnesses), ``sources`` (their publishers, or datasets where there
    is none) and ``urls``, both sorted lists,
    and ``witnesses``, the reports' ids. If the condition has parameters, give them twice.

    :param facts: read these rows, which may have more columns, instead of ``kg.fact``; ``reports`` likewise.
    """
    only = "" if where == "true" else f"AND fact IN (SELECT f.id FROM {facts} f WHERE {where})"
    return _BELIEVED.format(where=where, witnesses=only, facts=facts, reports=reports)
