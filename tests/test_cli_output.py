"""What the command prints, writes and ends with: through pipes, on terminals of any encoding, when a part of the input is bad."""

import contextlib
import csv
import io
import json
import os
import pty
import subprocess

import pyarrow.parquet as pq
import pytest

from kg.errors import UsageError

HEADER = "actor,action,target,date\n"
ROW = "USA,meets,Russia,2009-03-27\n"
NAMES = ("Ελλάς", "→ meets", "日本国憲法")


def contents(folder):
    """Every file of a folder with its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def on_a_terminal(kg, *arguments):
    """What the command shows on a terminal of 100 columns: its data, and its notes."""
    ours, theirs = pty.openpty()
    environment = kg.environment | {"COLUMNS": "100", "TERM": "xterm"}
    arguments = [*kg.words, *map(str, arguments)]
    with subprocess.Popen(arguments, stdout=theirs, stderr=subprocess.PIPE, env=environment, cwd=kg.folder) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # how Linux says that the other side is closed
            while some := os.read(ours, 1 << 16):
                shown += some
        notes = process.stderr.read().decode()
    os.close(ours)
    assert process.returncode == 0, notes
    return shown.decode(), notes


def test_a_terminal_is_shown_as_many_rows_as_one_reads(kg, load, write):
    load(write("f.csv", HEADER + "".join(f"USA,remark {n},Russia,2009-03-27\n" for n in range(1_203))))
    for arguments in (["facts"], ["cypher", "MATCH (a:Entity)-[r]->(b:Entity) RETURN a.id, r.action, b.id"]):
        shown, notes = on_a_terminal(kg, *arguments)
        assert shown.count("remark ") == 1_000
        assert "the first 1,000 of 1,203 rows are shown" in notes
        assert kg(*arguments).out.count("remark ") == 1_203
    shown, notes = on_a_terminal(kg, "facts", "--until", "2009-01")
    assert "shown" not in notes
    shown, notes = on_a_terminal(kg, "facts", "--format", "csv")
    assert shown.count("remark ") == 1_203 and not notes


# c01: output that is piped


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_c01_any_encoding_of_the_terminal(kg, load, inputs, write, encoding):
    long = "a very long action " * 30
    load(inputs / "c01.csv", write("long.csv", HEADER + f"Ελλάς,{long},日本国憲法,2009-03-28\n"))
    asked = ["cypher", "MATCH (a:Entity)-[r]->(b:Entity) RETURN a.name, r.action, b.name ORDER BY r.date"]
    for arguments in [["facts"], asked] if encoding == "ascii" else [["facts"]]:
        ran = kg(*arguments, PYTHONIOENCODING=encoding)
        assert ran.code == 0 and "Traceback" not in ran.err, ran.err
        ran.raw.decode(encoding)
        assert len(ran.out.splitlines()) == 3 and "\x1b" not in ran.out
        assert "..." not in ran.out and "…" not in ran.out
        assert long.strip() in ran.out and "\\u0395\\u03bb\\u03bb\\u03ac\\u03c2" in ran.out


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "jsonl", "parquet"])
def test_c01_what_programs_read_is_utf8(kg, load, inputs, form):
    load(inputs / "c01.csv")
    ran = kg("facts", "--format", form, PYTHONIOENCODING="ascii")
    assert ran.code == 0 and "Traceback" not in ran.err, ran.err
    if form == "parquet":
        (row,) = pq.read_table(io.BytesIO(ran.raw)).to_pylist()
    elif form in ("csv", "tsv"):
        (row,) = csv.DictReader(io.StringIO(ran.raw.decode("utf-8")), delimiter="," if form == "csv" else "\t")
    else:
        found = json.loads(ran.raw.decode("utf-8"))
        row = found[0] if form == "json" else found
    assert (row["actor"], row["action"], row["target"]) == NAMES


def test_c01_loading_on_a_terminal_of_ascii(kg, inputs):
    ran = kg("load", inputs / "c01.csv", PYTHONIOENCODING="ascii")
    assert ran.code == 0 and "Traceback" not in ran.err, ran.err
    assert "loaded 1 of 1 row" in ran.err


@pytest.mark.parametrize("arguments", [["facts"], ["facts", "--format", "csv"], ["facts", "--format", "parquet"]])
def test_c01_a_reader_that_leaves_early(kg, load, write, arguments):
    rows = "".join(f"A{i},meets,B{i},2009-03-27\n" for i in range(3000))
    load(write("f.csv", HEADER + rows))
    command = subprocess.Popen(
        [*kg.words, *arguments], env=kg.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    assert command.stdout is not None
    assert command.stdout.read(4)
    command.stdout.close()
    _, err = command.communicate(timeout=60)
    assert b"Traceback" not in err and b"rror" not in err, err
    assert command.returncode == 0


def test_c01_a_load_whose_report_nobody_reads_has_loaded(kg, graph, write):
    write("f.csv", HEADER + ROW)
    command = subprocess.Popen([*kg.words, "load", "f.csv"], cwd=kg.folder, env=kg.environment, stdout=subprocess.PIPE)
    assert command.stdout is not None
    command.stdout.close()
    assert command.wait(timeout=60) == 0
    assert len(graph.facts()) == 1


# c02: some rows are bad


def test_c02_what_was_rejected_is_told(kg, inputs):
    rows = (inputs / "c02.csv").read_text(encoding="utf-8").splitlines()
    dry = kg("load", inputs / "c02.csv", "--dry-run")
    assert not kg.store.exists()
    ran = kg("load", inputs / "c02.csv", "--rejects", "bad.csv")
    assert (dry.code, ran.code) == (3, 3)
    for words in ("8 of 10 rows", "8 new facts", "0 known", "2 rejected"):
        assert words in ran.err and words in dry.err
    assert dry.out == ran.out
    with (kg.folder / "bad.csv").open(encoding="utf-8", newline="") as file:
        found = [(row["row"], row["raw"], row["reason"]) for row in csv.DictReader(file)]
    assert [f[:2] for f in found] == [("5", rows[4]), ("10", rows[9])]
    assert "soon" in found[0][2] and "2009-03-99" in found[1][2]
    assert rows[4].split(",")[3] in ran.err and "row 5" in ran.err and "bad.csv" in ran.err


def test_c02_rejects_stay_in_the_store_and_may_be_skipped(kg, graph, inputs):
    ran = kg("load", inputs / "c02.csv", "--skip-rejects")
    assert ran.code == 0 and "2 rejected" in ran.err
    assert len(graph.facts()) == 8
    listed = kg("info", "--rejects", "--format", "json")
    found = [(row["row"], row["raw"]) for row in json.loads(listed.out)]
    assert found == [(5, "USA,meets,Russia,soon"), (10, "USA,meets,Russia,2009-03-99")]


def test_a_dry_run_counts_against_what_is_there(kg, graph, load, inputs):
    load(inputs / "c02.csv")
    before = contents(kg.store)
    ran = kg("load", inputs / "c02.csv", inputs / "i02.csv", "--dry-run", "--skip-rejects")
    assert ran.code == 0
    assert "would load 10 of 12 rows: 2 new facts, 8 known, 2 rejected" in ran.err
    assert contents(kg.store) == before


def test_rejects_that_can_not_be_written(kg, inputs):
    ran = kg("load", inputs / "c02.csv", "--rejects", "no/such/folder.csv")
    assert "Traceback" not in ran.err, ran.err
    assert "no/such/folder.csv" in ran.err and "error:" in ran.err
    assert ran.code != 1 or not kg.store.exists(), "exit code 1 says that nothing changed"


@pytest.mark.parametrize(
    "arguments", [["load", "f.csv"], ["load", "g.csv", "f.csv"], ["actors", "add", "f.csv"], ["actors", "import", "f.csv"]]
)
@pytest.mark.parametrize("out", ["f.csv", "./f.csv", "link.csv"])
def test_rejects_do_not_overwrite_what_is_read(kg, write, arguments, out):
    content = HEADER + ROW + "USA,meets,Russia,never\n"
    path = write("f.csv", content)
    write("g.csv", HEADER + ROW)
    (kg.folder / "link.csv").symlink_to(path)
    ran = kg(*arguments, "--rejects", out)
    assert ran.code == 2 and f"--rejects {out.removeprefix('./')} would overwrite f.csv" in ran.err, ran.err
    assert path.read_text() == content and not kg.store.exists()


def test_rejects_do_not_overwrite_what_standard_input_is(kg, write):
    path = write("f.csv", HEADER + "USA,meets,Russia,never\n")
    with path.open("rb") as given:
        words = [*kg.words, "load", "-", "--rejects", "f.csv"]
        ran = subprocess.run(words, cwd=kg.folder, env=kg.environment, stdin=given, capture_output=True, text=True, check=False)
    assert ran.returncode == 2 and "would overwrite -" in ran.stderr
    assert path.read_text() == HEADER + "USA,meets,Russia,never\n"


def test_many_rejects_cost_little(kg, write):
    write("f.csv", HEADER + "".join(f"A{i},meets,B,never\n" for i in range(10_000)))
    ran = kg("load", "f.csv", timeout=8)
    assert ran.code == 3 and "10000 rejected" in ran.err


# c03: values of all types


def test_c03_dates_times_lists_nodes_and_durations(kg, load, inputs):
    load(inputs / "i02.csv")
    ran = kg(
        "cypher",
        "MATCH (n:Entity {id: 'USA'})-[r]->(m) RETURN date('2009-03-27') AS d, datetime('2009-03-27T23:30:00-05:00') AS dt, "
        "interval('1 month 2 days') AS du, [date('2009-03-27')] AS l, n, r",
        "--format", "json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    (row,) = json.loads(ran.out)
    assert row["d"] == "2009-03-27" and row["l"] == ["2009-03-27"]
    assert row["dt"] in ("2009-03-27T23:30:00-05:00", "2009-03-28T04:30:00+00:00", "2009-03-28T04:30:00Z")
    assert row["du"] in ("P1M2D", "P32D")
    assert (row["n"]["id"], row["n"]["labels"], row["n"]["properties"]["name"]) == ("USA", ["Entity"], "United States")
    assert row["r"]["type"] == "RETREAT" and row["r"]["properties"]["date"] == "2009-09-17"
    asked = (
        'SELECT ("2009-03-27"^^xsd:date AS ?d) ("2009-03-27T23:30:00-05:00"^^xsd:dateTime AS ?dt) '
        '("P1M2D"^^xsd:duration AS ?du) ?n { ?n kg:id "USA" }'
    )
    (same,) = json.loads(kg("sparql", asked, "--format", "json").out)
    assert same["d"] == row["d"] and same["dt"] == "2009-03-27T23:30:00-05:00" and same["du"] == "P1M2D"
    assert same["n"].endswith("/USA")


def test_c03_what_this_cypher_lacks_is_told(kg, load, inputs):
    load(inputs / "i02.csv")
    ran = kg("cypher", "RETURN duration('P1M2D') AS du", "--format", "json")
    assert ran.code == 1 and ran.out == ""
    assert "interval('1 month 2 days')" in ran.err


def test_nodes_in_a_table_are_json(kg, load, inputs):
    load(inputs / "i02.csv")
    ran = kg("cypher", "MATCH (n:Entity {id: 'USA'}) RETURN n")
    assert json.loads(ran.out.splitlines()[1])["id"] == "USA"


# What changes nothing


NOTHING = {
    "missing": ("gone.csv", None, "can't open gone.csv"),
    "a folder": (".", None, "is a folder"),
    "not a table": ("f.csv", b"<html>not found</html>\n", "f.csv is a web page"),
    "another encoding": ("f.csv", HEADER.encode() + b"S\xe3o Tom\xe9,meets,Russia,2009\n", "offset 26"),
    "an undecided order": ("f.csv", HEADER.encode() + b"USA,meets,Russia,04/03/2009\n", "--dates"),
    "not JSON": ("f.json", b'{"actor": "USA", ', "f.json"),
    "not Parquet": ("f.parquet", b"PAR1" + bytes(60), "f.parquet"),
    "not a spreadsheet": ("f.xlsx", b"PK\x03\x04" + bytes(60), "f.xlsx"),
    "not text": ("f.png", b"\x89PNG\r\n\x1a\n" + bytes(60), "f.png"),
}


@pytest.mark.parametrize("why", NOTHING)
def test_a_file_that_can_not_be_read_changes_nothing(store, load, inputs, write, monkeypatch, tmp_path, why):
    load(inputs / "i02.csv")
    name, content, words = NOTHING[why]
    if content is not None:
        write(name, content)
    before = contents(store.path)
    monkeypatch.chdir(tmp_path)
    (file,) = load(name).files
    assert file.error is not None and words in f"{file.error.message} {file.error.hint}"
    assert contents(store.path) == before


def test_files_that_can_not_be_read_are_all_named(kg, write):
    names = []
    for n, (name, content, _) in enumerate(NOTHING.values()):
        names.append(name if content is None else f"{n}-{name}")
        if content is not None:
            write(names[-1], content)
    ran = kg("load", *names)
    assert "Traceback" not in ran.err, ran.err
    assert ran.code == 1 and not kg.store.exists()
    assert all(name in ran.err for name in names)
    assert f"{len(names)} files asked for, 0 read, 0 empty, {len(names)} failed" in ran.err


def test_strict_stores_nothing(kg, inputs):
    ran = kg("load", "--strict", inputs / "c02.csv")
    assert ran.code == 1 and not kg.store.exists()
    assert "2 rows" in ran.err and "row 5" in ran.err and "soon" in ran.err


def test_strict_with_a_good_file_before_the_bad_one(kg, graph, write):
    write("good.csv", HEADER + ROW)
    write("bad.csv", HEADER + "USA,meets,Poland,never\n")
    ran = kg("load", "--strict", "good.csv", "bad.csv")
    assert "bad.csv" in ran.err and ran.code in (1, 3)
    if ran.code == 1:
        assert not kg.store.exists(), "exit code 1 says that nothing changed"
    else:
        assert "1 new fact" in ran.err and [f.target for f in graph.facts()] == ["RUS"]


def test_strict_without_bad_rows_loads(kg, graph, write):
    write("good.csv", HEADER + ROW)
    assert kg("load", "--strict", "good.csv").code == 0 and len(graph.facts()) == 1


def test_e10_one_of_several_files_is_missing(kg, graph, write, inputs):
    write("f.csv", HEADER + ROW)
    write("empty.csv", "")
    ran = kg("load", "f.csv", "gone.csv", "empty.csv", inputs / "i02.csv")
    assert ran.code == 3 and len(graph.facts()) == 3
    assert "gone.csv" in ran.err and "empty.csv: 0 facts" in ran.err
    assert "4 files asked for, 3 read, 1 empty, 1 failed" in ran.err


def test_e10_no_data_is_told(kg, write):
    write("empty.csv", "")
    write("header.csv", HEADER)
    ran = kg("load", "empty.csv", "header.csv")
    assert ran.code == 0 and "Traceback" not in ran.err
    assert "empty.csv: 0 facts" in ran.err and "header.csv: 0 facts" in ran.err
    assert "2 files asked for, 2 read, 2 empty, 0 failed" in ran.err


# Columns and loaders of the user's own


def test_map(kg, graph, write):
    write("f.csv", "h;r;t;w\nUSA;meets;Russia;2009-03-27\n")
    assert kg("load", "f.csv", "--map", "actor=h,action=r,target=t,date=w").code == 0
    assert [(f.actor, f.action, f.target, f.when) for f in graph.facts()] == [("USA", "meets", "RUS", "2009-03-27")]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("actor=head,action=r,target=t,date=w", ("'head'", "h, r, t, w")),
        ("actor=h,action=r,targt=t,date=w", ("targt", "target")),
        ("actor=h,action=r", ("date",)),
        ("actor", ("NAME=VALUE",)),
    ],
    ids=["a column the file lacks", "a role there is not", "a role left out", "no pair"],
)
def test_map_that_is_wrong(kg, write, given, words):
    write("f.csv", "h;r;t;w\nUSA;meets;Russia;2009-03-27\n")
    ran = kg("load", "f.csv", "--map", given)
    assert ran.code in (1, 2) and "Traceback" not in ran.err
    assert all(word in ran.err for word in words), ran.err
    assert not kg.store.exists()


def test_map_that_fits_one_of_two_files(kg, graph, write):
    write("f.csv", "h,r,t,w\nUSA,meets,Russia,2009-03-27\n")
    write("g.csv", HEADER + ROW)
    ran = kg("load", "f.csv", "g.csv", "--map", "actor=h,action=r,target=t,date=w")
    assert "'h'" in ran.err and "g.csv" in ran.err
    if ran.code == 3:
        assert "1 failed" in ran.err and len(graph.facts()) == 1
    else:
        assert ran.code in (1, 2) and not kg.store.exists(), "the exit code says that nothing changed"


MINE = "-- title: mine\n-- dataset: mine\n-- columns: Who, Did, When\n-- optional: Whom\n"
SELECT = 'SELECT row, Who AS actor, Did AS action, Whom AS target, "When" AS date, problem FROM source'


@pytest.mark.parametrize("ending", ["", "\n", ";\n"])
def test_a_loader_of_ones_own(load, graph, write, ending):
    loader = write("mine.sql", MINE + SELECT + ending)
    rows = "USA;meets;2009-03-27;Russia\nUSA;meets;never;Russia\nUSA\n"
    report = load(write("f.csv", "Who;Did;When;Whom\n" + rows), loader=str(loader))
    assert not report.failed, report.failed
    assert [(row.row, row.raw) for _, row in report.rejects()] == [(3, "USA;meets;never;Russia"), (4, "USA")]
    assert [(f.actor, f.target, f.sources) for f in graph.facts()] == [("USA", "RUS", ("mine",))]
    (change,) = graph.info()["changes"]
    assert (change["loader"], change["dataset"]) == ("mine", "mine")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MINE + "SELEC row FROM source", "syntax error"),
        (MINE + 'SELECT row, Nobody AS actor, Did AS action, "When" AS date FROM source', "Nobody"),
        (MINE + 'SELECT row, Who AS actor, Did AS action, "When" AS date, 1 AS weight FROM source', "weight"),
        (MINE + "SELECT row, Who AS target FROM source", "actor"),
        (MINE + "SELECT row, Who AS actor, error('boom') AS action, \"When\" AS date FROM source", "boom"),
        ("-- colums: Who\n" + SELECT, "colums"),
        ("-- title: empty\n", "loader bad"),
    ],
    ids=["no SQL", "no such column", "an unknown result", "no actor", "an error of its own", "an unknown key", "no SELECT"],
)
def test_a_loader_with_a_mistake(load, store, write, text, words):
    file = write("f.csv", "Who;Did;When;Whom\nUSA;meets;2009-03-27;Russia\n")
    try:
        (report,) = load(file, loader=str(write("bad.sql", text))).files
    except UsageError as error:
        said = str(error)
    else:
        assert report.error is not None, report
        said = str(report.error)
    assert words in said and not store.path.exists()


@pytest.mark.parametrize(
    ("span", "certain", "perhaps"),
    [
        ((), ["2009", "2009-03-27", "2009-03/2009-04-30"], ["2009-03-27~"]),
        (("--from", "2009-03-27", "--until", "2009-03-28"), ["2009-03-27", "2009-03/2009-04-30"], ["2009", "2009-03-27~"]),
        (("--from", "2009", "--until", "2010"), ["2009", "2009-03-27", "2009-03/2009-04-30"], ["2009-03-27~"]),
    ],
)
def test_certain_leaves_out_what_only_may_have_been(kg, load, write, tmp_path, span, certain, perhaps):
    dates = ("2009", "2009-03-27", "2009-03-27~", "2009-03/2009-04-30")
    load(write("f.csv", HEADER + "".join(f"USA,meets {date},Russia,{date}\n" for date in dates)))

    def listed(*more):
        """The dates, as written, of what is listed and of what is exported, which are the same."""
        rows = [json.loads(line) for line in kg("facts", "--format", "jsonl", *span, *more).out.splitlines()]
        assert kg("export", tmp_path / "out.csv", *span, *more).code == 0
        with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
            assert [row["id"] for row in csv.DictReader(file)] == [row["id"] for row in rows]
        return sorted(row["action"].removeprefix("meets ") for row in rows)

    assert listed("--certain") == sorted(certain)
    assert listed() == sorted([*certain, *perhaps])


# What is wrong in the call


@pytest.mark.parametrize("option", ["--actor", "--target", "--type", "--at", "--known-at", "--around", "--from", "--until"])
@pytest.mark.parametrize("text", ["", " "])
def test_a_condition_without_a_value_is_not_all_facts(kg, load, inputs, option, text):
    load(inputs / "i02.csv")
    for words in (("facts",), ("export", "out.csv"), ("copy", "s.kg", "other.kg")):
        ran = kg(*words, option, text)
        assert (ran.code, ran.out) == (2, "") and f"error: {option} is empty" in ran.err
    assert not (kg.folder / "out.csv").exists() and not (kg.folder / "other.kg").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["facts", "--known-at", "9999-12-31T23:59:59.999999"], "outside the calendar"),
        (["facts", "--known-at", "0001-01-01T00:00+14:00"], "outside the calendar"),
        (["export", "t.html", "--top", "-5"], "--top"),
        (["actors", "unresolved", "--top", "-1"], "--top"),
        (["load", "f.csv", "--encoding", "rot13"], "there is no text encoding 'rot-13'"),
        (["load", "f.csv", "--encoding", "base64"], "there is no text encoding 'base64'"),
        (["load", "f.csv", "--encoding", "undefined"], "'undefined' encodes no text"),
        (["load", "f.csv", "--max-expanded", "0"], "--max-expanded is 0 bytes"),
        (["load", "f.csv", "--max-expanded", "-1"], "--max-expanded is -1 bytes"),
    ],
)
def test_values_that_can_not_be(kg, load, write, inputs, words, said):
    load(inputs / "i02.csv")
    write("f.csv", HEADER + ROW)
    before = contents(kg.store)
    ran = kg(*words)
    assert (ran.code, ran.out) == (2, "") and said in ran.err, ran.err
    assert contents(kg.store) == before


def test_that_records_replaced_others_is_said(kg, write):
    """Two files of the same name are one dataset, whose ids are the same records."""
    for year, other in ((2008, "Cuba"), (2009, "Iran")):
        folder = write("any", "").parent / str(year)
        folder.mkdir()
        (folder / "events.csv").write_text(f"id,actor,action,target,date\n1,US,meets,{other},{year}-02-03\n")
    told = kg("load", "2008/events.csv", "2009/events.csv").err
    assert "2009/events.csv: its records replace 1 earlier report with the same ids in the dataset events; --source NAME" in told
    assert "2008/events.csv: its records" not in told
