"""Tables and texts of every make: line ends, delimiters, headers, JSON, spreadsheets, plain statements."""

import csv
import datetime as dt
import json
import tempfile
from pathlib import Path

import pytest
from helpers_input import HEADER, ROW, dates, lines, only_error, rejected, reports, sheet
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kg.graph import open_graph

BROKEN = "USA,meets,Russia,never\n"
SHORT = "USA,meets\n"
#: Rows with two good facts, rejects between them on the lines given, and a quoted line end before the last reject.
DIRTY = HEADER + ROW + BROKEN + SHORT + 'USA,"meets\nand talks",Poland,2009-03-28\n' + BROKEN
DIRTY_REJECTS = [(3, BROKEN.strip()), (4, SHORT.strip()), (7, BROKEN.strip())]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(load, graph, write, end):
    report = load(write("f.csv", DIRTY.replace("\n", end)))
    assert dates(graph) == ["2009-03-27", "2009-03-28"]
    assert lines(report) == DIRTY_REJECTS


def test_line_ends_mixed_in_one_file(load, graph, write):
    report = load(write("f.csv", HEADER.replace("\n", "\r\n") + ROW + BROKEN.replace("\n", "\r\n") + BROKEN))
    assert not report.failed, only_error(report)
    assert dates(graph) == ["2009-03-27"]
    assert lines(report) == [(3, BROKEN.strip()), (4, BROKEN.strip())]


def test_mixed_line_ends_of_plain_statements(load, graph, write):
    report = load(write("f.txt", "2009-09-17 US scraps missile shield\r\n2009-09-18 NATO praises Russia\n"))
    assert not report.failed, only_error(report)
    assert dates(graph) == ["2009-09-17", "2009-09-18"]


def test_a_carriage_return_inside_quotes(load, graph, write):
    report = load(write("f.csv", HEADER + 'USA,"meets\rand talks",Russia,2009-03-27\n' + BROKEN))
    assert dates(graph) == ["2009-03-27"]
    assert [raw for _, raw in lines(report)] == [BROKEN.strip()]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_empty_lines_are_no_rows(load, graph, write, end):
    text = "\n\n" + HEADER + "\n" + ROW + "\n\n" + SHORT + "\n" + BROKEN + "\n"
    report = load(write("f.csv", text.replace("\n", end)))
    assert report.total("rows") == 3 and dates(graph) == ["2009-03-27"]
    assert lines(report) == [(8, SHORT.strip()), (10, BROKEN.strip())]


def test_rows_after_quoted_line_ends_keep_their_line(load, graph, write):
    text = 'USA,"says\n\n""no""",Russia,2009-03-27\n' + BROKEN + '"USA","a\nb",Poland,never\n' + SHORT + BROKEN
    report = load(write("f.csv", HEADER + text))
    assert [f.action for f in graph.facts()] == ['says\n\n"no"']
    assert lines(report) == [(5, BROKEN.strip()), (6, '"USA","a\nb",Poland,never'), (8, SHORT.strip()), (9, BROKEN.strip())]


#: Kinds of rows, whether each is rejected, by a name for the shrinker's sake.
KINDS = {
    "good": ("USA,meets,Russia,2009-03-27", False),
    "good on two lines": ('USA,"meets\nand, talks",Russia,2009-03-27', False),
    "no date": ("USA,meets,Russia,never", True),
    "no date on three lines": ('USA,"says\n\n""no""",Russia,never', True),
    "short": ("USA,meets", True),
    "short on two lines": ('USA,"a\nb"', True),
    "long": ("USA,meets,Russia,2009-03-27,more", True),
    "empty": ("", None),
}


@given(
    st.lists(st.sampled_from(sorted(KINDS)), max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(0, 2),
    st.booleans(),
)
@example(["short", "no date on three lines", "short on two lines", "empty", "no date"], "\r\n", 1, True)
@settings(max_examples=15, derandomize=True, deadline=None)
def test_rejects_have_their_line_and_their_text(kinds, end, empty, ended):
    with tempfile.TemporaryDirectory() as folder:
        rows = [KINDS[kind] for kind in kinds]
        text = "\n" * empty + HEADER + "\n".join(row for row, _ in rows) + "\n" * ended
        path = Path(folder) / "f.csv"
        path.write_bytes(text.replace("\n", end).encode())
        (report,) = open_graph(Path(folder) / "s.kg").load(path).files
        expected, line = [], empty + 2
        for row, bad in rows:
            expected += [(line, row)] if bad else []
            line += row.count("\n") + 1
        assert report.counts is not None and report.staged is not None
        assert [(r.row, r.raw) for r in report.staged.rejected] == expected
        assert report.counts.rows == sum(bad is not None for _, bad in rows)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(load, graph, write, delimiter):
    text = (HEADER + ROW + "USA,talks about a-b-c,Poland,2009-03-28\n").replace(",", delimiter).replace("-b-", ", b, ")
    load(write("f.csv", text))
    assert [(f.action, f.target) for f in graph.facts()] == [("meets", "RUS"), ("talks about a, b, c", "POL")]


@pytest.mark.parametrize(
    "header", ["subject,predicate,object,date", "head,relation,tail,date", "source,relation,target,date",
               "actor1,event,actor2,date", "Source Actor,Verb,Target Actor,Event Date", " ACTOR , Action ,target,When"],
)  # fmt: skip
def test_headers_as_people_write_them(load, graph, write, header):
    load(write("f.csv", header + "\n" + ROW))
    assert [(f.actor, f.action, f.target, f.when) for f in graph.facts()] == [("USA", "meets", "RUS", "2009-03-27")]


@pytest.mark.parametrize("name", ["n", "row", "width", "problem", "extra", "line", "statement", "of", "json"])
def test_columns_named_like_our_own(load, graph, write, name):
    report = load(write("f.csv", f"actor,action,target,date,{name}\nUSA,meets,Russia,2009-03-27,17\n"))
    assert rejected(report) == [] and dates(graph) == ["2009-03-27"]
    assert json.loads(reports(graph, "extra")[0])[name] == "17"


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("id\tstart\tend\tvisitor\tfrom", "2148\t1920-09-15\t1920-09-16\tPresident Porras visits\tpanama"),
        ("year,who,whom,what", "1920,United States,Panama,visits by the president"),
    ],
    ids=["ids", "years"],
)
def test_a_table_with_numbers_first_is_not_taken_for_statements(load, graph, write, header, row):
    assert "no loader fits" in only_error(load(write("f.txt", f"{header}\n{row}\n{row}\n")))
    assert not graph.store.path.exists()


def test_a_long_cell(kg, graph, write):
    # In a process of its own: Python's limit for cells is one for all of a process.
    write("f.csv", HEADER + f"USA,{'x' * 200_000},Russia,2009-03-27\n" + ROW)
    ran = kg("load", "f.csv")
    assert ran.code == 0 and "Traceback" not in ran.err, ran.err
    assert sorted(len(f.action) for f in graph.facts()) == [5, 200_000]


def test_the_reason_for_a_long_cell_is_short(load, write):
    ((_, reason),) = rejected(load(write("f.csv", HEADER + f"USA,meets,Russia,{'x' * 5000}\n")))
    assert len(reason) < 300 and "is not a date" in reason


OBJECT = '{"actor": "USA", "action": "meets", "target": "%s", "date": "%s"}'
GOOD, ALSO, WRONG = OBJECT % ("Russia", "2009-03-27"), OBJECT % ("Poland", "2009-03-28"), OBJECT % ("Poland", "never")


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(json.dumps(json.loads(o), indent=2) for o in (GOOD, WRONG, ALSO)),
        f"[{GOOD},\n {WRONG}, {ALSO}]",
        f"\ufeff[{GOOD}, {WRONG}, {ALSO}]",
        f"{GOOD}\n{WRONG}\n{ALSO}",
        f"{GOOD}\r\n\r\n{WRONG}\r\n{ALSO}\r\n",
    ],
    ids=["pretty-printed", "array", "array with a mark", "lines", "lines of Windows"],
)
def test_json_in_all_its_forms(load, graph, write, text):
    report = load(write("f.json", text))
    assert dates(graph) == ["2009-03-27", "2009-03-28"]
    assert [reason for _, reason in rejected(report)] == ["'never' is not a date"]


@pytest.mark.parametrize("first", [GOOD, '{"actor": "USA", "act'], ids=["in the middle", "at the top too"])
def test_malformed_json_lines_are_rejected(load, graph, write, first):
    report = load(write("f.jsonl", f'{first}\n\n{{"actor": "USA",\nsee below\n{ALSO}\n[1]\nnull\n'))
    assert not report.failed, only_error(report)
    expected = [(3, '{"actor": "USA",'), (4, "see below"), (6, "[1]"), (7, "null")]
    assert lines(report) == ([] if first == GOOD else [(1, first)]) + expected
    assert dates(graph)[-1] == "2009-03-28"


@pytest.mark.parametrize("text", [f"[{GOOD},", f"[{GOOD}, {ALSO[:30]}", f"[{GOOD}", f"[{GOOD}] trailing words"])
def test_an_array_cut_short_is_refused(load, graph, write, text):
    assert "f.json" in only_error(load(write("f.json", text)))
    assert not graph.store.path.exists()


@pytest.mark.parametrize("text", ['[["USA", "meets", "Russia", "2009-03-27"]]', '["USA meets Russia"]', "[1, 2]"])
def test_json_without_objects_is_not_empty(load, write, text):
    report = load(write("f.json", text))
    assert not report.empty and (report.failed or report.total("rejected"))


def test_json_keys_of_every_make(load, graph, write):
    odd = {"": 1, "a b": 2, 'it\'s "q"': 3, "a/b~c": 4, "meta": {"a": [1, None, "x"]}}
    load(write("f.jsonl", json.dumps(json.loads(GOOD) | odd) + "\n"))
    kept = json.loads(reports(graph, "extra")[0])
    assert {kept[k] for k in ("a b", 'it\'s "q"', "a/b~c")} == {"2", "3", "4"}
    assert json.loads(kept["meta"]) == odd["meta"]


def test_spreadsheets(load, graph, tmp_path):
    head = ["actor", "action", "target", "date"]
    moments = [dt.date(2009, 3, 27), dt.datetime(2009, 3, 28, 23, 30), "2009-03", 2009, None, "never"]
    rows = [[n and "NA", n and "meets", n and "Russia", n] for n in moments]
    report = load(sheet(tmp_path / "f.xlsx", [head, *rows]))
    assert dates(graph) == ["2009", "2009-03", "2009-03-27", "2009-03-28"]
    assert {f.actor for f in graph.facts()} == {"NAM"}
    assert rejected(report) == [(5, "'never' is not a date")]


@pytest.mark.parametrize("rows", [[], [["actor", "action", "target", "date"]]], ids=["no cell", "a header alone"])
def test_empty_spreadsheets(load, tmp_path, rows):
    report = load(sheet(tmp_path / "f.xlsx", rows))
    assert not report.failed and len(report.empty) == 1


def test_empty_rows_above_the_header_of_a_spreadsheet(load, graph, tmp_path):
    load(sheet(tmp_path / "f.xlsx", [[], [], HEADER.strip().split(","), ROW.strip().split(",")]))
    assert dates(graph) == ["2009-03-27"]


def test_plain_statements(load, graph, write):
    text = "2009-09-17 US scraps missile shield\n\n2009-09-18: NATO proposes cooperation to Russia.\n"
    report = load(write("f.txt", text + "2009-09-19 nothing we know\n2009-02-30 US praises Russia\n"))
    found = [(f.when, f.actor, f.action, f.target) for f in graph.facts()]
    assert found[0] == ("2009-09-17", "USA", "scraps", "missile-shield")
    assert found[1] == ("2009-09-18", "NATO", "proposes cooperation", "RUS")
    assert lines(report) == [(4, "2009-09-19 nothing we know"), (5, "2009-02-30 US praises Russia")]


def test_statements_begin_with_dates_as_people_write_them(load, graph, write):
    lines = [
        "17 September 2009: US scraps missile shield",
        "September 18, 2009, NATO praises Russia",
        "2009-10~ US praises Russia",
    ]
    assert rejected(load(write("f.txt", "\n".join(lines)))) == []
    assert [(f.when, f.actor, f.action) for f in graph.facts()] == [
        ("2009-09-17", "USA", "scraps"), ("2009-09-18", "NATO", "praises"), ("2009-10~", "USA", "praises"),
    ]  # fmt: skip


def test_statements_in_a_column(load, graph, write):
    rows = "2009-09-17,US scraps missile shield,AFP\n2009-09-18,,AFP\n,NATO praises Russia,AFP\n"
    report = load(write("f.csv", "date,headline,source\n" + rows))
    assert [(f.actor, f.action, f.sources) for f in graph.facts()] == [("USA", "scraps", ("AFP",))]
    assert reports(graph, "quote") == ["US scraps missile shield"]
    assert [row for row, _ in rejected(report)] == [3, 4]
    assert rejected(report)[0][1] == "the statement is empty" and rejected(report)[1][1] == "there is no date"


@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_rows_without_a_header(load, graph, write, delimiter):
    rows = [["USA", "meets", "Russia", "2009-03-27"], ["USA", "meets, and talks", 'Nicholas "Nick" X', "2009-03-28"]]
    path = write("f.txt", "\t".join(rows[0]) + "\n" + "\t".join(rows[1]) + "\n")
    if delimiter == ",":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    report = load(path)
    assert rejected(report) == []
    assert reports(graph, "actor", "action", "target", "date") == [tuple(row) for row in rows]
