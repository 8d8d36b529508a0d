"""Dates, encodings, quotes, codes and names as they come: a test each for what public bug reports of other tools describe."""

import csv
import datetime as dt
import json
import re
import tempfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kg.graph import open_graph

HEADER = "actor,action,target,date\n"
ROW = "USA,meets,Russia,2009-03-27\n"
ICEWS = "Event ID\tEvent Date\tSource Name\tEvent Text\tCAMEO Code\tTarget Name\n"
#: Files a view can be written to and read back from as rows.
TABLES = ("csv", "tsv", "json", "jsonl", "parquet")
KG = "https://w3id.org/diplomacy-kg#"


def dates(graph):
    return [fact.when for fact in graph.facts()]


def rejected(report):
    return [(row.row, row.reason) for _, row in report.rejects()]


def lines(report):
    """The line and the text of each rejected row."""
    return [(row.row, row.raw) for _, row in report.rejects()]


def only_error(report):
    (file,) = report.files
    assert file.error is not None, file
    return f"{file.error.message} {file.error.hint or ''}"


def reports(graph, *columns):
    """What reports say as it stood, in order of rows."""
    with graph.store.record.reading() as con:
        found = con.execute(f"SELECT {', '.join(columns)} FROM kg.report ORDER BY row, id").fetchall()
    return [row[0] for row in found] if len(columns) == 1 else found


def exported(graph, folder, form, *columns):
    """These columns of the facts, as they come back from a file of that form, sorted."""
    path = folder / f"out.{form}"
    graph.export(path)
    if form == "parquet":
        rows = pq.read_table(path).to_pylist()
    elif form in ("csv", "tsv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t" if form == "tsv" else ","))
    elif form == "json":
        rows = json.loads(path.read_text(encoding="utf-8"))
    else:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return sorted(tuple(str(row[c]) for c in columns) for row in rows)


def objects(graph, folder, form, predicate):
    """The values of a predicate of our own in a Turtle or N-Triples export, sorted."""
    path = folder / f"out.{form}"
    graph.export(path)
    kind = ox.RdfFormat.TURTLE if form == "ttl" else ox.RdfFormat.N_TRIPLES
    return sorted(q.object.value for q in ox.parse(path=str(path), format=kind) if q.predicate.value == KG + predicate)


def table(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


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
    assert [f.date for f in graph.facts()] == days


def test_d11_out_of_every_export(load, graph, inputs, tmp_path):
    load(inputs / "d11.csv")
    days = ["1494-06-07", "1648-10-24", "1815-06-09"]
    for form in TABLES:
        assert exported(graph, tmp_path, form, "date", "start") == [(d, d) for d in days]
    for form in ("ttl", "nt"):
        assert objects(graph, tmp_path, form, "date") == days


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


# Encodings and texts that look like something else


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


# Tables and texts of every make


def sheet(path: Path, rows) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


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
