"""The faults that users of other tools reported, each with a small input and the right outcome (dates, encodings, identity)."""

import bz2
import csv
import datetime as dt
import gzip
import json
import lzma
import os
import re
import tarfile

import pyarrow as pa
import pytest
from helpers_input import HEADER, ROW, TABLES, dates, exported, lines, objects, only_error, rejected, reports, sheet, table

# Dates


@pytest.mark.parametrize("order", [None, "day-first"])
def test_d01_one_order_for_the_whole_column(load, graph, inputs, order):
    load(inputs / "d01.csv", order=order)
    assert dates(graph) == ["2009-05-22", "2009-05-23", "2009-07-06"]


def test_d01_two_orders_in_one_column_are_refused(load, graph, write):
    said = only_error(load(write("d01.csv", HEADER + "USA,meets,Russia,15/4/2009\nUSA,meets,Russia,4/16/2009\n")))
    assert "15/4/2009" in said and "4/16/2009" in said
    assert not graph.store.path.exists()


def test_d02_an_order_that_nothing_settles_is_refused(load, graph, inputs):
    said = only_error(load(inputs / "d02.csv"))
    assert "column date" in said and "day-first" in said and "month-first" in said
    assert {"2009-06-05", "2009-05-06"} <= set(re.findall(r"\d{4}-\d\d-\d\d", said))
    assert not graph.store.path.exists()


@pytest.mark.parametrize(
    ("order", "expected"), [("day-first", ["2009-03-04", "2009-06-05"]), ("month-first", ["2009-04-03", "2009-05-06"])]
)
def test_d02_the_user_settles_the_order(load, graph, inputs, order, expected):
    load(inputs / "d02.csv", order=order)
    assert dates(graph) == expected


def test_d04_no_day_is_made_up(load, graph, inputs):
    load(inputs / "d04.csv")
    first = dt.date(2009, 3, 1)
    assert [(f.date, f.until, f.precision) for f in graph.facts()] == [
        (dt.date(2009, 1, 1), dt.date(2010, 1, 1), "year"),
        (first, dt.date(2009, 4, 1), "month"),
        (dt.date(2009, 3, 27), dt.date(2009, 3, 28), "day"),
        (dt.date(2009, 12, 1), dt.date(2010, 1, 1), "month"),
    ]
    assert reports(graph, "date") == ["March 2009", "2009", "2009-03-27", "2009-12"]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_d06_digits_alone(load, graph, inputs, write, tmp_path, form):
    numbers = [20090327, 1238112000, 200903]
    texts = {"actor": "USA", "action": "meets", "target": "Russia"}
    path = inputs / "d06.csv"
    if form == "jsonl":
        path = write("d06.jsonl", "".join(json.dumps(texts | {"date": n}) + "\n" for n in numbers))
    elif form == "parquet":
        path = table(tmp_path / "d06.parquet", **{k: [v] * 3 for k, v in texts.items()}, date=pa.array(numbers, pa.int64()))
    elif form == "xlsx":
        path = sheet(tmp_path / "d06.xlsx", [[*texts, "date"], *([*texts.values(), n] for n in numbers)])
    report = load(path)
    assert dates(graph) == ["2009-03", "2009-03-27"]
    ((_, reason),) = rejected(report)
    assert "1238112000" in reason and "1970" in reason


def test_d07_impossible_days_and_placeholders(load, graph, inputs):
    report = load(inputs / "d07.csv")
    assert dates(graph) == ["2009-03-27"]
    assert [row for row, _ in rejected(report)] == [2, 3, 4, 5, 7]
    for (_, reason), text in zip(
        rejected(report), ("2009-02-30", "0000-00-00", "00000000", "99999999", "9999-12-31"), strict=True
    ):
        assert text in reason


def test_d09_the_day_as_written_counts_everywhere(load, graph, inputs, tmp_path):
    load(inputs / "d09.csv")
    day = dt.date(2009, 9, 17)
    assert [f.date for f in graph.facts()] == [day]
    assert graph.cypher("MATCH (:Entity)-[r]->(:Entity) RETURN r.date").rows == [(day,)]
    assert graph.sparql("SELECT ?d { ?f a kg:Retreat ; kg:date ?d }").rows == [(day,)]
    for form in TABLES:
        assert exported(graph, tmp_path, form, "date", "start") == [("2009-09-17", "2009-09-17")]
    for form in ("ttl", "nt"):
        assert objects(graph, tmp_path, form, "date") == ["2009-09-17"]
        assert objects(graph, tmp_path, form, "dateText") == ["2009-09-17T23:30:00-05:00"]
    graph.export(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "2009-09-17" in page and "2009-09-18T04:30" not in page


def test_d09_an_instant_is_the_same_day_on_every_machine(kg, graph, tmp_path):
    instant = dt.datetime(2009, 9, 17, 23, 30, tzinfo=dt.UTC)
    base = {"actor": ["USA"], "action": ["meets"], "target": ["Russia"]}
    table(tmp_path / "t.parquet", **base, date=pa.array([instant], pa.timestamp("us", tz="UTC")))
    assert kg("load", "t.parquet", TZ="Asia/Tokyo").code == 0
    assert dates(graph) == ["2009-09-17"]


def test_d10_times_with_and_without_offset(load, graph, inputs, tmp_path):
    load(inputs / "d10.csv")
    assert dates(graph) == ["2009-03-27"] * 3
    timelines = [graph.ask("dyad-timeline", language, a="USA", b="RUS").rows for language in ("cypher", "sparql")]
    assert timelines[0] == timelines[1] and len(timelines[0]) == 3
    assert len(graph.between("2009-03-27", "2009-03-28").facts()) == 3
    assert graph.between("2009-03-28", "2009-03-29").facts() == []
    assert objects(graph, tmp_path, "ttl", "date") == ["2009-03-27"] * 3


@pytest.mark.parametrize("form", ["csv", "date32", "timestamp[s]", "timestamp[us]"])
def test_d11_before_1677(load, graph, inputs, tmp_path, form):
    days = [dt.date(1494, 6, 7), dt.date(1648, 10, 24), dt.date(1815, 6, 9)]
    path = inputs / "d11.csv"
    if form != "csv":
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        texts = {c: [row[c] for row in rows] for c in ("actor", "action", "target")}
        moments = days if form == "date32" else [dt.datetime(d.year, d.month, d.day) for d in days]
        types = {"date32": pa.date32(), "timestamp[s]": pa.timestamp("s"), "timestamp[us]": pa.timestamp("us")}
        path = table(tmp_path / "d11.parquet", **texts, date=pa.array(moments, types[form]))
    load(path)
    assert [f.date for f in graph.facts() if f.coded != "derived"] == days
    assert [f.date for f in graph.facts() if f.coded == "derived"] == days, "and the treaties stand from then on"


def test_d11_out_of_every_export(load, graph, inputs, tmp_path):
    load(inputs / "d11.csv")
    days = ["1494-06-07", "1648-10-24", "1815-06-09"]
    standing = [(f"{d}/..", d) for d in days]
    for form in TABLES:
        assert sorted(exported(graph, tmp_path, form, "date", "start")) == sorted([*((d, d) for d in days), *standing])
    for form in ("ttl", "nt"):
        assert objects(graph, tmp_path, form, "date") == sorted(2 * days), "of the deeds, and of what stands since"


def test_d14_the_order_is_settled_file_by_file(load, graph, inputs):
    load(inputs / "d14-2016.tab", inputs / "d14-2017.tab")
    assert dates(graph) == ["2016-12-31", "2017-01-02", "2017-01-13"]


def test_d15_other_columns_are_left_alone(load, graph, inputs, write):
    load(inputs / "d15.csv")
    ((native_id, extra),) = reports(graph, "native_id", "extra")
    assert native_id == "41_10_1" and json.loads(extra)["note"] == "12/25/2020"
    (fact,) = graph.facts()
    assert fact.when == "2016-10-03"
    load(write("d15.csv", HEADER + "USA,meets,Russia,2016-10-03\nUSA,meets,Russia,2016-10-04\n"))
    assert {f.id for f in graph.facts()} >= {fact.id} and dates(graph) == ["2016-10-03", "2016-10-04"]


ENDED = "actor,action,target,start_date,end_date\n"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("5/13/1960", "5/20/1960", "1960-05-13/1960-05-20"),
        ("13/04/2009", "25/04/2009", "2009-04-13/2009-04-25"),
        ("13/04/2009", "2009-04-25", "2009-04-13/2009-04-25"),
        ("2009/04/13", "2009/04/25", "2009-04-13/2009-04-25"),
        ("2009/04", "2010", "2009-04-01/2010-12-31"),
        ("13/04/2009", "..", "2009-04-13/.."),
        ("2009-04-13", "2009-04-25", "2009-04-13/2009-04-25"),
    ],
)
def test_a_first_and_a_last_day_with_slashes(load, graph, write, start, end, expected):
    report = load(write("f.csv", ENDED + f"USA,meets,Russia,{start},{end}\n"))
    assert rejected(report) == [] and dates(graph) == [expected]


@pytest.mark.parametrize(
    ("order", "expected"), [("day-first", "2009-04-03/2009-06-05"), ("month-first", "2009-03-04/2009-05-06")]
)
def test_the_order_of_a_first_and_a_last_day(load, graph, write, order, expected):
    path = write("f.csv", ENDED + "USA,meets,Russia,03/04/2009,05/06/2009\n")
    assert "--dates day-first" in only_error(load(path))
    load(path, order=order)
    assert dates(graph) == [expected]


def test_iso_spans_of_two_columns_are_told_as_before(load, graph, write):
    report = load(write("f.csv", ENDED + "USA,meets,Russia,2009-04-13,2009-04-25\nUSA,meets,Russia,2009/2010,5/16/2011\n"))
    assert reports(graph, "date") == ["2009-04-13/2009-04-25"]
    assert rejected(report) == [(3, "'2009/2010--5/16/2011' is not a date, nor a first and a last one")]


# Encodings and texts that look like something else


@pytest.mark.parametrize("name", [b"b\xff.csv", b"\xe9t\xe9.jsonl"])
def test_a_file_whose_name_is_not_utf8(kg, graph, tmp_path, name):
    row = {"actor": "USA", "action": "meets", "target": "Russia", "date": "2009-03-27"}
    content = json.dumps(row) if name.endswith(b"l") else HEADER + ROW
    (tmp_path / os.fsdecode(name)).write_text(content)
    ran = kg("load", os.fsdecode(name), os.fsdecode(b"gone" + name))
    assert ran.code == 3 and "can't open gone" in ran.err, ran.err
    assert [f.target for f in graph.facts()] == ["RUS"]
    assert name.decode(errors="backslashreplace") in kg("loads").out


@pytest.mark.parametrize("content", ["<graphml/>", "<gexf><graph/></gexf>"])
def test_a_graph_file_without_a_graph_keeps_no_other_out(load, graph, write, content):
    report = load(write("f.graphml", content), write("f.csv", HEADER + ROW))
    assert "f.graphml has no graph in it" in report.failed[0].error.message
    assert [f.target for f in graph.facts()] == ["RUS"]


# Values that are several


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_list_is_no_name(load, graph, write, form):
    row = {"actor": "USA", "action": "meets", "target": "Poland", "date": "2009-03-27", "urls": ["a", "b"], "tags": {"x": 1}}
    rows = [row, row | {"target": ["Russia", "China"]}, row | {"actor": {"name": "USA"}}, row | {"date": [2009]}]
    text = json.dumps(rows) if form == "json" else "".join(json.dumps(row) + "\n" for row in rows)
    report = load(write(f"f.{form}", text))
    assert rejected(report) == [(2, "target is a list"), (3, "actor is an object"), (4, "date is a list")]
    assert [f.target for f in graph.facts()] == ["POL"] and len(graph.entities()) == 2


def test_a_list_in_parquet_is_no_name(load, graph, tmp_path):
    base = {"head": ["USA", "USA"], "relation": ["meets", "meets"], "date": ["2009-03-27", "2009-03-28"]}
    report = load(table(tmp_path / "f.parquet", **base, tail=[["Russia", "China"], None], tags=[["a"], ["b"]]))
    assert rejected(report) == [(1, "tail is a list")]
    assert [(f.actor, f.target) for f in graph.facts()] == [("USA", "NONE")]
    assert "tail is an object" in str(load(table(tmp_path / "g.parquet", **base, tail=[{"a": "x"}] * 2)).files[0].staged.rejected)


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "parquet"])
def test_e01_na_is_a_country(load, graph, inputs, write, tmp_path, form):
    with (inputs / "e01.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    path = inputs / "e01.csv"
    if form == "tsv":
        path = write("e01.tsv", path.read_text(encoding="utf-8").replace(",", "\t"))
    elif form == "json":
        path = write("e01.json", json.dumps([{k: v or None for k, v in row.items()} for row in rows]))
    elif form == "parquet":
        path = table(tmp_path / "e01.parquet", **{c: [row[c] or None for row in rows] for c in rows[0]})
    report = load(path)
    facts = graph.facts()
    assert {f.target for f in facts if f.actor == "USA"} == {"NAM"}
    others = {f.actor for f in facts} - {"USA", "NAM"}
    assert len(facts) == 5 and len(others) == 3
    names = {e.name: e.kind for e in graph.entities()}
    assert {n: names[n] for n in ("None", "null", "nan")} == dict.fromkeys(("None", "null", "nan"), "unknown")
    assert report.files[0].staged.name_rules["own name"] == 3
    assert [reason for _, reason in rejected(report)] == ["there is no actor"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16-le", "utf-16-be"])
def test_e02_byte_order_marks(load, graph, write, encoding):
    mark = "" if encoding == "utf-8-sig" else "\ufeff"
    load(write("e02.csv", (mark + HEADER + ROW).encode(encoding)))
    assert [f.actor for f in graph.facts()] == ["USA"]


def test_e02_a_mark_before_a_quoted_header(load, graph, write):
    report = load(write("e02.csv", '\ufeff"actor","action","target","date"\n' + ROW + "USA,meets,Russia,never\n"))
    assert [f.actor for f in graph.facts()] == ["USA"]
    assert lines(report) == [(3, "USA,meets,Russia,never")]


def test_e02_utf16_without_a_mark_is_refused_by_name(load, graph, write):
    path = write("e02.csv", (HEADER + ROW).encode("utf-16-le"))
    assert "utf-16" in only_error(load(path)).lower()
    load(path, encoding="utf-16-le")
    assert [f.actor for f in graph.facts()] == ["USA"]


def test_e03_another_encoding_is_refused_and_can_be_named(load, graph, write):
    path = write("e03.csv", (HEADER + "São Tomé,meets,Côte d\u2019Ivoire,2009-03-27\n").encode("cp1252"))
    said = only_error(load(path))
    assert "e03.csv" in said and "offset 26" in said and "--encoding" in said
    assert not graph.store.path.exists()
    load(path, encoding="cp1252")
    assert reports(graph, "target") == ["Côte d\u2019Ivoire"]
    assert [(f.actor, f.target) for f in graph.facts()] == [("STP", "CIV")]
    assert not any("\ufffd" in e.name or "Ã" in e.name for e in graph.entities())


def test_e03_the_wrong_encoding_is_refused(load, write):
    said = only_error(load(write("e03.csv", HEADER + "Côte d'Ivoire,meets,France,2009-03-27\n"), encoding="ascii"))
    assert "e03.csv is not ascii" in said and "--encoding" in said


def test_e04_a_stray_quote_swallows_no_rows(load, graph, inputs):
    report = load(inputs / "e04.tab")
    assert report.total("rows") == 4
    assert [f.action for f in graph.facts()] == [
        '"opens with a quote', "Make statement", 'ends" here', "Conduct suicide, car, or other bombing",
    ]  # fmt: skip


def test_e05_codes_stay_texts(load, graph, inputs):
    report = load(inputs / "e05.tab")
    assert [f.code for f in graph.facts()] == ["010", "10", "13y", "010", None]
    assert [f.type for f in graph.facts()] == ["STATEMENT", "REQUEST", "ACT", "STATEMENT", "ACT"]
    assert report.files[0].staged.action_rules["unknown code"] == 1
    assert reports(graph, "code") == ["010", "10", "13y", None, None]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_e06_rows_of_another_width_are_rejected(load, graph, inputs, write, order):
    rows = (inputs / "e06.csv").read_text(encoding="utf-8").splitlines()[1:]
    report = load(write("e06.csv", HEADER + "".join(rows[i] + "\n" for i in order)))
    assert [(f.actor, f.action, f.target) for f in graph.facts()] == [("USA", "scraps, shield", "POL")]
    expected = [(i + 2, rows[n]) for i, n in enumerate(order) if n != 1]
    assert lines(report) == expected
    for (row, reason), n in zip(rejected(report), [n for n in order if n != 1], strict=True):
        assert re.search(rf"expected 4 .*found {(5, None, 3)[n]}", reason), (row, reason)


def test_e07_quotes_newlines_and_bars(load, graph, inputs, tmp_path):
    load(inputs / "e07.csv")
    expected = ['says "no"', "scraps\nshield", "d'accord|maybe;yes", "back\\slash\\"]
    assert [f.action for f in graph.facts()] == expected
    assert graph.cypher("MATCH (:Entity)-[r]->(:Entity) RETURN r.action ORDER BY r.date").rows == [(t,) for t in expected]
    assert graph.sparql("SELECT ?a { ?f kg:action ?a ; kg:date ?d } ORDER BY ?d").rows == [(t,) for t in expected]
    for form in TABLES:
        assert exported(graph, tmp_path, form, "action") == sorted((t,) for t in expected)
    for form in ("ttl", "nt"):
        assert objects(graph, tmp_path, form, "action") == sorted(expected)


def gdelt(width, **more):
    """A row of a GDELT export: 57 columns, 58 with the address, or 61 with three more of places before the date added."""
    row = ["", "7", "20090327", "200903", "2009", "2009.2384", "USA", "UNITED STATES", "USA", *[""] * 49]
    row[16:19] = ["RUS", "RUSSIA", "RUS"]
    row[26:32] = ["1", "036", "036", "03", "1", "4.0"]
    row[57] = "20150219120000"
    if width == 58 or width == 59:
        row.append("https://example.org/a?x=1,2")
    elif width == 61:
        row[57:58] = ["", "", "", "20150219120000", "https://example.org/b"]
    return "\t".join((row + ["x"] * (width - len(row) + 1))[1:]) + "\n"


@pytest.mark.parametrize(("width", "urls"), [(57, ()), (58, ("https://example.org/a?x=1,2",)), (61, ("https://example.org/b",))])
def test_e09_gdelt_widths(load, graph, write, width, urls):
    row = gdelt(width)
    assert row.count("\t") == width - 1
    load(write(f"g{width}.csv", row))
    (fact,) = graph.facts()
    assert (fact.actor, fact.code, fact.target, fact.when, fact.urls) == ("USA", "036", "RUS", "2009-03-27", urls)


def test_e09_another_width_is_refused_by_count(load, graph, write):
    said = only_error(load(write("gbad.csv", gdelt(59))))
    assert "59 tab-separated columns" in said and "57, 58, 61" in said
    assert not graph.store.path.exists()


def test_e09_widths_mixed_in_one_file(load, graph, write):
    report = load(write("g.csv", gdelt(57) + gdelt(59) + gdelt(61)))
    assert [(row, reason) for row, reason in rejected(report)] == [(2, "expected 57, 58, 61 columns, found 59")]
    assert len(graph.facts()) == 1 and graph.info()["reports"] == 2


@pytest.mark.parametrize("content", ["", "\n\n", HEADER, HEADER + "\n\n", "\ufeff", "[]", "\ufeff" + HEADER])
def test_e10_no_data_is_no_crash(load, graph, write, content):
    report = load(write("e10.csv", content))
    assert not report.failed and len(report.empty) == 1 and report.total("rows") == 0
    assert not graph.store.path.exists() or graph.facts() == []


@pytest.mark.parametrize(
    "blank", [" ", "\t", "\u00a0", "\u200b", '" \n"'], ids=["blank", "tab", "no-break", "zero-width", "line end"]
)
def test_e10_a_blank_cell_is_an_empty_one(load, graph, write, blank):
    row = ["USA", "meets", "Russia", "2009-03-27"]
    rows = [[*row[:i], blank, *row[i + 1 :]] for i in (0, 1, 3, 2)]
    report = load(write("f.csv", HEADER + "".join(",".join(row) + "\n" for row in rows)))
    assert [reason for _, reason in rejected(report)][:2] == ["there is no actor", "there is no action"]
    assert len(rejected(report)) == 3
    assert [(f.actor, f.target) for f in graph.facts()] == [("USA", "NONE")]


# Identity


def test_i01_another_date_is_another_fact_another_source_a_witness(load, graph, inputs, tmp_path):
    load(inputs / "i01.csv")
    expected = {"2009-09-17": ("AFP", "Reuters"), "2009-09-18": ("AFP",)}
    assert {f.when: f.sources for f in graph.facts()} == expected
    rows = graph.cypher("MATCH (:Entity)-[r]->(:Entity) RETURN r.date, r.sources").rows
    assert {str(day): tuple(sources) for day, sources in rows} == expected
    asked = "SELECT ?s { ?f kg:date $day ; prov:wasDerivedFrom / kg:publisher ?s }"
    assert graph.sparql(asked, {"day": dt.date(2009, 9, 18)}).rows == [("AFP",)]
    assert len(objects(graph, tmp_path, "ttl", "date")) == 2


def test_i02_loading_again_changes_nothing(load, graph, inputs):
    states = []
    for n in range(3):
        report = load(inputs / "i02.csv")
        assert (report.total("new"), report.total("known"), report.total("reports")) == ((2, 0, 2) if n == 0 else (0, 2, 0))
        info = graph.info()
        triples = graph.sparql("SELECT (count(*) AS ?n) { ?s ?p ?o }").rows
        edges = graph.cypher("MATCH (:Entity)-[r]->(:Entity) RETURN count(r)").rows
        states.append((info["entities"], info["facts"], info["reports"], triples, edges, graph.facts()))
    assert states[0] == states[1] == states[2]
    assert states[0][:3] == (3, 2, 2)
    assert [f.sources for f in graph.facts()] == [("AFP",), ("AFP",)]


def test_i04_one_actor_for_all_forms_of_a_name(load, graph, kg, inputs):
    load(inputs / "i04.csv")
    assert {f.actor for f in graph.facts()} == {"CIV"}
    assert len([e for e in graph.entities() if e.id == "CIV"]) == 1
    for form in ("Côte d'Ivoire", "Co\u0302te d'Ivoire", "Côte d\u2019Ivoire", "Côte\u00a0d'Ivoire "):
        ran = kg("facts", "--actor", form, "--format", "jsonl")
        assert ran.code == 0 and len(ran.out.splitlines()) == 4, form


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a workbook of the old form (.xls)"),
        (bz2.compress(b"actor,action,target,date\n"), "packed by bzip2"),
        (lzma.compress(b"actor,action,target,date\n"), "packed by xz"),
        (gzip.compress(b"RDX3\nX\n\0\0\0\3"), "a file of R"),
        (gzip.compress(b"X\n\0\0\0\3\0\4\1\2"), "a file of R"),
        (b"<stata_dta><header><release>118</release>", "a file of Stata"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF"),
    ],
)
def test_a_file_of_another_program_is_told_by_its_name(load, write, head, what):
    [file] = load(write("facts.csv", head)).files
    assert what in file.error.message and file.error.hint and "utf-16" not in file.error.hint


def test_an_archive_of_tar_is_told_by_its_name(load, write, tmp_path):
    with tarfile.open(tmp_path / "facts.tar.gz", "w:gz") as archive:
        archive.add(write("facts.csv", "actor,action,target,date\n"), "facts.csv")
    [file] = load(tmp_path / "facts.tar.gz").files
    assert "is a tar archive" in file.error.message and "unpack it first" in file.error.hint
