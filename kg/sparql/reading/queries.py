"""Queries of SPARQL as algebra: their forms, groups and modifiers (18.2.4, 18.2.5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kg.sparql.ir import (
    Bgp,
    Distinct,
    Exists,
    Expression,
    Extend,
    Filter,
    Group,
    Order,
    Pattern,
    Project,
    Query,
    Refused,
    Slice,
    Term,
    Triple,
    Values,
    Var,
)
from kg.sparql.reading.conditions import chained
from kg.sparql.reading.patterns import Patterns
from kg.sparql.reading.triples import Block, joined
from kg.sparql.rewrite import in_scope

#: Variables, each with the expression that gives it, if one does.
Named = list[tuple[Var, Expression | None]]


@dataclass(frozen=True)
class Columns:
    """What a SELECT shows; ``named`` is ``None`` for ``*``."""

    named: Named | None
    distinct: bool


@dataclass(frozen=True)
class Modifiers:
    """What stands behind a pattern. ``keys`` are those of GROUP BY, ``None`` without one."""

    keys: Named | None
    having: list[Expression]
    order: list[tuple[Expression, bool]]
    limit: int | None
    offset: int
    values: Values | None


class Queries(Patterns):
    """Reads a whole query."""

    def query(self) -> Query:
        """:raises Refused: for what can't be read, or is not translated."""
        self.prologue()
        self.aggregates = {}
        if self.at("SELECT"):
            found = Query("SELECT", self.select())
        elif self.accept("ASK"):
            found = Query("ASK", self._where())
        elif self.accept("CONSTRUCT"):
            found = self._construct()
        elif self.accept("DESCRIBE"):
            found = self._describe()
        else:
            raise self.unread("a form of query")
        if self.token.kind != "end":
            raise self.unread("the end")
        return found

    def select(self) -> Pattern:
        outer, self.aggregates = self.aggregates, {}
        self.expect("SELECT")
        if self.at("REDUCED"):
            raise Refused("REDUCED")
        distinct = bool(self.accept("DISTINCT"))
        found = self._where(Columns(self._named(), distinct))
        self.aggregates = outer
        return found

    def _construct(self) -> Query:
        if not self.at("{"):
            pattern = self._where()
            return Query("CONSTRUCT", pattern, _own_template(pattern))
        block = Block()
        self.expect("{")
        while not self.accept("}"):
            self.triples(block)
            self.accept(".")
        return Query("CONSTRUCT", self._where(), tuple(block.triples))

    def _describe(self) -> Query:
        described: list[Term] = []
        everything = self.accept("*")
        while not everything and (self.token.kind == "variable" or self.at_iri()):
            described.append(self.term())
        pattern = self._where() if self.at("WHERE", "{", "FROM") else None
        return Query("DESCRIBE", pattern, (), tuple(described))

    def _named(self) -> Named | None:
        if self.accept("*"):
            return None
        found: Named = []
        while self.token.kind == "variable" or self.at("("):
            found.append(self._given() if self.at("(") else (self.variable(), None))
        return found

    def _given(self) -> tuple[Var, Expression | None]:
        """``(expression AS ?name)``; of a key the name may be missing."""
        self.expect("(")
        value = self.expression()
        variable = self.variable() if self.accept("AS") else value if isinstance(value, Var) else self.fresh()
        self.expect(")")
        return variable, None if value == variable else value

    def _where(self, columns: Columns | None = None) -> Pattern:
        """The pattern of a query with what is done to its solutions; ``columns`` are those of a SELECT."""
        if self.at("FROM"):
            raise Refused("FROM")
        self.accept("WHERE")
        pattern = self.group()
        given = self._modifiers()
        named = (columns.named if columns else None) or []
        pattern = self._grouped(pattern, given, columns, named)
        if given.having:
            pattern = Filter(pattern, chained("&&", given.having))
        if given.values:
            pattern = joined(pattern, given.values)
        shown = [v for v, _ in named] if named else sorted((v for v in in_scope(pattern) if not v.hidden), key=lambda v: v.name)
        for variable, value in named:
            pattern = pattern if value is None else Extend(pattern, variable, value)
        if given.order:
            pattern = Order(pattern, tuple(given.order))
        if columns:
            pattern = Project(pattern, tuple(shown))
            pattern = Distinct(pattern) if columns.distinct else pattern
        cut = given.limit is not None or given.offset
        return Slice(pattern, given.offset, given.limit) if cut else pattern

    def _grouped(self, pattern: Pattern, given: Modifiers, columns: Columns | None, named: Named) -> Pattern:
        """The groups of the solutions, if there are any."""
        if given.keys is None and not self.aggregates:
            return pattern
        if columns and columns.named is None:
            raise Refused("* beside groups")
        for variable, value in given.keys or ():
            pattern = pattern if value is None else Extend(pattern, variable, value)
        keys = [v for v, _ in given.keys or ()]
        aggregates = self.aggregates or {}
        known = {*keys, *aggregates.values()}
        _check_known(given.having, known)
        for variable, value in named:
            _check_known([variable if value is None else value], known)
            known.add(variable)
        _check_known([key for key, _ in given.order], known)
        return Group(pattern, tuple(keys), tuple((v, a) for a, v in aggregates.items()))

    # Solution modifiers, in the order in which they stand.

    def _modifiers(self) -> Modifiers:
        keys = self._keys()
        having: list[Expression] = []
        if self.accept("HAVING"):
            having.append(self.constraint())
            while self._at_constraint():
                having.append(self.constraint())
        order = self._order()
        limit, offset = None, 0
        while word := self.accept("LIMIT", "OFFSET"):
            if self.token.kind != "integer":
                raise self.unread("a number")
            number = int(self.advance().text.lstrip("0")[:19] or "0")  # no store has as many rows as 19 digits say
            limit, offset = (number, offset) if word == "LIMIT" else (limit, number)
        return Modifiers(keys, having, order, limit, offset, self.values() if self.at("VALUES") else None)

    def _keys(self) -> Named | None:
        if not self.accept("GROUP"):
            return None
        self.expect("BY")
        outer, self.aggregates = self.aggregates, None
        found: Named = []
        while self._at_constraint() or self.token.kind == "variable":
            if self.at("("):
                found.append(self._given())
            elif self.token.kind == "variable":
                found.append((self.variable(), None))
            else:
                found.append((self.fresh(), self.constraint()))
        self.aggregates = outer
        return found

    def _order(self) -> list[tuple[Expression, bool]]:
        found: list[tuple[Expression, bool]] = []
        if not self.accept("ORDER"):
            return found
        self.expect("BY")
        while self._at_constraint() or self.token.kind == "variable":
            down = self.accept("ASC", "DESC") == "DESC"
            found.append((self.constraint(), down))
        return found

    def _at_constraint(self) -> bool:
        ends = ("HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")
        return self.at("(") or self.at_iri() or (self.token.kind == "word" and not self.at(*ends))


def _check_known(expressions: list[Expression], known: Collection[Var]) -> None:
    """:raises Refused: if one has a variable beside aggregates that is no key of the group."""
    if any(v not in known for expression in expressions for v in _free(expression)):
        raise Refused("a variable beside aggregates that is no key of the group")


def _free(expression: Expression) -> set[Var]:
    """The variables of an expression that are not those of a pattern in it."""
    if isinstance(expression, Var):
        return {expression}
    if isinstance(expression, Exists) or not hasattr(expression, "arguments"):
        return set()
    return {v for argument in expression.arguments for v in _free(argument)}


def _own_template(pattern: Pattern) -> tuple[Triple, ...]:
    """The template of ``CONSTRUCT WHERE``, which is its pattern."""
    while isinstance(pattern, Slice | Order):
        pattern = pattern.pattern
    if not isinstance(pattern, Bgp):
        raise Refused("CONSTRUCT WHERE with more than triples")
    return pattern.triples
