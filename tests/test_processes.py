"""Processes and threads that share a store: one writes at a time, those that wait are told why, and nothing is lost."""

import subprocess
import threading
from collections import defaultdict

import pytest
from helpers_store import ROOT, child, command, finished, many_rows, only, write_rows

import kg
from kg.errors import StoreBusy, StoreError
from kg.load import Options, load
from kg.stores import open_store
from kg.stores.merge import Counts


@pytest.fixture
def g(tmp_path):
    return kg.open(tmp_path / "s.kg")


#: Loads a file and stops where it says, until a line comes in: after staging, or with everything stored but not committed.
HOLDING = """
import sys, kg
from kg.stores import merge
step, file, store = sys.argv[1:]
plain = getattr(merge, step)
def held(*arguments, **more):
    found = plain(*arguments, **more)
    print("holding", flush=True)
    sys.stdin.readline()
    return found
setattr(merge, step, held)
print(kg.open(store).load(file).total("new"))
"""


@pytest.fixture
def holding(tmp_path):
    """Start a load of a file that holds at a step; it is ended with the test."""
    started = []

    def start(step, file, store):
        process = child(HOLDING, step, file, store)
        started.append(process)
        assert process.stdout.readline() == "holding\n", process.communicate()[1]
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def release(process):
    """Let a held load go on to its end; returns how many facts were new."""
    out, err = process.communicate("\n", timeout=30)
    assert process.returncode == 0, err
    return int(out)


def test_a_second_writer_waits_for_the_first(g, tmp_path, records, holding):
    g.load(write_rows(tmp_path / "base.csv", [("DEU", "meets", "FRA", "2001")]))
    first = holding("store", many_rows(tmp_path / "many.csv", 3000), g.store.path)
    second = child("import sys, kg; print(kg.open(sys.argv[2]).load(sys.argv[1]).total('new'))", records, g.store.path)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(1.5)
    assert release(first) == 3000
    assert finished(second) == "2\n"
    assert g.info()["facts"] == 3003
    assert [c["new"] for c in g.info()["changes"]] == [1, 3000, 2]


def test_who_waits_in_vain_is_told_so(g, tmp_path, records, holding):
    g.load(records)
    first = holding("store", many_rows(tmp_path / "many.csv", 100), g.store.path)
    for arguments in (
        ["load", records],
        ["facts"],
        ["ask", "facts-at"],
        ["retract", "--source", "records", "--id", "r1"],
        ["info"],
    ):
        done = command(*arguments, "--kg", g.store.path, cwd=tmp_path, KG_WAIT="0.3")
        assert (done.returncode, done.stdout) == (1, ""), arguments
        assert f"error: another process is using {g.store.path} and did not finish in 0.3 s\n" in done.stderr
        assert "hint: try again when it is done, or wait longer: KG_WAIT=" in done.stderr
        assert "Traceback" not in done.stderr
    assert release(first) == 100
    assert g.info()["facts"] == 102


def test_a_wait_that_is_no_number_is_said_so(g, records, monkeypatch):
    g.load(records)
    monkeypatch.setenv("KG_WAIT", "long")
    with pytest.raises(StoreError, match="KG_WAIT=long"):
        g.facts()


def test_reading_goes_on_while_another_process_stages(g, tmp_path, records, holding, monkeypatch):
    monkeypatch.setenv("KG_WAIT", "0.5")
    g.load(records)
    other = holding("find_firsts", many_rows(tmp_path / "many.csv", 20_000), g.store.path)
    assert len(g.facts()) == 2
    assert len(g.ask("facts-at", at="2009-09-17").rows) == 1
    assert g.retract("records", "r1") == 1, "another may even write"
    assert release(other) == 20_000
    assert g.info()["facts"] == 20_001


def test_two_loaders_on_a_new_store_at_the_same_moment(tmp_path):
    """Six times, both sides ready before the word is given; whoever comes second finds everything known."""
    file = write_rows(
        tmp_path / "f.csv",
        [(f"A{i % 50}", f"act{i // 50}", f"A{(i + 7) % 50}", f"2009-{i % 12 + 1:02d}-{i % 28 + 1:02d}") for i in range(500)],
    )
    code = """
import sys, kg, duckdb, pyarrow
kg.open(sys.argv[2] + "/warm.kg" + sys.argv[3]).load(sys.argv[1])
print("ready", flush=True)
for i, _ in enumerate(sys.stdin):
    print(kg.open(f"{sys.argv[2]}/{i}.kg").load(sys.argv[1]).total("new"), flush=True)
"""
    both = [child(code, file, tmp_path, n) for n in "ab"]
    try:
        for process in both:
            assert process.stdout.readline() == "ready\n", process.communicate()[1]
        for i in range(6):
            for process in both:
                process.stdin.write("go\n")
                process.stdin.flush()
            found = [process.stdout.readline() for process in both]
            assert sorted(found) == ["0\n", "500\n"], [p.communicate()[1] for p in both]
            info = kg.open(tmp_path / f"{i}.kg").info()
            assert (info["facts"], info["reports"], info["entities"]) == (500, 500, 50)
    finally:
        for process in both:
            process.communicate(timeout=20)


def test_threads_of_one_process_take_turns(g, tmp_path):
    files = [many_rows(tmp_path / f"{n}.csv", 300, 300 * n) for n in range(4)]
    results = defaultdict(list)

    def work(file):
        try:
            results["new"].append(load(open_store(g.store.path), [file], Options()).total("new"))
        except Exception as error:  # noqa: BLE001  # shown by the assertion below
            results["error"].append(error)

    threads = [threading.Thread(target=work, args=(file,)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dict(results) == {"new": [300] * 4}
    assert g.info()["facts"] == 1200


def test_writing_while_rows_are_taken_is_busy_not_damaged(g, records, tmp_path, monkeypatch):
    """The record is read for as long as rows are taken, also by this very process; nobody should restore it from a copy."""
    monkeypatch.setenv("KG_WAIT", "0.2")
    g.load(records)
    rows = g.rows()
    next(rows)
    try:
        with pytest.raises(StoreBusy):
            g.load(many_rows(tmp_path / "more.csv", 10))
    finally:
        rows.close()
    assert only(g.load(many_rows(tmp_path / "more.csv", 10))).new == 10


def test_the_example_of_a_stop_and_a_rerun(g, tmp_path):
    """Three thousand rows, one of them bad: 2 999 stored and one reject, and no row twice after a rerun."""
    rows = [
        (
            f"A{i % 100}",
            f"act{i // 100}",
            f"A{(i + 1) % 100}",
            "not-a-date" if i == 1500 else f"2009-{i % 12 + 1:02d}-{i % 28 + 1:02d}",
        )
        for i in range(3000)
    ]
    file = write_rows(tmp_path / "f.csv", rows)
    assert only(g.load(file)) == Counts(rows=3000, new=2999, known=0, rejected=1, reports=2999, closed=0)
    assert only(g.load(file)) == Counts(rows=3000, new=0, known=2999, rejected=1, reports=0, closed=0)
    assert (g.info()["facts"], g.info()["entities"]) == (2999, 100)


def test_a_child_finds_this_checkout():
    """Else the tests above would test another installation."""
    assert finished(child("import kg; print(kg.__file__)")).strip() == str(ROOT / "kg" / "__init__.py")


#: Writes a line of its own into a record, and says whether it could.
WRITING = """
import os, sys
from pathlib import Path
from kg.errors import StoreBusy
from kg.stores.record import Record
os.environ["KG_WAIT"] = "0.3"
try:
    with Record(Path(sys.argv[1]) / "kg.duckdb").writing() as con:
        con.execute("INSERT INTO kg.reject VALUES (1, 1, 'of another process', '')")
    print("written")
except StoreBusy:
    print("busy")
"""


def written_elsewhere(g):
    done = child(WRITING, str(g.store.path))
    return done.communicate(timeout=30)[0].strip()


def test_a_second_reader_of_a_process_lets_nobody_write_when_it_leaves(g, tmp_path, monkeypatch):
    """DuckDB's lock is the process's, and gone with the first that closes the file."""
    monkeypatch.setenv("KG_WAIT", "0.3")
    g.load(many_rows(tmp_path / "f.csv", 3))
    with g.store.reading():
        assert written_elsewhere(g) == "busy"
        assert g.info()["facts"] == 3
        assert written_elsewhere(g) == "busy"
    assert written_elsewhere(g) == "written"


def test_a_thread_that_would_read_lets_nobody_else_write(g, tmp_path, monkeypatch):
    monkeypatch.setenv("KG_WAIT", "0.3")
    g.load(many_rows(tmp_path / "f.csv", 3))
    refused = []

    def read():
        try:
            kg.open(g.store.path).info()
        except StoreBusy as error:
            refused.append(error)

    with g.store.record.writing() as con:
        con.execute("INSERT INTO kg.reject VALUES (1, 1, 'mine', '')")
        g.store.record.path.open("rb").close()
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
        assert len(refused) == 1
        assert written_elsewhere(g) == "busy"
    assert [r["reason"] for r in g.store.rejects()] == ["mine"]
