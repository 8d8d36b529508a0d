"""Statements of Wikidata's RDF model as rows: subject, property, value, rank and the dates of their qualifiers.

The model: https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format (an item leads by ``p:`` to a statement, that by
``ps:`` to its value and by ``pq:`` to its qualifiers; of a date ``pqv:`` leads to a node that says how exact it is).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from kg.errors import InputError

_ENTITY = "http://www.wikidata.org/entity/"
_PROPERTY = "http://www.wikidata.org/prop/"
_ONTOLOGY = "http://wikiba.se/ontology#"
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
#: Qualifiers that are columns of their own: start time, end time, point in time.
_DATES = {"P580": "start", "P582": "end", "P585": "point"}
_DATE_QUALIFIERS = {f"{_PROPERTY}qualifier/{property_}" for property_ in _DATES}
#: What a row has.
COLUMNS = ("statement", "subject", "subject_label", "property", "value", "value_label", "rank", *_DATES.values(), "qualifiers")
#: The text of a date of which Wikidata says that there is one but not which ("unknown value").
UNKNOWN = "unknown"
_UNKNOWN_VALUE = "/.well-known/genid/"
#: Statements are gathered in memory, some 10 million triples in a gigabyte of text; whole dumps of Wikidata are far beyond.
MOST_BYTES = 1 << 30


def statements(name: str, path: Path, work: Path) -> Path | None:
    """The statements of a Turtle or N-Triples file whose values are items, as a Parquet file in ``work``; or ``None``.

    Dates are EDTF texts, as exact as a date's own node says, else as written; `UNKNOWN` is one of unknown value, and what is less
    exact than a century says so (``1000-01-01 within 1,000 years``). Labels are English ones, if the file has them.

    :raises InputError: if it is no Turtle, or too large.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq
    import pyoxigraph as ox

    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{name} has more than {MOST_BYTES} bytes of RDF", hint="cut out the statements you want")
    nodes: dict[str, dict[str, list[str]]] = {}
    labels: dict[str, str] = {}
    try:
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            if not isinstance(quad.subject, ox.NamedNode):
                continue
            subject, predicate, value = quad.subject.value, quad.predicate.value, quad.object.value
            if isinstance(quad.object, ox.BlankNode):  # an unknown value; newer dumps have a genid for it
                if predicate not in _DATE_QUALIFIERS:
                    continue
                value = UNKNOWN
            if predicate.startswith((_PROPERTY, _ONTOLOGY)):
                nodes.setdefault(subject, {}).setdefault(predicate, []).append(value)
            elif predicate == _LABEL and quad.object.language == "en":
                labels[subject] = value
    except SyntaxError as error:
        raise InputError(f"can't read the Turtle of {name}: {error.msg}", hint="is the file whole?") from None
    rows = [row for subject in nodes for row in _of_item(subject, nodes, labels)]
    if not rows:
        return None
    plain = work / f"statements-{len(list(work.iterdir()))}"
    schema = pa.schema([(c, pa.string()) for c in COLUMNS])
    pq.write_table(pa.Table.from_pylist(rows, schema), plain)
    return plain


def _of_item(subject: str, nodes: dict[str, dict[str, list[str]]], labels: dict[str, str]) -> Iterator[dict[str, str | None]]:
    for predicate, named in nodes[subject].items():
        property_ = predicate.removeprefix(_PROPERTY)
        if property_ == predicate or "/" in property_:
            continue
        for statement in named:
            node = nodes.get(statement, {})
            for value in node.get(f"{_PROPERTY}statement/{property_}", []):
                if value.startswith(_ENTITY):
                    yield {
                        "statement": statement.rpartition("/")[2], "subject": subject.removeprefix(_ENTITY),
                        "subject_label": labels.get(subject), "property": property_, "value": value.removeprefix(_ENTITY),
                        "value_label": labels.get(value),
                        "rank": next(iter(node.get(f"{_ONTOLOGY}rank", ())), "").removeprefix(_ONTOLOGY) or None,
                        **{column: _date(node, p, nodes) for p, column in _DATES.items()},
                        "qualifiers": _qualifiers(node),
                    }  # fmt: skip


def _qualifiers(node: dict[str, list[str]]) -> str | None:
    prefix = f"{_PROPERTY}qualifier/"
    found = {p.removeprefix(prefix): v for p, v in node.items() if p.startswith(prefix) and "/" not in p.removeprefix(prefix)}
    return json.dumps(found, ensure_ascii=False, sort_keys=True) if found else None


def _date(node: dict[str, list[str]], property_: str, nodes: dict[str, dict[str, list[str]]]) -> str | None:
    """The date of a qualifier as EDTF, of several the first, as texts sort; `UNKNOWN` if none is known but there is one."""
    dates = []
    for value in node.get(f"{_PROPERTY}qualifier/value/{property_}", []):
        exact = nodes.get(value, {})
        for text in exact.get(f"{_ONTOLOGY}timeValue", []):
            precision = next(iter(exact.get(f"{_ONTOLOGY}timePrecision", ())), "11")
            dates.append(_exactly(text, int(precision)))
    texts = node.get(f"{_PROPERTY}qualifier/{property_}", [])
    dates = dates or [_exactly(text, 11) for text in texts if text[:1] in "-+0123456789"]
    unknown = any(text == UNKNOWN or _UNKNOWN_VALUE in text for text in texts)
    return min(dates, default=UNKNOWN if unknown else None)


def _exactly(text: str, precision: int) -> str:
    """A time by Wikidata's precisions: 11 a day, 10 a month, 9 a year, 8 a decade, 7 a century, below them more years.

    There are two conventions for a century: that of the year's first digits (1900 is in the 1900s), and that by which the 20th
    century is 1901 to 2000, so that 1900 is in the 19th. Wikibase shows centuries by the second (``MwTimeIsoFormatter`` rounds
    up) and decades by their digits, and what it shows is what its editors mean. EDTF has the first alone, so the 20th century
    becomes ``19XX``.
    """
    day = text.removeprefix("+").partition("T")[0]
    year = day.partition("-")[0]
    if len(year) != 4 or year == "0000":  # outside the calendar, or no year; the load says so
        return day
    if precision < 7:
        return f"{day} within {10 ** (9 - precision):,} years"
    return {10: day[:7], 9: year, 8: f"{year[:3]}X", 7: f"{(int(year) - 1) // 100:02}XX"}.get(precision, day)
