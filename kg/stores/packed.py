"""Rows as one text, which a server takes apart.

Neo4j's driver packs values one after the other in Python, and that takes longer than the server needs to write them: of loading
100 000 facts half the time. DuckDB joins rows into a text in no time, a text is packed at once, and ``split`` is cheap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kg.shapes.property_graph import Property
from kg.stores.bolt import Statement

if TYPE_CHECKING:
    import duckdb

# Control characters that no text should have, and for one that has them characters that nobody else may use.
_CANDIDATES = ["\x1c\x1d\x1e\x1f", *("".join(chr(n + i) for i in range(4)) for n in range(0xE000, 0xF8FC, 4))]


def separators(con: duckdb.DuckDBPyConnection, texts: str) -> str:
    """Four characters that are in none of the texts, a column ``v`` that SQL gives."""
    return next(some for some in _CANDIDATES if not con.execute(f"SELECT 1 FROM ({texts}) WHERE {_any(some)} LIMIT 1").fetchall())


def _any(some: str) -> str:
    return " OR ".join(f"contains(v, chr({ord(c)}))" for c in some)


def unwound(con: duckdb.DuckDBPyConnection, columns: Sequence[Property], relation: str, rest: str) -> Iterator[Statement]:
    """A Cypher statement that goes through rows, if there are any.

    :param rest: what is done with each; ``{0}`` is the first column's value, ``{1}`` the second's, and so on.
    """
    listed = ", ".join(f"{c.sql} AS c{n}" for n, c in enumerate(columns))
    texts = " || ".join(f"coalesce({_text(c, n, '')}, '')" for n, c in enumerate(columns) if c.type.startswith("STRING"))
    rows = f"SELECT {listed} FROM {relation}"
    element, none, cell, row = tuple(separators(con, f"SELECT {texts} AS v FROM ({rows})"))
    cells = f" || chr({ord(cell)}) || ".join(f"coalesce({_text(c, n, element)}, chr({ord(none)}))" for n, c in enumerate(columns))
    found = con.execute(f"SELECT string_agg({cells}, chr({ord(row)})) FROM ({rows})").fetchall()[0][0]
    if found is None:
        return
    text = "UNWIND split($rows, $row) AS line WITH split(line, $cell) AS row " + rest.format(
        *(_value(c, f"row[{n}]") for n, c in enumerate(columns))
    )
    yield text, {"rows": found, "row": row, "cell": cell, "none": none, "element": element}


def _text(column: Property, n: int, element: str) -> str:
    if column.type == "STRING[]":
        return f"array_to_string(c{n}, '{element}')"
    return f"c{n}::VARCHAR"


def _value(column: Property, cell: str) -> str:
    """The value of a cell in Cypher."""
    if column.type == "INT64":
        return f"toInteger({cell})"  # of what is no number: null
    if column.type == "DOUBLE":
        return f"toFloat({cell})"
    known = {"DATE": f"date({cell})", "STRING[]": f"split({cell}, $element)"}.get(column.type, cell)
    return f"CASE {cell} WHEN $none THEN null ELSE {known} END"
