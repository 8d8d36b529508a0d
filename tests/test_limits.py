"""A question that takes too long, or too much memory, is stopped, whoever answers it, and the message says so."""

import os
import re
import sys
import threading
import time
from pathlib import Path

import pytest
from helpers_store import EXAMPLE, many_rows

import kg as package
from kg import duck, limits, watching
from kg.errors import LimitReached, UsageError

#: Questions that would take minutes; by what answers them.
ENDLESS = {
    "DuckDB": ["sparql", "SELECT (COUNT(*) AS ?n) { ?a kg:actor ?u . ?b kg:actor ?v . ?c kg:actor ?w "
               "FILTER(?a != ?b && ?b != ?c) }"],
    "Ladybug": ["cypher", "MATCH (a:Entity)-[r]->(:Entity), (b:Entity)-[s]->(:Entity), (c:Entity)-[t]->(:Entity) "
                "WHERE r.day + s.day + t.day = 1 RETURN count(*)"],
    "Ladybug, in a list": ["cypher", "UNWIND range(1, 100000000) AS x RETURN sum(x)"],
    "Oxigraph": ["sparql", "SELECT (COUNT(*) AS ?n) (RAND() AS ?r) { ?a kg:actor ?u . ?b kg:actor ?v . ?c kg:actor ?w }"],
}  # fmt: skip
#: Those that need gigabytes.
GREEDY = {
    "Ladybug": ["cypher", "UNWIND range(1, 100000000) AS x RETURN collect(x)"],
    "Oxigraph": ["sparql", "SELECT ?a ?b (RAND() AS ?r) { ?a kg:actor ?u . ?b kg:actor ?v } ORDER BY ?r"],
    "DuckDB": ["sparql", "SELECT ?a ?b { ?a kg:actor ?u . ?b kg:actor ?v }"],
}


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A store of some thousand facts with both indexes."""
    folder = tmp_path_factory.mktemp("limits")
    graph = package.open(folder / "s.kg")
    graph.load(many_rows(folder / "many.csv", 4_000))
    for language in ("cypher", "sparql"):
        graph.store.index(language).ready()
    return graph.store.path


def left_behind(folder):
    return [f for f in os.listdir(folder) if f.startswith(("kg-", "."))]


@pytest.mark.parametrize("who", ENDLESS)
def test_a_question_that_takes_too_long_is_stopped(kg, many, tmp_path, who):
    before = time.monotonic()
    ran = kg(*ENDLESS[who], "--kg", many, "--timeout", "3", TMPDIR=str(tmp_path))
    assert time.monotonic() - before < 30
    assert (ran.code, ran.out) == (1, "")
    lines = [line for line in ran.err.splitlines() if not line.startswith("note: ")]
    assert lines[0] == "error: the question took longer than 3 s and was stopped"
    assert lines[1].startswith("hint: allow it more (--timeout)") and len(lines) == 2
    assert left_behind(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the engines' own limits count")
@pytest.mark.parametrize("who", GREEDY)
def test_a_question_that_needs_too_much_memory_is_stopped(kg, many, tmp_path, who):
    ran = kg(*GREEDY[who], "--kg", many, "--max-memory", "300M", "--format", "csv", TMPDIR=str(tmp_path))
    lines = [line for line in ran.err.splitlines() if not line.startswith("note: ")]
    assert ran.code == 1, ran.err
    assert lines[0] == "error: the question needed more memory than 300M and was stopped", ran.err
    assert lines[1].startswith("hint: allow it more (--max-memory)") and len(lines) == 2
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("facts",),
        ("ask", "facts-at"),
        ("trend", "NATO", "--by", "year"),
    ],
)
def test_within_its_limits_a_question_is_answered_as_without(kg, arguments, tmp_path):
    kg("load", EXAMPLE)
    plain = kg(*arguments)
    limited = kg(*arguments, "--timeout", "50", "--max-memory", "1G")
    assert limited == plain and plain.code == 0 and plain.out


def test_the_environment_sets_limits_and_no_package_of_the_working_folder_comes_between(kg, tmp_path):
    kg("load", EXAMPLE)
    (tmp_path / "kg.py").write_text("raise SystemExit('not this one')")
    ran = kg("facts", KG_TIMEOUT="50", KG_MAX_MEMORY="1G")
    assert ran.code == 0 and ran.out
    ran = kg("export", "out.csv", KG_TIMEOUT="50")
    assert (ran.code, (tmp_path / "out.csv").exists()) == (0, True)


def test_errors_and_exit_codes_are_those_of_the_command(kg):
    ran = kg("facts", "--timeout", "50")
    assert (ran.code, "there is no store" in ran.err) == (1, True)
    kg("load", EXAMPLE)
    assert kg("facts", "--timeout", "50", "--type", "LOVE").code == 2
    assert kg("cypher", "MATCH nonsense", "--timeout", "50").code == 1


def test_an_export_that_is_stopped_keeps_the_older_file(kg, many, tmp_path):
    (tmp_path / "out.html").write_text("older")
    ran = kg("export", "out.html", "--kg", many, "--timeout", "0.9")
    if ran.code == 0:
        pytest.skip("this machine writes it in less")
    assert (ran.code, "took longer than 0.9 s" in ran.err, "Traceback" in ran.err) == (1, True, False)
    assert (tmp_path / "out.html").read_text() == "older"


@pytest.mark.parametrize("option", ["--timeout=0", "--timeout=-1", "--timeout=soon", "--max-memory=much", "--max-memory=10M"])
def test_limits_that_make_no_sense_are_refused(kg, option):
    ran = kg("facts", option)
    assert (ran.code, ran.out) == (2, "")
    assert option.partition("=")[0] in ran.err


def test_memory_is_read_and_said():
    for text, number in (("500M", 500 << 20), ("2g", 2 << 30), ("1.5GiB", 3 << 29), ("300 MB", 300 << 20), ("7", 7)):
        assert limits.size(text, "--max-memory") == number
    assert [limits.shown(n) for n in (7, 300 << 20, 3 << 29)] == ["7", "300M", "1.5G"]
    with pytest.raises(UsageError, match="--max-memory 3X is no size"):
        limits.size("3X", "--max-memory")


def test_duckdb_draws_no_bar_between_the_rows_of_an_answer():
    """After two seconds it would, on standard output."""
    con = duck.connect()
    for each in (con, con.cursor()):
        assert each.execute("SELECT current_setting('enable_progress_bar')").fetchone() == (False,)
    package_files = Path(package.__file__).parent.rglob("*.py")
    assert [p.name for p in package_files if "duckdb.connect(" in p.read_text()] == ["duck.py"]


def test_engines_are_told_what_they_may_hold(graph, monkeypatch):
    graph.load(EXAMPLE)
    setting = "SELECT value FROM duckdb_settings() WHERE name = 'memory_limit'"
    with graph.store.reading() as con:
        (before,) = con.execute(setting).fetchone()
    monkeypatch.setenv(limits.WATCHED, "1")
    monkeypatch.setenv(limits.MEMORY, str(448 << 20))
    with graph.store.reading() as con:
        assert con.execute(setting).fetchone() == ("256.0 MiB",) != (before,)
    assert graph.cypher("MATCH (a:Entity) RETURN count(*)").rows[0][0] > 5
    assert graph.sparql("SELECT ?f { ?f kg:date ?d }").rows
    monkeypatch.setenv(limits.MEMORY, str((192 << 20) + (1 << 20)))
    with pytest.raises(LimitReached, match=r"needed more memory than 193M"):
        graph.sparql("SELECT ?a ?b ?c { ?a kg:actor ?u . ?b kg:actor ?v . ?c kg:actor ?w } ORDER BY ?c ?b ?a")


def test_the_watched_process_is_given_a_moment_to_clear_away(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "_CODE", f"""
import pathlib, time
mark = pathlib.Path({str(tmp_path / "mark")!r})
try:
    mark.touch()
    time.sleep(60)
finally:
    mark.unlink()
""".replace("{", "{{").replace("}", "}}") + "#{root}")  # fmt: skip
    seen = threading.Event()

    class Clock:
        """Two seconds are over when the process has begun: on a busy machine it takes longer than that to start."""

        @staticmethod
        def monotonic():
            if (tmp_path / "mark").exists():
                seen.set()
            return 3.0 if seen.is_set() else 0.0

    monkeypatch.setattr(watching, "time", Clock)
    monkeypatch.setattr(watching, "_GRACE", 30.0)
    with pytest.raises(LimitReached, match=re.escape("longer than 2 s")):
        watching.watched([], 2.0, None)
    assert seen.is_set() and not (tmp_path / "mark").exists()
