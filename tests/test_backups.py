"""A store becomes one file and comes back as it was, or not at all."""

import json
import os
import shutil
import subprocess
import zipfile

import pytest
from helpers_store import EXAMPLE, STANDING_EXAMPLE, ask_index, child, many_rows, write_rows

import kg as package
from kg import copying
from kg.errors import InputError, StoreBusy, StoreError, UsageError
from kg.stores.record import FILE, FORMAT, TABLES


def digests(graph):
    with graph.store.tables(*TABLES) as con:
        return copying.digest(con)


@pytest.fixture
def g(graph, tmp_path):
    graph.load(EXAMPLE, STANDING_EXAMPLE)
    graph.load(write_rows(tmp_path / "odd.csv", [("USA", "meets", "RUS", "x"), ("USA", "meets", "Somebody", "2009")]))
    graph.undo(2)
    return graph


@pytest.fixture
def saved(g, tmp_path):
    g.backup(tmp_path / "s.kgbackup")
    return tmp_path / "s.kgbackup"


def test_a_backup_restores_all_that_the_store_knew(g, saved, tmp_path):
    ask_index(g, "facts-at", "cypher")
    other = package.open(tmp_path / "new" / "folder.kg")
    found = other.restore(saved)
    assert digests(other) == digests(g)
    assert found.tables == {table: rows for table, (rows, _) in digests(g).items()}
    assert [f.wrong for f in other.check() if f.wrong] == []
    assert [*other.store.path.iterdir()] == [other.store.path / FILE]
    assert other.ask("facts-at").rows == g.ask("facts-at").rows
    assert other.load(EXAMPLE).total("new") == 0
    assert {f.name for f in tmp_path.iterdir() if f.name.startswith(".")} == set()


def test_the_commands(g, kg, tmp_path):
    ran = kg("backup", "b.kgbackup")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"wrote {digests(g)['fact'][0]} facts of {kg.store} to b.kgbackup; kg restore reads it\n"
    ran = kg("restore", "b.kgbackup", "--kg", "back.kg")
    assert (ran.code, ran.out) == (0, "") and ran.err.startswith("restored back.kg as it was on 2")
    assert digests(package.open(tmp_path / "back.kg")) == digests(g)


def test_nothing_is_overwritten(g, saved, tmp_path):
    before = digests(g)
    with pytest.raises(StoreError, match="has something in it, and nothing is overwritten"):
        g.restore(saved)
    assert digests(g) == before
    (tmp_path / "empty.kg").mkdir()
    empty = package.open(tmp_path / "empty.kg")
    empty.restore(saved)
    assert digests(empty) == before


def test_an_older_backup_is_replaced_by_a_whole_one_only(g, saved, kg):
    g.load(write_rows(saved.parent / "new.csv", [("USA", "meets", "POL", "2011")]))
    before = saved.read_bytes()
    with g.store.record.writing():  # by this process, so that the command has to wait, and gives up
        ran = kg("backup", saved, KG_WAIT="0.2")
    assert (ran.code, ran.out) == (1, "") and "another process is using" in ran.err
    assert saved.read_bytes() == before
    assert kg("backup", saved).code == 0
    assert saved.read_bytes() != before


@pytest.mark.parametrize("content", [b"actor,action\n", b"PK\x03\x04", None], ids=["a table", "half a zip", "another zip"])
def test_what_is_no_backup_is_not_replaced(g, kg, tmp_path, content):
    path = tmp_path / "mine"
    if content is None:
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("facts.csv", "actor,action\n")
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    ran = kg("backup", "mine")
    assert (ran.code, ran.out) == (1, "") and "mine is there and is no backup, and is not overwritten" in ran.err
    assert path.read_bytes() == before
    with pytest.raises(StoreError, match="is no backup"):
        g.backup(tmp_path)


def test_backups_of_another_format_and_empty_files_are_replaced(g, saved, tmp_path):
    rewritten(saved, format=FORMAT - 1)
    (tmp_path / "empty").touch()
    for path in (saved, tmp_path / "empty"):
        g.backup(path)
        restored = package.open(tmp_path / f"{path.name}.kg")
        restored.restore(path)
        assert list(restored.rows()) == list(g.rows()) != []


def test_others_may_read_while_a_backup_is_made(g, kg):
    with g.store.reading() as con:
        ran = kg("backup", "b.kgbackup", KG_WAIT="0.2")
        assert ran.code == 0, ran.err
        assert con.execute("SELECT count(*) FROM kg.fact").fetchall()[0][0] > 10


def test_a_writer_waits_while_a_backup_reads(g, monkeypatch, tmp_path):
    monkeypatch.setenv("KG_WAIT", "0.2")
    plain, seen = copying.digest, []

    def while_reading(con):
        if not seen:
            code = "import sys, kg\nkg.open(sys.argv[1]).load(sys.argv[2])"
            writer = child(code, g.store.path, write_rows(tmp_path / "n.csv", [("USA", "meets", "POL", "2011")]), KG_WAIT="0.2")
            seen.append(writer.communicate(timeout=60)[1])
        return plain(con)

    monkeypatch.setattr(copying, "digest", while_reading)
    g.backup(tmp_path / "b.kgbackup")
    assert StoreBusy.__name__ in seen[0]
    package.open(tmp_path / "back.kg").restore(tmp_path / "b.kgbackup")
    assert digests(package.open(tmp_path / "back.kg")) == digests(g)


# -- what is no backup ----------------------------------------------------------------------------------------------------


def assert_refused(saved, tmp_path, match):
    place = tmp_path / "refused.kg"
    with pytest.raises(InputError, match=match) as caught:
        package.open(place).restore(saved)
    assert caught.value.hint
    assert not place.exists()
    assert [f.name for f in tmp_path.iterdir() if f.name.startswith(".")] == []


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9, 0.999])
def test_a_backup_cut_off_is_refused(saved, tmp_path, part):
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * part)])
    assert_refused(saved, tmp_path, "is not as kg backup has written it")


@pytest.mark.parametrize("part", [0.05, 0.2, 0.5, 0.8])
def test_a_backup_with_another_byte_is_refused(saved, tmp_path, part):
    data = bytearray(saved.read_bytes())
    data[int(len(data) * part)] ^= 0xFF
    saved.write_bytes(data)
    assert_refused(saved, tmp_path, "is not as kg backup has written it")


def rewritten(saved, *, record=None, **about):
    """The backup with another record, or with other things said of it."""
    with zipfile.ZipFile(saved) as file:
        said, was = json.loads(file.read("backup.json")), file.read(FILE)
    with zipfile.ZipFile(saved, "w") as file:
        file.writestr("backup.json", json.dumps(said | about))
        file.writestr(FILE, was if record is None else record)


def test_a_backup_whose_checksum_is_another_is_refused(saved, tmp_path):
    rewritten(saved, sha256="0" * 64)
    assert_refused(saved, tmp_path, "its checksum is another")


def test_a_record_longer_than_said_is_not_unpacked(saved, tmp_path):
    rewritten(saved, record=bytes(50_000_000), bytes=1000)
    assert_refused(saved, tmp_path, "its checksum is another")


def test_a_backup_with_other_rows_than_it_says_is_refused(saved, tmp_path):
    rewritten(saved, tables={table: 0 for table in TABLES})
    assert_refused(saved, tmp_path, "it should have")


@pytest.mark.parametrize("number", [FORMAT - 1, FORMAT + 1])
def test_a_backup_of_another_format_is_refused(saved, tmp_path, number):
    rewritten(saved, format=number)
    assert_refused(saved, tmp_path, f"has a store of format {number}, this version reads format {FORMAT}")


def test_other_zips_and_other_files_are_refused(saved, tmp_path):
    rewritten(saved, kind="something else")
    assert_refused(saved, tmp_path, "it is no backup")
    with zipfile.ZipFile(saved, "w") as file:
        file.writestr("facts.csv", "actor,action\n")
    assert_refused(saved, tmp_path, "it is no backup")
    saved.write_text("actor,action\n")
    assert_refused(saved, tmp_path, "it is no backup")
    saved.unlink()
    assert_refused(saved, tmp_path, "can't open")


def test_a_damaged_store_gives_no_backup(g, kg, tmp_path):
    kg("backup", "b.kgbackup")
    path = g.store.record.path
    data = path.read_bytes()
    for at in range(12_288 + 4_000, len(data), 20_000):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        if kg("check").code:
            break
    before = (tmp_path / "b.kgbackup").read_bytes()
    ran = kg("backup", "b.kgbackup")
    assert (ran.code, ran.out) == (1, "") and ran.err.startswith("error: ") and "Traceback" not in ran.err
    assert (tmp_path / "b.kgbackup").read_bytes() == before


def test_a_server_is_not_backed_up_this_way(tmp_path):
    for url in ("neo4j://localhost:7687", "http://localhost:3030/kg/sparql"):
        for verb in ("backup", "restore"):
            with pytest.raises(UsageError, match=f"kg {verb} is for a store in a folder") as caught:
                getattr(package.open(url), verb)(tmp_path / "x")
            assert "kg copy" in caught.value.hint


def test_what_is_not_there_gives_no_backup(kg, tmp_path):
    ran = kg("backup", "b.kgbackup")
    assert (ran.code, "there is no store" in ran.err) == (1, True)
    assert not os.path.exists(tmp_path / "b.kgbackup")


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_killed_at_any_moment_it_leaves_all_or_nothing(graph, tmp_path, verb):
    graph.load(many_rows(tmp_path / "many.csv", 5_000))
    graph.backup(tmp_path / "whole.kgbackup")
    source, target = {
        "backup": (graph.store.path, tmp_path / "out.kgbackup"), "restore": (tmp_path / "out.kg", tmp_path / "whole.kgbackup")
    }[verb]  # fmt: skip
    left = target if verb == "backup" else source
    code = f"import sys, kg, duckdb, pyarrow\nprint('now', flush=True)\nkg.open(sys.argv[1]).{verb}(sys.argv[2])"
    seen = set()
    for n in range(5):
        process = child(code, source, target)
        process.stdout.readline()
        try:
            process.wait(timeout=0.1 * n)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        seen.add(left.exists())
        if left.exists() and verb == "backup":
            package.open(tmp_path / f"{n}.kg").restore(left)
            assert digests(package.open(tmp_path / f"{n}.kg")) == digests(graph)
            left.unlink()
        elif left.exists():
            assert digests(package.open(left)) == digests(graph)
            shutil.rmtree(left)
    assert False in seen, "none was cut off"
