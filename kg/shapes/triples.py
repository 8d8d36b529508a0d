"""N-Triples lines by SQL, from the table in `kg.shapes.rdf`; nothing else knows how a triple is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kg import actions
from kg.duck import literal
from kg.facts import NO_TARGET
from kg.shapes.believed import ends
from kg.shapes.rdf import KEPT, KG, SHAPE, XSD, Described, Term, base, class_of, predicate_of

if TYPE_CHECKING:
    import duckdb

#: A fact that nobody reports any more, as a row of `kg.shapes.believed.believed`.
UNWITNESSED = "(SELECT f.*, NULL AS reports, NULL AS sources, NULL AS witnesses, NULL AS basis FROM kg.fact f)"

# Percent-encoding as RFC 3987 asks for: an id stands in an IRI without breaking out of it. `url_encode` encodes UTF-8 bytes.
_IRI = "'<{base}{kind}/' || url_encode({value}) || '>'"
_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"))


def of_believed(reports: str = "kg.report") -> dict[str, str]:
    """The rows of each part of the shape that belong to the facts in a table ``believed``.

    :param reports: the relation of the reports that tell of them.
    """
    return {
        "entity": f"kg.entity e WHERE e.id IN ({ends()})",
        "fact": "believed f",
        "report": f"{reports} r WHERE r.id IN (SELECT unnest(witnesses) FROM believed)",
    }


def statements(which: Described, relation: str | None = None, *, plain: bool = True, graph: str | None = None) -> str:
    """SQL giving a list of N-Triples lines, or N-Quads lines of a graph, for each row of what is described.

    :param relation: read these rows instead of the shape's own relation, under the same alias.
    :param plain: with the triple ``?actor kg:sanction ?target`` beside a fact.
    """
    subject = _iri(which.subject, f"{which.key}::VARCHAR")
    end = " ." if graph is None else f" <{graph}> .".replace("'", "''")
    lists = []
    single = []
    for term in which.terms:
        if term.many:
            lists.append(f"list_transform(coalesce({term.sql}, []), lambda v: {_line(subject, term, 'v', end)})")
        else:
            single.append(_line(subject, term, term.sql, end))
    if which.subject == "fact" and plain:
        deed = f"{_iri('entity', 'f.actor')} || ' ' || {_by_type(predicate_of)} || ' ' || {_iri('entity', 'f.target')} || '{end}'"
        lists.append(f"CASE WHEN f.target <> '{NO_TARGET}' THEN [{deed}] ELSE [] END")
    lines = f"list_filter([{', '.join(single)}], lambda v: v IS NOT NULL)"
    for more in lists:
        lines = f"list_concat({lines}, {more})"
    return f"SELECT {lines} AS lines FROM {relation or which.relation}"


def write_ntriples(con: duckdb.DuckDBPyConnection, sql: str, file: Path, *, compressed: bool = False) -> None:
    """Write the lines of `statements` to a file, with gzip if it is to be ``compressed``."""
    options = f"FORMAT csv, HEADER false, DELIMITER '', QUOTE '', ESCAPE '', COMPRESSION {'gzip' if compressed else 'none'}"
    con.execute(f"COPY (SELECT unnest(lines) FROM ({sql})) TO {literal(file)} ({options})")


def described(subject: str) -> Described:
    """The part of the shape about ``entity``, ``fact`` or ``report``."""
    return next(d for d in SHAPE if d.subject == subject)


def kept(subject: str) -> Described:
    """The same with what a store keeps besides."""
    which = described(subject)
    return replace(which, terms=(*which.terms, *KEPT[subject]))


def _line(subject: str, term: Term, value: str, end: str) -> str:
    return f"{subject} || ' <{term.predicate}> ' || {_object(term, value)} || '{end}'"


def _object(term: Term, value: str) -> str:
    if term.kind in ("entity", "fact", "report"):
        return _iri(term.kind, f"({value})::VARCHAR")
    if term.kind == "class":
        return _by_type(class_of)
    if term.kind == "term":
        return f"'<{KG}' || {value} || '>'"
    if term.kind == "iri":
        return f"'<' || {value} || '>'"
    if term.kind == "string":
        return f"'\"' || {_escaped(value)} || '\"'"
    return f"'\"' || ({value})::VARCHAR || '\"^^<{XSD}{term.kind}>'"


def _by_type(iri: Callable[[str], str]) -> str:
    cases = " ".join(f"WHEN '{t}' THEN '<{iri(t)}>'" for t in actions.types())
    return f"CASE f.type {cases} END"


def _escaped(value: str) -> str:
    """A text as N-Triples writes it; control characters that no RDF syntax can hold are dropped."""
    sql = f"({value})"
    for plain, escape in _ESCAPES:
        sql = f"replace({sql}, {_char(plain)}, '{escape}')"
    return sql


def _char(text: str) -> str:
    return f"chr({ord(text)})"


def _iri(kind: str, value: str) -> str:
    return _IRI.format(base=base().replace("'", "''"), kind=kind, value=value)
