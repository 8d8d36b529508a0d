"""Patterns to SQL, each by what the standard's algebra says of it (18.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kg.sparql import bgp, groups
from kg.sparql.bgp import Hints
from kg.sparql.expressions import Expressions, truth
from kg.sparql.ir import (
    Bgp,
    Call,
    Distinct,
    Exists,
    Expression,
    Extend,
    Filter,
    Group,
    Iri,
    Join,
    LeftJoin,
    Minus,
    Order,
    Pattern,
    Project,
    Refused,
    Slice,
    Told,
    Union,
    Values,
    Var,
    parts,
    variables_of,
)
from kg.sparql.kinds import IRIS, NOTHING, NUMBERS, Value, cast, constant, iri, met, of
from kg.sparql.rewrite import bound, in_scope, possible
from kg.sparql.rows import Names, Rows, Scope, compatible, merged
from kg.sparql.tables import of_witnesses, witnesses_told

#: Of these kinds the standard says how they are ordered among themselves (15.1).
_ORDERED = frozenset({"string", "date", "boolean"})

#: Of more facts than these what reports say is told of all facts, which costs 0.4 s of processor a million then, and less so.
_MANY = 100_000


class Translator:
    """Makes SQL of a query's pattern and of its parts."""

    def __init__(self, query: Pattern) -> None:
        self.names = Names()
        self._query = query
        self._never = variables_of(query) - bound(query)
        # Whether nobody counts how often a solution stands there.
        self._set_only = False

    def rows(self, node: Pattern, hints: Hints | None = None) -> Rows:
        """A pattern's solutions. Rows where a variable has none of the kinds that ``hints`` gives it may be missing."""
        hints = hints or {}
        match node:
            case Bgp():
                return bgp.select(node, hints, self.names)
            case Join():
                return self._join(node, hints)
            case LeftJoin():
                return self._left_join(node, hints)
            case Minus():
                return self._minus(node, hints)
            case Union():
                return self._union(node, hints)
            case Filter():
                return self._filter(node, hints)
            case Extend():
                return self._extend(node, hints)
            case Values():
                return self._values(node)
            case Group():
                once = all(a.distinct or a.function in ("MIN", "MAX") for _, a in node.aggregates)
                inner = self._as_set(lambda: self.rows(node.pattern), is_set=once)
                return groups.select(node, inner, self.names, self._expressions)
            case Told():
                return self._told(node, hints)
            case Project() | Distinct() | Order() | Slice():
                return self._modified(node, hints)

    def answer(self, columns: Sequence[Var], *, complete: bool = True) -> Rows:
        """The whole query's solutions, its columns in that order, with IRIs written out.

        :param complete: all columns that the query has are wanted.
        """

        def finish(scope: Scope) -> Scope:
            if complete and (unknown := [v for v in scope if v not in columns]):
                raise Refused(f"?{unknown[0].name} is a column to one parser and none to the other")
            return {v: _written(scope.get(v, NOTHING)) for v in columns}

        if isinstance(self._query, Project | Distinct | Order | Slice):
            return self._modified(self._query, {}, finish)
        rows = self.rows(self._query)
        alias = self.names.alias()
        return self.names.select(finish(rows.at(alias)), f"FROM ({rows.sql}) {alias}")

    def exists(self) -> Rows:
        """The query's solutions, of which it only matters whether there are any."""
        return self._as_set(lambda: self.rows(self._query))

    def _as_set(self, make: Callable[[], Rows], *, is_set: bool = True) -> Rows:
        before, self._set_only = self._set_only, is_set
        try:
            return make()
        finally:
            self._set_only = before

    def _expressions(self, scope: Scope) -> Expressions:
        return Expressions(scope, lambda exists: self._exists(exists, scope), self._never)

    # Patterns.

    def _join(self, node: Join, hints: Hints) -> Rows:
        ours, theirs = possible(node.left), possible(node.right)
        left = self.rows(node.left, _with(hints, theirs))
        right = self.rows(node.right, _with(hints, ours))
        a, b = self.names.alias(), self.names.alias()
        conditions = compatible(left.at(a), right.at(b))
        where = f" ON {' AND '.join(conditions)}" if conditions else ""
        word = "JOIN" if conditions else "CROSS JOIN"
        return self.names.select(merged(left.at(a), right.at(b)), f"FROM ({left.sql}) {a} {word} ({right.sql}) {b}{where}")

    def _left_join(self, node: LeftJoin, hints: Hints) -> Rows:
        left = self.rows(node.left, hints)
        right = self.rows(node.right, _with({}, possible(node.left), _step_kinds(node, left)))
        a, b = self.names.alias(), self.names.alias()
        ours, theirs = left.at(a), right.at(b)
        conditions = compatible(ours, theirs)
        if node.condition is not None:
            conditions.append(truth(self._expressions(merged(ours, theirs)).value(node.condition)))
        scope = merged(ours, theirs, optional=True)
        on = " AND ".join(f"({c})" for c in conditions) or "true"
        return self.names.select(scope, f"FROM ({left.sql}) {a} LEFT JOIN ({right.sql}) {b} ON {on}")

    def _minus(self, node: Minus, hints: Hints) -> Rows:
        left = self.rows(node.left, hints)
        right = self._as_set(lambda: self.rows(node.right, possible(node.left)))
        a, b = self.names.alias(), self.names.alias()
        ours, theirs = left.at(a), right.at(b)
        shared = [v for v in ours if v in theirs]
        if not shared:
            return left
        conditions = compatible(ours, theirs)
        if not any(not ours[v].nullable and not theirs[v].nullable for v in shared):
            # Solutions that share no bound variable leave each other alone.
            both = " OR ".join(f"({ours[v].sql} IS NOT NULL AND {theirs[v].sql} IS NOT NULL)" for v in shared)
            conditions.append(f"({both})")
        on = " AND ".join(conditions)
        return self.names.select(ours, f"FROM ({left.sql}) {a} WHERE NOT EXISTS (SELECT 1 FROM ({right.sql}) {b} WHERE {on})")

    def _union(self, node: Union, hints: Hints) -> Rows:
        if node.alternative and not self._set_only:
            raise Refused("a path p|q whose duplicates count: engines differ on them")
        return self.names.union([self.rows(node.left, hints), self.rows(node.right, hints)])

    def _filter(self, node: Filter, hints: Hints) -> Rows:
        rows = self.rows(node.pattern, hints)
        a = self.names.alias()
        condition = truth(self._expressions(rows.at(a)).value(node.condition))
        # What is bound for certain is joined by equality alone, which a hash can do.
        certain = _said_bound(node.condition)
        scope = {v: replace(value, nullable=value.nullable and v not in certain) for v, value in rows.at(a).items()}
        return self.names.select(scope, f"FROM ({rows.sql}) {a} WHERE {condition}")

    def _extend(self, node: Extend, hints: Hints) -> Rows:
        rows = self.rows(node.pattern, {v: k for v, k in hints.items() if v != node.variable})
        if node.variable in rows.columns:
            raise Refused(f"?{node.variable.name} is bound twice")
        a = self.names.alias()
        value = self._expressions(rows.at(a)).value(node.value)
        return self.names.select({**rows.at(a), node.variable: value}, f"FROM ({rows.sql}) {a}")

    def _values(self, node: Values) -> Rows:
        if not node.rows:
            return self.names.empty(node.variables)
        columns = [[constant(t) if t else NOTHING for t in column] for column in zip(*node.rows, strict=True)]
        kinds = [frozenset[str]().union(*(c.kinds for c in column)) for column in columns]
        lines = [
            ", ".join(cast(c, k) if k else "NULL" for c, k in zip(row, kinds, strict=True)) for row in zip(*columns, strict=True)
        ]
        a = self.names.alias()
        scope = {}
        for n, (v, k, column) in enumerate(zip(node.variables, kinds, columns, strict=True)):
            scope[v] = Value(k, f"{a}.c{n}", nullable=any(not c.kinds for c in column))
        shown = ", ".join(f"c{n}" for n in range(len(columns)))
        return self.names.select(scope, f"FROM (VALUES {', '.join(f'({line})' for line in lines)}) {a}({shown})")

    def _told(self, node: Told, hints: Hints) -> Rows:
        rows = self.rows(node.pattern, hints)
        found, many, told = self.names.alias(), self.names.alias(), self.names.alias()
        (fact,) = {t.subject for t in node.triples}
        assert isinstance(fact, Var)
        ids = rows.columns[fact].sql
        terms = [term for t in node.triples if isinstance(t.predicate, Iri) and (term := of_witnesses(t.predicate.value))]
        relation, values = witnesses_told(terms, f"SELECT {ids} AS id FROM {found}", f"(SELECT much FROM {many})")
        shown = ", ".join(f"{v.sql} AS c{n}" for n, v in enumerate(values))
        scope = dict(rows.at(found))
        for n, (triple, value) in enumerate(zip(node.triples, values, strict=True)):
            assert isinstance(triple.object, Var)
            scope[triple.object] = replace(value, sql=f"{told}.c{n}")
        on = [f"{told}.id = {found}.{ids}", *(f"{told}.c{n} IS NOT NULL" for n in range(len(values)))]
        source = f"FROM {found} JOIN (SELECT f.fact AS id, {shown} FROM {relation}) {told} ON {' AND '.join(on)}"
        selected = self.names.select(scope, source)
        counted = f"SELECT count(*) > {_MANY} AS much FROM {found}"
        return Rows(
            f"WITH {found} AS MATERIALIZED ({rows.sql}), {many} AS MATERIALIZED ({counted}) {selected.sql}", selected.columns
        )

    def _exists(self, node: Exists, outer: Scope) -> Value:
        """Whether there is a solution that agrees with a row.

        The standard puts the row's values in place of the variables (18.6); where every solution of the pattern binds them, and
        its filters see no others, that is a join.
        """
        conditions: list[Expression] = []
        pattern = node.pattern
        while isinstance(pattern, Filter):
            conditions.append(pattern.condition)
            pattern = pattern.pattern
        shared = in_scope(pattern) & set(outer)
        if not shared <= set(possible(pattern)):
            raise Refused("EXISTS with a variable of the outside that its pattern may leave unbound")
        if (variables_of(pattern) - in_scope(pattern)) & set(outer):
            raise Refused("EXISTS with a variable of the outside deep in its pattern")
        if any(isinstance(p, Minus | Group | Slice | Project | Values | Exists) for p in parts(pattern)):
            raise Refused("EXISTS with more than a pattern in it")
        # Of an outer variable that may be unbound the pattern may bind any kind.
        hints = {v: outer[v].kinds for v in shared if outer[v].kinds and not outer[v].nullable}
        rows = self._as_set(lambda: self.rows(pattern, hints))
        a = self.names.alias()
        inner = rows.at(a)
        where = compatible({v: outer[v] for v in shared}, inner)
        for condition in conditions:
            where.append(truth(self._expressions({**outer, **inner}).value(condition)))
        found = f"EXISTS (SELECT 1 FROM ({rows.sql}) {a}{' WHERE ' + ' AND '.join(where) if where else ''})"
        return of("boolean", found)

    # Solution modifiers.

    def _modified(self, node: Pattern, hints: Hints, finish: Callable[[Scope], Scope] = dict) -> Rows:
        """Slice, Distinct, Project and Order as one SELECT, because an order holds only in the SELECT that it stands in.

        :param finish: gives the columns of that SELECT, from those that the query has.
        """
        cut = node if isinstance(node, Slice) else None
        node = cut.pattern if cut else node
        hints = {} if cut else hints
        distinct = isinstance(node, Distinct)
        node = node.pattern if isinstance(node, Distinct) else node
        project = node if isinstance(node, Project) else None
        node = project.pattern if project else node
        keys = node.keys if isinstance(node, Order) else ()
        node = node.pattern if isinstance(node, Order) else node
        if project:
            hints = {v: k for v, k in hints.items() if v in project.variables}
        matters = not distinct and (bool(cut) or not self._set_only)
        rows = self._as_set(lambda: self.rows(node, hints), is_set=not matters)
        a = self.names.alias()
        seen = rows.at(a)
        scope = {v: seen.get(v, NOTHING) for v in project.variables} if project else seen
        source = f"FROM ({rows.sql}) {a}"
        if distinct:
            inner = self.names.select(scope, source, distinct=True)
            a = self.names.alias()
            scope = seen = inner.at(a)
            source = f"FROM ({inner.sql}) {a}"
        if keys:
            source += " ORDER BY " + ", ".join(self._key(key, down, seen) for key, down in keys)
        if cut:
            source += f" LIMIT {cut.limit}" if cut.limit is not None else ""
            source += f" OFFSET {cut.offset}" if cut.offset else ""
        return self.names.select(finish(scope), source)

    def _key(self, key: Expression, down: bool, scope: Scope) -> str:
        value = self._expressions(scope).value(key)
        if not value.kinds:
            return "NULL::INTEGER"
        if value.kinds <= IRIS:
            sql = iri(value)
        elif len(value.kinds) == 1 and value.kind in _ORDERED | NUMBERS:
            sql = value.sql
        else:
            raise Refused("an order over values of several kinds")
        return f"{sql} DESC NULLS LAST" if down else f"{sql} ASC NULLS FIRST"


def _said_bound(condition: Expression) -> set[Expression]:
    """The variables that a condition says are bound."""
    match condition:
        case Call("BOUND", arguments):
            return set(arguments)
        case Call("&&", (one, other)):
            return _said_bound(one) | _said_bound(other)
    return set()


def _written(value: Value) -> Value:
    return of("iri", iri(value), nullable=value.nullable) if value.kind in IRIS else value


def _with(*hints: Hints) -> dict[Var, frozenset[str]]:
    """What all of these hints leave."""
    found: dict[Var, frozenset[str]] = {}
    for one in hints:
        for v, kinds in one.items():
            found[v] = met(found[v], kinds) if v in found else kinds
    return found


def _step_kinds(node: LeftJoin, left: Rows) -> Hints:
    """What `kg.sparql.rewrite` leaves of an optional path: its second step starts where the first one ended."""
    condition = node.condition
    if isinstance(condition, Call) and condition.name == "SAMETERM":
        end, start = condition.arguments
        if isinstance(end, Var) and isinstance(start, Var) and end in left.columns and left.columns[end].kinds:
            return {start: left.columns[end].kinds}
    return {}
