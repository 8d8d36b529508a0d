"""SPARQL's functions (17.4) in SQL, each with what makes it an error there: NULL here.

Where only the data can tell whether SQL agrees, the SQL raises an error of its own (`guarded`), and another engine answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from kg.sparql.ir import Literal, Refused
from kg.sparql.kinds import IRI_LETTER, IRIS, LITERALS, NOTHING, NUMBERS, Value, lexical, of, text

_XSD = "http://www.w3.org/2001/XMLSchema#"
_UNIT = "1000000000000000000"
#: Regular expressions that all engines read alike: no classes by backslash, no groups with a question mark, no braces.
_PLAIN_REGEX = re.compile(r"(?:[^\\{}()\[\]]|\\[.*+?^$|()\[\]{}\\/-]|\((?!\?)|\)|\[\^?[\w .,:;-]+\])*", re.ASCII)
_REPEATED = re.compile(r"[*+?][*+?]|(^|[(|^])[*+?]")


def guarded(condition: str, sql: str, why: str) -> str:
    """SQL for a value that holds only under a condition; else the query fails and is answered elsewhere."""
    return f"(CASE WHEN {condition} THEN {sql} ELSE error({text(why)}) END)"


def call(name: str, given: list[Value]) -> Value:
    """A function of the language.

    :raises Refused: if it is none of `_FUNCTIONS`, or not for such arguments.
    """
    if name not in _FUNCTIONS:
        raise Refused(f"the function {name}")
    function, fewest, most = _FUNCTIONS[name]
    if not fewest <= len(given) <= most:
        raise Refused(f"{name} of {len(given)} arguments")
    if any(not v.kinds for v in given):
        return NOTHING
    return function(*given)


def _maybe(kind: str, sql: str, number: str | None = None) -> Value:
    return of(kind, sql, nullable=True, number=number)


def _of(value: Value, *kinds: str) -> str:
    if value.kind not in kinds:
        raise Refused(f"a {value.kind} where a {kinds[0]} belongs")
    return value.sql


def _known(value: Value, what: str) -> str:
    """A constant text."""
    if not isinstance(value.constant, Literal):
        raise Refused(f"{what} that is not written out")
    return value.constant.text


# -- numbers ---------------------------------------------------------------------------------------------------------------


def together(one: Value, other: Value) -> tuple[str, str]:
    """Two numbers as SQL compares them: as doubles if one is one, else exactly."""
    if one.kind not in NUMBERS or other.kind not in NUMBERS:
        raise Refused(f"{one.kind} and {other.kind} in place of numbers")
    if "double" in (one.kind, other.kind):
        return f"({one.sql})::DOUBLE", f"({other.sql})::DOUBLE"
    if one.kind == other.kind:
        return one.sql, other.sql
    return f"({one.sql})::DECIMAL(38,18)", f"({other.sql})::DECIMAL(38,18)"


def arithmetic(sign: str, one: Value, other: Value) -> Value:
    """``+ - * /``; whole numbers divided give a decimal, and a division by nothing is an error."""
    if not one.kinds or not other.kinds:
        return NOTHING
    a, b = together(one, other)
    kinds = {one.kind, other.kind}
    if "double" in kinds:
        raise Refused("computing with doubles")
    if sign == "/":
        if kinds == {"integer"}:
            return _maybe("decimal", quotient(f"({a})::HUGEINT", f"({b})::HUGEINT"))
        return _maybe("decimal", quotient(_millionths(a), _millionths(b)))
    if kinds == {"integer"}:
        return _maybe("integer", f"({a} {sign} {b})")
    if sign == "*":
        # Two of these have all the places that a decimal has.
        small = [f"({x})::DECIMAL(19,9)" for x in (a, b)]
        exact = f"{a} IS NULL OR {b} IS NULL OR ({small[0]} = {a} AND {small[1]} = {b})"
        return _maybe("decimal", guarded(exact, f"({small[0]} * {small[1]})", "a product with too many places"))
    return _maybe("decimal", f"({a} {sign} {b})")


def quotient(a: str, b: str) -> str:
    """SQL for one whole number (HUGEINT) divided by another, as a decimal with 18 places, cut off."""
    return from_units(f"({a} * {_UNIT} // nullif({b}, 0))")


def from_units(sql: str) -> str:
    """SQL for a whole number (HUGEINT) of the smallest units that a decimal has."""
    return f"(({sql} // {_UNIT})::DECIMAL(38,18) + ({sql} % {_UNIT})::DECIMAL(18,0) * 0.000000000000000001::DECIMAL(18,18))"


def _millionths(sql: str) -> str:
    exact = f"{sql} IS NULL OR ({sql})::DECIMAL(32,6) = {sql}"
    return f"(({guarded(exact, f'({sql})::DECIMAL(32,6)', 'a decimal with too many places')} * 1000000)::HUGEINT)"


def signed(sign: str, value: Value) -> Value:
    """``-x`` and ``+x``."""
    if not value.kinds:
        return NOTHING
    _of(value, "integer", "decimal", "double")
    return _maybe(value.kind, f"(-{value.sql})" if sign == "-" else value.sql)


def _rounded(way: str) -> Callable[[Value], Value]:
    def function(value: Value) -> Value:
        sql = _of(value, "integer", "decimal")
        if value.kind == "integer":
            return _maybe("integer", f"abs({sql})" if way == "abs" else sql)
        if way == "abs":
            return _maybe("decimal", f"abs({sql})")
        # ROUND goes up from the middle, below zero too.
        inner = f"floor({sql} + 0.5::DECIMAL(2,1))" if way == "round" else f"{way}({sql})"
        return _maybe("decimal", f"({inner})::DECIMAL(38,18)")

    return function


# -- texts -----------------------------------------------------------------------------------------------------------------


def _str(value: Value) -> Value:
    day = value.sql if value.kind == "date" else None
    return Value(frozenset({"string"}), lexical(value), value.nullable, day=day)


def _substr(value: Value, start: Value, length: Value | None = None) -> Value:
    sql = _of(value, "string")
    first = int(_known(start, "a start of SUBSTR")) if start.kind == "integer" else 0
    many = int(_known(length, "a length of SUBSTR")) if length and length.kind == "integer" else None if length is None else -1
    if first < 1 or (many is not None and many < 0):
        raise Refused("SUBSTR with a start or a length below what a text has")
    part = {(1, 4): "year", (6, 2): "month", (9, 2): "day"}.get((first, many or 0)) if value.day else None
    number = f"{part}({value.day})::BIGINT" if part else None
    return _maybe("string", f"substring({sql}, {first}{'' if many is None else f', {many}'})", number)


def _ascii_case(name: str) -> Callable[[Value], Value]:
    def function(value: Value) -> Value:
        sql = _of(value, "string")
        plain = f"{sql} IS NULL OR strlen({sql}) = length({sql})"
        return _maybe("string", guarded(plain, f"{name}({sql})", "upper and lower case of letters beyond ASCII"))

    return function


def _both(template: str, kind: str = "boolean") -> Callable[[Value, Value], Value]:
    def function(one: Value, other: Value) -> Value:
        return _maybe(kind, template.format(_of(one, "string"), _of(other, "string")))

    return function


def _concat(*given: Value) -> Value:
    return _maybe("string", f"({' || '.join(_of(v, 'string') for v in given)})")


def _pattern(pattern: Value, flags: Value | None) -> str:
    written = _known(pattern, "a regular expression")
    if not _PLAIN_REGEX.fullmatch(written) or _REPEATED.search(written):
        raise Refused("a regular expression that engines may read differently")
    if flags is not None and _known(flags, "flags of a regular expression") not in ("", "i"):
        raise Refused("flags of a regular expression other than i")
    if flags is not None and not written.isascii():
        raise Refused("a regular expression that ignores the case of letters beyond ASCII")
    return text(written)


def _regex(value: Value, pattern: Value, flags: Value | None = None) -> Value:
    given = f", {text(_known(flags, 'flags'))}" if flags is not None and _known(flags, "flags") else ""
    return _maybe("boolean", f"regexp_matches({_of(value, 'string')}, {_pattern(pattern, flags)}{given})")


def _replace(value: Value, pattern: Value, replacement: Value) -> Value:
    written, new = _known(pattern, "a regular expression"), _known(replacement, "a replacement")
    if not written or re.search(r"[^\w ,;:'\"!@#%&=<>~-]", written) or "$" in new or "\\" in new:
        raise Refused("REPLACE of more than a plain text by another")
    return _maybe("string", f"replace({_of(value, 'string')}, {text(written)}, {text(new)})")


def _cut(template: str) -> Callable[[Value, Value], Value]:
    """The part of a text before or after another; empty if that is not in it."""

    def function(one: Value, other: Value) -> Value:
        a, b = _of(one, "string"), _of(other, "string")
        return _maybe(
            "string", f"(CASE WHEN contains({a}, {b}) THEN {template.format(a, b)} WHEN NOT contains({a}, {b}) THEN '' END)"
        )

    return function


# -- terms -----------------------------------------------------------------------------------------------------------------


def _is(kinds: frozenset[str]) -> Callable[[Value], Value]:
    """Whether a term is of certain kinds; an error if there is none."""

    def function(value: Value) -> Value:
        if value.kinds <= kinds or not value.kinds & kinds:
            answer = "true" if value.kinds <= kinds else "false"
        elif kinds == IRIS:
            answer = f"{value.sql}[1] = '{IRI_LETTER}'"
        elif kinds == frozenset(LITERALS):
            answer = f"{value.sql}[1] <> '{IRI_LETTER}'"
        else:
            raise Refused("isNumeric of a value of several kinds")
        return _maybe("boolean", f"(CASE WHEN {value.sql} IS NOT NULL THEN {answer} END)")

    return function


def _datatype(value: Value) -> Value:
    if value.kind in IRIS:
        raise Refused("DATATYPE of an IRI")
    if value.kind == "mixed":
        raise Refused("DATATYPE of a value of several kinds")
    return _maybe("iri", f"(CASE WHEN {value.sql} IS NOT NULL THEN {text(_XSD + value.kind)} END)")


def _lang(value: Value) -> Value:
    if value.kinds & IRIS:
        raise Refused("LANG of an IRI")
    return _maybe("string", f"(CASE WHEN {value.sql} IS NOT NULL THEN '' END)")


def _part(name: str) -> Callable[[Value], Value]:
    def function(value: Value) -> Value:
        return _maybe("integer", f"{name}({_of(value, 'date')})::BIGINT")

    return function


#: The functions with their fewest and most arguments.
_FUNCTIONS: dict[str, tuple[Callable[..., Value], int, int]] = {
    "STR": (_str, 1, 1),
    "STRLEN": (lambda v: _maybe("integer", f"length({_of(v, 'string')})::BIGINT"), 1, 1),
    "SUBSTR": (_substr, 2, 3),
    "UCASE": (_ascii_case("upper"), 1, 1),
    "LCASE": (_ascii_case("lower"), 1, 1),
    "CONTAINS": (_both("contains({}, {})"), 2, 2),
    "STRSTARTS": (_both("starts_with({}, {})"), 2, 2),
    "STRENDS": (_both("ends_with({}, {})"), 2, 2),
    "STRBEFORE": (_cut("left({0}, instr({0}, {1}) - 1)"), 2, 2),
    "STRAFTER": (_cut("substring({0}, instr({0}, {1}) + length({1}))"), 2, 2),
    "CONCAT": (_concat, 1, 99),
    "REGEX": (_regex, 2, 3),
    "REPLACE": (_replace, 3, 3),
    "ENCODE_FOR_URI": (lambda v: _maybe("string", f"url_encode({_of(v, 'string')})"), 1, 1),
    "ABS": (_rounded("abs"), 1, 1),
    "CEIL": (_rounded("ceil"), 1, 1),
    "FLOOR": (_rounded("floor"), 1, 1),
    "ROUND": (_rounded("round"), 1, 1),
    "YEAR": (_part("year"), 1, 1),
    "MONTH": (_part("month"), 1, 1),
    "DAY": (_part("day"), 1, 1),
    "ISIRI": (_is(IRIS), 1, 1),
    "ISURI": (_is(IRIS), 1, 1),
    "ISLITERAL": (_is(frozenset(LITERALS)), 1, 1),
    "ISBLANK": (_is(frozenset()), 1, 1),
    "ISNUMERIC": (_is(NUMBERS), 1, 1),
    "DATATYPE": (_datatype, 1, 1),
    "LANG": (_lang, 1, 1),
}


# -- casts -----------------------------------------------------------------------------------------------------------------


def converted(kind: str, given: list[Value]) -> Value:
    """A cast by the name of a datatype (17.5)."""
    if len(given) != 1:
        raise Refused(f"xsd:{kind} of {len(given)} values")
    (value,) = given
    if not value.kinds:
        return NOTHING
    if kind == "string":
        return _str(value)
    if kind == value.kind and kind in LITERALS:
        return value
    if kind == "integer":
        return _maybe("integer", _whole(value))
    if kind == "decimal" and value.kind == "integer":
        return _maybe("decimal", f"({value.sql})::DECIMAL(38,18)")
    if kind == "date" and value.kind == "string":
        other = f"{value.sql} IS NULL OR NOT regexp_full_match({value.sql}, '\\s*-?[0-9]{{4,}}-.*')"
        read = f"regexp_full_match({value.sql}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}')"
        rest = guarded(other, "NULL::DATE", "a text that may be a date in another form")
        return _maybe("date", f"(CASE WHEN {read} THEN TRY_CAST({value.sql} AS DATE) ELSE {rest} END)")
    raise Refused(f"xsd:{kind} of a {value.kind}")


def _whole(value: Value) -> str:
    if value.number:
        return value.number
    if value.kind == "string":
        digits = f"regexp_full_match({value.sql}, '[+-]?[0-9]+')"
        return f"(CASE WHEN {digits} THEN TRY_CAST({value.sql} AS BIGINT) END)"
    if value.kind == "decimal":
        return f"trunc({value.sql})::BIGINT"
    if value.kind == "boolean":
        return f"({value.sql})::BIGINT"
    raise Refused(f"xsd:integer of a {value.kind}")
