"""What query text may not do: write, read files, or reach the network. Told by its words, without strings and comments."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from numbers import Integral, Real
from uuid import UUID

from kg.errors import QueryError
from kg.shapes.rdf import PREFIXES
from kg.tokens import CYPHER, SPARQL

_IRI = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*>")
# A letter written by its code point, which SPARQL allows anywhere, in a keyword too; not what only looks so, after a backslash
# that another one has escaped, nor other characters, which could end a text.
_ESCAPED_LETTER = re.compile(r"(?<!\\)((?:\\\\)*)\\(?:u(00[46][1-9A-Fa-f]|00[57][0-9Aa])|U0000(00[46][1-9A-Fa-f]|00[57][0-9Aa]))")
# Any character by its code point: Neo4j reads those of Cypher before it reads anything else.
_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})")
# An IRI that some servers would read a file for.
_FILE = re.compile(r"<\s*file:", re.IGNORECASE)
#: What a parameter of SPARQL can be, and what to do about a value that is none of it.
_TERMS = "a parameter is a text, a number, a date, a truth value or an Iri"
_SEVERAL = "give each value a parameter of its own: VALUES ?x { $a $b }"
_NO_TERM: Mapping[type, str] = {
    type(None): "leave what it is for out of the query; among VALUES write UNDEF",
    **dict.fromkeys((list, tuple, set, frozenset), _SEVERAL),
}
_XSD = "http://www.w3.org/2001/XMLSchema#"
_CYPHER_REACHING = {
    "LOAD",
    "COPY",
    "EXPORT",
    "IMPORT",
    "INSTALL",
    "UNINSTALL",
    "ATTACH",
    "USE",
    "UPDATE",
    "PROJECT_GRAPH",
    "ANALYZE",
    "FORCE",
}
_CYPHER_WRITING = {
    "CREATE",
    "MERGE",
    "DELETE",
    "DETACH",
    "SET",
    "REMOVE",
    "DROP",
    "ALTER",
    "COMMENT",
    "CHECKPOINT",
    "BEGIN",
    "COMMIT",
    "FOREACH",
    "INSERT",
}
_CYPHER_HINT = "load files with kg load"
_CYPHER_NAMES = "facts come in by kg load and go by kg retract; a name like that is written in backticks"
_CYPHER_BEGINNINGS = {"MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN", "CALL", "EXPLAIN", "PROFILE"}
#: Words that reach out in the middle of a statement too.
CYPHER_REACHING = ("load", "copy", "export", "import", "install", "attach")
#: Table functions of Ladybug that only look at the catalogue.
_CYPHER_CALLS = {"SHOW_TABLES", "TABLE_INFO", "SHOW_FUNCTIONS", "SHOW_CONNECTION", "DB_VERSION", "SHOW_MACROS"}
#: What to do about SPARQL that can't be read.
SPARQL_HINT = f"known prefixes: {', '.join(PREFIXES)}; a query that works: kg ask facts-at --show sparql"
_SPARQL_WRITING = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"}


def check_cypher(text: str, parameters: Collection[str], calls: Collection[str] = _CYPHER_CALLS) -> None:
    """Refuse Cypher that is anything but one reading statement over the graph, with a value for each parameter.

    :param parameters: names of those that have one.
    :param calls: what may be called, in capitals, up to the first dot.
    :raises QueryError: naming the word that does it, or the parameter.
    """
    _check_parameters({m["parameter"] or m["quoted"] for m in CYPHER.finditer(text)} - {None}, parameters)
    # Both as it stands and as an engine reads it that puts characters in the place of code points first.
    for read in dict.fromkeys((text, _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text))):
        _check_words([m for m in CYPHER.finditer(read) if m["number"] or m["word"] or m["mark"] or m["name"]], calls)


def _check_words(tokens: Sequence[re.Match[str]], calls: Collection[str]) -> None:
    for i, token in enumerate(tokens):
        word = (token["word"] or "").upper()
        following = tokens[i + 1][0].strip("`").upper() if i + 1 < len(tokens) else ""
        named = _is_name(tokens, i) or following in (":", ".")
        if word in _CYPHER_REACHING and not named:
            raise QueryError(f"{word} is refused: a query reads the graph only, no files and no network", hint=_CYPHER_HINT)
        if word in _CYPHER_WRITING and not named and following not in (")", ",", "=", ""):
            raise QueryError(f"{word} is refused: queries don't write", hint=_CYPHER_NAMES)
        if word == "CALL" and not named and following not in {*calls, "{", "("}:
            raise QueryError(f"CALL {following.lower()} is refused", hint=f"allowed: {', '.join(sorted(calls)).lower()}")
        if token[0] == ";" and following:
            raise QueryError("there is more than one statement", hint="ask them one by one")
    if tokens and (tokens[0]["word"] or "").upper() not in _CYPHER_BEGINNINGS:
        raise QueryError(f"a query can't begin with {tokens[0][0]!r}", hint="begin with MATCH, UNWIND, WITH, RETURN or CALL")


def _is_name(tokens: Sequence[re.Match[str]], i: int) -> bool:
    """Whether what stands before a word makes a name of it: ``x.`` a property, ``:`` and ``:A|`` a label, ``AS`` a variable."""
    before = [token[0].upper() for token in tokens[max(0, i - 2) : i]]
    if not before:
        return False
    if before[-1] in (":", "AS"):
        return True
    if before[-1] == ".":
        return not tokens[i - 2]["number"] if i > 1 else False
    while i > 1 and tokens[i - 1][0] == "|" and (tokens[i - 2]["word"] or tokens[i - 2]["name"]):
        i -= 2
    return i > 0 and tokens[i - 1][0] == ":"


def cypher_words(text: str) -> str:
    """Cypher with a blank for each text, comment and name in backticks."""
    return CYPHER.sub(lambda m: " " if m["skip"] or m["name"] else m[0], text)


def _check_parameters(named: Collection[str], given: Collection[str]) -> None:
    if unused := sorted({*given} - {*named}):
        raise QueryError(f"the query has no ${unused[0]}", hint="write a parameter as $name")
    if missing := sorted({*named} - {*given}):
        raise QueryError(f"no value for ${', $'.join(missing)}", hint=f"give it with --param {missing[0]}=VALUE")


class Iri(str):
    """A SPARQL parameter that is an IRI, ``<http://...>``, and not a text that looks like one."""


def disguised(text: str, words: Iterable[str], *, unescaped: bool = True) -> str | None:
    """The text with each of these words spoilt wherever its letters stand, or ``None`` if they stand nowhere.

    Whoever must not take a word can hand this to the engine's own parser: if it still reads, the word was only part of a name
    or a text. Our tokens above make good messages, but where one ends is for the engine alone to say.
    """
    plain = _unescaped(text) if unescaped else text
    strange = "q" * (1 + max(map(len, re.findall("q+", plain, re.IGNORECASE)), default=1))  # nothing is called so yet
    spoilt = re.sub("|".join(words), lambda m: m[0][:-1] + strange, plain, flags=re.IGNORECASE)
    return None if spoilt == plain else spoilt


def _unescaped(text: str) -> str:
    return _ESCAPED_LETTER.sub(lambda m: m[1] + chr(int(m[2] or m[3], 16)), text)


def check_sparql(text: str, *, graphs: bool = False) -> bool:
    """Refuse SPARQL that reaches out of the store.

    :param graphs: whether the store is an endpoint, whose graphs may be named, and which may take updates where it takes queries.
    :returns: whether it names some.
    :raises QueryError: naming the word that does it.
    """
    _check_letters(text, "the query")
    words = _sparql_words(text)
    named = "FROM" in words or (_hidden(text, "from") and _reads(text))
    if named and not graphs:
        raise QueryError("FROM is refused: the store has one graph, its own", hint="leave the FROM clause out")
    if named and _FILE.search(_unescaped(text)):
        raise QueryError("FROM is refused: it names a file", hint="FROM takes the names of graphs that the endpoint has")
    if "SERVICE" in words or _hidden(text, "service"):
        raise QueryError("SERVICE is refused: a query asks this store only", hint="ask the other endpoint by itself")
    if graphs and not _reads(text):
        check_sparql_writes(text)  # some endpoints do as it says, for a user who may write
    return named


def _hidden(text: str, word: str) -> bool:
    """Whether a word is more than part of a name or a text to a reader, who may or may not have code points read first."""
    ways = {disguised(text, [word], unescaped=unescaped) for unescaped in (False, True)}  # one, if there are no code points
    return any(spoilt is not None and not _reads(spoilt) for spoilt in ways)


def _check_letters(text: str, name: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise QueryError(f"{name} has half a letter, {text[error.start]!r}", hint="was it read in the wrong encoding?") from None


def check_sparql_writes(text: str) -> None:
    """Say of SPARQL that an engine could not read as a query if it is an update.

    :raises QueryError: naming the word that makes it one.
    """
    if found := [w for w in _sparql_words(_unescaped(text)) if w in _SPARQL_WRITING]:
        raise QueryError(f"{found[0]} is refused: queries don't write", hint="facts come in by kg load and go by kg retract")


def _sparql_words(text: str) -> list[str]:
    return [m["word"].upper() for m in SPARQL.finditer(text) if m["word"]]


def _reads(text: str) -> bool:
    """Whether Oxigraph can read a query; asked of an empty store, where it costs nothing."""
    import pyoxigraph as ox

    try:
        ox.Store().query(text, prefixes=PREFIXES)
    except SyntaxError:
        return False
    except RuntimeError:  # a function that Oxigraph does not have; an endpoint may
        return True
    return True


def with_parameters(text: str, parameters: Mapping[str, object]) -> str:
    """SPARQL with each ``$name`` outside strings, IRIs and comments replaced by its value as a term.

    SPARQL has no parameters of its own; values are written as complete literals, so that none can end one and go on.

    :raises QueryError: if a parameter does not occur, or has a value that is no term.
    """
    found = {m["parameter"] for m in SPARQL.finditer(text)}
    if unused := sorted(set(parameters) - found):
        raise QueryError(f"the query has no ${unused[0]}", hint="write a parameter as $name")

    def replace(match: re.Match[str]) -> str:
        name = match["parameter"]
        if not name or name not in parameters:
            return match[0]
        term = sparql_term(parameters[name], f"${name}")
        return term if term[0] in '"<' else f" {term} "  # else it would be one with the number or the name beside it

    return SPARQL.sub(replace, text)


def with_values(text: str, values: Mapping[str, object]) -> str:
    """Cypher with each ``$name`` that has a value replaced by it as a literal, to be pasted where parameters can't be given."""

    def literal(match: re.Match[str]) -> str:
        name = match["parameter"] or match["quoted"]
        return _cypher_literal(values[name]) if name in values else match[0]

    return CYPHER.sub(literal, text)


def _cypher_literal(value: object) -> str:
    if isinstance(value, dt.date):
        return f'date("{value.isoformat()}")'
    # JSON's texts are Cypher's too; other letters than ASCII stay readable.
    return json.dumps(value if isinstance(value, bool | int | float) else str(value), ensure_ascii=False)


def sparql_term(value: object, name: str = "a value") -> str:
    """A value as a SPARQL term: dates, numbers, truth values, an `Iri`; texts and UUIDs are strings.

    :param name: what to call it in the message.
    :raises QueryError: for all else, and for a decimal that is no number.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return f'"{value.isoformat()}"^^<{_XSD}date>'
    if isinstance(value, Integral):
        return str(int(value))  # bare, because LIMIT takes no typed literal
    if isinstance(value, Decimal) and value.is_finite():
        return f'"{value:f}"^^<{_XSD}decimal>'
    if isinstance(value, Real):
        return f'"{_double(float(value))}"^^<{_XSD}double>'
    if not isinstance(value, str | UUID):
        what = "None" if value is None else f"the decimal {value}" if isinstance(value, Decimal) else f"a {type(value).__name__}"
        raise QueryError(f"{name} is {what}, and SPARQL has no term for that", hint=_NO_TERM.get(type(value), _TERMS))
    text = str(value)
    _check_letters(text, name)
    if isinstance(value, Iri) and _IRI.fullmatch(text):
        return text
    for plain, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, escape)
    return f'"{text}"'


def _double(value: float) -> str:
    """As `xsd:double` has it, which knows no ``inf``."""
    if math.isnan(value):
        return "NaN"
    return str(value) if math.isfinite(value) else "INF" if value > 0 else "-INF"
