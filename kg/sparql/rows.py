"""Relations as the translation passes them on: a SELECT, and what its columns are. How two of them are compared and merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count

from kg.sparql.ir import Var
from kg.sparql.kinds import NOTHING, Value, cast, same_term

#: Values of variables as SQL, where some relation or several are in sight.
Scope = Mapping[Var, Value]


@dataclass(frozen=True)
class Rows:
    """Solutions as SQL: a SELECT with one column a variable, named by `Names`; without variables it has one column, ``one``."""

    sql: str
    columns: Mapping[Var, Value]

    def at(self, alias: str) -> dict[Var, Value]:
        """The columns as seen from outside, where the relation has an alias."""
        return {v: replace(c, sql=f"{alias}.{c.sql}") for v, c in self.columns.items()}


class Names:
    """Names in SQL: a column for each variable, whatever it is called, and aliases."""

    def __init__(self) -> None:
        self._columns: dict[Var, str] = {}
        self._aliases = count(1)

    def column(self, variable: Var) -> str:
        return self._columns.setdefault(variable, f"v{len(self._columns) + 1}")

    def alias(self) -> str:
        return f"t{next(self._aliases)}"

    def select(self, scope: Scope, source: str, *, distinct: bool = False) -> Rows:
        """``SELECT`` the values of a scope; ``source`` is all from FROM on, empty for none."""
        shown = [f"{value.sql} AS {self.column(v)}" for v, value in scope.items()] or ["1 AS one"]
        sql = f"SELECT {'DISTINCT ' if distinct else ''}{', '.join(shown)} {source}".rstrip()
        return Rows(sql, {v: self._plain(v, value) for v, value in scope.items()})

    def _plain(self, variable: Var, value: Value) -> Value:
        return Value(value.kinds, self.column(variable), value.nullable)

    def empty(self, variables: Iterable[Var]) -> Rows:
        """No solution at all."""
        return self.select(dict.fromkeys(variables, NOTHING), "WHERE false")

    def union(self, parts: list[Rows]) -> Rows:
        """The solutions of all parts, as often as they stand there; each variable in a form that all parts can have."""
        if len(parts) == 1:
            return parts[0]
        variables = list(dict.fromkeys(v for part in parts for v in part.columns))
        kinds = {v: frozenset().union(*(p.columns[v].kinds for p in parts if v in p.columns)) for v in variables}
        nullable = {v: any(v not in p.columns or p.columns[v].nullable for p in parts) for v in variables}
        selects = []
        for part in parts:
            alias = self.alias()
            seen = part.at(alias)
            scope = {v: _as(seen.get(v, NOTHING), kinds[v]) for v in variables}
            selects.append(self.select(scope, f"FROM ({part.sql}) {alias}").sql)
        columns = {v: Value(kinds[v], self.column(v), nullable[v]) for v in variables}
        return Rows(" UNION ALL ".join(selects), columns)


def _as(value: Value, kinds: frozenset[str]) -> Value:
    return value if not kinds else Value(kinds, cast(value, kinds), value.nullable)


def compatible(left: Scope, right: Scope) -> list[str]:
    """Conditions under which two solutions agree (18.3 of the standard): on each shared variable, if both bind it.

    ``false`` is among them if they never do.
    """
    found = []
    for v in left:
        if v in right:
            one, other = left[v], right[v]
            same = same_term(one, other)
            ways = [same] if same else []
            ways += [f"{value.sql} IS NULL" for value in (one, other) if value.nullable]
            found.append(f"({' OR '.join(ways)})" if ways else "false")
    return found


def merged(left: Scope, right: Scope, *, optional: bool = False) -> dict[Var, Value]:
    """The solution that two compatible ones make together; ``optional`` says that the right one may be missing."""
    found = dict(left)
    for v, other in right.items():
        if optional:
            other = replace(other, nullable=True)
        one = found.get(v)
        if one is None or (one.nullable and not other.nullable):
            found[v] = other
        elif one.nullable:
            kinds = one.kinds | other.kinds
            if kinds:
                found[v] = Value(kinds, f"coalesce({cast(one, kinds)}, {cast(other, kinds)})", nullable=True)
    return found
