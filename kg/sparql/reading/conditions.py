"""Expressions of SPARQL, in the order in which its operators bind."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from kg.sparql.ir import Aggregate, Call, Exists, Expression, Pattern, Refused, Var
from kg.sparql.reading.terms import Terms
from kg.sparql.reading.tokens import NUMBERS

_AGGREGATES = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")
_COMPARISONS = ("=", "!=", "<", ">", "<=", ">=")


def chained(sign: str, operands: list[Expression]) -> Expression:
    """Operands with an operator between each two."""
    found = operands[0]
    for operand in operands[1:]:
        found = Call(sign, (found, operand))
    return found


class Conditions(Terms):
    """Reads expressions.

    ``aggregates`` are those met so far, each with the variable that stands in its place; ``None`` where there can be none.
    """

    aggregates: dict[Aggregate, Var] | None = None

    @abstractmethod
    def group(self) -> Pattern:
        """A pattern in braces."""

    def expression(self) -> Expression:
        """:raises Refused: for what can't be read, or is not translated."""
        return self._operated(self._and, "||")

    def constraint(self) -> Expression:
        """What FILTER, HAVING and ORDER BY take: an expression in parentheses, or a call."""
        return self._primary()

    def _operated(self, operand: Callable[[], Expression], *signs: str) -> Expression:
        found = operand()
        while sign := self.accept(*signs):
            found = Call(sign, (found, operand()))
        return found

    def _and(self) -> Expression:
        return self._operated(self._relation, "&&")

    def _relation(self) -> Expression:
        left = self._sum()
        if sign := self.accept(*_COMPARISONS):
            return Call(sign, (left, self._sum()))
        if self.at("NOT") and self.then("IN"):
            self.advance()
            return Call("!", (self._among(left),))
        return self._among(left) if self.at("IN") else left

    def _among(self, left: Expression) -> Expression:
        self.expect("IN")
        members = self._arguments()
        if not members:
            raise Refused("IN of an empty list")
        return chained("||", [Call("=", (left, member)) for member in members])

    def _sum(self) -> Expression:
        return self._operated(self._product, "+", "-")

    def _product(self) -> Expression:
        return self._operated(self._unary, "*", "/")

    def _unary(self) -> Expression:
        if self.accept("!"):
            return Call("!", (self._unary(),))
        if self.at("+", "-"):
            sign, number = self.token, self.following
            if number.kind in NUMBERS and sign.end == number.start:
                return self.literal()
            return Call(self.advance().text, (self._primary(),))
        return self._primary()

    def _primary(self) -> Expression:
        if self.accept("("):
            found = self.expression()
            self.expect(")")
            return found
        if self.token.kind == "variable":
            return self.variable()
        if self.at_iri():
            iri = self.iri()
            return Call(iri.value, tuple(self._arguments())) if self.at("(") else iri
        if self.at_literal():
            return self.literal()
        if self.token.kind != "word":
            raise self.unread("an expression")
        return self._called()

    def _called(self) -> Expression:
        if self.accept("EXISTS"):
            return Exists(self.group())
        if self.at("NOT") and self.then("EXISTS"):
            self.advance(), self.advance()
            return Call("!", (Exists(self.group()),))
        name = self.advance().text.upper()
        if name in _AGGREGATES:
            return self._aggregate(name)
        return Call(name, tuple(self._arguments()))

    def _arguments(self) -> list[Expression]:
        self.expect("(")
        if self.at("DISTINCT"):
            raise Refused("DISTINCT in a function")
        found: list[Expression] = []
        while not self.accept(")"):
            if found:
                self.expect(",")
            found.append(self.expression())
        return found

    def _aggregate(self, name: str) -> Var:
        if self.aggregates is None:
            raise Refused(f"{name} where there are no groups")
        self.expect("(")
        distinct = bool(self.accept("DISTINCT"))
        outer, self.aggregates = self.aggregates, None  # there are none in another
        expression = None if self.accept("*") else self.expression()
        self.aggregates = outer
        separator = " "
        if self.accept(";"):
            self.expect("SEPARATOR")
            self.expect("=")
            separator = self.literal().text
        self.expect(")")
        return self.aggregates.setdefault(Aggregate(name, expression, distinct, separator), self.fresh())
