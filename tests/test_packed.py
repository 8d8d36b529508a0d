"""Rows as one text: taken apart as the statement says, they are the rows that were put in."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import duck
from kg.errors import StoreError
from kg.shapes.property_graph import Property
from kg.stores import packed

COLUMNS = (
    Property("id", "STRING", "t.id"),
    Property("note", "STRING", "t.note"),
    Property("day", "DATE", "t.day"),
    Property("n", "INT64", "t.n"),
    Property("score", "DOUBLE", "t.score"),
    Property("names", "STRING[]", "t.names"),
)
#: What stands for a statement; what it says of each row is only looked at.
MADE = "RETURN {0} | {1} | {2} | {3} | {4} | {5}"
#: What Cypher makes of a cell.
READ = {
    "STRING": str, "DATE": dt.date.fromisoformat, "INT64": int, "DOUBLE": float,
}  # fmt: skip


def sent(rows):
    """The statement for rows and its parameters; nothing if there is none."""
    with duck.connect() as con:
        con.execute("CREATE TABLE t (id VARCHAR, note VARCHAR, day DATE, n BIGINT, score DOUBLE, names VARCHAR[])")
        con.execute(
            "INSERT INTO t SELECT * FROM (SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::DATE[]),"
            " unnest(?::BIGINT[]), unnest(?::DOUBLE[]), unnest(?::VARCHAR[][]))",
            [list(column) for column in zip(*rows, strict=True)] or [[]] * len(COLUMNS),
        )
        return next(packed.unwound(con, COLUMNS, "t", MADE), None)


def received(text, values):
    """The rows that a server makes of it."""
    given = text.split("RETURN ")[1].split(" | ")
    rows = []
    for line in values["rows"].split(values["row"]):
        cells = line.split(values["cell"])
        rows.append(tuple(_value(c, given[n], cells, values) for n, c in enumerate(COLUMNS)))
    return rows


def _value(column, expression, cells, values):
    if expression.startswith("$"):
        return values[expression[1:]]
    cell = cells[int(expression[expression.index("[") + 1 : expression.index("]")])]
    if cell == values["none"]:
        return None
    return cell.split(values["element"]) if column.type == "STRING[]" else READ[column.type](cell)


TEXTS = st.text(st.sampled_from("ab'\x1c\x1d\x1e\x1f\ue000\ue001é"), max_size=6)
ROWS = st.tuples(
    TEXTS,
    st.none() | TEXTS,
    st.none() | st.dates(),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.lists(TEXTS, min_size=1, max_size=3),
)


@given(st.lists(ROWS, min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_rows_arrive_as_they_are_whatever_texts_hold(rows):
    assert received(*sent(rows)) == rows


@given(ROWS, st.sets(st.integers(1, 5)))
@settings(max_examples=30, deadline=None)
def test_what_many_rows_have_alike_is_sent_once(row, varied):
    """Columns that differ in one row only are cells; the others parameters of the statement."""
    other = ("one more", "\x1d", dt.date(1494, 6, 7), -7, 0.125, ["\x1f", "b"])
    rows = [(f"{n}{row[0]}", *row[1:]) for n in range(packed._MANY)]
    rows[7] = (rows[7][0], *(other[n] if n in varied else row[n] for n in range(1, 6)))
    text, values = sent(rows)
    assert received(text, values) == rows
    same = {f"all{n}" for n in range(1, 6) if rows[7][n] == row[n]}
    assert {name for name in values if name.startswith("all")} == same


def test_what_is_alike_is_sent_as_the_text_that_a_cell_would_be():
    with duck.connect() as con:
        con.execute(f"CREATE TABLE t AS SELECT range::VARCHAR AS id, md5_number('x')::UUID AS fact FROM range({packed._MANY})")
        [(_, values)] = packed.unwound(
            con, (Property("id", "STRING", "t.id"), Property("fact", "STRING", "t.fact")), "t", "{0} {1}"
        )
        assert values["all1"] == con.execute("SELECT any_value(fact)::VARCHAR FROM t").fetchall()[0][0]


def test_few_rows_have_a_statement_of_their_own_for_all():
    """Or a server would plan one for whatever they happen to have alike."""
    text, values = sent([("a", None, None, None, None, None)])
    assert "$all" not in text
    assert values["rows"].count(values["none"]) == 5


def test_no_rows_no_statement():
    assert sent([]) is None


def test_a_text_with_all_characters_that_could_stand_between_is_said_to_have_them():
    with pytest.raises(StoreError, match="all characters"):
        sent([("".join(packed._CANDIDATES), None, None, None, None, None)])
