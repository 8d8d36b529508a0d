"""A process that is killed or meets a full disk leaves the last whole state, and a rerun ends where a clean run does."""

import random
import resource
import shutil
import signal
import time
from typing import NamedTuple

import pytest
from helpers_store import (
    ASK_INDEX,
    FOR_THE_INDEX,
    ROOT,
    ask_index,
    assert_clear,
    child,
    finished,
    limited,
    many_rows,
    only,
)  # fmt: skip

import kg
from kg.stores.record import FILE

FEW, MANY = 3_000, 150_000
KILLS = 12


class Contents(NamedTuple):
    """What a record holds: how many facts, open reports, entities and changes, and a checksum of the facts' identities."""

    facts: int
    reports: int
    entities: int
    changes: int
    checksum: int


def contents(graph):
    with graph.store.record.reading() as con:
        row = con.execute("""
            SELECT (SELECT count(*) FROM kg.fact), (SELECT count(*) FROM kg.report WHERE closed IS NULL),
                (SELECT count(*) FROM kg.entity), (SELECT count(*) FROM kg.change),
                (SELECT bit_xor(hash(id)) FROM kg.fact)""").fetchone()
    found = Contents(*row)
    info = graph.info()
    assert (info["facts"], info["reports"], info["entities"]) == found[:3]
    return found


def same_facts(one, other):
    """The same but for how many changes led there."""
    return one._replace(changes=0) == other._replace(changes=0)


class Files(NamedTuple):
    few: str
    many: str
    base: str  # a store with the few
    before: Contents
    after: Contents


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two files, a store with the first, and what it holds before and after a clean load of the second."""
    folder = tmp_path_factory.mktemp("crash")
    few, many = many_rows(folder / "few.csv", FEW), many_rows(folder / "many.csv", MANY, FEW)
    base, clean = kg.open(folder / "base.kg"), kg.open(folder / "clean.kg")
    assert only(base.load(few)).new == FEW
    before = contents(base)
    shutil.copytree(base.store.path, clean.store.path)
    assert only(clean.load(many)).new == MANY
    after = contents(clean)
    assert (before.facts, after.facts, before.changes, after.changes) == (FEW, FEW + MANY, 1, 2)
    return Files(few, many, base.store.path, before, after)


#: Does something and says when it comes to the part that writes.
LOADING = """
import sys, kg, duckdb, pyarrow
from kg.stores.record import Record
plain = Record.writing
def writing(self, con=None):
    print("writing", flush=True)
    return plain(self, con)
Record.writing = writing
print("reading", flush=True)
kg.open(sys.argv[2]).load(sys.argv[1])
print("done", flush=True)
"""
ASKING = (
    ASK_INDEX
    + """
import sys, kg, duckdb, ladybug, pyoxigraph
from kg.stores.ladybug import LadybugIndex
from kg.stores.oxigraph import OxigraphIndex
for cls in (LadybugIndex, OxigraphIndex):
    for verb in ("build", "update"):
        def marked(self, *arguments, _plain=getattr(cls, verb)):
            print("writing", flush=True)
            return _plain(self, *arguments)
        setattr(cls, verb, marked)
print("reading", flush=True)
ask_index(kg.open(sys.argv[2]), "facts-at", sys.argv[1])
print("done", flush=True)
"""
)


def timed(code, *arguments, **env):
    """Seconds from "reading" to "writing" and from there to "done"."""
    process = child(code, *arguments, **env)
    at = []
    for expected in ("reading", "writing", "done"):
        assert process.stdout.readline() == f"{expected}\n", process.communicate()[1]
        at.append(time.monotonic())
    finished(process)
    return at[1] - at[0], at[2] - at[1]


def killed(code, *arguments, mark, delay, **env):
    """Run and kill with SIGKILL so many seconds after a mark; whether it was still running."""
    process = child(code, *arguments, **env)
    for line in process.stdout:
        if line == f"{mark}\n":
            break
    time.sleep(delay)
    running = process.poll() is None
    process.kill()
    process.communicate()
    assert process.returncode in (0, -9)
    return running and process.returncode == -9


def moments(reading, writing, number, seed):
    """Moments over the whole of a run; two in three of them while it writes."""
    pick = random.Random(seed)
    early, late = number // 3, number - number // 3
    for i in range(early):
        yield "reading", reading * (i + pick.random()) / early
    for i in range(late):
        yield "writing", writing * (i + pick.random()) / late


def test_a_load_that_is_killed_leaves_the_state_before_or_after_it(files, tmp_path):
    store, temporary = tmp_path / "s.kg", tmp_path / "tmp"
    temporary.mkdir()
    shutil.copytree(files.base, store)
    env = {"TMPDIR": str(temporary)}
    spans = timed(LOADING, files.many, store, **env)
    assert contents(kg.open(store)) == files.after
    seen, cut = [], 0
    for mark, delay in moments(*spans, KILLS, seed=1):
        shutil.rmtree(store)
        shutil.copytree(files.base, store)
        cut += killed(LOADING, files.many, store, mark=mark, delay=delay, **env)
        seen.append(contents(kg.open(store)))
        assert seen[-1] in (files.before, files.after)
        assert {f.name for f in store.iterdir()} <= {FILE, f"{FILE}.wal"}
    assert cut >= KILLS // 2, "hardly any run was cut off: the moments come too late"
    assert files.before in seen
    # once more from where the last one stopped, and then all over again
    graph = kg.open(store)
    graph.load(files.many)
    assert same_facts(contents(graph), files.after)
    again = graph.load(files.few, files.many)
    assert [again.total(what) for what in ("new", "known", "reports", "closed")] == [0, FEW + MANY, 0, 0]
    assert same_facts(contents(graph), files.after)


def test_killed_again_and_again_a_store_is_still_whole(files, tmp_path):
    """Without a copy in between: what one killed process leaves, the next one takes over."""
    store, temporary = tmp_path / "s.kg", tmp_path / "tmp"
    temporary.mkdir()
    shutil.copytree(files.base, store)
    for delay in (0.0, 0.08, 0.16):
        killed(LOADING, files.many, store, mark="writing", delay=delay, TMPDIR=str(temporary))
    found = contents(kg.open(store))
    assert same_facts(found, files.before) or same_facts(found, files.after)
    kg.open(store).load(files.many)
    assert same_facts(contents(kg.open(store)), files.after)


def test_a_first_load_that_is_killed_leaves_a_store_to_load_into(files, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    for n, delay in enumerate((0.0, 0.02, 0.06)):
        store = tmp_path / f"{n}.kg"
        killed(LOADING, files.few, store, mark="writing", delay=delay, TMPDIR=str(temporary))
        graph = kg.open(store)
        if store.exists():
            try:
                assert len(graph.facts()) == FEW
            except kg.KGError as error:
                assert "load" in (error.hint or ""), error
        graph.load(files.few)
        assert same_facts(contents(graph), files.before)


#: Questions whose answers together show whether an index is whole.
WHOLE = {
    "cypher": "MATCH (a:Entity)-[r]->(b:Entity) RETURN r.type AS t, r.year AS y, count(*), min(a.id), min(r.id) ORDER BY t, y",
    "sparql": "SELECT ?p (COUNT(*) AS ?n) (MIN(STR(?o)) AS ?least) WHERE { ?s ?p ?o } GROUP BY ?p ORDER BY ?p",
}


@pytest.mark.parametrize("language", ["cypher", "sparql"])
def test_an_index_whose_building_is_killed_is_built_by_who_asks_next(files, tmp_path, language):
    store, index = tmp_path / "s.kg", tmp_path / "s.kg" / "index" / language
    shutil.copytree(files.base, store)
    graph = kg.open(store)
    if language == "cypher":
        # the other would take half a minute
        graph.load(files.many)
    before = contents(graph)
    _, writing = timed(ASKING, language, store)
    clean = graph.store.index(language).query(WHOLE[language], {}, None).rows
    cut = 0
    for i in range(5):
        shutil.rmtree(index)
        cut += killed(ASKING, language, store, mark="writing", delay=writing * i / 5)
        assert contents(graph) == before
    assert cut >= 3, "hardly any build was cut off: the moments come too late"
    assert graph.store.index(language).query(WHOLE[language], {}, None).rows == clean
    assert len([f for f in index.iterdir() if f.is_dir()]) == 1, "what was left behind is cleared away"


@pytest.mark.parametrize("language", ["cypher", "sparql"])
def test_an_index_whose_updating_is_killed_keeps_the_old_state_and_is_updated_by_the_next(files, tmp_path, language):
    store = tmp_path / "s.kg"
    shutil.copytree(files.base, store)
    graph = kg.open(store)
    ask_index(graph, "facts-at", language)
    graph.load(many_rows(tmp_path / "more.csv", 200, 10**6))
    always = "from kg.stores import ladybug, oxigraph\n" + "".join(
        f"{cls}.cheaper_to_update = lambda *a: True\n" for cls in ("ladybug.LadybugIndex", "oxigraph.OxigraphIndex")
    )
    for delay in (0.02, 0.1):
        killed(always + ASKING, language, store, mark="writing", delay=delay)
    rows = ask_index(graph, "activity-by-type", language).rows
    assert sum(row[2] for row in rows) == FEW + 200


# -- no room --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [0, 64 << 10, 2 << 20])
def test_a_load_without_room_says_so_and_changes_nothing(files, tmp_path, room):
    store = tmp_path / "s.kg"
    shutil.copytree(files.base, store)
    size = (store / FILE).stat().st_size
    code, out, err = limited(size + room, "load", files.many, "--kg", store, TMPDIR=str(tmp_path))
    assert_clear(code, out, err, FILE, "File too large")
    assert "hint: is the disk full?" in err
    graph = kg.open(store)
    assert contents(graph) == files.before
    graph.load(files.many)
    assert contents(graph) == files.after


def test_a_first_load_without_room_leaves_a_store_to_load_into(files, tmp_path):
    store = tmp_path / "s.kg"
    code, out, err = limited(30_000, "load", files.few, "--kg", store, TMPDIR=str(tmp_path))
    assert_clear(code, out, err, FILE, "File too large")
    graph = kg.open(store)
    graph.load(files.few)
    assert contents(graph) == files.before


@pytest.mark.parametrize(
    ("language", "limit"), [("cypher", 0), ("cypher", 300_000), ("sparql", 0), ("sparql", 10_000), ("sparql", 300_000)]
)
def test_an_index_without_room_says_so_and_leaves_no_half(files, tmp_path, language, limit):
    store = tmp_path / "s.kg"
    shutil.copytree(files.base, store)
    asked = ("ask", "facts-at", "--language", "cypher") if language == "cypher" else ("sparql", FOR_THE_INDEX)
    code, out, err = limited(limit, *asked, "--kg", store, TMPDIR=str(tmp_path))
    assert_clear(code, out, err, "index", "File too large")
    index = store / "index" / language
    assert not index.exists() or [f.name for f in index.iterdir() if f.is_dir()] == []
    assert_answers(store, files, language)


def assert_answers(store, files, language):
    graph = kg.open(store)
    assert contents(graph) == files.before
    assert sum(row[2] for row in ask_index(graph, "activity-by-type", language).rows) == FEW


def test_where_ladybug_ends_the_process_the_state_is_whole(files, tmp_path):
    """If its log can't be written, Ladybug 0.22 throws in a destructor, which ends the process: there is nothing to catch."""
    store = tmp_path / "s.kg"
    shutil.copytree(files.base, store)
    code, out, err = limited(10_000, "ask", "facts-at", "--kg", store, TMPDIR=str(tmp_path))
    assert (code in (1, -signal.SIGABRT), out) == (True, "")
    assert "File too large" in err or "Cannot write to file" in err
    assert_answers(store, files, "cypher")


def test_an_export_without_room_keeps_the_older_file(files, tmp_path):
    for suffix in ("csv", "parquet", "nt", "ttl", "html", "gexf", "graphml", "xlsx", "rdf", "md", "quads", "kgx"):
        out = tmp_path / f"out.{suffix}"
        out.write_text("older")
        code, stdout, err = limited(20_000, "export", out, "--kg", files.base, TMPDIR=str(tmp_path))
        assert_clear(code, stdout, err, f"out.{suffix}")
        assert out.read_text() == "older"
    assert {f.name for f in tmp_path.iterdir() if f.name.startswith(".")} == set(), "nothing half written is left beside"


def test_children_may_be_limited():
    """Else the tests above would pass for nothing."""
    process = child(f"import resource; print(resource.getrlimit({int(resource.RLIMIT_FSIZE)})[1])")
    soft = int(finished(process))
    assert soft == -1 or soft > 1 << 30
    assert (ROOT / "kg").is_dir()
