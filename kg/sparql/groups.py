"""Groups and aggregates (18.5.1). One value that is an error makes the sum, the mean, the least and the greatest an error."""

from __future__ import annotations

from collections.abc import Callable

from kg.sparql.expressions import Expressions
from kg.sparql.functions import from_units, guarded
from kg.sparql.ir import Aggregate, Group, Refused, Var
from kg.sparql.kinds import IRIS, Value, iri, of, text
from kg.sparql.rows import Names, Rows, Scope

_COMPARED = frozenset({"integer", "decimal", "string", "date"})


def select(node: Group, rows: Rows, names: Names, expressions: Callable[[Scope], Expressions]) -> Rows:
    """The groups of the solutions ``rows``."""
    alias = names.alias()
    seen = rows.at(alias)
    if lost := [v for v in node.keys if v not in seen]:
        raise Refused(f"a group by ?{lost[0].name}, which is not bound")
    scope = {v: seen[v] for v in node.keys}
    made: dict[Var, Value] = dict(scope)
    for variable, aggregate in node.aggregates:
        value = None
        if aggregate.expression is not None:
            value = expressions(seen).value(aggregate.expression)
        made[variable] = _aggregate(aggregate, value, alone=not node.keys)
    by = f" GROUP BY {', '.join(v.sql for v in scope.values())}" if scope else ""
    # A group without keys is a row even if nothing else is asked of it.
    counted = "" if by or node.aggregates else " HAVING count(*) >= 0"
    return names.select(made, f"FROM ({rows.sql}) {alias}{by}{counted}")


def _aggregate(node: Aggregate, value: Value | None, *, alone: bool) -> Value:
    if value is None:
        if node.function != "COUNT" or node.distinct:
            raise Refused(f"{node.function} of *")
        return of("integer", "count(*)::BIGINT")
    if node.function not in _AGGREGATES:
        raise Refused(f"the aggregate {node.function}")
    if not value.kinds:
        # Still an aggregate to SQL, so that there is a row.
        return of("integer", "count(NULL)::BIGINT") if node.function == "COUNT" else _of_nothing(node)
    return _AGGREGATES[node.function](node, value, alone)


def _of_nothing(node: Aggregate) -> Value:
    raise Refused(f"{node.function} of what is never bound")


def _distinct(node: Aggregate) -> str:
    return "DISTINCT " if node.distinct else ""


def _whole(value: Value, sql: str) -> str:
    """A value of a group in which no row is an error; NULL else."""
    return f"(CASE WHEN count(*) = count({value.sql}) THEN {sql} END)" if value.nullable else sql


def _some(sql: str, alone: bool) -> str:
    """A value of a group that has rows. That of a group without any is a whole number, of whatever kind the others are."""
    return guarded("count(*) > 0", sql, "an aggregate of no rows") if alone else sql


def _count(node: Aggregate, value: Value, alone: bool) -> Value:
    if node.distinct and value.kind == "double":
        raise Refused("distinct doubles")
    return of("integer", f"count({_distinct(node)}{value.sql})::BIGINT")


def _sum(node: Aggregate, value: Value, alone: bool) -> Value:
    sql = f"sum({_distinct(node)}{value.sql})"
    if value.kind == "integer":
        return of("integer", _whole(value, f"coalesce({sql}, 0)::BIGINT"), nullable=True)
    if value.kind == "decimal":
        return of("decimal", _some(_whole(value, f"{sql}::DECIMAL(38,18)"), alone), nullable=True)
    raise Refused(f"SUM of a {value.kind}")


def _avg(node: Aggregate, value: Value, alone: bool) -> Value:
    if value.kind not in ("integer", "decimal"):
        raise Refused(f"AVG of a {value.kind}")
    # The sum without its point: DuckDB's own mean is a double.
    summed = f"sum({_distinct(node)}({value.sql})::DECIMAL(38,18))::VARCHAR"
    units, how_many = f"replace({summed}, '.', '')::HUGEINT", f"count({_distinct(node)}{value.sql})"
    mean = from_units(f"({units} // nullif({how_many}, 0))")
    return of("decimal", _some(_whole(value, mean), alone), nullable=True)


def _least(name: str) -> Callable[[Aggregate, Value, bool], Value]:
    def aggregate(node: Aggregate, value: Value, alone: bool) -> Value:
        if value.kinds <= IRIS:
            return of("iri", _whole(value, f"{name}({iri(value)})"), nullable=True)
        if value.kind not in _COMPARED:
            raise Refused(f"{node.function} of a {value.kind} value")
        return of(value.kind, _whole(value, f"{name}({value.sql})"), nullable=True)

    return aggregate


def _group_concat(node: Aggregate, value: Value, alone: bool) -> Value:
    if value.kind != "string":
        raise Refused(f"GROUP_CONCAT of a {value.kind}")
    if value.nullable:
        raise Refused("GROUP_CONCAT of what may be an error")
    # In no order by the standard; sorted, so that it is the same every time.
    joined = f"string_agg({_distinct(node)}{value.sql}, {text(node.separator)} ORDER BY {value.sql})"
    return of("string", f"coalesce({joined}, '')")


_AGGREGATES: dict[str, Callable[[Aggregate, Value, bool], Value]] = {
    "COUNT": _count,
    "SUM": _sum,
    "AVG": _avg,
    "MIN": _least("min"),
    "MAX": _least("max"),
    "GROUP_CONCAT": _group_concat,
}
