"""Graph patterns of SPARQL as algebra (18.2.2)."""

from __future__ import annotations

from abc import abstractmethod

from kg.sparql.ir import (
    Bgp,
    Expression,
    Extend,
    Filter,
    Iri,
    LeftJoin,
    Literal,
    Minus,
    Pattern,
    Refused,
    Union,
    Values,
)
from kg.sparql.reading.conditions import Conditions, chained
from kg.sparql.reading.triples import Block, Triples, joined


class Patterns(Triples, Conditions):
    """Reads group graph patterns; who derives from it reads a SELECT in one."""

    @abstractmethod
    def select(self) -> Pattern:
        """A whole SELECT."""

    def group(self) -> Pattern:
        """:raises Refused: for what can't be read, or is not translated."""
        pattern, condition = self._group()
        return Filter(pattern, condition) if condition else pattern

    def _group(self) -> tuple[Pattern, Expression | None]:
        """A pattern in braces, without its filters, and these, which an OPTIONAL must know apart."""
        before, self.aggregates = self.aggregates, None
        self.expect("{")
        try:
            if self.at("SELECT"):
                found: Pattern = self.select()
                self.expect("}")
                return found, None
            return self._elements()
        finally:
            self.aggregates = before

    def _elements(self) -> tuple[Pattern, Expression | None]:
        found: Pattern = Bgp(())
        # Filters do not end a basic graph pattern (5.1.1); all else does.
        block, filters = Block(), []
        while not self.accept("}"):
            if self.accept("FILTER"):
                filters.append(self.constraint())
            elif self.at_triples():
                self.triples(block)
            else:
                found, block = self._element(joined(found, block.pattern())), Block()
            self.accept(".")
        return joined(found, block.pattern()), chained("&&", filters) if filters else None

    def _element(self, before: Pattern) -> Pattern:
        """The pattern so far with one more element."""
        if self.accept("OPTIONAL"):
            return LeftJoin(before, *self._group())
        if self.accept("MINUS"):
            return Minus(before, self.group())
        if self.accept("BIND"):
            self.expect("(")
            value = self.expression()
            self.expect("AS")
            variable = self.variable()
            self.expect(")")
            return Extend(before, variable, value)
        if self.at("VALUES"):
            return joined(before, self.values())
        if self.at("GRAPH", "SERVICE"):
            raise Refused(f"{self.token.text.upper()} in a pattern")
        found = self.group()
        while self.accept("UNION"):
            found = Union(found, self.group())
        return joined(before, found)

    def values(self) -> Values:
        """VALUES with its rows."""
        self.expect("VALUES")
        single = not self.accept("(")
        variables = [self.variable()] if single else []
        while not single and not self.accept(")"):
            variables.append(self.variable())
        if not variables:
            raise Refused("VALUES without a variable")
        rows = []
        self.expect("{")
        while not self.accept("}"):
            rows.append((self._cell(),) if single else self._row())
        if any(len(row) != len(variables) for row in rows):
            raise Refused("a row of VALUES with another number of cells")
        return Values(tuple(variables), tuple(rows))

    def _row(self) -> tuple[Iri | Literal | None, ...]:
        self.expect("(")
        found = []
        while not self.accept(")"):
            found.append(self._cell())
        return tuple(found)

    def _cell(self) -> Iri | Literal | None:
        if self.accept("UNDEF"):
            return None
        return self.iri() if self.at_iri() else self.literal()
