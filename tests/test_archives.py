"""Archives, streams and big files: what is unpacked, what is refused, and what it costs in memory."""

import gzip
import io
import os
import stat
import sys
import threading
import zipfile

import duckdb
import openpyxl
import pytest
from helpers_store import held

from kg.readers import files
from kg.stores.local import LocalStore

HEADER = "actor,action,target,date\n"
ROW = "USA,meets,Russia,2009-03-27\n"
ALSO = "USA,meets,Poland,2009-03-28\n"
MIB = 1 << 20


def zipped(*members):
    """A zip archive as bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return content.getvalue()


def spreadsheet(*rows):
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


TABLE = spreadsheet(HEADER.strip().split(","), ROW.strip().split(","))


def only_error(report):
    (error,) = (file.error for file in report.files if file.error)
    return f"{error.message} {error.hint or ''}"


def targets(graph):
    return sorted(fact.target for fact in graph.facts())


# Zip


def test_every_member_is_a_file(load, graph, write):
    report = load(write("f.zip", zipped(("a.csv", HEADER + ROW), ("deep/b.csv", HEADER + ALSO), ("deep/", ""))))
    assert [file.file.rpartition("f.zip")[2] for file in report.files] == ["/a.csv", "/deep/b.csv"]
    assert {f.target: f.sources for f in graph.facts()} == {"RUS": ("a",), "POL": ("b",)}


def test_a_bad_member_keeps_no_other_out(load, graph, write):
    members = (("a.csv", HEADER + ROW), ("b.csv", HEADER.encode() + b"S\xe3o"), ("c.csv", HEADER + ALSO))
    assert "f.zip/b.csv is not UTF-8" in only_error(load(write("f.zip", zipped(*members))))
    assert targets(graph) == ["POL", "RUS"]


def test_an_empty_archive_is_no_crash(load, graph, write):
    report = load(write("f.zip", zipped()))
    assert report.total("rows") == 0 and not graph.store.path.exists()


def test_what_a_mac_puts_into_an_archive_is_no_file(load, graph, write):
    left = (
        ("__MACOSX/._a.csv", "\0\5"),
        ("__MACOSX/deep/b.csv", HEADER + ALSO),
        ("deep/.DS_Store", "\0"),
        ("deep/._b.csv", "\0"),
    )
    report = load(write("f.zip", zipped(("a.csv", HEADER + ROW), *left)))
    assert [file.file.rpartition("/")[2] for file in report.files] == ["a.csv"] and not report.failed
    assert targets(graph) == ["RUS"]


MIXED = zipped(("good.csv", HEADER + ROW), ("bad.csv", HEADER + "USA,meets,Poland,never\n"))


@pytest.mark.parametrize("name", ["f.zip", "F.ZIP", "download", "-"])
def test_strict_stores_nothing_of_an_archive_whatever_it_is_called(kg, write, name):
    if name != "-":
        write(name, MIXED)
    ran = kg("load", "--strict", name, stdin=MIXED if name == "-" else b"")
    assert ran.code == 1 and "nothing was stored" in ran.err and "bad.csv" in ran.err
    assert not kg.store.exists()


def test_strict_loads_all_of_streams_and_archives_without_bad_rows(kg, graph, write):
    write("f.csv", HEADER + ALSO)
    assert kg("load", "--strict", "-", "f.csv", stdin=zipped(("a.csv", HEADER + ROW))).code == 0
    assert targets(graph) == ["POL", "RUS"]


def linked():
    info = zipfile.ZipInfo("link.csv")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "name", ["../../kg_escape.csv", "ok/../../kg_escape.csv", "{tmp}/kg_escape.csv", "..\\kg_escape.csv", "C:\\kg_escape.csv", ""]
)
def test_s08_members_that_point_outside_are_refused(load, graph, write, tmp_path, name):
    name = name.format(tmp=tmp_path)
    path = write("evil.zip", zipped(("ok/facts.csv", HEADER + ROW), (name or linked(), HEADER + ALSO)))
    said = only_error(load(path))
    assert (name or "link.csv") in said and "ok/facts.csv" not in said
    assert not graph.store.path.exists()
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        assert not list(folder.glob("*kg_escape*"))


def test_s08_names_that_are_paths_make_distinct_harmless_ids(load, graph, inputs):
    load(inputs / "s08.csv")
    ids = {f.actor for f in graph.facts()}
    assert len(ids) == 5
    assert not any(set(i) & set("/\\:.") for i in ids)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("f.zip", b"<html>not found</html>", "is not a zip archive"),
        ("f.csv.gz", b"<html>not found</html>", "is not a gzip file"),
        ("f.zip", zipped(("a.csv", HEADER + ROW * 5000))[:-30], "zip archive"),
        ("f.csv.gz", gzip.compress(HEADER.encode() + ROW.encode() * 5000)[:-20], "gzip"),
        ("f.csv.gz", gzip.compress(HEADER.encode())[:-8] + bytes(8), "gzip"),
    ],
    ids=["no zip", "no gzip", "half a zip", "half a gzip", "a wrong checksum"],
)
def test_s09_what_is_no_archive_is_named(load, graph, write, name, content, words):
    said = only_error(load(write(name, content)))
    assert name in said and words in said
    assert not graph.store.path.exists()


def test_too_many_members_are_refused(load, graph, write, monkeypatch):
    monkeypatch.setattr(files, "MAX_MEMBERS", 2)
    said = only_error(load(write("f.zip", zipped(*((f"{i}.csv", HEADER + ROW) for i in range(3))))))
    assert "3 members" in said and not graph.store.path.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("inner.zip", zipped(("a.csv", HEADER + ROW))), ("inner.csv.gz", gzip.compress((HEADER + ROW).encode()))],
    ids=["zip", "gzip"],
)
def test_an_archive_in_an_archive_is_read_or_refused_by_name(load, graph, write, name, content):
    report = load(write("f.zip", zipped((name, content))))
    if report.failed:
        said = only_error(report)
        assert name in said and "archive" in said
    else:
        assert targets(graph) == ["RUS"]


def test_sheets_that_are_not_read_are_named(load, graph, tmp_path, caplog):
    book = openpyxl.Workbook()
    for row in (HEADER, ROW):
        book.active.append(row.strip().split(","))
    book.create_sheet("empty")
    for title in ("2010", "2011"):
        book.create_sheet(title).append(ALSO.strip().split(","))
    book.save(tmp_path / "f.xlsx")
    load(tmp_path / "f.xlsx")
    assert targets(graph) == ["RUS"]
    (said,) = [record.getMessage() for record in caplog.records]
    assert "f.xlsx: only its first sheet is read, not '2010', '2011';" in said


def test_a_spreadsheet_in_an_archive(load, graph, write):
    report = load(write("f.zip", zipped(("f.xlsx", TABLE), ("a.csv", HEADER + ALSO))))
    assert not report.failed and targets(graph) == ["POL", "RUS"]


# Gzip and standard input


@pytest.mark.parametrize(
    "content",
    [gzip.compress((HEADER + ROW + ALSO).encode()), gzip.compress((HEADER + ROW).encode()) + gzip.compress(ALSO.encode())],
    ids=["one member", "two members"],
)
def test_gzip(load, graph, write, content):
    load(write("f.csv.gz", content))
    assert targets(graph) == ["POL", "RUS"] and graph.facts()[0].sources == ("f",)


@pytest.mark.parametrize(
    "content",
    [(HEADER + ROW).encode(), gzip.compress((HEADER + ROW).encode()), ("\ufeff" + HEADER + ROW).encode("utf-16-le"), TABLE],
    ids=["text", "gzip", "UTF-16", "a spreadsheet"],
)
def test_standard_input(kg, graph, content):
    ran = kg("load", "-", "--source", "desk", stdin=content)
    assert ran.code == 0, ran.err
    assert [(f.target, f.sources) for f in graph.facts()] == [("RUS", ("desk",))]


@pytest.mark.parametrize("content", [(HEADER + ROW).encode(), gzip.compress((HEADER + ROW).encode()), TABLE])
@pytest.mark.parametrize("arguments", [[], ["--strict"]])
def test_standard_input_by_its_name(kg, graph, content, arguments):
    ran = kg("load", "/dev/stdin", *arguments, stdin=content)
    assert ran.code == 0 and "1 new fact" in ran.err, ran.err
    assert [(f.target, f.sources) for f in graph.facts()] == [("RUS", ("stdin",))]


def test_a_pipe_with_a_name_is_read_once(kg, graph, write, tmp_path):
    os.mkfifo(tmp_path / "wire.csv")
    writing = threading.Thread(target=write, args=("wire.csv", HEADER + ROW + ALSO), daemon=True)
    writing.start()
    ran = kg("load", "wire.csv", timeout=20)
    assert ran.code == 0 and "2 new facts" in ran.err, ran.err
    assert {f.target: f.sources for f in graph.facts()} == {"RUS": ("wire",), "POL": ("wire",)}


def test_nothing_on_standard_input(kg):
    ran = kg("load", "-")
    assert ran.code == 0 and "stdin: 0 facts" in ran.err


@pytest.mark.parametrize("arguments", [["f.csv.gz"], ["f.csv.gz", "--max-expanded", "1M"], ["f.csv", "--strict"]])
def test_nothing_is_left_in_the_temporary_folder(kg, write, tmp_path, arguments):
    (tmp_path / "temporary").mkdir()
    write("f.csv", HEADER + "USA,meets,Russia,never\n")
    write("f.csv.gz", gzip.compress((HEADER + ROW * 100_000).encode()))
    kg("load", *arguments, TMPDIR=str(tmp_path / "temporary"))
    assert list((tmp_path / "temporary").iterdir()) == []


# Size


def bomb():
    """64 KiB that unpack to 64 MiB of empty lines, with one fact before them."""
    content = io.BytesIO()
    with gzip.GzipFile(fileobj=content, mode="wb") as packed:
        packed.write((HEADER + ROW).encode())
        for _ in range(64):
            packed.write(b"\n" * MIB)
    return content.getvalue()


def test_s09_a_bomb_is_refused_by_size(load, graph, write, monkeypatch):
    path = write("bomb.csv.gz", bomb())
    assert path.stat().st_size < 100_000
    read = []
    plain = gzip.GzipFile.read

    def counted(self, size=-1):
        read.append(len(found := plain(self, size)))
        return found

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    said = only_error(load(path, limit=16 * MIB))
    assert "expands to more than 16777216 bytes" in said and "--max-expanded" in said
    assert sum(read) <= 18 * MIB and not graph.store.path.exists()


def test_s09_members_and_spreadsheets_count_too(load, graph, write):
    rows = [HEADER.strip().split(","), *(["USA", f"meets {i} {'x' * 500}", "Russia", "2009-03-27"] for i in range(4000))]
    for path in (write("f.zip", zipped(("f.csv", HEADER + ROW * 100_000))), write("f.xlsx", spreadsheet(*rows))):
        said = only_error(load(path, limit=MIB))
        assert path.stem in said and "expands to more than" in said
    assert not graph.store.path.exists()


#: The command with less memory for staging than it takes by itself.
FRUGAL = "import sys; sys.argv[0] = 'kg'; import kg.staging; kg.staging.MEMORY = '150MB'; from kg.cli import main; main()"


def peak(kg, *arguments, frugal=False):
    """The most memory, in bytes, that a load took."""
    words = [sys.executable, "-c", FRUGAL] if frugal else kg.words
    return held([*words, "load", *arguments], cwd=kg.folder, env=kg.environment)[1]


def many(path, rows):
    """A file of so many rows: 3 000 actors, 20 actions, 30 years."""
    form = {".csv": "csv", ".tsv": "csv, DELIMITER '\t'", ".jsonl": "json", ".parquet": "parquet"}[path.suffix]
    duckdb.connect().execute(f"""
        COPY (SELECT 'A' || i % 3000 AS actor, 'act' || i % 20 AS action, 'A' || (i + 1 + 7 * (i // 3000)) % 3000 AS target,
            format('{{}}-{{:02d}}-{{:02d}}', 1990 + i % 30, i % 12 + 1, i % 28 + 1) AS date FROM range({rows}) t(i))
        TO '{path}' (FORMAT {form})""")
    return path


def test_s09_a_bomb_without_a_limit_is_a_stream(kg, graph, write):
    assert peak(kg, write("bomb.csv.gz", bomb())) < 400 * MIB
    assert len(graph.facts()) == 1


def test_m01_memory_does_not_grow_with_the_file(kg, tmp_path):
    most = {}
    for form, rows in (("csv", 100_000), ("csv", 300_000), ("tsv", 300_000), ("jsonl", 300_000), ("parquet", 300_000)):
        file = many(tmp_path / f"{rows}.{form}", rows)
        most[file.name] = peak(kg, file, "--kg", f"{file}.kg", frugal=True) // MIB
    assert max(most.values()) <= 1.5 * most["100000.csv"], f"MiB by rows and form: {most}"


def test_m01_memory_is_bounded(kg, tmp_path):
    assert peak(kg, many(tmp_path / "large.csv", 600_000)) < 2048 * MIB


def test_m01_a_file_larger_than_the_memory_for_it_is_staged(graph, tmp_path, monkeypatch):
    """Of what is read at once nothing can be spilt: that must not be the file."""
    monkeypatch.setattr(LocalStore, "memory", "110MB")
    file = tmp_path / "long.csv"
    with file.open("w") as out:
        out.write("actor,action,target,date,quote\n")
        out.writelines(
            f"A{i % 97},meets,A{i % 89},2009-{i % 12 + 1:02}-{i % 28 + 1:02},{i} {'word ' * 220}\n" for i in range(100_000)
        )
    assert file.stat().st_size > 110_000_000
    report = graph.load(file)
    assert (report.failed, report.total("rows"), report.total("rejected")) == ([], 100_000, 0)
