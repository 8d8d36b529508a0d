"""Processes that ask of the same index at once: one builds it, the others wait or read on."""

import pytest
from helpers_store import ASK_INDEX, EXAMPLE, INDEXES, ask_index, child, finished, write_rows

import kg
from kg.errors import StoreBusy


@pytest.fixture
def g(tmp_path):
    return kg.open(tmp_path / "s.kg")


@pytest.fixture(params=sorted(INDEXES))
def language(request):
    return request.param


#: Asks in a language, all imports done before the word is given; says whether it built the index itself.
ASKING = (
    ASK_INDEX
    + """
import sys, kg, duckdb, ladybug, pyoxigraph
from kg.stores.ladybug import LadybugIndex
from kg.stores.oxigraph import OxigraphIndex
store, language = sys.argv[1:]
built = []
for cls in (LadybugIndex, OxigraphIndex):
    def build(self, *arguments, _plain=cls.build):
        built.append(self.language)
        import time; time.sleep(0.3)
        return _plain(self, *arguments)
    cls.build = build
print("ready", flush=True)
sys.stdin.readline()
rows = ask_index(kg.open(store), "facts-between", language).rows
print(len(built), len(rows))
"""
)


def test_of_processes_that_ask_first_at_the_same_time_one_builds(g, language):
    g.load(EXAMPLE)
    asking = [child(ASKING, g.store.path, language) for _ in range(3)]
    for process in asking:
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    for process in asking:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert sorted(finished(process) for process in asking) == ["0 14\n", "0 14\n", "1 14\n"]


def test_who_waits_in_vain_for_a_build_is_told_so(g, language, monkeypatch):
    import filelock

    monkeypatch.setenv("KG_WAIT", "0.2")
    g.load(EXAMPLE)
    folder = g.store.path / "index" / language
    folder.mkdir(parents=True)
    with filelock.FileLock(folder / "build.lock"), pytest.raises(StoreBusy, match=r"building the \w+ index"):
        ask_index(g, "facts-at", language)
    assert len(ask_index(g, "facts-between", language).rows) == 14


def test_a_reader_keeps_its_state_while_another_builds_the_next(g, tmp_path, language):
    """Paths of the state that was opened may go at any time; the answer is of one state or the other, and no error."""
    g.load(write_rows(tmp_path / "d.csv", [("USA", "meets", "RUS", f"2009-01-{i + 1:02d}") for i in range(20)]))
    ask_index(g, "facts-at", language)
    code = (
        ASK_INDEX
        + """
import sys, kg
g = kg.open(sys.argv[1])
print("ready", flush=True)
while not g.store.path.with_name("stop").exists():
    n = len(ask_index(g, "facts-between", sys.argv[2], until="2010-01-01", **{"from": "2009-01-01"}).rows)
    assert 20 <= n <= 23, n
"""
    )
    reader = child(code, g.store.path, language)
    assert reader.stdout.readline() == "ready\n", reader.communicate()[1]
    for i in range(3):
        g.load(write_rows(tmp_path / "e.csv", [("USA", "meets", "RUS", f"2009-02-{i + 1:02d}")]))
        assert len(ask_index(g, "facts-between", language, **{"from": "2009-01-01", "until": "2010-01-01"}).rows) == 21 + i
    (tmp_path / "stop").touch()
    finished(reader)
