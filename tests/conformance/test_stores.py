"""Loading, correcting, taking back, looking: every store must end as the embedded one does."""

import datetime as dt
import itertools
import subprocess
import sys
import time

import pytest
from helpers_history import COLUMNS, HISTORY, TEXTS, go_through, rows, same
from helpers_store import EXAMPLE, MAIN, ON_SERVERS, STORES, many_rows, write_rows

import kg
from kg.errors import KGError, RejectedRows, StoreBusy, StoreError


def test_a_history_leaves_what_it_leaves_in_the_embedded_store(graph, twin, tmp_path, contents):
    for n, (what, do) in enumerate(HISTORY.items()):

        def file(*given, n=n):
            return write_rows(tmp_path / f"f{n}.csv", rows(*given), COLUMNS)

        results = [do(g, file) for g in (graph, twin)]
        if hasattr(results[0], "files"):
            assert [f.counts for f in results[0].files] == [f.counts for f in results[1].files], what
        ours, theirs = contents(graph), contents(twin)
        for part in theirs:
            assert ours[part] == theirs[part], (what, part)
    language = graph.store.languages[0]
    for name in ("facts-between", "activity-by-type", "partners", "dyad-timeline"):
        given = {"from": "1900", "until": "2100"} if name != "dyad-timeline" else {"a": "USA", "b": "RUS"}
        assert graph.ask(name, language, **given).rows == twin.ask(name, language, **given).rows, name


def test_what_is_no_longer_said_is_not_met_by_questions(graph, tmp_path):
    graph.load(write_rows(tmp_path / "f.csv", rows(("r1", "Foo", "meets", "Bar", "2009")), COLUMNS), dataset="d")
    graph.load(write_rows(tmp_path / "g.csv", rows(("r2", "Baz", "meets", "Qux", "2009")), COLUMNS), dataset="d")
    graph.retract("d", "r1")
    if "cypher" in graph.store.languages:
        assert graph.cypher("MATCH (e:Entity) RETURN e.name AS name ORDER BY name").rows == [("Baz",), ("Qux",)]
    if "sparql" in graph.store.languages:
        asked = "SELECT ?name { ?e skos:prefLabel ?name } ORDER BY ?name"
        assert graph.sparql(asked).rows == [("Baz",), ("Qux",)]
        assert graph.sparql("SELECT ?a { ?a kg:consult ?b }").rows == [("https://w3id.org/diplomacy-kg/entity/baz",)]


def test_retracting_what_is_not_there_changes_nothing(graph, contents):
    graph.load(EXAMPLE)
    before = contents(graph)
    for dataset, id_ in (("missile-shield-2009", "nothing"), ("nobody", "r1"), ("d", "' OR true --")):
        with pytest.raises(StoreError, match="no open report"):
            graph.retract(dataset, id_)
    assert contents(graph) == before


VIEWS = {
    "actor": lambda g: g.by("NATO"),
    "target": lambda g: g.to("Russia"),
    "no target": lambda g: g.to("NONE"),
    "type": lambda g: g.of_type("support"),
    "between": lambda g: g.between("2009-09-01", "2009-10-01"),
    "from": lambda g: g.between("2009-09-18"),
    "until": lambda g: g.between(None, "2008-09"),
    "at": lambda g: g.at("2009-09-18"),
    "all of them": lambda g: g.by("USA").to("POL").between("2009").of_type("reject"),
    "nobody": lambda g: g.by("Nobody at all"),
    "around": lambda g: g.around("NATO"),
    "farther around": lambda g: g.rolled_up().around("Poland", 2),
    "certain": lambda g: g.certain().between("2009-09-10", "2009-09-20"),
    "known": lambda g: g.known_at("9998"),
}


def test_every_view_has_the_same_facts(graph, twin, tmp_path):
    for g in (graph, twin):
        g.load(EXAMPLE)
        g.load(write_rows(tmp_path / "f.csv", rows(("r5", "France", "condemns", "", "2009-01-02")), COLUMNS))
    for (name, see), (other, too) in itertools.combinations_with_replacement(VIEWS.items(), 2):
        if name != other and "all of them" in (name, other):
            continue
        try:
            expected = list(too(see(twin)).rows())
        except KGError:
            with pytest.raises(KGError):
                too(see(graph))
            continue
        assert list(too(see(graph)).rows()) == expected, (name, other)
        assert too(see(graph)).entities() == too(see(twin)).entities(), (name, other)


def test_what_was_believed_at_any_time_is_known_by_every_store(graph, twin, tmp_path):
    for g in (graph, twin):
        go_through(g, tmp_path)
    narrow = (lambda g: g, lambda g: g.rolled_up().by("USA"), lambda g: g.around("RUS", 2), lambda g: g.between("2009-02"))
    ours, theirs = ([c["recorded"] for c in g.info()["changes"]] for g in (graph, twin))
    assert len(ours) == len(theirs) > 20
    for mine, other in zip(ours, theirs, strict=True):
        for see in narrow:
            expected = see(twin).known_at(other)
            assert list(see(graph).known_at(mine).rows()) == list(expected.rows()), (mine, expected)
            assert see(graph).known_at(mine).entities() == expected.entities(), (mine, expected)


def test_loads_and_retractions_can_be_undone(graph, twin, tmp_path, contents):
    for g in (graph, twin):
        go_through(g, tmp_path)
    kinds = [change["kind"] for change in twin.loads()]
    assert kinds == [change["kind"] for change in graph.loads()]
    for number, kind in reversed([*enumerate(kinds, 1)]):
        if kind in ("load", "retract"):
            assert graph.undo(number) == twin.undo(number), number
            assert list(graph.rows()) == list(twin.rows()), number
    same(contents(graph), contents(twin))
    assert len(graph.loads()) > len(kinds)


def test_queries_under_a_view_are_answered_in_both_languages(graph, twin):
    for g in (graph, twin):
        g.load(EXAMPLE)
    for see in (VIEWS["at"], VIEWS["around"], VIEWS["known"]):
        expected = sorted((fact.id,) for fact in see(twin).facts())
        assert see(graph).cypher("MATCH (:Entity)-[r]->(:Entity) RETURN r.id AS id ORDER BY id").rows == expected
        assert see(graph).sparql("SELECT ?id { ?f kg:date ?d ; kg:id ?id } ORDER BY ?id").rows == expected


def test_texts_of_every_kind_come_back_as_they_went_in(graph, twin, tmp_path, contents):
    file = write_rows(
        tmp_path / "texts.csv",
        [(f"r{n}", t, f"says {t}", t, "2009-03-27", t, f"https://e.example/{n}", t) for n, t in enumerate(TEXTS)],
        (*COLUMNS, "quote"),
    )
    for g in (graph, twin):
        g.load(file)
    ours, theirs = contents(graph), contents(twin)
    for part in theirs:
        assert ours[part] == theirs[part], part
    # An apostrophe and a backtick are spellings of one name.
    assert len(graph.facts()) == len(TEXTS) - 1
    assert len(graph.by(TEXTS[0]).facts()) == 1


def test_loading_can_be_rehearsed(graph, twin, tmp_path, contents):
    first = write_rows(tmp_path / "f.csv", rows(("r1", "USA", "meets", "RUS", "2009")), COLUMNS)
    second = write_rows(tmp_path / "g.csv", rows(("r1", "USA", "meets", "RUS", "2009"), ("r2", "A", "meets", "B", "x")), COLUMNS)
    for g in (graph, twin):
        g.load(first)
    before = contents(graph)
    counts = [[f.counts for f in g.load(first, second, EXAMPLE, EXAMPLE, dry_run=True).files] for g in (graph, twin)]
    assert counts[0] == counts[1]
    assert contents(graph) == before
    with pytest.raises(RejectedRows):
        graph.load(EXAMPLE, second, strict=True)
    assert contents(graph) == before


@ON_SERVERS  # the embedded store has one transaction a file: tests/test_crash.py
def test_a_batch_that_fails_leaves_whole_facts_and_loading_again_ends_well(graph, twin, tmp_path, contents, monkeypatch):
    kind = type(graph.store)
    monkeypatch.setattr(kind, "batch", 100)
    file = many_rows(tmp_path / "many.csv", 1000)
    good, done = kind.batch_writer, []

    def failing(store, con):
        if len(done) == 5:
            raise StoreError("the power is gone")
        done.append(con.execute("SELECT count(*) FROM sent_fact").fetchall()[0][0])
        return good(store, con)

    monkeypatch.setattr(kind, "batch_writer", failing)
    with pytest.raises(StoreError, match="power"):
        graph.load(file)
    assert done == [100] * 5
    half = graph.facts()
    assert len(half) == 500
    assert {e.id for e in graph.entities()} == {f.actor for f in half} | {f.target for f in half}
    monkeypatch.setattr(kind, "batch_writer", good)
    assert graph.load(file).total("new") == 500
    twin.load(file)
    same(contents(graph), contents(twin))


LOADING = "import sys, kg; kg.open(sys.argv[1]).load(sys.argv[2], dataset='d')"


def test_two_that_load_at_the_same_moment_leave_one_of_everything(graph, twin, place, tmp_path, contents):
    file = many_rows(tmp_path / "many.csv", 500)
    command = [*MAIN, "load", str(file), "--source", "d", "--kg", place]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert [p.returncode for p in processes] == [0] * 3, errors
    assert all("loaded 500 of 500 rows" in e and "error" not in e for e in errors), errors
    twin.load(file, dataset="d")
    ours = contents(graph)
    same(ours, contents(twin))
    assert sorted(change["new"] for change in ours["changes"]) == [0, 0, 500]


@ON_SERVERS  # of the embedded store tests/test_crash.py does this more finely
def test_a_load_that_is_killed_is_made_whole_by_the_next(graph, twin, place, tmp_path, contents):
    file = many_rows(tmp_path / "many.csv", 3000)
    code = f"from kg.stores.server import ServerStore; ServerStore.batch = 50; {LOADING}".replace(
        "ServerStore.batch", f"{type(graph.store).__name__}.batch"
    ).replace("kg.stores.server import ServerStore", f"{type(graph.store).__module__} import {type(graph.store).__name__}")
    process = subprocess.Popen([sys.executable, "-c", code, place, str(file)])
    deadline = time.monotonic() + 60
    while not 200 <= graph.info()["facts"] < 3000:
        assert time.monotonic() < deadline, "the load did not get anywhere"
        assert process.poll() is None, "the load was over too early"
    process.kill()
    process.wait()
    cut = graph.info()["facts"]
    assert 200 <= cut < 3000
    graph.load(file, dataset="d")
    twin.load(file, dataset="d")
    same(contents(graph), contents(twin))


@ON_SERVERS  # of the embedded store: tests/test_processes.py
def test_who_waits_in_vain_for_another_writer_is_told_so(graph, monkeypatch):
    graph.load(EXAMPLE)
    other = kg.open(str(graph.store)).store
    monkeypatch.setenv("KG_WAIT", "0.3")
    with other.lease(), pytest.raises(StoreBusy, match=r"another process .* is writing to"):
        graph.load(EXAMPLE)
    graph.load(EXAMPLE)


def test_nothing_was_ever_loaded(graph):
    for ask in (lambda: graph.facts(), lambda: graph.retract("d", "r"), lambda: graph.between("2009").entities()):
        with pytest.raises(StoreError):
            ask()


# there is one server of a kind
@pytest.mark.parametrize(
    ("place", "goal"),
    [(place, goal) for place, goal in itertools.product(STORES, STORES) if place != goal or goal == "embedded"],
    indirect=["place"],
)
def test_everything_can_be_copied(graph, goal, tmp_path, request, contents):
    go_through(graph, tmp_path)
    target = kg.open(tmp_path / "goal.kg" if goal == "embedded" else request.getfixturevalue(f"{goal}_url"))
    from kg import copying

    found = copying.copy(graph.store, target.store)
    assert found["change"][0] == len(graph.info()["changes"])
    assert found["reject"][0] == 2
    assert contents(target) == contents(graph)
    assert copying.copy(graph.store, target.store) == found
    target.load(write_rows(tmp_path / "own.csv", rows(("q", "A", "meets", "B", "2001")), COLUMNS))
    with pytest.raises(StoreError, match="facts of its own"):
        copying.copy(graph.store, target.store)


def test_dates_from_year_1_to_9999(graph, twin, tmp_path):
    file = write_rows(
        tmp_path / "old.csv",
        rows(
            *(
                (f"r{n}", "Portugal", "signs", "Spain", day)
                for n, day in enumerate(("1494-06-07", "0001-01-01", "9998-12-30", "1648", "1648-10/.."))
            )
        ),
        COLUMNS,
    )
    for g in (graph, twin):
        g.load(file)
    assert list(graph.rows()) == list(twin.rows())
    assert next(f.date for f in graph.facts()) == dt.date(1, 1, 1)
    assert list(graph.at("1650").rows()) == list(twin.at("1650").rows())


def test_deleted_rows_close_their_records_and_no_others(graph, twin, tmp_path, contents):
    columns = ("id", "actor", "action", "target", "date", "deleted")
    live = [("1", "USA", "meets", "Russia", "2009-03-27", ""), ("2", "USA", "meets", "Poland", "2009-03-28", "")]
    first = write_rows(tmp_path / "d.csv", [*live, ("2", "USA", "praises", "Poland", "2009-03-29", "no")], columns)
    second = write_rows(tmp_path / "e.csv", [("2", "", "", "", "", "yes"), ("7", "", "", "", "", "yes")], columns)
    for each in (graph, twin):
        each.load(first, dataset="d")
        report = each.load(second, dataset="d")
        assert [(r.row, r.reason) for _, r in report.rejects()] == [(3, "there is no record 7 of d to delete")]
        assert (report.total("known"), report.total("closed"), report.total("deleted")) == (1, 2, 2)
        assert [f.target for f in each.facts()] == ["RUS"]
        again = each.load(second, dataset="d")
        assert (again.total("known"), again.total("closed"), again.total("rejected")) == (1, 0, 1)
    assert contents(graph) == contents(twin)
