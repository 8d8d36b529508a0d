"""Rows as one text, which a server takes apart.

Neo4j's driver packs values one after the other in Python, and that takes longer than the server needs to write them: of loading
100 000 facts half the time. DuckDB joins rows into a text in no time, a text is packed at once, and ``split`` is cheap. What
all rows have alike is sent once: of reports, half the cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kg.errors import StoreError
from kg.shapes.property_graph import Property
from kg.stores.bolt import Statement

if TYPE_CHECKING:
    import duckdb

# Control characters that no text should have, and for one that has them characters that nobody else may use.
_CANDIDATES = ["\x1c\x1d\x1e\x1f", *("".join(chr(n + i) for i in range(4)) for n in range(0xE000, 0xF8FC, 4))]
#: Rows from which on it is worth while to look for what they have alike. A server plans every statement anew that it has not met,
#: and so few rows have now this, now that alike.
_MANY = 500


def separators(con: duckdb.DuckDBPyConnection, texts: str) -> str:
    """Four characters that are in none of the texts, a column ``v`` that SQL gives."""
    return next(some for some in _CANDIDATES if not con.execute(f"SELECT 1 FROM ({texts}) WHERE {_any(some)} LIMIT 1").fetchall())


def _any(some: str) -> str:
    return " OR ".join(f"contains(v, chr({ord(c)}))" for c in some)


def unwound(con: duckdb.DuckDBPyConnection, columns: Sequence[Property], relation: str, rest: str) -> Iterator[Statement]:
    """A Cypher statement that goes through rows, if there are any.

    :param rest: what is done with each; ``{0}`` is the first column's value, ``{1}`` the second's, and so on.
    :raises StoreError: if no characters are left to stand between texts.
    """
    # The driver packs no UUIDs: what is text there is text here.
    text = {"STRING": "::VARCHAR", "STRING[]": "::VARCHAR[]"}
    listed = ", ".join(f"({c.sql}){text.get(c.type, '')} AS c{n}" for n, c in enumerate(columns))
    con.execute(f"CREATE OR REPLACE TEMP TABLE unwound AS SELECT {listed} FROM {relation}")
    alike = _alike(con, len(columns))
    cells = {n: c for n, c in enumerate(columns) if n not in alike}
    joined = _joined(con, cells)
    if not joined:
        return
    places = {n: f"row[{place}]" for place, n in enumerate(cells)}
    values = [_value(c, places[n]) if n in cells else f"$all{n}" for n, c in enumerate(columns)]
    statement = "UNWIND split($rows, $row) AS line WITH split(line, $cell) AS row " + rest.format(*values)
    yield statement, joined | {f"all{n}": value for n, value in alike.items()}


def _alike(con: duckdb.DuckDBPyConnection, width: int) -> dict[int, Any]:
    """What all of many rows have alike, by the number of its column."""
    same = ", ".join(f"count(c{n}) IN (0, count(*)) AND min(c{n}) IS NOT DISTINCT FROM max(c{n})" for n in range(width))
    [(rows, *found)] = con.execute(f"SELECT count(*), {same} FROM unwound").fetchall()
    if rows < _MANY:
        return {}
    first = con.execute("SELECT * FROM unwound LIMIT 1").fetchall()[0]
    return {n: first[n] for n, one in enumerate(found) if one}


def _joined(con: duckdb.DuckDBPyConnection, cells: dict[int, Property]) -> dict[str, str]:
    """The cells of all rows as one text, and the characters between and within them; nothing if there are no rows."""
    nulls = " + ".join(f"count(*) - count(c{n})" for n in cells)
    inner = " + ".join(["0", *(f"coalesce(sum(len(c{n}) - 1), 0)" for n, c in cells.items() if c.type == "STRING[]")])
    for some in _CANDIDATES:
        element, none, cell, row = tuple(some)
        line = f" || chr({ord(cell)}) || ".join(f"coalesce({_text(c, n, element)}, chr({ord(none)}))" for n, c in cells.items())
        asked = f"SELECT string_agg({line}, chr({ord(row)})), count(*), {nulls}, {inner} FROM unwound"
        [(found, rows, of_none, of_element)] = con.execute(asked).fetchall()
        if not rows:
            return {}
        # Where a text has one of the characters, there are more of them than we put in.
        given = {row: rows - 1, cell: rows * (len(cells) - 1), none: of_none, element: of_element}
        if all(found.count(character) == times for character, times in given.items()):
            return {"rows": found, "row": row, "cell": cell, "none": none, "element": element}
    raise StoreError(
        "texts have all characters that could stand between them",
        hint="one with every character of Unicode for private use (U+E000 and on) is no text: leave its row out",
    )


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
