"""Engines that read records are kept from one reading to the next, and nothing of a reading with them."""

import os
import shutil
import subprocess
import sys

import duckdb
import pytest
from helpers_store import EXAMPLE, command

import kg
from kg.errors import StoreBusy, StoreDamaged
from kg.stores import engines


@pytest.fixture
def example(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "_waiting", [])
    graph = kg.open(tmp_path / "it's.kg")
    graph.load(EXAMPLE)
    engines._waiting.clear()
    return graph


def setting(con, name):
    return con.execute(f"SELECT current_setting('{name}')").fetchall()[0][0]


def counted(con):
    return con.execute("SELECT count(*) FROM kg.fact").fetchall()[0][0]


def test_the_next_reading_has_the_engine_and_nothing_of_the_last(example):
    with example.store.reading() as con:
        before = setting(con, "memory_limit"), setting(con, "threads")
        con.execute("CREATE TEMP TABLE near AS SELECT 1 AS id")
        con.execute("SET memory_limit = '77MB'")
        con.execute("SET threads = 1")
    (one,) = engines._waiting
    with example.store.reading() as con:
        assert not engines._waiting
        assert (setting(con, "memory_limit"), setting(con, "threads")) == before
        assert setting(con, "temp_directory") == f"{example.store.record.path}.tmp"
        with pytest.raises(duckdb.CatalogException):
            con.execute("FROM near")
    assert engines._waiting == [one]


def test_a_record_stays_open_until_it_is_another_one(example, tmp_path):
    with example.store.reading() as con:
        before = counted(con)
    (one,) = engines._waiting
    assert one.path == example.store.record.path and one.state[0] == example.store.record.stamp()
    # Another process writes, as if nobody had the file open.
    more = tmp_path / "more.csv"
    more.write_text("actor,action,target,date\nUSA,meets,RUS,2010-04-08\n", encoding="utf-8")
    done = command("load", more, "--kg", example.store.path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with example.store.reading() as con:
        assert counted(con) == before + 1
    assert engines._waiting[0].engine is one.engine and engines._waiting[0].state != one.state
    # And a store in its place is another one, whatever its name.
    shutil.rmtree(example.store.path)
    example.load(more)
    with example.store.reading() as con:
        assert counted(con) == 1


def test_a_record_that_changed_within_a_tick_of_the_clock_is_another_one(example, tmp_path):
    """As where a file system tells times by the second: the size may be the same as well."""
    record = example.store.record.path
    with example.store.reading():
        pass
    before, (one,) = record.stat(), engines._waiting
    other = tmp_path / "more.csv"
    other.write_text("actor,action,target,date\nUSA,meets,RUS,2010-04-08\n", encoding="utf-8")
    assert command("load", other, "--kg", example.store.path, cwd=tmp_path).returncode == 0
    os.utime(record, ns=(before.st_atime_ns, before.st_mtime_ns))
    if record.stat().st_size < before.st_size:
        os.truncate(record, before.st_size)
    with example.store.reading() as con:
        assert con.execute("SELECT count(*) FROM kg.change").fetchall() == [(2,)]
    assert engines._waiting[0].state != one.state


def test_who_writes_in_the_same_process_closes_what_waits(example, tmp_path):
    with example.store.reading():
        pass
    other = kg.open(example.store.path)
    assert other.derive() is not None
    assert [one.path for one in engines._waiting] == [None]
    with example.store.reading():
        pass
    example.close()
    assert [one.path for one in engines._waiting] == [None]


def test_of_many_stores_the_last_stay_open(tmp_path, example):
    stores = [kg.open(tmp_path / f"{n}.kg") for n in range(6)]
    for store in stores:
        store.load(EXAMPLE)
    for store in (*stores, *stores):
        assert len(store.facts()) == len(example.facts())
    assert len(engines._waiting) <= 4


def test_an_engine_in_which_something_failed_is_not_kept(example):
    with pytest.raises(duckdb.Error), example.store.reading() as con:
        con.execute("FROM nothing")
    assert not engines._waiting


def ended(script, *arguments, cwd):
    """How a process of its own ended: its code and what it said."""
    words = [sys.executable, "-W", "ignore", "-c", script, *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=90, cwd=cwd, env={**os.environ, "KG_WAIT": "10"})
    return done.returncode, done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked off there")
def test_a_forked_process_reads_writes_and_ends_as_any_other(example, tmp_path):
    script = (
        "import os, sys, kg\n"
        "graph = kg.open(sys.argv[1])\n"
        "before = len(graph.facts())\n"
        "if not (child := os.fork()):\n"
        "    kg.open(sys.argv[1]).derive()\n"
        "    sys.exit(len(graph.facts()) != before)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0\n"
        "graph.derive()\n"
        "assert len(graph.facts()) == before\n"
    )
    assert ended(script, example.store.path, cwd=tmp_path) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked off there")
def test_a_forked_process_holds_no_lock_of_its_parent(example, tmp_path):
    script = (
        "import os, sys, kg, signal\n"
        "graph = kg.open(sys.argv[1])\n"
        "rows = graph.rows(); next(rows)\n"
        "if not (child := os.fork()):\n"
        "    signal.pause()\n"
        "list(rows)\n"
        "graph.derive()\n"
        "os.kill(child, signal.SIGKILL)\n"
    )
    assert ended(script, example.store.path, cwd=tmp_path) == (0, "")


def test_a_store_that_is_moved_while_it_is_read_stays_open_to_others(example, tmp_path):
    rows = example.rows()
    next(rows)
    moved = tmp_path / "moved.kg"
    example.store.path.rename(moved)
    assert len([*rows]) > 10
    assert [one.path for one in engines._waiting] == [None]
    done = command("derive", "--kg", moved, cwd=tmp_path, KG_WAIT="5")
    assert done.returncode == 0, done.stderr


def test_the_working_folder_may_change_while_it_is_read(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = kg.open("it's.kg").rows()
    next(rows)
    monkeypatch.chdir("/")
    assert len([*rows]) > 10
    done = command("derive", "--kg", example.store.path, cwd=tmp_path, KG_WAIT="5")
    assert done.returncode == 0, done.stderr


def test_a_check_reads_the_disk(example):
    example.facts()
    assert not any(found.wrong for found in example.check())
    record = example.store.record.path
    before = record.stat()
    whole = bytearray(record.read_bytes())
    for place in range(4096 * 4 + 100, len(whole), 4096):
        whole[place] ^= 0xFF
    record.write_bytes(whole)
    os.utime(record, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(StoreDamaged):
        example.check()


def test_a_store_that_is_forgotten_leaves_no_files_open(example, tmp_path):
    example.backup(tmp_path / "b.kgbackup")
    example.at("2009-09-18").cypher("MATCH (x) RETURN count(x)")
    gone = kg.open(tmp_path / "gone.kg")
    gone.load(EXAMPLE)
    gone.facts()
    shutil.rmtree(tmp_path / "gone.kg")
    del gone
    example.close()
    opened = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{fd}")]
    assert [path for path in opened if "kg.duckdb" in path and str(tmp_path) in path] == []


def test_who_still_reads_is_told_so(example, monkeypatch):
    monkeypatch.setenv("KG_WAIT", "0.1")
    rows = example.rows()
    next(rows)
    with pytest.raises(StoreBusy, match=r"this process is still reading.*\n.*Graph\.rows"):
        example.derive()
    rows.close()
    assert example.derive() is not None


def test_two_readings_at_once_and_then_a_writer(example):
    with example.store.reading() as one, example.store.reading() as other:
        counts = [con.execute("SELECT count(*) FROM kg.fact").fetchall() for con in (one, other)]
        assert counts[0] == counts[1]
    assert len(engines._waiting) == 2
    assert example.derive() is not None


def test_a_name_given_meanwhile_is_known_to_the_next_question(example, tmp_path):
    assert example.store.aliases() == []
    names = tmp_path / "names.csv"
    names.write_text("name,id\nthe Boss of Bosses,USA\n", encoding="utf-8")
    example.add_names(names)
    assert len(example.store.aliases()) == 1
