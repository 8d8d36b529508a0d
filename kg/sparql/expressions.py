"""Expressions to SQL: operators here, functions in `kg.sparql.functions`. NULL is an error, as in `kg.sparql.kinds`."""

from __future__ import annotations

from collections.abc import Callable, Collection

from kg.shapes.rdf import XSD
from kg.sparql import functions
from kg.sparql.ir import Call, Exists, Expression, Iri, Literal, Refused, Var
from kg.sparql.kinds import IRIS, NOTHING, NUMBERS, Value, cast, constant, encoded, of, same_term
from kg.sparql.rows import Scope

_COMPARISONS = ("<", ">", "<=", ">=")
_ORDERED = frozenset({"string", "date"})


class Expressions:
    """Makes SQL of expressions over the variables of a scope; ``exists`` makes it of EXISTS.

    ``never`` are variables that nothing in the whole query binds: a way to write what is unbound. One that is bound elsewhere
    only is refused, because whoever wrote it most likely meant something else.
    """

    def __init__(self, scope: Scope, exists: Callable[[Exists], Value], never: Collection[Var] = ()) -> None:
        self._scope = scope
        self._exists = exists
        self._never = never

    def value(self, node: Expression) -> Value:
        """What an expression gives.

        :raises Refused: for what is not translated.
        """
        match node:
            case Var():
                if node in self._never:
                    return NOTHING
                if node not in self._scope:
                    raise Refused(f"?{node.name} is not bound where it is used")
                return self._scope[node]
            case Iri() | Literal():
                return constant(node)
            case Exists():
                return self._exists(node)
            case Call("BOUND", (argument,)):
                value = self.value(argument)
                return of("boolean", f"({value.sql} IS NOT NULL)" if value.kinds else "false")
            case Call(name, arguments):
                return call(name, [self.value(a) for a in arguments])


def call(name: str, given: list[Value]) -> Value:
    """What an operator or a function gives for values."""
    match name, given:
        case "||" | "&&", [one, other]:
            return _boolean(f"({truth(one)} {'OR' if name == '||' else 'AND'} {truth(other)})")
        case "!", [one]:
            return _boolean(f"(NOT {truth(one)})")
        case "=", [one, other]:
            return equal(one, other)
        case "!=", [one, other]:
            return _boolean(f"(NOT {equal(one, other).sql})")
        case (("<" | ">" | "<=" | ">="), [one, other]):
            return _compared(name, one, other)
        case "SAMETERM", [one, other]:
            same = same_term(one, other)
            return _boolean(same or _if_bound("false", one, other))
        case "IF", [condition, one, other]:
            kinds = _shared([one, other])
            sql = (
                f"CASE WHEN {truth(condition)} THEN {cast(one, kinds)} WHEN NOT {truth(condition)} THEN {cast(other, kinds)} END"
            )
            return Value(kinds, f"({sql})", nullable=True)
        case "COALESCE", _ if given:
            kinds = _shared(given)
            nullable = all(v.nullable for v in given)
            return Value(kinds, f"coalesce({', '.join(cast(v, kinds) for v in given)})", nullable) if kinds else NOTHING
        case (("+" | "-" | "*" | "/"), [one, other]):
            return functions.arithmetic(name, one, other)
        case (("+" | "-"), [one]):
            return functions.signed(name, one)
    if name.startswith(XSD):
        return functions.converted(name.removeprefix(XSD), given)
    return functions.call(name, given)


def _boolean(sql: str) -> Value:
    return of("boolean", sql, nullable=True)


def _shared(values: list[Value]) -> frozenset[str]:
    """The kinds of a value that is one of these.

    :raises Refused: if two kinds of number are among them, whose sum would be of one of the two.
    """
    found: frozenset[str] = frozenset().union(*(v.kinds for v in values))
    if "double" in found and len(found) > 1:
        raise Refused("a double beside values of other kinds")
    return found


def _if_bound(sql: str, *values: Value) -> str:
    """A value that is not NULL only if these are bound."""
    bound = [f"{v.sql} IS NOT NULL" for v in values if v.nullable or not v.kinds]
    return f"(CASE WHEN {' AND '.join(bound)} THEN {sql} END)" if bound else f"({sql})"


def truth(value: Value) -> str:
    """SQL for the effective boolean value (17.2.2); NULL for what has none."""
    kind = value.kind
    if kind == "boolean":
        return value.sql
    if kind == "string":
        return f"({value.sql} <> '')"
    if kind in ("integer", "decimal"):
        return f"({value.sql} <> 0)"
    if kind == "none" or value.kinds <= IRIS or kind == "date":
        return "NULL::BOOLEAN"
    raise Refused(f"a {kind} value as a truth value")


def equal(one: Value, other: Value) -> Value:
    """``=`` (17.4.1.7). Literals of different types that are no numbers are refused: an error by the standard, false to some."""
    kinds = one.kinds | other.kinds
    if not one.kinds or not other.kinds:
        return _boolean("NULL::BOOLEAN")
    if kinds <= NUMBERS:
        if len(one.kinds) > 1 or len(other.kinds) > 1:
            raise Refused("numbers of several kinds to be compared")
        return _boolean(f"({' = '.join(functions.together(one, other))})")
    if kinds <= IRIS:
        same = same_term(one, other)
        return _boolean(f"({same})" if same else _if_bound("false", one, other))
    if one.kinds <= IRIS or other.kinds <= IRIS:
        # An IRI and a literal are not the same; of a mixed value it is to be seen.
        mixed = bool(one.kinds & IRIS and other.kinds & IRIS)
        return _boolean(f"({encoded(one)} = {encoded(other)})" if mixed else _if_bound("false", one, other))
    if len(kinds) == 1 and kinds <= {"string", "date", "boolean"}:
        return _boolean(f"({one.sql} = {other.sql})")
    raise Refused(f"{one.kind} = {other.kind}")


def _compared(sign: str, one: Value, other: Value) -> Value:
    if not one.kinds or not other.kinds:
        return _boolean("NULL::BOOLEAN")
    if one.kind in NUMBERS and other.kind in NUMBERS:
        return _boolean(f"({f' {sign} '.join(functions.together(one, other))})")
    if one.kind == other.kind and one.kind in _ORDERED:
        return _boolean(f"({one.sql} {sign} {other.sql})")
    raise Refused(f"{one.kind} {sign} {other.kind}: no order, or engines differ on it")
