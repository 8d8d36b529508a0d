"""What a value can be, and how it stands in SQL.

A value of one known kind stands as what DuckDB computes with: an entity as its id, a date as DATE. Where several kinds are
possible it stands as a text that no two terms share (`encoded`): a letter for the kind, then the IRI or the literal.
NULL is both what is not bound and what could not be computed; no other distinction is needed, because SQL's three values of
truth are SPARQL's true, false and error (17.2, 17.3 of the standard).
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import quote, unquote

from kg.duck import literal
from kg.shapes.rdf import XSD, base
from kg.sparql.ir import Iri, Literal, Refused

#: IRIs made from a key, and how the key stands in SQL.
TEMPLATES = {"entity": "VARCHAR", "fact": "UUID", "report": "UUID"}
#: Literals, and how they stand in SQL.
LITERALS = {
    "string": "VARCHAR", "integer": "BIGINT", "decimal": "DECIMAL(38,18)", "date": "DATE", "boolean": "BOOLEAN",
    "double": "DOUBLE",
}  # fmt: skip
IRIS = frozenset({*TEMPLATES, "iri"})
NUMBERS = frozenset({"integer", "decimal", "double"})
_TYPES = {**TEMPLATES, "iri": "VARCHAR", **LITERALS}
_LETTERS = {"string": "s", "integer": "n", "decimal": "m", "date": "d", "boolean": "b"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}
#: The letter of IRIs in an encoded value.
IRI_LETTER = "i"
_DECIMAL_DIGITS, _DECIMAL_PLACES = 38, 18
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Value:
    """A value in SQL. ``kinds`` are all that it can be when it is bound, ``nullable`` says whether it may be unbound.

    Of a text ``day`` is SQL for the date that it writes out, and ``number`` for the whole number, where that is known beforehand.
    Of a constant ``constant`` is the term.
    """

    kinds: frozenset[str]
    sql: str
    nullable: bool = False
    number: str | None = None
    day: str | None = None
    constant: Iri | Literal | None = None

    @property
    def kind(self) -> str:
        """The only kind, ``mixed`` if there are several, ``none`` if it is never bound."""
        if len(self.kinds) > 1:
            return "mixed"
        return next(iter(self.kinds), "none")


#: What is never bound.
NOTHING = Value(frozenset(), "NULL", nullable=True)


def of(kind: str, sql: str, *, nullable: bool = False, number: str | None = None) -> Value:
    """A value of one kind."""
    return Value(frozenset({kind}), sql, nullable, number)


def sql_type(kinds: frozenset[str]) -> str:
    """How values of these kinds stand in SQL."""
    return _TYPES[next(iter(kinds))] if len(kinds) == 1 else "VARCHAR"


def text(value: str) -> str:
    """A text as a literal of SQL."""
    if "\0" in value:
        raise Refused("a text with a zero character")
    return literal(value)


def constant(term: Iri | Literal) -> Value:
    """A constant of the query.

    :raises Refused: if its datatype is none of `LITERALS`, or it is too large for how they stand in SQL.
    """
    if isinstance(term, Iri):
        kind, sql = _iri_constant(term.value)
    else:
        kind = term.datatype.removeprefix(XSD)
        if XSD + kind != term.datatype or kind not in LITERALS:
            raise Refused(f"the datatype <{term.datatype}>")
        sql = _literal_constant(kind, term.text)
    return Value(frozenset({kind}), sql, constant=term)


def _iri_constant(iri: str) -> tuple[str, str]:
    for kind in TEMPLATES:
        start = f"{base()}{kind}/"
        key = unquote(iri.removeprefix(start))
        if not iri.startswith(start) or quote(key, safe="") != iri.removeprefix(start):
            continue
        if kind == "entity":
            return kind, text(key)
        if _is_uuid(key):
            return kind, f"{text(key)}::UUID"
    return "iri", text(iri)


def _is_uuid(key: str) -> bool:
    try:
        return str(uuid.UUID(key)) == key
    except ValueError:
        return False


def _literal_constant(kind: str, written: str) -> str:
    try:
        if kind == "string":
            return text(written)
        if kind == "boolean":
            return {"true": "true", "1": "true", "false": "false", "0": "false"}[written]
        if kind == "integer":
            number = int(written)
            if not -(2**63) < number < 2**63:
                raise Refused(f"the number {written}")
            return f"({number}::BIGINT)"
        if kind == "decimal":
            return _decimal_constant(Decimal(written))
        if kind == "double":
            return f"({float(written)!r}::DOUBLE)" if abs(float(written)) < float("inf") else _refuse(written)
        return f"DATE '{dt.date.fromisoformat(written)}'" if _DAY.fullmatch(written) else _refuse(written)
    except (ValueError, KeyError, InvalidOperation):
        raise Refused(f"{written!r} as xsd:{kind}") from None


def _decimal_constant(number: Decimal) -> str:
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > _DECIMAL_PLACES or abs(number) >= 10 ** (_DECIMAL_DIGITS - _DECIMAL_PLACES):
        return _refuse(str(number))
    return f"({number:f}::DECIMAL(38,18))"


def _refuse(written: str) -> str:
    raise Refused(f"the value {written}")


def iri(value: Value) -> str:
    """SQL for the whole IRI that a value of one kind stands for."""
    if value.kind == "iri":
        return value.sql
    if value.kind == "mixed":
        return f"substr({value.sql}, 2)"
    return f"({text(f'{base()}{value.kind}/')} || url_encode(({value.sql})::VARCHAR))"


def lexical(value: Value) -> str:
    """SQL for what ``STR`` gives: the IRI, or the literal in the form that Oxigraph keeps."""
    kind = value.kind
    if kind == "mixed":
        return f"substr({value.sql}, 2)"
    if kind in IRIS:
        return iri(value)
    if kind == "string":
        return value.sql
    if kind == "decimal":
        return rf"regexp_replace(({value.sql})::VARCHAR, '\.?0+$', '')"
    if kind == "double":
        raise Refused("a double as text")
    return f"({value.sql})::VARCHAR"


def encoded(value: Value) -> str:
    """SQL for a value as a text that tells its kind."""
    kind = value.kind
    if kind in ("mixed", "none"):
        return f"({value.sql})::VARCHAR"
    letter = IRI_LETTER if kind in IRIS else _LETTERS.get(kind)
    if letter is None:
        raise Refused(f"a {kind} beside values of other kinds")
    return f"('{letter}' || {lexical(value)})"


def decoded(given: str) -> tuple[str, object]:
    """The kind and the value, as `kg.sparql.answer` gives it, of an encoded text."""
    letter, rest = given[0], given[1:]
    return _read("iri" if letter == IRI_LETTER else _KINDS[letter], rest)


def written(term: Literal) -> tuple[str, object]:
    """The same of a literal of the query.

    :raises Refused: if `constant` does, or for a double.
    """
    kind = constant(term).kind
    if kind == "double":
        raise Refused("a double in a template")
    return _read(kind, {"1": "true", "0": "false"}.get(term.text, term.text) if kind == "boolean" else term.text)


def _read(kind: str, rest: str) -> tuple[str, object]:
    if kind == "integer":
        return kind, int(rest)
    if kind == "decimal":
        return kind, float(Decimal(rest))
    if kind == "date":
        return kind, dt.date.fromisoformat(rest)
    return kind, rest == "true" if kind == "boolean" else rest


def cast(value: Value, kinds: frozenset[str]) -> str:
    """SQL for a value in the form that values of all these kinds share."""
    if len(kinds) > 1:
        return encoded(value)
    return f"NULL::{sql_type(kinds)}" if not value.kinds else value.sql


def met(one: Iterable[str], other: Iterable[str]) -> frozenset[str]:
    """The kinds of a term that is of one of these kinds and of one of those: none if there is no such term.

    An ``iri`` may turn out to be one of the templates.
    """
    theirs = set(other)
    found = set()
    for a in one:
        found |= {a} if a in theirs else set()
        if a in IRIS:
            found |= theirs & IRIS if a == "iri" else {a} if "iri" in theirs else set()
    return frozenset(found)


def same_term(one: Value, other: Value) -> str | None:
    """SQL for whether two values are the same term; ``None`` if they never are.

    :raises Refused: of doubles, which have several forms.
    """
    if not met(one.kinds, other.kinds):
        return None
    if "double" in one.kinds | other.kinds:
        raise Refused("doubles to be joined")
    if one.kind == other.kind:
        return f"{one.sql} = {other.sql}"
    if one.kinds <= IRIS and other.kinds <= IRIS:
        return f"{iri(one)} = {iri(other)}"
    return f"{encoded(one)} = {encoded(other)}"
